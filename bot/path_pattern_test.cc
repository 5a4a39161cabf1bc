// SPDX-License-Identifier: MIT
#include "bot/path_pattern.h"

#include <catch2/catch_test_macros.hpp>

namespace schemagate {
namespace {

/// "service=a table=b", or "-" for no match.
std::string matched(const char* glob, const std::string& path, bool is_folder = false) {
  Bindings bindings;
  if (!PathPattern(glob, is_folder).match(path, bindings)) return "-";
  std::string text;
  for (const auto& [name, value] : bindings) text += (text.empty() ? "" : " ") + name + "=" + value;
  return text;
}

TEST_CASE("placeholders are names of folders, globs are what they are everywhere") {
  CHECK(matched("services/{s}/db/**/*.sql", "services/a/db/x.sql") == "s=a");
  CHECK(matched("services/{s}/db/**/*.sql", "services/a/db/c/d/x.sql") == "s=a");
  CHECK(matched("services/{s}/db/**/*.sql", "services/a/b/db/x.sql") == "-");
  CHECK(matched("services/{s}/db/**/*.sql", "services//db/x.sql") == "-");
  CHECK(matched("services/{s}/db/*.sql", "services/a/db/b/x.sql") == "-");
  CHECK(matched("{team}/{s}.sql", "a/b.c.sql") == "s=b.c team=a");
  CHECK(matched("{a}-{b}.sql", "x-y-z.sql") == "a=x-y b=z");
  CHECK(matched("{s}/**/{s}.sql", "a/b/c/a.sql") == "s=a");
  CHECK(matched("{s}/**/{s}.sql", "a/b/c/b.sql") == "-");
  CHECK(matched("**/{s}/x?.sql", "a/b/x1.sql") == "s=b");
  CHECK(matched("**/{s}/x?.sql", "a/b/x.sql") == "-");
  CHECK(matched("x/{s}/**", "x/a/b/c") == "s=a");
  CHECK(matched("x.{s}", "xys") == "-");
  CHECK(matched("{a,b}/{s}.sql", "a/c.sql") == "s=c");
}

TEST_CASE("a folder matches what lies below") {
  CHECK(matched("services/{s}/migrations", "services/a/migrations/1.sql", true) == "s=a");
  CHECK(matched("services/{s}/migrations", "services/a/migrations/b/1.sql", true) == "s=a");
  CHECK(matched("services/{s}/migrations", "services/a/migrations", true) == "-");
  CHECK(matched("services/{s}/migrations", "services/a/migrationsx/1.sql", true) == "-");
}

TEST_CASE("long paths and patterns with many ways to match end in time") {
  const std::string name(60000, 'a');
  CHECK(matched("services/{s}/db/**/*.sql", "services/" + name + "/db/x.sql") == "s=" + name);
  std::string folders;
  for (int i = 0; i < 20000; ++i) folders += "a/";
  CHECK(matched("{s}/**/a*a*a*a*/**/*a*a*b", folders) == "-");
  CHECK(matched("{s}/**", folders + "x") == "s=a");
}

}  // namespace
}  // namespace schemagate
