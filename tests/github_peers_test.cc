// SPDX-License-Identifier: MIT
// What other tools of this kind got wrong on GitHub, as tests that we don't: through the whole
// program and the fake GitHub. testdata/github/peers.md lists every one with its test.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <regex>

#include "tests/case_file.h"
#include "tests/story_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

const Files base = shop_with_users();
const char* const blocking = "CREATE INDEX users_email_idx ON users (email);\n";

/// One push and what the program says to it.
ProgramRun judge(Story& story, const Files& changes,
                 const std::map<std::string, std::string>& inputs = {}) {
  story.push(changes);
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.report_everything();
  for (const auto& [name, value] : inputs) job.set(name, value);
  ProgramRun run = job.run();
  run.out += job.summary() + job.output() + job.workspace(".schemagate/report.json");
  INFO(run.out << run.err);
  CHECK((run.exit_code == 0 || run.exit_code == 1));
  return run;
}

int count_of(const std::string& text, const std::string& word) {
  int count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    ++count;
  return count;
}

int sent(const Story& story, const std::string& method, const std::string& path) {
  int count = 0;
  for (const SentRequest& one : story.github().requests())
    if (one.method == method && one.target.substr(0, one.target.find('?')).ends_with(path)) ++count;
  return count;
}

TEST_CASE(
    "atlas-action: control bytes, bytes that are no UTF-8 and rare characters are sent as JSON",
    "[github]") {
  const char* const sql =
      "CREATE INDEX \"a\x07\x01\x7f \U0001F600 \xff\xfe\" ON users (email);\n-- \xc3\x28 \\x00 "
      "%q\n";
  // The name of a file is sent as it is: that of bytes that are no UTF-8 GitHub does not know.
  for (const char* name : {"m/2_a.sql", "m/2_\x07\x01\x7f\U0001F600.sql", "m/2_\xff\xfe.sql"}) {
    Story story(base);
    judge(story, {{name, File(sql)}});
    int bodies = 0;
    for (const SentRequest& one : story.github().requests()) {
      if (one.body.empty()) continue;
      ++bodies;
      INFO(one.target << " " << one.body);
      CHECK(json::accept(one.body));
      CHECK((one.status < 300 || std::string(name).find('\xff') != std::string::npos));
    }
    CHECK(bodies >= 3);
    CHECK(story.github().comments(7).size() == 1);
    CHECK(story.github().check_runs(story.head()).size() == 1);
  }
}

TEST_CASE(
    "atlas-action, squawk, bytebase-action: on a page of many comments ours is not posted again",
    "[github]") {
  FakeGitHubOptions pages_of_thirty;
  pages_of_thirty.page_size = 30;
  Story story(base, pages_of_thirty);
  story.push({{"m/2_email.sql", File(blocking)}});
  for (int push = 0; push < 3; ++push) {
    for (int i = 0; i < 70; ++i) story.github().add_comment(7, "kim", "talk");
    judge(story, {{"m/2_email.sql", File(fmt::format("-- {}\n{}", push, blocking))}});
  }
  int ours = 0;
  for (const github::Comment& comment : story.github().comments(7))
    ours += comment.author == "github-actions[bot]" ? 1 : 0;
  CHECK(ours == 1);
  CHECK(story.github().review_comments(7).size() == 1);
}

TEST_CASE(
    "atlas-action, danger, super-linter: a comment with our marker by somebody else is left alone",
    "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  const std::string planted = "<!-- schemagate:v1 - -->\nall is well";
  story.github().add_comment(7, "mallory", planted);
  story.github().add_comment(7, "other-app[bot]", planted);
  judge(story, {{"m/2_email.sql", File(std::string("-- again\n") + blocking)}});
  const auto comments = story.github().comments(7);
  REQUIRE(comments.size() == 3);
  CHECK(comments[0].body == planted);
  CHECK(comments[1].body == planted);
  CHECK_THAT(comments[2].body, ContainsSubstring("1 error"));
  for (const int planted_by : {0, 1})
    CHECK(sent(story, "PATCH", fmt::format("/issues/comments/{}", comments[planted_by].id)) == 0);
}

