// SPDX-License-Identifier: MIT
#include "bot/migration_includes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "bot/includes.h"
#include "schema/migrations.h"

namespace schemagate {
namespace {

/// A command that runs something that is not in the file: rows that are statements, a program.
bool runs_unseen(std::string_view command) {
  return command.starts_with("\\gexec") || command.starts_with("\\!");
}

/// The statements of `part` before number `at` of the file's.
void insert(const ParsedFile& part, std::size_t at, ParsedFile& file) {
  const int count = static_cast<int>(part.statements.size()), first = static_cast<int>(at);
  for (CommentText& comment : file.comments)
    if (comment.statement >= first) comment.statement += count;
  for (CommentText comment : part.comments) {
    if (comment.statement >= 0) comment.statement += first;
    file.comments.push_back(std::move(comment));
  }
  file.statements.insert(file.statements.begin() + static_cast<std::ptrdiff_t>(at),
                         part.statements.begin(), part.statements.end());
  file.problems.insert(file.problems.end(), part.problems.begin(), part.problems.end());
  file.skipped.insert(file.skipped.end(), part.skipped.begin(), part.skipped.end());
}

class Expander {
 public:
  Expander(const SourceSet& sources, const FindFile& find, const std::set<std::string>& own)
      : sources_(sources), find_(find), own_(own) {}

  /// `file` is parsed from file number `number`.
  void expand(std::uint32_t number, ParsedFile& file) {
    std::vector<Skipped> commands, others;
    for (Skipped& skipped : file.skipped) {
      if (skipped.kind == SkippedKind::psql_command && runs_unseen(trim(skipped.text))) {
        unseen.push_back({skipped.span, fmt::format("what {} runs is not known here: it was not "
                                                    "judged",
                                                    trim(skipped.text))});
        continue;
      }
      const bool includes =
          skipped.kind == SkippedKind::psql_command && is_include(trim(skipped.text));
      (includes ? commands : others).push_back(std::move(skipped));
    }
    file.skipped = std::move(others);
    open_.push_back(number);
    // From the last one on: places before it stay.
    for (auto command = commands.rbegin(); command != commands.rend(); ++command)
      include(*command, file);
    open_.pop_back();
  }

  std::vector<LostCommand> lost, unseen;

 private:
  void include(const Skipped& command, ParsedFile& file) {
    const std::string_view text = trim(command.text);
    const std::vector<std::string> targets =
        include_targets(text, sources_.file(command.span.file).path);
    for (const std::string& target : targets) {
      if (own_.count(target) != 0) return;
      const std::optional<std::uint32_t> number = find_(target);
      if (!number) continue;
      if (!may_open(*number)) {
        lost.push_back({command.span, fmt::format("{} includes itself, or too much: what it runs "
                                                  "was not judged",
                                                  text)});
        return;
      }
      ParsedFile part = parse(sources_, *number);
      statements_ += part.statements.size();
      expand(*number, part);
      const auto behind = [&](const Statement& statement) {
        return statement.span.file == command.span.file &&
               statement.span.begin > command.span.begin;
      };
      const auto at = std::find_if(file.statements.begin(), file.statements.end(), behind);
      insert(part, static_cast<std::size_t>(at - file.statements.begin()), file);
      return;
    }
    lost.push_back(why_not(command.span, text, targets));
  }

  /// Text of a pull request: neither circles nor copies of copies.
  bool may_open(std::uint32_t number) {
    return open_.size() <= most_nested_includes && ++files_ <= most_included_files &&
           statements_ <= max_statements &&
           std::find(open_.begin(), open_.end(), number) == open_.end();
  }

  static LostCommand why_not(Span where, std::string_view command,
                             const std::vector<std::string>& targets) {
    if (command.find_first_of(":`") != std::string_view::npos)
      return {where,
              fmt::format("{} names a file that only psql knows: what it runs was not judged",
                          command)};
    if (targets.empty())
      return {where,
              fmt::format("{} leads out of the repository: what it runs was not judged", command)};
    return {where,
            fmt::format("{}: {} is not in this commit: psql stops, or goes on without it", command,
                        targets.front()),
            true};
  }

  const SourceSet& sources_;
  const FindFile& find_;
  const std::set<std::string>& own_;
  std::vector<std::uint32_t> open_;  ///< files that include one another
  int files_ = 0;
  std::size_t statements_ = 0;
};

}  // namespace

std::vector<LostCommand> expand_includes(const SourceSet& sources, const FindFile& find,
                                         const std::set<std::string>& own, ParsedFile& file) {
  if (file.skipped.empty()) return {};
  Expander expander(sources, find, own);
  expander.expand(file.skipped.front().span.file, file);
  std::reverse(expander.lost.begin(), expander.lost.end());
  for (LostCommand& command : expander.unseen) expander.lost.push_back(std::move(command));
  return std::move(expander.lost);
}

std::vector<LostCommand> refuse_psql_commands(std::string_view tool, ParsedFile& file) {
  std::vector<LostCommand> lost;
  std::erase_if(file.skipped, [&](const Skipped& skipped) {
    const std::string_view text = trim(skipped.text);
    if (skipped.kind != SkippedKind::psql_command || text.starts_with("\\restrict") ||
        text.starts_with("\\unrestrict") || text.starts_with("\\."))
      return false;
    lost.push_back({skipped.span,
                    fmt::format("{} sends {} to the server, which refuses it: only psql knows such "
                                "commands",
                                tool, text),
                    true});
    return true;
  });
  return lost;
}

}  // namespace schemagate
