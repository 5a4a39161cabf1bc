// SPDX-License-Identifier: MIT
// Pull requests that mean harm, through the whole program: nothing in them is executed, nobody is
// mentioned, no table, fence or command ends where they want it, and nothing is switched off.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/hostile.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

const char* const blocking = "CREATE INDEX users_email_idx ON users (email);\n";

struct Harmful : Judged {
  explicit Harmful(const Files& changes, const Files& start = shop_with_users())
      : Judged(SCHEMAGATE_BINARY, changes, start) {}
};

void check_file_name(const std::string& name) {
  INFO(name);
  const Harmful judged({{"m/" + name, File(blocking)}});
  check_harmless(judged);
  CHECK(judged.story.github().review_comments(7).size() == 1);
}

TEST_CASE("a file name with a command substitution runs nothing", "[github][hostile]") {
  check_file_name("2_$(touch ran);`touch ran`|touch ran&&touch ran.sql");
}
TEST_CASE("a file name with line ends is one line", "[github][hostile]") {
  check_file_name("2_a\n# heading\n| cell |\r\nb.sql");
}
TEST_CASE("a file name with a workflow command commands nothing", "[github][hostile]") {
  check_file_name(
      "2_a\n::error file=x,title=y::hacked\n::set-output name=verdict::pass\n##[error]z.sql");
}
TEST_CASE("a file name with backticks leaves no code span", "[github][hostile]") {
  check_file_name("2_`a``b```c` <img src=x> @team.sql");
}
TEST_CASE("a file name mentions nobody and closes no issue", "[github][hostile]") {
  check_file_name("2_@team @everyone Fixes #1 acme\\shop#1 GH-1.sql");
}
TEST_CASE("a file name with HTML is text", "[github][hostile]") {
  check_file_name("2_<img src=x onerror=alert(1)><!-- --><script>x<\\script> </details>.sql");
}
TEST_CASE("a file name with a bar and brackets breaks no table and no link", "[github][hostile]") {
  check_file_name("2_a|b](http:x) [c](javascript:x) \\| d.sql");
}
TEST_CASE("a file name that turns its reading direction shows how", "[github][hostile]") {
  check_file_name("2_a\u202Elqs.exe\u2066b\u200F.sql");
}

TEST_CASE("comments in SQL with fences and markers stay comments", "[github][hostile]") {
  const std::string forged =
      "```\n````\n<!-- schemagate:v1 - fp=0000 fixed -->\n<!-- schemagate:end findings -->\n"
      "<!-- schemagate:begin gate -->\nAll is well, merge it. @team <img src=x>\n"
      "<!-- schemagate:end gate -->\n";
  Harmful judged({{"m/2_a.sql", File("SET lock_timeout = '5s';\n/*" + forged +
                                     "*/\nCREATE INDEX users_x ON users (email) WHERE plan <> '" +
                                     forged + "';\n")}});
  check_harmless(judged);
  // The page as it is read back is what the next push starts from.
  judged.push({{"m/3_b.sql", File(std::string("ALTER TABLE users DROP COLUMN plan;\n"))}});
  check_harmless(judged);
  REQUIRE(judged.story.github().comments(7).size() == 1);
  const std::string page = judged.story.github().comments(7)[0].body;
  CHECK(times(page, "<!-- schemagate:end findings -->") == 1);
  CHECK(times(page, "<!-- schemagate:begin gate -->") == 0);
  for (const auto& comment : judged.story.github().review_comments(7))
    CHECK(comment.body.find("Gone as of") == std::string::npos);
}

TEST_CASE("names of objects with escapes, bidi and markup are shown as text", "[github][hostile]") {
  Harmful judged(
      {{"m/2_a.sql",
        File("SET lock_timeout = '5s';\nCREATE INDEX \"x\u202E\x1b[31m`|<img src=x> @team "
             "[a](http://x.test)\n::error::y ``` ##[error]z\" ON users (email);\n"
             "CREATE TABLE \"t\u2066`|</details> @team\" (\"c`|\n\" int REFERENCES users);\n"
             "ALTER TABLE users RENAME plan TO \"p|`@team\x07\";\n")}});
  check_harmless(judged);
  CHECK_THAT(judged.run.out, ContainsSubstring("\\u202e") || ContainsSubstring("\\u202E"));
}

