// SPDX-License-Identifier: MIT
#include "tests/week.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "tests/case_file.h"

namespace schemagate::testing {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

Outcome outcome_of(const std::string& title) {
  constexpr std::array words{std::pair{"start", Outcome::start},
                             std::pair{"silent", Outcome::silent},
                             std::pair{"green", Outcome::green}, std::pair{"red", Outcome::red},
                             std::pair{"unjudged", Outcome::unjudged}};
  for (const auto& [word, outcome] : words)
    if (title.starts_with(std::string(word) + ": ")) return outcome;
  throw std::runtime_error("the section '" + title + "' does not begin with what comes out");
}

void add_block(const CasePart& part, Push& push) {
  using Kind = Push::Edit::Kind;
  const std::size_t space = part.name.find(' ');
  const std::string word = part.name.substr(0, space);
  const std::string path = space == std::string::npos ? "" : part.name.substr(space + 1);
  const std::vector<std::string> lines = lines_of(part.text);
  if (word == "merge") {
    push.merges = lines.at(0);
  } else if (word == "run") {
    push.run = lines;
  } else if (word == "gone") {
    for (const std::string& line : lines) push.edits.push_back({Kind::remove, line, ""});
  } else if (word == "moved") {
    for (const std::string& line : lines) {
      const std::size_t arrow = line.find(" -> ");
      if (arrow == std::string::npos) throw std::runtime_error("no arrow in: " + line);
      push.edits.push_back({Kind::move, line.substr(0, arrow), line.substr(arrow + 4)});
    }
  } else if (path.empty()) {
    throw std::runtime_error("the block '" + part.name + "' names no file");
  } else {
    push.edits.push_back({word == "diff" ? Kind::replace : Kind::write, path, part.text});
  }
}

void read_introduction(const std::string& text, PullRequest& pull) {
  for (const std::string& line : lines_of(text)) {
    const auto value_of = [&](const std::string& key) {
      return line.starts_with(key) ? line.substr(key.size()) : std::string();
    };
    if (!value_of("# ").empty()) pull.title = value_of("# ");
    if (!value_of("branch: ").empty()) pull.branch = value_of("branch: ");
    if (!value_of("from: ").empty()) pull.from = value_of("from: ");
    if (!value_of("merge: ").empty()) pull.is_merged = value_of("merge: ") != "no";
  }
}

struct Hunk {
  std::string before, after;
};

std::vector<Hunk> hunks_of(const std::string& text) {
  std::vector<Hunk> hunks(1);
  for (const std::string& line : lines_of(text)) {
    if (line.empty()) {
      hunks.emplace_back();
      continue;
    }
    const std::string rest = line.substr(1) + "\n";
    if (line[0] == ' ' || line[0] == '-') hunks.back().before += rest;
    if (line[0] == ' ' || line[0] == '+') hunks.back().after += rest;
  }
  return hunks;
}

}  // namespace

PullRequest read_pull_request(const std::filesystem::path& path) {
  const CaseFile file(path);
  PullRequest pull;
  pull.name = path.stem().string().substr(3);
  pull.branch = pull.name;
  read_introduction(file.introduction(), pull);
  for (const Case& section : file.cases()) {
    Push push;
    push.outcome = outcome_of(section.title);
    push.title = section.title;
    for (const CasePart& part : section.parts) add_block(part, push);
    pull.pushes.push_back(std::move(push));
  }
  return pull;
}

std::string with_replacements(const std::string& text, const std::string& hunks) {
  std::string changed = text;
  for (const Hunk& hunk : hunks_of(hunks)) {
    if (hunk.before.empty()) {
      changed += hunk.after;
      continue;
    }
    // At the beginning of a line: the text in front of it is a line end.
    const std::string looked_at = "\n" + changed;
    const std::size_t at = looked_at.find("\n" + hunk.before);
    if (at == std::string::npos)
      throw std::runtime_error("these lines are not in the file:\n" + hunk.before);
    if (looked_at.find("\n" + hunk.before, at + 1) != std::string::npos)
      throw std::runtime_error("these lines are in the file more than once:\n" + hunk.before);
    changed.replace(at, hunk.before.size(), hunk.after);
  }
  return changed;
}

Files changes(const std::map<std::string, std::string>& files,
              const std::vector<Push::Edit>& edits) {
  Files changed;
  const auto text_now = [&](const std::string& path) {
    const auto new_text = changed.find(path);
    if (new_text != changed.end() && new_text->second) return new_text->second->text;
    const auto old_text = files.find(path);
    if (new_text != changed.end() || old_text == files.end())
      throw std::runtime_error("there is no file " + path);
    return old_text->second;
  };
  for (const Push::Edit& edit : edits) {
    switch (edit.kind) {
      case Push::Edit::Kind::write:
        changed.insert_or_assign(edit.path, File(edit.text));
        break;
      case Push::Edit::Kind::replace:
        changed.insert_or_assign(edit.path,
                                 File(with_replacements(text_now(edit.path), edit.text)));
        break;
      case Push::Edit::Kind::move:
        changed.insert_or_assign(edit.text, File(text_now(edit.path)));
        changed.insert_or_assign(edit.path, std::nullopt);
        break;
      case Push::Edit::Kind::remove:
        text_now(edit.path);
        changed.insert_or_assign(edit.path, std::nullopt);
        break;
    }
  }
  return changed;
}

}  // namespace schemagate::testing
