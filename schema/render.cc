// SPDX-License-Identifier: MIT
#include "schema/render.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "schema/default_clause.h"
#include "schema/parse_lexer.h"

namespace schemagate {
namespace {

bool is_number(std::string_view text) {
  const bool digits = std::all_of(text.begin(), text.end(),
                                  [](unsigned char c) { return std::isdigit(c) != 0 || c == '.'; });
  return digits && !text.empty() && text.front() != '.' && text.back() != '.';
}

/// A parameter's value: bare where the grammar reads it back as the same word.
std::string option_value(const std::string& value) {
  if (is_number(value) || value == "true" || value == "false" || value == "on") return value;
  const bool plain = !value.empty() && quote_identifier(value) == value;
  return plain ? value : quote_literal(value);
}

/// "toast.autovacuum_enabled": each part quoted by itself.
std::string option_name(const std::string& name) {
  const auto dot = name.find('.');
  if (dot == std::string::npos) return quote_identifier(name);
  return quote_identifier(name.substr(0, dot)) + "." + quote_identifier(name.substr(dot + 1));
}

std::string in_parentheses(const std::vector<std::string>& identifiers) {
  return "(" + to_sql(identifiers) + ")";
}

/// True for f(…) as a whole: the one kind of expression that an index takes without parentheses.
bool is_function_call(const std::string& sql) {
  static const std::set<std::string, std::less<>> not_functions{
      "any", "array", "exists", "grouping", "in", "not", "row", "some", "values", "case"};
  std::size_t at = 0;
  const auto is_name = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.'; };
  while (at < sql.size() && is_name(static_cast<unsigned char>(sql[at]))) ++at;
  if (at == 0 || at == sql.size() || sql[at] != '(' || sql.back() != ')') return false;
  std::string word = sql.substr(0, at);
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  if (not_functions.count(word) != 0) return false;
  return closing_parenthesis(sql, at) == sql.size() - 1;
}

std::string elements_sql(const std::vector<IndexElement>& elements) {
  std::string sql;
  for (const auto& element : elements) {
    if (!sql.empty()) sql += ", ";
    sql += element_sql(element);
  }
  return sql;
}

void append(std::string& sql, std::string_view word, const std::string& value) {
  if (value.empty()) return;
  sql += word;
  sql += value;
}

std::string key_columns(const ConstraintDefinition& definition, std::string_view last_prefix,
                        std::string_view last_suffix) {
  std::string sql = "(";
  for (std::size_t i = 0; i < definition.columns.size(); ++i) {
    const bool last = definition.without_overlaps && i + 1 == definition.columns.size();
    if (i > 0) sql += ", ";
    if (last) sql += last_prefix;
    sql += quote_identifier(definition.columns[i]);
    if (last) sql += last_suffix;
  }
  return sql + ")";
}

std::string index_parameters(const ConstraintDefinition& definition) {
  std::string sql;
  if (!definition.include.empty()) sql += " INCLUDE " + in_parentheses(definition.include);
  if (!definition.options.empty()) sql += " WITH (" + options_sql(definition.options) + ")";
  if (!definition.tablespace.empty())
    sql += " USING INDEX TABLESPACE " + quote_identifier(definition.tablespace);
  return sql;
}

std::string unique_sql(const ConstraintDefinition& definition) {
  std::string sql = definition.kind == ConstraintKind::primary_key ? "PRIMARY KEY" : "UNIQUE";
  if (!definition.using_index.empty())
    return sql + " USING INDEX " + quote_identifier(definition.using_index);
  if (definition.nulls_not_distinct) sql += " NULLS NOT DISTINCT";
  return sql + " " + key_columns(definition, "", " WITHOUT OVERLAPS") +
         index_parameters(definition);
}

std::string foreign_key_sql(const ConstraintDefinition& definition) {
  std::string sql = "FOREIGN KEY " + key_columns(definition, "PERIOD ", "");
  sql += " REFERENCES " + to_sql(definition.referenced);
  if (!definition.referenced_columns.empty()) {
    ConstraintDefinition other;
    other.columns = definition.referenced_columns;
    other.without_overlaps = definition.without_overlaps;
    sql += key_columns(other, "PERIOD ", "");
  }
  if (definition.match == 'f') sql += " MATCH FULL";
  append(sql, " ON UPDATE ", definition.on_update);
  append(sql, " ON DELETE ", definition.on_delete);
  if (!definition.set_columns.empty()) sql += " " + in_parentheses(definition.set_columns);
  return sql;
}

std::string exclusion_sql(const ConstraintDefinition& definition) {
  std::string sql = "EXCLUDE";
  append(sql, " USING ",
         definition.access_method.empty() ? "" : quote_identifier(definition.access_method));
  sql += " (" + elements_sql(definition.exclusion) + ")" + index_parameters(definition);
  if (!definition.where.empty()) sql += " WHERE (" + definition.where.sql + ")";
  return sql;
}

std::string kind_sql(const ConstraintDefinition& definition) {
  switch (definition.kind) {
    case ConstraintKind::check:
      return "CHECK (" + definition.expression.sql + ")";
    case ConstraintKind::not_null:
      return definition.columns.empty()
                 ? "NOT NULL"
                 : "NOT NULL " + quote_identifier(definition.columns.front());
    case ConstraintKind::unique:
    case ConstraintKind::primary_key:
      return unique_sql(definition);
    case ConstraintKind::foreign_key:
      return foreign_key_sql(definition);
    case ConstraintKind::exclusion:
      return exclusion_sql(definition);
  }
  return {};
}

std::string generation_sql(const Column& column) {
  if (column.generated == Generated::no) return {};
  const char* kind = column.generated == Generated::stored ? " STORED" : " VIRTUAL";
  return " GENERATED ALWAYS AS (" + column.generation.sql + ")" + kind;
}

std::string identity_sql(const Column& column) {
  if (column.identity == Identity::no) return {};
  std::string sql = " GENERATED ";
  sql += column.identity == Identity::always ? "ALWAYS" : "BY DEFAULT";
  sql += " AS IDENTITY";
  std::string options = sequence_options_sql(column.identity_options);
  if (column.identity_options.sequence_name) {
    const auto name = "SEQUENCE NAME " + to_sql(*column.identity_options.sequence_name);
    options = options.empty() ? name : name + " " + options;
  }
  return options.empty() ? sql : sql + " (" + options + ")";
}

std::string not_null_sql(const Column& column) {
  if (!column.not_null || column.not_null_not_valid) return {};
  std::string sql;
  if (!column.not_null_name.empty()) sql += " CONSTRAINT " + quote_identifier(column.not_null_name);
  sql += " NOT NULL";
  return column.not_null_no_inherit ? sql + " NO INHERIT" : sql;
}

/// What a partition's column says that differs from the column it got from the partitioned table.
std::string partition_override(const Column& column, const Column& parent) {
  std::string sql;
  if (column.default_value && column.default_value != parent.default_value) {
    sql += default_clause(*column.default_value);
  } else if (!column.default_value && parent.default_value) {
    sql += " DEFAULT NULL";
  }
  if (column.generated != Generated::no && !(column.generation == parent.generation))
    sql += generation_sql(column);
  const bool own_name = column.not_null_name != parent.not_null_name &&
                        (column.local || !column.not_null_name.empty());
  const bool own_not_null = !parent.not_null || own_name;
  return own_not_null ? sql + not_null_sql(column) : sql;
}

std::string table_tail(const Table& table) {
  std::string sql;
  if (table.partition_by) sql += " PARTITION BY " + partition_key_sql(*table.partition_by);
  append(sql, " USING ", table.access_method.empty() ? "" : quote_identifier(table.access_method));
  append(sql, " SERVER ", table.server.empty() ? "" : quote_identifier(table.server));
  if (table.kind == RelationKind::foreign_table && !table.options.empty()) {
    std::string options;
    for (const auto& [name, value] : table.options) {
      options +=
          (options.empty() ? "" : ", ") + quote_identifier(name) + " " + quote_literal(value);
    }
    return sql + " OPTIONS (" + options + ")";
  }
  if (!table.options.empty()) sql += " WITH (" + options_sql(table.options) + ")";
  append(sql, " TABLESPACE ", table.tablespace.empty() ? "" : quote_identifier(table.tablespace));
  return sql;
}

std::string table_start(const Table& table) {
  std::string sql = "CREATE ";
  if (table.persistence == Persistence::unlogged) sql += "UNLOGGED ";
  if (table.persistence == Persistence::temporary) sql += "TEMPORARY ";
  if (table.kind == RelationKind::foreign_table) sql += "FOREIGN ";
  return sql + "TABLE " + to_sql(table.name);
}

std::string in_lines(const std::vector<std::string>& lines) {
  std::string sql = "(";
  for (std::size_t i = 0; i < lines.size(); ++i) sql += (i == 0 ? "\n    " : ",\n    ") + lines[i];
  return sql + (lines.empty() ? ")" : "\n)");
}

std::string enum_sql(const Type& type) {
  std::string sql;
  for (const auto& value : type.values) sql += (sql.empty() ? "" : ", ") + quote_literal(value);
  return "CREATE TYPE " + to_sql(type.name) + " AS ENUM (" + sql + ")";
}

std::string domain_sql(const Type& type) {
  std::string sql = "CREATE DOMAIN " + to_sql(type.name) + " AS " + to_sql(type.base);
  append(sql, " COLLATE ", type.collation);
  if (type.default_value) sql += default_clause(*type.default_value);
  if (type.not_null) sql += " NOT NULL";
  std::map<std::string, std::string> by_name;
  for (const auto& constraint : type.constraints) {
    if (constraint.validated) by_name[constraint.definition.name] = definition_sql(constraint);
  }
  for (const auto& [name, definition] : by_name) sql += " " + definition;
  return sql;
}

std::string composite_sql(const Type& type) {
  std::vector<std::string> lines;
  for (const auto& attribute : type.attributes) lines.push_back(definition_sql(attribute));
  return "CREATE TYPE " + to_sql(type.name) + " AS " + in_lines(lines);
}

/// The values of a range type's options are names and types, written as they are.
std::string range_sql(const Type& type) {
  std::string sql;
  for (const auto& [name, value] : type.options) {
    sql += (sql.empty() ? "" : ", ") + quote_identifier(name) + " = " + value;
  }
  return "CREATE TYPE " + to_sql(type.name) + " AS RANGE (" + sql + ")";
}

}  // namespace

std::string options_sql(const Options& options) {
  std::string sql;
  for (const auto& [name, value] : options) {
    if (!sql.empty()) sql += ", ";
    sql += option_name(name);
    if (!value.empty()) sql += "=" + option_value(value);
  }
  return sql;
}

std::string sequence_options_sql(const SequenceOptions& options) {
  std::string sql;
  const auto word = [&sql](const std::string& text) { sql += sql.empty() ? text : " " + text; };
  if (options.type) word("AS " + to_sql(*options.type));
  if (options.start) word("START WITH " + std::to_string(*options.start));
  if (options.increment) word("INCREMENT BY " + std::to_string(*options.increment));
  if (options.minimum) word("MINVALUE " + std::to_string(*options.minimum));
  if (options.no_minimum) word("NO MINVALUE");
  if (options.maximum) word("MAXVALUE " + std::to_string(*options.maximum));
  if (options.no_maximum) word("NO MAXVALUE");
  if (options.cache) word("CACHE " + std::to_string(*options.cache));
  if (options.cycle) word(*options.cycle ? "CYCLE" : "NO CYCLE");
  if (options.restart) word("RESTART WITH " + std::to_string(*options.restart));
  if (options.bare_restart) word("RESTART");
  return sql;
}

std::string element_sql(const IndexElement& element) {
  std::string sql;
  if (!element.column.empty()) {
    sql = quote_identifier(element.column);
  } else if (is_function_call(element.expression.sql)) {
    sql = element.expression.sql;
  } else {
    sql = "(" + element.expression.sql + ")";
  }
  append(sql, " COLLATE ", element.collation);
  append(sql, " ", element.operator_class);
  if (!element.operator_class_options.empty()) {
    sql += (element.operator_class.empty() ? " (" : "(") +
           options_sql(element.operator_class_options) + ")";
  }
  if (element.descending) sql += " DESC";
  if (element.nulls_first && *element.nulls_first != element.descending) {
    sql += *element.nulls_first ? " NULLS FIRST" : " NULLS LAST";
  }
  append(sql, " WITH ", element.exclusion_operator);
  return sql;
}

std::string partition_key_sql(const PartitionKey& key) {
  std::string strategy = key.strategy;
  std::transform(strategy.begin(), strategy.end(), strategy.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return strategy + " (" + elements_sql(key.elements) + ")";
}

std::string definition_sql(const Column& column) {
  std::string sql = quote_identifier(column.name) + " " + to_sql(column.type);
  append(sql, " COMPRESSION ", column.compression);
  append(sql, " COLLATE ", column.collation);
  if (column.default_value) sql += default_clause(*column.default_value);
  return sql + generation_sql(column) + identity_sql(column) + not_null_sql(column);
}

std::string constraint_sql(const ConstraintDefinition& definition, bool not_valid) {
  std::string sql = kind_sql(definition);
  if (definition.no_inherit) sql += " NO INHERIT";
  if (definition.deferrable) sql += " DEFERRABLE";
  if (definition.initially_deferred) sql += " INITIALLY DEFERRED";
  if (definition.not_enforced) return sql + " NOT ENFORCED";
  return not_valid ? sql + " NOT VALID" : sql;
}

std::string definition_sql(const Constraint& constraint) {
  return "CONSTRAINT " + quote_identifier(constraint.definition.name) + " " +
         constraint_sql(constraint.definition, !constraint.validated);
}

bool matches_partition_of(const Table& partition, const Table& parent) {
  return std::equal(partition.columns.begin(), partition.columns.end(), parent.columns.begin(),
                    parent.columns.end(), [](const Column& a, const Column& b) {
                      return a.name == b.name && a.type == b.type && a.collation == b.collation &&
                             a.generated == b.generated && a.storage == b.storage &&
                             a.compression == b.compression;
                    });
}

std::string create_sql(const Table& table, const std::vector<const Constraint*>& constraints,
                       const Table* parent) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    if (parent != nullptr) {
      const std::string own = partition_override(column, parent->columns[i]);
      if (!own.empty()) lines.push_back(quote_identifier(column.name) + own);
    } else if (column.local) {
      lines.push_back(definition_sql(column));
    }
  }
  for (const auto* constraint : constraints) lines.push_back(definition_sql(*constraint));
  std::string sql = table_start(table);
  if (parent != nullptr) {
    sql += " PARTITION OF " + to_sql(parent->name);
    if (!lines.empty()) sql += " " + in_lines(lines);
    return sql + " " + (table.bound ? table.bound->sql : "DEFAULT") + table_tail(table);
  }
  sql += " " + in_lines(lines);
  if (!table.inherits.empty()) {
    std::string parents;
    for (const auto& name : table.inherits) parents += (parents.empty() ? "" : ", ") + to_sql(name);
    sql += " INHERITS (" + parents + ")";
  }
  return sql + table_tail(table);
}

