// SPDX-License-Identifier: MIT
// A week at a team: the pull requests of testdata/week, replayed on a real git repository through
// the built program. The transcript of everything printed is golden.
#include "tests/week.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <regex>
#include <set>

#include "git/repository.h"
#include "tests/case_file.h"
#include "tests/program.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

constexpr int most_silent_lines = 3;

std::vector<std::filesystem::path> week() {
  std::vector<std::filesystem::path> files = case_files("testdata/week");
  std::erase_if(files, [](const auto& file) { return file.filename() == "README.md"; });
  return files;
}

/// The repository as the week goes on, and what was printed.
class Replay {
 public:
  void play(const PullRequest& pull);
  const std::string& transcript() const { return transcript_; }
  int checked() const { return checked_; }
  std::string path() const { return repository_.path(); }

 private:
  std::map<std::string, std::string> files_of(const std::string& revision) const;
  Files written_by_run(const Push& push, const std::string& branch);
  void push(const PullRequest& pull, const Push& push);
  void check(const PullRequest& pull, const Push& push);
  void say(const std::string& command, const ProgramRun& run);

  TestRepository repository_;
  std::map<std::string, std::string> main_after_;  ///< by pull request
  std::string transcript_;
  int checked_ = 0;
};

/// What differs from one machine or one run to the next, by a word.
std::string scrubbed(std::string text, const std::string& folder) {
  for (std::size_t at = text.find(folder); at != std::string::npos; at = text.find(folder))
    text.replace(at, folder.size(), "<repository>");
  static const std::regex commit("\\b[0-9a-f]{12}([0-9a-f]{28})?\\b");
  return std::regex_replace(text, commit, "<commit>");
}

std::map<std::string, std::string> Replay::files_of(const std::string& revision) const {
  git::Repository repository = git::Repository::open(repository_.path());
  std::map<std::string, std::string> files;
  for (const git::TreeEntry& entry : repository.list(repository.resolve(revision)))
    files[entry.path] = repository.read(entry.blob).value();
  return files;
}

Files Replay::written_by_run(const Push& push, const std::string& branch) {
  repository_.checkout(branch);
  ProgramSettings settings;
  settings.directory = repository_.path();
  const ProgramRun run = run_program(SCHEMAGATE_BINARY, push.run, settings);
  std::string command = "schemagate";
  for (const std::string& argument : push.run) command += " " + argument;
  say(command, run);
  git::Repository repository = git::Repository::open(repository_.path());
  const std::map<std::string, std::string> before = files_of(branch);
  Files written;
  for (const git::TreeEntry& entry : repository.list(repository.snapshot_work_tree())) {
    const std::string text = repository.read(entry.blob).value();
    const auto old_text = before.find(entry.path);
    if (old_text != before.end() && old_text->second == text) continue;
    written.insert_or_assign(entry.path, File(text));
    transcript_ += fmt::format("\n{}:\n{}", entry.path, text);
  }
  return written;
}

void Replay::push(const PullRequest& pull, const Push& push) {
  const std::string branch = push.outcome == Outcome::start ? "main" : pull.branch;
  if (!push.merges.empty()) repository_.merge(branch, push.merges);
  if (!push.run.empty())
    repository_.commit(branch, written_by_run(push, branch), "What the program wrote");
  if (push.edits.empty()) return;
  const auto files =
      repository_.has(branch) ? files_of(branch) : std::map<std::string, std::string>();
  repository_.commit(branch, changes(files, push.edits), push.title);
}

void Replay::say(const std::string& command, const ProgramRun& run) {
  transcript_ += fmt::format("$ {}\n{}{}", command, scrubbed(run.out, repository_.path()),
                             scrubbed(run.err, repository_.path()));
  if (run.exit_code != 0) transcript_ += fmt::format("exit {}\n", run.exit_code);
}

void Replay::check(const PullRequest& pull, const Push& push) {
  const ProgramRun run =
      run_program(SCHEMAGATE_BINARY, {"check", "--repo", repository_.path(), "--base", "main",
                                      "--head", pull.branch, "--no-rehearsal", "--color", "never"});
  say("schemagate check --base main --head " + pull.branch, run);
  ++checked_;
  const int expected = push.outcome == Outcome::red ? 1 : push.outcome == Outcome::unjudged ? 2 : 0;
  // What the program says otherwise than wanted is a failure, and visible in the transcript.
  CHECK(run.exit_code == expected);
  if (run.exit_code != expected) transcript_ += fmt::format("!! wanted: exit {}\n", expected);
  const auto lines = std::count(run.out.begin(), run.out.end(), '\n');
  const bool too_loud = push.outcome == Outcome::silent && lines > most_silent_lines;
  CHECK_FALSE(too_loud);
  if (too_loud) transcript_ += fmt::format("!! wanted: at most {} lines\n", most_silent_lines);
}

void Replay::play(const PullRequest& pull) {
  INFO("pull request: " << pull.name);
  transcript_ += fmt::format("{0}==== {1}\n", transcript_.empty() ? "" : "\n", pull.title);
  const bool is_start = pull.pushes.front().outcome == Outcome::start;
  if (!is_start && !repository_.has(pull.branch)) {
    if (!pull.from.empty() && !main_after_.count(pull.from))
      throw std::runtime_error("no pull request " + pull.from);
    repository_.branch(pull.branch,
                       pull.from.empty() ? repository_.tip("main") : main_after_.at(pull.from));
  }
  for (const Push& one : pull.pushes) {
    INFO("push: " << one.title);
    transcript_ += fmt::format("\n---- {}\n", one.title);
    push(pull, one);
    if (one.outcome != Outcome::start) check(pull, one);
  }
  const Outcome last = pull.pushes.back().outcome;
  const bool is_green = last == Outcome::silent || last == Outcome::green;
  CHECK((is_start || is_green || !pull.is_merged));
  if (!is_start && is_green && pull.is_merged) repository_.merge("main", pull.branch);
  main_after_[pull.name] = repository_.tip("main");
}

TEST_CASE("a week at a team prints what was read and found true") {
  Replay replay;
  std::set<std::string> names;
  for (const auto& file : week()) {
    const PullRequest pull = read_pull_request(file);
    CHECK(names.insert(pull.name).second);
    replay.play(pull);
  }
  CHECK(names.size() > 30);
  CHECK(replay.checked() > 40);

  const std::filesystem::path golden = source_path("testdata/week/transcript.txt");
  if (updating()) {
    std::ofstream(golden, std::ios::binary) << replay.transcript();
    return;
  }
  CHECK(replay.transcript() == read_file(golden));
}

TEST_CASE("replacements fit exactly once") {
  const std::string text = "a\nb\nc\n";
  CHECK(with_replacements(text, " a\n-b\n+B\n") == "a\nB\nc\n");
  CHECK(with_replacements(text, "+d\n") == "a\nb\nc\nd\n");
  CHECK(with_replacements(text, "-a\n\n-c\n+C\n") == "b\nC\n");
  CHECK_THROWS(with_replacements(text, "-x\n"));
  CHECK_THROWS(with_replacements("a\na\n", "-a\n"));
}

}  // namespace
}  // namespace schemagate::testing
