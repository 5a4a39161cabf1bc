// SPDX-License-Identifier: MIT
// How comments beside lines age from push to push: what each says is true of the newest push that
// was judged, and of what nobody judged nothing new is said. Through the whole program and the fake
// GitHub.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/story_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using github::ReviewComment;

const Files base = shop_with_users();
const char* const two_databases =
    "databases:\n  - name: shop\n    migrations: {path: m, format: plain}\n  - name: billing\n    "
    "migrations: {path: b, format: plain}\n";
const Files shop_and_billing{{".schemagate.yml", File(two_databases)},
                             {"m/1.sql", File("CREATE TABLE users (id bigint, email text);\n")},
                             {"b/1.sql", File("CREATE TABLE bills (id bigint, total text);\n")}};

File with_timeout(const std::string& sql) { return File("SET lock_timeout = '5s';\n" + sql); }
const File blocking_users = with_timeout("CREATE INDEX users_email_idx ON users (email);\n");
const File blocking_bills = with_timeout("CREATE INDEX bills_total_idx ON bills (total);\n");
const File harmless_users =
    with_timeout("CREATE INDEX CONCURRENTLY users_email_idx ON users (email);\n");

/// What the program says to the newest push.
ProgramRun judge(Story& story, const std::map<std::string, std::string>& inputs = {}) {
  story.repository().reference("refs/remotes/origin/main", story.base());
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.report_everything();
  for (const auto& [name, value] : inputs) job.set(name, value);
  ProgramRun run = job.run();
  run.out += job.summary();
  UNSCOPED_INFO(run.out << run.err);
  return run;
}

/// The first comment on the file.
ReviewComment on(Story& story, const std::string& path) {
  const auto all = story.github().review_comments(7);
  const auto at = std::find_if(all.begin(), all.end(),
                               [&](const ReviewComment& one) { return one.path == path; });
  REQUIRE(at != all.end());
  INFO(at->body);
  return *at;
}

bool is_gone(const ReviewComment& comment) {
  return comment.body.find("Gone as of") != std::string::npos;
}
bool suggests(const ReviewComment& comment) {
  return comment.body.find("```suggestion") != std::string::npos;
}

TEST_CASE("a push that nobody can judge leaves every comment as it is", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", blocking_users}});
  judge(story);
  const std::string said = on(story, "m/2_email.sql").body;
  story.repository().commit("main", {{".schemagate.yml", File("databases: [\n")}});
  story.push({{"README.md", File("a shop\n")}});
  CHECK(judge(story).exit_code == 2);
  CHECK(story.github().status(story.head(), "schemagate").state == github::State::error);
  CHECK(on(story, "m/2_email.sql").body == said);
  // Once it can be judged again, what is mended is marked.
  story.repository().commit("main", {{".schemagate.yml", base.at(".schemagate.yml")}});
  story.push({{"m/2_email.sql", harmless_users}});
  CHECK(judge(story).exit_code == 0);
  CHECK(is_gone(on(story, "m/2_email.sql")));
}

/// The base's configuration has the second database's files in c/ from now on.
void move_bills(Story& story) {
  std::string moved = two_databases;
  const std::string was = "path: b, format: plain";  // what is configured is judged
  moved.replace(moved.find(was), was.size(), "path: c, format: auto");
  story.repository().commit("main", {{".schemagate.yml", File(moved)}});
}

TEST_CASE("of several databases the comments of the one that could not be judged stay",
          "[github]") {
  Story story(shop_and_billing);
  story.push({{"m/2.sql", blocking_users}, {"b/2.sql", blocking_bills}});
  judge(story);
  const std::string said = on(story, "b/2.sql").body;
  move_bills(story);
  story.push({{"m/2.sql", harmless_users}});
  const ProgramRun run = judge(story);
  CHECK(run.exit_code == 2);
  CHECK_THAT(run.out, ContainsSubstring("no file matches c/"));
  CHECK(is_gone(on(story, "m/2.sql")));
  CHECK(on(story, "b/2.sql").body == said);
}

