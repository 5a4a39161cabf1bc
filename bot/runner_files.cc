// SPDX-License-Identifier: MIT
#include "bot/runner_files.h"

#include <fmt/format.h>

#include <fstream>
#include <random>

#include "github/reporting.h"
#include "report/markdown_text.h"

namespace schemagate {
namespace {

/// The block around the lines may turn a character into an entity of five.
std::string first_lines(const std::string& text, std::size_t limit) {
  constexpr std::size_t longest_entity = 5;
  if (text.size() <= limit / longest_entity) return text;
  return text.substr(0, text.rfind('\n', limit / longest_entity) + 1) + "… more in the job's log\n";
}

}  // namespace

std::string random_word() {
  std::random_device device;
  std::string word;
  for (int i = 0; i < 4; ++i) word += fmt::format("{:08x}", device());
  return word;
}

/// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
void write_output(const Environment& environment, const std::string& name,
                  const std::string& value) {
  const std::string path = environment("GITHUB_OUTPUT");
  if (path.empty()) return;
  const std::string end = "ghadelimiter_" + random_word();
  std::ofstream(path, std::ios::app) << fmt::format("{}<<{}\n{}\n{}\n", name, end, value, end);
}

void append_summary(const Environment& environment, const ActionInputs& inputs,
                    const std::string& markdown) {
  const std::string path = environment("GITHUB_STEP_SUMMARY");
  if (path.empty() || inputs.reporters.count(github::reporter::summary) == 0) return;
  if (markdown.size() <= summary_limit) std::ofstream(path, std::ios::app) << markdown;
}

void append_summary_block(const Environment& environment, const ActionInputs& inputs,
                          const std::string& text) {
  append_summary(environment, inputs, code_block(first_lines(text, summary_limit), ""));
}

}  // namespace schemagate
