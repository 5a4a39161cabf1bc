// SPDX-License-Identifier: MIT
// System catalogs and information_schema as rows, for guards such as
// IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = '…').
#include <algorithm>

#include "base/text.h"
#include "schema/plpgsql_values.h"

namespace schemagate {
namespace {

using Rows = std::vector<FlowRow>;

/// One row: columns and their values as text.
FlowRow row(std::initializer_list<std::pair<std::string_view, std::string>> columns) {
  FlowRow result;
  for (const auto& [name, text] : columns) result[std::string(name)] = value_of(text);
  return result;
}

std::string relkind(RelationKind kind) {
  switch (kind) {
    case RelationKind::partitioned_table:
      return "p";
    case RelationKind::foreign_table:
      return "f";
    case RelationKind::index:
      return "i";
    case RelationKind::partitioned_index:
      return "I";
    case RelationKind::sequence:
      return "S";
    case RelationKind::view:
      return "v";
    case RelationKind::materialized_view:
      return "m";
    case RelationKind::composite_type:
      return "c";
    default:
      return "r";
  }
}

Rows relations(const Catalog& catalog) {
  Rows rows;
  const auto add = [&](const QualifiedName& name) {
    const auto kind = catalog.relation_kind(name);
    rows.push_back(row({{"oid", to_sql(name)},
                        {"relname", name.name},
                        {"relnamespace", name.schema},
                        {"relkind", relkind(kind.value_or(RelationKind::table))}}));
  };
  for (const auto& [name, table] : catalog.tables) add(name);
  for (const auto& [name, view] : catalog.views) add(name);
  for (const auto& [name, index] : catalog.indexes) add(name);
  for (const auto& [name, sequence] : catalog.sequences) add(name);
  return rows;
}

Rows tables(const Catalog& catalog, bool with_views) {
  Rows rows;
  for (const auto& [name, table] : catalog.tables) {
    const bool foreign = table.kind == RelationKind::foreign_table;
    rows.push_back(row({{"tablename", name.name},
                        {"schemaname", name.schema},
                        {"table_name", name.name},
                        {"table_schema", name.schema},
                        {"table_type", foreign ? "FOREIGN" : "BASE TABLE"}}));
  }
  if (!with_views) return rows;
  for (const auto& [name, view] : catalog.views) {
    if (view.materialized) continue;
    rows.push_back(
        row({{"table_name", name.name}, {"table_schema", name.schema}, {"table_type", "VIEW"}}));
  }
  return rows;
}

Rows views(const Catalog& catalog, bool materialized) {
  Rows rows;
  for (const auto& [name, view] : catalog.views) {
    if (view.materialized != materialized) continue;
    rows.push_back(row({{"viewname", name.name},
                        {"matviewname", name.name},
                        {"schemaname", name.schema},
                        {"table_name", name.name},
                        {"table_schema", name.schema}}));
  }
  return rows;
}

Rows columns(const Catalog& catalog) {
  Rows rows;
  for (const auto& [name, table] : catalog.tables) {
    for (const Column& column : table.columns) {
      FlowRow one = row({{"attname", column.name},
                         {"attrelid", to_sql(name)},
                         {"attisdropped", "false"},
                         {"table_name", name.name},
                         {"table_schema", name.schema},
                         {"column_name", column.name},
                         {"is_nullable", column.not_null ? "NO" : "YES"},
                         {"attnotnull", column.not_null ? "true" : "false"}});
      if (!column.default_value && column.identity == Identity::no) {
        one["column_default"] = null_value();
      }
      one["attnum"] = value_of(std::to_string(&column - table.columns.data() + 1));
      rows.push_back(std::move(one));
    }
  }
  return rows;
}

std::pair<std::string, std::string> kinds_of(ConstraintKind kind) {
  switch (kind) {
    case ConstraintKind::primary_key:
      return {"p", "PRIMARY KEY"};
    case ConstraintKind::unique:
      return {"u", "UNIQUE"};
    case ConstraintKind::foreign_key:
      return {"f", "FOREIGN KEY"};
    case ConstraintKind::exclusion:
      return {"x", "EXCLUDE"};
    default:
      return {"c", "CHECK"};
  }
}

Rows constraints(const Catalog& catalog) {
  Rows rows;
  for (const auto& [name, table] : catalog.tables) {
    for (const Constraint& constraint : table.constraints) {
      const auto [letter, words] = kinds_of(constraint.definition.kind);
      rows.push_back(row({{"conname", constraint.definition.name},
                          {"conrelid", to_sql(name)},
                          {"connamespace", name.schema},
                          {"contype", letter},
                          {"convalidated", constraint.validated ? "true" : "false"},
                          {"constraint_name", constraint.definition.name},
                          {"constraint_schema", name.schema},
                          {"constraint_type", words},
                          {"table_name", name.name},
                          {"table_schema", name.schema}}));
    }
  }
  return rows;
}

Rows indexes(const Catalog& catalog) {
  Rows rows;
  for (const auto& [name, index] : catalog.indexes) {
    rows.push_back(row({{"indexname", name.name},
                        {"schemaname", name.schema},
                        {"tablename", index.table.name},
                        {"indexrelid", to_sql(name)},
                        {"indrelid", to_sql(index.table)},
                        {"indisunique", index.unique ? "true" : "false"}}));
  }
  return rows;
}

Rows triggers(const Catalog& catalog) {
  Rows rows;
  const auto add = [&](const QualifiedName& on, const std::vector<Trigger>& list) {
    for (const Trigger& trigger : list) {
      rows.push_back(row({{"tgname", trigger.name},
                          {"tgrelid", to_sql(on)},
                          {"tgisinternal", "false"},
                          {"trigger_name", trigger.name},
                          {"event_object_table", on.name},
                          {"event_object_schema", on.schema}}));
    }
  };
  for (const auto& [name, table] : catalog.tables) add(name, table.triggers);
  for (const auto& [name, view] : catalog.views) add(name, view.triggers);
  return rows;
}

Rows policies(const Catalog& catalog) {
  Rows rows;
  for (const auto& [name, table] : catalog.tables) {
    for (const TableObject& policy : table.policies) {
      rows.push_back(row({{"policyname", policy.name},
                          {"polname", policy.name},
                          {"polrelid", to_sql(name)},
                          {"schemaname", name.schema},
                          {"tablename", name.name}}));
    }
  }
  return rows;
}

std::string typtype(TypeKind kind) {
  switch (kind) {
    case TypeKind::enumeration:
      return "e";
    case TypeKind::domain:
      return "d";
    case TypeKind::range:
      return "r";
    default:
      return "c";
  }
}

Rows types(const Catalog& catalog) {
  Rows rows;
  for (const auto& [name, type] : catalog.types) {
    rows.push_back(row({{"oid", to_sql(name)},
                        {"typname", name.name},
                        {"typnamespace", name.schema},
                        {"typtype", typtype(type.kind)}}));
  }
  for (const auto& [name, table] : catalog.tables) {  // each has a type of its rows
    rows.push_back(row({{"oid", to_sql(name)},
                        {"typname", name.name},
                        {"typnamespace", name.schema},
                        {"typtype", "c"}}));
  }
  return rows;
}

Rows enum_values(const Catalog& catalog) {
  Rows rows;
  for (const auto& [name, type] : catalog.types) {
    for (const std::string& value : type.values) {
      rows.push_back(row({{"enumlabel", value}, {"enumtypid", to_sql(name)}}));
    }
  }
  return rows;
}

Rows schemas(const Catalog& catalog) {
  Rows rows;
  const auto add = [&](const std::string& name) {
    rows.push_back(row({{"oid", name}, {"nspname", name}, {"schema_name", name}}));
  };
  for (const auto& [name, schema] : catalog.schemas) add(name);
  for (const char* always : {"pg_catalog", "information_schema", "pg_toast"}) add(always);
  if (!catalog.schemas.contains("public")) add("public");
  return rows;
}

Rows functions(const Catalog& catalog) {
  Rows rows;
  for (const auto& [key, function] : catalog.functions) {
    const QualifiedName& name = function.definition.name;
    rows.push_back(row({{"proname", name.name},
                        {"pronamespace", name.schema},
                        {"routine_name", name.name},
                        {"routine_schema", name.schema}}));
  }
  return rows;
}

Rows sequences(const Catalog& catalog) {
  Rows rows;
  for (const auto& [name, sequence] : catalog.sequences) {
    rows.push_back(row({{"sequencename", name.name},
                        {"schemaname", name.schema},
                        {"sequence_name", name.name},
                        {"sequence_schema", name.schema}}));
  }
  return rows;
}

Rows extensions(const Catalog& catalog) {
  Rows rows{row({{"extname", "plpgsql"}})};
  for (const auto& [name, extension] : catalog.extensions) rows.push_back(row({{"extname", name}}));
  return rows;
}

Rows publications(const Catalog& catalog) {
  Rows rows;
  const std::string_view kind = "PUBLICATION ";
  for (const auto& [key, object] : catalog.objects) {
    if (key.starts_with(kind)) rows.push_back(row({{"pubname", key.substr(kind.size())}}));
  }
  return rows;
}

}  // namespace

std::optional<std::vector<FlowRow>> rows_of_catalog(const Catalog& catalog, const Session&,
                                                    const std::string& relation) {
  std::string name = relation;
  if (name.starts_with("pg_catalog.")) name.erase(0, std::string_view("pg_catalog.").size());
  if (name == "pg_class") return relations(catalog);
  if (name == "pg_tables") return tables(catalog, false);
  if (name == "information_schema.tables") return tables(catalog, true);
  if (name == "pg_views" || name == "information_schema.views") return views(catalog, false);
  if (name == "pg_matviews") return views(catalog, true);
  if (name == "pg_attribute" || name == "information_schema.columns") return columns(catalog);
  if (name == "pg_constraint" || name == "information_schema.table_constraints") {
    return constraints(catalog);
  }
  if (name == "pg_indexes" || name == "pg_index") return indexes(catalog);
  if (name == "pg_trigger" || name == "information_schema.triggers") return triggers(catalog);
  if (name == "pg_policies" || name == "pg_policy") return policies(catalog);
  if (name == "pg_type") return types(catalog);
  if (name == "pg_enum") return enum_values(catalog);
  if (name == "pg_namespace" || name == "information_schema.schemata") return schemas(catalog);
  if (name == "pg_proc" || name == "information_schema.routines") return functions(catalog);
  if (name == "pg_sequences" || name == "information_schema.sequences") return sequences(catalog);
  if (name == "pg_extension") return extensions(catalog);
  if (name == "pg_publication") return publications(catalog);
  return std::nullopt;
}

}  // namespace schemagate