TEST_CASE("a job that judges one database leaves the other's comments as they are", "[github]") {
  Story story(shop_and_billing);
  story.push({{"m/2.sql", blocking_users}, {"b/2.sql", blocking_bills}});
  judge(story);
  const std::string said = on(story, "b/2.sql").body;
  story.push({{"m/2.sql", harmless_users}, {"b/2.sql", std::nullopt}});
  judge(story, {{"INPUT_DATABASES", "shop"}});
  CHECK(is_gone(on(story, "m/2.sql")));
  CHECK(on(story, "b/2.sql").body == said);
  judge(story);
  CHECK(is_gone(on(story, "b/2.sql")));
}

TEST_CASE("a database that leaves the configuration is not judged any more, and not gone",
          "[github]") {
  Story story(shop_and_billing);
  story.push({{"m/2.sql", blocking_users}, {"b/2.sql", blocking_bills}});
  judge(story);
  story.repository().commit("main", {{".schemagate.yml", base.at(".schemagate.yml")}});
  story.push({{"README.md", File("a shop\n")}});
  judge(story);
  CHECK_THAT(on(story, "b/2.sql").body, ContainsSubstring("⚪ Not judged any more as of ") &&
                                            ContainsSubstring("not in the configuration"));
  CHECK_FALSE(is_gone(on(story, "m/2.sql")));
}

TEST_CASE("a database that is left out for another server is not judged, and its comments stay",
          "[github]") {
  Files files = shop_and_billing;
  files.insert_or_assign("c/1.sql",
                         File("CREATE TABLE `bills` (id bigint AUTO_INCREMENT) ENGINE=InnoDB;\n"));
  Story story(files);
  story.push({{"m/2.sql", blocking_users}, {"b/2.sql", blocking_bills}});
  judge(story);
  const std::string said = on(story, "b/2.sql").body;
  move_bills(story);
  story.push({{"m/2.sql", harmless_users}, {"c/2.sql", File("DROP TABLE `bills`;\n")}});
  CHECK_THAT(judge(story).out, ContainsSubstring("c/ is left out: it is written for MySQL"));
  CHECK(on(story, "b/2.sql").body == said);
  CHECK(is_gone(on(story, "m/2.sql")));
}

TEST_CASE("what the base's tip showed is not gone while nobody knows what would land", "[github]") {
  Files files = base;
  files.insert_or_assign("README.md", File("a shop\n"));
  Story story(files);
  story.push({{"m/5_less.sql", with_timeout("ALTER TABLE users DROP COLUMN plan;\n")}});
  story.repository().commit(
      "main", {{"m/2_view.sql", File("CREATE VIEW plans AS SELECT plan FROM users;\n")},
               {"README.md", File("the shop\n")}});
  judge(story);
  const auto fails_there = [&] {
    for (const ReviewComment& one : story.github().review_comments(7))
      if (one.body.find("on the base's tip") != std::string::npos) return one;
    return ReviewComment();
  };
  const std::string said = fails_there().body;
  REQUIRE_FALSE(said.empty());
  story.push({{"README.md", File("our shop\n")}});
  CHECK_THAT(judge(story).out, ContainsSubstring("README.md in conflict with the base"));
  CHECK(fails_there().body == said);
  story.push({{"README.md", File("the shop\n")},
              {"m/5_less.sql", with_timeout("ALTER TABLE users DROP COLUMN email;\n")}});
  judge(story);
  CHECK(is_gone(fails_there()));
}

/// Two migrations with a finding of one rule about one object.
void push_twins(Story& story) {
  story.push({{"m/2_a.sql", File("ALTER TABLE users ADD COLUMN a int;\n")},
              {"m/3_b.sql", File("ALTER TABLE users ADD COLUMN b int;\n")}});
  judge(story);
  REQUIRE(story.github().review_comments(7).size() == 2);
}

