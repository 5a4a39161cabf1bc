// SPDX-License-Identifier: MIT
// Pull requests that mean harm, through the whole program: nothing in them is executed, nobody is
// mentioned, no table, fence or command ends where they want it, and nothing is switched off.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <regex>

#include "tests/story_job.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::StartsWith;
using nlohmann::json;

const Files base = shop_with_users();
const char* const blocking = "CREATE INDEX users_email_idx ON users (email);\n";

struct Judged {
  Story story;
  ProgramRun run;
  std::string summary, report;
  std::vector<std::string> pages;  ///< comments, reviews and the summary: what is rendered

  explicit Judged(const Files& changes, const Files& start = base) : story(start) { push(changes); }
  void push(const Files& changes) {
    story.push(changes);
    StoryJob job(SCHEMAGATE_BINARY, story);
    job.report_everything();
    job.set("INPUT_REPORTERS", "review, comment, check-run, status, summary, annotations");
    run = job.run();
    summary = job.summary();
    if (run.exit_code != 2) report = job.workspace(".schemagate/report.json");
    pages = {summary};
    for (const auto& one : story.github().comments(7)) pages.push_back(one.body);
    for (const auto& one : story.github().review_comments(7)) pages.push_back(one.body);
    for (const auto& one : story.github().check_runs(story.head())) pages.push_back(one.summary);
  }
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

/// Code in HTML, which holds text and entities only, is CODE.
std::string without_html_code(const std::string& page) {
  const std::regex block("(^|\n)<pre( lang=\"[a-z]*\")?><code>([^<>]*)</code></pre>\n"),
      title("<summary>([A-Za-z ]*)<code>[^<>\n]*</code></summary>\n");
  return std::regex_replace(std::regex_replace(page, block, "$1CODE\n"), title, "$1CODE\n");
}

/// Markdown outside of fences and code spans: what is markup. Demands that every fence ends.
std::string markup_of(const std::string& with_blocks) {
  const std::string page = without_html_code(with_blocks);
  std::string out, fence;
  for (const std::string& line : lines_of(page)) {
    const std::string ticks = line.substr(0, std::min(line.find_first_not_of('`'), line.size()));
    if (fence.empty() && ticks.size() >= 3) {
      fence = ticks;
    } else if (!fence.empty()) {
      if (ticks == line && ticks.size() >= fence.size()) fence.clear();
    } else {
      for (std::size_t at = 0; at < line.size(); ++at) {
        if (line[at] == '\\' && at + 1 < line.size()) {
          out += "ESCAPED", ++at;
        } else if (line[at] == '`') {
          const std::size_t run = std::min(line.find_first_not_of('`', at), line.size()) - at;
          std::size_t close = line.find(std::string(run, '`'), at + run);
          while (close != std::string::npos && close + run < line.size() &&
                 line[close + run] == '`')
            close = line.find(std::string(run, '`'), line.find_first_not_of('`', close));
          if (close == std::string::npos) {
            out += line[at];
          } else {
            out += "CODE";
            at = close + run - 1;
          }
        } else {
          out += line[at];
        }
      }
      out += '\n';
    }
  }
  CHECK(fence.empty());
  return out;
}

int bars_of(const std::string& row) {
  int bars = 0;
  for (std::size_t at = 0; at < row.size(); ++at) {
    if (row[at] == '\\')
      ++at;
    else if (row[at] == '|')
      ++bars;
  }
  return bars;
}

int times(const std::string& text, const std::string& word) {
  int count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    ++count;
  return count;
}

void check_page(const std::string& page) {
  INFO(page);
  const std::string markup = markup_of(page);
  const std::regex link("\\]\\(([^)]*)\\)");
  CHECK(times(markup, "<pre") == 0);
  for (std::sregex_iterator at(markup.begin(), markup.end(), link), end; at != end; ++at)
    CHECK_THAT((*at)[1], StartsWith("https://github.com/acme/shop/"));
  CHECK(times(markup, "@team") + times(markup, "@everyone") + times(markup, "Fixes #1") +
            times(markup, "<img") + times(markup, "<script") ==
        0);
  CHECK(times(markup, "<details>") == times(markup, "</details>"));
  int bars = 0;
  // A bar in a cell splits it, also inside of a code span, unless it is escaped.
  for (const std::string& line : lines_of(page)) {
    if (!line.starts_with("| ") && !line.starts_with("|-")) {
      bars = 0;
    } else {
      if (bars == 0) bars = bars_of(line);
      INFO(line);
      CHECK(bars_of(line) == bars);
    }
  }
}

/// Characters that change the order in which others are shown, or hide.
void check_no_bidi(const std::string& text) {
  for (const char* one : {"\u202A", "\u202B", "\u202D", "\u202E", "\u2066", "\u2067", "\u2068",
                          "\u2069", "\u200E", "\u200F", "\x1b"})
    CHECK(text.find(one) == std::string::npos);
}

/// Outside of what is said to be text, only our own commands stand in the log.
void check_log(const std::string& out) {
  std::string stop;
  int commands = 0;
  for (const std::string& line : lines_of(out)) {
    if (!stop.empty()) {
      if (line == stop) stop.clear();
      CHECK(line.find("##[") == std::string::npos);
    } else if (line.starts_with("::stop-commands::")) {
      stop = "::" + line.substr(17) + "::";
    } else {
      INFO(line);
      CHECK((line.starts_with("::error file=m/") || line.starts_with("::error file=s.sql,") ||
             line.starts_with("::error title=") || line.starts_with("::warning file=m/") ||
             line.starts_with("::warning title=") || line.starts_with("::notice ")));
      ++commands;
    }
  }
  CHECK(stop.empty());
  CHECK(commands > 0);
}

void check_harmless(const Judged& judged) {
  INFO(judged.run.out << judged.run.err);
  CHECK(judged.run.exit_code == 1);
  for (const std::string& page : judged.pages) {
    check_page(page);
    check_no_bidi(page);
  }
  check_no_bidi(judged.run.out);
  check_log(judged.run.out);
  CHECK(json::accept(judged.report));
  CHECK_FALSE(std::filesystem::exists("ran"));
  CHECK_FALSE(
      std::filesystem::exists(std::filesystem::path(judged.story.repository().path()) / "ran"));
  CHECK_FALSE(judged.story.github().comments(7).empty());
  CHECK(judged.story.github().status(judged.story.head(), "schemagate").state ==
        github::State::failure);
}

void check_file_name(const std::string& name) {
  INFO(name);
  const Judged judged({{"m/" + name, File(blocking)}});
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
  Judged judged({{"m/2_a.sql", File("SET lock_timeout = '5s';\n/*" + forged +
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
  Judged judged(
      {{"m/2_a.sql",
        File("SET lock_timeout = '5s';\nCREATE INDEX \"x\u202E\x1b[31m`|<img src=x> @team "
             "[a](http://x.test)\n::error::y ``` ##[error]z\" ON users (email);\n"
             "CREATE TABLE \"t\u2066`|</details> @team\" (\"c`|\n\" int REFERENCES users);\n"
             "ALTER TABLE users RENAME plan TO \"p|`@team\x07\";\n")}});
  check_harmless(judged);
  CHECK_THAT(judged.run.out, ContainsSubstring("\\u202e") || ContainsSubstring("\\u202E"));
}

TEST_CASE("a reason of an allowance is text", "[github][hostile]") {
  const Judged judged(
      {{"m/2_a.sql",
        File("SET lock_timeout = '5s';\n-- schemagate: allow blocking-index-build: @team "
             "<img src=x> | `a [b](http://x.test) \u202E Fixes #1\nCREATE INDEX a ON "
             "users (email);\nALTER TABLE users DROP COLUMN plan;\n")}});
  check_harmless(judged);
  CHECK_THAT(judged.story.github().comments(7)[0].body, ContainsSubstring("1 allowed"));
}

TEST_CASE("a configuration that switches rules off switches them off after the merge",
          "[github][hostile]") {
  const Judged judged(
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
  const Judged judged(
      {{"m/2_email.sql", File(blocking)},
       {"s.sql", File("CREATE TABLE t (a int);\nCREATE TABLE t (b int);\n")},
       {".schemagate.yml",
        File(base.at(".schemagate.yml")->text +
             "  - name: \"x|`--> @team Fixes #1\\n::error::y ##[z]\\u202e<img src=x>\"\n"
             "    schema: s.sql\n")}});
  check_harmless(judged);
  CHECK_THAT(judged.run.out, ContainsSubstring("\\u202e") && !ContainsSubstring("root:x:"));
}

TEST_CASE("a configuration that is removed or can't be read switches nothing off",
          "[github][hostile]") {
  const Judged removed({{"m/2_email.sql", File(blocking)}, {".schemagate.yml", std::nullopt}});
  check_harmless(removed);
  for (const File& file :
       {File("rules: [\n"), symlink_to("/dev/null"), File("!!python/object:x {}")}) {
    Judged judged({{"m/2_email.sql", File(blocking)}, {".schemagate.yml", file}});
    INFO(judged.run.out << judged.run.err);
    CHECK(judged.run.exit_code != 0);
    CHECK(judged.story.github().status(judged.story.head(), "schemagate").state !=
          github::State::success);
  }
}

TEST_CASE("symlinks and submodules are not followed", "[github][hostile]") {
  const TemporaryFolder secret;
  const std::string file = secret.write("secret.sql", "CREATE TABLE hunter2secret (id int);\n");
  Judged judged({{"m/2_link.sql", symlink_to(file)},
                 {"m/3_up.sql", symlink_to("../../../../../../etc/passwd")},
                 {"m/4_module.sql", submodule_at(std::string(40, 'a'))},
                 {"m/5_email.sql", File(blocking)}});
  check_harmless(judged);
  const std::string all = judged.run.out + judged.report + judged.summary;
  CHECK(all.find("hunter2secret") == std::string::npos);
  CHECK(all.find("root:") == std::string::npos);
  CHECK_THAT(judged.run.out, ContainsSubstring("m/2_link.sql was not read: it is a symlink"));
  CHECK_THAT(judged.run.out, ContainsSubstring("m/4_module.sql was not read: it is a submodule"));
}

}  // namespace
}  // namespace schemagate::testing
