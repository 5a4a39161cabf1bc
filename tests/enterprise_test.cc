// SPDX-License-Identifier: MIT
// GitHub Enterprise Server as a company has it: the interface below /api/v3, GraphQL beside it, all
// certificates signed by the company's own authority, links that stay on its host.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/git_server.h"
#include "tests/story_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

const char* const blocking = "SET lock_timeout = '5s';\nCREATE INDEX a ON users (email);\n";
const char* const harmless =
    "SET lock_timeout = '5s';\nCREATE INDEX CONCURRENTLY a ON users (email);\n";

/// A server of a company, its Git and its interface; an app of the company's own speaks.
class Enterprise {
 public:
  Enterprise() {
    story_.repository().reference("refs/remotes/origin/main", story_.base());
    server_ = std::make_unique<GitServer>(story_.repository().git_dir(),
                                          GitServerOptions{.name = "acme/shop", .https = true});
    authorities_ = folder_.write(
        "ca.pem", read_file(story_.github().certificate()) + read_file(server_->certificate()));
  }
  Story& story() { return story_; }
  const std::string& authorities() const { return authorities_; }
  std::string host() const { return server_->root(); }
  std::vector<std::string> fetched() const { return server_->requests(); }

  /// What a job in a checkout of the newest push, of depth 1, prints.
  ProgramRun judge(const std::string& authorities) {
    story_.repository().reference("refs/pull/7/head", story_.head());
    const std::string clone = (folder_.path() / story_.head()).string();
    run_git(folder_.path(), {"clone", "--quiet", "--depth=1", "--branch=work",
                             "file://" + story_.repository().path(), clone});
    Job job(SCHEMAGATE_BINARY, clone, story_.github());
    job.event("pull_request_target",
              {{"action", "synchronize"}, {"pull_request", shown(story_.pull_request())}});
    job.set("GITHUB_SERVER_URL", host());
    job.set("GITHUB_GRAPHQL_URL", replaced(story_.github().url(), "/api/v3", "/api/graphql"));
    job.set("GITHUB_ACTION_REPOSITORY", "acme/schemagate");
    job.set("GITHUB_ACTION_REF", "v1");
    job.set("INPUT_CA-FILE", authorities);
    job.set("INPUT_API-TIME-BUDGET", "10");
    ProgramRun run = job.run();
    run.out += job.summary();
    UNSCOPED_INFO(run.out << run.err);
    return run;
  }

 private:
  static std::string replaced(std::string text, const std::string& old, const std::string& by) {
    const std::size_t at = text.find(old);
    return at == std::string::npos ? text : text.replace(at, old.size(), by);
  }

  Story story_{
      shop_with_users(),
      {.base_path = "/api/v3", .viewer = "acme-schemagate[bot]", .viewer_id = 77, .https = true}};
  std::unique_ptr<GitServer> server_;
  TemporaryFolder folder_;
  std::string authorities_;
};

TEST_CASE("GitHub Enterprise Server: what is missing is fetched, what is found is said there") {
  Enterprise company;
  Story& story = company.story();
  for (int other = 0; other < 3; ++other) story.github().add_comment(7, "lee", "looks good");
  story.push({{"m/2.sql", File(blocking)}});
  ProgramRun run = company.judge(company.authorities());
  CHECK(run.exit_code == 1);
  CHECK_FALSE(company.fetched().empty());
  CHECK_THAT(run.out, !ContainsSubstring("not posted"));
  CHECK_THAT(run.out, !ContainsSubstring("github.com"));
  REQUIRE(story.github().review_comments(7).size() == 1);
  REQUIRE(story.github().comments(7).size() == 4);
  const std::string page = story.github().comments(7)[3].body;
  CHECK_THAT(page, ContainsSubstring("](" + company.host() + "/acme/shop/blob/" + story.head() +
                                     "/m/2.sql#L2)"));
  CHECK_THAT(page, !ContainsSubstring("github.com"));
  CHECK(story.github().check_runs(story.head()).size() == 1);
  const github::Status status = story.github().status(story.head(), "schemagate");
  CHECK(status.state == github::State::failure);
  CHECK(status.target_url == company.host() + "/acme/shop/actions/runs/42");

  // The next push finds what is there again, on pages behind the first.
  story.push({{"m/2.sql", File(harmless)}});
  run = company.judge(company.authorities());
  CHECK(run.exit_code == 0);
  REQUIRE(story.github().review_comments(7).size() == 1);
  CHECK_THAT(story.github().review_comments(7)[0].body, ContainsSubstring("Gone as of"));
  REQUIRE(story.github().comments(7).size() == 4);
  CHECK_THAT(story.github().comments(7)[3].body, ContainsSubstring("no findings"));
  CHECK(story.github().status(story.head(), "schemagate").state == github::State::success);
  for (const SentRequest& request : story.github().requests()) {
    INFO(request.method << " " << request.target);
    CHECK(request.status / 100 == 2);
  }
}

TEST_CASE("GitHub Enterprise Server: a certificate that is not trusted is named, with what to do") {
  Enterprise company;
  company.story().push({{"m/2.sql", File(blocking)}});
  const ProgramRun run = company.judge("");
  CHECK(run.exit_code == 2);
  CHECK_THAT(run.err, ContainsSubstring("no safe connection with localhost: ") &&
                          ContainsSubstring("the input ca-file, or SSL_CERT_FILE, has to name"));
  CHECK(company.fetched().empty());
  CHECK(company.story().github().requests().empty());
}

}  // namespace
}  // namespace schemagate::testing
