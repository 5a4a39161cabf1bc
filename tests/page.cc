// SPDX-License-Identifier: MIT
#include "tests/page.h"

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <regex>

#include "tests/case_file.h"

namespace schemagate::testing {

std::string scrubbed(std::string text, const Story& story) {
  const auto replace = [&](const std::string& what, const std::string& by) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at))
      text.replace(at, what.size(), by);
  };
  const std::string head = story.head(), base = story.base();
  for (const std::size_t length : {std::size_t{40}, std::size_t{12}, std::size_t{7}}) {
    replace(head.substr(0, length), "HEAD");
    replace(base.substr(0, length), "BASE");
  }
  replace(story.github().url(), "https://api.github.test");
  text = std::regex_replace(text, std::regex("::(stop-commands::)?[0-9a-f]{32}(::)?"), "::…");
  text = std::regex_replace(text, std::regex("sg1:[0-9a-f]+"), "sg1:…");
  return std::regex_replace(text, std::regex("schemagate [0-9]+\\.[0-9]+\\.[0-9]+"),
                            "schemagate …");
}

std::string page_of(const Story& story, const Job& job, const ProgramRun& run) {
  std::string page = fmt::format("exit {}\n", run.exit_code);
  const FakeGitHub& github = story.github();
  const github::Status status = github.status(story.head(), "schemagate");
  page += status.context.empty()
              ? "no status\n"
              : fmt::format("status {}: {}\n", github::to_string(status.state), status.description);
  for (const github::CheckRun& check : github.check_runs(story.head()))
    page += fmt::format("check run: {}, {} annotations\n", check.title, check.annotations.size());
  for (const github::ReviewComment& comment : github.review_comments(7))
    page += fmt::format("\n=== on {}:{}\n{}", comment.path, comment.line, comment.body);
  for (const github::Comment& comment : github.comments(7))
    page += fmt::format("\n=== comment of {}\n{}", comment.author, comment.body);
  page += fmt::format("\n=== the job's summary\n{}\n=== the log\n{}{}", job.summary(), run.out,
                      run.err);
  return scrubbed(std::move(page), story);
}

void check_golden_page(const std::string& name, const std::string& page) {
  const std::filesystem::path path = source_path("testdata/github") / (name + ".txt");
  if (updating()) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << page;
  }
  CHECK(read_file(path) == page);
}

}  // namespace schemagate::testing
