// SPDX-License-Identifier: MIT
#include "git/repository.h"

#include <git2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/repository.h"

namespace schemagate::git {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using testing::run_git;
using testing::TemporaryFolder;
using testing::TestRepository;

/// The error that `action` throws; a test fails when it throws none.
template <typename Action>
Error error_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no Error was thrown");
  return {ErrorKind::internal, ""};
}

template <typename Action>
bool is_missing(const Action& action) {
  try {
    action();
  } catch (const MissingObject&) {
    return true;
  } catch (const Error& error) {
    UNSCOPED_INFO(error.what());
  }
  return false;
}

/// Three commits on main, named in the order they were made.
struct History {
  TestRepository origin;
  std::vector<std::string> commits;

  History() {
    for (const auto* text : {"one", "two", "three"}) {
      commits.push_back(origin.commit("main", {{"db/schema.sql", text}}));
    }
  }

  /// A clone made by the git program with these options.
  std::string clone(const TemporaryFolder& folder, std::vector<std::string> options) const {
    const auto target = (folder.path() / "clone").string();
    options.insert(options.begin(), "clone");
    options.push_back("file://" + origin.path());
    options.push_back(target);
    run_git(folder.path(), options);
    return target;
  }
};

TEST_CASE("a repository is found from its root, a folder in it, and its .git") {
  const History history;
  history.origin.write("db/deep/file.sql", "");
  for (const auto* folder : {"", "/db/deep", "/.git"}) {
    const auto repository = Repository::open(history.origin.path() + folder);
    CHECK(repository.resolve("main") == history.commits[2]);
    CHECK(repository.root() == history.origin.path() + "/");
  }
}

TEST_CASE("a folder that is in no repository") {
  const TemporaryFolder folder;
  const auto error = error_of([&] { Repository::open(folder.path().string()); });
  CHECK(error.kind == ErrorKind::repository);
  CHECK(error.what() == folder.path().string() + " is not in a git repository");
  CHECK_THAT(error.hint, ContainsSubstring("actions/checkout"));
  CHECK_THROWS_AS(Repository::open((folder.path() / "nothing").string()), Error);
}

TEST_CASE("a bare repository") {
  const History history;
  const TemporaryFolder folder;
  const auto repository = Repository::open(history.clone(folder, {"--bare"}));
  CHECK(repository.resolve("main") == history.commits[2]);
  CHECK(repository.root().empty());
}

TEST_CASE("a linked work tree, and one whose repository is not there") {
  const History history;
  const TemporaryFolder folder;
  const auto tree = (folder.path() / "tree").string();
  run_git(history.origin.path(), {"worktree", "add", "-q", tree, history.commits[0]});
  {
    const auto repository = Repository::open(tree);
    CHECK(repository.resolve("HEAD") == history.commits[0]);
    CHECK(repository.resolve("main") == history.commits[2]);
    CHECK(repository.root() == tree + "/");
  }
  fs::remove_all(history.origin.git_dir());
  const auto error = error_of([&] { Repository::open(tree); });
  CHECK(error.kind == ErrorKind::repository);
  CHECK_THAT(error.hint, ContainsSubstring("points to another folder"));
}

TEST_CASE("a repository that belongs to somebody else") {
  if (geteuid() != 0) SKIP("only root can give a folder away");
  const History history;
  REQUIRE(chown(history.origin.path().c_str(), 12345, 12345) == 0);
  REQUIRE(chown(history.origin.git_dir().c_str(), 12345, 12345) == 0);
  CHECK(Repository::open(history.origin.path()).resolve("main") == history.commits[2]);
}

TEST_CASE("repository format extensions that change nothing for a reader") {
  const History history;
  const std::string config =
      "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tworktreeConfig = true\n"
      "\tpartialClone = origin\n\tpreciousObjects = true\n\trelativeWorktrees = true\n";
  history.origin.write(".git/config", config);
  CHECK(Repository::open(history.origin.path()).resolve("main") == history.commits[2]);
  history.origin.write(".git/config", config + "\trefStorage = reftable\n");
  const auto error = error_of([&] { Repository::open(history.origin.path()); });
  CHECK_THAT(error.what(), ContainsSubstring("extension"));
}

TEST_CASE("every way to name a commit") {
  History history;
  const auto& commits = history.commits;
  history.origin.branch("feature/a", commits[1]);
  history.origin.reference("refs/remotes/origin/release", commits[0]);
  history.origin.reference("refs/tags/v1", commits[0]);
  const auto tag = history.origin.object(
      "tag",
      "object " + commits[1] + "\ntype commit\ntag v2\ntagger T <t@example.com> 1 +0000\n\n");
  history.origin.reference("refs/tags/v2", tag);
  const auto repository = Repository::open(history.origin.path());
  CHECK(repository.resolve("HEAD") == commits[2]);
  CHECK(repository.resolve("HEAD~2") == commits[0]);
  CHECK(repository.resolve("main^") == commits[1]);
  CHECK(repository.resolve("feature/a") == commits[1]);
  CHECK(repository.resolve("refs/heads/main") == commits[2]);
  CHECK(repository.resolve("origin/release") == commits[0]);
  CHECK(repository.resolve("v1") == commits[0]);
  CHECK(repository.resolve("v2") == commits[1]);
  CHECK(repository.resolve(commits[1]) == commits[1]);
  CHECK(repository.resolve(commits[1].substr(0, 10)) == commits[1]);
}

