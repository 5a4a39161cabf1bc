// SPDX-License-Identifier: MIT
#include "schema/access_row_body.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include "base/text.h"
#include "schema/parse.h"
#include "schema/plpgsql_flow.h"

namespace schemagate::rows {
namespace {

class BodyReader {
 public:
  std::optional<BodyUse> read(const std::string& body, const std::vector<std::string>& embedded,
                              bool is_dynamic) {
    const Flow flow = read_flow(body);
    if (is_dynamic || !flow.problem.empty() || counts_or_fetches(body)) return std::nullopt;
    block(flow.block);
    for (const std::string& one : embedded) sql(one);
    return understood_ ? std::optional(std::move(use_)) : std::nullopt;
  }
  std::optional<BodyUse> read_sql(const std::vector<std::string>& embedded) {
    for (const std::string& one : embedded) sql(one);
    return understood_ && !embedded.empty() ? std::optional(std::move(use_)) : std::nullopt;
  }

 private:
  /// What a statement found decides what comes next.
  static bool counts_or_fetches(const std::string& body) {
    const std::set<std::string> words = lower_case_words(to_lower(body));
    // … or what names mean: a search path, a second name of NEW.
    constexpr std::array deciding{"cursor",    "fetch",     "found",       "diagnostics",
                                  "row_count", "refcursor", "search_path", "set_config",
                                  "alias",     "next"};
    return std::any_of(deciding.begin(), deciding.end(),
                       [&](const char* word) { return words.count(word) != 0; });
  }

  /// NEW, OLD, NEW.a, NEW.*
  void note_rows(const std::string& text) {
    const std::string lower = to_lower(text);
    const auto is_part = [&](std::size_t at) {
      return at < lower.size() &&
             (std::isalnum(static_cast<unsigned char>(lower[at])) != 0 || lower[at] == '_');
    };
    for (const std::string_view word : {"new", "old"})
      for (std::size_t at = lower.find(word); at != std::string::npos;
           at = lower.find(word, at + 1)) {
        const std::size_t behind = at + word.size();
        if ((at > 0 && is_part(at - 1)) || is_part(behind)) continue;
        use_.reads_row = true;
        const bool is_column =
            lower[behind] == '.' && (is_part(behind + 1) || lower[behind + 1] == '"');
        use_.takes_row = use_.takes_row || !is_column;
      }
  }

  void sql(const std::string& text) {
    note_rows(text);
    const ParsedFile parsed = parse_text(text);
    understood_ = understood_ && parsed.problems.empty();
    for (const Statement& statement : parsed.statements)
      if (auto use = use_of(statement)) use_.statements.push_back(std::move(*use));
  }
  void expression(const std::string& text) {
    if (!text.empty()) sql("SELECT " + text);
  }
  void block(const FlowStatement& statement) {
    for (const FlowVariable& variable : statement.declared) expression(variable.value);
    const std::size_t first = use_.statements.size();
    body(statement.body);
    // A handler makes of rows in the way what ON CONFLICT makes of them.
    const auto works = [](const StatementUse& use) { return use.work > RowWork::reads; };
    if (!statement.arms.empty() &&
        std::any_of(use_.statements.begin() + static_cast<std::ptrdiff_t>(first),
                    use_.statements.end(), works))
      understood_ = false;
    for (const FlowArm& handler : statement.arms) body(handler.body);
  }
  void body(const std::vector<FlowStatement>& statements) {
    for (const FlowStatement& one : statements) statement(one);
  }

  void statement(const FlowStatement& one) {
    for (const std::string& variable : one.into) assign(variable, {});
    expression(one.arguments);
    switch (one.kind) {
      case FlowKind::block:
        return block(one);
      case FlowKind::sql:
        return sql(one.text);
      case FlowKind::branch:
        expression_of_branch(one);
        for (const FlowArm& arm : one.arms) body(arm.body);
        break;
      case FlowKind::assignment:
        expression(one.value);
        assign(one.target, one.value);
        break;
      case FlowKind::leave:
        return leave(one.text);
      case FlowKind::query_loop:
        if (!one.dynamic) sql(one.text);
        assign(one.name, {});
        break;
      case FlowKind::execute:  // its constants are among the embedded texts
        expression(one.text);
        break;
      case FlowKind::transaction:
        break;
      case FlowKind::raise:
        note_rows(one.message);
        break;
      default:
        expression(one.text);
        expression(one.limit);
    }
    body(one.body);
  }
  void expression_of_branch(const FlowStatement& one) {
    expression(one.text);
    for (const FlowArm& arm : one.arms) expression(arm.condition);
  }

  void leave(const std::string& value) {
    const std::string word = to_lower(std::string(trim(value)));
    if (word.empty() || word == "new" || word == "old" || word == "null") return;
    use_.changes_row = true;
    expression(value);
  }
  /// `value`: of an assignment; empty where it comes out of a query.
  void assign(const std::string& variable, const std::string& value) {
    const std::string name = to_lower(std::string(trim(variable)));
    if (name == "new") use_.changes_row = true;
    if (!name.starts_with("new.")) return;
    const std::string column = name.substr(name.find('.') + 1);
    if (column.find_first_of("[.\"") != std::string::npos) use_.changes_row = true;
    const bool is_free = is_free_of_rows(value);
    const auto [at, is_new] = use_.sets.emplace(column, is_free);
    if (!is_new) at->second = at->second && is_free;
  }
  /// The time, a constant: the same whatever else happened to the rows.
  static bool is_free_of_rows(const std::string& value) {
    const std::string word = to_lower(replace_all(std::string(trim(value)), " ", ""));
    constexpr std::array times{"now()",        "current_timestamp",    "clock_timestamp()",
                               "current_date", "localtimestamp",       "transaction_timestamp()",
                               "current_user", "statement_timestamp()"};
    return std::find(times.begin(), times.end(), word) != times.end();
  }

  BodyUse use_;
  bool understood_ = true;
};

/// SET search_path to more than what names are looked for in anyway.
bool has_own_path(const CreateFunction& function) {
  const std::string& text = function.definition;
  const std::string lower = to_lower(text);
  const std::size_t at = lower.find("search_path");
  if (at == std::string::npos) return false;
  const std::size_t from = at + std::string_view("search_path").size();
  const std::set<std::string> plain{"to",       "public", "pg_catalog", "pg_temp", "language",
                                    "plpgsql",  "sql",    "security",   "definer", "invoker",
                                    "volatile", "stable", "immutable"};
  const std::size_t to = lower.find(" as ", from);
  for (const std::string& word : lower_case_words(std::string_view(lower).substr(from, to - from)))
    if (plain.count(word) == 0) return true;
  return false;
}

}  // namespace

std::optional<BodyUse> read_body(const CreateFunction& function) {
  BodyReader reader;
  if (has_own_path(function)) return std::nullopt;
  if (function.language == "sql") return reader.read_sql(function.embedded);
  if (function.language != "plpgsql") return std::nullopt;
  return reader.read(function.body, function.embedded, function.has_dynamic_sql);
}

std::optional<BodyUse> read_body(const DoBlock& block) {
  if (block.language != "plpgsql") return std::nullopt;
  return BodyReader().read(block.body, block.embedded, block.has_dynamic_sql);
}

}  // namespace schemagate::rows
