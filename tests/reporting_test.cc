// SPDX-License-Identifier: MIT
// What reviewers see over several pushes, against a GitHub that remembers and refuses.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/story.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using github::Delivered;
using github::Delivery;
using github::State;

const Files base{
    {".schemagate.yml",
     File("databases:\n  - name: shop\n    migrations: {path: m, format: plain}\n")},
    {"m/1_users.sql", File("CREATE TABLE users (id bigint PRIMARY KEY, email text, plan text);\n")},
    {"README.md", File("shop\n")}};

const char* const blocking = "CREATE INDEX users_email_idx ON users (email);\n";
const char* const harmless = "CREATE INDEX CONCURRENTLY users_email_idx ON users (email);\n";

/// Ours and not marked as gone.
std::vector<github::ReviewComment> open_comments(Story& story) {
  auto all = story.github().review_comments(7);
  std::erase_if(all, [](const github::ReviewComment& comment) {
    return comment.reply_to != 0 || comment.body.find("Gone as of") != std::string::npos;
  });
  return all;
}

const Delivery& of(const Delivered& delivered, const std::string& reporter) {
  const auto at =
      std::find_if(delivered.deliveries.begin(), delivered.deliveries.end(),
                   [&](const Delivery& delivery) { return delivery.reporter == reporter; });
  REQUIRE(at != delivered.deliveries.end());
  return *at;
}

State status(Story& story) { return story.github().status(story.head(), "schemagate").state; }

TEST_CASE("a finding stands beside its line, in the comment and in the status", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(std::string("SET lock_timeout = '5s';\n") + blocking)}});
  const Delivered delivered = story.report();
  for (const Delivery& delivery : delivered.deliveries) CHECK_FALSE(delivery.refused);
  const auto comments = open_comments(story);
  REQUIRE(comments.size() == 1);
  CHECK(comments[0].path == "m/2_email.sql");
  CHECK(comments[0].line == 2);
  CHECK_THAT(comments[0].body, StartsWith("<!-- schemagate:v1 - fp="));
  CHECK_THAT(comments[0].body, ContainsSubstring("blocking-index-build"));
  REQUIRE(story.github().comments(7).size() == 1);
  CHECK_THAT(story.github().comments(7)[0].body, StartsWith("<!-- schemagate:v1 - -->"));
  CHECK_THAT(story.github().comments(7)[0].body, ContainsSubstring("1 error"));
  CHECK(status(story) == State::failure);
  const auto runs = story.github().check_runs(story.head());
  REQUIRE(runs.size() == 1);
  // Shown once per page: beside the line, so not as an annotation.
  CHECK(runs[0].annotations.empty());
  CHECK(delivered.annotated);
}

TEST_CASE("the remedy that replaces whole lines is a suggestion", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(std::string("SET lock_timeout = '5s';\n") + blocking)}});
  story.report();
  const auto comments = open_comments(story);
  REQUIRE(comments.size() == 1);
  CHECK_THAT(comments[0].body, ContainsSubstring("```suggestion\n" + std::string(harmless)));
}

TEST_CASE("a push that moves the line makes no second comment", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  story.report();
  story.push({{"m/2_email.sql", File(std::string("-- why\n\n-- why not\n") + blocking)}});
  story.report();
  CHECK(story.github().review_comments(7).size() == 1);
  CHECK(story.github().comments(7).size() == 1);
}

TEST_CASE("what is mended is marked, and comes back when it comes back", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  story.report();
  story.push({{"m/2_email.sql", File(harmless)}});
  story.report();
  CHECK(open_comments(story).empty());
  CHECK(story.github().review_comments(7).size() == 1);
  CHECK(status(story) == State::success);
  CHECK_THAT(story.github().comments(7)[0].body, !ContainsSubstring("1 error"));
  story.push({{"m/2_email.sql", File(blocking)}});
  story.report();
  CHECK(open_comments(story).size() == 1);
  CHECK(story.github().review_comments(7).size() == 1);
  CHECK(status(story) == State::failure);
}

TEST_CASE("a conversation is left alone", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  story.report();
  const auto comment = open_comments(story).at(0);
  story.github().add_reply(comment.id, "kim", "we know, the table is empty");
  story.push({{"m/2_email.sql", File(harmless)}});
  story.report();
  CHECK(open_comments(story).at(0).body == comment.body);
}

TEST_CASE("a pull request without a schema change gets a status and nothing else", "[github]") {
  Story story(base);
  story.push({{"README.md", File("a shop\n")}});
  story.report();
  CHECK(story.github().comments(7).empty());
  CHECK(story.github().review_comments(7).empty());
  CHECK(story.github().check_runs(story.head()).empty());
  CHECK(status(story) == State::success);
}

TEST_CASE("a schema change that is taken back changes the comment that is there", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  story.report();
  story.push({{"m/2_email.sql", std::nullopt}});
  story.report();
  REQUIRE(story.github().comments(7).size() == 1);
  CHECK_THAT(story.github().comments(7)[0].body, ContainsSubstring("no schema change"));
  CHECK(open_comments(story).empty());
}

