// SPDX-License-Identifier: MIT
#include "github/event.h"

#include <catch2/catch_test_macros.hpp>

#include "base/error.h"
#include "base/text.h"

using namespace schemagate;
using namespace schemagate::github;

namespace {

const std::string pull_request_payload = R"({
  "action": "synchronize", "number": 7,
  "before": "1111111111111111111111111111111111111111",
  "after": "2222222222222222222222222222222222222222",
  "repository": {"full_name": "acme/shop", "default_branch": "main"},
  "pull_request": {
    "number": 7, "title": "Add email", "state": "open", "draft": true, "merged": false,
    "merge_commit_sha": null, "user": {"login": "kim"}, "author_association": "MEMBER",
    "labels": [{"name": "schema"}, {"name": "urgent"}], "auto_merge": null, "changed_files": 2,
    "head": {"sha": "2222222222222222222222222222222222222222", "ref": "email",
             "repo": {"full_name": "kim/shop", "fork": true}},
    "base": {"sha": "3333333333333333333333333333333333333333", "ref": "main",
             "repo": {"full_name": "acme/shop", "fork": false}}}})";

std::string refusal(std::string_view name, const std::string& payload) {
  try {
    read_event(name, payload);
  } catch (const Error& error) {
    CHECK(error.kind == ErrorKind::github);
    return error.what();
  }
  return "accepted";
}

TEST_CASE("a pull request from a fork") {
  const auto event = read_event("pull_request", pull_request_payload);
  CHECK(event.repository == "acme/shop");
  CHECK(event.default_branch == "main");
  const auto& detail = std::get<PullRequestEvent>(event.detail);
  CHECK_FALSE(detail.target);
  CHECK(detail.action == "synchronize");
  CHECK(detail.before == std::string(40, '1'));
  CHECK(detail.after == std::string(40, '2'));
  const auto& request = detail.pull_request;
  CHECK(request.number == 7);
  CHECK(request.author == "kim");
  CHECK(request.draft);
  CHECK(request.open);
  CHECK_FALSE(request.merged);
  CHECK(request.labels == std::vector<std::string>{"schema", "urgent"});
  CHECK_FALSE(request.auto_merge);
  CHECK(request.changed_files == 2);
  CHECK(request.head.sha == std::string(40, '2'));
  CHECK(request.head.repository == "kim/shop");
  CHECK(request.base.ref == "main");
  CHECK(request.is_from_fork());
  CHECK(std::get<PullRequestEvent>(read_event("pull_request_target", pull_request_payload).detail)
            .target);
}

TEST_CASE("a fork that was deleted is still a fork") {
  const auto payload =
      replace_all(pull_request_payload, R"({"full_name": "kim/shop", "fork": true})", "null");
  const auto event = read_event("pull_request", payload);
  const auto& request = std::get<PullRequestEvent>(event.detail).pull_request;
  CHECK(request.head.repository.empty());
  CHECK(request.is_from_fork());
}

TEST_CASE("a pull request that changes where it lands") {
  const auto payload =
      replace_all(pull_request_payload, R"("number": 7,
  "before")",
                  R"("changes": {"base": {"ref": {"from": "develop"}}}, "before")");
  CHECK(std::get<PullRequestEvent>(read_event("pull_request", payload).detail).base_before ==
        "develop");
}

TEST_CASE("a build of the merge queue") {
  const auto payload = [](const std::string& head) {
    return R"({"action":"checks_requested","merge_group":{"head_sha":")" + std::string(40, 'a') +
           R"(","head_ref":")" + head + R"(","base_sha":")" + std::string(40, 'b') +
           R"(","base_ref":"refs/heads/release/1","head_commit":{"tree_id":"cc"}}})";
  };
  const auto group = [&](const std::string& head) {
    return std::get<MergeGroupEvent>(read_event("merge_group", payload(head)).detail);
  };
  const std::string id(40, 'b');
  const auto event = group("refs/heads/gh-readonly-queue/release/1/pr-104-" + id);
  CHECK(event.base_ref == "release/1");
  CHECK(event.head_ref == "gh-readonly-queue/release/1/pr-104-" + id);
  CHECK(event.tree == "cc");
  CHECK(event.pull_request == 104);
  CHECK(group("refs/heads/gh-readonly-queue/a/pr-1-x/pr-2-" + id).pull_request == 2);
  CHECK(group("refs/heads/gh-readonly-queue/main/pr-0-" + id).pull_request == 0);
  CHECK(group("refs/heads/gh-readonly-queue/main/pr-99999999999-" + id).pull_request == 0);
  CHECK(group("refs/heads/gh-readonly-queue/main/pr-1-abc").pull_request == 0);
  CHECK(group("refs/heads/main").pull_request == 0);
}

TEST_CASE("pushes: new, gone, tags") {
  const std::string zero(40, '0'), one(40, '1');
  const auto push = [](const std::string& ref, const std::string& before,
                       const std::string& after) {
    return std::get<PushEvent>(read_event("push", R"({"ref":")" + ref + R"(","before":")" + before +
                                                      R"(","after":")" + after +
                                                      R"(","pusher":{"name":"kim"}})")
                                   .detail);
  };
  CHECK(push("refs/heads/main", one, one).branch == "main");
  CHECK(push("refs/heads/main", zero, one).before.empty());
  CHECK(push("refs/heads/main", zero, one).created);
  CHECK(push("refs/heads/main", one, zero).deleted);
  CHECK(push("refs/heads/main", one, zero).after.empty());
  CHECK(push("refs/tags/v1", one, one).branch.empty());
  CHECK(push("refs/tags/v1", one, one).pusher == "kim");
}