TEST_CASE("a revision that is not there is named, with what was probably meant") {
  History history;
  history.origin.reference("refs/remotes/origin/release", history.commits[0]);
  const auto repository = Repository::open(history.origin.path());
  const auto hint = [&](const std::string& revision) {
    const auto error = error_of([&] { repository.resolve(revision); });
    CHECK(error.what() == "revision \"" + revision + "\" is not in this clone");
    return error.hint;
  };
  CHECK(hint("release") == "did you mean \"origin/release\"?");
  CHECK(hint("mian") == "did you mean \"main\"?");
  CHECK_THAT(hint("something-else"), ContainsSubstring("git branch --all"));
  CHECK_THAT(hint("HEAD~3"), ContainsSubstring("git branch --all"));
  // An id may be in another clone.
  CHECK(is_missing([&] { repository.resolve(std::string(40, 'a')); }));
}

TEST_CASE("what is no revision of a commit") {
  History history;
  const auto blob = history.origin.object("blob", "text");
  const auto repository = Repository::open(history.origin.path());
  CHECK_THAT(error_of([&] { repository.resolve(blob); }).what(),
             ContainsSubstring("is a blob, not a commit"));
  CHECK_THROWS_AS(repository.resolve(""), Error);
  CHECK_THROWS_AS(repository.resolve(std::string("main\0x", 6)), Error);
  CHECK_THROWS_AS(repository.resolve("main:db/schema.sql"), Error);
  CHECK_THROWS_AS(repository.resolve("main..main"), Error);
}

TEST_CASE("a repository without a commit") {
  const TestRepository empty;
  const auto repository = Repository::open(empty.path());
  CHECK(error_of([&] { repository.resolve("HEAD"); }).hint == "the repository has no commit yet");
}

TEST_CASE("merge bases: a fork, an ancestor, a criss-cross, and unrelated histories") {
  TestRepository source;
  const auto root = source.commit("main", {{"a", "1"}});
  source.branch("topic", root);
  const auto main = source.commit("main", {{"a", "2"}});
  const auto topic = source.commit("topic", {{"b", "1"}});
  const auto stranger = source.commit("stranger", {{"a", "1"}});
  const auto repository = Repository::open(source.path());
  CHECK(repository.merge_bases(main, topic) == std::vector{root});
  CHECK(repository.merge_bases(root, topic) == std::vector{root});
  CHECK(repository.merge_bases(topic, topic) == std::vector{topic});

  source.branch("other", main);
  const auto one = source.merge("main", "topic");
  const auto two = source.merge("topic", "other");
  auto expected = std::vector{main, topic};
  std::sort(expected.begin(), expected.end());
  CHECK(repository.merge_bases(one, two) == expected);

  const auto error = error_of([&] { repository.merge_bases(main, stranger); });
  CHECK_THAT(error.what(), ContainsSubstring("unrelated histories"));
  CHECK_FALSE(is_missing([&] { repository.merge_bases(main, stranger); }));
}

TEST_CASE("a shallow clone has its tip, and names the remedy for what is cut off") {
  const History history;
  const TemporaryFolder folder;
  const auto repository = Repository::open(history.clone(folder, {"--depth=1"}));
  CHECK(repository.is_incomplete());
  CHECK(repository.resolve("HEAD") == history.commits[2]);
  CHECK(repository.list(history.commits[2]).size() == 1);
  CHECK_THAT(error_of([&] { repository.resolve(history.commits[0]); }).hint,
             ContainsSubstring("`fetch-depth: 0`"));
  CHECK(is_missing([&] { repository.resolve("HEAD~1"); }));
  CHECK(is_missing([&] { repository.resolve("origin/release"); }));
  CHECK(is_missing([&] { repository.list(history.commits[1]); }));
}

TEST_CASE("a merge base in a shallow clone counts only where no better one can be hidden") {
  TestRepository source;
  for (const auto* text : {"1", "2", "3", "4", "5", "6"}) source.commit("main", {{"a", text}});
  const auto base = source.tip("main");
  source.branch("topic", base);
  for (const auto* text : {"7", "8"}) source.commit("main", {{"a", text}});
  source.commit("topic", {{"b", "1"}});
  for (const int depth : {1, 2, 3, 4, 7}) {
    const TemporaryFolder folder;
    run_git(folder.path(), {"clone", "--no-single-branch", "--depth=" + std::to_string(depth),
                            "file://" + source.path(), "clone"});
    const auto repository = Repository::open((folder.path() / "clone").string());
    const auto main = repository.resolve("origin/main");
    const auto topic = repository.resolve("origin/topic");
    std::vector<std::string> bases;
    const bool missing = is_missing([&] { bases = repository.merge_bases(main, topic); });
    INFO("depth " << depth);
    if (depth < 3) CHECK(missing);
    if (depth == 7) CHECK_FALSE(missing);
    if (!missing) CHECK(bases == std::vector{base});
  }
}

