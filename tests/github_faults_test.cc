// SPDX-License-Identifier: MIT
// GitHub in trouble, request by request: whatever goes wrong with any request of a run, every
// finding is posted or printed, the exit code is the verdict's, what was not posted is named, and
// no status is green that should not be.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/begun.h"
#include "tests/faults.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

const Files two_findings{{"m/2_change.sql", File("CREATE INDEX users_email_idx ON users (email);\n"
                                                 "ALTER TABLE users DROP COLUMN plan;\n")}};
const Files nothing_found{
    {"m/2_change.sql", File("CREATE INDEX CONCURRENTLY users_email_idx ON users (email);\n")}};

/// What only reads goes wrong in the same way in a second push, where more of it is asked.
bool writes(const SentRequest& request) { return takes_effect(request); }

/// A job that has one second for GitHub waits for none of what lasts.
const Inputs no_patience{{"INPUT_API-TIME-BUDGET", "1"}};
const Inputs no_mercy{{"INPUT_API-TIME-BUDGET", "1"}, {"INPUT_POST-FAILURE", "error"}};

/// Somewhere where somebody reads it without GitHub's help.
void check_nothing_is_lost(const Played& ended, const std::vector<std::string>& rules) {
  for (const std::string& rule : rules) {
    CHECK_THAT(ended.run.out, ContainsSubstring(rule));
    CHECK_THAT(ended.job.summary(), ContainsSubstring(rule));
    CHECK_THAT(ended.report(), ContainsSubstring(rule));
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

/// The log and the summary say what was not posted, why not and what to do.
void check_told(const Played& ended, const std::string& reporter, bool posted) {
  const std::string why = why_not(ended, reporter);
  INFO(reporter << ": " << why);
  CHECK((posted || !why.empty()));
  // What took effect before the connection went is looked for, if there is time.
  const bool had_time = why.find(" time") == std::string::npos && !why.starts_with("the 1 s");
  if (reporter == "status" && had_time) CHECK(posted == why.empty());
  if (why.empty()) return;
  CHECK_THAT(why, ContainsSubstring("?") || ContainsSubstring("again"));
  CHECK_THAT(ended.job.summary(), ContainsSubstring("Not posted: ") && ContainsSubstring(reporter));
}

/// Each reporter's words stand on GitHub, or it is told.
void check_posted_or_told(const Played& ended, bool has_findings) {
  const FakeGitHub& github = ended.story.github();
  check_told(ended, "review", !has_findings || !github.review_comments(7).empty());
  check_told(ended, "comment", !github.comments(7).empty());
  check_told(ended, "check-run", !github.check_runs(ended.story.head()).empty());
  check_told(ended, "status", !ended.status().context.empty());
}

TEST_CASE("whatever fails at whatever request, every finding is told and the gate is closed",
          "[github][faults]") {
  const Begun begun(Pushes{{}, two_findings});
  at_every_request(begun, no_patience, {lasting_faults()}, [](const Played& ended, const Played&) {
    CHECK(ended.run.exit_code == 1);
    check_nothing_is_lost(ended, {"blocking-index-build", "drop-column", "missing-lock-timeout"});
    check_posted_or_told(ended, true);
    const github::Status status = ended.status();
    CHECK((status.context.empty() || status.state == github::State::failure));
  });
}

TEST_CASE("a job that fails because GitHub refused its report leaves no green status",
          "[github][faults]") {
  const Begun begun(Pushes{{}, nothing_found});
  at_every_request(begun, no_mercy, {lasting_faults(), writes},
                   [](const Played& ended, const Played&) {
                     const std::string& said = ended.run.out;
                     const bool was_refused = said.find("not posted: ") != std::string::npos;
                     CHECK(ended.run.exit_code == (was_refused ? 2 : 0));
                     // A status that may or may not have arrived says what was judged.
                     for (const char* reporter : {"review", "comment", "check-run"})
                       if (!why_not(ended, reporter).empty())
                         CHECK(ended.status().state != github::State::success);
                   });
}

TEST_CASE("a job that can't judge says why and is never green, whatever fails at whatever request",
          "[github][faults]") {
  Files broken = shop_with_users();
  broken.insert_or_assign(".schemagate.yml", File("databaes: []\n"));
  const Begun begun(Pushes{{}, nothing_found}, broken);
  at_every_request(begun, no_patience, {lasting_faults()}, [](const Played& ended, const Played&) {
    CHECK(ended.run.exit_code == 2);
    CHECK_THAT(ended.run.err, ContainsSubstring("databaes"));
    CHECK_THAT(ended.job.output(), ContainsSubstring("\nerror\n"));
    const github::Status status = ended.status();
    CHECK((status.context.empty() || status.state == github::State::error));
    check_posted_or_told(ended, false);
  });
}

void check_no_trace(const Played& ended, const Played& undisturbed) {
  CHECK(ended.run.exit_code == undisturbed.run.exit_code);
  CHECK(ended.story.github().everything() == undisturbed.story.github().everything());
  CHECK_THAT(ended.run.out, !ContainsSubstring("not posted"));
}

TEST_CASE("trouble that passes leaves no trace, at whatever request it was", "[github][faults]") {
  const Begun begun(Pushes{{}, two_findings});
  at_every_request(begun, {}, {passing_faults(), writes}, check_no_trace);
}

TEST_CASE("a refused report does not turn a pass into a failure, unless the workflow wants it",
          "[github][faults]") {
  const Begun begun(Pushes{{}, nothing_found});
  Played ended(begun);
  Fault fault = Fault::no_permission();
  fault.method = "POST";
  fault.path = "/repos/acme/shop/issues/7/comments";
  ended.story.github().fail(fault);
  ended.play();
  CHECK(ended.run.exit_code == 0);
  CHECK_THAT(ended.run.out, ContainsSubstring("comment: not posted: 403"));
  CHECK_THAT(ended.run.out, ContainsSubstring("pull-requests: write"));
  CHECK(ended.status().state == github::State::success);
}

}  // namespace
}  // namespace schemagate::testing
