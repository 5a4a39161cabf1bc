// SPDX-License-Identifier: MIT
// Clones as people really have them: shallow, partial, of one branch, or none at all. What is
// missing is fetched from the server that the clone came from, and a note says so; where that can't
// be done, the message names what is missing and the setting that gets it.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/git_server.h"
#include "tests/program.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

constexpr const char* config =
    "databases:\n  - name: shop\n    migrations: {path: m, format: plain}\n";
constexpr const char* users = "CREATE TABLE users (id bigint PRIMARY KEY, email text);\n";
constexpr const char* blocking = "CREATE INDEX users_email_idx ON users (email);\n";

/// A pull request as a server keeps it: the base moved on after the branch was started.
struct Source {
  TestRepository repository;
  std::string fork_point, base, head;

  Source() {
    repository.commit("main", {{".schemagate.yml", config}, {"m/1.sql", users}});
    fork_point = repository.commit("main", {{"README.md", "1"}});
    base = repository.commit("main", {{"README.md", "2"}});
    repository.branch("work", fork_point);
    repository.commit("work", {{"m/2.sql", blocking}});
    head = repository.commit("work", {{"NEWS.md", "an index"}});
    repository.reference("refs/pull/7/head", head);
    run_git(repository.path(), {"config", "uploadpack.allowFilter", "true"});
  }
};

/// A clone of it, made with `flags`, whose origin is then `origin`.
struct Cloned {
  TemporaryFolder folder;
  std::string path;

  Cloned(const Source& source, const std::string& origin, std::vector<std::string> flags) {
    path = (folder.path() / "clone").string();
    flags.insert(flags.begin(), "clone");
    flags.insert(flags.end(), {"file://" + source.repository.path(), path});
    run_git(folder.path(), flags);
    run_git(path, {"remote", "set-url", "origin", origin});
  }
};