TEST_CASE("a merge base that a shallow clone shows is not taken for the better one it hides") {
  //  old <- middle <- c2 <- c1 <- one     old is a parent of `one` and `two` as well: a clone of
  //                \- d2 <- d1 <- two      depth 3 shows it, and not `middle`, the true merge base.
  TestRepository source;
  source.commit("main", {{"a", "0"}});
  const auto old = source.commit("main", {{"a", "1"}});
  const auto middle = source.commit("main", {{"a", "2"}});
  const auto tree = source.object("tree", "");
  const auto grow = [&] {
    const auto second = source.commit_tree(tree, {middle});
    const auto first = source.commit_tree(tree, {second});
    return source.commit_tree(tree, {first, old});
  };
  const auto one = grow();
  const auto two = grow();
  source.branch("one", one);
  source.branch("two", two);
  CHECK(Repository::open(source.path()).merge_bases(one, two) == std::vector{middle});
  const TemporaryFolder folder;
  run_git(folder.path(), {"clone", "--no-checkout", "--no-single-branch", "--depth=3",
                          "file://" + source.path(), "clone"});
  const auto shallow = Repository::open((folder.path() / "clone").string());
  CHECK(shallow.resolve(old) == old);
  CHECK(is_missing([&] { shallow.merge_bases(one, two); }));
}

TEST_CASE("a partial clone lacks blobs and says which") {
  const History history;
  run_git(history.origin.path(), {"config", "uploadpack.allowFilter", "true"});
  const TemporaryFolder folder;
  const auto repository =
      Repository::open(history.clone(folder, {"--filter=blob:none", "--no-checkout"}));
  CHECK(repository.is_incomplete());
  CHECK(repository.merge_bases(history.commits[0], history.commits[2]) ==
        std::vector{history.commits[0]});
  const auto files = repository.list(history.commits[0]);
  REQUIRE(files.size() == 1);
  const auto error = error_of([&] { repository.read(files[0].blob); });
  CHECK_THAT(error.what(), ContainsSubstring(files[0].blob));
  CHECK_THAT(error.hint, ContainsSubstring("`fetch-depth: 0`"));
  CHECK(is_missing([&] { repository.read(files[0].blob); }));
}

TEST_CASE("a full clone is complete; a damaged one names what is gone") {
  History history;
  const auto stranger = history.origin.commit("stranger", {{"a", "1"}});
  const auto repository = Repository::open(history.origin.path());
  CHECK_FALSE(repository.is_incomplete());
  const auto blob = repository.list(history.commits[0]).at(0).blob;
  fs::remove(history.origin.git_dir() + "/objects/" + blob.substr(0, 2) + "/" + blob.substr(2));
  CHECK_THAT(error_of([&] { repository.read(blob); }).what(), ContainsSubstring(blob));
  const auto& commit = history.commits[0];
  fs::remove(history.origin.git_dir() + "/objects/" + commit.substr(0, 2) + "/" + commit.substr(2));
  const auto again = Repository::open(history.origin.path());
  CHECK(is_missing([&] { again.resolve("main~2"); }));
  CHECK_THAT(error_of([&] { again.merge_bases(stranger, history.commits[2]); }).what(),
             ContainsSubstring(commit));
}

TEST_CASE("the origin's address comes without what one logs in with") {
  const History history;
  const auto url = [&](const std::string& value) {
    run_git(history.origin.path(), {"config", "remote.origin.url", value});
    return Repository::open(history.origin.path()).origin_url();
  };
  CHECK(Repository::open(history.origin.path()).origin_url() == std::nullopt);
  CHECK(url("https://github.com/a/b.git") == "https://github.com/a/b.git");
  CHECK(url("https://x:token@github.com/a/b") == "https://github.com/a/b");
  CHECK(url("https://to@ken@github.com/a@b") == "https://github.com/a@b");
  CHECK(url("git@github.com:a/b.git") == "git@github.com:a/b.git");
}

TEST_CASE("nobody's configuration takes part: libgit2 looks for none") {
  const History history;
  const auto repository = Repository::open(history.origin.path());
  for (const int level : {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
                          GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL}) {
    git_buf path{};
    REQUIRE(git_libgit2_opts(GIT_OPT_GET_SEARCH_PATH, level, &path) == 0);
    CHECK(std::string(path.ptr, path.size).empty());
    git_buf_dispose(&path);
  }
}

TEST_CASE("GIT_DIR and its like do not redirect us") {
  const History history;
  setenv("GIT_DIR", "/nonexistent", 1);
  CHECK(Repository::open(history.origin.path()).resolve("main") == history.commits[2]);
  unsetenv("GIT_DIR");
}

}  // namespace
}  // namespace schemagate::git
