// SPDX-License-Identifier: MIT
#include "tests/tool_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "base/text.h"
#include "schema/apply.h"
#include "schema/formats_text.h"
#include "schema/migrations.h"
#include "schema/parse.h"

namespace schemagate::testing {
namespace {

/// Without comments, blanks made single, without the semicolon at its end.
std::string on_one_line(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = skip_literal(text, at);
    const std::string_view literal = text.substr(at, next - at);
    const bool comment = literal.starts_with("--") || literal.starts_with("/*");
    for (const char c : comment ? " " : next == at ? text.substr(at, 1) : literal)
      if (const bool blank = c == ' ' || c == '\n' || c == '\r' || c == '\t'; !blank)
        out += c;
      else if (!out.empty() && out.back() != ' ')
        out += ' ';
    at = std::max(next, at + 1);
  }
  while (out.ends_with(' ') || out.ends_with(';')) out.pop_back();
  return out;
}

std::vector<std::string> statements_of(std::string_view sql) {
  std::vector<std::string> found;
  for (const Statement& statement : parse_text(sql).statements)
    found.push_back(
        on_one_line(sql.substr(statement.span.begin, statement.span.end - statement.span.begin)));
  if (found.empty() && !on_one_line(sql).empty()) found.push_back(on_one_line(sql));
  return found;
}

bool opens_transaction(std::string_view sql) {
  const std::string words = to_lower(sql);
  return words == "begin" || words.starts_with("begin ") || words.starts_with("begin;") ||
         words.starts_with("start transaction");
}
bool controls_transaction(std::string_view sql) {
  const std::string words = to_lower(sql);
  return opens_transaction(sql) || words == "commit" || words.starts_with("commit ") ||
         words.starts_with("rollback") || words == "end";
}

/// One query that the server was sent.
struct Sent {
  std::string transaction;  ///< the server's number of it
  bool extended = false;    ///< by the extended protocol
  std::string sql;
  std::string failure;  ///< "25001: CREATE INDEX CONCURRENTLY cannot …"
};

/// A line of the log with its continuations.
struct Entry {
  std::string transaction, sqlstate, kind, text;
};

std::vector<Entry> entries_of(std::string_view log, std::string_view database) {
  std::vector<Entry> entries;
  bool ours = false;
  each_line(log, [&](std::string_view line, std::size_t, std::size_t) {
    if (line.starts_with('\t')) {
      if (ours) entries.back().text += "\n" + std::string(line.substr(1));
      return;
    }
    const std::vector<std::string_view> parts = split(line, '|');
    ours = parts.size() >= 4 && parts[0] == database;
    if (!ours) return;
    const std::string_view rest =
        line.substr(parts[0].size() + parts[1].size() + parts[2].size() + 3);
    const std::size_t colon = rest.find(":  ");
    ours = colon != std::string_view::npos;
    if (!ours) return;
    entries.push_back({std::string(parts[1]), std::string(parts[2]),
                       std::string(rest.substr(0, colon)), std::string(rest.substr(colon + 3))});
  });
  return entries;
}

std::vector<Sent> queries_of(std::string_view log, std::string_view database) {
  std::vector<Sent> queries;
  std::optional<Entry> error;
  for (const Entry& entry : entries_of(log, database)) {
    if (entry.kind == "ERROR") error = entry;
    if (entry.kind == "LOG" && entry.text.starts_with("statement: "))
      queries.push_back({entry.transaction, false, entry.text.substr(11), ""});
    if (entry.kind == "LOG" && entry.text.starts_with("execute "))
      queries.push_back(
          {entry.transaction, true, entry.text.substr(entry.text.find(": ") + 2), ""});
    if (entry.kind != "STATEMENT" || !error) continue;
    // A statement that can't even be parsed is in the log by its error alone.
    if (queries.empty() || queries.back().sql != entry.text)
      queries.push_back({error->transaction, true, entry.text, ""});
    queries.back().failure = error->sqlstate + ": " + error->text;
    error.reset();
  }
  return queries;
}

/// A statement of a folder, and what it is sent in: a transaction, a query or a pipeline of that
/// name; a pipeline of one statement is none.
struct Ran {
  std::string kind, group, sql, failure;
};

std::vector<std::string> lines_of(const std::vector<Ran>& all) {
  std::map<std::string, std::size_t> numbers;
  std::vector<std::string> lines;
  for (const Ran& ran : all) {
    const bool alone =
        ran.kind.empty() ||
        (ran.kind == "pipeline" && ran.failure.find("pipeline") == std::string::npos &&
         std::count_if(all.begin(), all.end(), [&](const Ran& other) {
           return other.kind == ran.kind && other.group == ran.group;
         }) == 1);
    if (alone) {
      lines.push_back("by itself: " + ran.sql);
    } else {
      const auto [at, added] = numbers.emplace(ran.kind + ran.group, numbers.size() + 1);
      lines.push_back(fmt::format("in {} {}: {}", ran.kind, at->second, ran.sql));
    }
    if (!ran.failure.empty()) lines.push_back("  fails " + ran.failure);
  }
  return lines;
}

struct GroupFacts {
  bool has_begin = false;
  int extended = 0;
};

std::map<std::string, GroupFacts> facts_of(const std::vector<Sent>& queries) {
  std::map<std::string, GroupFacts> facts;
  for (const Sent& query : queries) {
    GroupFacts& group = facts[query.transaction];
    group.has_begin = group.has_begin || opens_transaction(on_one_line(query.sql));
    if (query.extended) ++group.extended;
  }
  return facts;
}

/// Every text of the files on one line, with and without comments, to look statements up in.
std::string haystack_of(const Files& files) {
  std::string all;
  for (const auto& [path, file] : files)
    if (file) all += on_one_line(file->text) + "\n" + replace_all(file->text, "\n", " ") + "\n";
  return replace_all(replace_all(replace_all(all, "&lt;", "<"), "&gt;", ">"), "\\\"", "\"");
}

}  // namespace