TEST_CASE("a token that may only read loses nothing but its say", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  story.github().allow_only({"pull-requests: read", "contents: read", "checks: read"});
  const Delivered delivered = story.report();
  CHECK_FALSE(delivered.annotated);
  for (const char* reporter : {"review", "comment", "check-run", "status"}) {
    REQUIRE(of(delivered, reporter).refused);
    CHECK(of(delivered, reporter).refused->kind == github::Refusal::Kind::permission);
    CHECK_FALSE(of(delivered, reporter).refused->hint.empty());
  }
}

TEST_CASE("nothing is written when the pull request has another head by now", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  story.github().push(7, std::string(40, 'd'), {});
  const Delivered delivered = story.report();
  CHECK(delivered.superseded);
  CHECK(story.sent("POST") == 0);
  CHECK(story.sent("PATCH") == 0);
}

TEST_CASE("somebody else's comment with our marker is not ours", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  story.github().add_comment(7, "mallory", "<!-- schemagate:v1 - -->\nall is well");
  story.report();
  const auto comments = story.github().comments(7);
  REQUIRE(comments.size() == 2);
  CHECK(comments[0].body == "<!-- schemagate:v1 - -->\nall is well");
}

TEST_CASE("the comment is found again behind many others", "[github]") {
  Story story(base);
  for (int i = 0; i < 7; ++i) {
    if (i == 0) story.push({{"m/2_email.sql", File(blocking)}});
    story.github().add_comment(7, "kim", "talk");
  }
  story.report();
  for (int i = 0; i < 7; ++i) story.github().add_comment(7, "kim", "more talk");
  story.push({{"m/2_email.sql", File(harmless)}});
  story.report();
  CHECK(story.github().comments(7).size() == 15);
}

TEST_CASE("two set-ups in one repository keep apart", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  story.report();
  github::ReportingOptions other;
  other.name = "billing";
  story.report(other);
  CHECK(story.github().comments(7).size() == 2);
  CHECK(story.github().status(story.head(), "schemagate/billing").state == State::failure);
}

TEST_CASE("no more than so many comments; the rest is in the table and in annotations",
          "[github]") {
  Story story(base);
  std::string tables, indexes;
  for (int i = 0; i < 12; ++i) {
    const std::string n = std::to_string(i);
    indexes += "CREATE INDEX users_" + n + " ON users (email, plan) WHERE id > " + n + ";\n";
  }
  story.push({{"m/2_many.sql", File(indexes)}});
  github::ReportingOptions few;
  few.most_comments = 5;
  const Delivered delivered = story.report(few);
  CHECK(open_comments(story).size() == 5);
  CHECK_THAT(of(delivered, "review").note, ContainsSubstring("in the table only"));
  const auto runs = story.github().check_runs(story.head());
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].annotations.size() >= 7);
}

TEST_CASE("a second report at one commit completes its check run, or makes one that is shown",
          "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  github::ReportingOptions options;
  options.reporters = {"check-run"};
  const auto annotations = [&] {
    std::vector<std::size_t> counts;
    for (const auto& run : story.github().check_runs(story.head()))
      counts.push_back(run.annotations.size());
    return counts;
  };
  for (int i = 0; i < 2; ++i) story.report(options);
  CHECK(annotations() == std::vector<std::size_t>{1});
  // The findings stand beside their lines now, so not in the newest check run; then they don't.
  options.reporters = {"check-run", "review"};
  for (int i = 0; i < 2; ++i) story.report(options);
  CHECK(annotations() == std::vector<std::size_t>{1, 0});
  options.reporters = {"check-run"};
  story.report(options);
  CHECK(annotations() == std::vector<std::size_t>{1, 0, 1});
}

TEST_CASE("one line that GitHub does not take loses no other comment", "[github]") {
  Story story(base);
  story.push({{"m/2_a.sql", File(blocking)},
              {"m/3_b.sql", File("CREATE INDEX users_plan_idx ON users (plan);\n")}});
  // GitHub's diff lacks the second file's lines: too large to be shown.
  FakeDiff diff{{"m/2_a.sql", {{0, 0, 1, 1}}}, {"m/3_b.sql", {}}};
  story.github().push(7, story.head(), diff);
  story.report();
  const auto comments = open_comments(story);
  REQUIRE(comments.size() >= 2);
  const auto on_file = [](const github::ReviewComment& one) { return one.on_file; };
  CHECK(std::count_if(comments.begin(), comments.end(), on_file) == 1);
}

