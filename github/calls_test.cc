// SPDX-License-Identifier: MIT
// Every call, over the wire, against a GitHub that remembers and refuses.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "github/checks.h"
#include "github/comments.h"
#include "github/git_data.h"
#include "github/https_transport.h"
#include "github/pull_request.h"
#include "tests/fake_github.h"

using namespace schemagate;
using namespace schemagate::github;
using namespace schemagate::testing;
using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;

namespace {

const std::string head(40, 'a'), base(40, 'b'), gone(40, 'c');

PullRequest pull_request_7() {
  PullRequest request;
  request.number = 7;
  request.title = "Add email";
  request.author = "kim";
  request.draft = true;
  request.labels = {"schema"};
  request.head = {head, "email", "kim/shop"};
  request.base = {base, "main", "acme/shop"};
  return request;
}

/// A fake, and a client whose time passes only by waiting.
struct World {
  explicit World(FakeGitHubOptions options = {}, std::chrono::milliseconds request_timeout = 60s)
      : github(options),
        transport(parse_address(github.url(), "X"), {}),
        client(transport,
               {.api = parse_address(github.url(), "X"),
                .graphql = {},
                .repository = "acme/shop",
                .token = options.token,
                .budget = 100h,
                .request_timeout = request_timeout},
               {[this] { return now; }, [] { return 0s; },
                [this](std::chrono::milliseconds time) { now += time; }, [] { return 0.0; }}) {
    github.add(pull_request_7(), {{"db/schema.sql", {{10, 6, 10, 9}, {40, 7, 43, 4}}},
                                  {"db/new.sql", {{0, 0, 1, 5}}}});
  }

  int sent(std::string_view method) const {
    const auto all = github.requests();
    return static_cast<int>(
        std::ranges::count_if(all, [&](const auto& one) { return one.method == method; }));
  }

