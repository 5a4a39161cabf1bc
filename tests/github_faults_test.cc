// SPDX-License-Identifier: MIT
// GitHub in trouble, request by request: whatever goes wrong with any request of a run, every
// finding is posted or printed, the exit code is the verdict's, what was not posted is named, and
// no status is green that should not be.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <future>
#include <set>

#include "tests/story_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

const Files base = shop_with_users();
const char* const two_findings =
    "CREATE INDEX users_email_idx ON users (email);\nALTER TABLE users DROP COLUMN plan;\n";
const char* const nothing_found = "CREATE INDEX CONCURRENTLY users_email_idx ON users (email);\n";

struct NamedFault {
  std::string name;
  Fault fault;
};

Fault answer(int status, std::string message, std::map<std::string, std::string> headers = {}) {
  Fault fault;
  fault.status = status;
  fault.message = std::move(message);
  fault.headers = std::move(headers);
  return fault;
}

Fault of_kind(Fault::Kind kind) {
  Fault fault;
  fault.kind = kind;
  return fault;
}

std::vector<NamedFault> faults() {
  return {{"403 permission", Fault::no_permission()},
          {"403 secondary limit", Fault::secondary_limit(30)},
          {"404", answer(404, "Not Found")},
          {"422", answer(422, "Validation Failed")},
          {"429", answer(429, "Too Many Requests", {{"retry-after", "30"}})},
          {"500", answer(500, "Server Error")},
          {"502", answer(502, "Bad Gateway")},
          {"no answer", of_kind(Fault::Kind::silence)},
          {"dropped before", of_kind(Fault::Kind::drop_before)},
          {"dropped after", of_kind(Fault::Kind::drop_after)}};
}

/// The requests of an undisturbed run, as method and path.
std::vector<SentRequest> undisturbed(const char* sql) {
  Story story(base);
  story.push({{"m/2_change.sql", File(sql)}});
  StoryJob(SCHEMAGATE_BINARY, story).report_everything().run();
  std::vector<SentRequest> requests = story.github().requests();
  for (SentRequest& request : requests)
    request.target = request.target.substr(0, request.target.find('?'));
  return requests;
}

/// A job whose requests of one kind all fail. It has one second for GitHub: no wait that it would
/// do is waited for.
struct Troubled {
  Troubled(const SentRequest& hit, Fault fault, const char* sql,
           const std::map<std::string, std::string>& inputs = {})
      : story(base) {
    story.push({{"m/2_change.sql", File(sql)}});
    fault.method = hit.method;
    fault.path = hit.target;
    fault.times = 1'000'000;
    story.github().fail(fault);
    job.emplace(SCHEMAGATE_BINARY, story);
    job->report_everything();
    job->set("INPUT_API-TIME-BUDGET", "1");
    for (const auto& [name, value] : inputs) job->set(name, value);
    run = job->run();
  }
  github::Status status() const { return story.github().status(story.head(), "schemagate"); }

  Story story;
  std::optional<StoryJob> job;
  ProgramRun run;
};

/// Every fault at every kind of request that an undisturbed run makes; many at once, as most wait.
template <class Check>
void at_every_request(const char* sql, const std::map<std::string, std::string>& inputs,
                      const Check& check) {
  constexpr std::size_t at_once = 30;
  std::vector<std::pair<SentRequest, NamedFault>> all;
  std::set<std::string> tried;
  for (const SentRequest& request : undisturbed(sql))
    if (tried.insert(request.method + " " + request.target).second)
      for (const NamedFault& one : faults()) all.emplace_back(request, one);
  CHECK(tried.size() >= 6);
  for (std::size_t begin = 0; begin < all.size(); begin += at_once) {
    std::vector<std::future<std::unique_ptr<Troubled>>> running;
    for (std::size_t i = begin; i < std::min(begin + at_once, all.size()); ++i)
      running.push_back(std::async(std::launch::async, [&, i] {
        return std::make_unique<Troubled>(all[i].first, all[i].second.fault, sql, inputs);
      }));
    for (std::size_t i = 0; i < running.size(); ++i) {
      const std::unique_ptr<Troubled> ended = running[i].get();
      const auto& [request, fault] = all[begin + i];
      INFO(fault.name << " at " << request.method << " " << request.target);
      INFO(ended->run.out << ended->run.err);
      check(*ended);
    }
  }
}

/// Somewhere where somebody reads it without GitHub's help.
void check_nothing_is_lost(const Troubled& ended) {
  for (const char* rule : {"blocking-index-build", "drop-column"}) {
    CHECK_THAT(ended.run.out, ContainsSubstring(rule));
    CHECK_THAT(ended.job->summary(), ContainsSubstring(rule));
    CHECK_THAT(ended.job->workspace(".schemagate/report.json"), ContainsSubstring(rule));
  }
}

TEST_CASE("whatever fails at whatever request, every finding is told and the gate is closed",
          "[github][faults]") {
  at_every_request(two_findings, {}, [](const Troubled& ended) {
    CHECK(ended.run.exit_code == 1);
    check_nothing_is_lost(ended);
    const github::Status status = ended.status();
    CHECK((status.context.empty() || status.state == github::State::failure));
    if (status.context.empty())
      CHECK_THAT(ended.run.out, ContainsSubstring("status: not posted: "));
  });
}

TEST_CASE("a job that fails because GitHub refused its report leaves no green status",
          "[github][faults]") {
  at_every_request(nothing_found, {{"INPUT_POST-FAILURE", "error"}}, [](const Troubled& ended) {
    const std::string& said = ended.run.out;
    const bool was_refused = said.find("not posted: ") != std::string::npos;
    CHECK(ended.run.exit_code == (was_refused ? 2 : 0));
    // A status that may or may not have arrived says what was judged.
    for (const char* reporter : {"review", "comment", "check-run"})
      if (said.find(std::string(reporter) + ": not posted: ") != std::string::npos)
        CHECK(ended.status().state != github::State::success);
  });
}

TEST_CASE("a refused report does not turn a pass into a failure, unless the workflow wants it",
          "[github][faults]") {
  const SentRequest comments{"POST", "/issues/7/comments", "", {}, 0};
  const Troubled ended(comments, Fault::no_permission(), nothing_found);
  CHECK(ended.run.exit_code == 0);
  CHECK_THAT(ended.run.out, ContainsSubstring("comment: not posted: 403"));
  CHECK_THAT(ended.run.out, ContainsSubstring("pull-requests: write"));
  CHECK(ended.status().state == github::State::success);
}

}  // namespace
}  // namespace schemagate::testing
