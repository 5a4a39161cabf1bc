// SPDX-License-Identifier: MIT
// Plays the pull requests of testdata/week on a real git repository; who judges a push is the
// user's.
#pragma once

#include <map>
#include <set>
#include <string>

#include "tests/program.h"
#include "tests/repository.h"
#include "tests/week.h"

namespace schemagate::testing {

class WeekReplay {
 public:
  virtual ~WeekReplay() = default;
  /// `program` is the built schemagate.
  explicit WeekReplay(std::string program) : program_(std::move(program)) {}
  WeekReplay(const WeekReplay&) = delete;
  WeekReplay& operator=(const WeekReplay&) = delete;

  /// All of them, in order; checks that no name comes twice.
  void play_all();
  /// What was printed, with a line for each pull request and push.
  const std::string& transcript() const { return transcript_; }
  /// Compares the transcript with a golden file of testdata/week, or writes it (see updating()).
  void compare(const std::string& golden) const;
  int pull_requests() const { return static_cast<int>(names_.size()); }

 protected:
  /// The push is on its branch. Adds to the transcript.
  virtual void judge(const PullRequest& pull, const Push& push) = 0;
  /// The pull request was merged into main, or stays open and is left behind.
  virtual void closed(const PullRequest& pull, bool merged);

  void say(const std::string& text) { transcript_ += text; }
  /// Ids of commits and the repository's folder, which differ from run to run, by a word.
  std::string scrubbed(std::string text) const;
  TestRepository& repository() { return repository_; }

 private:
  void play(const PullRequest& pull);
  std::map<std::string, std::string> files_of(const std::string& revision) const;
  Files written_by_run(const Push& push, const std::string& branch);
  void push(const PullRequest& pull, const Push& push);

  std::string program_;
  TestRepository repository_;
  std::map<std::string, std::string> main_after_;  ///< by pull request
  std::set<std::string> names_;
  std::string transcript_;
};

/// The exit code that a push with this outcome has to have.
int wanted_exit_code(Outcome outcome);
/// The command and what it printed, for the transcript; `scrub` takes out what is different each
/// time.
std::string shown_run(const std::string& command, const ProgramRun& run);

}  // namespace schemagate::testing