ProgramRun check(const std::string& path, std::vector<std::string> more,
                 const ProgramSettings& settings = {}) {
  std::vector<std::string> arguments{"check", "--repo", path, "--format", "json", "--no-rehearsal"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_program(SCHEMAGATE_BINARY, arguments, settings);
}

/// The index of the pull request is found, and one note of the run says what was fetched.
void require_judged(const ProgramRun& run, const std::string& server) {
  INFO(run.out << run.err);
  REQUIRE(run.exit_code == 1);
  const json report = json::parse(run.out);
  CHECK(report.at("databases").at(0).at("findings").at(0).at("rule") == "blocking-index-build");
  CHECK_THAT(report.at("notes").dump(), ContainsSubstring("fetched from " + server));
  CHECK_THAT(report.at("notes").dump(), ContainsSubstring("`fetch-depth: 0`"));
}

void require_refused(const ProgramRun& run, const std::string& named) {
  INFO(run.out << run.err);
  CHECK(run.exit_code == 2);
  CHECK_THAT(run.err, ContainsSubstring(named));
  CHECK_THAT(run.err, ContainsSubstring("fetch-depth: 0"));
}

TEST_CASE("what a shallow clone cut off is fetched from its origin") {
  const Source source;
  const GitServer server(source.repository.git_dir());
  const Cloned clone(source, server.url(), {"--depth=1", "--no-single-branch"});
  require_judged(check(clone.path, {"--base", "origin/main", "--head", "origin/work"}),
                 server.url());
  // Also where the clone knows nothing of the base, and by a branch's bare name.
  const Cloned narrow(source, server.url(), {"--depth=1", "--branch=work"});
  require_judged(check(narrow.path, {"--base", "main"}), server.url());
  require_judged(check(narrow.path, {"--base", source.base, "--head", "HEAD"}), server.url());
  require_judged(check(narrow.path, {"--base", source.base, "--head", "HEAD~1"}), server.url());
}

TEST_CASE("a commit that was never pushed is judged with the history that is fetched") {
  const Source source;
  const GitServer server(source.repository.git_dir());
  const Cloned clone(source, server.url(), {"--depth=1", "--branch=work"});
  run_git(clone.path, {"-c", "user.name=kim", "-c", "user.email=kim@example.org", "commit",
                       "--quiet", "--allow-empty", "-m", "local"});
  require_judged(check(clone.path, {"--base", "origin/main"}), server.url());
}

TEST_CASE("files that a partial clone left out are fetched") {
  const Source source;
  const GitServer server(source.repository.git_dir());
  const Cloned clone(source, server.url(), {"--filter=blob:none", "--no-checkout"});
  require_judged(check(clone.path, {"--base", "origin/main", "--head", "origin/work"}),
                 server.url());
  // Listing reads the configuration, which is missing, too.
  const ProgramRun list = run_program(
      SCHEMAGATE_BINARY, {"check", "--repo", clone.path, "--base", "origin/main", "--list"});
  CHECK(list.exit_code == 0);
  CHECK_THAT(list.out, ContainsSubstring("shop: m/"));
}

TEST_CASE("a sparse checkout lacks nothing: nothing is fetched") {
  const Source source;
  const GitServer server(source.repository.git_dir());
  const Cloned clone(source, server.url(), {"--sparse"});
  const ProgramRun run = check(clone.path, {"--base", "origin/main", "--head", "origin/work"});
  CHECK(run.exit_code == 1);
  CHECK(server.requests().empty());
}

TEST_CASE("without a server that can be asked the message names what is missing and the setting") {
  const Source source;
  const std::vector<std::string> commits{"--base", "origin/main", "--head", "origin/work"};
  const Cloned nowhere(source, "git@example.org:acme/shop.git",
                       {"--depth=1", "--no-single-branch"});
  require_refused(check(nowhere.path, commits), "the history between");
  const Cloned refusing(source, "http://127.0.0.1:1/acme/shop", {"--depth=1", "--branch=work"});
  require_refused(check(refusing.path, {"--base", source.base}), source.base);
  const ProgramRun run = check(refusing.path, {"--base", source.base});
  CHECK_THAT(run.err, ContainsSubstring("can't fetch from http://127.0.0.1:1/acme/shop"));
  const Cloned partial(source, "git@example.org:acme/shop.git",
                       {"--filter=blob:none", "--no-checkout"});
  require_refused(check(partial.path, commits), "can't read the object");
  CHECK(json::parse(run.out).at("verdict") == "error");
}

TEST_CASE("a commit that the server does not have either is named") {
  const Source source;
  const GitServer server(source.repository.git_dir());
  const Cloned clone(source, server.url(), {"--depth=1", "--no-single-branch"});
  const std::string none(40, 'a');
  require_refused(check(clone.path, {"--base", none}), none);
  require_refused(check(clone.path, {"--base", "origin/main", "--head", none}), none);
}

TEST_CASE("a whole clone is never fetched for, whatever is asked for") {
  const Source source;
  const GitServer server(source.repository.git_dir());
  const Cloned clone(source, server.url(), {});
  require_refused(check(clone.path, {"--base", std::string(40, 'a')}), std::string(40, 'a'));
  CHECK(server.requests().empty());
}

TEST_CASE("on the command line of a workflow the token fetches from this very repository alone") {
  const Source source;
  const GitServer server(source.repository.git_dir(), {.token = "s3cret", .name = "acme/shop"});
  ProgramSettings job;
  job.environment = {{"GITHUB_SERVER_URL", server.root()},
                     {"GITHUB_REPOSITORY", "acme/shop"},
                     {"GITHUB_REF", "refs/pull/7/merge"},
                     {"GITHUB_TOKEN", "s3cret"}};
  const Cloned clone(source, server.url() + ".git", {"--branch=main", "--single-branch"});
  require_judged(check(clone.path, {"--base", "origin/main", "--head", source.head}, job),
                 server.url());
  const GitServer other(source.repository.git_dir(), {.token = "s3cret", .name = "else/where"});
  const Cloned elsewhere(source, other.url(), {"--depth=1", "--branch=work"});
  require_refused(check(elsewhere.path, {"--base", source.base}, job), source.base);
  for (const std::string& request : other.requests())
    CHECK_THAT(request, !ContainsSubstring("authorization"));
}

TEST_CASE("the work tree of a shallow clone is judged without a fetch") {
  const Source source;
  const GitServer server(source.repository.git_dir());
  const Cloned clone(source, server.url(), {"--depth=1", "--branch=main"});
  std::filesystem::copy_file(std::filesystem::path(clone.path) / "m/1.sql",
                             std::filesystem::path(clone.path) / "m/3.sql");
  const ProgramRun run = check(clone.path, {"--uncommitted"});
  INFO(run.out << run.err);
  CHECK(run.exit_code == 1);
  CHECK(server.requests().empty());
}

}  // namespace
}  // namespace schemagate::testing