  FakeGitHub github;
  HttpsTransport transport;
  std::chrono::milliseconds now{0};
  Client client;
};

template <class T>
T value(Outcome<T> outcome) {
  if (!outcome) FAIL(to_string(outcome.refusal()));
  return *outcome;
}

template <class T>
std::string refusal(const Outcome<T>& outcome) {
  REQUIRE(!outcome.ok());
  return to_string(outcome.refusal());
}

LineComment at(std::string path, int line, std::string body = "text") {
  return {.path = std::move(path), .line = line, .body = std::move(body)};
}

TEST_CASE("a pull request, and those that are open") {
  World world;
  const auto request = value(pull_request(world.client, 7));
  CHECK(request.title == "Add email");
  CHECK(request.draft);
  CHECK(request.head.sha == head);
  CHECK(request.is_from_fork());
  CHECK(request.changed_files == 2);
  for (int number : {8, 9, 10, 11}) {
    auto other = pull_request_7();
    other.number = number;
    other.open = number != 9;
    if (number == 10) other.base.ref = "release/1";
    world.github.add(other, {});
  }
  const auto numbers = [&](std::string_view branch) {
    std::vector<int> found;
    for (const auto& one : value(open_pull_requests(world.client, branch))) {
      found.push_back(one.number);
    }
    return found;
  };
  CHECK(numbers("") == std::vector{7, 8, 10, 11});
  CHECK(numbers("main") == std::vector{7, 8, 11});
  CHECK(numbers("release/1") == std::vector{10});
  CHECK(refusal(pull_request(world.client, 99)) == "404: Not Found");
}

TEST_CASE("who we are, who may what, who said what") {
  World world({.base_path = "/api/v3", .viewer = "acme-schemagate[bot]", .viewer_id = 77});
  const auto own = value(viewer(world.client));
  CHECK(own.login == "acme-schemagate[bot]");
  CHECK(own.id == 77);
  world.github.set_access("kim", "admin");
  world.github.set_access("li", "none");
  CHECK(value(access_of(world.client, "kim")) == Access::admin);
  CHECK(value(access_of(world.client, "li")) == Access::none);
  CHECK(value(access_of(world.client, "stranger[bot]")) == Access::read);
  for (const char* state : {"COMMENTED", "APPROVED", "CHANGES_REQUESTED"}) {
    world.github.add_review(7, "li", state);
  }
  const auto all = value(reviews(world.client, 7));
  REQUIRE(all.size() == 3);
  CHECK(all[1].state == "APPROVED");
  CHECK(all[1].author == "li");
  CHECK(all[1].commit == head);
}

TEST_CASE("comments: pages of two, written, edited") {
  World world;
  for (int i = 0; i < 5; ++i) world.github.add_comment(7, "kim", "comment " + std::to_string(i));
  const auto own =
      value(create_issue_comment(world.client, 7, "<!-- mark -->\nwith \"quotes\" \x01"));
  CHECK(own.author == "github-actions[bot]");
  CHECK(own.author_id == 41898282);
  CHECK(own.body == "<!-- mark -->\nwith \"quotes\" \x01");
  CHECK(value(edit_issue_comment(world.client, own.id, "new")).body == "new");
  const auto all = value(issue_comments(world.client, 7));
  REQUIRE(all.size() == 6);
  CHECK(all[4].body == "comment 4");
  CHECK(all[5].body == "new");
  CHECK(refusal(edit_issue_comment(world.client, all[0].id, "hijacked")) ==
        "403: Resource not accessible by integration");
  CHECK(refusal(edit_issue_comment(world.client, 1, "x")) == "404: Not Found");
  CHECK_THAT(refusal(create_issue_comment(world.client, 7, std::string(65'537, 'x'))),
             ContainsSubstring("body is too long (maximum is 65536 characters)"));
  CHECK(create_issue_comment(world.client, 7, std::string(65'536, 'x')).ok());
}

TEST_CASE("bodies of any bytes are JSON, and arrive") {
  World world;
  const auto posted = [&](std::string body) {
    return value(create_issue_comment(world.client, 7, body)).body;
  };
  for (const std::string& body :
       {std::string("\a\b\x7f\x1b[31m \\ \" / \t"), std::string("zero \0 byte", 11),
        std::string("\xe2\x80\xae right to left \xf0\x9f\x9f\xa2")}) {
    CHECK(posted(body) == body);
  }
  CHECK(posted("not UTF-8: \xff\xc0") == "not UTF-8: \xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("a review: comments on both sides, on ranges, on files") {
  World world;
  NewReview review{head, "", {at("db/schema.sql", 12), at("db/new.sql", 5)}};
  review.comments[0].start_line = 10;
  review.comments.push_back(
      {.path = "db/schema.sql", .line = 41, .side = Side::left, .body = "gone"});
  review.comments.push_back({.path = "db/new.sql", .line = 1, .start_line = 1, .body = "one line"});
  const auto id = value(create_review(world.client, 7, review));
  const auto all = value(review_comments(world.client, 7));
  REQUIRE(all.size() == 4);
  CHECK(all[0].review == id);
  CHECK(all[0].line == 12);
  CHECK(all[0].start_line == 10);
  CHECK(all[0].commit == head);
  CHECK(all[2].side == Side::left);
  CHECK(all[3].start_line == 0);
  const auto on_file =
      value(create_file_comment(world.client, 7, head, "db/schema.sql", "far away"));
  CHECK(on_file.on_file);
  CHECK(on_file.line == 0);
  CHECK(value(edit_review_comment(world.client, all[1].id, "better")).body == "better");
  const auto reply = world.github.add_reply(all[0].id, "kim", "why?");
  CHECK(value(review_comments(world.client, 7)).back().reply_to == all[0].id);
  CHECK(world.github.review_comments(7).back().id == reply);
  world.github.push(7, gone, {{"db/schema.sql", {{10, 6, 20, 9}}}}, {{all[0].id, 22}});
  const auto after = value(review_comments(world.client, 7));
  CHECK(after[0].line == 22);
  CHECK(after[0].commit == gone);
  CHECK(after[0].original_commit == head);
  CHECK(after[1].line == 0);
}

TEST_CASE("a review that GitHub refuses: nothing of it is posted") {
  World world;
  const auto refused = [&](NewReview review) {
    const auto outcome = create_review(world.client, 7, review);
    REQUIRE(!outcome.ok());
    CHECK(outcome.refusal().kind == Refusal::Kind::invalid);
    CHECK(world.github.review_comments(7).empty());
    CHECK(world.github.reviews(7).empty());
    return to_string(outcome.refusal());
  };
  const auto good = at("db/schema.sql", 12);
  CHECK_THAT(refused({head, "", {}}), ContainsSubstring("body is required"));
  CHECK_THAT(refused({gone, "x", {good}}), ContainsSubstring("commit_id is not part"));
  for (const int line : {9, 19, 30, 42, 47}) {
    CHECK_THAT(refused({head, "", {good, at("db/schema.sql", line)}}),
               ContainsSubstring("line must be part of the diff"));
  }
  CHECK_THAT(refused({head, "", {good, at("db/other.sql", 1)}}),
             ContainsSubstring("path is invalid"));
  CHECK_THAT(refused({head, "", {good, at("db/schema.sql", 12, "")}}), ContainsSubstring("422"));
  auto across = at("db/schema.sql", 44);
  across.start_line = 12;
  CHECK_THAT(refused({head, "", {good, across}}), ContainsSubstring("same hunk"));
  auto left = at("db/schema.sql", 17);
  left.side = Side::left;
  CHECK_THAT(refused({head, "", {left}}), ContainsSubstring("line must be part of the diff"));
  CHECK_THAT(refused({head, std::string(65'537, 'x'), {good}}), ContainsSubstring("too long"));
  CHECK(create_review(world.client, 7, {head, "", {good}}).ok());
}

TEST_CASE("the fake refuses what our calls never send") {
  World world;
  const auto post = [&](std::string path, std::string body) {
    return refusal(world.client.once(
        {.method = "POST", .path = world.client.in_repository(path), .body = std::move(body)}, {}));
  };
  const std::string comment = R"("commit_id":")" + head + R"(","path":"db/schema.sql","body":"x")";
  CHECK_THAT(post("/pulls/7/comments", "{" + comment + R"(,"line":12,"start_line":12})"),
             ContainsSubstring("must precede the end line"));
  CHECK_THAT(post("/pulls/7/comments", "{" + comment + R"(,"line":12,"side":"UP"})"),
             ContainsSubstring("\"UP\" is not a possible value"));
  CHECK_THAT(
      post("/pulls/7/reviews", R"({"commit_id":")" + head + R"(","event":"NICE","body":"x"})"),
      ContainsSubstring("\"NICE\" is not a possible value"));
  CHECK_THAT(post("/statuses/" + head, R"({"state":"green","context":"x"})"),
             ContainsSubstring("\"green\" is not a possible value"));
  CHECK_THAT(
      post("/check-runs", R"({"name":"x","head_sha":")" + head + R"(","status":"completed"})"),
      ContainsSubstring("not a possible value"));
  CHECK_THAT(post("/issues/7/comments", "{\"body\":%q}"),
             ContainsSubstring("400: Problems parsing JSON"));
  std::string many;
  for (int i = 0; i < 51; ++i) {
    many += std::string(many.empty() ? "" : ",") +
            R"({"path":"a","start_line":1,"end_line":1,"annotation_level":"notice","message":"m"})";
  }
  CHECK_THAT(post("/check-runs", R"({"name":"x","head_sha":")" + head +
                                     R"(","output":{"title":"t","summary":"s","annotations":[)" +
                                     many + "]}}"),
             ContainsSubstring("51 were supplied"));
  CHECK_THAT(post("/nowhere", "{}"), ContainsSubstring("404: Not Found"));
}

TEST_CASE("statuses: newest first, a thousand and no more") {
  World world;
  const Status pending{"schemagate", State::pending, "judging", "https://ci.example/1"};
  CHECK(set_status(world.client, head, pending).ok());
  CHECK(set_status(world.client, head, {"schemagate", State::failure, std::string(200, 'x'), ""})
            .ok());
  CHECK(set_status(world.client, head, {"schemagate/gate", State::success, "ok", ""}).ok());
  const auto all = value(statuses(world.client, head));
  REQUIRE(all.size() == 3);
  CHECK(all[1].context == "schemagate");
  CHECK(all[1].state == State::failure);
  CHECK(all[1].description.size() <= 140);
  CHECK(all[2].target_url == "https://ci.example/1");
  CHECK(world.github.status(head, "schemagate").state == State::failure);
  CHECK_THAT(refusal(set_status(world.client, gone, pending)),
             ContainsSubstring("No commit found for SHA"));
  world.github.add_statuses(head, "SCHEMAGATE", 997);
  CHECK(set_status(world.client, head, pending).ok());
  const auto last = set_status(world.client, head, pending);
  REQUIRE(!last.ok());
  CHECK(last.refusal().kind == Refusal::Kind::invalid);
  CHECK_THAT(last.refusal().message, ContainsSubstring("maximum number of statuses"));
}

CheckRun run_with(int annotations) {
  CheckRun run{.name = "schemagate",
               .head_sha = head,
               .external_id = "run 1",
               .details_url = {},
               .conclusion = Conclusion::failure,
               .title = "2 errors",
               .summary = "**summary**",
               .text = "",
               .annotations = {}};
  for (int i = 1; i <= annotations; ++i) {
    run.annotations.push_back({.path = "db/schema.sql",
                               .start_line = i,
                               .end_line = i + i % 2,
                               .start_column = 3,
                               .end_column = 9,
                               .level = AnnotationLevel::failure,
                               .title = "drop-column",
                               .message = std::to_string(i)});
  }
  return run;
}

TEST_CASE("a check run: annotations in batches of fifty") {
  World world;
  const auto posted = value(create_check_run(world.client, run_with(120)));
  CHECK(posted.annotations == 120);
  CHECK_FALSE(posted.incomplete);
  CHECK(world.sent("POST") == 1);
  CHECK(world.sent("PATCH") == 2);
  auto shown = world.github.check_runs(head);
  REQUIRE(shown.size() == 1);
  CHECK(shown[0].conclusion == Conclusion::failure);
  CHECK(shown[0].external_id == "run 1");
  REQUIRE(shown[0].annotations.size() == 120);
  CHECK(shown[0].annotations[119].message == "120");
  CHECK(shown[0].annotations[1].start_column == 3);
  CHECK(shown[0].annotations[0].start_column == 0);  // two lines: no columns

  auto better = run_with(175);
  better.conclusion = Conclusion::success;
  CHECK(value(complete_check_run(world.client, posted, better)).annotations == 175);
  CHECK(world.github.check_runs(head)[0].annotations.back().message == "175");
  for (int i = 0; i < 3; ++i) CHECK(create_check_run(world.client, run_with(0)).ok());
  const auto all = value(check_runs(world.client, head, "schemagate"));
  REQUIRE(all.size() == 4);
  CHECK(all[3].id == posted.id);
  CHECK(all[3].conclusion == Conclusion::success);
  CHECK(value(check_runs(world.client, head, "other")).empty());
  CHECK_THAT(refusal(complete_check_run(world.client, {}, run_with(0))), ContainsSubstring("404"));
}

TEST_CASE("a check run whose annotations don't all arrive says so") {
  World world;
  auto fault = Fault::no_permission();
  fault.method = "PATCH";
  fault.skip = 1;
  world.github.fail(fault);
  const auto posted = value(create_check_run(world.client, run_with(120)));
  CHECK(posted.annotations == 100);
  REQUIRE(posted.incomplete);
  CHECK(posted.incomplete->permission == "checks: write");
}

TEST_CASE("git objects and refs: a ledger that nobody overwrites") {
  World world;
  const std::string content("line\n\0\xff", 7);
  const auto blob = value(create_blob(world.client, content));
  CHECK(value(get_blob(world.client, blob)) == content);
  const auto tree = value(create_tree(world.client, "", {{"a.json", "100644", "blob", blob}}));
  const auto more = value(create_tree(world.client, tree, {{"b/c.json", "100644", "blob", blob}}));
  CHECK(value(get_tree(world.client, more)).size() == 2);
  const auto first = value(create_commit(world.client, "first", tree, {}, "2026-01-01T00:00:00Z"));
  CHECK(value(create_commit(world.client, "first", tree, {}, "2026-01-01T00:00:00Z")) == first);
  const auto second =
      value(create_commit(world.client, "second", more, {first}, "2026-01-01T00:00:00Z"));
  const auto rival =
      value(create_commit(world.client, "rival", tree, {first}, "2026-01-01T00:00:00Z"));
  const auto read = value(get_commit(world.client, second));
  CHECK(read.tree == more);
  CHECK(read.parents == std::vector{first});

  const std::string ref = "schemagate/ledger/release/1 #";
  CHECK_FALSE(value(get_ref(world.client, ref)));
  CHECK(create_ref(world.client, ref, first).ok());
  CHECK(value(get_ref(world.client, ref)) == first);
  CHECK_THAT(refusal(create_ref(world.client, ref, second)), ContainsSubstring("already exists"));
  CHECK(move_ref(world.client, ref, second).ok());
  const auto lost = move_ref(world.client, ref, rival);
  REQUIRE(!lost.ok());
  CHECK(lost.refusal().kind == Refusal::Kind::invalid);
  CHECK_THAT(lost.refusal().message, ContainsSubstring("not a fast forward"));
  CHECK(world.github.ref(ref) == second);
}

/// Everything that creates something once.
struct Creation {
  const char* name;
  const char* path;  ///< of its POST or PATCH
  bool (*run)(Client&);
  std::size_t (*count)(const FakeGitHub&);
};

const std::vector<Creation>& creations() {
  static const std::vector<Creation> table = {
      {"comment", "/issues/7/comments",
       [](Client& client) { return create_issue_comment(client, 7, "hello").ok(); },
       [](const FakeGitHub& github) { return github.comments(7).size(); }},
      {"review", "/pulls/7/reviews",
       [](Client& client) {
         return create_review(client, 7, {head, "", {at("db/schema.sql", 12)}}).ok();
       },
       [](const FakeGitHub& github) { return github.review_comments(7).size(); }},
      {"review without comments", "/pulls/7/reviews",
       [](Client& client) {
         return create_review(client, 7, {head, "hello", {}}).ok();
       },
       [](const FakeGitHub& github) { return github.reviews(7).size(); }},
      {"comment on a file", "/pulls/7/comments",
       [](Client& client) {
         return create_file_comment(client, 7, head, "db/schema.sql", "hello").ok();
       },
       [](const FakeGitHub& github) { return github.review_comments(7).size(); }},
      {"status", "/statuses/",
       [](Client& client) {
         return set_status(client, head, {"schemagate", State::success, "ok", ""}).ok();
       },
       [](const FakeGitHub& github) { return github.statuses(head).size(); }},
      {"check run", "/check-runs",
       [](Client& client) { return create_check_run(client, run_with(2)).ok(); },
       [](const FakeGitHub& github) { return github.check_runs(head).size(); }},
      {"ref", "/git/refs", [](Client& client) { return create_ref(client, "heads/x", base).ok(); },
       [](const FakeGitHub& github) -> std::size_t { return github.ref("heads/x") == base; }},
  };
  return table;
}

TEST_CASE("whatever breaks: it is there once, or we know that it is not") {
  for (const auto& creation : creations()) {
    const std::string name = creation.name;
    for (const auto kind : {Fault::Kind::answer, Fault::Kind::answer_after,
                            Fault::Kind::drop_before, Fault::Kind::drop_after}) {
      for (const int status : {500, 502, 503}) {
        for (const int times : {1, 2, 4}) {
          World world;
          world.github.fail({.method = "POST",
                             .path = creation.path,
                             .kind = kind,
                             .status = status,
                             .times = times});
          const bool ok = creation.run(world.client);
          CAPTURE(name, kind, status, times);
          const bool had_effect =
              kind == Fault::Kind::answer_after || kind == Fault::Kind::drop_after;
          CHECK(ok == (times < 4 || had_effect));
          CHECK(creation.count(world.github) == (ok ? 1 : 0));
          if (kind == Fault::Kind::drop_before || kind == Fault::Kind::drop_after) break;
        }
      }
    }
  }
}

TEST_CASE("limits and refusals: waited out, or not tried again") {
  for (const auto& creation : creations()) {
    const std::string name = creation.name;
    CAPTURE(name);
    World world;
    world.github.fail(Fault::secondary_limit(30));
    world.github.fail({.status = 429, .message = "slow down", .headers = {{"retry-after", "5"}}});
    CHECK(creation.run(world.client));
    CHECK(world.now >= 35s);
    CHECK(world.now < 40s);
    CHECK(creation.count(world.github) == 1);
  }
  for (const auto& creation : creations()) {
    const std::string name = creation.name;
    CAPTURE(name);
    for (const int status : {401, 403, 404, 422}) {
      World world;
      world.github.fail({.status = status, .message = "no"});
      CHECK_FALSE(creation.run(world.client));
      CHECK(world.github.requests().size() == 1);
      CHECK(creation.count(world.github) == 0);
    }
  }
}

TEST_CASE("silence: the request's time ends, then we look, then it is sent again") {
  World world({}, 1s);
  world.github.fail({.method = "POST", .kind = Fault::Kind::silence});
  CHECK(create_issue_comment(world.client, 7, "hello").ok());
  CHECK(world.github.comments(7).size() == 1);
  CHECK(world.sent("GET") == 1);
  CHECK(world.sent("POST") == 2);
}

TEST_CASE("annotations that seemed to get lost are not added twice") {
  for (const auto kind :
       {Fault::Kind::answer_after, Fault::Kind::drop_after, Fault::Kind::drop_before}) {
    World world;
    world.github.fail({.method = "PATCH", .kind = kind});
    CHECK(value(create_check_run(world.client, run_with(80))).annotations == 80);
    CHECK(world.github.check_runs(head).at(0).annotations.size() == 80);
  }
}

TEST_CASE("a token that may only read: every refusal names what is missing") {
  World world;
  world.github.allow_only(
      {"contents: read", "pull-requests: read", "checks: read", "statuses: read"});
  const auto missing = [](const auto& outcome) {
    REQUIRE(!outcome.ok());
    CHECK(outcome.refusal().kind == Refusal::Kind::permission);
    CHECK_THAT(outcome.refusal().hint, ContainsSubstring("from a fork"));
    return outcome.refusal().permission;
  };
  CHECK(missing(create_issue_comment(world.client, 7, "x")) == "pull-requests: write");
  CHECK(missing(create_review(world.client, 7, {head, "x", {}})) == "pull-requests: write");
  CHECK(missing(create_check_run(world.client, run_with(1))) == "checks: write");
  CHECK(missing(set_status(world.client, head, {"x", State::success, "", ""})) ==
        "statuses: write");
  CHECK(missing(create_blob(world.client, "x")) == "contents: write");
  CHECK(issue_comments(world.client, 7).ok());
}

TEST_CASE("a token that is wrong") {
  World world;
  Client client(world.transport, {.api = parse_address(world.github.url(), "X"),
                                  .graphql = {},
                                  .repository = "acme/shop",
                                  .token = "ghs_wrong"});
  CHECK(refusal(pull_request(client, 7)) == "401: Bad credentials");
}

TEST_CASE("answers that are not GitHub's are refusals that name the field") {
  World world;
  world.github.fail({.status = 200, .message = "hello"});
  const auto outcome = pull_request(world.client, 7);
  REQUIRE(!outcome.ok());
  CHECK(outcome.refusal().kind == Refusal::Kind::unreadable);
  CHECK(outcome.refusal().message == "GitHub's answer: number is missing");
}

TEST_CASE("a comment that says what an older one says is posted all the same, once") {
  for (const auto kind : {Fault::Kind::drop_before, Fault::Kind::drop_after}) {
    World world;
    world.github.set_clock(1'790'000'000);
    const auto first = value(create_issue_comment(world.client, 7, "the same"));
    world.github.set_clock(1'790'000'060);
    (void)value(issue_comments(world.client, 7));  // tells the time
    Fault fault;
    fault.method = "POST";
    fault.kind = kind;
    world.github.fail(fault);
    CHECK(value(create_issue_comment(world.client, 7, "the same")).id != first.id);
    CHECK(world.github.comments(7).size() == 2);
  }
}

}  // namespace