TEST_CASE("squawk-action: with an app's token a push edits the app's comment", "[github]") {
  FakeGitHubOptions app;
  app.viewer = "acme-schema[bot]";
  app.viewer_id = 90210;
  Story story(base, app);
  judge(story, {{"m/2_email.sql", File(blocking)}});
  judge(story, {{"m/2_email.sql", File(std::string("-- again\n") + blocking)}});
  REQUIRE(story.github().comments(7).size() == 1);
  CHECK(story.github().comments(7)[0].author == "acme-schema[bot]");
  CHECK(story.github().review_comments(7).size() == 1);
}

TEST_CASE("atlas-action: a database's URL and password are nowhere on the page or in the log",
          "[github]") {
  Files with_url = base;
  with_url.insert_or_assign(
      ".schemagate.yml",
      File("databases:\n  - name: shop\n    migrations: {path: m, format: plain}\n    facts: {url: "
           "\"postgresql://reader:s3cretpw@127.0.0.1:1/shop\"}\n"));
  Story story(with_url);
  const ProgramRun run = judge(story, {{"m/2_email.sql", File(blocking)}});
  CHECK_THAT(run.out, ContainsSubstring("can't be reached"));  // it was asked, in vain
  CHECK(run.out.find("s3cretpw") == std::string::npos);
  CHECK(run.err.find("s3cretpw") == std::string::npos);
  CHECK_FALSE(story.github().comments(7).empty());
  for (const SentRequest& one : story.github().requests())
    CHECK(one.body.find("s3cretpw") == std::string::npos);
}

