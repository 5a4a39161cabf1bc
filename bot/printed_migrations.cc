// SPDX-License-Identifier: MIT
#include "bot/printed_migrations.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/text.h"

namespace schemagate {
namespace {

/// Words that every statement may have: "index" says little, but more than nothing.
bool is_common(const std::string& word) {
  static const std::set<std::string> common{
      "create",  "table",   "alter",   "column",       "index",      "unique",
      "null",    "not",     "add",     "drop",         "on",         "using",
      "btree",   "default", "primary", "key",          "foreign",    "references",
      "integer", "text",    "varchar", "bigint",       "constraint", "update",
      "set",     "where",   "public",  "concurrently", "if",         "exists",
      "type",    "to",      "from",    "insert",       "into",       "values"};
  return common.count(word) != 0;
}

/// Words of a text, those of names one by one as well ("index_users_on_boss_id").
std::set<std::string> all_words(std::string_view text) {
  std::set<std::string> words;
  const auto add = [&](std::string_view word) {
    if (word.size() > 2) words.emplace(word);
  };
  for (const std::string& word : lower_case_words(text)) {
    add(word);
    for (const std::string_view part : split(word, '_')) add(part);
  }
  return words;
}

/// The words that say which migration a statement is of.
std::set<std::string> telling_words(std::string_view text) {
  std::set<std::string> words = all_words(text);
  std::erase_if(words, is_common);
  return words;
}

/// How many words both have.
std::size_t shared(const std::set<std::string>& one, const std::set<std::string>& two) {
  return static_cast<std::size_t>(std::count_if(
      one.begin(), one.end(), [&](const std::string& word) { return two.count(word) != 0; }));
}

/// Files of code: those that this change brings or edits, and the others.
class Code {
 public:
  explicit Code(const DatabaseText& text) : sources_(text.sources) {
    const std::set<std::uint32_t> old(text.migrations_before.begin(), text.migrations_before.end());
    for (const std::uint32_t file : text.migrations_after) {
      if (old.count(file) == 0) files_.push_back(file);
      all_.push_back(file);
    }
  }

  /// Where a statement comes from: in the file that `named` is, or the likeliest, by its words and
  /// those of the comment above it ("-- Running upgrade a -> b"). Of lines that are alike the first
  /// one that is not above `previous`, where the statement before it comes from.
  Span place_of(std::string_view statement, std::string_view comment,
                std::optional<std::uint32_t> named, Span previous) const {
    const std::set<std::string> words = all_words(statement);
    const std::set<std::string> said = telling_words(comment);
    Span best;
    std::size_t best_score = 0;
    for (const std::uint32_t file : named ? std::vector{*named} : files_) {
      const SourceFile& source = sources_.file(file);
      const std::size_t by_name =
          shared(said, telling_words(source.text)) + shared(said, telling_words(source.path));
      for (const Line& line : lines_of(file, words)) {
        const bool follows = previous.file == file && line.where.begin >= previous.begin;
        constexpr std::size_t name_weight = 10000;
        const std::size_t score = 2 * (1 + line.score + name_weight * by_name) + (follows ? 1 : 0);
        if (score <= best_score) continue;
        best_score = score;
        best = line.where;
      }
    }
    return best;
  }

  /// The file whose name a comment line has: the longest such name ("1_users" is in "11_users").
  std::optional<std::uint32_t> named_in(std::string_view comment) const {
    std::optional<std::uint32_t> found;
    std::size_t longest = 0;
    for (const std::uint32_t file : all_) {
      std::string_view name = sources_.file(file).path;
      name.remove_prefix(name.rfind('/') + 1);
      name = name.substr(0, name.rfind('.'));
      if (name.size() <= longest || !has_name(comment, name)) continue;
      longest = name.size();
      found = file;
    }
    return found;
  }

 private:
  struct Line {
    Span where;
    std::size_t score = 0;  ///< words that few lines have say more
  };
  std::vector<Line> lines_of(std::uint32_t file, const std::set<std::string>& words) const {
    std::vector<Line> lines;
    std::vector<std::vector<std::string>> found;
    std::map<std::string, std::size_t> lines_with;
    std::uint32_t at = 0;
    for (const std::string_view text : split(sources_.file(file).text, '\n')) {
      const auto end = at + static_cast<std::uint32_t>(text.size());
      lines.push_back({Span{file, at, end}, 0});
      at = end + 1;
      found.emplace_back();
      for (const std::string& word : all_words(text))
        if (words.count(word) != 0) found.back().push_back(word);
      for (const std::string& word : found.back()) ++lines_with[word];
    }
    constexpr std::size_t word_weight = 1000;
    for (std::size_t i = 0; i < lines.size(); ++i)
      for (const std::string& word : found[i])
        lines[i].score += is_common(word) ? 1 : word_weight + word_weight / lines_with[word];
    return lines;
  }

  /// Short names ("1") say nothing: they may be part of any text.
  static bool has_name(std::string_view comment, std::string_view name) {
    constexpr std::size_t telling = 4;
    return name.size() >= telling && comment.find(name) != std::string_view::npos;
  }

  const SourceSet& sources_;
  std::vector<std::uint32_t> files_, all_;
};

/// The comment lines of a text with the file that each names, in order.
class Comments {
 public:
  Comments(std::string_view text, const Code& code) {
    std::optional<std::uint32_t> file;
    std::size_t at = 0;
    for (const std::string_view line : split(text, '\n')) {
      if (line.starts_with("--")) {
        if (const auto named = code.named_in(line)) file = named;
        lines_.push_back({at, line, file});
      }
      at += line.size() + 1;
    }
  }

  struct Line {
    std::size_t at = 0;
    std::string_view text;
    std::optional<std::uint32_t> file;  ///< named by this line or the nearest above that names one
  };
  /// Every file that one of the lines names.
  std::set<std::uint32_t> named() const {
    std::set<std::uint32_t> files;
    for (const Line& line : lines_)
      if (line.file) files.insert(*line.file);
    return files;
  }
  /// The last one above `at`; an empty one when there is none.
  Line above(std::size_t at) const {
    const auto next =
        std::upper_bound(lines_.begin(), lines_.end(), at,
                         [](std::size_t position, const Line& line) { return position < line.at; });
    return next == lines_.begin() ? Line{} : *(next - 1);
  }

 private:
  std::vector<Line> lines_;
};

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
  Span previous;
  const Comments comments(text.sources.file(*text.printed_after).text, code);
  steps.named = comments.named();
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
    const Comments::Line above = comments.above(at->span.begin);
    const Span where = code.place_of(sql(*at), above.text, above.file, previous);
    previous = where;
    added.where = where.is_somewhere() ? where : at->span;
    if (where.is_somewhere()) steps.named.insert(where.file);
    steps.added.push_back(added);
  }
  steps.history_differs =
      std::any_of(left.begin(), left.end(), [](const auto& one) { return one.second > 0; });
  return steps;
}

}  // namespace schemagate
