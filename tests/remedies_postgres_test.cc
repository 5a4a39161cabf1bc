// SPDX-License-Identifier: MIT
// Each kind of remedy, on the built program: what is red turns green by doing what the finding
// says, in a migration file and in a declarative one.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/case_file.h"
#include "tests/program.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

using nlohmann::json;

/// What `check` says about `head` against `base`, the rehearsal on.
struct Checked {
  int exit_code = -1;
  json database;
};

Checked check(const Files& base, const Files& head) {
  TestRepository repository;
  repository.commit("main", base);
  repository.branch("work", repository.tip("main"));
  repository.commit("work", head);
  const ProgramRun run =
      run_program(SCHEMAGATE_BINARY, {"check", "--repo", repository.path(), "--base", "main",
                                      "--head", "work", "--format", "json", "--postgres", "15"});
  INFO(run.out << run.err);
  REQUIRE((run.exit_code == 0 || run.exit_code == 1));
  return {run.exit_code, json::parse(run.out).at("databases").at(0)};
}

/// Findings that make somebody act; `least` is the least of their severities.
std::vector<json> findings_of(const Checked& checked, const std::string& least) {
  std::vector<json> found;
  for (const json& finding : checked.database.at("findings")) {
    if (finding.at("severity") == "error" || finding.at("severity") == least)
      found.push_back(finding);
  }
  return found;
}

/// `text` with the statement of the finding replaced by its remedy.
std::string with_remedy(const std::string& text, const json& finding, const json& statement) {
  std::string sql;
  for (const json& one : finding.at("remedy").at("sql"))
    sql += (sql.empty() ? "" : ";\n") + one.get<std::string>();
  const std::string old_sql = statement.at("sql");
  const std::size_t at = text.find(old_sql);
  REQUIRE(at != std::string::npos);
  return text.substr(0, at) + sql + text.substr(at + old_sql.size());
}

constexpr const char* versioned =
    "databases:\n  - name: it\n    migrations: {path: migrations, format: plain}\n";
constexpr const char* declarative = "databases:\n  - name: it\n    schema: \"schema/*.sql\"\n";

bool is_about_same(const json& one, const json& two) {
  return one.at("rule") == two.at("rule") && one.at("object") == two.at("object");
}

/// Every other remedy of a statement that has several holds as well: by itself it silences the
/// finding that it belongs to, and the statement does not fail.
void check_other_remedies(const Files& base, const std::string& text, const Checked& red,
                          const std::vector<json>& findings) {
  std::set<int> seen;
  for (const json& finding : findings) {
    if (finding.at("remedy").is_null() || finding.at("remedy").at("sql").empty()) continue;
    const int step = finding.at("statement");
    if (seen.insert(step).second) continue;  // the first is tried with all others
    const std::string changed = with_remedy(
        text, finding, red.database.at("statements").at(static_cast<std::size_t>(step)));
    const Checked after = check(base, {{"migrations/2_change.sql", changed}});
    INFO("with the remedy of " << finding.dump(2) << "\n"
                               << changed << after.database.at("findings").dump(2));
    for (const json& left : after.database.at("findings")) {
      CHECK_FALSE(is_about_same(left, finding));
      CHECK(left.at("rule") != "failing-statement");
    }
  }
}

/// A migration file is red; with every statement replaced as its finding says it is green, says
/// nothing about it any more, and arrives at the same schema.
void check_migration(const Case& test, const std::string& least) {
  const Files base{{".schemagate.yml", versioned},
                   {"migrations/1_base.sql", test.text("sql base")}};
  const std::string name = least == "error" ? "sql migration" : "sql migration " + least;
  std::string text = test.text(name);
  const Checked red = check(base, {{"migrations/2_change.sql", text}});
  INFO("red: " << red.database.at("findings").dump(2));
  const std::vector<json> before = findings_of(red, least);
  REQUIRE_FALSE(before.empty());
  CHECK(red.exit_code == (least == "error" ? 1 : 0));
  std::set<int> replaced;
  std::set<std::string> rules;
  for (const json& finding : before) {
    rules.insert(finding.at("rule"));
    if (finding.at("remedy").is_null() || finding.at("remedy").at("sql").empty()) continue;
    const int step = finding.at("statement");
    if (!replaced.insert(step).second) continue;
    text = with_remedy(text, finding,
                       red.database.at("statements").at(static_cast<std::size_t>(step)));
  }
  REQUIRE_FALSE(replaced.empty());
  check_other_remedies(base, test.text(name), red, before);
  CHECK(rules.count(test.title.substr(0, test.title.find(':'))) == 1);

  const Checked green = check(base, {{"migrations/2_change.sql", text}});
  INFO("with the remedy:\n" << text << "green: " << green.database.at("findings").dump(2));
  CHECK(green.exit_code == 0);
  CHECK(findings_of(green, least).empty());
  // A domain's constraint can't be validated without the lock: that is left for a quiet hour. And
  // what failed before makes now what it was to make.
  if (test.part("text reaches") != nullptr) return;
  CHECK(green.database.at("head_checksum") == red.database.at("head_checksum"));
}

/// The comments that the program asks for, on lines of their own.
std::string allowances(const Checked& red) {
  std::string comments;
  for (const json& finding : findings_of(red, "error"))
    comments +=
        fmt::format("-- schemagate: allow {} {}: agreed with the team\n",
                    finding.at("rule").get<std::string>(), finding.at("object").get<std::string>());
  return comments;
}

void check_declarative(const Case& test) {
  const Files base{{".schemagate.yml", declarative}, {"schema/a.sql", test.text("sql base")}};
  const Checked red = check(base, {{"schema/a.sql", test.text("sql head")}});
  INFO("red: " << red.database.at("findings").dump(2));
  CHECK(red.exit_code == 1);
  const std::vector<json> before = findings_of(red, "error");
  REQUIRE_FALSE(before.empty());

  const std::string how = test.text("text declarative");
  Checked green;
  if (how == "apply: online\n") {
    const Files online{{".schemagate.yml", std::string(declarative) + "    apply: online\n"},
                       {"schema/a.sql", test.text("sql base")}};
    green = check(online, {{"schema/a.sql", test.text("sql head")}});
  } else {
    REQUIRE(how == "allow\n");
    green = check(base, {{"schema/a.sql", test.text("sql head") + allowances(red)}});
  }
  INFO("green: " << green.database.at("findings").dump(2));
  CHECK(green.exit_code == 0);
  CHECK(findings_of(green, "error").empty());
  CHECK(green.database.at("head_checksum") == red.database.at("head_checksum"));
}

TEST_CASE("each kind of remedy turns red into green") {
  int migrations = 0, declared = 0;
  for (const auto& path : case_files("testdata/remedies")) {
    const CaseFile file(path);
    for (const Case& test : file.cases()) {
      DYNAMIC_SECTION(test.title) {
        if (test.part("sql migration")) check_migration(test, "error");
        if (test.part("sql migration warning")) check_migration(test, "warning");
        if (test.part("sql head")) check_declarative(test);
      }
      migrations += test.part("sql migration") || test.part("sql migration warning") ? 1 : 0;
      declared += test.part("sql head") ? 1 : 0;
    }
  }
  CHECK(migrations >= 15);
  CHECK(declared >= 10);
}

}  // namespace
}  // namespace schemagate::testing
