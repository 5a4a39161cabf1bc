// SPDX-License-Identifier: MIT
// A repository with pull requests that are open on a GitHub of tests, and the gate's jobs on them
// without a process around them.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>

#include "bot/gate_run.h"
#include "tests/fake_client.h"
#include "tests/repository.h"

namespace schemagate::testing {

inline const char* const gate_context = "schemagate/gate";

inline FakeGitHubOptions big_pages() {
  FakeGitHubOptions options;
  options.page_size = 100;
  return options;
}

/// The process is gone.
struct Died {};

/// Leads to the fake until the process dies: before a request, or after it and before its answer.
class MortalTransport : public github::Transport {
 public:
  MortalTransport(github::Transport& to, int requests, bool after)
      : to_(to), left_(requests), after_(after) {}
  std::variant<github::Response, github::NetworkTrouble> exchange(
      const github::Request& request) override {
    const bool last = left_-- == 0;
    if (last && after_) (void)to_.exchange(request);
    if (last) throw Died();
    return to_.exchange(request);
  }

 private:
  github::Transport& to_;
  int left_;
  bool after_;
};

/// A repository whose pull requests are open on a GitHub.
class Team {
 public:
  explicit Team(const Files& base) : github_(big_pages()) {
    repository_.commit("main", base);
    tip_is(repository_.tip("main"));
  }

  template <class Work>
  auto with_run(const Work& work) {
    github::HttpsTransport https(address_of(github_), {});
    MortalTransport transport(https, dies_at, dies_after);
    github::Client client = client_of(github_, transport, elapsed_);
    git::Repository repository = git::Repository::open(repository_.path());
    GateRun run{repository, client, {}, {}, {}, limits, ""};
    run.in_child = in_child;
    run.busy_looks = busy_looks;
    run.override_unparsed = override_unparsed;
    run.hub.branch = "main";
    run.hub.context = gate_context;
    run.sweep.run = fmt::format("run{}", ++runs_);
    if (!config_path.empty()) run.where.config_path = config_path;
    return work(run);
  }

  void open(int number, const Files& changes, const std::string& from = "acme/shop") {
    const std::string branch = fmt::format("work{}", number);
    repository_.branch(branch, repository_.tip("main"));
    github::PullRequest one;
    one.number = number;
    one.title = "A change";
    one.author = "kim";
    one.head = {repository_.commit(branch, changes), branch, from};
    one.base = {repository_.tip("main"), "main", "acme/shop"};
    github_.add(one, {});
    heads[number] = one.head.sha;
  }
  void push(int number, const Files& changes) {
    heads[number] = repository_.commit(fmt::format("work{}", number), changes);
    github_.push(number, heads[number], {});
  }
  void tip_is(const std::string& commit) {
    github_.know_commit(commit);
    github_.set_ref("heads/main", commit);
  }

  gate::Swept sweep() {
    return with_run([](GateRun& run) {
      gate::Swept swept;
      run_sweep(run, swept);
      return swept;
    });
  }
  std::string comment(int number, const std::string& author, const std::string& body,
                      bool edited = false) {
    const std::int64_t id = github_.add_comment(number, author, body);
    return with_run([&](GateRun& run) {
      return run_command(run,
                         {"created", number, true, id, body, author, "User", "2026-11-28T00:00:00Z",
                          edited ? "2026-11-28T00:01:00Z" : "2026-11-28T00:00:00Z"});
    });
  }
  gate::Ledger ledger() {
    return with_run([](GateRun& run) { return GitHubHub(run.client, run.hub).read_ledger(); });
  }
  /// As if ten minutes had passed.
  void forget_lease() {
    with_run([](GateRun& run) {
      GitHubHub hub(run.client, run.hub);
      gate::Ledger ledger = hub.read_ledger();
      ledger.lease = {};
      return hub.swap_ledger(ledger);
    });
  }
  github::Status status(int number) const { return github_.status(heads.at(number), gate_context); }
  bool green(const std::string& head) const {
    return github_.status(head, gate_context).state == github::State::success &&
           !github_.status(head, gate_context).context.empty();
  }
  std::string last_comment(int number) const { return github_.comments(number).back().body; }
  int writes() const {
    int count = 0;
    for (const SentRequest& one : github_.requests()) count += one.method != "GET" ? 1 : 0;
    return count;
  }

  FakeGitHub github_;
  TestRepository repository_;
  std::map<int, std::string> heads;
  Limits limits;
  std::function<void(const std::string& head)> in_child;
  std::string config_path;  ///< empty: where it is usually
  int busy_looks = 24;
  bool override_unparsed = true;
  int dies_at = -1;  ///< so many requests later; -1: never
  bool dies_after = false;

 private:
  std::chrono::milliseconds elapsed_{0};
  int runs_ = 0;
};

}  // namespace schemagate::testing