TEST_CASE("a page of lines that GitHub does not take is tried a dozen times, and nothing is lost",
          "[github]") {
  Story story(base);
  std::string indexes = "SET lock_timeout = '5s';\n";
  for (int i = 0; i < 25; ++i)
    indexes += fmt::format("CREATE INDEX users_{} ON users (email, plan) WHERE id > {};\n", i, i);
  story.push({{"m/2_many.sql", File(indexes)}});
  story.github().push(7, story.head(), {{"m/2_many.sql", {}}});
  const Delivered delivered = story.report();
  int reviews = 0;
  for (const SentRequest& one : story.github().requests())
    reviews += one.method == "POST" && one.target.ends_with("/reviews") ? 1 : 0;
  CHECK(reviews == 12);
  const std::size_t on_file = open_comments(story).size();
  CHECK(on_file >= 5);
  CHECK_THAT(of(delivered, "review").note,
             ContainsSubstring(fmt::format("{} in the table only", 25 - on_file)));
  REQUIRE(story.github().check_runs(story.head()).size() == 1);
  CHECK(story.github().check_runs(story.head())[0].annotations.size() == 25 - on_file);
  CHECK(status(story) == State::failure);
}

TEST_CASE("a connection that drops after the effect posts nothing twice", "[github]") {
  for (const char* path : {"/reviews", "/comments", "/check-runs", "/statuses"}) {
    Story story(base);
    story.push({{"m/2_email.sql", File(blocking)}});
    Fault fault;
    fault.method = "POST";
    fault.path = path;
    fault.kind = Fault::Kind::drop_after;
    story.github().fail(fault);
    story.report();
    INFO(path);
    CHECK(open_comments(story).size() == 1);
    CHECK(story.github().comments(7).size() == 1);
    CHECK(story.github().check_runs(story.head()).size() == 1);
    CHECK(status(story) == State::failure);
  }
}

/// Two findings, then a push that mends one and moves the other: the second report is to come.
void tell(Story& story) {
  story.push({{"m/2_email.sql", File(std::string("SET lock_timeout = '5s';\n") + blocking)},
              {"m/3_plan.sql", File("SET lock_timeout = '5s';\nALTER TABLE users DROP plan;\n")}});
  story.report();
  story.push(
      {{"m/2_email.sql", File(std::string("SET lock_timeout = '5s';\n") + harmless)},
       {"m/3_plan.sql", File("SET lock_timeout = '5s';\n\nALTER TABLE users DROP plan;\n")}});
  story.github().forget_requests();
}

/// Everything that people see, without what the order of events changes.
std::vector<std::string> page(Story& story) {
  std::vector<std::string> seen;
  for (const auto& comment : story.github().review_comments(7))
    seen.push_back(comment.path + ":" + std::to_string(comment.line) + " " + comment.body);
  for (const auto& comment : story.github().comments(7)) seen.push_back(comment.body);
  for (const auto& review : story.github().reviews(7)) seen.push_back(review.state + review.body);
  for (const auto& run : story.github().check_runs(story.head()))
    seen.push_back(run.title + run.summary + std::to_string(run.annotations.size()));
  const auto status = story.github().status(story.head(), "schemagate");
  seen.push_back(status.description + std::to_string(static_cast<int>(status.state)));
  return seen;
}

/// From request number `at` (from 0) on nothing gets through, as if the program had been killed.
void stop_at(Story& story, int at, Fault::Kind kind) {
  Fault last;
  last.kind = kind;
  last.skip = at;
  Fault rest;
  rest.kind = Fault::Kind::drop_before;
  rest.skip = at;
  rest.times = 1'000'000;
  story.github().fail(last);
  story.github().fail(rest);
}

TEST_CASE("stopped at any request and run again, the page is as if nothing had happened",
          "[github]") {
  Story undisturbed(base);
  tell(undisturbed);
  undisturbed.report();
  const std::vector<std::string> wanted = page(undisturbed);
  const int requests = static_cast<int>(undisturbed.github().requests().size());
  REQUIRE(requests > 8);
  for (const Fault::Kind kind : {Fault::Kind::drop_before, Fault::Kind::drop_after})
    for (int at = 0; at < requests; ++at) {
      INFO("stopped at request " << at << (kind == Fault::Kind::drop_after ? ", after it" : ""));
      Story story(base);
      tell(story);
      stop_at(story, at, kind);
      CHECK_NOTHROW(story.report());
      CHECK(status(story) != State::success);
      story.github().forget_faults();
      story.report();
      CHECK(page(story) == wanted);
    }
}

TEST_CASE("text of the pull request is text on the page as well", "[github]") {
  Story story(base);
  story.push(
      {{"m/2_x.sql", File("-- @everyone\nCREATE INDEX \"a`b <img src=x> @kim [x](http://x.test) "
                          "```\" ON users (email);\n")}});
  story.report();
  for (const auto& comment : open_comments(story)) {
    CHECK_THAT(comment.body, !ContainsSubstring("\n<img"));
    // Inside of the fence, which is longer than any in the text, nothing is markup.
    CHECK_THAT(comment.body, ContainsSubstring("````"));
    CHECK_THAT(comment.body.substr(0, comment.body.find("````")), !ContainsSubstring("@kim"));
  }
}

}  // namespace
}  // namespace schemagate::testing
