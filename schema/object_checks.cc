// SPDX-License-Identifier: MIT
#include "schema/object_checks.h"

#include <algorithm>

#include "base/text.h"
#include "schema/builtin_types.h"
#include "schema/impact_defaults.h"
#include "schema/impact_expressions.h"
#include "schema/list_text.h"
#include "schema/query_checks.h"

namespace schemagate {
namespace {

/// BEFORE INSERT OR UPDATE OF a, b: what stands before ON.
std::string_view events_of(std::string_view sql) {
  for (const std::string_view when : {" BEFORE ", " AFTER ", " INSTEAD OF "}) {
    const auto begin = sql.find(when);
    if (begin != std::string_view::npos) return sql.substr(begin, sql.find(" ON ", begin) - begin);
  }
  return {};
}

AnalysedExpression check_condition(ImpactBuilder& b, std::string_view sql, ExpressionPlace place,
                                   const ExpressionColumns& columns) {
  if (sql.empty()) return {};
  Expression expression;
  expression.sql = sql;
  expression.kind = ExpressionKind::other;
  return check_expression(b, expression, place, columns);
}

void check_trigger_rows(ImpactBuilder& b, const CreateObject& s, const std::string& row) {
  const std::string_view events = events_of(s.definition);
  const bool old = row == "old";
  const std::string_view without = old ? " INSERT" : " DELETE";
  if (events.find(without) != std::string_view::npos) {
    b.fail("42P17", std::string(without.substr(1)) + " trigger's WHEN condition cannot reference " +
                        (old ? "OLD" : "NEW") + " values");
  } else if (s.definition.find("FOR EACH ROW") == std::string::npos) {
    b.fail("42P17", "statement trigger's WHEN condition cannot reference column values");
  }
}

void check_instead_of(ImpactBuilder& b, const CreateObject& s) {
  const std::string_view sql = s.definition;
  if (sql.find("FOR EACH ROW") == std::string_view::npos)
    b.fail("0A000", "INSTEAD OF triggers must be FOR EACH ROW");
  if (sql.find(" WHEN (") != std::string_view::npos)
    b.fail("0A000", "INSTEAD OF triggers cannot have WHEN conditions");
  if (events_of(sql).find(" UPDATE OF ") != std::string_view::npos)
    b.fail("0A000", "INSTEAD OF triggers cannot have column lists");
}

/// The columns that WHEN and UPDATE OF name.
void check_trigger_columns(ImpactBuilder& b, const CreateObject& s, const QualifiedName& relation) {
  const Table* table = b.table(relation);
  const ExpressionColumns of_view = table ? ExpressionColumns{} : columns_of_relation(b, relation);
  const auto is_missing = [&](const std::string& column) {
    if (column.empty() || column == "*" || is_system_column(column)) return false;
    if (table) return !table->incomplete && !table->column(column);
    return of_view.complete && !of_view.more.contains(column);
  };
  for (const ColumnUse& use : s.references.columns) {
    const bool of_row = use.qualifier == "old" || use.qualifier == "new";
    if (!of_row && use.qualifier != s.object.name.name) continue;
    if (is_missing(use.name)) {
      b.fail("42703", "column " + quoted(use.name) + " of relation " + quoted(relation.name) +
                          " does not exist");
    } else if (of_row) {
      check_trigger_rows(b, s, use.qualifier);
    }
  }
}

/// NEW and OLD stand for the table's columns.
canonical::Node without_rows(canonical::Node node) {
  const bool of_row = node.kind == canonical::NodeKind::name && node.names.size() == 2 &&
                      (node.names[0] == "new" || node.names[0] == "old");
  if (of_row) node.names.erase(node.names.begin());
  for (canonical::Node& child : node.children) child = without_rows(std::move(child));
  return node;
}

void check_trigger_condition(ImpactBuilder& b, const CreateObject& s, const Table& table) {
  const std::string_view when = list_after(s.definition, " WHEN");
  if (when.empty()) return;
  if (events_of(s.definition).starts_with(" BEFORE")) {
    for (const ColumnUse& use : s.references.columns) {
      const Column* column = use.qualifier == "new" ? table.column(use.name) : nullptr;
      if (column && column->generated != Generated::no)
        b.fail("42P17", "BEFORE trigger's WHEN condition cannot reference NEW generated columns");
    }
  }
  ExpressionColumns columns;
  columns.table = &table;
  columns.complete = false;

  const auto condition = without_rows(canonical::parse_expression(when));
  const auto analysed = analyse_value(b, condition, columns, "WHEN");
  if (analysed.fails) b.fail(analysed.fails->sqlstate, analysed.fails->reason);
}

void check_trigger(ImpactBuilder& b, const CreateObject& s) {
  const auto name = b.resolve(s.object.name);
  if (!name || (!b.table(*name) && !b.view(*name))) return;
  const bool instead = s.definition.find(" INSTEAD OF ") != std::string::npos;
  if (b.table(*name) && events_of(s.definition).find(" TRUNCATE") != std::string_view::npos &&
      s.definition.find("FOR EACH ROW") != std::string::npos)
    b.fail("0A000", "TRUNCATE FOR EACH ROW triggers are not supported");
  if (b.view(*name) && instead) check_instead_of(b, s);
  check_trigger_columns(b, s, *name);
  if (const Table* table = b.table(*name); table && !b.failed())
    check_trigger_condition(b, s, *table);
  if (s.references.functions.empty()) return;
  FunctionUse function = s.references.functions.back();
  function.arguments = 0;
  const auto functions = functions_called(b, function);
  if (functions.empty() && has_function_named(b, function.name)) {
    b.fail("42883", "function " + to_sql(function.name) + "() does not exist");
  } else if (functions.size() == 1 &&
             functions.front()->definition.returns.name.name != "trigger") {
    b.fail("42P17", "function " + to_sql(function.name) + " must return type trigger");
  }
}

void check_policy_expressions(ImpactBuilder& b, const Table& table, const std::string& sql) {
  ExpressionColumns columns;
  columns.table = &table;
  for (const std::string_view word : {" USING", " WITH CHECK"})
    check_condition(b, list_after(sql, word), ExpressionPlace::policy, columns);
}

void check_policy(ImpactBuilder& b, const CreateObject& s) {
  const auto name = b.resolve(s.object.name);
  const Table* table = name ? b.table(*name) : nullptr;
  if (!table) return;
  const std::string& sql = s.definition;
  const std::string_view rows = list_after(sql, " USING"), checked = list_after(sql, " WITH CHECK");
  const auto head = sql.substr(0, sql.find(" USING ("));
  const auto is_for = [&](const char* command) {
    return head.find(std::string(" FOR ") + command) != std::string::npos;
  };
  if (!rows.empty() && is_for("INSERT")) {
    b.fail("42601", "only WITH CHECK expression allowed for INSERT");
  } else if (!checked.empty() && (is_for("SELECT") || is_for("DELETE"))) {
    b.fail("42601", "WITH CHECK cannot be applied to SELECT or DELETE");
  }
  check_policy_expressions(b, *table, sql);
}

/// CREATE STATISTICS name (kinds) ON …
void check_statistics_kinds(ImpactBuilder& b, const std::string& sql) {
  const auto open = sql.find('('), on = sql.find(" ON ");
  if (open == std::string::npos || on == std::string::npos || open > on) return;
  const std::string kinds = sql.substr(open + 1, sql.find(')', open) - open - 1);
  for (const std::string_view kind : split(kinds, ',')) {
    const std::string name = to_lower(trim(kind));
    if (name == "ndistinct" || name == "dependencies" || name == "mcv") continue;
    b.fail("42601", "unrecognized statistics kind " + quoted(name));
  }
}

void check_statistics(ImpactBuilder& b, const CreateObject& s) {
  if (relation_is_missing(b, s.references) || s.references.relations.size() != 1) return;
  const auto name = b.resolve(s.references.relations.front().name);
  const Table* table = name ? b.table(*name) : nullptr;
  if (!table || table->incomplete) return;
  for (const ColumnUse& use : s.references.columns) {
    const Column* column = table->column(use.name);
    if (use.name != "*" && !column && !is_system_column(use.name))
      b.fail("42703", "column " + quoted(use.name) + " does not exist");
    if (column && !has_operator_class(b, column->type, "btree"))
      b.fail("0A000", "column " + quoted(use.name) +
                          " cannot be used in statistics because its type " + to_sql(column->type) +
                          " has no default btree operator class");
  }
  const auto on = s.definition.find(" ON ");
  const auto from = s.definition.find(" FROM ");
  if (on == std::string::npos || from == std::string::npos || from < on) return;
  const std::string list = s.definition.substr(on + 4, from - on - 4);
  if (list.find_first_of(",(") == std::string::npos) {
    b.fail("42P17", "extended statistics require at least 2 columns");
  }
  check_statistics_kinds(b, s.definition);
}

/// Only logged tables are replicated.
void check_published(ImpactBuilder& b, const QualifiedName& name) {
  const Table* table = b.table(name);
  if (table && table->persistence == Persistence::permanent) return;
  b.fail("22023", table && b.major() < 15
                      ? "table " + quoted(name.name) + " cannot be replicated"
                      : "cannot add relation " + quoted(name.name) + " to publication");
}

/// WHERE of the only table (pub_rf_contains…, check_simple_rowfilter_expr).
void check_row_filter(ImpactBuilder& b, const CreateObject& s) {
  const auto name = b.resolve(s.references.relations.front().name);
  ExpressionColumns columns;
  columns.table = name ? b.table(*name) : nullptr;
  if (!columns.table || b.failed()) return;
  const auto filter =
      check_condition(b, list_after(s.definition, " WHERE"), ExpressionPlace::publication, columns);
  if (filter.volatility == 's' || filter.volatility == 'v')
    b.fail("0A000", "invalid publication WHERE expression");
}

/// The schemas of "TABLES IN SCHEMA a, TABLES IN SCHEMA b": CURRENT_SCHEMA is none that is known
/// here.
std::vector<std::string> published_schemas(const std::string& members) {
  constexpr std::string_view mark = "TABLES IN SCHEMA ";
  std::vector<std::string> schemas;
  for (std::size_t at = members.find(mark); at != std::string::npos; at = members.find(mark, at)) {
    at += mark.size();
    const bool is_quoted = members[at] == '"';
    std::string name;
    for (at += is_quoted ? 1 : 0; at < members.size(); ++at) {
      const bool is_end = is_quoted ? members[at] == '"' : members[at] == ',' || members[at] == ' ';
      if (is_end && !(is_quoted && members.substr(at, 2) == "\"\"")) break;
      if (is_quoted && members[at] == '"') ++at;
      name += members[at];
    }
    if (is_quoted || name != "CURRENT_SCHEMA") schemas.push_back(name);
  }
  return schemas;
}

/// Asked before the tables are opened (ObjectsInPublicationToOids).
bool refuse_missing_schemas(ImpactBuilder& b, const std::vector<std::string>& schemas) {
  return std::any_of(schemas.begin(), schemas.end(),
                     [&](const std::string& schema) { return b.refuse_missing_schema(schema); });
}

/// The system's own tables are never published.
void check_published_schemas(ImpactBuilder& b, const std::vector<std::string>& schemas) {
  for (const std::string& schema : schemas)
    if (schema == "pg_catalog" || schema == "pg_toast")
      b.fail("22023", "cannot add schema " + quoted(schema) + " to publication");
}

/// "TABLE public.t (a)": some columns of a table, which goes with no schema.
bool has_column_list(const std::string& members) {
  for (std::size_t at = members.find("TABLE "); at != std::string::npos;
       at = members.find("TABLE ", at + 1)) {
    const std::size_t open = members.find('(', at), end = members.find(", ", at);
    if (open < std::min(end, std::min(members.find(" WHERE ", at), members.find(" WITH (", at))))
      return true;
  }
  return false;
}

void check_publication(ImpactBuilder& b, const CreateObject& s) {
  if (s.for_all_tables || b.failed()) return;
  // One that is there already is refused before anything is looked up.
  if (b.catalog().objects.count("PUBLICATION " + s.object.name.name) != 0) return;
  if (refuse_missing_schemas(b, published_schemas(s.definition))) return;
  for (const RelationUse& use : s.references.relations)
    if (b.refuse_missing_schema(use.name.schema)) return;
  if (relation_is_missing(b, s.references)) return;
  const std::vector<std::string> schemas = published_schemas(s.definition);
  if (!schemas.empty() && has_column_list(s.definition))
    b.fail("22023",
           "cannot use column list for a relation in publication " + quoted(s.object.name.name));
  for (const RelationUse& use : s.references.relations) {
    if (const auto name = b.resolve(use.name)) check_published(b, *name);
  }
  if (s.references.relations.size() == 1) check_row_filter(b, s);
  check_published_schemas(b, schemas);
}

/// What ADD and DROP say of schemas; `members` is the publication's text.
void check_altered_schemas(ImpactBuilder& b, const AlterObject& s, const std::string& members) {
  const bool adds = s.definition.find(" ADD TABLE") != std::string::npos;
  const bool drops = s.definition.find(" DROP TABLE") != std::string::npos;
  const std::vector<std::string> schemas = published_schemas(s.definition);
  if (!drops && !schemas.empty() && has_column_list(members))
    b.fail("22023", "cannot add schema to publication " + quoted(s.object.name.name));
  for (const std::string& schema : schemas) {
    const std::string member = "TABLES IN SCHEMA " + to_sql(QualifiedName{"", schema});
    const std::size_t at = members.find(member), end = at + member.size();
    const bool is_there = at != std::string::npos &&
                          (end >= members.size() || members.find_first_of(", ", end) == end);
    if (adds && is_there)
      b.fail("42710", "schema " + quoted(schema) + " is already member of publication " +
                          quoted(s.object.name.name));
    if (drops && !is_there)
      b.fail("42704", "tables from schema " + quoted(schema) + " are not part of the publication");
  }
  if (!drops) check_published_schemas(b, schemas);
}

}  // namespace

void check_new_object(ImpactBuilder& b, const CreateObject& s) {
  switch (s.object.kind) {
    case ObjectKind::trigger:
      return check_trigger(b, s);
    case ObjectKind::policy:
      return check_policy(b, s);
    case ObjectKind::statistics:
      return check_statistics(b, s);
    case ObjectKind::publication:
      return check_publication(b, s);
    default:
      return;
  }
}

void check_altered_policy(ImpactBuilder& b, const AlterObject& s) {
  const auto name = b.resolve(s.object.name);
  if (const Table* table = name ? b.table(*name) : nullptr)
    check_policy_expressions(b, *table, s.definition);
}

void check_altered_publication(ImpactBuilder& b, const AlterObject& s) {
  const auto known = b.catalog().objects.find("PUBLICATION " + s.object.name.name);
  const bool adds = s.definition.find(" ADD TABLE") != std::string::npos;
  const bool drops = s.definition.find(" DROP TABLE") != std::string::npos;
  if (known == b.catalog().objects.end()) return;
  if (refuse_missing_schemas(b, published_schemas(s.definition))) return;
  const std::string& members = known->second.definition;
  if (members.find(" FOR ALL TABLES") != std::string::npos) return;
  check_altered_schemas(b, s, members);
  if (!adds && !drops) return;
  for (const RelationUse& use : s.references.relations) {
    const auto name = b.resolve(use.name);
    if (!name) continue;
    const std::size_t at = members.find(" " + to_sql(*name));
    const std::size_t end = at + 1 + to_sql(*name).size();
    const bool member = at != std::string::npos &&
                        (end >= members.size() || members.find_first_of(", (", end) == end);
    const std::string relation = "relation " + quoted(name->name);
    if (adds) check_published(b, *name);
    if (adds && member)
      b.fail("42710", relation + " is already member of publication " + quoted(s.object.name.name));
    if (drops && !member) b.fail("42704", relation + " is not part of the publication");
  }
}

}  // namespace schemagate