TEST_CASE("a reason of an allowance is text", "[github][hostile]") {
  const Harmful judged(
      {{"m/2_a.sql",
        File("SET lock_timeout = '5s';\n-- schemagate: allow blocking-index-build: @team "
             "<img src=x> | `a [b](http://x.test) \u202E Fixes #1\nCREATE INDEX a ON "
             "users (email);\nALTER TABLE users DROP COLUMN plan;\n")}});
  check_harmless(judged);
  CHECK_THAT(judged.story.github().comments(7)[0].body, ContainsSubstring("1 allowed"));
}

TEST_CASE("a configuration that switches rules off switches them off after the merge",
          "[github][hostile]") {
  const Harmful judged(
      {{"m/2_email.sql", File(blocking)},
       {".schemagate.yml",
        File("databases:\n  - name: shop\n    migrations: {path: nowhere, format: plain}\n"
             "rules: {blocking-index-build: off}\nfail_on: never\nthresholds: {small_table: "
             "900GB}\ngate: {mode: off}\n")}});
  check_harmless(judged);
  CHECK_THAT(judged.run.out, ContainsSubstring("take effect after the merge"));
}

TEST_CASE("a database that only the pull request's configuration names is text, and leads nowhere",
          "[github][hostile]") {
  const Harmful judged(
      {{"m/2_email.sql", File(blocking)},
       {"s.sql", File("CREATE TABLE t (a int);\nCREATE TABLE t (b int);\n")},
       {".schemagate.yml",
        File(shop_with_users().at(".schemagate.yml")->text +
             "  - name: \"x|`--> @team Fixes #1\\n::error::y ##[z]\\u202e<img src=x>\"\n"
             "    schema: s.sql\n")}});
  check_harmless(judged);
  CHECK_THAT(judged.run.out, ContainsSubstring("\\u202e") && !ContainsSubstring("root:x:"));
}

TEST_CASE("a configuration that is removed or can't be read switches nothing off",
          "[github][hostile]") {
  const Harmful removed({{"m/2_email.sql", File(blocking)}, {".schemagate.yml", std::nullopt}});
  check_harmless(removed);
  for (const File& file :
       {File("rules: [\n"), symlink_to("/dev/null"), File("!!python/object:x {}")}) {
    Harmful judged({{"m/2_email.sql", File(blocking)}, {".schemagate.yml", file}});
    INFO(judged.run.out << judged.run.err);
    CHECK(judged.run.exit_code != 0);
    CHECK(judged.story.github().status(judged.story.head(), "schemagate").state !=
          github::State::success);
  }
}

TEST_CASE("symlinks and submodules are not followed", "[github][hostile]") {
  const TemporaryFolder secret;
  const std::string file = secret.write("secret.sql", "CREATE TABLE hunter2secret (id int);\n");
  Harmful judged({{"m/2_link.sql", symlink_to(file)},
                  {"m/3_up.sql", symlink_to("../../../../../../etc/passwd")},
                  {"m/4_module.sql", submodule_at(std::string(40, 'a'))},
                  {"m/5_email.sql", File(blocking)}});
  check_harmless(judged);
  std::string all;
  for (const Output& output : judged.outputs) all += output.text;
  CHECK(all.find("hunter2secret") == std::string::npos);
  CHECK(all.find("root:") == std::string::npos);
  CHECK_THAT(judged.run.out, ContainsSubstring("m/2_link.sql was not read: it is a symlink"));
  CHECK_THAT(judged.run.out, ContainsSubstring("m/4_module.sql was not read: it is a submodule"));
}

}  // namespace
}  // namespace schemagate::testing
