// SPDX-License-Identifier: MIT
#include "tests/case_file.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>

namespace schemagate::testing {
namespace {

/// The text cut into lines, each with its line end.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    lines.emplace_back(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  return lines;
}

/// The fence that opens a block ("```", "````"), empty when the line opens none.
std::string fence_of(const std::string& line) {
  const std::size_t ticks = std::min(line.find_first_not_of('`'), line.size());
  return ticks >= 3 ? std::string(ticks, '`') : "";
}

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.pop_back();
  }
  return text;
}

/// A fence longer than any run of backticks in `text`.
std::string fence_for(std::string_view text) {
  std::size_t longest = 2, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return std::string(longest + 1, '`');
}

/// A block of the file, in numbers of lines: fence lines included.
struct Block {
  std::string name;
  std::size_t begin = 0, end = 0;
};

/// Walks over the lines and tells what each block and heading is.
template <class OnHeading, class OnBlock>
void walk(const std::vector<std::string>& lines, OnHeading on_heading, OnBlock on_block) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].starts_with("## ")) on_heading(i, trimmed(lines[i].substr(3)));
    const std::string fence = fence_of(lines[i]);
    if (fence.empty()) continue;
    Block block{trimmed(lines[i].substr(fence.size())), i, i + 1};
    while (block.end < lines.size() && trimmed(lines[block.end]) != fence) ++block.end;
    i = block.end;
    block.end = std::min(block.end + 1, lines.size());
    on_block(block);
  }
}

std::string joined(const std::vector<std::string>& lines, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t i = begin; i < end; ++i) text += lines[i];
  return text;
}

}  // namespace

const std::string* Case::part(std::string_view name) const {
  for (const CasePart& part : parts) {
    if (part.name == name) return &part.text;
  }
  return nullptr;
}

std::string Case::text(std::string_view name) const {
  const std::string* found = part(name);
  return found ? *found : std::string();
}

CaseFile::CaseFile(std::filesystem::path path) : path_(std::move(path)), text_(read_file(path_)) {
  original_ = text_;
  parse();
  INFO(path_.string());
  REQUIRE_FALSE(cases_.empty());
}

CaseFile::CaseFile(std::filesystem::path path, std::string_view text)
    : path_(std::move(path)), text_(text), original_(text) {
  parse();
}

void CaseFile::parse() {
  const std::vector<std::string> lines = lines_of(text_);
  std::size_t first_case = lines.size();
  cases_.clear();
  walk(
      lines,
      [&](std::size_t line, std::string title) {
        first_case = std::min(first_case, line);
        cases_.push_back({std::move(title), static_cast<int>(line) + 1, {}});
      },
      [&](const Block& block) {
        if (cases_.empty()) return;
        cases_.back().parts.push_back({block.name, joined(lines, block.begin + 1, block.end - 1),
                                       static_cast<int>(block.begin) + 2});
      });
  introduction_ = joined(lines, 0, first_case);
}

void CaseFile::set_part(std::size_t index, std::string_view name, std::string_view text) {
  const std::vector<std::string> lines = lines_of(text_);
  const std::string fence = fence_for(text);
  std::string block;
  if (!text.empty()) {
    block = fence + std::string(name) + "\n" + std::string(text);
    if (!block.ends_with('\n')) block += '\n';
    block += fence + "\n";
  }
  std::size_t current = 0, begin = lines.size(), end = lines.size();
  bool found = false;
  walk(
      lines,
      [&](std::size_t line, const std::string&) {
        if (current == index + 1 && !found && begin == lines.size()) begin = end = line;
        ++current;
      },
      [&](const Block& candidate) {
        if (current != index + 1 || found || candidate.name != name) return;
        found = true;
        begin = candidate.begin;
        end = candidate.end;
      });
  if (!found && block.empty()) return;
  if (!found) {
    while (begin > 0 && trimmed(lines[begin - 1]).empty()) --begin;
    end = begin;
  }
  text_ = joined(lines, 0, begin) + block + joined(lines, end, lines.size());
  parse();
}

void CaseFile::save() const {
  if (text_ == original_) return;
  std::ofstream(path_, std::ios::binary) << text_;
}

void CaseFile::check_golden(std::size_t index, std::string_view name, const std::string& actual) {
  if (updating()) return set_part(index, name, actual);
  INFO(path_.string() << ":" << cases_.at(index).line << ": " << cases_.at(index).title);
  CHECK(actual == cases_.at(index).text(name));
}

bool updating() {
  const char* value = std::getenv("SCHEMAGATE_UPDATE");
  return value && std::string_view(value) == "1";
}

std::vector<std::filesystem::path> case_files(std::string_view folder) {
  std::vector<std::filesystem::path> files;
  const std::filesystem::path path = source_path(folder);
  if (std::filesystem::is_directory(path)) {
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (entry.path().extension() == ".md") files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  INFO("case files in " << path.string());
  REQUIRE_FALSE(files.empty());
  return files;
}

std::filesystem::path source_path(std::string_view relative) {
  return std::filesystem::path(SCHEMAGATE_SOURCE_DIR) / relative;
}

}  // namespace schemagate::testing