std::string create_sql(const Index& index, bool concurrently) {
  std::string sql = index.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ";
  if (concurrently) sql += "CONCURRENTLY ";
  sql += quote_identifier(index.name.name) + (index.valid ? " ON " : " ON ONLY ") +
         to_sql(index.table);
  sql += " USING " + quote_identifier(index.method) + " (" + elements_sql(index.elements) + ")";
  if (!index.include.empty()) sql += " INCLUDE " + in_parentheses(index.include);
  if (index.nulls_not_distinct) sql += " NULLS NOT DISTINCT";
  if (!index.options.empty()) sql += " WITH (" + options_sql(index.options) + ")";
  append(sql, " TABLESPACE ", index.tablespace.empty() ? "" : quote_identifier(index.tablespace));
  if (!index.where.empty()) sql += " WHERE " + index.where.sql;
  return sql;
}

std::string create_sql(const Sequence& sequence) {
  std::string sql = "CREATE ";
  if (sequence.persistence == Persistence::unlogged) sql += "UNLOGGED ";
  if (sequence.persistence == Persistence::temporary) sql += "TEMPORARY ";
  sql += "SEQUENCE " + to_sql(sequence.name);
  append(sql, " ", sequence_options_sql(sequence.options));
  return sql;
}

std::string create_sql(const View& view, bool or_replace) {
  std::string sql = or_replace && !view.materialized ? "CREATE OR REPLACE " : "CREATE ";
  sql += (view.materialized ? "MATERIALIZED VIEW " : "VIEW ") + to_sql(view.name);
  if (!view.column_names.empty()) sql += " " + in_parentheses(view.column_names);
  append(sql, " USING ", view.access_method.empty() ? "" : quote_identifier(view.access_method));
  if (!view.options.empty()) sql += " WITH (" + options_sql(view.options) + ")";
  append(sql, " TABLESPACE ", view.tablespace.empty() ? "" : quote_identifier(view.tablespace));
  sql += " AS " + view.query.sql;
  if (view.materialized) return view.populated ? sql : sql + " WITH NO DATA";
  if (!view.check_option.empty()) sql += " WITH " + view.check_option + " CHECK OPTION";
  return sql;
}

