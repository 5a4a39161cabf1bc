// SPDX-License-Identifier: MIT
// What the safe plan can't make harmless is said below it: the locks that stay long, and what is
// lost or breaks by every plan.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/story_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

const Files base{{"schema.sql", File("CREATE TABLE users (id bigint, email text, plan text);\n"
                                     "CREATE VIEW mails AS SELECT email FROM users;\n"
                                     "CREATE TABLE old_users (id bigint);\n")}};

ProgramRun check(const std::string& schema, std::string& summary) {
  Story story(base);
  story.push({{"schema.sql", File(schema)}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.report_everything();
  ProgramRun run = job.run();
  summary = job.summary();
  UNSCOPED_INFO(run.out << run.err << summary);
  return run;
}

TEST_CASE("rows, values and views that go are said of the safe plan, too", "[github]") {
  std::string summary;
  const ProgramRun run = check("CREATE TABLE users (id bigint, email text UNIQUE);\n", summary);
  CHECK(run.exit_code == 1);
  for (const char* still : {"all rows of old_users", "the values of users.plan are lost",
                            "programs that still read the view mails fail"}) {
    CHECK_THAT(summary, ContainsSubstring(std::string("\nStill: ") + still));
    CHECK_THAT(run.out, ContainsSubstring(std::string("\n    still: ") + still));
  }
  CHECK_THAT(run.out, ContainsSubstring("the safe plan: the same change without long locks"));
}

TEST_CASE("nothing is said of a safe plan that loses nothing, or what somebody allows",
          "[github]") {
  std::string summary;
  check(
      "CREATE TABLE users (id bigint, email text UNIQUE, plan text);\n"
      "CREATE VIEW mails AS SELECT email FROM users;\n"
      "CREATE TABLE old_users (id bigint);\n",
      summary);
  CHECK_THAT(summary, ContainsSubstring("The safe way") && !ContainsSubstring("Still: "));
  check(
      "-- schemagate: allow drop-view mails: nobody reads it\n"
      "CREATE TABLE users (id bigint, email text UNIQUE, plan text);\n"
      "CREATE TABLE old_users (id bigint);\n",
      summary);
  CHECK_THAT(summary, ContainsSubstring("The safe way") && !ContainsSubstring("Still: "));
}

}  // namespace
}  // namespace schemagate::testing
