// SPDX-License-Identifier: MIT
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "git/libgit2.h"
#include "git/repository.h"
#include "tests/repository.h"

namespace schemagate::git {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using testing::run_git;
using testing::TestRepository;

using Texts = std::map<std::string, std::string>;

/// The snapshot's files with their texts.
Texts snapshot(const std::string& path, const PathFilter& wanted = {}) {
  auto repository = Repository::open(path);
  Texts texts;
  for (const auto& file : repository.list(repository.snapshot_work_tree(wanted))) {
    texts[file.path] = repository.read(file.blob).value();
  }
  return texts;
}

/// Every file below .git with its size, to see that nothing was written there.
std::map<std::string, std::uintmax_t> insides(const std::string& git_dir) {
  std::map<std::string, std::uintmax_t> files;
  for (const auto& file : fs::recursive_directory_iterator(git_dir)) {
    if (file.is_regular_file()) files[file.path().string()] = file.file_size();
  }
  return files;
}

TEST_CASE("the work tree: changed, new, staged, deleted and ignored files") {
  TestRepository source;
  source.commit("main", {{".gitignore", "*.log\n/build/\n"},
                         {"db/kept.sql", "kept"},
                         {"db/changed.sql", "old"},
                         {"db/gone.sql", "gone"},
                         {"db/unstaged.sql", "same"}});
  source.checkout("main");
  source.write("db/changed.sql", "new");
  source.write("db/new/file.sql", "untracked");
  source.write("db/staged.sql", "staged");
  run_git(source.path(), {"add", "db/staged.sql"});
  run_git(source.path(), {"rm", "--quiet", "--cached", "db/unstaged.sql"});
  source.write("x.log", "ignored");
  source.write("build/y.sql", "ignored");
  fs::remove(source.path() + "/db/gone.sql");
  const auto before = insides(source.git_dir());
  CHECK(snapshot(source.path()) == Texts{{".gitignore", "*.log\n/build/\n"},
                                         {"db/changed.sql", "new"},
                                         {"db/kept.sql", "kept"},
                                         {"db/new/file.sql", "untracked"},
                                         {"db/staged.sql", "staged"},
                                         {"db/unstaged.sql", "same"}});
  CHECK(insides(source.git_dir()) == before);
}

TEST_CASE("changes of the work tree are found like those of a commit") {
  TestRepository source;
  const std::string text = "CREATE TABLE users (\n  id bigint,\n  email text\n);\n";
  const auto commit = source.commit("main", {{"a.sql", text}, {"b.sql", "b"}, {"c.sql", "c"}});
  source.checkout("main");
  fs::rename(source.path() + "/a.sql", source.path() + "/users.sql");
  source.write("b.sql", "b2");
  auto repository = Repository::open(source.path());
  const auto files = repository.changed_files(commit, repository.snapshot_work_tree());
  REQUIRE(files.size() == 2);
  CHECK(files[0].status == FileStatus::modified);
  CHECK(repository.read(files[0].after.blob) == "b2");
  CHECK(files[1].status == FileStatus::renamed);
  CHECK(files[1].after.path == "users.sql");
  // Again, after another change, by the same object.
  source.write("b.sql", "b");
  CHECK(repository.changed_files(commit, repository.snapshot_work_tree()).size() == 1);
}

TEST_CASE("only wanted files are taken in, so a huge one beside them does not matter") {
  TestRepository source;
  source.commit("main", {{"db/a.sql", "a"}});
  source.checkout("main");
  source.write("dump.sql", "");
  fs::resize_file(source.path() + "/dump.sql", std::uintmax_t{65} << 20);
  const auto wanted = [](std::string_view path) { return path.starts_with("db/"); };
  CHECK(snapshot(source.path(), wanted) == Texts{{"db/a.sql", "a"}});
  auto repository = Repository::open(source.path());
  CHECK_THROWS_WITH(repository.snapshot_work_tree(), ContainsSubstring("can't read dump.sql"));
}

TEST_CASE("what a sparse checkout left out is unchanged") {
  TestRepository source;
  source.commit("main", {{"db/a.sql", "a"}, {"web/index.sql", "b"}});
  source.checkout("main");
  run_git(source.path(), {"sparse-checkout", "set", "db"});
  REQUIRE_FALSE(fs::exists(source.path() + "/web/index.sql"));
  source.write("db/a.sql", "a2");
  CHECK(snapshot(source.path()) == Texts{{"db/a.sql", "a2"}, {"web/index.sql", "b"}});
}

TEST_CASE("a file in conflict is what the disk says, an announced one too") {
  TestRepository source;
  source.commit("main", {{"a.sql", "1\n"}, {"b.sql", "1\n"}});
  source.branch("topic", source.tip("main"));
  source.commit("topic", {{"a.sql", "2\n"}, {"b.sql", "2\n"}});
  source.commit("main", {{"a.sql", "3\n"}, {"b.sql", std::nullopt}});
  source.checkout("main");
  try {
    run_git(source.path(),
            {"-c", "user.name=T", "-c", "user.email=t@example.com", "merge", "topic"});
  } catch (const std::exception& conflict) {
    CHECK_THAT(conflict.what(), ContainsSubstring("CONFLICT"));
  }
  fs::remove(source.path() + "/b.sql");
  source.write("announced.sql", "announced");
  run_git(source.path(), {"add", "--intent-to-add", "announced.sql"});
  const auto texts = snapshot(source.path());
  CHECK(texts.size() == 2);
  CHECK_THAT(texts.at("a.sql"), ContainsSubstring("<<<<<<<"));
  CHECK(texts.at("announced.sql") == "announced");
}

TEST_CASE("symlinks are kept as symlinks and never followed") {
  TestRepository source;
  const testing::TemporaryFolder outside;
  outside.write("secret.sql", "secret");
  source.commit("main", {{"db/a.sql", "a"}, {"real/b.sql", "b"}});
  source.checkout("main");
  fs::remove_all(source.path() + "/db");
  fs::create_directory_symlink(outside.path(), source.path() + "/db");
  fs::create_symlink(outside.path() / "secret.sql", source.path() + "/link.sql");
  auto repository = Repository::open(source.path());
  const auto files = repository.list(repository.snapshot_work_tree());
  REQUIRE(files.size() == 3);
  CHECK(files[0].path == "db");
  CHECK(files[0].kind == FileKind::symlink);
  CHECK(files[1].path == "link.sql");
  CHECK(files[1].kind == FileKind::symlink);
  CHECK(files[2].path == "real/b.sql");
}

TEST_CASE("files are read below the root only, and only when they are files") {
  const testing::TemporaryFolder folder;
  folder.write("root/db/a.sql", "a");
  folder.write("outside.sql", "outside");
  const auto root = (folder.path() / "root").string();
  fs::create_directory_symlink(folder.path(), root + "/up");
  fs::create_symlink(folder.path() / "outside.sql", root + "/link.sql");
  REQUIRE(mkfifo((root + "/pipe.sql").c_str(), 0600) == 0);
  CHECK(read_below(root, "db/a.sql", 1) == "a");
  CHECK(read_below(root, "db/b.sql", 1) == std::nullopt);
  CHECK_THROWS_AS(read_below(root, "db/a.sql", 0), Error);
  CHECK_THROWS_AS(read_below(root, "up/outside.sql", 100), Error);
  CHECK_THROWS_AS(read_below(root, "link.sql", 100), Error);
  CHECK_THROWS_WITH(read_below(root, "pipe.sql", 100), ContainsSubstring("not a regular file"));
  CHECK_THROWS_AS(read_below(root, "db", 100), Error);
}

TEST_CASE("a repository without a work tree, and one without a commit") {
  const testing::TemporaryFolder folder;
  run_git(folder.path(), {"init", "--quiet", "--bare", "bare"});
  auto bare = Repository::open((folder.path() / "bare").string());
  CHECK_THROWS_WITH(bare.snapshot_work_tree(), "a bare repository has no work tree");
  const TestRepository fresh;
  fresh.write("db/a.sql", "a");
  CHECK(snapshot(fresh.path()) == Texts{{"db/a.sql", "a"}});
}

}  // namespace
}  // namespace schemagate::git
