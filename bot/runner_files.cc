// SPDX-License-Identifier: MIT
#include "bot/runner_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>

#include "base/error.h"
#include "bot/output.h"
#include "github/reporting.h"
#include "report/markdown_text.h"

namespace schemagate {
namespace {

/// GitHub takes a mebibyte of one step, or shows nothing of it.
/// https://docs.github.com/actions/reference/limits
constexpr std::size_t most_of_summary = 1'048'576;
/// For pages; what is left is for the words about what was not posted and what has no room.
constexpr std::size_t most_of_pages = 1'000'000;

constexpr std::string_view no_room = "\nMore has no room here: it is in the job's log.\n";

std::size_t size_of(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return error ? 0 : static_cast<std::size_t>(size);
}

/// Why it could not be done; nothing when it could.
std::optional<std::string> append(const std::string& path, std::string_view text) {
  errno = 0;
  std::ofstream file(path, std::ios::app | std::ios::binary);
  file << text;
  file.flush();
  if (file) return std::nullopt;
  return fmt::format("{}: {}", path, std::strerror(errno));
}

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
  const std::string text = fmt::format("{}<<{}\n{}\n{}\n", name, end, value, end);
  if (const auto why = append(path, text))
    throw Error(ErrorKind::usage, fmt::format("the output {} can't be written to {}", name, *why),
                "is the runner's disk full?");
}

std::size_t summary_room(const Environment& environment) {
  const std::size_t used = size_of(environment("GITHUB_STEP_SUMMARY"));
  return used < most_of_pages ? most_of_pages - used : 0;
}

void append_summary(const Environment& environment, const ActionInputs& inputs,
                    const std::string& markdown) {
  const std::string path = environment("GITHUB_STEP_SUMMARY");
  if (path.empty() || inputs.reporters.count(github::reporter::summary) == 0) return;
  const std::size_t used = size_of(path);
  std::string_view text = markdown;
  if (used + text.size() + no_room.size() > most_of_summary) text = no_room;
  if (used + text.size() > most_of_summary) return;  // full, and it says so
  if (const auto why = append(path, text))
    print_text(fmt::format("the job's summary can't be written to {}\n", *why));
}

void append_summary_block(const Environment& environment, const ActionInputs& inputs,
                          const std::string& text, std::size_t limit) {
  limit = std::min(limit, summary_room(environment));
  append_summary(environment, inputs, code_block(first_lines(text, limit), ""));
}

}  // namespace schemagate
