// SPDX-License-Identifier: MIT
#include "bot/problems.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "base/text.h"
#include "bot/includes.h"
#include "bot/reach.h"
#include "schema/migrations.h"

namespace schemagate {
namespace {

void add_parse_problems(const SourceSet& sources, const std::vector<ParsedFile>& before,
                        const std::vector<ParsedFile>& after, Problems& out) {
  std::set<std::string> known;
  for (const ParsedFile& file : before)
    for (const ParseProblem& problem : file.problems)
      known.insert(problem.message + '\0' + std::string(sources.text(problem.statement)));
  std::size_t unchanged = 0;
  std::string first;
  for (const ParsedFile& file : after)
    for (const ParseProblem& problem : file.problems) {
      const std::string key = problem.message + '\0' + std::string(sources.text(problem.statement));
      if (!known.count(key)) {
        out.parse.push_back(problem);
        continue;
      }
      if (unchanged++ == 0)
        first =
            fmt::format("{}:{}", sources.path(problem.where), sources.begin(problem.where).line);
    }
  if (unchanged > 0)
    out.notes.push_back(fmt::format(
        "{} that PostgreSQL does not parse, unchanged by this pull request, {} not judged: {}",
        counted(static_cast<long long>(unchanged), "statement"), unchanged == 1 ? "was" : "were",
        first));
}

std::string key_of(const SourceSet& sources, const ApplyProblem& problem) {
  return problem.message + '\0' + std::string(sources.text(problem.where));
}

void add_apply_problems(const SourceSet& sources, const std::vector<ApplyProblem>& before,
                        const std::vector<ApplyProblem>& after, Problems& out) {
  std::set<std::string> known;
  for (const ApplyProblem& problem : before) known.insert(key_of(sources, problem));
  std::size_t unchanged = 0;
  std::string first;
  std::set<std::string> said;
  for (const ApplyProblem& problem : after) {
    if (problem.kind == ProblemKind::ignored) continue;
    if (known.count(key_of(sources, problem))) {
      if (unchanged++ == 0)
        first = fmt::format("{}:{}: {}", sources.path(problem.where),
                            sources.begin(problem.where).line, problem.message);
      continue;
    }
    if (said.insert(key_of(sources, problem) + std::to_string(problem.where.begin)).second)
      out.schema.push_back(problem);
  }
  if (unchanged > 0)
    out.notes.push_back(fmt::format("{} of the base that this pull request does not touch: {}",
                                    counted(static_cast<long long>(unchanged), "schema problem"),
                                    first));
}

/// Why an include of the file `path` was not followed; empty: its file is one of `files`.
std::string not_followed(std::string_view command, std::string_view path,
                         const std::set<std::string>& files) {
  const std::vector<std::string> targets = include_targets(command, path);
  for (const std::string& target : targets)
    if (files.count(target) != 0) return "";
  if (targets.empty())
    return fmt::format("{} is not followed: it leads out of the repository", command);
  return fmt::format("{} is not followed: {} is not in this commit, or nested deeper than {} files",
                     command, targets.front(), most_nested_includes);
}

/// Parts of HCL files that are not judged; those that the base has, too, are not this change's.
void add_unread(const SourceSet& sources, const std::vector<ParsedFile>& before,
                const std::vector<ParsedFile>& after, Problems& out) {
  std::set<std::string> known;
  for (const ParsedFile& file : before)
    for (const Skipped& skipped : file.skipped)
      if (skipped.kind == SkippedKind::unread) known.insert(skipped.text);
  for (const ParsedFile& file : after)
    for (const Skipped& skipped : file.skipped)
      if (skipped.kind == SkippedKind::unread && !known.count(skipped.text))
        out.notes.push_back(fmt::format("{}:{}: {}", sources.path(skipped.span),
                                        sources.begin(skipped.span).line, skipped.text));
}

void add_skipped(const SourceSet& sources, const std::vector<ParsedFile>& before,
                 const std::vector<ParsedFile>& after, bool follows_includes, Problems& out) {
  add_unread(sources, before, after, out);
  const auto commands = [&](const std::vector<ParsedFile>& files) {
    std::map<std::string, Span> found;
    for (const ParsedFile& file : files)
      for (const Skipped& skipped : file.skipped)
        if (skipped.kind == SkippedKind::psql_command)
          found.emplace(std::string(trim(skipped.text)), skipped.span);
    return found;
  };
  const auto known = commands(before);
  for (const auto& [text, span] : commands(after)) {
    if (known.count(text) || text.starts_with("\\restrict") || text.starts_with("\\unrestrict") ||
        text.starts_with("\\connect") || text.starts_with("\\.") || text.starts_with("\\echo") ||
        text.starts_with("\\set") || (follows_includes && is_include(text)))
      continue;
    out.notes.push_back(fmt::format("{}:{}: psql command not run: {}", sources.path(span),
                                    sources.begin(span).line, text));
  }
}

}  // namespace

void ReachNotes::know(const SourceSet& sources, const ParsedFile& file) {
  for (const Statement& statement : file.statements) {
    const std::string_view text = sources.text(statement.span);
    if (!reach_of(statement, text).empty()) said_.emplace(text);
  }
}

void ReachNotes::add(const SourceSet& sources, const ParsedFile& file,
                     std::vector<std::string>& notes) {
  for (const Statement& statement : file.statements) {
    const std::string_view text = sources.text(statement.span);
    const std::string reach = reach_of(statement, text);
    if (reach.empty() || !said_.emplace(text).second) continue;
    notes.push_back(fmt::format("{}:{}: reaches out of the database: {}",
                                sources.path(statement.span), sources.begin(statement.span).line,
                                reach));
  }
}

Problems new_problems(const SourceSet& sources, const std::vector<ParsedFile>& before,
                      const std::vector<ParsedFile>& after,
                      const std::vector<ApplyProblem>& apply_before,
                      const std::vector<ApplyProblem>& apply_after, bool follows_includes) {
  Problems out;
  add_parse_problems(sources, before, after, out);
  add_apply_problems(sources, apply_before, apply_after, out);
  ReachNotes reach;
  for (const ParsedFile& file : before) reach.know(sources, file);
  for (const ParsedFile& file : after) reach.add(sources, file, out.notes);
  add_skipped(sources, before, after, follows_includes, out);
  return out;
}

void add_includes(const SourceSet& sources, const std::vector<ParsedFile>& before,
                  const std::vector<ParsedFile>& after, const std::set<std::string>& files,
                  Problems& problems) {
  std::set<std::string_view> known;
  for (const ParsedFile& file : before)
    for (const Skipped& skipped : file.skipped) known.insert(trim(skipped.text));
  for (const ParsedFile& file : after)
    for (const Skipped& skipped : file.skipped) {
      const std::string_view command = trim(skipped.text);
      if (skipped.kind != SkippedKind::psql_command || !is_include(command)) continue;
      const std::string why = not_followed(command, sources.path(skipped.span), files);
      if (why.empty()) continue;
      if (known.count(command) == 0)
        problems.parse.push_back({skipped.span, skipped.span, why});
      else
        problems.notes.push_back(fmt::format("{}:{}: {}", sources.path(skipped.span),
                                             sources.begin(skipped.span).line, why));
    }
}

}  // namespace schemagate
