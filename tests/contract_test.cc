// SPDX-License-Identifier: MIT
// Run by scripts/test-contract, not by ctest: every call against a server that is made from
// GitHub's own description, and every event that GitHub publishes as an example.
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "github/checks.h"
#include "github/comments.h"
#include "github/event.h"
#include "github/git_data.h"
#include "github/https_transport.h"
#include "github/pull_request.h"
#include "tests/read_file.h"

using namespace schemagate;
using namespace schemagate::github;

namespace {

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) FAIL(name << " is not set: scripts/test-contract does that");
  return value;
}

template <class T>
void accepted(const char* name, const Outcome<T>& outcome) {
  INFO(name);
  if (!outcome) FAIL_CHECK(to_string(outcome.refusal()));
  CHECK(outcome.ok());
}

CheckRun check_run(const std::string& sha) {
  CheckRun run{.name = "schemagate",
               .head_sha = sha,
               .external_id = "1",
               .details_url = "https://ci.example/1",
               .conclusion = Conclusion::failure,
               .title = "1 error",
               .summary = "**summary**",
               .text = "text",
               .annotations = {}};
  for (int i = 1; i <= 120; ++i) {
    run.annotations.push_back({.path = "db/schema.sql",
                               .start_line = i,
                               .end_line = i + i % 2,
                               .start_column = 1,
                               .end_column = 0,
                               .level = static_cast<AnnotationLevel>(i % 3),
                               .title = "drop-column",
                               .message = "loses data"});
  }
  return run;
}

TEST_CASE("every call is what GitHub describes, and its answer is read", "[.contract]") {
  const auto address = parse_address(setting("SCHEMAGATE_CONTRACT_URL"), "the contract's server");
  HttpsTransport transport(address, {});
  Timing timing = Timing::real();
  timing.sleep = [](auto) {};
  ClientOptions options{
      .api = address, .graphql = {}, .repository = "acme/shop", .token = "ghs_contract"};
  options.budget = std::chrono::hours(1000);
  Client client(transport, options, timing);
  const std::string sha(40, 'a');

  accepted("pull_request", pull_request(client, 7));
  accepted("open_pull_requests", open_pull_requests(client, ""));
  accepted("open_pull_requests of a branch", open_pull_requests(client, "release/1"));
  accepted("reviews", reviews(client, 7));
  accepted("access_of", access_of(client, "kim"));

  accepted("issue_comments", issue_comments(client, 7));
  accepted("create_issue_comment", create_issue_comment(client, 7, "text"));
  accepted("issue_comment", issue_comment(client, 9));
  accepted("edit_issue_comment", edit_issue_comment(client, 9, "text"));
  accepted("review_comments", review_comments(client, 7));
  accepted("delete_issue_comment", delete_issue_comment(client, 9));
  accepted("edit_review_comment", edit_review_comment(client, 9, "text"));
  accepted("create_file_comment", create_file_comment(client, 7, sha, "db/schema.sql", "text"));
  NewReview review{sha, "text", {}};
  accepted("create_review without comments", create_review(client, 7, review));
  review.comments.push_back({.path = "a.sql", .line = 3, .start_line = 1, .body = "text"});
  review.comments.push_back({.path = "a.sql", .line = 9, .side = Side::left, .body = "text"});
  accepted("create_review", create_review(client, 7, review));
  review.body.clear();
  accepted("create_review without a body", create_review(client, 7, review));

  accepted("check_runs", check_runs(client, sha, "schemagate (crm)"));
  accepted("create_check_run", create_check_run(client, check_run(sha)));
  accepted("complete_check_run",
           complete_check_run(client, {.id = 9, .name = "", .external_id = "", .url = ""},
                              check_run(sha)));
  accepted("create_check_run that runs", create_check_run(client, {.name = "x",
                                                                   .head_sha = sha,
                                                                   .external_id = "",
                                                                   .details_url = "",
                                                                   .title = "judging",
                                                                   .summary = "…",
                                                                   .text = "",
                                                                   .annotations = {}}));
  accepted("statuses", statuses(client, sha));
  for (const auto state : {State::error, State::failure, State::pending, State::success}) {
    accepted("set_status", set_status(client, sha, {"schemagate", state, "text", ""}));
  }
  accepted("set_status with a page",
           set_status(client, sha, {"schemagate", State::success, "", "https://ci.example/1"}));

  accepted("get_ref", get_ref(client, "heads/main"));
  accepted("get_ref of the ledger", get_ref(client, "schemagate/ledger/main"));
  accepted("create_ref", create_ref(client, "schemagate/ledger/main", sha));
  accepted("move_ref", move_ref(client, "schemagate/ledger/main", sha));
  accepted("get_commit", get_commit(client, sha));
  accepted("get_tree", get_tree(client, sha));
  accepted("get_blob", get_blob(client, sha));
  accepted("create_blob", create_blob(client, "text"));
  accepted("create_tree", create_tree(client, sha, {{"a.json", "100644", "blob", sha}}));
  accepted("create_tree from nothing",
           create_tree(client, "", {{"a.json", "100644", "blob", sha}}));
  accepted("create_commit", create_commit(client, "text", sha, {sha}, "2026-01-01T00:00:00Z"));
}

TEST_CASE("every example of an event is read", "[.contract]") {
  const auto text = testing::read_file(setting("SCHEMAGATE_WEBHOOK_EXAMPLES"));
  std::map<std::string, int> counts;
  for (const auto& kind : nlohmann::json::parse(text)) {
    const std::string name = kind.at("name");
    for (const auto* known : {"pull_request", "merge_group", "push", "workflow_dispatch",
                              "issue_comment", "pull_request_review"}) {
      if (name != known) continue;
      for (const auto& example : kind.at("examples")) {
        INFO(name << " " << example.value("action", ""));
        const auto payload = example.dump();
        CHECK_NOTHROW(read_event(name, payload));
        CHECK(read_event(name, payload).repository == example["repository"].at("full_name"));
        if (name == "pull_request") CHECK_NOTHROW(read_event("pull_request_target", payload));
        // A workflow that runs by the clock gets hardly more than the repository.
        CHECK_NOTHROW(read_event("schedule", payload).default_branch.size());
        ++counts[name];
      }
    }
  }
  CHECK(counts.size() == 6);
  CHECK(counts["pull_request"] >= 29);
  CHECK(counts["push"] >= 7);
}

}  // namespace
