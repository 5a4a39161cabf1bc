// SPDX-License-Identifier: MIT
// What the configuration locks holds against the inputs of a workflow.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include "bot/config.h"
#include "tests/case_file.h"
#include "tests/program.h"
#include "tests/story_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

/// Two databases behind that top of a configuration; the pull request drops a column in both.
Story two_databases(const std::string& top, const std::string& in_crm = "") {
  return Story({{".schemagate.yml", File(top + "databases:\n  - name: crm\n    schema: crm.sql\n" +
                                         in_crm + "  - {name: shop, schema: shop.sql}\n")},
                {"crm.sql", File("CREATE TABLE leads (id bigint, fax text);\n")},
                {"shop.sql", File("CREATE TABLE users (id bigint, fax text);\n")}});
}

void drop_columns(Story& story) {
  story.push({{"crm.sql", File("CREATE TABLE leads (id bigint);\n")},
              {"shop.sql", File("CREATE TABLE users (id bigint);\n")}});
}

struct Judged {
  int exit_code;
  json report;
  std::string comment;
};

Judged judged(Story& story, const std::vector<std::pair<std::string, std::string>>& inputs) {
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.report_everything();
  for (const auto& [name, value] : inputs) job.set("INPUT_" + name, value);
  const ProgramRun run = job.run();
  INFO(run.out << run.err);
  const std::vector<github::Comment> comments = story.github().comments(7);
  return {run.exit_code, json::parse(job.workspace(".schemagate/report.json")),
          comments.empty() ? "" : comments.front().body};
}

std::vector<std::string> names(const json& report) {
  std::vector<std::string> found;
  for (const json& database : report.at("databases")) found.push_back(database.at("name"));
  return found;
}

TEST_CASE("an input goes before a configuration that is not locked") {
  for (const char* top :
       {"fail_on: error\npostgres: 15\n", "locked: false\nfail_on: error\npostgres: 15\n"}) {
    Story story = two_databases(top);
    drop_columns(story);
    const Judged free =
        judged(story, {{"FAIL-ON", "never"}, {"DATABASES", "crm"}, {"POSTGRES", "16"}});
    CHECK(free.exit_code == 0);
    CHECK(names(free.report) == std::vector<std::string>{"crm"});
    CHECK_THAT(free.comment, !ContainsSubstring("locked"));
    CHECK_THAT(free.comment, ContainsSubstring("PostgreSQL 16"));
  }
}

TEST_CASE(
    "a locked configuration holds against inputs that would loosen it, and the comment says "
    "so") {
  Story story = two_databases("locked: true\nfail_on: error\npostgres: 15\n");
  drop_columns(story);
  const Judged held =
      judged(story, {{"FAIL-ON", "never"}, {"DATABASES", "crm"}, {"POSTGRES", "16"}});
  CHECK(held.exit_code == 1);
  CHECK(story.github().status(story.head(), "schemagate").state == github::State::failure);
  CHECK(names(held.report) == std::vector<std::string>{"crm", "shop"});
  CHECK_THAT(held.comment, ContainsSubstring("PostgreSQL 15"));
  for (const char* note :
       {"input fail-on: never was not followed: .schemagate.yml is locked, error holds",
        "input postgres: 16 was not followed: .schemagate.yml is locked, 15 for crm, 15 for shop "
        "holds",
        "input databases was not followed: .schemagate.yml is locked, shop was judged as well"}) {
    CHECK_THAT(held.report.at("notes").dump(), ContainsSubstring(note));
    CHECK_THAT(held.comment, ContainsSubstring(std::string(note).substr(0, 40)));
  }
}

TEST_CASE("the default of fail_on is locked as well; a stricter input is followed") {
  Story story = two_databases("locked: true\n");
  drop_columns(story);
  CHECK(judged(story, {{"FAIL-ON", "never"}}).exit_code == 1);
  Story warned = two_databases("locked: true\nrules: {drop-column: warning}\n");
  drop_columns(warned);
  CHECK(judged(warned, {}).exit_code == 0);
  const Judged stricter = judged(warned, {{"FAIL-ON", "warning"}, {"POSTGRES", "16"}});
  CHECK(stricter.exit_code == 1);
  CHECK_THAT(stricter.report.at("notes").dump(), !ContainsSubstring("locked"));
}

TEST_CASE("one database may be locked, or free in a locked configuration") {
  Story one = two_databases("", "    locked: true\n    postgres: 15\n");
  drop_columns(one);
  const Judged left = judged(one, {{"DATABASES", "shop"}, {"POSTGRES", "16"}});
  CHECK(names(left.report) == std::vector<std::string>{"crm", "shop"});
  CHECK_THAT(left.report.at("notes").dump(), ContainsSubstring("15 for crm holds"));
  CHECK(judged(one, {{"DATABASES", "shop"}, {"FAIL-ON", "never"}}).exit_code == 0);
  Story other = two_databases("locked: true\n", "    locked: false\n");
  drop_columns(other);
  CHECK(names(judged(other, {{"DATABASES", "shop"}}).report) == std::vector<std::string>{"shop"});
}

TEST_CASE("a pull request can't unlock its own judge") {
  Story story = two_databases("locked: true\n");
  drop_columns(story);
  story.push({{".schemagate.yml",
               File("fail_on: never\ndatabases:\n  - {name: crm, schema: crm.sql}\n  - {name: "
                    "shop, schema: shop.sql}\n  - {name: new, schema: new.sql}\n")},
              {"new.sql", File("CREATE TABLE t (a int);\nCREATE INDEX ON missing (a);\n")}});
  const Judged held = judged(story, {{"FAIL-ON", "never"}, {"DATABASES", "crm"}});
  CHECK(held.exit_code == 1);
  CHECK(names(held.report) == std::vector<std::string>{"crm", "shop", "new"});
  CHECK_THAT(held.report.at("notes").dump(), ContainsSubstring("changes fail_on, locked"));
}

TEST_CASE("flags are free: who types them sees what they do") {
  Story story = two_databases("locked: true\npostgres: 15\n");
  drop_columns(story);
  const ProgramRun run = run_program(
      SCHEMAGATE_BINARY,
      {"check", "--repo", story.repository().path(), "--base", story.base(), "--head", story.head(),
       "--no-rehearsal", "--fail-on", "never", "--database", "crm", "--postgres", "16"});
  INFO(run.out << run.err);
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.out, !ContainsSubstring("shop"));
}

TEST_CASE("the published schema and docs/configuration.md have every key of the configuration") {
  const json schema = json::parse(read_file(source_path("docs/schemagate.schema.json")));
  const std::string page = read_file(source_path("docs/configuration.md"));
  std::set<std::string> published;
  for (const auto& [key, value] : schema.at("properties").items()) published.insert(key);
  const std::vector<std::string> keys = config_keys();
  CHECK(published == std::set<std::string>(keys.begin(), keys.end()));
  for (const std::string& key : keys) {
    CHECK_THAT(page, ContainsSubstring("`" + key) || ContainsSubstring("\n" + key + ":"));
    if (schema.at("properties").at(key) == json(true))
      CHECK(schema.at("$defs").at("database").at("properties").contains(key));
  }
}

TEST_CASE("locked is true or false") {
  CHECK_THROWS_WITH(parse_config("schema: a.sql\nlocked: [fail_on]\n", ".schemagate.yml"),
                    ContainsSubstring("locked must be a single value"));
  CHECK_THROWS_WITH(parse_config("schema: a.sql\nlockd: true\n", ".schemagate.yml"),
                    ContainsSubstring("unknown key 'lockd'"));
}

}  // namespace
}  // namespace schemagate::testing
