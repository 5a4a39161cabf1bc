// SPDX-License-Identifier: MIT
#include "github/client.h"

#include <catch2/catch_test_macros.hpp>

#include "base/error.h"
#include "github/comments.h"

using namespace schemagate;
using namespace schemagate::github;
using namespace std::chrono_literals;

namespace {

using Answer = std::variant<Response, NetworkTrouble>;

/// Answers from a list, in order, and keeps what it was asked. Time passes only by sleeping.
struct Script : Transport {
  std::vector<Answer> answers;
  std::vector<Request> requests;
  std::vector<std::chrono::milliseconds> sleeps;
  std::chrono::milliseconds now{0};

  Answer exchange(const Request& request) override {
    requests.push_back(request);
    if (requests.size() > answers.size()) return Response{599, {}, "the script is over"};
    return answers[requests.size() - 1];
  }
  Timing timing() {
    return {[this] { return now; },
            [this] { return std::chrono::floor<std::chrono::seconds>(now) + 1000s; },
            [this](std::chrono::milliseconds time) {
              sleeps.push_back(time);
              now += time;
            },
            [] { return 0.5; }};
  }
};

ClientOptions options(std::string_view api = "https://api.github.com") {
  return {.api = parse_address(api, "GITHUB_API_URL"),
          .graphql = {},
          .repository = "acme/shop",
          .token = "ghs_secret"};
}

Response ok(std::string body, std::map<std::string, std::string> headers = {}) {
  return {200, std::move(headers), std::move(body)};
}

Response refusal(int status, std::string message, std::map<std::string, std::string> headers = {}) {
  return {status, std::move(headers), R"({"message":")" + message + R"("})"};
}

using Times = std::vector<std::chrono::milliseconds>;

TEST_CASE("a request carries the token, the version and who asks") {
  Script script;
  script.answers = {ok("{}")};
  Client client(script, options("https://ghes.example/api/v3/"), script.timing());
  REQUIRE(client.get(client.in_repository("/pulls/7"), permission::none).ok());
  const auto& request = script.requests.at(0);
  CHECK(request.method == "GET");
  CHECK(request.path == "/api/v3/repos/acme/shop/pulls/7");
  CHECK(request.headers ==
        std::vector<std::pair<std::string, std::string>>{{"Accept", "application/vnd.github+json"},
                                                         {"X-GitHub-Api-Version", "2022-11-28"},
                                                         {"User-Agent", "schemagate"},
                                                         {"Authorization", "Bearer ghs_secret"}});
}

TEST_CASE("trouble of the server is waited out: 1, 2, 4 seconds and a little") {
  Script script;
  script.answers = {Response{502, {}, "<html>"}, NetworkTrouble{"no answer", true},
                    Response{500, {}, ""}, ok("[]")};
  Client client(script, options(), script.timing());
  CHECK(client.get("/x", permission::none).ok());
  CHECK(script.sleeps == Times{1500ms, 2500ms, 4500ms});
}

TEST_CASE("trouble that stays is a refusal after four attempts") {
  Script script;
  script.answers.assign(4, Response{503, {}, "<html>ghs_secret</html>"});
  Client client(script, options(), script.timing());
  const auto answer = client.get("/x", permission::none);
  REQUIRE(!answer.ok());
  CHECK(script.requests.size() == 4);
  CHECK(answer.refusal().kind == Refusal::Kind::server);
  CHECK(answer.refusal().message == "GET /x was not answered as GitHub does");
}

TEST_CASE("limits: GitHub's own words about how long to wait are followed") {
  Script script;
  Client client(script, options(), script.timing());
  SECTION("retry-after") {
    script.answers = {refusal(429, "slow down", {{"retry-after", "7"}}), ok("[]")};
    CHECK(client.get("/x", permission::none).ok());
    CHECK(script.sleeps == Times{7s});
  }
  SECTION("retry-after with 403") {
    script.answers = {
        refusal(403, "You have exceeded a secondary rate limit", {{"retry-after", "7"}}), ok("[]")};
    CHECK(client.get("/x", permission::none).ok());
    CHECK(script.sleeps == Times{7s});
  }
  SECTION("until the hour is over") {
    script.answers = {refusal(403, "API rate limit exceeded",
                              {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1020"}}),
                      ok("[]")};
    CHECK(client.get("/x", permission::none).ok());
    CHECK(script.sleeps == Times{21s});
  }
  SECTION("a secondary limit without a time: a minute") {
    script.answers = {refusal(403, "You have exceeded a secondary rate limit."), ok("[]")};
    CHECK(client.get("/x", permission::none).ok());
    CHECK(script.sleeps == Times{60s});
  }
  SECTION("longer than the budget: no waiting at all") {
    script.answers = {refusal(429, "slow down", {{"retry-after", "3600"}})};
    const auto answer = client.get("/x", permission::none);
    REQUIRE(!answer.ok());
    CHECK(answer.refusal().kind == Refusal::Kind::rate_limited);
    CHECK(answer.refusal().message == "slow down");
    CHECK(script.sleeps.empty());
  }
  SECTION("times that no clock knows") {
    script.answers = {refusal(429, "slow down", {{"retry-after", "99999999999999999999"}}),
                      refusal(429, "slow down", {{"retry-after", "9999999999999999"}})};
    CHECK(!client.get("/x", permission::none).ok());
    CHECK(script.sleeps == Times{60s});
  }
  SECTION("again and again: given up") {
    script.answers.assign(9, refusal(429, "slow down", {{"retry-after", "1"}}));
    CHECK(!client.get("/x", permission::none).ok());
    CHECK(script.sleeps == Times{1s, 1s, 1s});
  }
}

TEST_CASE("what is forbidden is not tried again, and the missing permission is named") {
  Script script;
  script.answers = {refusal(403, "Resource not accessible by integration")};
  Client client(script, options(), script.timing());
  const auto answer = create_issue_comment(client, 7, "hello");
  REQUIRE(!answer.ok());
  CHECK(script.requests.size() == 1);
  CHECK(script.sleeps.empty());
  CHECK(answer.refusal().kind == Refusal::Kind::permission);
  CHECK(to_string(answer.refusal()) == "403: Resource not accessible by integration");
  CHECK(answer.refusal().permission == "pull-requests: write");
  CHECK(answer.refusal().hint ==
        "does the workflow say `permissions: {pull-requests: write}` (for: review, comment)? for a "
        "pull request from a fork or from Dependabot GitHub makes every token read-only");
}

TEST_CASE("GitHub's list of errors is part of the message") {
  Script script;
  script.answers = {Response{422, {}, R"({"message":"Validation Failed","errors":[
        {"resource":"PullRequestReview","code":"custom","message":"line must be part of the diff"},
        "and a text ghs_secret"]})"}};
  Client client(script, options(), script.timing());
  const auto answer = client.get("/x", permission::none);
  REQUIRE(!answer.ok());
  CHECK(answer.refusal().kind == Refusal::Kind::invalid);
  CHECK(
      answer.refusal().message ==
      "Validation Failed; PullRequestReview custom line must be part of the diff; and a text ***");
}

TEST_CASE("the budget: afterwards every request is refused at once") {
  Script script;
  script.answers.assign(9, refusal(429, "slow down", {{"retry-after", "50"}}));
  Client client(script, options(), script.timing());
  CHECK(!client.get("/x", permission::none).ok());
  CHECK(script.sleeps == Times{50s, 50s});
  CHECK(script.requests.size() == 3);
  script.now += 1000s;  // time that passes between calls is not GitHub's
  script.answers.push_back(ok("[]"));
  script.answers[3] = ok("{}");
  CHECK(client.get("/x", permission::none).ok());
  CHECK(script.requests.back().timeout == 20s);
}

TEST_CASE("many writes keep their distance: a second, and three where people get mail") {
  Script script;
  script.answers.assign(17, ok(R"({"id":1})"));
  Client client(script, options(), script.timing());
  // What one check needs comes without a wait.
  for (int i = 0; i < 7; ++i) CHECK(edit_issue_comment(client, 1, "again").ok());
  CHECK(create_issue_comment(client, 7, "zero").ok());
  CHECK(script.sleeps.empty());
  CHECK(create_issue_comment(client, 7, "one").ok());
  CHECK(edit_issue_comment(client, 1, "two").ok());
  CHECK(create_issue_comment(client, 7, "three").ok());
  CHECK(issue_comments(client, 7).ok() == false);  // not an array: unreadable, and no wait
  CHECK(script.sleeps == Times{3s, 1s, 2s});
}

TEST_CASE("a stand-in for GitHub on this machine gets many writes without a wait") {
  Script script;
  script.answers.assign(17, ok(R"({"id":1})"));
  Client client(script, options("http://127.0.0.1:8080"), script.timing());
  for (int i = 0; i < 17; ++i) CHECK(create_issue_comment(client, 7, "again").ok());
  CHECK(script.sleeps.empty());
}

TEST_CASE("a POST that may have been seen is repeated only after looking") {
  Script script;
  Client client(script, options(), script.timing());
  const std::string posted = R"({"id":5,"body":"hello\r\n","user":{"login":"bot","id":3}})";
  SECTION("it was there") {
    script.answers = {NetworkTrouble{"connection closed", true}, ok("[" + posted + "]")};
    const auto answer = create_issue_comment(client, 7, "hello\n");
    REQUIRE(answer.ok());
    CHECK(answer->id == 5);
    REQUIRE(script.requests.size() == 2);
    CHECK(script.requests[1].method == "GET");
  }
  SECTION("it was not") {
    script.answers = {Response{502, {}, ""}, ok("[]"), Response{201, {}, posted}};
    const auto answer = create_issue_comment(client, 7, "hello\n");
    REQUIRE(answer.ok());
    CHECK(answer->author == "bot");
    REQUIRE(script.requests.size() == 3);
    CHECK(script.requests[2].method == "POST");
  }
  SECTION("GitHub has certainly not seen it: no need to look") {
    script.answers = {NetworkTrouble{"no connection", false}, Response{201, {}, posted}};
    CHECK(create_issue_comment(client, 7, "hello\n").ok());
    CHECK(script.requests[1].method == "POST");
  }
  SECTION("what lasts is not tried again") {
    script.answers = {NetworkTrouble{"the certificate is for another host", false, true}};
    const auto answer = create_issue_comment(client, 7, "hello\n");
    REQUIRE(!answer.ok());
    CHECK(answer.refusal().kind == Refusal::Kind::network);
    CHECK(script.requests.size() == 1);
  }
  SECTION("looking fails: better not at all than twice") {
    script.answers = {Response{502, {}, ""}, refusal(404, "Not Found")};
    const auto answer = create_issue_comment(client, 7, "hello\n");
    REQUIRE(!answer.ok());
    CHECK(answer.refusal().status == 502);
    CHECK(script.requests.size() == 2);
  }
  SECTION("the last attempt had its effect") {
    script.answers = {
        Response{502, {}, ""}, ok("[]"), Response{502, {}, ""}, ok("[]"),
        Response{502, {}, ""}, ok("[]"), Response{502, {}, ""}, ok("[" + posted + "]")};
    CHECK(create_issue_comment(client, 7, "hello\n").ok());
  }
}

TEST_CASE("pages: Link is followed as it is, and never to another host") {
  Script script;
  Client client(script, options("https://ghes.example/api/v3"), script.timing());
  const auto next = [](std::string url) {
    return std::map<std::string, std::string>{
        {"link",
         "<https://x>; rel=\"first\", <" + url + ">; rel=\"next\", <https://y>; rel=\"last\""}};
  };
  SECTION("three pages") {
    script.answers = {
        ok("1", next("https://ghes.example/api/v3/repositories/9/c?page=2&after=a%3D")),
        ok("2", next("https://GHES.example:443/api/v3/repositories/9/c?page=3")), ok("3")};
    const auto pages = client.pages("/c?x=1", permission::none);
    REQUIRE(pages.ok());
    CHECK(*pages == std::vector<std::string>{"1", "2", "3"});
    CHECK(script.requests[0].path == "/api/v3/c?x=1&per_page=100");
    CHECK(script.requests[1].path == "/api/v3/repositories/9/c?page=2&after=a%3D");
    CHECK(script.requests[2].path == "/api/v3/repositories/9/c?page=3");
  }
  SECTION("another host, another scheme, another port, a user, no host") {
    for (const char* url : {"https://evil.example/c?page=2", "http://ghes.example/c?page=2",
                            "https://ghes.example:8443/c", "https://ghes.example@evil.example/c",
                            "//evil.example/c", "https://ghes.example.evil.example/c"}) {
      script.answers = {ok("1", next(url))};
      script.requests.clear();
      const auto pages = client.pages("/c", permission::none);
      REQUIRE(!pages.ok());
      CHECK(pages.refusal().kind == Refusal::Kind::unreadable);
      CHECK(script.requests.size() == 1);
    }
  }
  SECTION("a page that fails fails all: half a list is no list") {
    script.answers = {ok("1", next("https://ghes.example/api/v3/c?page=2")), refusal(404, "gone")};
    CHECK(!client.pages("/c", permission::none).ok());
  }
  SECTION("pages without end are given up") {
    script.answers.assign(1000, ok("1", next("https://ghes.example/api/v3/c?page=2")));
    CHECK(!client.pages("/c", permission::none).ok());
    CHECK(script.requests.size() == 300);
  }
}

TEST_CASE("redirects stay on the host; the same request is sent again") {
  Script script;
  Client client(script, options(), script.timing());
  SECTION("a renamed repository") {
    script.answers = {Response{301, {{"location", "https://api.github.com/repositories/9/c"}}, ""},
                      Response{201, {}, R"({"id":1})"}};
    CHECK(create_issue_comment(client, 7, "hello").ok());
    CHECK(script.requests[1].method == "POST");
    CHECK(script.requests[1].path == "/repositories/9/c");
    CHECK(script.requests[1].body == script.requests[0].body);
  }
  SECTION("another host never sees the token") {
    script.answers = {Response{302, {{"location", "https://evil.example/c"}}, ""}};
    const auto answer = client.get("/c", permission::none);
    REQUIRE(!answer.ok());
    CHECK(answer.refusal().message == "GitHub redirects to another host");
    CHECK(script.requests.size() == 1);
  }
  SECTION("in a circle") {
    script.answers.assign(9, Response{307, {{"location", "/c"}}, ""});
    CHECK(!client.get("/c", permission::none).ok());
    CHECK(script.requests.size() == 4);
  }
}

TEST_CASE("GraphQL: where it is, and errors with status 200") {
  Script script;
  script.answers = {
      ok(R"({"data":{"viewer":{"login":"github-actions[bot]","databaseId":41898282}}})"),
      ok(R"({"data":null,"errors":[{"type":"FORBIDDEN","message":"may not"}]})"),
      ok(R"({"errors":[{"type":"RATE_LIMITED","message":"too often"}]})")};
  Client client(script, options("https://ghes.example/api/v3"), script.timing());
  CHECK(client.graphql("query{viewer{login}}", "{}", permission::none).ok());
  CHECK(script.requests[0].path == "/api/graphql");
  CHECK(script.requests[0].body == "{\"query\":\"query{viewer{login}}\",\"variables\":{}}\n");
  const auto refused = client.graphql("x", "{}", permission::write_pull_requests);
  REQUIRE(!refused.ok());
  CHECK(refused.refusal().kind == Refusal::Kind::permission);
  CHECK(refused.refusal().message == "may not");
  const auto later = client.graphql("x", "{}", permission::none);
  REQUIRE(!later.ok());
  CHECK(later.refusal().kind == Refusal::Kind::rate_limited);
}

TEST_CASE("settings that can't be right are errors without the token in them") {
  Script script;
  auto bad = options();
  SECTION("a line end in the token") { bad.token = "ghs_secret\nX-Evil: 1"; }
  SECTION("a repository with a slash too many") { bad.repository = "acme/shop/../../x"; }
  SECTION("no repository") { bad.repository = ""; }
  SECTION("a repository with a query") { bad.repository = "acme/shop?x"; }
  SECTION("a repository with a zero byte") { bad.repository = std::string("acme/sh\0p", 9); }
  SECTION("GraphQL elsewhere") { bad.graphql = parse_address("https://evil.example/graphql", "x"); }
  try {
    Client client(script, bad, script.timing());
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.kind == ErrorKind::config);
    CHECK(std::string(error.what()).find("secret") == std::string::npos);
  }
}

}  // namespace
