// SPDX-License-Identifier: MIT
// A pull request's own configuration, paths and patterns that mean harm: a job ends in time with a
// verdict that is not green, and shows nothing of its environment or its disk.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/story_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

const char* const blocking = "CREATE INDEX users_email_idx ON users (email);\n";

/// Whatever a run leaves for people to read.
struct Left {
  ProgramRun run;
  std::string all;
  github::State state;
};

Left judged(const Files& start, const Files& changes, bool with_base_rights,
            const std::vector<std::pair<std::string, std::string>>& variables = {}) {
  Story story(start);
  story.push(changes);
  StoryJob job(SCHEMAGATE_BINARY, story);
  job.report_everything();
  if (!with_base_rights)
    job.event("pull_request", {{"action", "opened"}, {"pull_request", job.pull_request()}});
  for (const auto& [name, value] : variables) job.set(name, value);
  Left left;
  left.run = job.run();
  left.all = left.run.out + left.run.err + job.summary() + job.output();
  for (const auto& one : story.github().comments(7)) left.all += one.body;
  for (const auto& one : story.github().review_comments(7)) left.all += one.body;
  for (const auto& one : story.github().check_runs(story.head())) left.all += one.summary;
  left.state = story.github().status(story.head(), "schemagate").state;
  return left;
}

void check_closed(const Left& left) {
  INFO(left.run.exit_code << "\n" << left.all);
  CHECK((left.run.exit_code == 1 || left.run.exit_code == 2));
  CHECK((left.state == github::State::failure || left.state == github::State::error));
}

const std::string shop = "databases:\n  - name: shop\n    migrations: {path: m, format: plain}\n";

TEST_CASE("a configuration that is made to be read for ever is refused in time", "[hostile]") {
  std::string deep(50000, '['), wide = "rules: {drop-column: warning}\nvariables: &a {x: y}\n";
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + last;
    for (int k = 0; k < 8; ++k) bomb += ", " + last;
    bomb += "]\n";
  }
  const std::string round = "databases: &d\n  - name: shop\n    schema: *d\n";
  const std::string self = "rules: &r {drop-column: *r}\n" + shop;
  const std::string aliases =
      "rules: {drop-column: &w warning}\nvariables: &v {a: *w, b: *v}\n" + shop;
  for (const std::string& text :
       {deep, "x: " + deep, bomb, "variables:\n  x: y\n" + bomb, round, self, aliases,
        shop + "    rules: " + std::string(3000, '{'), std::string(100, '\0'), "? " + deep}) {
    const Files start = shop_with_users();
    check_closed(
        judged(start, {{"m/2.sql", File(blocking)}, {".schemagate.yml", File(text)}}, true));
    Files none = start;
    none.erase(".schemagate.yml");
    check_closed(
        judged(none, {{"m/2.sql", File(blocking)}, {".schemagate.yml", File(text)}}, true));
  }
}

TEST_CASE("a variable that the pull request's own configuration names is not shown", "[hostile]") {
  for (const bool with_base_rights : {true, false})
    for (const char* name : {"$INPUT_GITHUB-TOKEN", "$OTHER_SECRET", "${OTHER_SECRET}",
                             "$URL_SECRET", "$FILE_SECRET"}) {
      const std::string text = shop + "  - name: new\n    schema: s.sql\n    facts: {url: " + name +
                               ", statistics_url: " + name + "}\n    applied: " + name + "\n";
      const Left left =
          judged(shop_with_users(),
                 {{"m/2.sql", File(blocking)},
                  {".schemagate.yml", File(text)},
                  {"s.sql", File("CREATE TABLE t (a int);\nALTER TABLE t ADD b int UNIQUE;\n")}},
                 with_base_rights,
                 {{"OTHER_SECRET", "hunter2 and more=x"},
                  {"URL_SECRET", "postgresql://hunter2@127.0.0.1:1/hunter2"},
                  {"FILE_SECRET", "host=/tmp user=me password=hunter2 port=1 hunter2"},
                  {"INPUT_API-TIME-BUDGET", "5"}});
      INFO(name);
      check_closed(left);
      CHECK(left.all.find("hunter2") == std::string::npos);
      CHECK(left.all.find("ghs_") == std::string::npos);
    }
}

