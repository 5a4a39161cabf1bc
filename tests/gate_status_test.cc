// SPDX-License-Identifier: MIT
// The gate's status is read by people in one line, and a sweep that finds what it would write
// writes nothing.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/gate_team.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

gate::Swept sweep_and_verify(Team& team) {
  return team.with_run([](GateRun& run) {
    run.sweep.verify = true;
    gate::Swept swept;
    run_sweep(run, swept);
    return swept;
  });
}

TEST_CASE("a long reason is cut once: a sweep that compares with GitHub does not write it again",
          "[github]") {
  const std::string column = "a_column_whose_name_is_nearly_as_long_as_names_may_be_ü",
                    table = "a_table_whose_name_is_nearly_as_long_as_names_may_be_in_sql";
  Team team({{"schema.sql", File("CREATE TABLE " + table + " (id int, " + column + " text);\n")}});
  team.open(1,
            {{"schema.sql", File("CREATE TABLE " + table + " (id int, " + column +
                                 " text);\nCREATE INDEX i ON " + table + " (" + column + ");\n")}});
  team.tip_is(team.repository_.commit(
      "main", {{"schema.sql", File("CREATE TABLE " + table + " (id int);\n")}}));
  CHECK(sweep_and_verify(team).settled);
  const std::string head = team.heads.at(1);
  const github::Status status = team.status(1);
  CHECK(status.state == github::State::failure);
  CHECK(status.description.size() <= 140);
  CHECK_THAT(status.description, ContainsSubstring(table) && ContainsSubstring("…"));
  CHECK_THAT(team.last_comment(1), ContainsSubstring("Gate: "));
  for (int i = 0; i < 3; ++i) {
    team.forget_lease();
    CHECK(sweep_and_verify(team).settled);
  }
  CHECK(team.github_.statuses(head).size() == 1);
}

TEST_CASE("names in a status are one line in the order they are written", "[github][hostile]") {
  const std::string name = "\"a\u202Eb\nc\x1b[31m @team\"";
  Team team({{"schema.sql", File("CREATE TABLE t (id int, " + name + " text);\n")}});
  team.open(1, {{"schema.sql", File("CREATE TABLE t (id int, " + name +
                                    " text);\nCREATE INDEX i ON t (" + name + ");\n")}});
  team.tip_is(
      team.repository_.commit("main", {{"schema.sql", File("CREATE TABLE t (id int);\n")}}));
  CHECK(sweep_and_verify(team).settled);
  for (const std::string& text : {team.status(1).description, team.last_comment(1)}) {
    INFO(text);
    CHECK(text.find("\u202E") == std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
  }
  CHECK(team.status(1).description.find('\n') == std::string::npos);
  CHECK_THAT(team.status(1).description, ContainsSubstring("\\u202e"));
  CHECK_THAT(team.last_comment(1), !ContainsSubstring("@team"));
  team.forget_lease();
  CHECK(sweep_and_verify(team).settled);
  CHECK(team.github_.statuses(team.heads.at(1)).size() == 1);
}

TEST_CASE("names with the characters that separate a child's answers stop no sweep",
          "[github][hostile]") {
  const std::string old = "CREATE TABLE t (id int, \"c\x1f\x1e\" text);\n";
  Team team(
      {{".schemagate.yml", File("databases:\n  - {name: a, schema: \"a/*.sql\"}\n  - {name: b, "
                                "schema: \"b/*.sql\"}\n")},
       {"a/t.sql", File(old)},
       {"b/t.sql", File("CREATE TABLE u (id int);\n")}});
  team.open(1, {{"a/x\x1fy\x1ez.sql", File("CREATE TABLE v (id int);\n")}});
  team.open(2, {{"a/t.sql", File(old + "CREATE INDEX i ON t (\"c\x1f\x1e\");\n")}});
  team.open(3, {{"b/t.sql", File("CREATE TABLE u (id int, name text);\n")}});
  team.open(4, {{"a/t.sql", File("-- schemagate: allow drop-column t.id: \x1f\x1e\nCREATE TABLE t "
                                 "(\"c\x1f\x1e\" text);\n")}});
  team.tip_is(team.repository_.commit("main", {{"a/t.sql", File("CREATE TABLE t (id int);\n")}}));
  CHECK(sweep_and_verify(team).settled);
  INFO(team.status(1).description);
  CHECK_FALSE(team.status(1).context.empty());
  CHECK(team.status(2).state == github::State::failure);
  CHECK_THAT(team.status(2).description, ContainsSubstring("\\x1f"));
  CHECK(team.green(team.heads.at(3)));
  CHECK_FALSE(team.status(4).context.empty());
}

TEST_CASE("each of many pull requests that close in one sweep is told why", "[github]") {
  Team team({{"schema.sql", File("CREATE TABLE t (id int);\n")}});
  for (int number = 1; number <= 12; ++number)
    team.open(number, {{"schema.sql", File(std::string("CREATE TABLE t (id int,,;\n"))}});
  CHECK(sweep_and_verify(team).settled);
  for (int number = 1; number <= 12; ++number) {
    REQUIRE(team.github_.comments(number).size() == 1);
    CHECK_THAT(team.last_comment(number), ContainsSubstring("Gate: failed"));
  }
}

}  // namespace
}  // namespace schemagate::testing
