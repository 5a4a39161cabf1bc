// SPDX-License-Identifier: MIT
#include "tests/impact_case.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <charconv>
#include <sstream>

#include "schema/apply.h"
#include "schema/parse.h"

namespace schemagate::testing {
namespace {

/// The end of the literal, quoted name, dollar quote or comment that starts at `at`, else `at`.
std::size_t skip_quoted(const std::string& sql, std::size_t at) {
  const auto after = [&](const std::string& mark, std::size_t from) {
    const auto end = sql.find(mark, from);
    return end == std::string::npos ? sql.size() : end + mark.size();
  };
  if (sql.compare(at, 2, "--") == 0) return after("\n", at);
  if (sql[at] == '\'') return after("'", at + 1);
  if (sql[at] == '"') return after("\"", at + 1);
  if (sql.compare(at, 2, "$$") == 0) return after("$$", at + 2);
  return at;
}

std::string without_margins(const std::string& text) {
  const auto begin = text.find_first_not_of(" \n\t");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \n\t") - begin + 1);
}

/// A statement on one line.
std::string one_line(const std::string& sql) {
  std::istringstream words(sql);
  std::string line, word;
  while (words >> word) line += (line.empty() ? "" : " ") + word;
  return line;
}

}  // namespace

std::vector<std::string> split_statements(const std::string& sql) {
  std::vector<std::string> statements;
  std::size_t begin = 0;
  const auto add = [&](std::size_t end) {
    const std::string statement = without_margins(sql.substr(begin, end - begin));
    if (!statement.empty()) statements.push_back(statement);
    begin = end + 1;
  };
  for (std::size_t at = 0; at < sql.size();) {
    const std::size_t end = skip_quoted(sql, at);
    if (end == at && sql[at] == ';') add(at);
    at = end == at ? at + 1 : end;
  }
  if (begin < sql.size()) add(sql.size());
  return statements;
}

ImpactCase read_impact_case(const Case& written) {
  ImpactCase c;
  c.title = written.title;
  c.schema = split_statements(written.text("sql schema"));
  c.each = written.part("sql script") == nullptr;
  c.statements = split_statements(written.text(c.each ? "sql each" : "sql script"));
  if (const std::string* majors = written.part("majors")) {
    std::istringstream numbers(*majors);
    c.majors.clear();
    for (int major = 0; numbers >> major;) c.majors.push_back(major);
  }
  INFO(written.title);
  REQUIRE_FALSE(c.statements.empty());
  REQUIRE_FALSE(c.majors.empty());
  return c;
}

namespace {

std::string names_line(std::string_view word, const std::vector<QualifiedName>& names) {
  if (names.empty()) return {};
  std::string line(word);
  for (const QualifiedName& name : names)
    line += (&name == &names.front() ? " " : ", ") + to_sql(name);
  return line + "\n";
}

}  // namespace

std::string describe(bool transactional, const std::optional<Failure>& fails,
                     const std::vector<RelationLock>& locks,
                     const std::vector<QualifiedName>& rewrites,
                     const std::vector<QualifiedName>& scans,
                     const std::vector<QualifiedName>& index_builds) {
  std::string text;
  if (!transactional) text += "not in a transaction block\n";
  if (fails) return text + "fails " + fails->sqlstate + "\n";
  for (int mode = static_cast<int>(LockMode::access_exclusive); mode > 0; --mode) {
    std::string line;
    for (const RelationLock& lock : locks) {
      if (static_cast<int>(lock.mode) != mode) continue;
      line += (line.empty() ? " " : ", ") + to_sql(lock.relation);
      if (lock.kind != RelationKind::table) line += " (" + std::string(to_string(lock.kind)) + ")";
    }
    if (!line.empty()) text += std::string(to_string(static_cast<LockMode>(mode))) + line + "\n";
  }
  return text + names_line("rewrites", rewrites) + names_line("scans", scans) +
         names_line("builds", index_builds);
}

std::string describe(const Impact& impact) {
  return describe(impact.transactional, impact.fails, impact.locks, impact.rewrites(),
                  impact.scans(), impact.index_builds());
}

std::vector<Impact> predict_case(const ImpactCase& c, int major) {
  Catalog catalog;
  Session session;
  session.postgres = major;
  session.stops_at_failures = true;
  for (const std::string& sql : c.schema) {
    const ParsedFile parsed = parse_text(sql);
    INFO(sql);
    REQUIRE(parsed.problems.empty());
    for (const Statement& statement : parsed.statements) {
      for (const ApplyProblem& problem : apply(catalog, session, statement)) {
        INFO(problem.message);
        REQUIRE(problem.sqlstate.empty());
      }
    }
  }
  std::vector<Impact> impacts;
  Catalog changed = catalog;
  Session later = session;
  for (const std::string& sql : c.statements) {
    const ParsedFile parsed = parse_text(sql);
    INFO(sql);
    REQUIRE(parsed.statements.size() == 1);
    if (c.each) {
      changed = catalog;
      later = session;
    }
    impacts.push_back(predict_and_apply(changed, later, parsed.statements.front()).impact);
  }
  return impacts;
}

namespace {

std::string indented(const std::string& text, std::string_view margin) {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) result += std::string(margin) + line + "\n";
  return result.empty() ? std::string(margin) + "nothing\n" : result;
}

}  // namespace

std::string write_impact_block(const std::vector<std::string>& statements,
                               const std::vector<ByMajor>& impacts) {
  std::string block;
  for (std::size_t i = 0; i < statements.size(); ++i) {
    block += one_line(statements[i]) + "\n";
    std::vector<std::pair<std::string, std::vector<int>>> groups;
    for (const auto& [major, text] : impacts[i]) {
      auto group = std::find_if(groups.begin(), groups.end(),
                                [&, t = &text](const auto& g) { return g.first == *t; });
      if (group == groups.end()) group = groups.insert(groups.end(), {text, {}});
      group->second.push_back(major);
    }
    for (const auto& [text, majors] : groups) {
      if (groups.size() == 1) {
        block += indented(text, "  ");
        continue;
      }
      std::string names;
      for (const int major : majors) names += " " + std::to_string(major);
      block += "  on" + names + "\n" + indented(text, "    ");
    }
  }
  return block;
}

std::vector<ByMajor> read_impact_block(const std::string& block,
                                       const std::vector<std::string>& statements,
                                       const std::vector<int>& majors) {
  std::vector<ByMajor> impacts;
  std::vector<int> current = majors;
  std::istringstream lines(block);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("  ")) {
      INFO("the impact block does not go with the statements; run with SCHEMAGATE_UPDATE=1");
      REQUIRE(impacts.size() < statements.size());
      REQUIRE(line == one_line(statements[impacts.size()]));
      impacts.emplace_back();
      current = majors;
      for (const int major : current) impacts.back()[major];
      continue;
    }
    if (line.starts_with("  on ")) {
      std::istringstream numbers(line.substr(5));
      current.clear();
      for (int major = 0; numbers >> major;) current.push_back(major);
      continue;
    }
    const std::string text = without_margins(line);
    if (text == "nothing") continue;
    for (const int major : current) impacts.back()[major] += text + "\n";
  }
  INFO("statements without recorded impact; run with SCHEMAGATE_UPDATE=1");
  REQUIRE(impacts.size() == statements.size());
  return impacts;
}

}  // namespace schemagate::testing
