// SPDX-License-Identifier: MIT
#include "tests/hostile.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <regex>
#include <set>

namespace schemagate::testing {
namespace {

using Catch::Matchers::StartsWith;
using nlohmann::json;

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

void check_page(const std::string& page) {
  INFO(page);
  std::string markup = markup_of(page);
  const std::regex link("\\]\\(([^)]*)\\)");
  CHECK(times(markup, "<pre") == 0);
  for (std::sregex_iterator at(markup.begin(), markup.end(), link), end; at != end; ++at)
    CHECK_THAT((*at)[1], StartsWith("https://github.com/acme/shop/"));
  markup = std::regex_replace(markup, link, "]");
  for (const char* live : {"@team", "@everyone", "Fixes #1", "shop#1", "GH-1", "<img", "<script",
                           "![", "://x.test", "www.x.test"}) {
    INFO(live);
    CHECK(times(markup, live) == 0);
  }
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

/// Characters that hide, turn the reading direction or speak to a terminal. In what is rendered we
/// put U+200B between signs ourselves.
void check_all_is_visible(const std::string& text, bool is_rendered) {
  for (const char* one :
       {"\u202A", "\u202B", "\u202D", "\u202E", "\u2066", "\u2067",    "\u2068", "\u2069",
        "\u200E", "\u200F", "\u061C", "\u200C", "\u200D", "\uFEFF",    "\u2060", "\u00AD",
        "\u009B", "\x1b",   "\x07",   "\x08",   "\x7f",   "\U000E0041"}) {
    INFO(json(one).dump(-1, ' ', true));
    CHECK(text.find(one) == std::string::npos);
  }
  if (!is_rendered) CHECK(text.find("\u200B") == std::string::npos);
}

/// Outside of what is said to be text, only our own commands stand in the log.
void check_log(const std::string& out) {
  std::string stop;
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
    }
  }
  CHECK(stop.empty());
}

/// The lines that the runner obeys.
std::string commands_of(const std::string& out) {
  std::string commands, stop;
  for (const std::string& line : lines_of(out)) {
    if (stop.empty() && line.starts_with("::stop-commands::"))
      stop = "::" + line.substr(17) + "::";
    else if (stop.empty())
      commands += line + "\n";
    else if (line == stop)
      stop.clear();
  }
  return commands;
}

/// Names of ours, each value between two lines that nobody can guess.
void check_outputs(const std::string& text) {
  const std::set<std::string> ours{"verdict",     "errors",     "warnings",   "changed",
                                   "report-file", "sarif-file", "comment-url"};
  std::string end;
  for (const std::string& line : lines_of(text)) {
    INFO(line);
    const std::size_t at = line.find("<<ghadelimiter_");
    if (!end.empty()) {
      if (line == end) end.clear();
    } else {
      REQUIRE(at != std::string::npos);
      CHECK(ours.count(line.substr(0, at)) == 1);
      end = line.substr(at + 2);
      CHECK(end.size() > 40);
    }
  }
  CHECK(end.empty());
  CHECK(times(text, "\nfail\n") + times(text, "\nerror\n") == 1);
}

/// Of a SARIF file what a page shows: messages, in which [text](target) is a link.
void check_messages(const json& document) {
  if (!document.contains("runs")) return;
  for (const json& result : document.at("runs").at(0).at("results")) {
    const std::string text = result.at("message").at("text");
    INFO(text);
    check_all_is_visible(text, false);
    CHECK(times(text, "](") == 0);
  }
}

void check_output(const Output& output) {
  INFO(output.name);
  switch (output.kind) {
    case Output::Kind::log:
      check_log(output.text);
      break;
    case Output::Kind::rendered:
      check_page(output.text);
      break;
    case Output::Kind::json:
      REQUIRE(json::accept(output.text));
      check_messages(json::parse(output.text));
      break;
    case Output::Kind::outputs:
      check_outputs(output.text);
      break;
    case Output::Kind::plain:
      break;
  }
  check_all_is_visible(output.text, output.kind == Output::Kind::rendered);
}

}  // namespace

Judged::Judged(std::string made, const Files& changes, const Files& start, json put_over)
    : program(std::move(made)), more(std::move(put_over)), story(start) {
  push(changes);
}

void Judged::push(const Files& changes) {
  using Kind = Output::Kind;
  story.push(changes, "Fixes #1 hmf @team\n\n::error::x\n\u202E<img src=x>");
  StoryJob job(program, story);
  job.report_everything();
  json shown = job.pull_request();
  shown.merge_patch(more);
  job.event("pull_request_target", {{"action", "synchronize"}, {"pull_request", shown}});
  StoryJob annotating(program, story);
  annotating.event("pull_request_target", {{"action", "synchronize"}, {"pull_request", shown}});
  annotating.set("INPUT_REPORTERS", "annotations");
  const std::string annotated = annotating.run().out, commands = commands_of(annotated);
  check_log(annotated);
  CHECK(!commands.empty());
  job.set("INPUT_REPORTERS", "review, comment, check-run, status, summary");
  job.set("INPUT_SARIF-FILE", ".schemagate/report.sarif");
  run = job.run();
  const FakeGitHub& github = story.github();
  outputs = {{"log", Kind::log, run.out},
             {"workflow command", Kind::plain, commands},
             {"errors", Kind::plain, run.err},
             {"job's summary", Kind::rendered, job.summary()},
             {"status", Kind::plain, github.status(story.head(), "schemagate").description}};
  for (const auto& one : github.comments(7))
    outputs.push_back({"comment", Kind::rendered, one.body});
  for (const auto& one : github.review_comments(7))
    outputs.push_back({"line comment", Kind::rendered, one.body});
  for (const auto& one : github.check_runs(story.head())) {
    outputs.push_back({"check run", Kind::rendered, one.summary});
    outputs.push_back({"check run's title", Kind::plain, one.title});
    for (const auto& annotation : one.annotations)
      outputs.push_back({"annotation", Kind::plain, annotation.title + "\n" + annotation.message});
  }
  outputs.push_back({"step's outputs", Kind::outputs, job.output()});
  if (run.exit_code == 2) return;
  report = job.workspace(".schemagate/report.json");
  outputs.push_back({"report", Kind::json, report});
  outputs.push_back({"SARIF", Kind::json, job.workspace(".schemagate/report.sarif")});
}

void check_harmless(const Judged& judged, int exit_code) {
  INFO(judged.run.out << judged.run.err);
  CHECK(judged.run.exit_code == exit_code);
  for (const Output& output : judged.outputs) check_output(output);
  CHECK_FALSE(std::filesystem::exists("ran"));
  CHECK_FALSE(
      std::filesystem::exists(std::filesystem::path(judged.story.repository().path()) / "ran"));
  CHECK_FALSE(judged.story.github().comments(7).empty());
  CHECK(judged.story.github().status(judged.story.head(), "schemagate").state ==
        (exit_code == 2 ? github::State::error : github::State::failure));
}

int times(const std::string& text, const std::string& word) {
  int count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    ++count;
  return count;
}

}  // namespace schemagate::testing