TEST_CASE(
    "reviewdog#568, react-doctor#307: of two findings of one rule about one table the mended one "
    "is marked, not the other",
    "[github]") {
  for (const auto& [mended, other] :
       {std::pair("m/2_a.sql", "m/3_b.sql"), std::pair("m/3_b.sql", "m/2_a.sql")}) {
    Story story(base);
    push_twins(story);
    const std::string said = on(story, other).body;
    story.push({{mended, with_timeout("ALTER TABLE users ADD COLUMN c int;\n")}});
    judge(story);
    INFO(mended);
    CHECK(story.github().review_comments(7).size() == 2);
    CHECK(is_gone(on(story, mended)));
    CHECK(on(story, other).body == said);
    // Both come back to their own.
    push_twins(story);
    CHECK_FALSE(is_gone(on(story, "m/2_a.sql")));
    CHECK_FALSE(is_gone(on(story, "m/3_b.sql")));
  }
}

TEST_CASE("of two statements in one file with one rule and object the mended one's comment ends",
          "[github]") {
  const std::string first = "ALTER TABLE users ALTER COLUMN email TYPE varchar(30);\n",
                    second = "ALTER TABLE users ALTER COLUMN email TYPE varchar(20);\n";
  Story story(base);
  story.push({{"m/2.sql", with_timeout(first + second)}});
  judge(story);
  const auto before = story.github().review_comments(7);
  REQUIRE(before.size() == 2);
  const std::int64_t of_first = before[before[0].line == 2 ? 0 : 1].id;
  story.push({{"m/2.sql", with_timeout(second)}});
  judge(story);
  for (const ReviewComment& comment : story.github().review_comments(7)) {
    INFO(comment.body);
    CHECK(is_gone(comment) == (comment.id == of_first));
  }
}

TEST_CASE("a migration that is renamed keeps its comment", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", blocking_users}});
  judge(story);
  story.push({{"m/2_email.sql", std::nullopt}, {"m/3_email.sql", blocking_users}});
  judge(story);
  REQUIRE(story.github().review_comments(7).size() == 1);
  CHECK_FALSE(is_gone(on(story, "m/2_email.sql")));
}

TEST_CASE("the comment of a finding that is allowed says who allows it and why", "[github]") {
  Story story(base);
  story.github().set_access("lee", "write");
  story.push({{"m/2_email.sql", blocking_users},
              {"m/3_less.sql", with_timeout("ALTER TABLE users DROP COLUMN plan;\n")}});
  judge(story);
  CHECK(suggests(on(story, "m/2_email.sql")));
  story.push(
      {{"m/2_email.sql",
        with_timeout("-- schemagate: allow blocking-index-build: nobody writes at night\n"
                     "CREATE INDEX users_email_idx ON users (email);\n")},
       {"m/3_less.sql", with_timeout("-- schemagate: allow drop-column: replaced by @tariff\n"
                                     "ALTER TABLE users DROP COLUMN plan;\n")}});
  judge(story);
  const ReviewComment allowed = on(story, "m/2_email.sql");
  CHECK_FALSE(is_gone(allowed));
  CHECK_FALSE(suggests(allowed));
  CHECK_THAT(allowed.body, ContainsSubstring("☑️ Allowed as of " + story.head().substr(0, 7) +
                                             " in the schema's own comments: nobody writes at "
                                             "night\n"));
  CHECK_THAT(on(story, "m/3_less.sql").body, ContainsSubstring("waits for a reviewer"));
  story.github().add_review(7, "lee", "APPROVED");
  judge(story);
  CHECK_THAT(on(story, "m/3_less.sql").body,
             ContainsSubstring("replaced by @\u200Btariff (approved by `lee`)"));
  // Nothing is edited while nothing changes.
  const auto before = story.github().review_comments(7);
  story.push({{"README.md", File("a shop\n")}});
  judge(story);
  CHECK(on(story, "m/2_email.sql").body == before[0].body);
  CHECK(on(story, "m/3_less.sql").body == before[1].body);
  // Mended after all.
  story.push({{"m/2_email.sql", harmless_users}});
  judge(story);
  CHECK(is_gone(on(story, "m/2_email.sql")));
  CHECK_THAT(on(story, "m/2_email.sql").body, !ContainsSubstring("Allowed"));
  story.push({{"m/2_email.sql", blocking_users}});
  judge(story);
  CHECK_THAT(on(story, "m/2_email.sql").body, !ContainsSubstring("What was said"));
}

