// SPDX-License-Identifier: MIT
// What statements do on real servers, for whoever writes a prediction:
//   schemagate_measure 14,18 schema.sql script.sql
// from the project's root prints one JSON object per statement and major. "-" stands for standard
// input, "" for no schema.
#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "base/text.h"
#include "postgres/measure.h"

namespace {

using namespace schemagate;

std::string read(const std::string& path) {
  if (path.empty()) return {};
  if (path == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream file(path);
  if (!file) {
    fmt::print(stderr, "schemagate_measure: can't read {}\n", path);
    std::exit(2);
  }
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The end of the literal, quoted name, dollar quote or comment that starts at `at`, else `at`.
std::size_t skip_quoted(const std::string& sql, std::size_t at) {
  const auto after = [&](const std::string& mark, std::size_t from) {
    const auto end = sql.find(mark, from);
    return end == std::string::npos ? sql.size() : end + mark.size();
  };
  const std::string_view rest = std::string_view(sql).substr(at);
  if (rest.starts_with("--")) return after("\n", at);
  if (rest.starts_with("/*")) return after("*/", at);
  if (rest.starts_with("'")) return after("'", at + 1);
  if (rest.starts_with("\"")) return after("\"", at + 1);
  if (rest.starts_with("$")) {
    const auto tag = rest.find('$', 1);
    if (tag != rest.npos && rest.substr(1, tag - 1).find_first_of(" \n,;)'") == rest.npos)
      return after(std::string(rest.substr(0, tag + 1)), at + tag + 1);
  }
  return at;
}

std::vector<std::string> statements_of(const std::string& sql) {
  std::vector<std::string> statements;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= sql.size();) {
    if (at == sql.size() || sql[at] == ';') {
      if (!trim(sql.substr(begin, at - begin)).empty())
        statements.emplace_back(trim(sql.substr(begin, at - begin)));
      begin = ++at;
    } else {
      const auto end = skip_quoted(sql, at);
      at = end == at ? at + 1 : end;
    }
  }
  return statements;
}

std::string json(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return quoted + "\"";
}

std::string json(const std::vector<QualifiedName>& names) {
  std::vector<std::string> texts;
  for (const QualifiedName& name : names) texts.push_back(json(to_sql(name)));
  return "[" + join(texts, ", ") + "]";
}

std::string_view mode_name(LockMode mode) {
  constexpr std::string_view names[] = {"?",
                                        "AccessShareLock",
                                        "RowShareLock",
                                        "RowExclusiveLock",
                                        "ShareUpdateExclusiveLock",
                                        "ShareLock",
                                        "ShareRowExclusiveLock",
                                        "ExclusiveLock",
                                        "AccessExclusiveLock"};
  return names[static_cast<int>(mode)];
}

std::string_view kind_name(RelationKind kind) {
  constexpr std::string_view names[] = {"table", "partitioned table", "foreign table",
                                        "index", "partitioned index", "sequence",
                                        "view",  "materialized view", "composite type"};
  return names[static_cast<int>(kind)];
}

void print(int major, const std::string& sql, const postgres::Measured& measured) {
  std::vector<std::string> locks, notes;
  for (const RelationLock& lock : measured.locks)
    locks.push_back(fmt::format(R"({{"relation": {}, "kind": "{}", "mode": "{}"}})",
                                json(to_sql(lock.relation)), kind_name(lock.kind),
                                mode_name(lock.mode)));
  if (!measured.not_measured_because.empty())
    notes.push_back(json("not measured: " + measured.not_measured_because));
  for (const std::string& note : measured.notes) notes.push_back(json(note));
  const std::string fails =
      measured.fails ? fmt::format(R"({{"sqlstate": "{}", "reason": {}}})",
                                   measured.fails->sqlstate, json(measured.fails->reason))
                     : "null";
  fmt::print(
      "{{\"postgres\": {}, \"sql\": {},\n  \"transactional\": {}, \"fails\": {},\n  \"locks\": "
      "[{}],\n  "
      "\"rewrites\": {}, \"scans\": {}, \"index_builds\": {}, \"notes\": [{}]}}\n",
      major, json(sql), measured.transactional, fails, join(locks, ", "), json(measured.rewrites),
      json(measured.scans), json(measured.index_builds), join(notes, ", "));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: schemagate_measure all|MAJOR,MAJOR… SCHEMA.sql SCRIPT.sql\n");
    return 2;
  }
  const std::string majors = argv[1];
  const auto schema = statements_of(read(argv[2])), script = statements_of(read(argv[3]));
  bool measured_any = false;
  for (const auto& installation : postgres::installed_servers(".")) {
    if (majors != "all" &&
        ("," + majors + ",").find("," + std::to_string(installation.major) + ",") ==
            std::string::npos)
      continue;
    auto server = postgres::EphemeralServer::start(installation);
    if (const auto* refused = std::get_if<postgres::Refused>(&server)) {
      fmt::print(stderr, "{}\n", refused->because);
      return 2;
    }
    const auto result =
        postgres::measure(std::get<postgres::EphemeralServer>(server), schema, script);
    if (const auto* refused = std::get_if<postgres::Refused>(&result)) {
      fmt::print(stderr, "{}\n", refused->because);
      return 2;
    }
    const auto& measured = std::get<postgres::MeasuredScript>(result);
    for (const std::string& note : measured.notes)
      fmt::print(stderr, "PostgreSQL {}: {}\n", installation.major, note);
    for (std::size_t i = 0; i < script.size(); ++i)
      print(installation.major, script[i], measured.statements[i]);
    measured_any = true;
  }
  if (!measured_any) fmt::print(stderr, "schemagate_measure: no such server is installed\n");
  return measured_any ? 0 : 2;
}
