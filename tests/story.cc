// SPDX-License-Identifier: MIT
#include "tests/story.h"

#include <algorithm>

#include "bot/diff_lines.h"
#include "bot/pipeline.h"
#include "git/changed_lines.h"
#include "git/repository.h"
#include "tests/fake_client.h"

namespace schemagate::testing {

FakeDiff shown_diff(const TestRepository& made, const std::string& base, const std::string& head) {
  const git::Repository repository = git::Repository::open(made.path());
  const auto text = [&](const git::TreeEntry& entry) {
    const bool has_text = !entry.path.empty() && entry.kind != git::FileKind::submodule;
    return has_text ? repository.read(entry.blob).value_or("") : std::string();
  };
  FakeDiff diff;
  for (const git::ChangedFile& file : repository.changed_files(base, head)) {
    const std::string& path = file.after.path.empty() ? file.before.path : file.after.path;
    for (const git::Hunk& hunk : git::changed_lines(text(file.before), text(file.after)).hunks)
      diff[path].push_back({hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines});
  }
  return diff;
}

namespace {

/// Where a line of the old text stands in the new one; 0 when it is gone or changed.
int line_after(int line, const git::ChangedLines& changed) {
  int now = line;
  for (const git::Hunk& hunk : changed.changes) {
    const int first = hunk.old_lines == 0 ? hunk.old_start + 1 : hunk.old_start;
    if (line < first) break;
    if (line < first + hunk.old_lines) return 0;
    now += hunk.new_lines - hunk.old_lines;
  }
  return now;
}

/// What a push does to the comments on lines of the head, by their ids.
std::map<std::int64_t, int> moved_comments(const TestRepository& made, const FakeGitHub& github,
                                           const std::string& from, const std::string& to) {
  const git::Repository repository = git::Repository::open(made.path());
  const auto text = [&](const std::string& commit, const std::string& path) {
    for (const git::TreeEntry& entry : repository.list(commit))
      if (entry.path == path) return repository.read(entry.blob).value_or("");
    return std::string();
  };
  std::map<std::int64_t, int> moved;
  for (const github::ReviewComment& comment : github.review_comments(7))
    if (comment.line != 0 && comment.side == github::Side::right)
      moved[comment.id] = line_after(
          comment.line, git::changed_lines(text(from, comment.path), text(to, comment.path)));
  return moved;
}

}  // namespace

Files shop_with_users() {
  return {{".schemagate.yml",
           File("databases:\n  - name: shop\n    migrations: {path: m, format: plain}\n")},
          {"m/1_users.sql",
           File("CREATE TABLE users (id bigint PRIMARY KEY, email text, plan text);\n")}};
}

Story::Story(const Files& base, FakeGitHubOptions options)
    : made_(std::make_unique<TestRepository>()), repository_(*made_), github_(std::move(options)) {
  repository_.commit("main", base);
  repository_.branch("work", repository_.tip("main"));
}

Story::Story(const Story& begun)
    : repository_(begun.repository_),
      github_(begun.github_),
      head_(begun.head_),
      opened_(begun.opened_) {}

void Story::push(const Files& changes, const std::string& message) {
  const std::string before = head_;
  head_ = repository_.commit("work", changes, message);
  const FakeDiff diff = shown_diff(repository_, base(), head_);
  if (opened_)
    return github_.push(7, head_, diff, moved_comments(repository_, github_, before, head_));
  opened_ = true;
  github_.add(pull_request(), diff);
}

github::PullRequest Story::pull_request() const {
  github::PullRequest request;
  request.number = 7;
  request.title = "A change";
  request.author = "kim";
  request.head = {head_, "work", "acme/shop"};
  request.base = {base(), "main", "acme/shop"};
  return request;
}

github::Delivered Story::report(github::ReportingOptions options) {
  CheckOptions commits;
  commits.base = "main";
  commits.head = head_;
  CommonOptions common;
  common.no_rehearsal = true;
  Clone clone(repository_.path(), {});
  const Report report = check(clone, commits, common);
  if (options.reporters.empty()) options.reporters = {"review", "comment", "check-run", "status"};
  options.pull_request = 7;
  options.head = head_;
  options.repository = "acme/shop";
  options.lines = diff_lines(clone.repository(), report);
  github::HttpsTransport transport(address_of(github_), {});
  github::Client client = client_of(github_, transport, now_);
  return github::deliver(client, report, options);
}

int Story::sent(std::string_view method) const {
  const auto all = github_.requests();
  return static_cast<int>(std::count_if(
      all.begin(), all.end(), [&](const SentRequest& one) { return one.method == method; }));
}

}  // namespace schemagate::testing