std::vector<std::string> column_statements(const Index& index) {
  std::vector<std::string> list;
  for (const auto& [column, target] : index.statistics) {
    list.push_back("ALTER INDEX " + to_sql(index.name) + " ALTER COLUMN " + column +
                   " SET STATISTICS " + target);
  }
  return list;
}

std::vector<std::string> column_statements(const View& view) {
  std::vector<std::string> list;
  for (const auto& [column, value] : view.column_defaults) {
    list.push_back("ALTER VIEW " + to_sql(view.name) + " ALTER COLUMN " + quote_identifier(column) +
                   " SET DEFAULT " + value.sql);
  }
  return list;
}

std::string create_sql(const Type& type) {
  switch (type.kind) {
    case TypeKind::enumeration:
      return enum_sql(type);
    case TypeKind::domain:
      return domain_sql(type);
    case TypeKind::composite:
      return composite_sql(type);
    case TypeKind::range:
      return range_sql(type);
  }
  return {};
}

std::string create_sql(const Extension& extension) {
  std::string sql = "CREATE EXTENSION IF NOT EXISTS " + quote_identifier(extension.name);
  append(sql, " SCHEMA ", extension.schema.empty() ? "" : quote_identifier(extension.schema));
  append(sql, " VERSION ", extension.version.empty() ? "" : quote_literal(extension.version));
  return sql;
}