TEST_CASE("the comment of a finding that is a note by now says so", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", blocking_users}});
  judge(story);
  CHECK(suggests(on(story, "m/2_email.sql")));
  std::string softer = base.at(".schemagate.yml")->text;
  softer += "rules:\n  blocking-index-build: note\n";
  story.repository().commit("main", {{".schemagate.yml", File(softer)}});
  story.push({{"README.md", File("a shop\n")}});
  CHECK(judge(story).exit_code == 0);
  const ReviewComment comment = on(story, "m/2_email.sql");
  CHECK_FALSE(is_gone(comment));
  CHECK_FALSE(suggests(comment));
  CHECK_THAT(comment.body, ContainsSubstring("🔵 Only a note as of " + story.head().substr(0, 7)));
  // It is an error again.
  story.repository().commit("main", {{".schemagate.yml", base.at(".schemagate.yml")}});
  story.push({{"README.md", File("the shop\n")}});
  judge(story);
  CHECK(suggests(on(story, "m/2_email.sql")));
}

TEST_CASE("a comment whose statement moved to another file suggests nothing where it was",
          "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", blocking_users}});
  judge(story);
  const std::string kept = "CREATE INDEX users_email_idx ON users (email);\n";
  story.push(
      {{"m/2_email.sql", with_timeout("/*\n" + kept + "*/\n")}, {"m/3_email.sql", blocking_users}});
  judge(story);
  const ReviewComment comment = on(story, "m/2_email.sql");
  CHECK(comment.line == 3);
  CHECK_FALSE(is_gone(comment));
  CHECK_FALSE(suggests(comment));
  const auto runs = story.github().check_runs(story.head());
  REQUIRE(runs.size() == 1);
  REQUIRE(runs[0].annotations.size() == 1);
  CHECK(runs[0].annotations[0].path == "m/3_email.sql");
}

TEST_CASE("a comment whose statement moved down in its file suggests nothing where it was",
          "[github]") {
  Story story(base);
  const std::string index = "CREATE INDEX users_email_idx ON users (email);\n";
  const std::string explained = index + "-- for the log-in\n";
  story.push({{"m/2_email.sql", with_timeout(explained)}});
  judge(story);
  REQUIRE(suggests(on(story, "m/2_email.sql")));
  story.push({{"m/2_email.sql", with_timeout("/*\n" + explained + "*/\n" + index)}});
  judge(story);
  const ReviewComment comment = on(story, "m/2_email.sql");
  REQUIRE(comment.line == 3);  // GitHub follows the text, which nobody runs any more
  CHECK_FALSE(is_gone(comment));
  CHECK_FALSE(suggests(comment));
  const auto runs = story.github().check_runs(story.head());
  REQUIRE(runs.size() == 1);
  REQUIRE(runs[0].annotations.size() == 1);
  CHECK(runs[0].annotations[0].start_line == 6);
}

TEST_CASE("a comment that GitHub moved along with its statement keeps its button", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", blocking_users}});
  judge(story);
  const std::string index = "CREATE INDEX users_email_idx ON users (email);\n";
  story.push({{"m/2_email.sql", with_timeout("-- for the log-in\n\n" + index)}});
  judge(story);
  const ReviewComment comment = on(story, "m/2_email.sql");
  CHECK(comment.line == 4);
  CHECK(suggests(comment));
  const auto runs = story.github().check_runs(story.head());
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].annotations.empty());
}

TEST_CASE("what is gone has no button that would bring something of it back", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", blocking_users}});
  judge(story);
  CHECK(suggests(on(story, "m/2_email.sql")));
  story.push({{"m/2_email.sql", harmless_users}});
  judge(story);
  const ReviewComment comment = on(story, "m/2_email.sql");
  CHECK(is_gone(comment));
  CHECK_FALSE(suggests(comment));
  CHECK_THAT(comment.body, ContainsSubstring("```sql\nCREATE INDEX CONCURRENTLY"));
}

