// SPDX-License-Identifier: MIT
#include "schema/function_checks.h"

#include <algorithm>

#include "base/text.h"
#include "schema/data_checks.h"
#include "schema/expression_analysis.h"
#include "schema/parse.h"
#include "schema/plpgsql_flow.h"
#include "schema/query_analysis.h"

namespace schemagate {
namespace {

bool bodies_are_checked(const ImpactBuilder& b) {
  const std::string setting = to_lower(b.session().setting("check_function_bodies"));
  return setting != "off" && setting != "false" && setting != "0";
}

/// SQL in a PL/pgSQL body is parsed, not analysed.
void check_flow(ImpactBuilder& b, const FlowStatement& s) {
  if (s.kind == FlowKind::sql) {
    const ParsedFile parsed = parse_text(s.text);
    if (!parsed.problems.empty()) b.fail("42601", parsed.problems.front().message);
  }
  for (const FlowStatement& inner : s.body) check_flow(b, inner);
  for (const FlowArm& arm : s.arms) {
    for (const FlowStatement& inner : arm.body) check_flow(b, inner);
  }
}

std::size_t output_arguments(const CreateFunction& s) {
  return static_cast<std::size_t>(std::count_if(
      s.arguments.begin(), s.arguments.end(),
      [](const FunctionArgument& a) { return a.mode == 't' || a.mode == 'o' || a.mode == 'b'; }));
}

void mismatch(ImpactBuilder& b, const std::string& type) {
  b.fail("42P13", "return type mismatch in function declared to return " + type);
}

/// The last query of a body in SQL gives what the function returns.
void check_result(ImpactBuilder& b, const CreateFunction& s, const AnalysedQuery& query) {
  if (!query.complete) return;
  const std::size_t outputs = output_arguments(s);
  if (outputs > 1 || s.returns_table) {
    // One row type alone may be given by its columns.
    if (outputs > 1 && outputs != query.columns.size()) mismatch(b, "record");
    return;
  }
  const std::string wanted = builtin_name(b, s.returns);
  if (wanted.empty() || wanted == "record" || wanted == "void" || wanted.starts_with("any")) return;
  if (query.columns.size() != 1) return mismatch(b, wanted);
  const std::string& type = query.columns.front().type;
  const std::string given = type == "unknown" ? "text" : type;  // a constant that nothing types
  if (given.empty() || can_assign(given, wanted, b.major())) return;
  mismatch(b, wanted);
}

void check_sql_body(ImpactBuilder& b, const CreateFunction& s) {
  const std::string start = to_lower(trim(s.body).substr(0, 6));
  if (start == "return" || start == "begin ") return;  // of the SQL standard, parsed with the rest
  const ParsedFile parsed = parse_text(s.body);
  if (!parsed.problems.empty()) {
    b.fail("42601", parsed.problems.front().message);
    return;
  }
  const auto* last =
      parsed.statements.empty() ? nullptr : parsed.statements.back().as<DataStatement>();
  if (parsed.statements.size() != 1 || !last) return;
  if (last->kind != DataKind::select || last->sql.empty() || b.session().partial) return;
  const AnalysedQuery query = analyse_query(b, last->sql, &s);
  if (query.fails) b.fail(query.fails->sqlstate, query.fails->reason);
  if (!b.failed() && !s.procedure) check_result(b, s, query);
}

}  // namespace

void check_function(ImpactBuilder& b, const CreateFunction& s) {
  const std::string language = to_lower(s.language);
  if (!s.procedure && s.returns.empty() && !s.returns_table && output_arguments(s) == 0) {
    b.fail("42P13", "function result type must be specified");
  }
  if (language == "sql" && s.returns.name.name == "trigger") {
    b.fail("42P13", "SQL functions cannot return type trigger");
  }
  if (b.failed() || !bodies_are_checked(b)) return;
  if (language == "plpgsql") {
    const Flow flow = read_flow(s.body);
    if (!flow.problem.empty()) b.fail("42601", flow.problem);
    check_flow(b, flow.block);
  } else if (language == "sql") {
    // Its names are looked up along a path of its own.
    if (s.definition.find(" SET search_path TO ") != std::string::npos) return;
    if (b.session().partial || relation_is_missing(b, s.references)) return;
    for (const Statement& statement : parse_text(s.body).statements) {
      const auto* data = statement.as<DataStatement>();
      if (!data) continue;
      if (relation_is_missing(b, data->references)) return;
      const Table* table = b.table(b.resolve(data->target).value_or(QualifiedName{}));
      if (table && column_is_missing(b, *table, *data)) return;
    }
    check_sql_body(b, s);
  }
}

}  // namespace schemagate
