// SPDX-License-Identifier: MIT
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "git/libgit2.h"
#include "git/repository.h"
#include "tests/repository.h"

namespace schemagate::git {
namespace {

using Catch::Matchers::ContainsSubstring;
using testing::TestRepository;

std::vector<std::string> paths(const std::vector<TreeEntry>& files) {
  std::vector<std::string> result;
  for (const auto& file : files) result.push_back(file.path);
  return result;
}

TEST_CASE("a tree's files come sorted by path, with kind and blob") {
  TestRepository source;
  const auto text = source.object("blob", "CREATE TABLE a ();");
  const auto commit = source.commit(
      "main", {{"db/b.sql", "b"},
               {"db/a.sql", "CREATE TABLE a ();"},
               {"db-old/x.sql", "x"},
               {"db.sql", testing::symlink_to("db/a.sql")},
               {"tool", testing::File("#!/bin/sh", 0100755)},
               {"vendor", testing::submodule_at("1234567890123456789012345678901234567890")}});
  const auto files = Repository::open(source.path()).list(commit);
  CHECK(paths(files) == std::vector<std::string>{"db-old/x.sql", "db.sql", "db/a.sql", "db/b.sql",
                                                 "tool", "vendor"});
  CHECK(files[1].kind == FileKind::symlink);
  CHECK(files[2].kind == FileKind::file);
  CHECK(files[2].blob == text);
  CHECK(files[4].kind == FileKind::file);
  CHECK(files[5].kind == FileKind::submodule);
  for (const auto& file : files) CHECK(file.problem.empty());
}

TEST_CASE("a filter is asked about folders before they are opened") {
  TestRepository source;
  const auto commit =
      source.commit("main", {{"db/a.sql", "a"}, {"db/x/b.sql", "b"}, {"src/c.sql", "c"}});
  std::vector<std::string> asked;
  const auto files = Repository::open(source.path()).list(commit, [&](std::string_view path) {
    asked.emplace_back(path);
    return path != "src/" && path != "db/a.sql";
  });
  CHECK(asked == std::vector<std::string>{"db/", "db/a.sql", "db/x/", "db/x/b.sql", "src/"});
  CHECK(paths(files) == std::vector<std::string>{"db/x/b.sql"});
}

TEST_CASE("a tree's own id lists the same files; a blob's is an error") {
  TestRepository source;
  const auto blob = source.object("blob", "text");
  const auto tree = source.object("tree", TestRepository::tree_entry("100644", "a.sql", blob));
  const auto repository = Repository::open(source.path());
  CHECK(paths(repository.list(tree)) == std::vector<std::string>{"a.sql"});
  CHECK_THROWS_AS(repository.list(blob), Error);
  CHECK_THROWS_AS(repository.list("main"), Error);
  CHECK_THROWS_AS(repository.list(std::string(40, '1')), MissingObject);
}

TEST_CASE("paths that no git program would write are flagged") {
  TestRepository source;
  const auto blob = source.object("blob", "SELECT 1;");
  const auto problem = [&](const std::string& name) {
    const auto tree = source.object("tree", TestRepository::tree_entry("100644", name, blob));
    const auto files = Repository::open(source.path()).list(source.commit_tree(tree, {}));
    REQUIRE(files.size() == 1);
    CHECK(files[0].path == name);
    CHECK(files[0].problem == path_problem(name));
    return files[0].problem;
  };
  CHECK(problem("..") == "contains \"..\"");
  CHECK(problem(".") == "contains \".\"");
  CHECK(problem("../../etc/passwd") == "contains \"..\"");
  CHECK(problem("/etc/passwd") == "is absolute");
  CHECK(problem("db/../a.sql") == "contains \"..\"");
  CHECK(problem("db/./a.sql") == "contains \".\"");
  CHECK(problem("db/") == "has a folder without a name");
  CHECK(problem("db//a.sql") == "has a folder without a name");
  CHECK(problem(".git") == "points into .git");
  CHECK(problem("x/.GIT/hooks/y") == "points into .git");
  CHECK(problem("a\\b.sql") == "contains a backslash");
  CHECK(problem("a\nb.sql") == "contains a control character");
  CHECK(problem("a\x1b[31m.sql") == "contains a control character");
  CHECK(problem("a\x7f") == "contains a control character");
  CHECK(problem("a\xc2\x9b.sql") == "contains a control character");
  CHECK(problem("a\xe2\x80\xaelqs.sql") == "contains a control character");
  CHECK(problem("a\xe2\x81\xa6.sql") == "contains a control character");
  CHECK(problem("a\xff.sql") == "is not valid UTF-8");
  CHECK(problem("gr\xc3\xb6\xc3\x9f"
                "e \xe2\x82\xac.sql")
            .empty());
  CHECK(problem("..a.sql").empty());
  CHECK(problem("db/.hidden/a..b.sql").empty());
}

TEST_CASE("trees that name each other a thousand million times end in an error, quickly") {
  TestRepository source;
  auto id = source.object("blob", "");
  std::string mode = "100644";
  for (int level = 0; level < 9; ++level) {
    std::string tree;
    for (char name = 'a'; name < 'k'; ++name) {
      tree += TestRepository::tree_entry(mode, std::string(1, name), id);
    }
    id = source.object("tree", tree);
    mode = "40000";
  }
  const auto repository = Repository::open(source.path());
  CHECK_THROWS_WITH(repository.list(id), ContainsSubstring("more than 1000000 files"));
}

TEST_CASE("folders nested without end") {
  TestRepository source;
  auto id = source.object("tree", "");
  for (int level = 0; level < 600; ++level) {
    id = source.object("tree", TestRepository::tree_entry("40000", "d", id));
  }
  const auto repository = Repository::open(source.path());
  CHECK_THROWS_WITH(repository.list(id), ContainsSubstring("nested folders"));
}

TEST_CASE("a blob is read as it is, up to a limit") {
  TestRepository source;
  const std::string text("a\r\n\0\xff", 5);
  const auto small = source.object("blob", text);
  const auto large = source.object("blob", std::string(Repository::read_limit + 1, 'x'));
  const auto tree = source.object("tree", "");
  const auto repository = Repository::open(source.path());
  CHECK(repository.read(small) == text);
  CHECK(repository.read(small, 5) == text);
  CHECK(repository.read(small, 4) == std::nullopt);
  CHECK(repository.read(large) == std::nullopt);
  CHECK(repository.read(large, Repository::read_limit + 1)->size() == Repository::read_limit + 1);
  CHECK(repository.read(source.object("blob", "")) == "");
  CHECK_THROWS_WITH(repository.read(tree), ContainsSubstring("is a tree, not a file"));
}

TEST_CASE("paths that differ only in case") {
  TestRepository source;
  const auto commit =
      source.commit("main", {{"db/A.sql", "1"}, {"db/a.sql", "2"}, {"DB/b.sql", "3"}, {"c", "4"}});
  const auto files = Repository::open(source.path()).list(commit);
  using Pair = std::pair<std::string, std::string>;
  CHECK(case_collisions(files) == std::vector<Pair>{{"db/A.sql", "db/a.sql"}});
}

}  // namespace
}  // namespace schemagate::git
