// SPDX-License-Identifier: MIT
#include "bot/judge.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

namespace schemagate {
namespace {

constexpr const char* failure = "division by zero";

/// The migration's statements, of which the rehearsal sees what `steps` says.
DatabaseReport judged(const std::string& migration, std::vector<Rehearsed> steps,
                      const AskFacts& ask_facts = {}) {
  DatabaseText text;
  text.migrations_before = {text.sources.add({"m/1.sql", "CREATE TABLE a (id int, b int);\n", ""})};
  text.migrations_after = text.migrations_before;
  text.migrations_after.push_back(text.sources.add({"m/2.sql", migration, ""}));
  DatabaseConfig config;
  config.name = "shop";
  config.migrations.path = "m";
  config.migrations.format = "plain";
  JudgeOptions options;
  options.ask_facts = ask_facts;
  options.rehearse = [&](const Catalog&, const std::vector<Step>& planned, int) {
    REQUIRE(planned.size() == steps.size());
    return RehearsalResult{"rehearsed", steps, {}};
  };
  return judge_database(text, config, options);
}

Rehearsed ran() { return {true, "", "", ""}; }
Rehearsed failed() { return {true, "", "22012", failure}; }
Rehearsed not_run(const std::string& because) { return {false, because, "", ""}; }

std::set<Ground> grounds(const DatabaseReport& report, const std::string& rule) {
  const auto found =
      std::find_if(report.findings.begin(), report.findings.end(),
                   [&](const ReportedFinding& reported) { return reported.finding.rule == rule; });
  REQUIRE(found != report.findings.end());
  return found->rests_on;
}

const std::string two_statements = "INSERT INTO a VALUES (1, 1);\nINSERT INTO a VALUES (2, 1);\n";

TEST_CASE("only a rehearsal that ran every statement says what is not found any more") {
  const std::set<Ground> no_facts{Ground::facts}, nothing{Ground::facts, Ground::rehearsal};
  CHECK(judged(two_statements, {ran(), ran()}).missing == no_facts);
  // The last one failed: all were reached.
  CHECK(judged(two_statements, {ran(), failed()}).missing == no_facts);
  CHECK(judged(two_statements, {failed(), not_run("an earlier step failed")}).missing == nothing);
  CHECK(judged(two_statements, {not_run("needs superuser"), ran()}).missing == nothing);
}

TEST_CASE("a finding rests on the rehearsal that showed it, however far that got") {
  const std::set<Ground> rehearsal{Ground::rehearsal};
  CHECK(grounds(judged(two_statements, {ran(), failed()}), "failing-statement") == rehearsal);
  CHECK(grounds(judged(two_statements, {failed(), not_run("an earlier step failed")}),
                "failing-statement") == rehearsal);
}

TEST_CASE("a finding that the facts alone show does not rest on the rehearsal") {
  const AskFacts huge = [](const std::vector<QualifiedName>& tables, const std::vector<Probe>&) {
    Facts facts;
    facts.source = "production";
    for (const QualifiedName& table : tables) {
      facts.tables[table].rows.value = 1e9;
      facts.tables[table].bytes.value = 1e11;
      facts.tables[table].total_bytes.value = 1e11;
    }
    return facts;
  };
  const DatabaseReport report =
      judged("CREATE INDEX a_b ON a (b);\nINSERT INTO a VALUES (1, 1);\n", {ran(), failed()}, huge);
  for (const ReportedFinding& reported : report.findings) {
    INFO(reported.finding.rule << ": " << reported.finding.message);
    const bool is_failure = reported.finding.rule == "failing-statement";
    CHECK((reported.rests_on.count(Ground::rehearsal) != 0) == is_failure);
  }
}

}  // namespace
}  // namespace schemagate