TEST_CASE("a workflow started by hand") {
  const auto inputs = [](const std::string& payload) {
    return std::get<WorkflowDispatchEvent>(read_event("workflow_dispatch", payload).detail).inputs;
  };
  CHECK(inputs(R"({"ref":"refs/heads/main","inputs":null})").empty());
  CHECK(inputs(R"({"ref":"refs/heads/main"})").empty());
  CHECK(inputs(R"({"ref":"refs/heads/main","inputs":{"pr":"12","deep":true,"n":3}})") ==
        std::map<std::string, std::string>{{"deep", "true"}, {"n", "3"}, {"pr", "12"}});
}

TEST_CASE("comments, on pull requests and on issues") {
  const std::string comment =
      R"("comment":{"id":9,"body":"/schemagate override","user":{"login":"kim","type":"User"},
         "created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-02T00:00:00Z"}})";
  const auto read = [&](const std::string& issue) {
    return std::get<IssueCommentEvent>(
        read_event("issue_comment", R"({"action":"created","issue":)" + issue + "," + comment)
            .detail);
  };
  const auto event = read(R"({"number":7,"pull_request":{"url":"x"}})");
  CHECK(event.on_pull_request);
  CHECK(event.number == 7);
  CHECK(event.comment == 9);
  CHECK(event.author_type == "User");
  CHECK(event.body == "/schemagate override");
  CHECK_FALSE(read(R"({"number":7})").on_pull_request);
}

TEST_CASE("the number of a pull request or an issue begins at one") {
  for (const char* number : {"0", "-7", "2147483648", "4294967303", "18446744073709551609"}) {
    const std::string why =
        std::string(number).size() > 15
            ? ""  // what it wraps to is no matter
            : std::string("number is not a number that GitHub gives: ") + number;
    INFO(number);
    const std::string in_event = refusal(
        "pull_request",
        replace_all(pull_request_payload, "\"number\": 7", std::string("\"number\": ") + number));
    CHECK(in_event.find("pull_request.number is not a number that GitHub gives") !=
          std::string::npos);
    CHECK(in_event.find(why) != std::string::npos);
    CHECK(refusal("issue_comment", std::string(R"({"action":"created","issue":{"number":)") +
                                       number +
                                       R"(},"comment":{"id":9,"created_at":"x","updated_at":"x"}})")
              .find("issue.number is not a number that GitHub gives") != std::string::npos);
  }
}

TEST_CASE("a review, by someone whose account is gone, on a commit that is gone") {
  auto payload = replace_all(pull_request_payload, R"("action": "synchronize")",
                             R"("action": "submitted",
     "review": {"state": "APPROVED", "commit_id": null, "user": null})");
  const auto event = read_event("pull_request_review", payload);
  const auto& detail = std::get<PullRequestReviewEvent>(event.detail);
  CHECK(detail.state == "approved");
  CHECK(detail.commit.empty());
  CHECK(detail.author.empty());
  CHECK(detail.pull_request.number == 7);
}

TEST_CASE("the clock") {
  CHECK(std::get<ScheduleEvent>(read_event("schedule", R"({"schedule":"*/10 * * * *"})").detail)
            .cron == "*/10 * * * *");
  CHECK(read_event("schedule", "{}").repository.empty());
}

TEST_CASE("payloads that are not what GitHub documents: the field is named") {
  CHECK(refusal("pull_request", "") == "the payload of pull_request is not JSON");
  CHECK(refusal("pull_request", "{\"a\":") == "the payload of pull_request is not JSON");
  CHECK(refusal("pull_request", "[]") == "the payload of pull_request is not an object");
  CHECK(refusal("pull_request", "{}") == "the payload of pull_request: action is missing");
  CHECK(refusal("pull_request", R"({"action":"x","pull_request":7})") ==
        "the payload of pull_request: pull_request is not an object");
  CHECK(refusal("pull_request",
                replace_all(pull_request_payload, "\"" + std::string(40, '3') + "\"", "3")) ==
        "the payload of pull_request: pull_request.base.sha is not a text");
  CHECK(
      refusal("pull_request", replace_all(pull_request_payload, "{\"name\": \"urgent\"}", "{}")) ==
      "the payload of pull_request: pull_request.labels[1].name is missing");
  CHECK(refusal("pull_request", replace_all(pull_request_payload, std::string(40, '3'), "--x")) ==
        "the payload of pull_request: pull_request.base.sha is not the id of an object");
  CHECK(refusal("push", R"({"ref":"x","before":null,"after":"y"})") ==
        "the payload of push: before is missing");
  CHECK(refusal("schedule", std::string(200'000, '[')) ==
        "the payload of schedule is nested too deeply");
  CHECK(refusal("schedule", "{\"schedule\":\"\xff\"}") == "the payload of schedule is not JSON");
  CHECK(refusal("dep\x1bloyment", "{}") ==
        "the event dep\\x1bloyment is none that schemagate knows");
}

}  // namespace
