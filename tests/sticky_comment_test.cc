// SPDX-License-Identifier: MIT
// One comment, two writers: what happens when the other one comes in between a look and a write.
#include "github/sticky_comment.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include "github/client.h"
#include "github/https_transport.h"
#include "tests/story.h"

namespace schemagate::testing {
namespace {

using namespace std::chrono_literals;
using Catch::Matchers::ContainsSubstring;
using github::Section;

/// After each of our writes to a comment somebody puts back what was there, `times` times.
class OtherWriter : public github::Transport {
 public:
  OtherWriter(github::Transport& inner, std::string body, int times)
      : inner_(inner), body_(std::move(body)), times_(times) {}

  std::variant<github::Response, github::NetworkTrouble> exchange(
      const github::Request& request) override {
    auto answer = inner_.exchange(request);
    if (request.method != "PATCH") return answer;
    ++writes_;
    if (times_-- <= 0) return answer;
    github::Request other = request;
    other.body = nlohmann::json{{"body", body_}}.dump();
    inner_.exchange(other);
    return answer;
  }
  int writes() const { return writes_; }

 private:
  github::Transport& inner_;
  std::string body_;
  int times_, writes_ = 0;
};

/// What the page says after findings are written while the gate's writer comes in so often.
struct Written {
  explicit Written(int times) : story({{"m/1.sql", File("CREATE TABLE a (id int);\n")}}) {
    story.push({{"m/2.sql", File("CREATE TABLE b (id int);\n")}});
    const std::string before =
        github::with_section(github::with_section("", "", Section::gate, "waits for #412"), "",
                             Section::findings, "old");
    story.github().add_comment(7, "github-actions[bot]", before);
    const github::Address address = github::parse_address(story.github().url(), "X");
    github::HttpsTransport wire(address, {});
    OtherWriter transport(wire, before, times);
    github::Client client(transport, {.api = address,
                                      .graphql = {},
                                      .repository = "acme/shop",
                                      .token = story.github().token(),
                                      .budget = 100h,
                                      .request_timeout = 2s});
    github::Identity us(client);
    is_written = github::write_section(client, 7, "", us, Section::findings, "1 error").ok();
    writes = transport.writes();
    const auto comments = story.github().comments(7);
    REQUIRE(comments.size() == 1);
    page = comments[0].body;
  }

  Story story;
  bool is_written = false;
  int writes = 0;
  std::string page;
};

TEST_CASE("a section that another writer took back is written again, up to the third time",
          "[github]") {
  for (const int times : {0, 1, 2}) {
    const Written written(times);
    INFO(times << " times taken back\n" << written.page);
    CHECK(written.is_written);
    CHECK(written.writes == times + 1);
    CHECK_THAT(written.page, ContainsSubstring("1 error") && ContainsSubstring("waits for #412"));
  }
}

TEST_CASE("a writer that never rests is not fought: three writes are the end", "[github]") {
  const Written written(100);
  CHECK(written.writes == 3);
}

/// Right after our comment was made the gate's writer, which saw none, has made its own.
class SameMoment : public github::Transport {
 public:
  explicit SameMoment(github::Transport& inner) : inner_(inner) {}
  std::variant<github::Response, github::NetworkTrouble> exchange(
      const github::Request& request) override {
    auto answer = inner_.exchange(request);
    if (request.method != "POST" || ++made_ > 1) return answer;
    github::Request other = request;
    other.body =
        nlohmann::json{{"body", github::with_section("", "", Section::gate, "waits for #412")}}
            .dump();
    inner_.exchange(other);
    return answer;
  }

 private:
  github::Transport& inner_;
  int made_ = 0;
};

TEST_CASE("two writers that begin at the same moment end with one comment", "[github]") {
  Story story({{"m/1.sql", File("CREATE TABLE a (id int);\n")}});
  story.push({{"m/2.sql", File("CREATE TABLE b (id int);\n")}});
  const github::Address address = github::parse_address(story.github().url(), "X");
  github::HttpsTransport wire(address, {});
  SameMoment transport(wire);
  github::Client client(transport, {.api = address,
                                    .graphql = {},
                                    .repository = "acme/shop",
                                    .token = story.github().token(),
                                    .budget = 100h,
                                    .request_timeout = 2s});
  github::Identity us(client);
  CHECK(github::write_section(client, 7, "", us, Section::findings, "1 error").ok());
  const auto comments = story.github().comments(7);
  REQUIRE(comments.size() == 1);
  CHECK_THAT(comments[0].body, ContainsSubstring("1 error") && ContainsSubstring("waits for #412"));
}

}  // namespace
}  // namespace schemagate::testing
