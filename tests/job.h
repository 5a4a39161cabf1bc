// SPDX-License-Identifier: MIT
// The program as GitHub's runner starts it: no arguments, everything in variables and files.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tests/fake_github.h"
#include "tests/program.h"
#include "tests/repository.h"

namespace schemagate::testing {

/// A pull request as a payload shows it.
nlohmann::json shown(const github::PullRequest& pull_request);

/// The runner's variables and files for a job in a checkout, with a token of that GitHub.
class Job {
 public:
  /// `program` is the built schemagate.
  Job(std::string program, const std::string& workspace, const FakeGitHub& github);

  /// What started it.
  void event(const std::string& name, nlohmann::json payload);
  void set(const std::string& name, const std::string& value) {
    settings_.environment[name] = value;
  }

  ProgramRun run() const;
  /// Kills it, as a runner does, when its request number `at` (from 1) has come.
  ProgramRun run_killed(FakeGitHub& github, int at) const;
  std::string output() const { return read_file(folder_.path() / "output"); }
  std::string summary() const { return read_file(folder_.path() / "summary"); }
  std::string workspace(const std::string& path) const {
    return read_file(std::filesystem::path(workspace_) / path);
  }

 private:
  std::string program_, workspace_;
  TemporaryFolder folder_;
  ProgramSettings settings_;
};

}  // namespace schemagate::testing
