// SPDX-License-Identifier: MIT
// A pull request as it goes: a real repository, pushes to a branch, a GitHub on this machine, and
// what check says about each push.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "github/client.h"
#include "github/https_transport.h"
#include "github/reporting.h"
#include "tests/fake_github.h"
#include "tests/repository.h"

namespace schemagate::testing {

/// A configuration with one database, whose migrations are plain files in m/, and the table users.
Files shop_with_users();

class Story {
 public:
  /// "main" holds `base`; the pull request has number 7.
  explicit Story(const Files& base, FakeGitHubOptions options = {});
  /// How it goes on from here, on a GitHub of its own. The repository is the other one's, which has
  /// to outlive it.
  Story(const Story& begun);

  /// Commits to the pull request's branch and tells GitHub of it.
  void push(const Files& changes, const std::string& message = "change");
  /// What check says of the newest push, said on GitHub; time passes only by waiting.
  github::Delivered report(github::ReportingOptions options = {});

  const std::string& head() const { return head_; }
  github::PullRequest pull_request() const;
  std::string base() const { return repository_.tip("main"); }
  TestRepository& repository() { return repository_; }
  FakeGitHub& github() { return github_; }
  const FakeGitHub& github() const { return github_; }
  const TestRepository& repository() const { return repository_; }
  int sent(std::string_view method) const;

 private:
  std::unique_ptr<TestRepository> made_;  ///< empty: another one's is used
  TestRepository& repository_;
  FakeGitHub github_;
  std::string head_;
  std::chrono::milliseconds now_{0};
  bool opened_ = false;
};

/// What GitHub shows of the change between two commits.
FakeDiff shown_diff(const TestRepository& repository, const std::string& base,
                    const std::string& head);

}  // namespace schemagate::testing
