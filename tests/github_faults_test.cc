// SPDX-License-Identifier: MIT
// GitHub in trouble, request by request: whatever goes wrong with any request of a run, every
// finding is posted or printed, the exit code is the verdict's, what was not posted is named, and
// no status is green that should not be.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "tests/faults.h"
#include "tests/story_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

const Files base = shop_with_users();
const char* const two_findings =
    "CREATE INDEX users_email_idx ON users (email);\nALTER TABLE users DROP COLUMN plan;\n";
const char* const nothing_found = "CREATE INDEX CONCURRENTLY users_email_idx ON users (email);\n";

/// A pull request, and what its job is told.
struct Scene {
  const char* sql = two_findings;
  std::map<std::string, std::string> inputs = {};
  Files from = base;
};

struct Played {
  explicit Played(const Scene& scene) : story(scene.from) {
    story.push({{"m/2_change.sql", File(scene.sql)}});
    job.emplace(SCHEMAGATE_BINARY, story);
    job->report_everything();
    for (const auto& [name, value] : scene.inputs) job->set(name, value);
  }
  void play() { run = job->run(); }
  github::Status status() const { return story.github().status(story.head(), "schemagate"); }

  Story story;
  std::optional<StoryJob> job;
  ProgramRun run;
};

/// The kinds of requests of an undisturbed run, as method and path.
std::vector<SentRequest> kinds_of_requests(const Scene& scene) {
  Played undisturbed(scene);
  undisturbed.play();
  std::vector<SentRequest> kinds;
  std::set<std::string> seen;
  for (SentRequest request : undisturbed.story.github().requests()) {
    request.target = request.target.substr(0, request.target.find('?'));
    if (seen.insert(request.method + request.target).second) kinds.push_back(request);
  }
  return kinds;
}

std::unique_ptr<Played> play(const Scene& scene, const SentRequest& hit, Fault fault) {
  auto played = std::make_unique<Played>(scene);
  fault.method = hit.method;
  fault.path = hit.target;
  fault.whole_path = true;
  played->story.github().fail(fault);
  played->play();
  return played;
}

template <class Check>
void at_every_request(const Scene& scene, const std::vector<NamedFault>& faults,
                      const Check& check) {
  at_every_request(
      kinds_of_requests(scene), faults,
      [&](const SentRequest& hit, const Fault& fault) { return play(scene, hit, fault); }, check);
}

/// A job that has one second for GitHub waits for none of what lasts.
const std::map<std::string, std::string> no_patience{{"INPUT_API-TIME-BUDGET", "1"}};

/// Somewhere where somebody reads it without GitHub's help.
void check_nothing_is_lost(const Played& ended) {
  for (const char* rule : {"blocking-index-build", "drop-column", "missing-lock-timeout"}) {
    CHECK_THAT(ended.run.out, ContainsSubstring(rule));
    CHECK_THAT(ended.job->summary(), ContainsSubstring(rule));
    CHECK_THAT(ended.job->workspace(".schemagate/report.json"), ContainsSubstring(rule));
  }
}

/// What the log says after "REPORTER: not posted: "; empty when it says nothing.
std::string why_not(const Played& ended, const std::string& reporter) {
  const std::string start = "\n" + reporter + ": not posted: ";
  const std::size_t at = ended.run.out.find(start);
  if (at == std::string::npos) return {};
  return ended.run.out.substr(at + start.size(),
                              ended.run.out.find('\n', at + 1) - at - start.size());
}

