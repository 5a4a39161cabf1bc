// SPDX-License-Identifier: MIT
// Every rule says what its case file says, and what its remedies promise holds: in place of the
// statement a remedy is silent, parses, and reaches the same schema.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <set>

#include "analyzers/page.h"
#include "base/text.h"
#include "tests/review_case.h"

namespace schemagate::testing {
namespace {

std::string stem_of(const Rule& rule) { return replace_all(std::string(rule.id), "-", "_"); }

std::filesystem::path case_path(const Rule& rule) {
  return source_path("testdata/rules/" + stem_of(rule) + ".md");
}

bool mentions(const Review& review, const Rule& rule) {
  return std::any_of(review.findings.begin(), review.findings.end(), [&](const Finding& finding) {
    return finding.rule == rule.id && finding.allowed_because.empty();
  });
}

/// The migration with the statement of `finding` replaced by its remedy.
std::string remedied(const CaseRun& run, const Finding& finding) {
  const ReviewStep& step = run.input.steps.at(static_cast<std::size_t>(finding.step));
  std::string text(run.new_sources.file(0).text);
  std::string sql;
  for (const std::string& statement : finding.remedy->sql) {
    sql += (sql.empty() ? "" : ";\n") + statement;
  }
  return text.replace(step.where.begin, step.where.end - step.where.begin, sql);
}

void check_remedies(const Case& input, const Rule& rule, const CaseRun& run) {
  if (run.input.declarative) return;
  for (const Finding& finding : run.review.findings) {
    if (finding.rule != rule.id || !finding.remedy || finding.remedy->sql.empty()) continue;
    const std::string migration = remedied(run, finding);
    INFO("with the remedy in place:\n" << migration);
    const auto after = run_case(input, rule, &migration);
    for (const ParseProblem& problem : after->input.parse_problems) FAIL_CHECK(problem.message);
    for (const Finding& left : after->review.findings) {
      const bool same = left.rule == rule.id && left.object == finding.object;
      if (same || left.rule == "failing-statement") FAIL_CHECK(left.rule << ": " << left.message);
    }
    if (input.text("settings").find("complete: no") != std::string::npos) continue;
    // A statement that fails leads nowhere: there is no schema to arrive at.
    if (run.review.steps.at(static_cast<std::size_t>(finding.step)).impact.fails) continue;
    for (const Change& change : diff(after->review.after, run.review.after).changes) {
      FAIL_CHECK("another schema: " << to_string(change.kind) << " " << change.object << ": "
                                    << change.before << " -> " << change.after);
    }
  }
}

void check_case_file(const Rule& rule) {
  CaseFile file(case_path(rule));
  int fires = 0, silent = 0;
  for (std::size_t i = 0; i < file.cases().size(); ++i) {
    const Case input = file.cases()[i];
    INFO(file.path().string() << ":" << input.line << ": " << input.title);
    const auto run = run_case(input, rule);
    file.check_golden(i, "findings", to_text(*run));
    const bool should_fire = input.title.starts_with("fires: ");
    if (!should_fire) REQUIRE(input.title.starts_with("silent: "));
    ++(should_fire ? fires : silent);
    CHECK(mentions(run->review, rule) == should_fire);
    check_remedies(input, rule, *run);
  }
  CHECK(fires > 0);
  CHECK(silent > 0);
  file.save();
}

TEST_CASE("rules say what their case files say") {
  for (const Rule* rule : all_rules()) {
    DYNAMIC_SECTION(rule->id) { check_case_file(*rule); }
  }
}

TEST_CASE("every case file belongs to a rule") {
  std::set<std::string> stems;
  for (const Rule* rule : all_rules()) stems.insert(stem_of(*rule));
  for (const std::filesystem::path& path : case_files("testdata/rules")) {
    CHECK(stems.count(path.stem().string()) == 1);
  }
}

TEST_CASE("a rule is named like its file and says everything about itself") {
  std::set<std::string> ids;
  for (const Rule* rule : all_rules()) {
    INFO(rule->id);
    CHECK(std::filesystem::exists(source_path("analyzers/rules/" + stem_of(*rule) + ".cc")));
    CHECK(ids.insert(std::string(rule->id)).second);
    for (const std::string_view text : {rule->summary, rule->when, rule->effect, rule->instead}) {
      CHECK_FALSE(text.empty());
      CHECK_FALSE(text.ends_with('.'));
    }
    CHECK(rule->reference.starts_with("https://www.postgresql.org/docs/"));
    CHECK(rule->id.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos);
  }
}

TEST_CASE("the pages in docs/rules say what the rules and their cases say") {
  const std::filesystem::path folder = source_path("docs/rules");
  const std::map<std::string, std::string> all = pages();
  if (updating()) std::filesystem::create_directories(folder);
  for (const auto& [name, text] : all) {
    INFO(name << ": schemagate rules --write docs/rules makes it");
    if (updating()) std::ofstream(folder / name) << text;
    CHECK(read_file(folder / name) == text);
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    CHECK(all.count(entry.path().filename().string()) == 1);
  }
}

}  // namespace
}  // namespace schemagate::testing
