// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>

#include "git/repository.h"
#include "tests/repository.h"

namespace schemagate::git {
namespace {

using testing::Files;
using testing::TestRepository;

/// A table of many lines; `name` is in all of them, `columns` says how many.
std::string table(const std::string& name, int columns) {
  std::string text = fmt::format("CREATE TABLE {} (\n", name);
  for (int i = 0; i < columns; ++i) text += fmt::format("  column_{} integer,\n", i);
  return text + ");\n";
}

/// The changes between two commits as git's `diff --name-status` prints them.
std::vector<std::string> status(const std::vector<ChangedFile>& files) {
  std::vector<std::string> lines;
  for (const auto& [kind, before, after] : files) {
    switch (kind) {
      case FileStatus::added:
        lines.push_back("A " + after.path);
        break;
      case FileStatus::deleted:
        lines.push_back("D " + before.path);
        break;
      case FileStatus::modified:
        lines.push_back("M " + after.path);
        break;
      case FileStatus::renamed:
        lines.push_back("R " + before.path + " " + after.path);
        break;
    }
  }
  return lines;
}

std::vector<std::string> status_of(TestRepository& source, const Files& before,
                                   const Files& changes) {
  const auto one = source.commit("main", before);
  const auto two = source.commit("main", changes);
  return status(Repository::open(source.path()).changed_files(one, two));
}

using Lines = std::vector<std::string>;

TEST_CASE("added, modified and deleted files") {
  TestRepository source;
  const auto one = source.commit("main", {{"a", "1"}, {"b/c", "2"}, {"d", table("d", 20)}});
  const auto two = source.commit("main", {{"b/c", "3"}, {"d", std::nullopt}, {"z", "4"}});
  const auto repository = Repository::open(source.path());
  const auto files = repository.changed_files(one, two);
  CHECK(status(files) == Lines{"M b/c", "D d", "A z"});
  CHECK(repository.read(files[0].before.blob) == "2");
  CHECK(repository.read(files[0].after.blob) == "3");
  CHECK(files[1].after.path.empty());
  CHECK(files[1].after.blob.empty());
  CHECK(files[2].before.path.empty());
  CHECK(repository.changed_files(one, one).empty());
}

TEST_CASE("a moved file is a rename, also with small changes, also into another folder") {
  TestRepository source;
  CHECK(status_of(source, {{"a.sql", table("a", 20)}, {"b.sql", table("b", 30)}},
                  {{"a.sql", std::nullopt},
                   {"db/a.sql", table("a", 20)},
                   {"b.sql", std::nullopt},
                   {"db/b.sql", table("b", 33)}}) == Lines{"R a.sql db/a.sql", "R b.sql db/b.sql"});
}

TEST_CASE("a file that became another is no rename, and a copy is an addition") {
  TestRepository source;
  CHECK(status_of(source, {{"a.sql", "-- one\n-- two\n"}, {"c.sql", table("c", 40)}},
                  {{"a.sql", std::nullopt},
                   {"b.sql", "SELECT 'nothing alike';\n"},
                   {"d.sql", table("c", 40)}}) == Lines{"D a.sql", "A b.sql", "A d.sql"});
}

TEST_CASE("a file that was moved and indented anew is no rename, as with git") {
  TestRepository source;
  std::string indented;
  for (const char c : table("a", 20))
    indented += c == '\n' ? std::string("\n\t") : std::string(1, c);
  CHECK(status_of(source, {{"a.sql", table("a", 20)}},
                  {{"a.sql", std::nullopt}, {"b.sql", indented}}) == Lines{"D a.sql", "A b.sql"});
  const auto printed = testing::run_git(
      source.path(), {"diff", "--find-renames", "--name-status", "main~1", "main"});
  CHECK(printed == "D\ta.sql\nA\tb.sql\n");
}

TEST_CASE("a file that became a symlink is one modified file of two kinds") {
  TestRepository source;
  const auto one = source.commit("main", {{"a.sql", "SELECT 1;"}});
  const auto two = source.commit("main", {{"a.sql", testing::symlink_to("/etc/passwd")}});
  const auto files = Repository::open(source.path()).changed_files(one, two);
  REQUIRE(status(files) == Lines{"M a.sql"});
  CHECK(files[0].before.kind == FileKind::file);
  CHECK(files[0].after.kind == FileKind::symlink);
}

TEST_CASE("a submodule that moved on") {
  TestRepository source;
  const std::string one(40, '1');
  const std::string two(40, '2');
  const auto before = source.commit("main", {{"vendor", testing::submodule_at(one)}});
  const auto after = source.commit("main", {{"vendor", testing::submodule_at(two)}});
  const auto files = Repository::open(source.path()).changed_files(before, after);
  REQUIRE(status(files) == Lines{"M vendor"});
  CHECK(files[0].after.kind == FileKind::submodule);
  CHECK(files[0].after.blob == two);
}

TEST_CASE("what git pairs as renames is paired, over many files") {
  TestRepository source;
  Files before;
  Files changes;
  for (int i = 0; i < 60; ++i) {
    // Every pair of tables shares the columns' lines, so the best match must win.
    const auto old_path = fmt::format("old/{:02}.sql", i);
    std::string text = table(fmt::format("t{}", i), 10);
    for (int line = 0; line < 10; ++line) text += fmt::format("-- {} of table {}\n", line, i);
    before[old_path] = text;
    changes[old_path] = std::nullopt;
    changes[fmt::format("new/{:02}.sql", i)] = text + "CREATE INDEX;\n";
  }
  const auto one = source.commit("main", before);
  const auto two = source.commit("main", changes);
  std::string expected;
  for (const auto& line : status(Repository::open(source.path()).changed_files(one, two))) {
    expected += line + "\n";
  }
  auto printed = testing::run_git(
      source.path(), {"diff", "--find-renames", "--name-status", "--no-color", one, two});
  std::string ours;
  for (const char c : printed) ours += c == '\t' ? ' ' : c;
  for (std::size_t i = 0; (i = ours.find("R0", i)) != std::string::npos;) ours.erase(i + 1, 3);
  CHECK(ours == expected);
}

TEST_CASE("a criss-cross of thousands of files is compared in time") {
  TestRepository source;
  Files before;
  Files changes;
  for (int i = 0; i < 1500; ++i) {
    before[fmt::format("old/{}.sql", i)] = table(fmt::format("a{}", i), 20);
    changes[fmt::format("old/{}.sql", i)] = std::nullopt;
    changes[fmt::format("new/{}.sql", i)] = table(fmt::format("b{}", i), 20);
  }
  CHECK(status_of(source, before, changes).size() >= 1500);
}

}  // namespace
}  // namespace schemagate::git
