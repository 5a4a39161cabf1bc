// SPDX-License-Identifier: MIT
#include "tests/json_contract.h"

#include <catch2/catch_test_macros.hpp>

namespace schemagate::testing {

using nlohmann::json;

json document(const ProgramRun& result) {
  INFO(result.out << result.err);
  return json::parse(result.out);
}

std::set<std::string> keys(const json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

namespace {

bool is_one_of(const json& value, const std::set<std::string>& words) {
  return value.is_string() && words.count(value.get<std::string>()) > 0;
}

/// A file and 1-based numbers, or null for what is nowhere.
void check_place(const json& item, const std::vector<std::string>& numbers) {
  CHECK((item.at("file").is_string() || item.at("file").is_null()));
  for (const std::string& number : numbers) {
    if (item.at(number).is_null()) continue;
    REQUIRE(item.at(number).is_number_integer());
    CHECK(item.at(number) >= 1);
  }
}

void check_finding(const json& finding, std::size_t statements) {
  INFO(finding.dump(2));
  std::set<std::string> expected{"rule",     "severity", "message",     "file",     "line",
                                 "column",   "end_line", "end_column",  "side",     "object",
                                 "evidence", "remedy",   "fingerprint", "statement"};
  for (const char* key : {"allowed", "waits_for_review"})
    if (finding.contains(key)) expected.insert(key);
  CHECK(keys(finding) == expected);
  CHECK(finding.at("rule").is_string());
  CHECK(is_one_of(finding.at("severity"), {"error", "warning", "note"}));
  CHECK(is_one_of(finding.at("side"), {"new", "old"}));
  CHECK_FALSE(finding.at("message").get<std::string>().empty());
  CHECK_FALSE(finding.at("fingerprint").get<std::string>().empty());
  CHECK(finding.at("object").is_string());
  CHECK(finding.at("evidence").is_object());
  check_place(finding, {"line", "column", "end_line", "end_column"});
  if (!finding.at("statement").is_null()) {
    REQUIRE(finding.at("statement").is_number_integer());
    CHECK(finding.at("statement").get<std::size_t>() < statements);
  }
  if (finding.at("remedy").is_null()) return;
  CHECK(keys(finding.at("remedy")) == std::set<std::string>{"explanation", "sql"});
  CHECK(finding.at("remedy").at("explanation").is_string());
  for (const json& sql : finding.at("remedy").at("sql")) CHECK(sql.is_string());
}

}  // namespace

void check_statement(const json& statement) {
  INFO(statement.dump(2));
  std::set<std::string> expected{"sql",   "file",     "line",  "transactional", "fails",
                                 "locks", "rewrites", "scans", "index_builds"};
  for (const char* key : {"known", "conditions", "differs"})
    if (statement.contains(key)) expected.insert(key);
  CHECK(keys(statement) == expected);
  CHECK(statement.at("sql").is_string());
  CHECK(statement.at("transactional").is_boolean());
  check_place(statement, {"line"});
  if (!statement.at("fails").is_null()) {
    CHECK(keys(statement.at("fails")) == std::set<std::string>{"sqlstate", "reason"});
    CHECK(statement.at("fails").at("sqlstate").get<std::string>().size() == 5);
  }
  for (const json& lock : statement.at("locks")) {
    CHECK(keys(lock) == std::set<std::string>{"relation", "kind", "mode"});
    CHECK(lock.at("mode").get<std::string>().ends_with("Lock"));
  }
  for (const char* key : {"rewrites", "scans", "index_builds"})
    for (const json& name : statement.at(key))
      CHECK(name.get<std::string>().find('.') != std::string::npos);
}

void check_change(const json& change) {
  INFO(change.dump(2));
  CHECK(keys(change) ==
        std::set<std::string>{"kind", "object", "file", "line", "side", "before", "after"});
  CHECK(change.at("kind").is_string());
  CHECK(change.at("object").is_string());
  CHECK(is_one_of(change.at("side"), {"new", "old"}));
  check_place(change, {"line"});
}

void check_report(const json& report, bool with_statements) {
  CHECK(keys(report) == std::set<std::string>{"schema_version", "verdict", "databases", "notes"});
  CHECK(report.at("schema_version") == 1);
  CHECK(is_one_of(report.at("verdict"), {"pass", "fail", "error"}));
  REQUIRE(report.at("databases").is_array());
  for (const json& database : report.at("databases")) {
    CHECK(database.at("name").is_string());
    CHECK((database.at("base_checksum").is_string() || database.at("base_checksum").is_null()));
    CHECK((database.at("head_checksum").is_string() || database.at("head_checksum").is_null()));
    std::set<std::string> expected{"name",    "base_checksum", "head_checksum", "plan_checksum",
                                   "changes", "findings",      "notes"};
    if (with_statements) expected.insert("statements");
    if (database.contains("allowed")) expected.insert("allowed");
    CHECK(keys(database) == expected);
    const std::size_t statements = with_statements ? database.at("statements").size() : 1000;
    for (const json& change : database.at("changes")) check_change(change);
    for (const json& finding : database.at("findings")) {
      CHECK_FALSE(finding.contains("allowed"));
      check_finding(finding, statements);
    }
    for (const json& finding : database.value("allowed", json::array())) {
      CHECK(finding.contains("allowed"));
      check_finding(finding, statements);
    }
    for (const json& note : database.at("notes")) CHECK(note.is_string());
    if (!with_statements) continue;
    for (const json& statement : database.at("statements")) check_statement(statement);
  }
}

std::string snapshot_of(int postgres) {
  return R"({"schema_version": 1, "database": "crm", "taken_at": "2026-01-05T03:00:00Z", )"
         R"("postgres": )" +
         std::to_string(postgres) + "}";
}

}  // namespace schemagate::testing
