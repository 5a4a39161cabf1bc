// SPDX-License-Identifier: MIT
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <filesystem>

#include "git/repository.h"
#include "tests/git_server.h"
#include "tests/repository.h"

namespace schemagate::git {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::ContainsSubstring;
using testing::GitServer;
using testing::TestRepository;

/// A base branch and a pull request from a fork, as GitHub keeps it.
struct PullRequest {
  TestRepository source;
  std::string fork_point;
  std::string base;
  std::string head;

  PullRequest() {
    source.commit("main", {{"db/schema.sql", "1"}});
    fork_point = source.commit("main", {{"db/schema.sql", "2"}});
    source.branch("topic", fork_point);
    base = source.commit("main", {{"db/schema.sql", "3"}});
    head = source.commit("topic", {{"db/other.sql", "4"}});
    source.reference("refs/pull/12/head", head);
    testing::run_git(source.path(), {"update-ref", "-d", "refs/heads/topic"});
  }
};

std::string message_of(const FetchRequest& request) {
  try {
    Repository::fetch(request);
  } catch (const Error& error) {
    return std::string(error.what()) + " | " + error.hint;
  }
  return "no error";
}

TEST_CASE("the base branch and a pull request's head come with their whole history") {
  const PullRequest pull;
  const GitServer server(pull.source.git_dir());
  const auto repository =
      Repository::fetch({server.url(), "", {"refs/heads/main", "refs/pull/12/head"}});
  CHECK(repository.resolve("main") == pull.base);
  CHECK(repository.resolve("origin/main") == pull.base);
  CHECK(repository.resolve("refs/pull/12/head") == pull.head);
  CHECK(repository.resolve(pull.head) == pull.head);
  CHECK(repository.merge_bases(pull.base, pull.head) == std::vector{pull.fork_point});
  const auto files = repository.list(pull.head);
  REQUIRE(files.size() == 2);
  CHECK(repository.read(files[0].blob) == "4");
  CHECK(repository.root().empty());
  CHECK_FALSE(repository.is_incomplete());
}

TEST_CASE("a shallow clone's gap is closed by a fetch of what it was cloned from") {
  const PullRequest pull;
  const testing::TemporaryFolder folder;
  testing::run_git(folder.path(), {"clone", "--depth=1", "file://" + pull.source.path(), "clone"});
  const auto shallow = Repository::open((folder.path() / "clone").string());
  CHECK_THROWS_AS(shallow.resolve(pull.fork_point), MissingObject);
  const GitServer server(pull.source.git_dir());
  CHECK(Repository::fetch({server.url(), "", {"refs/heads/main"}}).resolve(pull.fork_point) ==
        pull.fork_point);
}

TEST_CASE("the token is given to a server that asks, and to no other") {
  const PullRequest pull;
  const GitServer server(pull.source.git_dir(), {"s3cret"});
  const FetchRequest request{server.url(), "s3cret", {"refs/heads/main"}};
  CHECK(Repository::fetch(request).resolve("main") == pull.base);
  const auto requests = server.requests();
  REQUIRE(requests.size() >= 2);
  CHECK(requests[0] == "GET /owner/name/info/refs");
  CHECK(requests[1] == "GET /owner/name/info/refs authorization");

  const GitServer open(pull.source.git_dir());
  CHECK(Repository::fetch({open.url(), "s3cret", {"refs/heads/main"}}).resolve("main") ==
        pull.base);
  for (const auto& line : open.requests()) CHECK_THAT(line, !ContainsSubstring("authorization"));
}

TEST_CASE("a wrong token, or none, is refused once, and the message does not tell it") {
  const PullRequest pull;
  const GitServer server(pull.source.git_dir(), {"s3cret"});
  const auto wrong = message_of({server.url(), "wr0ng", {"refs/heads/main"}});
  CHECK_THAT(wrong, ContainsSubstring("can't fetch from " + server.url() + ": the server refused"));
  CHECK_THAT(wrong, ContainsSubstring("`permissions: contents: read`"));
  CHECK_THAT(wrong, !ContainsSubstring("wr0ng"));
  CHECK(server.requests().size() == 2);
  CHECK_THAT(message_of({server.url(), "", {"refs/heads/main"}}),
             ContainsSubstring("the server asks for a token | is the repository private?"));
}

TEST_CASE("a redirect to another host is not followed: the token belongs to one") {
  const PullRequest pull;
  const GitServer other(pull.source.git_dir(), {"s3cret"});
  auto elsewhere = other.url();
  elsewhere.replace(elsewhere.find("127.0.0.1"), 9, "localhost");
  const GitServer server(pull.source.git_dir(), {"", elsewhere});
  CHECK_THAT(message_of({server.url(), "s3cret", {"refs/heads/main"}}),
             ContainsSubstring("can't fetch from"));
  CHECK(other.requests().empty());
}

TEST_CASE("a certificate that nobody vouches for is refused, the given one is trusted") {
  const PullRequest pull;
  const GitServer server(pull.source.git_dir(), {.token = "s3cret", .https = true});
  FetchRequest request{server.url(), "s3cret", {"refs/heads/main"}};
  CHECK_THAT(message_of(request), ContainsSubstring("can't fetch from " + server.url()));
  CHECK(server.requests().empty());
  request.ca_file = server.certificate();
  CHECK(Repository::fetch(request).resolve("main") == pull.base);
  request.ca_file = pull.source.path() + "/nothing.pem";
  CHECK_THAT(message_of(request), ContainsSubstring("can't use the certificates in"));
}

TEST_CASE("a reference that the server lacks, one that is no reference, and no server") {
  const PullRequest pull;
  std::string url;
  {
    const GitServer server(pull.source.git_dir());
    url = server.url();
    CHECK_THAT(message_of({url, "", {"refs/heads/gone"}}),
               ContainsSubstring(url + " has no refs/heads/gone"));
    for (const auto* name : {"main", "refs/heads/*", "refs/heads/a:refs/heads/b", "+refs/heads/a",
                             "refs/heads/a b", ""}) {
      CHECK_THAT(message_of({url, "", {name}}), ContainsSubstring("is not a reference's name"));
    }
  }
  CHECK_THAT(message_of({url, "", {"refs/heads/main"}}), ContainsSubstring("can't fetch from"));
}

TEST_CASE("only https, only to an address that cannot be misread") {
  for (const auto* url :
       {"ssh://github.com/a/b", "file:///etc", "git@github.com:a/b", "/tmp/repository", "",
        "http://github.com/a/b", "http://127.0.0.1.evil.example/a",
        "http://localhost@evil.example/a", "https://token@github.com/a/b", "https:///a/b",
        "https://github.com:x/a/b", "https://github.com\\@evil.example/a", "https://github.com/a b",
        "https://github.com/a?b", "https://github.com/a%0ab", "http://[::2]/a"}) {
    INFO(url);
    CHECK_THAT(message_of({url, "s3cret", {"refs/heads/main"}}),
               ContainsSubstring("https://github.com/OWNER/REPOSITORY"));
  }
}

TEST_CASE("nothing is left in the temporary folder, after success and after failure") {
  const PullRequest pull;
  const testing::TemporaryFolder folder;
  const GitServer server(pull.source.git_dir());
  const char* old = getenv("TMPDIR");
  const std::string saved = old ? old : "";
  setenv("TMPDIR", folder.path().c_str(), 1);
  {
    const auto repository = Repository::fetch({server.url(), "", {"refs/heads/main"}});
    CHECK_FALSE(fs::is_empty(folder.path()));
    CHECK(fs::status(fs::directory_iterator(folder.path())->path()).permissions() ==
          fs::perms::owner_all);
  }
  CHECK(fs::is_empty(folder.path()));
  message_of({server.url(), "", {"refs/heads/gone"}});
  CHECK(fs::is_empty(folder.path()));
  old ? setenv("TMPDIR", saved.c_str(), 1) : unsetenv("TMPDIR");
}

}  // namespace
}  // namespace schemagate::git
