// SPDX-License-Identifier: MIT
// Allowances that need a second person: what an approval is about, and whose approval it is.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/story_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

const char* const drop =
    "SET lock_timeout = '5s';\n"
    "-- schemagate: allow drop-column: replaced by users.mail\n"
    "ALTER TABLE users DROP COLUMN email;\n";

class Approved {
 public:
  explicit Approved(const char* allow = "") : story_(base(allow)) {
    story_.github().set_access("lee", "write");
    story_.github().set_access("kim", "write");  // the author
    story_.push({{"m/2_less.sql", File(drop)}});
  }

  Story& story() { return story_; }
  void review(const std::string& author, const std::string& state) {
    story_.github().add_review(7, author, state);
  }
  /// The verdict's exit code; `event` is the one that starts the job.
  int judge(const std::string& event = "pull_request") {
    StoryJob job(SCHEMAGATE_BINARY, story_);
    if (event == "pull_request_review") {
      job.set("INPUT_COMMAND", "check");
      job.event(event, {{"action", "submitted"},
                        {"pull_request", job.pull_request()},
                        {"review",
                         {{"id", 1},
                          {"state", "approved"},
                          {"commit_id", story_.head()},
                          {"user", {{"login", "lee"}}}}}});
    }
    const ProgramRun run = job.run();
    said_ = run.out + run.err + job.summary();
    return run.exit_code;
  }
  const std::string& said() const { return said_; }

 private:
  static Files base(const std::string& allow) {
    return {
        {".schemagate.yml",
         File("databases:\n  - name: shop\n    migrations: {path: m, format: plain}\n" + allow)},
        {"m/1_users.sql", File("CREATE TABLE users (id bigint PRIMARY KEY, email text);\n")}};
  }

  Story story_;
  std::string said_;
};

TEST_CASE("what loses data and is allowed waits for somebody else who may write", "[github]") {
  Approved pull;
  CHECK(pull.judge() == 1);
  CHECK_THAT(pull.said(), ContainsSubstring("allowed by the author (replaced by users.mail), waits "
                                            "for a reviewer"));
  pull.review("kim", "APPROVED");  // GitHub would not take it; neither do we
  CHECK(pull.judge() == 1);
  pull.review("max", "APPROVED");  // may only read
  CHECK(pull.judge() == 1);
  pull.review("lee", "COMMENTED");
  CHECK(pull.judge() == 1);
  pull.review("lee", "APPROVED");
  CHECK(pull.judge("pull_request_review") == 0);
  CHECK_THAT(pull.said(), ContainsSubstring("replaced by users.mail"));
  pull.review("lee", "CHANGES_REQUESTED");
  CHECK(pull.judge("pull_request_review") == 1);
}

TEST_CASE("an approval is about a change and an allowance, not about a commit", "[github]") {
  Approved pull;
  pull.review("lee", "APPROVED");
  pull.story().push({{"README.md", File("another word\n")}});
  CHECK(pull.judge() == 0);
  SECTION("the change grows") {
    pull.story().push({{"m/3_more.sql", File("CREATE TABLE t (id int PRIMARY KEY);\n")}});
    CHECK(pull.judge() == 1);
  }
  SECTION("something else is allowed") {
    pull.story().push({{"m/3_more.sql", File("-- schemagate: allow truncate: it was only a test\n"
                                             "TRUNCATE users;\n")}});
    CHECK(pull.judge() == 1);
    CHECK_THAT(pull.said(), ContainsSubstring("it was only a test"));
  }
  SECTION("the reason is another one") {
    std::string other = drop;
    other.replace(other.find("replaced"), std::string("replaced by users.mail").size(), "why not");
    pull.story().push({{"m/2_less.sql", File(other)}});
    CHECK(pull.judge() == 1);
  }
}

TEST_CASE("the base's configuration says whose word counts", "[github]") {
  Approved anyone("allow: anyone\n");
  CHECK(anyone.judge() == 0);
  Approved nobody("rules:\n  drop-column: {allow: nobody}\n");
  nobody.review("lee", "APPROVED");
  CHECK(nobody.judge() == 1);
  Approved loosened("rules:\n  drop-column: {allow: reviewed}\n");
  loosened.story().push(
      {{".schemagate.yml", File("databases:\n  - name: shop\n    migrations: {path: m, format: "
                                "plain}\nallow: anyone\n")}});
  CHECK(loosened.judge() == 1);
  CHECK_THAT(loosened.said(), ContainsSubstring("changes allow, rules in .schemagate.yml"));
}

}  // namespace
}  // namespace schemagate::testing