TEST_CASE("a secret that is in the wrong variable is named and not shown", "[hostile]") {
  Files start = shop_with_users();
  start.insert_or_assign(
      ".schemagate.yml",
      File("databases:\n  - name: shop\n    migrations: {path: m, format: plain}\n"
           "    facts: {url: $SHOP_URL}\n    applied: $DEPLOYED\n"));
  const Files change{{"m/2.sql", File("CREATE INDEX CONCURRENTLY i ON users (email);\n")}};
  for (const char* secret : {"hunter2", "hunter2/x.json", "postgresql://u:hunter2@127.0.0.1:1/x"}) {
    const std::vector<std::pair<std::string, std::string>> variables{
        {"SHOP_URL", secret}, {"DEPLOYED", secret}, {"INPUT_COMMAND", "check"}};
    const Left check = judged(start, change, true, variables);
    CHECK_THAT(check.all,
               (ContainsSubstring("can't be reached") || ContainsSubstring("127.0.0.1")) &&
                   !ContainsSubstring("hunter2"));
    auto of_gate = variables;
    of_gate.back().second = "gate";
    of_gate.emplace_back("INPUT_GITHUB-TOKEN", "");
    const Left gate = judged(start, change, true, of_gate);
    INFO(gate.all);
    CHECK(gate.run.exit_code == 2);
    CHECK_THAT(gate.run.err, ContainsSubstring("$DEPLOYED") || ContainsSubstring("127.0.0.1"));
    CHECK_THAT(gate.all, !ContainsSubstring("hunter2"));
  }
}

TEST_CASE("paths and patterns that take long or lead away end in time", "[hostile]") {
  const std::string services =
      "databases:\n  - name: \"{service}\"\n    schema: "
      "services/{service}/db/**/*.sql\n";
  const Files start{{".schemagate.yml", File(services)},
                    {"services/a/db/t.sql", File("CREATE TABLE users (id int, email text);\n")}};
  const Left left = judged(
      start,
      {{"services/a/db/t.sql", File("CREATE TABLE users (id int);\n")},
       {"services/" + std::string(60000, 'x') + "/db/t.sql", File("CREATE TABLE t (a int);\n")},
       {"services/b/db/" + std::string(60000, 'y') + ".sql", File("CREATE TABLE t (a int);\n")}},
      true);
  check_closed(left);
  std::string stars, letters(200, 'a');
  for (int i = 0; i < 30; ++i) stars += "**/*a*a*a*/";
  const Left slow =
      judged(shop_with_users(),
             {{"m/2.sql", File(blocking)},
              {".schemagate.yml", File(shop + "  - {name: slow, schema: ['" + stars + "*b.sql', '" +
                                       std::string(60, '*') + "a*b*a*b*c']}\n")},
              {letters + "/" + letters + "/" + letters + "/" + letters + "/" + letters + "/" +
                   letters + ".sql",
               File("CREATE TABLE t (a int);\n")}},
             true);
  check_closed(slow);
}

TEST_CASE("what a script includes is of the repository", "[hostile]") {
  const TemporaryFolder secret;
  const std::string file = secret.write("secret.sql", "CREATE TABLE hunter2secret (id int);\n");
  const Left left = judged(
      {{".schemagate.yml", File("databases:\n  - {name: shop, schema: db/main.sql}\n")},
       {"db/main.sql", File("CREATE TABLE users (id int, email text);\n")}},
      {{"db/main.sql",
        File("CREATE TABLE users (id int);\n\\i " + file + "\n\\ir ../../../../../../../.." + file +
             "\n\\i /etc/passwd\n\\i `echo " + file +
             "`\n\\i :HOME/x\n\\! touch ran\n\\o |touch ran\n"
             "\\copy users from program 'touch ran'\n\\set x `touch ran`\n\\ir main.sql\n")}},
      true);
  check_closed(left);
  CHECK(left.all.find("hunter2secret (id") == std::string::npos);
  CHECK(left.all.find("table `public.hunter2secret") == std::string::npos);
  CHECK(left.all.find("root:") == std::string::npos);
  CHECK_FALSE(std::filesystem::exists("ran"));
}

}  // namespace
}  // namespace schemagate::testing
