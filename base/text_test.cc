// SPDX-License-Identifier: MIT
#include "base/text.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

namespace schemagate {
namespace {

TEST_CASE("words of a text in lower case") {
  using Words = std::set<std::string>;
  CHECK(lower_case_words("") == Words{});
  CHECK(lower_case_words("SELECT pg_read_file('/a'), Users.id; x") ==
        Words{"select", "pg_read_file", "a", "users", "id", "x"});
  CHECK(lower_case_words("größe9-") == Words{"größe9"});
}

TEST_CASE("globs: * stays within a folder, ** crosses folders") {
  CHECK(glob_match("db/*.sql", "db/a.sql"));
  CHECK_FALSE(glob_match("db/*.sql", "db/deep/a.sql"));
  CHECK(glob_match("db/**/*.sql", "db/a.sql"));
  CHECK(glob_match("db/**/*.sql", "db/x/y/a.sql"));
  CHECK(glob_match("**/*.sql", "a.sql"));
  CHECK(glob_match("db/**", "db/x/y"));
  CHECK_FALSE(glob_match("db/**", "db"));
  CHECK_FALSE(glob_match("db/**", "database/x"));
  CHECK(glob_match("v?.sql", "v1.sql"));
  CHECK_FALSE(glob_match("v?.sql", "v12.sql"));
}

TEST_CASE("globs: braces alternate and nest") {
  CHECK(glob_match("{a,b/{c,d}}.sql", "a.sql"));
  CHECK(glob_match("{a,b/{c,d}}.sql", "b/d.sql"));
  CHECK_FALSE(glob_match("{a,b/{c,d}}.sql", "b.sql"));
  CHECK(glob_match("{a", "{a"));
}

TEST_CASE("globs: hostile patterns end in time") {
  std::string braces;
  std::string stars;
  for (int i = 0; i < 60; ++i) {
    braces += "{a,b}";
    stars += "**/";
  }
  CHECK_FALSE(glob_match(braces, "c"));
  CHECK_FALSE(glob_match(stars + "x", std::string(3000, '/') + "y"));
  CHECK_FALSE(glob_match("*a*a*a*a*a*a*a*a*a*b", std::string(5000, 'a')));
}

TEST_CASE("the nearest word is a slip away, not a guess") {
  const std::vector<std::string> keys = {"schema", "migrations", "postgres"};
  CHECK(nearest("shcema", keys) == "schema");
  CHECK(nearest("migration", keys) == "migrations");
  CHECK(nearest("POSTGRESS", keys) == "postgres");
  CHECK_FALSE(nearest("facts", keys));
}

TEST_CASE("numbers as people read them") {
  CHECK(with_thousands(0) == "0");
  CHECK(with_thousands(999) == "999");
  CHECK(with_thousands(1234567) == "1,234,567");
  CHECK(with_thousands(-1000) == "-1,000");
  CHECK(human_size(412 * 1024) == "412 kB");
  CHECK(human_size(9LL << 30) == "9.0 GB");
  CHECK(human_size(17) == "17 bytes");
  CHECK(counted(1, "row") == "1 row");
  CHECK(counted(3182, "row") == "3,182 rows");
}

TEST_CASE("UTF-8: what PostgreSQL would refuse is refused") {
  CHECK(is_utf8("größe 日本語 \xF0\x9F\x90\x98"));
  CHECK_FALSE(is_utf8("\xC0\x80"));
  CHECK_FALSE(is_utf8("\xED\xA0\x80"));
  CHECK_FALSE(is_utf8("\xF4\x90\x80\x80"));
  CHECK_FALSE(is_utf8("abc\xE6\x97"));
  CHECK_FALSE(is_utf8("\xFF"));
}

TEST_CASE("split, join, trim, replace") {
  CHECK(split("a,,b", ',').size() == 3);
  CHECK(split("", ',').size() == 1);
  const std::vector<std::string> parts = {"a", "b"};
  CHECK(join(parts, ", ") == "a, b");
  CHECK(trim(" \n x y\t") == "x y");
  CHECK(trim(" \n").empty());
  CHECK(replace_all("aXXb", "X", "XX") == "aXXXXb");
}

}  // namespace
}  // namespace schemagate
