// SPDX-License-Identifier: MIT
// Every sample report in every format, compared to the byte with testdata/report.
// SCHEMAGATE_UPDATE=1 writes the files anew; the difference is to be read like code.
#include "report/report.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "report/runner_text.h"
#include "report/samples_test.h"
#include "report/summary.h"

namespace schemagate {
namespace {

const std::filesystem::path folder =
    std::filesystem::path(SCHEMAGATE_SOURCE_DIR) / "testdata/report";

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void compare(const std::string& name, const std::string& text) {
  INFO("testdata/report/" << name << "; SCHEMAGATE_UPDATE=1 rewrites it");
  const char* update = std::getenv("SCHEMAGATE_UPDATE");
  if (update != nullptr && *update != '\0') {
    std::filesystem::create_directories(folder);
    std::ofstream(folder / name, std::ios::binary) << text;
  }
  CHECK(read(folder / name) == text);
}

struct Sample {
  std::string name;
  Report report;
};

std::vector<Sample> all_samples() {
  return {{"rich", samples::rich()},
          {"clean", samples::clean()},
          {"hostile", samples::hostile()},
          {"many_databases", samples::many_databases()},
          {"not_judged", samples::not_judged()},
          {"lint", samples::lint()}};
}

}  // namespace

TEST_CASE("terminal output of the samples") {
  for (const auto& [name, report] : all_samples()) {
    compare(name + ".txt", to_terminal(report, {}));
    compare(name + ".quiet.txt", to_terminal(report, {.quiet = true}));
  }
  compare("rich.color.txt", to_terminal(samples::rich(), {.color = true}));
  compare("rich.narrow.txt", to_terminal(samples::rich(), {.width = 50}));
  compare("measured.txt", to_terminal(samples::measured(), {}));
}

TEST_CASE("JSON of the samples") {
  for (const auto& [name, report] : all_samples()) compare(name + ".json", to_json(report, true));
  compare("statements.json", statements_to_json(17, samples::measured(), "17.10", {"a note"}));
  const DatabaseReport shop = samples::rich().databases[1];
  compare("difference.json", difference_to_json(shop.changes, shop.statements, shop.notes));
  compare("error.json", error_to_json("repository", "commit \x1b not found", "is it there?"));
}

TEST_CASE("comments of the samples") {
  const MarkdownOptions links{.head_url = "https://github.com/o/r/blob/a1b2c3d/",
                              .base_url = "https://github.com/o/r/blob/91c2e0d/",
                              .rules_url = "https://github.com/o/schemagate/blob/v1/docs/rules/",
                              .run_url = "https://github.com/o/r/actions/runs/1"};
  for (const auto& [name, report] : all_samples()) {
    compare(name + ".md", to_markdown(report, links));
  }
  MarkdownOptions small;
  small.limit = 20000;
  compare("huge.md", to_markdown(samples::huge(), small));
}

TEST_CASE("workflow commands of the samples") {
  for (const auto& [name, report] : all_samples()) {
    compare(name + ".commands", to_workflow_commands(report));
  }
}

TEST_CASE("SARIF of the samples") {
  for (const auto& [name, report] : all_samples()) {
    auto document = nlohmann::json::parse(to_sarif(report));
    for (auto& rule : document["runs"][0]["tool"]["driver"]["rules"]) {
      rule = {{"id", rule["id"]}};  // the words are the rule's, and change with it
    }
    compare(name + ".sarif", document.dump(1) + "\n");
  }
}

// ---- promises that hold for every report --------------------------------------------------------

TEST_CASE("the keys of the JSON contract, and no others") {
  const std::set<std::string> finding_keys{
      "rule",       "severity", "message", "file",      "line",     "column", "end_line",
      "end_column", "side",     "object",  "statement", "evidence", "remedy", "fingerprint"};
  const std::set<std::string> statement_keys{"sql",   "file",     "line",  "transactional", "fails",
                                             "locks", "rewrites", "scans", "index_builds"};
  const std::set<std::string> change_keys{"kind", "object", "file", "line",
                                          "side", "before", "after"};
  const auto keys = [](const nlohmann::json& object) {
    std::set<std::string> names;
    for (const auto& [name, value] : object.items()) names.insert(name);
    return names;
  };
  const auto document = nlohmann::json::parse(to_json(samples::rich(), true));
  CHECK(keys(document) == std::set<std::string>{"schema_version", "verdict", "databases", "notes"});
  CHECK(document["schema_version"] == 1);
  CHECK(document["verdict"] == "fail");
  const auto& shop = document["databases"][1];
  CHECK(keys(shop) == std::set<std::string>{"name", "base_checksum", "head_checksum",
                                            "plan_checksum", "changes", "statements", "findings",
                                            "allowed", "notes"});
  REQUIRE(shop["findings"].size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(keys(shop["findings"][i]) == finding_keys);
  REQUIRE(shop["allowed"].size() == 1);
  auto with_reason = finding_keys;
  with_reason.insert("allowed");
  CHECK(keys(shop["allowed"][0]) == with_reason);
  CHECK(shop["findings"][0]["evidence"]["duplicate_rows"] == 742);
  CHECK(shop["findings"][1]["evidence"]["used_by"].size() == 2);
  CHECK(shop["findings"][1]["side"] == "old");
  CHECK(shop["findings"][1]["remedy"].is_null());
  CHECK(keys(shop["statements"][0]) == statement_keys);
  CHECK(shop["statements"][0]["fails"]["sqlstate"] == "23505");
  CHECK(shop["statements"][3]["locks"][0]["relation"] == "public.\"Orders\"");
  CHECK(shop["statements"][3]["transactional"] == false);
  for (const auto& change : shop["changes"]) CHECK(keys(change) == change_keys);

  const auto lint = nlohmann::json::parse(to_json(samples::rich(), false));
  CHECK_FALSE(lint["databases"][1].contains("statements"));
  CHECK(document["databases"][0]["base_checksum"].is_null());
}

TEST_CASE("50,000 findings are JSON in a moment") {
  Report report = samples::rich();
  auto& findings = report.databases[1].findings;
  const ReportedFinding one = findings[0];
  findings.assign(50000, one);
  const std::clock_t begin = std::clock();
  const std::string text = to_json(report, false);
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  CHECK(text.size() > 50000 * 500);
  // 0.06 s of CPU with -O2; the bound is for a debug build with sanitizers.
  CHECK(seconds < 5);
}

TEST_CASE("no output lets a control character or a bidirectional one through") {
  const Report report = samples::hostile();
  for (const std::string& text :
       {to_terminal(report, {}), to_terminal(report, {.quiet = true}), to_markdown(report),
        to_json(report, true), to_sarif(report), to_workflow_commands(report)}) {
    INFO(text);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find('\x07') == std::string::npos);
    CHECK(text.find("\xE2\x80\xAE") == std::string::npos);
    CHECK(text.find("\xC2\x9B") == std::string::npos);
  }
}

TEST_CASE("no line that a GitHub runner sees is a command of the pull request") {
  const Report report = samples::hostile();
  MarkdownOptions short_page;
  short_page.limit = 6000;
  for (const std::string& text :
       {to_terminal(report, {}), to_terminal(report, {.quiet = true}),
        to_terminal(report, {.color = true}), to_markdown(report), to_markdown(report, short_page),
        to_json(report, true), to_json(report, false), to_sarif(report),
        to_terminal(report.databases[0].statements, {}),
        statements_to_json(17, report.databases[0].statements, "", report.notes)}) {
    INFO(text);
    CHECK_FALSE(has_workflow_command(text));
  }
  const std::string commands = to_workflow_commands(report);
  CHECK(commands.find("##[") == std::string::npos);
  std::istringstream lines(commands);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    INFO(line);
    CHECK((line.starts_with("::error ") || line.starts_with("::notice ")));
  }
  CHECK(count == 5);  // a finding and four notes; the allowed finding is none
}