Files tool_files(const Case& of, bool head) {
  Files files;
  for (const CasePart& part : of.parts) {
    const std::size_t at = part.name.find("file base ");
    if (at != std::string::npos) files[part.name.substr(at + 10)] = File(part.text);
    const std::size_t in_head = part.name.find("file head ");
    if (head && in_head != std::string::npos)
      files[part.name.substr(in_head + 10)] = File(part.text);
    if (head && part.name.starts_with("gone ")) files.erase(part.name.substr(5));
  }
  return files;
}

bool has_head(const Case& of) {
  return std::any_of(of.parts.begin(), of.parts.end(), [](const CasePart& part) {
    return part.name.find("file head ") != std::string::npos || part.name.starts_with("gone ");
  });
}

std::vector<std::string> statements_of_log(std::string_view log, std::string_view database,
                                           const Files& files) {
  const std::vector<Sent> queries = queries_of(log, database);
  std::map<std::string, GroupFacts> facts = facts_of(queries);
  const std::string haystack = haystack_of(files);
  std::vector<Ran> ran;
  int number = 0;
  for (const Sent& query : queries) {
    ++number;
    const std::vector<std::string> statements = statements_of(query.sql);
    const GroupFacts& group = facts[query.transaction];
    std::string kind, name = query.transaction;
    if (group.has_begin) {
      kind = "transaction";
    } else if (statements.size() > 1) {
      kind = "query";
      name = std::to_string(number);
    } else if (query.extended && group.extended > 1) {
      kind = "pipeline";
    }
    if (query.failure.find("within a pipeline") != std::string::npos) kind = "pipeline";
    for (const std::string& statement : statements)
      if (!controls_transaction(statement) && haystack.find(statement) != std::string::npos)
        ran.push_back({kind, name, statement, ""});
    if (!query.failure.empty() && !ran.empty() && ran.back().sql == statements.back())
      ran.back().failure = query.failure;
  }
  return lines_of(ran);
}

