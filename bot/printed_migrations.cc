// SPDX-License-Identifier: MIT
#include "bot/printed_migrations.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"

namespace schemagate {
namespace {

/// Words that say which migration a statement is of; those of every statement don't.
std::set<std::string> telling_words(std::string_view text) {
  static const std::set<std::string> common{
      "create",  "table",   "alter",   "column",       "index",      "unique",
      "null",    "not",     "add",     "drop",         "on",         "using",
      "btree",   "default", "primary", "key",          "foreign",    "references",
      "integer", "text",    "varchar", "bigint",       "constraint", "update",
      "set",     "where",   "public",  "concurrently", "if",         "exists",
      "type",    "to",      "from",    "insert",       "into",       "values"};
  std::set<std::string> words;
  for (const std::string& word : lower_case_words(text))
    if (word.size() > 2 && common.count(word) == 0) words.insert(word);
  return words;
}

std::size_t shared(const std::set<std::string>& one, const std::set<std::string>& two) {
  return static_cast<std::size_t>(std::count_if(
      one.begin(), one.end(), [&](const std::string& word) { return two.count(word) != 0; }));
}

/// Files of code that this change brings or edits.
class Code {
 public:
  explicit Code(const DatabaseText& text) : sources_(text.sources) {
    const std::set<std::uint32_t> old(text.migrations_before.begin(), text.migrations_before.end());
    for (const std::uint32_t file : text.migrations_after)
      if (old.count(file) == 0) files_.push_back(file);
  }

  /// Where a statement comes from, by its words and those of the comment above it
  /// ("-- Running upgrade a -> b").
  Span place_of(std::string_view statement, std::string_view comment) const {
    const std::set<std::string> words = telling_words(statement);
    const std::set<std::string> named = telling_words(comment);
    Span best;
    std::size_t best_score = 0;
    for (const std::uint32_t file : files_) {
      const SourceFile& source = sources_.file(file);
      const std::size_t by_name =
          shared(named, telling_words(source.text)) + shared(named, telling_words(source.path));
      std::size_t at = 0;
      for (const std::string_view line : split(source.text, '\n')) {
        const std::size_t score = 1 + 2 * shared(words, telling_words(line)) + 10 * by_name;
        const auto begin = static_cast<std::uint32_t>(at);
        if (score > best_score) {
          best_score = score;
          best = Span{file, begin, begin + static_cast<std::uint32_t>(line.size())};
        }
        at += line.size() + 1;
      }
    }
    return best;
  }

 private:
  const SourceSet& sources_;
  std::vector<std::uint32_t> files_;
};

/// The last comment line above `at`.
std::string_view comment_above(std::string_view text, std::size_t at) {
  const std::size_t mark = text.substr(0, at).rfind("\n--");
  if (mark == std::string_view::npos)
    return text.starts_with("--") ? text.substr(0, text.find('\n')) : std::string_view();
  return text.substr(mark + 1, text.find('\n', mark + 1) - mark - 1);
}

/// Of each statement: the number of the BEGIN that is open before it, or -1.
std::vector<int> open_transactions(const std::vector<Statement>& statements) {
  std::vector<int> numbers;
  int open = -1, count = 0;
  for (const Statement& statement : statements) {
    numbers.push_back(open);
    const auto* control = statement.as<Transaction>();
    if (control == nullptr) continue;
    if (control->kind == TransactionKind::begin) open = count++;
    if (control->kind == TransactionKind::commit || control->kind == TransactionKind::rollback)
      open = -1;
  }
  return numbers;
}

}  // namespace

PrintedSteps printed_steps(const DatabaseText& text) {
  PrintedSteps steps;
  steps.before = parse(text.sources, *text.printed_before);
  steps.after = parse(text.sources, *text.printed_after);
  const auto sql = [&](const Statement& statement) { return text.sources.text(statement.span); };
  const auto [now, was] = std::mismatch(
      steps.after.statements.begin(), steps.after.statements.end(), steps.before.statements.begin(),
      steps.before.statements.end(),
      [&](const Statement& one, const Statement& two) { return sql(one) == sql(two); });
  std::map<std::string_view, int> left;
  for (auto at = was; at != steps.before.statements.end(); ++at) ++left[sql(*at)];
  const std::vector<int> open = open_transactions(steps.after.statements);
  const Code code(text);
  const std::string_view printed = text.sources.file(*text.printed_after).text;
  for (auto at = now; at != steps.after.statements.end(); ++at) {
    const auto known = left.find(sql(*at));
    if (known != left.end() && known->second > 0) {
      --known->second;
      continue;
    }
    if (at->as<Transaction>() != nullptr) continue;
    PrintedSteps::Added added;
    added.statement = static_cast<std::size_t>(at - steps.after.statements.begin());
    added.transaction = open[added.statement];
    const Span where = code.place_of(sql(*at), comment_above(printed, at->span.begin));
    added.where = where.is_somewhere() ? where : at->span;
    steps.added.push_back(added);
  }
  steps.history_differs =
      std::any_of(left.begin(), left.end(), [](const auto& one) { return one.second > 0; });
  return steps;
}

}  // namespace schemagate