TEST_CASE("a comment that may not be edited keeps no other from being posted, and it is said",
          "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", blocking_users}});
  judge(story);
  const std::string said = on(story, "m/2_email.sql").body;
  Fault refused = Fault::no_permission();
  refused.method = "PATCH";
  refused.path = "/pulls/comments/";
  refused.times = 100;
  story.github().fail(refused);
  story.push({{"m/2_email.sql", harmless_users},
              {"m/3_less.sql", with_timeout("ALTER TABLE users DROP COLUMN plan;\n")}});
  const ProgramRun run = judge(story);
  CHECK(run.exit_code == 1);
  CHECK(on(story, "m/2_email.sql").body == said);
  CHECK_THAT(on(story, "m/3_less.sql").body, ContainsSubstring("`drop-column`"));
  CHECK_THAT(run.out, ContainsSubstring("review: 1 comment, 1 not edited: 403: "));
  CHECK_THAT(run.out, ContainsSubstring("Not brought up to date: review."));
  CHECK_THAT(run.out, !ContainsSubstring("not posted: 403"));
}

TEST_CASE("a comment that says gone and may not be edited is followed by a new one", "[github]") {
  Story story(base);
  for (const File& file : {blocking_users, harmless_users}) {
    story.push({{"m/2_email.sql", file}});
    judge(story);
  }
  CHECK(is_gone(on(story, "m/2_email.sql")));
  Fault refused = Fault::no_permission();
  refused.method = "PATCH";
  refused.path = "/pulls/comments/";
  refused.times = 100;
  story.github().fail(refused);
  story.push({{"m/2_email.sql", blocking_users}});
  for (int run = 0; run < 2; ++run) judge(story);
  const auto comments = story.github().review_comments(7);
  REQUIRE(comments.size() == 2);
  CHECK(is_gone(comments[0]));
  CHECK_FALSE(is_gone(comments[1]));
}

TEST_CASE("a comment that takes the place of one that may not be edited is brought up to date",
          "[github]") {
  const std::string first = "ALTER TABLE users ALTER COLUMN email TYPE varchar(30);\n",
                    second = "ALTER TABLE users ALTER COLUMN email TYPE varchar(20);\n";
  Story story(base);
  story.push({{"m/2.sql", with_timeout(first + second)}});
  judge(story);
  story.push({{"m/2.sql", std::nullopt}});
  judge(story);
  REQUIRE(story.github().review_comments(7).size() == 2);
  Fault refused = Fault::no_permission();
  refused.method = "PATCH";
  refused.path = "/pulls/comments/";
  story.github().fail(refused);
  story.push({{"m/2.sql", with_timeout(first)}});
  judge(story);
  int open = 0;
  for (const ReviewComment& comment : story.github().review_comments(7))
    if (!is_gone(comment)) ++open;
  CHECK(open == 1);
  CHECK(story.github().review_comments(7).size() == 2);
}

/// GitHub does not say whom the token belongs to.
Fault nobody_knows() {
  Fault fault = Fault::no_permission();
  fault.path = "/graphql";
  fault.times = 100;
  return fault;
}

TEST_CASE("an app that can't find out who it is says nothing twice, and says so", "[github]") {
  Story story(base, {.viewer = "my-app[bot]", .viewer_id = 77});
  story.push({{"m/2_email.sql", blocking_users}});
  judge(story);
  const std::string said = on(story, "m/2_email.sql").body;
  story.github().fail(nobody_knows());
  story.push({{"m/2_email.sql", harmless_users}});
  const ProgramRun run = judge(story);
  for (const char* const reporter : {"review", "comment"})
    CHECK_THAT(run.out, ContainsSubstring(std::string(reporter) +
                                          ": not posted: who am I can't be read, and another app's "
                                          "comments may be mine: run the job again"));
  CHECK(story.github().review_comments(7).size() == 1);
  CHECK(story.github().comments(7).size() == 1);
  CHECK(on(story, "m/2_email.sql").body == said);
  CHECK(story.github().status(story.head(), "schemagate").state == github::State::success);
  story.github().forget_faults();
  judge(story);
  CHECK(is_gone(on(story, "m/2_email.sql")));
  CHECK(story.github().comments(7).size() == 1);
}

