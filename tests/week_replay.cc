// SPDX-License-Identifier: MIT
#include "tests/week_replay.h"

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <regex>

#include "git/repository.h"
#include "tests/case_file.h"

namespace schemagate::testing {

void WeekReplay::play_all() {
  for (const auto& file : case_files("testdata/week")) {
    if (file.filename() == "README.md") continue;
    const PullRequest pull = read_pull_request(file);
    CHECK(names_.insert(pull.name).second);
    play(pull);
  }
}

void WeekReplay::closed(const PullRequest&, bool) {}

std::string WeekReplay::scrubbed(std::string text) const {
  const std::string folder = repository_.path();
  for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder))
    text.replace(at, folder.size(), "<repository>");
  static const std::regex commit(
      "\\b[0-9a-f]{12}([0-9a-f]{28})?\\b|\\b[0-9a-f]{32}\\b|`[0-9a-f]{7}`");
  static const std::regex since("(as of |since=)[0-9a-f]{7}\\b");
  static const std::regex version("schemagate [0-9]+\\.[0-9]+\\.[0-9]+");
  text = std::regex_replace(text, version, "schemagate <version>");
  text = std::regex_replace(text, since, "$1<commit>");
  return std::regex_replace(text, commit, "<commit>");
}

std::map<std::string, std::string> WeekReplay::files_of(const std::string& revision) const {
  git::Repository repository = git::Repository::open(repository_.path());
  std::map<std::string, std::string> files;
  for (const git::TreeEntry& entry : repository.list(repository.resolve(revision)))
    files[entry.path] = repository.read(entry.blob).value();
  return files;
}

Files WeekReplay::written_by_run(const Push& push, const std::string& branch) {
  repository_.checkout(branch);
  ProgramSettings settings;
  settings.directory = repository_.path();
  const ProgramRun run = run_program(program_, push.run, settings);
  std::string command = "schemagate";
  for (const std::string& argument : push.run) command += " " + argument;
  say(scrubbed(shown_run(command, run)));
  git::Repository repository = git::Repository::open(repository_.path());
  const std::map<std::string, std::string> before = files_of(branch);
  Files written;
  for (const git::TreeEntry& entry : repository.list(repository.snapshot_work_tree())) {
    const std::string text = repository.read(entry.blob).value();
    const auto old_text = before.find(entry.path);
    if (old_text != before.end() && old_text->second == text) continue;
    written.insert_or_assign(entry.path, File(text));
    say(fmt::format("\n{}:\n{}", entry.path, text));
  }
  return written;
}

void WeekReplay::push(const PullRequest& pull, const Push& push) {
  const std::string branch = push.outcome == Outcome::start ? "main" : pull.branch;
  if (!push.merges.empty()) repository_.merge(branch, push.merges);
  if (!push.run.empty())
    repository_.commit(branch, written_by_run(push, branch), "What the program wrote");
  if (push.edits.empty()) return;
  const auto files =
      repository_.has(branch) ? files_of(branch) : std::map<std::string, std::string>();
  repository_.commit(branch, changes(files, push.edits), push.title);
}

void WeekReplay::play(const PullRequest& pull) {
  INFO("pull request: " << pull.name);
  say(fmt::format("{0}==== {1}\n", transcript_.empty() ? "" : "\n", pull.title));
  const bool is_start = pull.pushes.front().outcome == Outcome::start;
  if (!is_start && !repository_.has(pull.branch)) {
    if (!pull.from.empty() && !main_after_.count(pull.from))
      throw std::runtime_error("no pull request " + pull.from);
    repository_.branch(pull.branch,
                       pull.from.empty() ? repository_.tip("main") : main_after_.at(pull.from));
  }
  for (const Push& one : pull.pushes) {
    INFO("push: " << one.title);
    say(fmt::format("\n---- {}\n", one.title));
    push(pull, one);
    if (one.outcome != Outcome::start) judge(pull, one);
  }
  const Outcome last = pull.pushes.back().outcome;
  const bool is_green = last == Outcome::silent || last == Outcome::green;
  CHECK((is_start || is_green || !pull.is_merged));
  const bool merges = !is_start && is_green && pull.is_merged;
  if (merges) repository_.merge("main", pull.branch);
  if (!is_start) closed(pull, merges);
  main_after_[pull.name] = repository_.tip("main");
}

void WeekReplay::compare(const std::string& golden) const {
  const std::filesystem::path path = source_path("testdata/week/" + golden);
  if (updating()) {
    std::ofstream(path, std::ios::binary) << transcript_;
    return;
  }
  CHECK(transcript_ == read_file(path));
}

int wanted_exit_code(Outcome outcome) {
  return outcome == Outcome::red ? 1 : outcome == Outcome::unjudged ? 2 : 0;
}

std::string shown_run(const std::string& command, const ProgramRun& run) {
  const std::string text = fmt::format("$ {}\n{}{}", command, run.out, run.err);
  return run.exit_code == 0 ? text : text + fmt::format("exit {}\n", run.exit_code);
}

}  // namespace schemagate::testing