/// Each reporter's words stand on GitHub, or the log and the summary say why not and what to do.
void check_posted_or_told(const Played& ended, bool has_findings) {
  const FakeGitHub& github = ended.story.github();
  const std::map<std::string, bool> is_there{
      {"review", !has_findings || !github.review_comments(7).empty()},
      {"comment", !github.comments(7).empty()},
      {"check-run", !github.check_runs(ended.story.head()).empty()},
      {"status", !ended.status().context.empty()}};
  for (const auto& [reporter, posted] : is_there) {
    const std::string why = why_not(ended, reporter);
    INFO(reporter << ": " << why);
    CHECK((posted || !why.empty()));
    // What took effect before the connection went is looked for.
    if (reporter == "status") CHECK(posted == why.empty());
    if (why.empty()) continue;
    CHECK_THAT(why, ContainsSubstring("?") || ContainsSubstring("again"));
    CHECK_THAT(ended.job->summary(),
               ContainsSubstring("Not posted: ") && ContainsSubstring(reporter));
  }
}

TEST_CASE("whatever fails at whatever request, every finding is told and the gate is closed",
          "[github][faults]") {
  at_every_request({two_findings, no_patience}, lasting_faults(), [](const Played& ended) {
    CHECK(ended.run.exit_code == 1);
    check_nothing_is_lost(ended);
    check_posted_or_told(ended, true);
    const github::Status status = ended.status();
    CHECK((status.context.empty() || status.state == github::State::failure));
    // Whatever else fails, time for the status is left; from the ninth write on they are a second
    // apart, which this job does not have.
    if (status.context.empty() && ended.story.sent("POST") < 8)
      CHECK_FALSE(why_not(ended, "status").starts_with("the 1 s"));
  });
}

TEST_CASE("a job that fails because GitHub refused its report leaves no green status",
          "[github][faults]") {
  std::map<std::string, std::string> inputs = no_patience;
  inputs["INPUT_POST-FAILURE"] = "error";
  at_every_request({nothing_found, inputs}, lasting_faults(), [](const Played& ended) {
    const std::string& said = ended.run.out;
    const bool was_refused = said.find("not posted: ") != std::string::npos;
    CHECK(ended.run.exit_code == (was_refused ? 2 : 0));
    // A status that may or may not have arrived says what was judged.
    for (const char* reporter : {"review", "comment", "check-run"})
      if (!why_not(ended, reporter).empty()) CHECK(ended.status().state != github::State::success);
  });
}

TEST_CASE("a job that can't judge says why and is never green, whatever fails at whatever request",
          "[github][faults]") {
  Files broken = base;
  broken.insert_or_assign(".schemagate.yml", File("databaes: []\n"));
  at_every_request({nothing_found, no_patience, broken}, lasting_faults(), [](const Played& ended) {
    CHECK(ended.run.exit_code == 2);
    CHECK_THAT(ended.run.err, ContainsSubstring("databaes"));
    CHECK_THAT(ended.job->output(), ContainsSubstring("\nerror\n"));
    const github::Status status = ended.status();
    CHECK((status.context.empty() || status.state == github::State::error));
    check_posted_or_told(ended, false);
  });
}

TEST_CASE("trouble that passes leaves no trace, at whatever request it was", "[github][faults]") {
  const Scene scene;
  Played undisturbed(scene);
  undisturbed.play();
  const std::string wanted = undisturbed.story.github().everything();
  at_every_request(scene, passing_faults(), [&](const Played& ended) {
    CHECK(ended.run.exit_code == 1);
    CHECK(ended.story.github().everything() == wanted);
    CHECK_THAT(ended.run.out, !ContainsSubstring("not posted"));
  });
}

TEST_CASE("a refused report does not turn a pass into a failure, unless the workflow wants it",
          "[github][faults]") {
  const SentRequest comments{"POST", "/repos/acme/shop/issues/7/comments", "", {}, 0};
  const std::unique_ptr<Played> played = play({nothing_found}, comments, Fault::no_permission());
  const Played& ended = *played;
  CHECK(ended.run.exit_code == 0);
  CHECK_THAT(ended.run.out, ContainsSubstring("comment: not posted: 403"));
  CHECK_THAT(ended.run.out, ContainsSubstring("pull-requests: write"));
  CHECK(ended.status().state == github::State::success);
}

}  // namespace
}  // namespace schemagate::testing