TEST_CASE("a comment that another app made is followed by one of ours", "[github]") {
  Story story(base, {.viewer = "my-app[bot]", .viewer_id = 77});
  story.push({{"m/2_email.sql", blocking_users}});
  story.github().add_comment(7, "github-actions[bot]", "<!-- schemagate:v1 - -->\nold\n");
  story.github().fail(nobody_knows());
  judge(story);
  const auto comments = story.github().comments(7);
  REQUIRE(comments.size() == 2);
  CHECK(comments[0].body == "<!-- schemagate:v1 - -->\nold\n");
  CHECK_THAT(comments[1].body, ContainsSubstring("1 error"));
}

/// Schema files; the finding is about the first.
const Files two_tables{
    {".schemagate.yml", File("databases:\n  - {name: shop, schema: db/*.sql}\n")},
    {"db/a.sql", File("CREATE TABLE a (id bigint PRIMARY KEY, w int);\n")},
    {"db/b.sql", File("CREATE TABLE b (id bigint PRIMARY KEY);\n")}};
const File wider("CREATE TABLE a (id bigint PRIMARY KEY, w bigint);\n");

TEST_CASE("of files that can't be read nothing is said to be gone", "[github]") {
  Story story(two_tables);
  story.push({{"db/a.sql", wider}});
  judge(story);
  const std::string said = on(story, "db/a.sql").body;
  for (const char* const path : {"db/a.sql", "db/b.sql"}) {
    Files broken{{"db/a.sql", wider}, {"db/b.sql", two_tables.at("db/b.sql")}};
    broken.insert_or_assign(path, File("CREATE TABLE a (id bigint PRIMARY KEY, w bigint,,);\n"));
    story.push(broken);
    const ProgramRun run = judge(story);
    CHECK_THAT(run.out, ContainsSubstring("syntax-error"));
    CHECK(on(story, "db/a.sql").body == said);
  }
  story.push({{"db/a.sql", two_tables.at("db/a.sql")}, {"db/b.sql", two_tables.at("db/b.sql")}});
  judge(story);
  for (const ReviewComment& comment : story.github().review_comments(7)) CHECK(is_gone(comment));
}

TEST_CASE("a file that is moved and can't be read drops nothing", "[github]") {
  Story story(two_tables);
  story.push({{"db/a.sql", std::nullopt},
              {"db/c.sql", File("CREATE TABLE a (id bigint PRIMARY KEY, w int;\n")}});
  const ProgramRun run = judge(story);
  CHECK(run.exit_code == 1);
  CHECK_THAT(run.out, ContainsSubstring("[syntax-error]") && !ContainsSubstring("drop-table") &&
                          ContainsSubstring("db/a.sql: what seems to be dropped there was not "
                                            "judged, for a part of a new file could not be read"));
  // Beside a moved file that is whole, what is gone is gone.
  story.push({{"db/b.sql", std::nullopt},
              {"db/c.sql", File("CREATE TABLE a (id bigint PRIMARY KEY, w int);\n")}});
  CHECK_THAT(judge(story).out, ContainsSubstring("all rows of b (size unknown) are lost"));
}

TEST_CASE("of a migration that can't be read nothing is said to be gone", "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", blocking_users}});
  judge(story);
  const std::string said = on(story, "m/2_email.sql").body;
  story.push({{"m/2_email.sql", File("SELECT 'oops;\n" + blocking_users.text)}});
  judge(story);
  CHECK(on(story, "m/2_email.sql").body == said);
}

