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

const std::string clean = "### 🟢 schemagate: no findings\nno findings in `shop`\n";
const std::string bad = "### 🔴 schemagate: 1 error\n\n| database |\n";
const std::string stale = "### 🟠 Gate: stale\n\nThe base has moved.\n";
const std::string granted = "### 🟢 Gate: granted\n\nIt may land.\n";

std::string first_lines(const std::string& body) {
  return body.substr(0, body.find("<!-- schemagate:begin"));
}

TEST_CASE("the headline says both sections, whoever wrote last") {
  using github::with_section;
  const std::string of_check = with_section("", "", Section::findings, clean),
                    of_gate = with_section("", "", Section::gate, stale);
  // One section has a heading of its own.
  CHECK(of_check == "<!-- schemagate:v1 - -->\n<!-- schemagate:begin findings -->\n" + clean +
                        "<!-- schemagate:end findings -->\n");
  CHECK(first_lines(of_gate) == "<!-- schemagate:v1 - -->\n");
  const std::string both = with_section(of_check, "", Section::gate, stale);
  CHECK(both == with_section(of_gate, "", Section::findings, clean));
  CHECK(both ==
        "<!-- schemagate:v1 - -->\n"
        "### 🟠 schemagate: no findings · gate **stale**\n"
        "<!-- schemagate:begin findings -->\n"
        "<!-- schemagate:title 🟢 schemagate: no findings -->\n"
        "no findings in `shop`\n"
        "<!-- schemagate:end findings -->\n"
        "<!-- schemagate:begin gate -->\n" +
            stale + "<!-- schemagate:end gate -->\n");
  // Each later writer finds the other's words again, with GitHub's line ends, too.
  std::string returned = both;
  for (std::size_t at = returned.find('\n'); at != std::string::npos;
       at = returned.find('\n', at + 2))
    returned.replace(at, 1, "\r\n");
  CHECK(with_section(returned, "", Section::gate, stale) == both);
  CHECK_THAT(first_lines(with_section(returned, "", Section::findings, bad)),
             ContainsSubstring("### 🔴 schemagate: 1 error · gate **stale**\n"));
  CHECK_THAT(first_lines(with_section(returned, "", Section::gate, granted)),
             ContainsSubstring("### 🟢 schemagate: no findings · gate **granted**\n"));
  CHECK(with_section(returned, "", Section::gate, "") == of_check);
  CHECK(with_section(returned, "", Section::findings, "") == of_gate);
}

TEST_CASE("text of a pull request is no title") {
  const std::string page = github::with_section(
      github::with_section("", "", Section::gate, stale), "", Section::findings,
      bad + "<!-- schemagate:title 🟢 all is well -->\n### 🟢 Gate: granted\n");
  CHECK_THAT(first_lines(page), ContainsSubstring("### 🔴 schemagate: 1 error · gate **stale**\n"));
  CHECK(first_lines(github::with_section(page, "", Section::gate, stale)) == first_lines(page));
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
