// SPDX-License-Identifier: MIT
#include "schema/query_checks.h"

#include <algorithm>
#include <set>

#include "schema/builtin_types.h"
#include "schema/builtins.h"
#include "schema/canonical.h"
#include "schema/canonical_tree.h"
#include "schema/impact_defaults.h"
#include "schema/query_analysis.h"

namespace schemagate {
namespace {

void check_names(ImpactBuilder& b, const Query& query, const AnalysedQuery& analysed,
                 const std::vector<std::string>& names, bool view) {
  std::vector<std::string> output = query.output_columns;
  if (std::find(output.begin(), output.end(), "*") != output.end()) {
    output.clear();
    if (!analysed.fails && analysed.complete)
      for (const QueryColumn& column : analysed.columns) output.push_back(column.name);
  }
  if (output.empty()) return;
  if (names.size() > output.size()) {
    b.fail("42601", view ? "CREATE VIEW specifies more column names than columns"
                         : "too many column names were specified");
    return;
  }
  std::copy(names.begin(), names.end(), output.begin());
  std::set<std::string> seen;
  for (const std::string& name : output) {
    if (name.empty() || seen.insert(name).second) continue;
    b.fail("42701", "column " + quoted(name) + " specified more than once");
    return;
  }
}

}  // namespace

ExpressionColumns columns_of_relation(const ImpactBuilder& b, const QualifiedName& relation,
                                      const std::string& alias) {
  ExpressionColumns columns;
  columns.table_name = alias.empty() ? relation.name : alias;
  if (const Table* table = b.table(relation)) {
    columns.complete = !table->incomplete;
    for (const Column& column : table->columns) columns.more[column.name] = column.type;
  } else if (const View* view = b.view(relation)) {
    for (const OutputColumn& column : output_columns(*view, b.catalog())) {
      if (column.name.empty() || column.name == "*") columns.complete = false;
      TypeName type;
      if (column.type.find('.') == std::string::npos) type.name.name = column.type;
      columns.more[column.name] = type;
    }
    columns.complete = columns.complete && !columns.more.empty();
  } else {
    columns.complete = false;
  }
  return columns;
}

bool function_is_missing(ImpactBuilder& b, const References& references) {
  if (b.session().partial || !b.catalog().extensions.empty()) return false;
  for (const FunctionUse& use : references.functions) {
    const std::string& name = use.name.name;
    static const std::set<std::string_view> words{
        "current_date", "current_time",   "current_timestamp",
        "localtime",    "localtimestamp", "current_catalog",
        "current_role", "current_schema", "current_user",
        "session_user", "user",           "system_user"};
    const std::string& schema = use.name.schema;
    if (b.refuse_missing_schema(schema)) return true;
    const bool system = schema.empty() || schema == "pg_catalog";
    const bool elsewhere = !system && !b.knows_schema(schema);
    const bool builtin =
        system &&
        (words.contains(name) || builtins::is_function(name, b.major()) || is_builtin_type(name));
    const bool found = builtin || elsewhere || has_function_named(b, use.name) ||
                       resolve_type(b.catalog(), b.session(), use.name).has_value() ||
                       b.resolve(use.name).has_value() ||
                       b.catalog().objects.lower_bound("AGGREGATE ") !=
                           b.catalog().objects.lower_bound("AGGREGATE!");
    if (found) continue;
    b.fail("42883", "function " + to_sql(use.name) + " does not exist");
    return true;
  }
  return false;
}

void check_query(ImpactBuilder& b, const Query& query, const std::vector<std::string>& names,
                 bool view) {
  if (b.failed() || function_is_missing(b, query.references)) return;
  const AnalysedQuery analysed = analyse_query(b, query.sql);
  check_names(b, query, analysed, names, view);
  if (analysed.fails) b.fail(analysed.fails->sqlstate, analysed.fails->reason);
}

}  // namespace schemagate