namespace {

struct ReadRepository {
  SourceSet sources;
  MigrationFolder folder;
};

ReadRepository read_repository(const Files& files) {
  ReadRepository read;
  std::vector<std::string> paths;
  std::map<std::string, std::uint32_t> numbers;
  for (const auto& [path, file] : files) {
    if (!file) continue;
    paths.push_back(path);
    numbers[path] = read.sources.add({path, file->text, ""});
  }
  const auto text_of = [&](const std::string& path) {
    const auto at = numbers.find(path);
    return at == numbers.end() ? std::string() : read.sources.file(at->second).text;
  };
  const std::vector<DetectedFolder> found = detect_migrations(paths, text_of);
  if (found.empty()) return read;
  const std::string& root = found.front().root;
  std::vector<std::uint32_t> below;
  for (const auto& [path, number] : numbers)
    if (root.empty() || path.starts_with(root + "/")) below.push_back(number);
  read.folder = read_migrations(read.sources, below, root, "auto", paths, "", text_of);
  return read;
}

/// What PostgreSQL refuses in a block, as far as the cases have it.
bool needs_no_block(const std::string& sql) {
  const std::string words = to_lower(sql);
  return words.find(" concurrently ") != std::string::npos || words.ends_with(" concurrently") ||
         words.starts_with("vacuum") || words.starts_with("alter system");
}

/// What one batch is sent in. The first statement of a pipeline is in no block; one that refuses
/// to be in a block ends what the server has begun.
void predict_batch(const std::vector<std::string>& sent, Sending sending, const std::string& group,
                   std::vector<Ran>& out) {
  int opened = 0;
  bool in_transaction = false;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (controls_transaction(sent[i])) {
      in_transaction = opens_transaction(sent[i]);
      ++opened;
      continue;
    }
    std::string kind = in_transaction ? "transaction" : "";
    if (sending == Sending::transaction) kind = "transaction";
    if (sending == Sending::simple_query && sent.size() > 1) kind = "query";
    if (sending == Sending::pipeline && (i > 0 || !needs_no_block(sent[i]))) kind = "pipeline";
    out.push_back({kind, in_transaction ? group + std::to_string(opened) : group, sent[i], ""});
    if (kind == "pipeline" && needs_no_block(sent[i])) out.back().failure = "in a pipeline";
  }
}

/// One migration's statements batch by batch.
void predict(const Migration& migration, const std::string& group, std::vector<Ran>& out) {
  const std::string up = std::string(migration.up_begin, ' ') + migration.up;
  const std::vector<Statement> statements = parse_text(up).statements;
  for (std::size_t b = 0; b < migration.batches.size(); ++b) {
    const Batch& batch = migration.batches[b];
    std::vector<std::string> sent;
    for (const Statement& statement : statements)
      if (statement.span.begin >= batch.begin && statement.span.begin < batch.end)
        sent.push_back(on_one_line(std::string_view(up).substr(
            statement.span.begin, statement.span.end - statement.span.begin)));
    const std::string name = migration.one_transaction ? group : fmt::format("{} {} ", group, b);
    predict_batch(sent, migration.sending, name, out);
  }
}

/// Whether everything can be read, and the server would take it one after another.
bool applies(const MigrationFolder& folder) {
  Catalog catalog;
  Session session;
  for (const Migration& migration : folder.migrations) {
    const ParsedFile parsed = parse_text(migration.up);
    if (!parsed.problems.empty()) return false;
    for (const Statement& statement : parsed.statements)
      for (const ApplyProblem& problem : apply(catalog, session, statement))
        if (problem.kind != ProblemKind::ignored) return false;
  }
  return true;
}

}  // namespace

Predicted predicted_statements(const Files& files, const Files& before) {
  const ReadRepository now = read_repository(files), was = read_repository(before);
  std::set<std::string> old;
  for (const Migration& migration : was.folder.migrations) old.insert(migration.key);
  std::set<std::uint32_t> refused;
  Predicted predicted;
  predicted.format = now.folder.format;
  for (const MigrationProblem& problem : now.folder.problems)
    if (problem.certain_failure) refused.insert(problem.file);
  predicted.certain_failure = !refused.empty();
  std::vector<Ran> ran;
  std::size_t number = 0;
  for (const Migration& migration : now.folder.migrations) {
    ++number;
    if (old.count(migration.key) != 0 && !migration.repeatable) continue;
    predict(migration, migration.one_transaction ? "all" : std::to_string(number), ran);
    if (refused.count(migration.file) != 0)
      for (const std::string& sql : statements_of(migration.up)) predicted.refused.push_back(sql);
  }
  if (!applies(now.folder)) predicted.certain_failure = true;
  for (const std::string& line : lines_of(ran))
    if (!line.starts_with("  fails ")) predicted.statements.push_back(line);
  return predicted;
}

}  // namespace schemagate::testing