TEST_CASE("a comment stays below any limit and keeps verdict and last line") {
  for (const std::size_t limit : {65000UL, 20000UL, 5000UL, 1500UL}) {
    for (const Report& report : {samples::huge(), samples::many_databases(), samples::rich()}) {
      MarkdownOptions options;
      options.limit = limit;
      const std::string text = to_markdown(report, options);
      INFO(limit << ": " << text);
      CHECK(text.size() <= limit);
      CHECK(text.starts_with("### 🔴 schemagate: "));
      CHECK(text.find("<sub>") != std::string::npos);
      CHECK(text.ends_with("</sub>\n"));
    }
  }
}

TEST_CASE("a clean run takes three lines at most") {
  const auto lines = [](const std::string& text) {
    return std::count(text.begin(), text.end(), '\n');
  };
  CHECK(lines(to_terminal(samples::clean(), {})) <= 3);
  CHECK(lines(to_markdown(samples::clean())) <= 4);  // three, and an empty one between
  CHECK(to_terminal(samples::clean(), {.quiet = true}).empty());
  CHECK(to_workflow_commands(samples::clean()).empty());
}

TEST_CASE("migration files without findings: no database is named or counted") {
  Report report = samples::lint();
  report.verdict = Verdict::pass;
  report.databases[0].findings.clear();
  report.databases[0].notes.clear();
  CHECK(to_terminal(report, {}) == "schemagate: pass: no findings\n");
  CHECK(to_markdown(report).starts_with("### 🟢 schemagate: no findings\n\n<sub>"));
}

