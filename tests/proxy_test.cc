// SPDX-License-Identifier: MIT
// The ways out of the program behind a proxy: GitHub's interface, and git where a clone lacks
// something. Both honour HTTPS_PROXY and NO_PROXY, in capitals or not, and give the proxy no token.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/connect_proxy.h"
#include "tests/git_server.h"
#include "tests/story_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

const char* const blocking = "CREATE INDEX users_email_idx ON users (email);\n";

std::string at(const std::string& credentials, const ConnectProxy& proxy) {
  return "http://" + credentials + "127.0.0.1:" + std::to_string(proxy.port());
}

/// A clone that lacks the pull request's history, which is at a server that no name makes near.
struct Far {
  TestRepository source;
  std::unique_ptr<GitServer> server;
  TemporaryFolder folder;

  Far() {
    source.commit("main", shop_with_users());
    source.branch("work", source.tip("main"));
    source.commit("work", {{"m/2.sql", File(blocking)}});
    source.commit("work", {{"NEWS.md", File("an index")}});
    server =
        std::make_unique<GitServer>(source.git_dir(), GitServerOptions{.https = true, .far = true});
    run_git(folder.path(),
            {"clone", "--depth=1", "--branch=work", "file://" + source.path(), clone()});
    run_git(clone(), {"remote", "set-url", "origin", server->url()});
  }
  std::string clone() const { return (folder.path() / "clone").string(); }
  int port() const { return std::stoi(server->root().substr(server->root().rfind(':') + 1)); }
  ProgramRun check(std::map<std::string, std::string> variables) const {
    ProgramSettings settings;
    settings.environment = std::move(variables);
    settings.environment.emplace("SSL_CERT_FILE", server->certificate());
    return run_program(SCHEMAGATE_BINARY,
                       {"check", "--repo", clone(), "--base", "main", "--no-rehearsal"}, settings);
  }
};

void check_judged(const ProgramRun& run) {
  INFO(run.out << run.err);
  CHECK(run.exit_code == 1);
  CHECK_THAT(run.out, ContainsSubstring("blocking-index-build"));
}

TEST_CASE("git goes through the proxy of HTTPS_PROXY, and past it where NO_PROXY says so") {
  const Far far;
  for (const char* name : {"HTTPS_PROXY", "https_proxy"}) {
    const ConnectProxy proxy(far.port());
    check_judged(far.check({{name, at("", proxy)}}));
    CHECK(proxy.requests().size() == 1);
    CHECK_THAT(proxy.seen(), ContainsSubstring("CONNECT 0.0.0.0:" + std::to_string(far.port())));
  }
  for (const char* name : {"NO_PROXY", "no_proxy"}) {
    const ConnectProxy proxy(far.port());
    check_judged(far.check({{"HTTPS_PROXY", at("", proxy)}, {name, "0.0.0.0"}}));
    CHECK(proxy.requests().empty());
  }
  const ConnectProxy proxy(far.port(), "kim", "secret");
  check_judged(far.check({{"HTTPS_PROXY", at("kim:secret@", proxy)}}));
  const ProgramRun refused = far.check({{"HTTPS_PROXY", at("", proxy)}});
  INFO(refused.err);
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, ContainsSubstring("proxy"));
}

TEST_CASE(
    "a certificate that nobody vouches for behind a proxy is said with the host and what to do") {
  const Far far;
  const ConnectProxy proxy(far.port(), "kim", "secret");
  const ProgramRun run =
      far.check({{"HTTPS_PROXY", at("kim:secret@", proxy)}, {"SSL_CERT_FILE", ""}});
  INFO(run.err);
  CHECK(run.exit_code == 2);
  CHECK_THAT(run.err,
             ContainsSubstring("no safe connection with 0.0.0.0 (HTTPS_PROXY is 127.0.0.1:" +
                               std::to_string(proxy.port()) + "): ") &&
                 ContainsSubstring("the input ca-file, or SSL_CERT_FILE, has to name") &&
                 !ContainsSubstring("secret"));
}

/// A job whose GitHub is at github.test, which only the proxy can reach.
struct Behind {
  Story story{shop_with_users(), {.https = true}};
  std::optional<StoryJob> job;

  Behind() {
    story.push({{"m/2.sql", File(blocking)}});
    job.emplace(SCHEMAGATE_BINARY, story);
    job->report_everything();
    job->set("INPUT_REPORTERS", "comment, status");
    job->set("INPUT_API-TIME-BUDGET", "5");
    job->set("GITHUB_API_URL", "https://github.test");
    job->set("SSL_CERT_FILE", story.github().certificate());
  }
};

TEST_CASE("GitHub is asked through the proxy of HTTPS_PROXY, and past it where NO_PROXY says so") {
  for (const char* name : {"HTTPS_PROXY", "https_proxy"}) {
    Behind behind;
    const ConnectProxy proxy(behind.story.github().port());
    behind.job->set(name, at("", proxy));
    const ProgramRun run = behind.job->run();
    INFO(run.out << run.err);
    CHECK(run.exit_code == 1);
    CHECK(behind.story.github().comments(7).size() == 1);
    REQUIRE(!proxy.requests().empty());
    CHECK(proxy.requests()[0] == "CONNECT github.test:443 HTTP/1.1");
    CHECK_THAT(proxy.seen(), !ContainsSubstring(behind.story.github().token()));
  }
  for (const char* name : {"NO_PROXY", "no_proxy"}) {
    Behind behind;
    const ConnectProxy proxy(behind.story.github().port());
    behind.job->set("HTTPS_PROXY", at("", proxy));
    behind.job->set(name, "0.0.0.0");
    behind.job->set("GITHUB_API_URL",
                    "https://0.0.0.0:" + std::to_string(behind.story.github().port()));
    const ProgramRun run = behind.job->run();
    INFO(run.out << run.err);
    // That it is reached is seen by its certificate, which is for another name.
    CHECK_THAT(run.out, ContainsSubstring("comment: not posted: the certificate is for another"));
    CHECK(proxy.requests().empty());
  }
}

}  // namespace
}  // namespace schemagate::testing