TEST_CASE("squawk, bytebase-action: an annotation's file, title and message end where they should",
          "[github]") {
  Story story(base);
  story.push(
      {{"m/2_a,title=x::b%0A\n::error::c.sql", File(blocking)}, {"m/3_b.sql", File(blocking)}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.report_everything();
  job.set("INPUT_REPORTERS", "annotations");
  const ProgramRun run = job.run();
  INFO(run.out);
  CHECK(count_of("\n" + run.out, "\n::error file=") == 2);
  CHECK(count_of("\n" + run.out, "\n::error::c") == 0);
  CHECK_THAT(run.out,
             ContainsSubstring(
                 "::error file=m/2_a%2Ctitle=x%3A%3Ab%250A\\n%3A%3Aerror%3A%3Ac.sql,line=1"));
  // The message has lines of its own: they are one line here.
  CHECK_THAT(run.out, ContainsSubstring("%0Alock: ShareLock") && ContainsSubstring("%0Ainstead: "));
}

TEST_CASE("squawk-action: a file's name is never a command", "[github]") {
  Story story(base);
  const ProgramRun run =
      judge(story, {{"m/2_a$(touch PWNED)`touch PWNED`;touch PWNED.sql", File(blocking)}});
  CHECK(run.exit_code == 1);
  CHECK_FALSE(std::filesystem::exists("PWNED"));
  CHECK_FALSE(std::filesystem::exists(std::filesystem::path(story.repository().path()) / "PWNED"));
  CHECK(story.github().review_comments(7).size() == 1);
}

TEST_CASE("squawk: SQL with a fence in it does not end the fence around it", "[github]") {
  Story story(base);
  judge(story,
        {{"m/2_a.sql", File("SET lock_timeout = '5s';\nCREATE INDEX users_x ON users (email) "
                            "WHERE plan <> '\n```\n# Broken out\n````\n';\n")}});
  REQUIRE(story.github().review_comments(7).size() == 1);
  for (const std::string& body :
       {story.github().review_comments(7)[0].body, story.github().comments(7).at(0).body}) {
    INFO(body);
    bool inside = false;
    std::string fence;
    for (std::size_t at = 0; at < body.size();) {
      const std::size_t end = std::min(body.find('\n', at), body.size());
      const std::string line = body.substr(at, end - at);
      at = end + 1;
      const std::string ticks = line.substr(0, line.find_first_not_of('`'));
      if (!inside && ticks.size() >= 3) {
        inside = true;
        fence = ticks;
      } else if (inside && ticks.size() >= fence.size() && ticks == line) {
        inside = false;
      } else if (line == "# Broken out") {
        CHECK(inside);
      }
    }
    CHECK_FALSE(inside);
  }
}

TEST_CASE(
    "atlas-action: a remedy outside of the diff's hunks is no suggestion, and loses no comment",
    "[github]") {
  Story story(base);
  std::string file;
  for (int i = 0; i < 40; ++i) file += fmt::format("-- {}\n", i);
  story.push({{"m/2_email.sql", File(file + blocking)}});
  // GitHub shows the file's first lines only, as with a diff that is too large.
  story.github().push(7, story.head(), {{"m/2_email.sql", {{0, 0, 1, 3}}}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.report_everything();
  const ProgramRun run = job.run();
  INFO(run.out);
  CHECK(run.exit_code == 1);
  const auto comments = story.github().review_comments(7);
  REQUIRE(comments.size() == 1);
  CHECK(comments[0].on_file);
  CHECK_THAT(comments[0].body, ContainsSubstring("blocking-index-build"));
}

TEST_CASE(
    "atlas-action: of a statement that reaches out of its hunk the lines in it get the comment",
    "[github]") {
  const auto schema = [](const char* plan) {
    return File(
        fmt::format("CREATE TABLE users (id bigint, email text, plan text);\nCREATE INDEX "
                    "users_email_idx ON users\n{}(email)\nWHERE plan = '{}';\n",
                    std::string(12, '\n'), plan));
  };
  Story story({{".schemagate.yml", File("databases:\n  - {name: shop, schema: s/*.sql}\n")},
               {"s/users.sql", schema("free")}});
  judge(story, {{"s/users.sql", schema("paid")}});
  CHECK_FALSE(story.github().review_comments(7).empty());
  for (const SentRequest& one : story.github().requests()) CHECK(one.status < 300);
}

TEST_CASE("atlas-action: many suggestions ask for the page's comments as often as one",
          "[github]") {
  const auto asked = [](int findings) {
    Story story(base);
    std::string sql = "SET lock_timeout = '5s';\n";
    for (int i = 0; i < findings; ++i)
      sql += fmt::format("CREATE INDEX users_{} ON users (email, plan) WHERE id > {};\n", i, i);
    judge(story, {{"m/2_many.sql", File(sql)}});
    CHECK(story.github().review_comments(7).size() == static_cast<std::size_t>(findings));
    return sent(story, "GET", "/pulls/7/comments") + sent(story, "POST", "/pulls/7/reviews");
  };
  CHECK(asked(1) == asked(9));
}

TEST_CASE("squawk#603: a report of thousands of findings is posted, shortened, worst first",
          "[github]") {
  Story story(base);
  std::string sql = "SET lock_timeout = '5s';\n";
  for (int i = 0; i < 400; ++i)
    sql += fmt::format("CREATE INDEX users_{} ON users (email, plan) WHERE id > {};\n", i, i);
  const ProgramRun run =
      judge(story, {{"m/2_many.sql", File(sql)}}, {{"INPUT_API-TIME-BUDGET", "60"}});
  REQUIRE(story.github().comments(7).size() == 1);
  const std::string body = story.github().comments(7)[0].body;
  CHECK(body.size() < 65'536);
  CHECK_THAT(body, ContainsSubstring("400 errors"));
  CHECK_THAT(body, ContainsSubstring("in the full report"));
  CHECK(story.github().review_comments(7).size() == 25);
  CHECK_THAT(run.out, !ContainsSubstring("not posted"));
  std::size_t annotations = 0;
  for (const github::CheckRun& check : story.github().check_runs(story.head()))
    annotations += check.annotations.size();
  CHECK(annotations == 375);
}

TEST_CASE("reviewdog#1150: a force-push that shifts lines posts nothing again", "[github]") {
  Story story(base);
  judge(story, {{"m/2_email.sql", File(blocking)}});
  // The same change, rebased: another commit with another parent.
  TestRepository& repository = story.repository();
  repository.commit("main", {{"README.md", File("a shop\n")}});
  repository.branch("work", repository.tip("main"));
  judge(story, {{"m/2_email.sql", File(std::string("-- why\n\n-- why not\n") + blocking)}});
  CHECK(story.github().comments(7).size() == 1);
  CHECK(story.github().review_comments(7).size() == 1);
  CHECK(story.github().review_comments(7)[0].body.find("Gone as of") == std::string::npos);
}

TEST_CASE(
    "reviewdog#568, react-doctor#307: of two findings on a line the mended one is marked, not the "
    "other",
    "[github]") {
  const std::string index = "CREATE INDEX a ON users (email);",
                    drop = "ALTER TABLE users DROP COLUMN plan;", timeout = "SET lock_timeout = 1;";
  for (const auto& [left, mended] :
       {std::pair(drop, "`blocking-index-build`"), std::pair(index, "`drop-column`")}) {
    Story story(base);
    judge(story, {{"m/2_a.sql", File(timeout + "\n" + index + " " + drop + "\n")}});
    REQUIRE(story.github().review_comments(7).size() == 2);
    judge(story, {{"m/2_a.sql", File(timeout + "\n" + left + "\n")}});
    const auto comments = story.github().review_comments(7);
    REQUIRE(comments.size() == 2);
    for (const github::ReviewComment& comment : comments) {
      INFO(mended << " is mended:\n" << comment.body);
      CHECK((comment.body.find("Gone as of") != std::string::npos) ==
            (comment.body.find(mended) != std::string::npos));
    }
  }
}

TEST_CASE("reviewdog#1179: a comment that may not be edited any more is followed by a new one",
          "[github]") {
  Story story(base);
  judge(story, {{"m/2_email.sql", File(blocking)}});
  Fault refused = Fault::no_permission();
  refused.method = "PATCH";
  refused.path = "/issues/comments/";
  refused.times = 100;
  story.github().fail(refused);
  const ProgramRun run = judge(
      story, {{"m/2_email.sql", File(std::string(blocking) + "ALTER TABLE users DROP plan;\n")}});
  CHECK(run.exit_code == 1);
  CHECK(story.github().comments(7).size() == 2);
}

TEST_CASE("atlas#3390: a pull request is told of its own migrations only", "[github]") {
  Files debts = base;
  debts["m/0_old.sql"] = File("CREATE TABLE old (id int);\n");
  debts["m/2_old_debt.sql"] = File("CREATE INDEX old_debt ON users (plan);\n");
  Story story(debts);
  const ProgramRun run = judge(story, {{"m/3_email.sql", File(blocking)}});
  CHECK(run.out.find("old_debt") == std::string::npos);
  CHECK(story.github().review_comments(7).size() == 1);
}

TEST_CASE("golangci-lint-action#1226: several databases are one run, one comment, one status",
          "[github]") {
  Story story(
      {{".schemagate.yml",
        File("databases:\n  - name: shop\n    migrations: {path: a, format: plain}\n  - name: "
             "billing\n    migrations: {path: b, format: plain}\n")},
       {"a/1.sql", File("CREATE TABLE users (id bigint, email text);\n")},
       {"b/1.sql", File("CREATE TABLE bills (id bigint, total text);\n")}});
  judge(story, {{"a/2.sql", File("CREATE INDEX a ON users (email);\n")},
                {"b/2.sql", File("CREATE INDEX b ON bills (total);\n")}});
  REQUIRE(story.github().comments(7).size() == 1);
  CHECK_THAT(story.github().comments(7)[0].body,
             ContainsSubstring("`shop`") && ContainsSubstring("`billing`"));
  CHECK(story.github().statuses(story.head()).size() == 1);
}

TEST_CASE("adcp#2813: the base is the branch's tip, not the commit that the event remembers",
          "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.report_everything();
  TestRepository& repository = story.repository();
  repository.commit("main", {{"m/2_other.sql", File("ALTER TABLE users DROP COLUMN email;\n")}});
  repository.reference("refs/remotes/origin/main", repository.tip("main"));
  const ProgramRun run = job.run();
  INFO(run.out);
  CHECK(run.exit_code == 1);
  CHECK_THAT(run.out, ContainsSubstring("on the base's tip, which moved on"));
}

TEST_CASE(
    "bencher#536, reviewdog#403: the verdict is a status of the head, not a check in some suite",
    "[github]") {
  Story story(base);
  judge(story, {{"m/2_email.sql", File(blocking)}});
  CHECK(sent(story, "POST", "/statuses/" + story.head()) == 1);
  judge(story,
        {{"m/2_email.sql", File("CREATE INDEX CONCURRENTLY users_email_idx ON users (email);\n")}});
  CHECK(story.github().status(story.head(), "schemagate").state == github::State::success);
}

/// The outputs that action.yml declares.
std::set<std::string> declared_outputs() {
  const std::string text = read_file(source_path("action.yml"));
  std::set<std::string> names;
  const std::regex name("\n  ([a-z-]+):\n");
  const std::string part =
      text.substr(text.find("\noutputs:") + 9, text.find("\nruns:") - text.find("\noutputs:") - 8);
  for (std::sregex_iterator at(part.begin(), part.end(), name), end; at != end; ++at)
    names.insert((*at)[1]);
  return names;
}

TEST_CASE("atlas-action: the outputs that action.yml declares are those that a run writes",
          "[github]") {
  Story story(base);
  story.push({{"m/2_email.sql", File(blocking)}});
  std::set<std::string> written;
  for (const char* command : {"check", "gate"}) {
    StoryJob job(SCHEMAGATE_BINARY, story);
    job.report_everything();
    job.set("INPUT_COMMAND", command);
    if (std::string(command) == "gate") job.set("INPUT_GITHUB-TOKEN", "");
    job.run();
    const std::string text = "\n" + job.output();
    const std::regex name("\n([a-z-]+)<<ghadelimiter_");
    for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at)
      written.insert((*at)[1]);
  }
  CHECK(written == declared_outputs());
}

/// The names of the test cases in a source file.
void add_test_names(const std::filesystem::path& path, std::set<std::string>& names) {
  const std::string text = read_file(path);
  const std::regex call("TEST_CASE\\(((?:\\s*\"(?:[^\"\\\\]|\\\\.)*\")+)");
  const std::regex literal("\"((?:[^\"\\\\]|\\\\.)*)\"");
  for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end; ++at) {
    const std::string literals = (*at)[1];
    std::string name;
    for (std::sregex_iterator part(literals.begin(), literals.end(), literal), last; part != last;
         ++part)
      name += (*part)[1];
    names.insert(name);
  }
}

TEST_CASE("every mistake of peers.md has a test of that name, and every test here stands there") {
  std::set<std::string> all, here, listed;
  for (const char* folder : {"tests", "github", "report"})
    for (const auto& entry : std::filesystem::directory_iterator(source_path(folder)))
      if (entry.path().string().ends_with("_test.cc")) add_test_names(entry.path(), all);
  add_test_names(source_path("tests/github_peers_test.cc"), here);
  const std::string table = read_file(source_path("testdata/github/peers.md"));
  const std::regex row("\n\\| ([^|\n]+) \\| ([^|\n]+) \\| ([^|\n]+) \\|");
  for (std::sregex_iterator at(table.begin(), table.end(), row), end; at != end; ++at) {
    const std::string test = (*at)[3];
    if (test == "test") continue;
    INFO(test);
    CHECK(all.count(test) == 1);
    listed.insert(test);
  }
  CHECK(listed.size() >= 30);
  for (const std::string& test : here)
    if (test.find(": ") != std::string::npos) {
      INFO(test);
      CHECK(listed.count(test) == 1);
    }
}

}  // namespace
}  // namespace schemagate::testing
