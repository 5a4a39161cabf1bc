// SPDX-License-Identifier: MIT
#include "bot/migration_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "base/text.h"
#include "schema/parse_lexer.h"

namespace schemagate {
namespace {

/// Puts a migration's part of a file beside the parts of the file's other migrations. A statement
/// ends with its part.
void overlay(const Migration& migration, const SourceFile& file, std::string& text) {
  if (!migration.shares_file) {
    text = migration.up;
    return;
  }
  if (text.empty()) text = in_place(file.text, file.text.size(), "");
  for (const Batch& batch : migration.batches) {
    if (batch.begin == batch.end) continue;
    migration.up.copy(text.data() + batch.begin, batch.end - batch.begin,
                      batch.begin - migration.up_begin);
    for (const std::size_t around : {batch.begin - 1, batch.end})
      if (around < text.size() && text[around] == ' ') text[around] = ';';
  }
}

/// What of a parsed file lies in a migration's parts.
ParsedFile part_of(const ParsedFile& file, const Migration& migration) {
  const auto inside = [&](Span span) {
    return std::any_of(migration.batches.begin(), migration.batches.end(), [&](const Batch& batch) {
      return span.begin >= batch.begin && span.begin < batch.end;
    });
  };
  ParsedFile part;
  std::map<int, int> numbers;
  const auto begins_before = [](const Statement& statement, std::size_t at) {
    return statement.span.begin < at;
  };
  for (const Batch& batch : migration.batches)
    for (auto at = std::lower_bound(file.statements.begin(), file.statements.end(), batch.begin,
                                    begins_before);
         at != file.statements.end() && at->span.begin < batch.end; ++at) {
      numbers[static_cast<int>(at - file.statements.begin())] =
          static_cast<int>(part.statements.size());
      part.statements.push_back(*at);
    }
  for (const ParseProblem& problem : file.problems)
    if (inside(problem.where)) part.problems.push_back(problem);
  for (const Skipped& skipped : file.skipped)
    if (inside(skipped.span)) part.skipped.push_back(skipped);
  for (CommentText comment : file.comments) {
    const auto at = numbers.find(comment.statement);
    if (!inside(comment.span) && at == numbers.end()) continue;
    comment.statement = at == numbers.end() ? -1 : at->second;
    part.comments.push_back(std::move(comment));
  }
  return part;
}

/// Where a migration's first statement that another version of its file has not in its place
/// differs from that, else its first statement; nothing where all are the same.
struct Edit {
  bool statements_differ = false;
  Span where;
};

/// Apart from layout and comments they are one text.
bool same_tokens(std::string_view one, std::string_view two) {
  Token a = next_significant(one, 0), b = next_significant(two, 0);
  while (a.kind != TokenKind::end && b.kind != TokenKind::end) {
    if (one.substr(a.begin, a.end - a.begin) != two.substr(b.begin, b.end - b.begin)) return false;
    a = next_significant(one, a.end);
    b = next_significant(two, b.end);
  }
  return a.kind == b.kind;
}

/// From the line where `text`, which stands at `is`, begins to differ from `was` to its end.
Span first_difference(Span is, std::string_view text, std::string_view was) {
  const std::size_t same = static_cast<std::size_t>(
      std::mismatch(text.begin(), text.end(), was.begin(), was.end()).first - text.begin());
  if (same >= text.size()) return is;
  const std::size_t line = text.rfind('\n', same == 0 ? 0 : same - 1);
  if (line == std::string_view::npos) return is;
  const std::size_t begin = text.find_first_not_of(" \t\r\n", line);
  return {is.file, is.begin + static_cast<std::uint32_t>(std::min(begin, same)), is.end};
}

Edit edit_of(const ReadFolder& before, std::size_t was, const ReadFolder& after, std::size_t is) {
  const auto &old = before.parsed[was].statements, &now = after.parsed[is].statements;
  const auto [a, b] = std::mismatch(
      now.begin(), now.end(), old.begin(), old.end(), [&](const Statement& x, const Statement& y) {
        const std::string_view new_text = after.ups.text(x.span),
                               old_text = before.ups.text(y.span);
        return new_text == old_text || same_tokens(new_text, old_text);
      });
  Edit edit;
  edit.statements_differ = a != now.end() || b != old.end();
  if (now.empty()) edit.where = Span{after.folder.migrations[is].file, 0, 1};
  if (!edit.statements_differ && !after.folder.migrations[is].unread_part.empty())
    edit.where = after.folder.migrations[is].at;
  else if (!now.empty())
    edit.where = a == now.end() ? now.front().span
                 : b == old.end()
                     ? a->span
                     : first_difference(a->span, after.ups.text(a->span), before.ups.text(b->span));
  return edit;
}

/// Numbers of the folder's migrations, by key.
std::map<std::string, std::size_t> by_key(const ReadFolder& read) {
  std::map<std::string, std::size_t> found;
  for (std::size_t i = 0; i < read.folder.migrations.size(); ++i)
    found[read.folder.migrations[i].key] = i;
  return found;
}

/// The lines of a program that do something: no blank ones, no comments.
std::vector<std::string_view> lines_of_code(std::string_view text) {
  std::vector<std::string_view> lines;
  for (const std::string_view whole : split(text, '\n')) {
    const std::string_view line = trim(whole);
    if (!line.empty() && !line.starts_with('#') && !line.starts_with("//")) lines.push_back(line);
  }
  return lines;
}

/// The first line of a program that another version has not in its place; nothing where they do the
/// same.
std::optional<Span> edit_of_code(std::string_view before, std::string_view after,
                                 std::uint32_t file) {
  const std::vector<std::string_view> was = lines_of_code(before), is = lines_of_code(after);
  const auto [a, b] = std::mismatch(is.begin(), is.end(), was.begin(), was.end());
  if (a == is.end() && b == was.end()) return std::nullopt;
  if (a == is.end()) return Span{file, 0, 1};
  const auto begin = static_cast<std::uint32_t>(a->data() - after.data());
  return Span{file, begin, begin + static_cast<std::uint32_t>(a->size())};
}

/// The tool takes `now` for the one that is gone: a version is all that it goes by.
bool is_same(const Migration& now, const Migration& gone, std::string_view format) {
  return now.version == gone.version && !keeps_paths(format);
}

/// For people, where its key may be a path that only the tool knows.
std::string shown_name(const Migration& migration, const std::string& path) {
  return migration.shares_file ? path + " " + migration.version : path;
}

/// The new name of a migration that is gone: the same text, or the same version.
const Migration* renamed(const Migration& gone, const std::map<std::string, std::size_t>& old,
                         const ReadFolder& after) {
  const Migration* found = nullptr;
  for (const Migration& migration : after.folder.migrations) {
    if (old.count(migration.key) != 0) continue;
    if (is_same(migration, gone, after.folder.format)) return &migration;
    if (found == nullptr && content_of(migration) == content_of(gone)) found = &migration;
  }
  return found;
}

std::string gone_message(const std::string& path, const Migration& gone, const Migration* now,
                         const DatabaseText& text, const std::string& format) {
  if (now == nullptr) {
    const std::string_view said = gone_migration_message(format);
    return fmt::format(
        "{} may have run already and is gone: databases where it ran keep what it "
        "made, new ones never get it{}{}",
        path, said.empty() ? "" : "; ", said);
  }
  const std::string& name = text.sources.file(now->file).path;
  if (is_same(*now, gone, format))
    return fmt::format(
        "{} may have run already and is now {}: {} refuses to go on where it ran "
        "before",
        path, name, format);
  return fmt::format(
      "{} may have run already and is now {}: where it ran before, it runs again "
      "under its new name",
      path, name);
}

/// Statements that a template or a variable is filled in with.
void add_unread(ParsedFile& file, std::vector<LostCommand>& lost) {
  std::erase_if(file.skipped, [&](const Skipped& skipped) {
    if (skipped.kind != SkippedKind::unread) return false;
    lost.push_back({skipped.span, skipped.text});
    return true;
  });
}

/// Files of one side by their paths.
class PathNumbers {
 public:
  PathNumbers(const SourceSet& sources,
              std::initializer_list<const std::vector<std::uint32_t>*> lists) {
    for (const auto* files : lists)
      for (const std::uint32_t file : *files) numbers_.emplace(sources.file(file).path, file);
  }
  std::optional<std::uint32_t> find(const std::string& path) const {
    const auto at = numbers_.find(path);
    return at == numbers_.end() ? std::nullopt : std::optional(at->second);
  }