TEST_CASE("a comment has sections of at most twenty databases, those with errors first") {
  const std::string text = to_markdown(samples::many_databases(), {});
  CHECK(text.find("| `service_00` |") == std::string::npos);
  CHECK(text.find("| `service_01` |") < text.find("| `service_03` |"));
  std::size_t sections = 0;
  for (auto at = text.find("<summary>Changes in"); at != std::string::npos;
       at = text.find("<summary>Changes in", at + 1)) {
    ++sections;
  }
  CHECK(sections == 20);
}

TEST_CASE("SARIF holds the worst 5,000, each with rule, level, place and fingerprint") {
  const auto document = nlohmann::json::parse(to_sarif(samples::huge()));
  CHECK(to_sarif(samples::hostile()).find("](") == std::string::npos);
  CHECK(document["version"] == "2.1.0");
  const auto& run = document["runs"][0];
  REQUIRE(run["results"].size() == 5000);
  CHECK(run["results"][0]["level"] == "error");
  CHECK(run["results"][4999]["level"] == "warning");
  const auto& rules = run["tool"]["driver"]["rules"];
  for (const auto& result : run["results"]) {
    REQUIRE(rules[result["ruleIndex"].get<std::size_t>()]["id"] == result["ruleId"]);
    REQUIRE(result["message"]["text"].is_string());
    REQUIRE(result["partialFingerprints"]["schemagate/v1"].is_string());
    const auto& place = result["locations"][0]["physicalLocation"];
    REQUIRE(place["artifactLocation"]["uri"].is_string());
    REQUIRE(place["region"]["startLine"] > 0);
  }
}

TEST_CASE("the verdict by --fail-on") {
  Report report = samples::rich();
  CHECK(judge(report, FailOn::error) == Verdict::fail);
  CHECK(judge(report, FailOn::never) == Verdict::pass);
  auto& findings = report.databases[1].findings;
  findings.erase(findings.begin(), findings.begin() + 2);  // a warning, a note, an allowed error
  CHECK(judge(report, FailOn::error) == Verdict::pass);
  CHECK(judge(report, FailOn::warning) == Verdict::fail);
  findings.erase(findings.begin());
  CHECK(judge(report, FailOn::warning) == Verdict::pass);
  CHECK(report.allowed() == 1);
  report.databases[0].judged = false;
  CHECK(judge(report, FailOn::never) == Verdict::error);
}

TEST_CASE("nobody is alarmed by the lock that a concurrent command takes at the end") {
  const RelationLock on_table{
      {"public", "users"}, RelationKind::table, LockMode::share_update_exclusive};
  const RelationLock on_index{
      {"public", "users_plan_idx"}, RelationKind::index, LockMode::access_exclusive};
  ReportedStatement drop;
  drop.sql = "DROP INDEX CONCURRENTLY users_plan_idx";
  drop.impact.transactional = false;
  drop.impact.locks = {on_index, on_table};
  Report report;
  DatabaseReport& database = report.databases.emplace_back();
  database.name = "shop";
  database.statements = {drop};
  database.findings.emplace_back().finding.rule = "missing-lock-timeout";
  const std::string words =
      "ACCESS EXCLUSIVE on public.users_plan_idx, at the end, when no query uses "
      "it: nobody waits";
  CHECK(lock_words(on_index, drop.impact) == words);
  CHECK(to_markdown(report).find(
            "SHARE UPDATE EXCLUSIVE on `public.users`: VACUUM and other schema "
            "changes wait<br>ACCESS EXCLUSIVE on `public.users_plan_idx`, at "
            "the end, when no query uses it: nobody waits |") != std::string::npos);
  // VACUUM FULL can't stand in a transaction either, and everybody waits for it.
  Impact full = drop.impact;
  full.locks[1].mode = LockMode::access_exclusive;
  CHECK(lock_words(on_index, full) ==
        "ACCESS EXCLUSIVE on public.users_plan_idx, blocks reads and writes for an instant");
  Impact plain = drop.impact;
  plain.transactional = true;
  CHECK(lock_words(on_index, plain) != words);
}

TEST_CASE("how long: instant, by size, or unknown") {
  const QualifiedName users{"public", "users"};
  Impact impact;
  Facts facts;
  CHECK(how_long(impact, facts) == "instant");
  impact.work = {{WorkKind::scan, Cause::not_null, users, {}, 0, ""}};
  CHECK(how_long(impact, facts) == "grows with public.users (size unknown)");
  facts.tables[users].bytes.value = 20LL << 30;
  CHECK(how_long(impact, facts) == "grows with public.users (20 GB): about 2 min at 200 MB/s");
  facts.tables[users].bytes.value = 8192;
  CHECK(how_long(impact, facts) ==
        "grows with public.users (8.0 kB): less than a second at 200 MB/s");
}

}  // namespace schemagate