TEST_CASE("of a migration that can't be read nothing is gone though nobody asks for that finding",
          "[github]") {
  Files files = base;
  files.at(".schemagate.yml")->text += "rules:\n  syntax-error: off\n";
  Story story(files);
  story.push({{"m/2_email.sql", blocking_users}});
  judge(story);
  const std::string said = on(story, "m/2_email.sql").body;
  story.push({{"m/2_email.sql", File("SELECT 'oops;\n" + blocking_users.text)}});
  const ProgramRun run = judge(story);
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.out, ContainsSubstring("[syntax-error]") &&
                          ContainsSubstring("review: 1 comment beside lines is left as it is"));
  CHECK(on(story, "m/2_email.sql").body == said);
  CHECK_THAT(story.github().comments(7).at(0).body,
             ContainsSubstring("1 comment beside lines is left as it is: nobody could look whether "
                               "what it says was found at an earlier push is still there, for not "
                               "everything can be read"));
}

TEST_CASE("what can't stand in the file's own transaction is suggested outside of it, or not",
          "[github]") {
  const auto said_of = [](const std::string& sql, const char* format) {
    Files files = base;
    std::string& config = files.at(".schemagate.yml")->text;
    config.replace(config.find("plain"), 5, format);
    Files moved{{".schemagate.yml", File(config)}, {"m/1_users.up.sql", base.at("m/1_users.sql")}};
    Story story(moved);
    story.push({{"m/2_not_null.up.sql", File(sql)}});
    judge(story);
    return on(story, "m/2_not_null.up.sql").body;
  };
  const std::string statement = "ALTER TABLE users ALTER COLUMN email SET NOT NULL;\n";
  CHECK_THAT(said_of("BEGIN;\nSET LOCAL lock_timeout = '2s';\n" + statement + "COMMIT;\n", "plain"),
             ContainsSubstring("```suggestion\nCOMMIT;\nSET lock_timeout = '2s';\nALTER TABLE") &&
                 ContainsSubstring("DROP CONSTRAINT users_email_not_null;\nBEGIN;\nSET LOCAL "
                                   "lock_timeout = '2s';\n```") &&
                 ContainsSubstring("COMMIT comes first") &&
                 !ContainsSubstring("each statement by itself"));
  // What follows may need the savepoint; a file that is sent as one query is one transaction.
  for (const auto& [sql, format] :
       {std::pair(
            "BEGIN;\nSET LOCAL lock_timeout = '2s';\nSAVEPOINT a;\n" + statement + "COMMIT;\n",
            "plain"),
        std::pair("BEGIN;\nSET LOCAL lock_timeout = '2s';\n" + statement + "COMMIT;\n",
                  "golang-migrate"),
        std::pair("SET lock_timeout = '2s';\n" + statement, "golang-migrate"),
        std::pair("SET lock_timeout = '2s';\n" + statement, "sqlx")})
    CHECK_THAT(said_of(sql, format),
               ContainsSubstring("needs no scan (each statement by itself, not in one "
                                 "transaction)\n\n```sql\nALTER TABLE"));
}

TEST_CASE("a job that fails says that the comments of earlier pushes were left", "[github]") {
  Story story(base);
  story.push({{"m/2.sql", blocking_users}});
  StoryJob first(SCHEMAGATE_BINARY, story);
  CHECK(first.report_everything().run().exit_code == 1);
  const auto comments = story.github().review_comments(7);
  REQUIRE(comments.size() == 1);
  story.repository().commit("main", {{".schemagate.yml", File("databases: [\n")}});
  story.repository().reference("refs/remotes/origin/main", story.base());
  StoryJob second(SCHEMAGATE_BINARY, story);
  const ProgramRun run = second.report_everything().run();
  INFO(run.out << run.err);
  CHECK(run.exit_code == 2);
  const char* const left =
      "1 comment beside lines is left as it is: nobody could look whether what it says was found "
      "at an earlier push is still there, for nothing could be judged";
  CHECK_THAT(run.out, ContainsSubstring(left));
  CHECK_THAT(story.github().comments(7).at(0).body, ContainsSubstring(left));
  REQUIRE(story.github().review_comments(7).size() == 1);
  CHECK(story.github().review_comments(7)[0].body == comments[0].body);
}

}  // namespace
}  // namespace schemagate::testing
