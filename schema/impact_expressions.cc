// SPDX-License-Identifier: MIT
#include "schema/impact_expressions.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "schema/builtins.h"
#include "schema/constant_folding.h"
#include "schema/constant_values.h"
#include "schema/impact_defaults.h"
#include "schema/impact_types.h"

namespace schemagate {
namespace {

/// Functions of PostgreSQL 14 to 18 whose every form is stable (pg_proc.provolatile = 's'), as far
/// as an expression over a row may call them, and the keywords that are functions. Sorted.
constexpr auto stable_functions = std::to_array<std::string_view>({
    "array_to_json",
    "array_to_string",
    "col_description",
    "concat",
    "concat_ws",
    "convert_from",
    "convert_to",
    "current_catalog",
    "current_database",
    "current_date",
    "current_role",
    "current_schema",
    "current_schemas",
    "current_setting",
    "current_time",
    "current_timestamp",
    "current_user",
    "enum_first",
    "enum_last",
    "enum_range",
    "format",
    "format_type",
    "json_build_array",
    "json_build_object",
    "json_populate_record",
    "jsonb_build_array",
    "jsonb_build_object",
    "jsonb_populate_record",
    "localtime",
    "localtimestamp",
    "make_timestamptz",
    "now",
    "obj_description",
    "row_to_json",
    "session_user",
    "statement_timestamp",
    "to_char",
    "to_date",
    "to_json",
    "to_jsonb",
    "to_number",
    "transaction_timestamp",
    "txid_current",
    "user",
    "version",
});

std::optional<std::string> mutable_call(const ImpactBuilder& b, const References& references,
                                        int depth);

/// May a call of that function be one of no lasting value, for all that is known of it?
bool may_be_immutable(const ImpactBuilder& b, const Function& function, int depth) {
  const CreateFunction& f = function.definition;
  if (f.volatility == Volatility::immutable) return true;
  if (to_lower(f.language) != "sql") return false;
  const auto body = inlined_body(function);
  return body && !mutable_call(b, *body, depth + 1);
}

bool is_user_function(const ImpactBuilder& b, const FunctionUse& use, bool& immutable, int depth) {
  bool found = false;
  for (const auto& [key, function] : b.catalog().functions) {
    const QualifiedName& name = function.definition.name;
    if (name.name != use.name.name) continue;
    if (!use.name.schema.empty() && use.name.schema != name.schema) continue;
    found = true;
    immutable = immutable || may_be_immutable(b, function, depth);
  }
  return found;
}

std::optional<std::string> mutable_call(const ImpactBuilder& b, const References& references,
                                        int depth) {
  constexpr int deepest_inlining = 8;
  if (depth > deepest_inlining) return "…";
  for (const FunctionUse& use : references.functions) {
    bool immutable = false;
    const bool own = is_user_function(b, use, immutable, depth);
    const bool stable = std::find(stable_functions.begin(), stable_functions.end(),
                                  to_lower(use.name.name)) != stable_functions.end();
    if (own ? !immutable : stable) return to_sql(use.name) + "(…)";
  }
  return std::nullopt;
}

/// The text inside a string constant, without a cast behind it; nothing when it is no string.
std::optional<std::string> string_constant(const Expression& value) {
  const std::string& sql = value.sql;
  if (value.kind != ExpressionKind::constant || sql.size() < 2) return std::nullopt;
  if (sql.front() == 'E') {
    canonical::Node node = canonical::parse_expression(sql);
    if (node.kind != canonical::NodeKind::string) return std::nullopt;
    return std::move(node.text);
  }
  if (sql.front() != '\'') return std::nullopt;
  if (sql.back() != '\'') return std::nullopt;
  std::string text;
  for (std::size_t at = 1; at + 1 < sql.size(); ++at) {
    if (sql[at] == '\'' && sql[++at] != '\'') return std::nullopt;  // a cast behind it
    text += sql[at];
  }
  return text;
}

}  // namespace

namespace {

/// Where only part of the schema is known, names and types prove nothing: what is left are calls
/// that return sets and subqueries, which may not stand there (0A000).
bool may_be_refused_for_certain(const ImpactBuilder& b, const Expression& expression) {
  const References& references = expression.references;
  if (!b.session().partial || !references.relations.empty() || !b.catalog().functions.empty())
    return true;
  return std::any_of(
      references.functions.begin(), references.functions.end(),
      [&](const FunctionUse& use) { return builtins::may_return_set(use.name.name, b.major()); });
}

}  // namespace

void check_assigned(ImpactBuilder& b, const std::string& column, const TypeName& type,
                    const AnalysedExpression& value, const Expression& expression,
                    std::string_view words) {
  if (b.failed() || value.type.empty()) return;
  if (value.type == "unknown") {
    const auto text = string_constant(expression);
    const auto refused = text ? refused_constant(b, type, *text) : std::nullopt;
    if (refused) b.fail(refused->sqlstate, refused->reason);
    return;
  }
  TypeName from{{"", value.type}, {}, {}, 0, false};
  if (value.type.ends_with("[]")) {
    from.name.name.resize(value.type.size() - 2);
    from.array_dimensions = 1;
  }
  const std::string to = builtin_name(b, type);
  bool allowed = true;
  if (!to.empty()) {
    const auto& objects = b.catalog().objects;
    allowed = can_assign(value.type, to, b.major()) ||
              std::any_of(objects.begin(), objects.end(), [](const auto& entry) {
                return entry.second.object.kind == ObjectKind::cast;
              });
  } else {
    const TypeChange change = change_of_type(b, from, type);
    allowed = change.allowed || change.guessed;
  }
  if (allowed) return;
  b.fail("42804", "column " + quoted(column) + " is of type " + to_sql(type) + " but " +
                      std::string(words) + " is of type " + to_sql(from));
}

AnalysedExpression check_expression(ImpactBuilder& b, const Expression& expression,
                                    ExpressionPlace place, const ExpressionColumns& columns) {
  if (place == ExpressionPlace::check && !may_be_refused_for_certain(b, expression)) return {};
  AnalysedExpression analysed = analyse_expression(b, expression, place, columns);
  if (analysed.fails) b.fail(analysed.fails->sqlstate, analysed.fails->reason);
  return analysed;
}

bool is_mutable(const ImpactBuilder& b, const AnalysedExpression& analysed,
                const Expression& expression) {
  if (analysed.volatility == '?') return mutable_call(b, expression).has_value();
  return analysed.volatility != 'i';
}

void check_default(ImpactBuilder& b, const std::string& column, const TypeName& type,
                   const Expression& value) {
  if (value.empty() || value.kind == ExpressionKind::null_constant) return;
  if (const auto text = string_constant(value)) {
    if (const auto refused = refused_constant(b, type, *text)) {
      b.fail(refused->sqlstate, refused->reason);
    }
    return;
  }
  if (value.references.columns.empty() && !may_be_refused_for_certain(b, value)) return;
  const auto analysed = check_expression(b, value, ExpressionPlace::column_default, {});
  if (!value.references.columns.empty()) {
    b.fail("0A000", "cannot use column reference in DEFAULT expression");
  }
  check_assigned(b, column, type, analysed, value, "default expression");
}

void check_generation(ImpactBuilder& b, const ColumnDefinition& column,
                      const ExpressionColumns& columns) {
  for (const ColumnUse& use : column.generation.references.columns) {
    const Column* used = columns.table ? columns.table->column(use.name) : nullptr;
    if (use.name != column.name && !(used && used->generated != Generated::no)) continue;
    b.fail("42P17",
           "cannot use generated column " + quoted(use.name) + " in column generation expression");
  }
  const auto analysed =
      check_expression(b, column.generation, ExpressionPlace::generation, columns);
  if (is_mutable(b, analysed, column.generation)) {
    b.fail("42P17", "generation expression is not immutable");
  }
  check_assigned(b, column.name, column.type, analysed, column.generation, "generation expression");
  if (column.generated != Generated::virtual_ || b.failed()) return;
  for (const FunctionUse& use : column.generation.references.functions) {
    if (functions_called(b, use).empty()) continue;
    b.fail("0A000", "generation expression uses user-defined function");
  }
}

std::optional<std::string> mutable_call(const ImpactBuilder& b, const Expression& expression) {
  if (auto call = volatile_call(b, expression)) return call;
  return mutable_call(b, live_references(expression), 0);
}

namespace {

struct Method {
  std::string_view name;
  std::string_view without;  ///< built-in types that have no default operator class
  std::string_view only;     ///< or: the only ones that have one
  bool arrays, enums;
  std::string_view extension;  ///< that brings the missing ones
};
/// pg_opclass of 14 to 18, opcdefault.
constexpr auto methods = std::to_array<Method>({
    {"btree", " json xml path polygon circle point box lseg line jsonpath ", "", true, true, ""},
    {"hash",
     " json xml path polygon circle point box lseg line jsonpath bit varbit money tsquery "
     "tsvector ",
     "", true, true, ""},
    {"gin", "", " jsonb tsvector ", true, false, "btree_gin"},
    {"gist", "",
     " circle point box polygon tsquery tsvector daterange int4range int8range numrange tsrange "
     "tstzrange ",
     false, false, "btree_gist"},
    {"brin",
     " json jsonb xml path polygon circle point lseg line jsonpath bool money tsquery tsvector "
     "xid ",
     "", false, false, ""},
});

}  // namespace

namespace {

/// GiST and BRIN have classes for any range.
bool is_range(const ImpactBuilder& b, const QualifiedName& type) {
  const auto found = b.catalog().types.find(type);
  return found != b.catalog().types.end() && found->second.kind == TypeKind::range;
}

}  // namespace

bool has_operator_class(const ImpactBuilder& b, const TypeName& type, const std::string& method) {
  const auto found = std::find_if(methods.begin(), methods.end(),
                                  [&](const Method& m) { return m.name == method; });
  if (found == methods.end()) return true;
  if (!found->extension.empty() && b.catalog().extensions.contains(std::string(found->extension)))
    return true;
  const BaseType base = base_type(b, type);
  if (!base.known) return true;
  const std::string word = " " + base.type.name.name + " ";
  bool has = found->only.empty() ? found->without.find(word) == std::string_view::npos
                                 : found->only.find(word) != std::string_view::npos;
  if (base.user_defined)
    has = found->enums || (found->name != "gin" && is_range(b, base.type.name));
  if (base.type.array_dimensions > 0) has = found->arrays;
  return has;
}

void check_operator_class(ImpactBuilder& b, const TypeName& type, const std::string& method) {
  if (b.session().partial || has_operator_class(b, type, method)) return;
  b.fail("42704", "data type " + to_sql(base_type(b, type).type) +
                      " has no default operator class for access method " + quoted(method));
}

void check_operator_class(ImpactBuilder& b, const Table& table, const std::string& name,
                          const std::string& method) {
  if (const Column* column = table.column(name)) check_operator_class(b, column->type, method);
}

}  // namespace schemagate
