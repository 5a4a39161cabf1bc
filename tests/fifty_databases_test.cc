// SPDX-License-Identifier: MIT
// Fifty databases by one pattern: one run, one comment that fits, one status, whatever changes.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/story.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr int databases = 50, tables = 200;

std::string path_of(int database) { return fmt::format("services/s{:02}/db/schema.sql", database); }

/// With a column more or less in every table.
std::string schema(const std::string& columns) {
  std::string sql;
  for (int i = 0; i < tables; ++i)
    sql += fmt::format("CREATE TABLE table_{} (id bigint PRIMARY KEY{});\n", i, columns);
  return sql;
}

Files fifty() {
  Files files{{".schemagate.yml", File("databases:\n  - name: \"{service}\"\n"
                                       "    schema: services/{service}/db/*.sql\n")}};
  for (int i = 0; i < databases; ++i) files[path_of(i)] = File(schema(", a text"));
  return files;
}

/// GitHub's limit of a comment's body.
constexpr std::size_t most_characters = 65536;

TEST_CASE("three of fifty databases with ten thousand tables change: one comment, one status",
          "[github]") {
  Story story(fifty());
  story.push({{path_of(3), File(schema(", a text") + "CREATE TABLE fresh (id bigint);\n")},
              {path_of(20), File(schema(""))},
              {path_of(41), File(schema(", a text UNIQUE"))}});
  story.report();
  const auto comments = story.github().comments(7);
  REQUIRE(comments.size() == 1);
  CHECK(comments[0].body.size() < most_characters);
  CHECK_THAT(comments[0].body, ContainsSubstring("`s20`") && ContainsSubstring("`s41`") &&
                                   ContainsSubstring("47 databases unchanged"));
  CHECK(story.github().status(story.head(), "schemagate").state == github::State::failure);
}

TEST_CASE("every one of fifty databases loses a column of each table: one comment that fits",
          "[github]") {
  Story story(fifty());
  Files all;
  for (int i = 0; i < databases; ++i) all[path_of(i)] = File(schema(""));
  story.push(all);
  story.report();
  const auto comments = story.github().comments(7);
  REQUIRE(comments.size() == 1);
  CHECK(comments[0].body.size() < most_characters);
  CHECK_THAT(comments[0].body, ContainsSubstring("`s00`") &&
                                   ContainsSubstring("9,950 more findings in the full report"));
  CHECK(story.github().status(story.head(), "schemagate").state == github::State::failure);
}

}  // namespace
}  // namespace schemagate::testing