std::string create_sql(const Schema& schema) {
  std::string sql = "CREATE SCHEMA " + quote_identifier(schema.name);
  append(sql, " AUTHORIZATION ", schema.owner.empty() ? "" : quote_identifier(schema.owner));
  return sql;
}

std::string grant_sql(const Privilege& privilege) {
  std::string sql = privilege.revoked ? "REVOKE " : "GRANT ";
  sql += privilege.privilege;
  if (!privilege.column.empty()) sql += " (" + quote_identifier(privilege.column) + ")";
  sql += " ON ";
  // TABLE is the word for views as well; sequences and the rest have their own.
  const bool relation = privilege.kind == ObjectKind::view ||
                        privilege.kind == ObjectKind::materialized_view ||
                        privilege.kind == ObjectKind::foreign_table;
  if (privilege.kind == ObjectKind::server) sql += "FOREIGN ";
  sql += to_sql(relation ? ObjectKind::table : privilege.kind);
  sql += " " + privilege.object + (privilege.revoked ? " FROM " : " TO ");
  const bool keyword = privilege.grantee == "PUBLIC" || privilege.grantee == "CURRENT_USER" ||
                       privilege.grantee == "SESSION_USER" || privilege.grantee == "CURRENT_ROLE";
  sql += keyword ? privilege.grantee : quote_identifier(privilege.grantee);
  return privilege.grant_option && !privilege.revoked ? sql + " WITH GRANT OPTION" : sql;
}

std::string grant_sql(Privilege privilege, const Catalog& catalog) {
  const auto routine = catalog.functions.find(privilege.object);
  const bool procedure = privilege.kind == ObjectKind::function &&
                         routine != catalog.functions.end() && routine->second.definition.procedure;
  if (procedure) privilege.kind = ObjectKind::procedure;
  return grant_sql(privilege);
}

std::string comment_sql(ObjectKind kind, const std::string& object, const std::string& text) {
  std::string sql = "COMMENT ON ";
  sql += to_sql(kind);
  return sql + " " + object + " IS " + (text.empty() ? "NULL" : quote_literal(text));
}

}  // namespace schemagate