 private:
  std::map<std::string, std::uint32_t> numbers_;
};

}  // namespace

void parse_folder(const DatabaseText& text, ReadFolder& read) {
  const PathNumbers before(text.sources, {&text.migrations_before, &text.included_before});
  const PathNumbers after(text.sources, {&text.migrations_after, &text.included_after});
  const std::set<std::uint32_t> old(text.migrations_before.begin(), text.migrations_before.end());
  std::set<std::string> own;
  for (const Migration& migration : read.folder.migrations)
    own.insert(read.ups.file(migration.file).path);
  std::map<std::uint32_t, ParsedFile> files;  // of which several migrations are parts
  for (const Migration& migration : read.folder.migrations) {
    if (migration.shares_file) {
      const auto [at, is_new] = files.try_emplace(migration.file);
      if (is_new) at->second = parse(read.ups, migration.file);
      read.parsed.push_back(part_of(at->second, migration));
    } else {
      read.parsed.push_back(parse(read.ups, migration.file));
    }
    const PathNumbers& tree = old.count(migration.file) != 0 ? before : after;
    read.lost.push_back(
        includes_files(read.folder, migration)
            ? expand_includes(
                  read.ups,
                  [&](const std::string& path) -> std::optional<std::uint32_t> {
                    const auto there = included_path(read.folder, path);
                    return there ? tree.find(*there) : std::nullopt;
                  },
                  own, read.parsed.back())
            : refuse_psql_commands(tool_of(read.folder.format), read.parsed.back()));
    add_unread(read.parsed.back(), read.lost.back());
    for (LostCommand& lost : read.lost.back())
      if (lost.certain_failure && has_include_folder(read.folder))
        lost.message = fmt::format("{}: {} finds no such file", trim(text.sources.text(lost.where)),
                                   tool_of(read.folder.format));
  }
}

ReadFolder read_folder(const DatabaseText& text, const std::vector<std::uint32_t>& files,
                       const DatabaseConfig& config, const JudgeOptions& options) {
  ReadFolder read;
  read.folder =
      read_migrations(text.sources, files, config.migrations.path, config.migrations.format,
                      options.other_paths, config.migrations.transactions, options.read_other);
  std::vector<std::string> ups(text.sources.size());
  for (const Migration& migration : read.folder.migrations)
    overlay(migration, text.sources.file(migration.file), ups[migration.file]);
  for (const auto* others : {&text.migrations_before, &text.migrations_after, &text.included_before,
                             &text.included_after})
    for (const std::uint32_t file : *others)  // what a migration may include
      if (ups[file].empty()) ups[file] = included_text(read.folder, text.sources.file(file).text);
  for (std::uint32_t file = 0; file < text.sources.size(); ++file)
    read.ups.add({text.sources.file(file).path, std::move(ups[file]), {}});
  return read;
}

std::set<std::string> old_migrations(const ReadFolder& before, const ReadFolder& after) {
  std::set<std::string> old;
  const auto was = by_key(before), now = by_key(after);
  for (const Migration& migration : before.folder.migrations) {
    const auto at = now.find(migration.key);
    const bool again = at != now.end() && migration.repeatable &&
                       content_of(migration) != content_of(after.folder.migrations[at->second]);
    if (!again) old.insert(migration.key);
    if (at != now.end()) continue;
    const Migration* name = renamed(migration, was, after);
    if (name != nullptr && is_same(*name, migration, after.folder.format)) old.insert(name->key);
  }
  return old;
}

bool is_edited(const ReadFolder& before, const ReadFolder& after) {
  const auto now = by_key(after);
  return std::any_of(before.folder.migrations.begin(), before.folder.migrations.end(),
                     [&](const Migration& migration) {
                       const auto at = now.find(migration.key);
                       return at != now.end() &&
                              after.folder.migrations[at->second].file != migration.file;
                     });
}

void add_history_problems(const DatabaseText& text, const ReadFolder& before,
                          const ReadFolder& after, std::vector<ApplyProblem>& problems,
                          std::vector<ParsedFile>& edited) {
  const auto was = by_key(before), now = by_key(after);
  const bool checksums = keeps_checksums(before.folder.format);
  for (std::size_t i = 0; i < before.folder.migrations.size(); ++i) {
    const Migration& migration = before.folder.migrations[i];
    const SourceFile& file = text.sources.file(migration.file);
    if (migration.repeatable) continue;
    const auto at = now.find(migration.key);
    if (at == now.end()) {
      const Migration* name = renamed(migration, was, after);
      if (name != nullptr && is_same(*name, migration, after.folder.format) && !checksums) continue;
      problems.push_back({ProblemKind::history,
                          {},
                          migration.at,
                          "",
                          gone_message(shown_name(migration, file.path), migration, name, text,
                                       before.folder.format)});
      continue;
    }
    const Migration& is = after.folder.migrations[at->second];
    if (is.file == migration.file ||
        has_same_checksum(before.folder.format, file.text, text.sources.file(is.file).text) ||
        (migration.shares_file && content_of(migration) == content_of(is)))
      continue;
    Edit edit = edit_of(before, i, after, at->second);
    const bool code = is.opaque && !is.shares_file;
    if (code) {
      const auto where = edit_of_code(file.text, text.sources.file(is.file).text, is.file);
      edit = {where.has_value(), where.value_or(Span())};
    }
    const bool checked = checksums && !code;
    if (!checked && !edit.statements_differ) continue;
    edited.push_back(after.parsed[at->second]);
    problems.push_back(
        {ProblemKind::history,
         edit.where,
         {},
         "",
         fmt::format("{} may have run already and was edited: {}", shown_name(migration, file.path),
                     checked && !is.edits_allowed
                         ? edited_migration_message(before.folder.format)
                         : "where it ran before, the edited part never runs")});
  }
}

void add_included_problems(const DatabaseText& text, const std::set<std::string>& old,
                           const ReadFolder& after, std::vector<ApplyProblem>& problems) {
  std::set<std::uint32_t> run_anew;
  for (std::size_t i = 0; i < after.folder.migrations.size(); ++i)
    if (old.count(after.folder.migrations[i].key) == 0)
      for (const Statement& statement : after.parsed[i].statements)
        run_anew.insert(statement.span.file);
  const PathNumbers now(text.sources, {&text.included_after, &text.migrations_after});
  for (const std::uint32_t was : text.included_before) {
    const SourceFile& file = text.sources.file(was);
    const auto is = now.find(file.path);
    if (!is) {
      problems.push_back({ProblemKind::history,
                          {},
                          Span{was, 0, 1},
                          "",
                          fmt::format("{} is gone, and migrations that may have run already "
                                      "include it: on a new database they fail",
                                      file.path)});
      continue;
    }
    const std::string &old_text = file.text, &new_text = text.sources.file(*is).text;
    if (*is == was || same_tokens(old_text, new_text) || run_anew.count(*is) != 0) continue;
    const Span whole{*is, 0, static_cast<std::uint32_t>(new_text.size())};
    problems.push_back({ProblemKind::history,
                        first_difference(whole, new_text, old_text),
                        {},
                        "",
                        fmt::format("{} is included by migrations that may have run already and "
                                    "was edited: where they ran before, the edited part never runs",
                                    file.path)});
  }
}

void add_id_problems(const ReadFolder& before, const ReadFolder& after,
                     std::vector<ApplyProblem>& problems) {
  const auto was = by_key(before);
  for (const Migration& is : after.folder.migrations) {
    const auto at = was.find(is.key);
    if (at == was.end()) return;  // what comes behind a new one is another finding
    const Migration& migration = before.folder.migrations[at->second];
    if (is.own_id == migration.own_id) continue;
    problems.push_back(
        {ProblemKind::history,
         is.own_id_at,
         {},
         "",
         fmt::format("{} may have run already as {}, and by this line or one above it is {} now: "
                     "{} refuses to go on where it ran before",
                     is.version, migration.own_id, is.own_id, before.folder.format)});
    return;  // those behind it differ because it does
  }
}

void add_order_problems(const DatabaseText& text, const std::set<std::string>& old,
                        const ReadFolder& after, std::vector<ApplyProblem>& problems) {
  const std::string_view late = late_migration_message(after.folder);
  if (late.empty()) return;
  const Migration* last = nullptr;  // of those that may have run
  for (const Migration& migration : after.folder.migrations)
    if (old.count(migration.key) != 0 && !migration.repeatable) last = &migration;
  if (last == nullptr) return;
  for (const Migration& migration : after.folder.migrations) {
    if (&migration == last) return;
    if (old.count(migration.key) != 0 || migration.repeatable || migration.version == last->version)
      continue;
    problems.push_back({ProblemKind::order,
                        Span{migration.file, 0, 1},
                        {},
                        "",
                        fmt::format("{} comes before {}, which may have run already: {}",
                                    migration.version, text.sources.file(last->file).path, late)});
  }
}

void add_unread_problems(const DatabaseText& text, const std::set<std::string>& old,
                         const ReadFolder& after, std::vector<ApplyProblem>& problems) {
  const std::string_view hint = code_hint(after.folder.format);
  for (std::size_t i = 0; i < after.folder.migrations.size(); ++i) {
    const Migration& migration = after.folder.migrations[i];
    if (!migration.opaque || old.count(migration.key) != 0) continue;
    const bool partly = !after.parsed[i].statements.empty();
    problems.push_back({ProblemKind::unread,
                        migration.at,
                        {},
                        "",
                        fmt::format("{}what {} does is not written in SQL: it was not judged{}{}",
                                    partly ? "a part of " : "",
                                    shown_name(migration, text.sources.file(migration.file).path),
                                    hint.empty() ? "" : "; ", hint)});
  }
}

void add_lost_commands(const std::set<std::string>& old, const ReadFolder& after,
                       std::vector<ApplyProblem>& problems) {
  for (std::size_t i = 0; i < after.lost.size(); ++i) {
    if (old.count(after.folder.migrations[i].key) != 0) continue;
    for (const LostCommand& lost : after.lost[i])
      problems.push_back({lost.certain_failure ? ProblemKind::order : ProblemKind::unread,
                          lost.where,
                          {},
                          "",
                          lost.message});
  }
}

void add_unprinted_problems(const DatabaseText& text, const std::set<std::string>& old,
                            const ReadFolder& after, const std::set<std::uint32_t>& printed,
                            std::vector<ApplyProblem>& problems) {
  std::set<std::uint32_t> said;
  for (const Migration& migration : after.folder.migrations) {
    if (!migration.opaque || old.count(migration.key) != 0 || printed.count(migration.file) != 0 ||
        !said.insert(migration.file).second)
      continue;
    problems.push_back(
        {ProblemKind::unread,
         migration.at,
         {},
         "",
         fmt::format("no statement that the command prints leads to {}: what it does was not "
                     "judged; does the command run the migrations of the folder it is started in? "
                     "A comment with the file's name above its statements tells whose they are",
                     text.sources.file(migration.file).path)});
  }
}

}  // namespace schemagate
