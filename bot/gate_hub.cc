// SPDX-License-Identifier: MIT
#include "bot/gate_hub.h"

#include <array>
#include <chrono>
#include <cstdio>

#include "base/error.h"
#include "bot/must.h"
#include "github/checks.h"
#include "github/comments.h"
#include "github/git_data.h"

namespace schemagate {
namespace {

constexpr const char* ledger_file = "ledger.json";

/// must() for the ledger's objects, which need a permission of their own.
template <class T>
T must_write(github::Outcome<T> outcome) {
  if (outcome) return std::move(*outcome);
  const github::Refusal& refusal = outcome.refusal();
  if (refusal.kind == github::Refusal::Kind::permission)
    throw LedgerRefused{github::to_string(refusal)};
  const bool by_rule = refusal.kind == github::Refusal::Kind::invalid;
  throw Error(ErrorKind::github, "the ledger can't be written: " + github::to_string(refusal),
              by_rule ? "does a rule of the repository forbid refs/schemagate? allow it to this "
                        "job, or take gate: strict"
                      : refusal.hint);
}

constexpr std::array<github::State, 4> states{github::State::pending, github::State::success,
                                              github::State::failure, github::State::error};
github::State state_of(gate::StatusState state) {
  return states.at(static_cast<std::size_t>(state));
}
gate::StatusState state_of(github::State state) {
  for (std::size_t i = 0; i < states.size(); ++i)
    if (states.at(i) == state) return static_cast<gate::StatusState>(i);
  return gate::StatusState::error;
}

}  // namespace

std::int64_t seconds_of(const std::string& iso) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (std::sscanf(iso.c_str(), "%d-%d-%dT%d:%d:%d", &year, &month, &day, &hour, &minute, &second) !=
      6)
    return 0;
  const std::chrono::sys_days date{std::chrono::year(year) /
                                   std::chrono::month(static_cast<unsigned>(month)) /
                                   std::chrono::day(static_cast<unsigned>(day))};
  return std::chrono::duration_cast<std::chrono::seconds>(date.time_since_epoch()).count() +
         hour * 3600 + minute * 60 + second;
}

std::string iso_of(std::int64_t seconds) { return github::iso_time(std::chrono::seconds(seconds)); }

std::int64_t GitHubHub::now() {
  if (const auto told = client_.server_time()) return told->count();
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string GitHubHub::base_tip() {
  const auto tip =
      must(github::get_ref(client_, "heads/" + options_.branch), "the branch can't be read");
  if (!tip)
    throw Error(ErrorKind::github, "there is no branch " + options_.branch,
                "was it deleted, and may the token read the repository's contents?");
  return *tip;
}

std::vector<gate::PullRequest> GitHubHub::open_pull_requests() {
  std::vector<gate::PullRequest> found;
  seen_.clear();
  authors_.clear();
  const auto all =
      must(github::open_pull_requests(client_, ""), "the pull requests can't be listed");
  for (const github::PullRequest& one : all) {
    if (one.base.ref != options_.branch) continue;
    found.push_back({one.number, one.head.sha, one.draft, seconds_of(one.created_at),
                     seconds_of(one.updated_at)});
    if (!one.strange_state.empty())
      found.back().unclear = "GitHub calls it neither open nor closed but " + one.strange_state;
    seen_[one.number] = one;
    authors_[one.number] = one.author;
  }
  return found;
}

bool GitHubHub::may_approve(const std::string& login) {
  const auto known = approvers_.find(login);
  if (known != approvers_.end()) return known->second;
  const auto access = github::access_of(client_, login);
  return approvers_[login] = access && *access >= github::Access::write;
}

int GitHubHub::approvals_of(int number) {
  std::map<std::string, bool> says;
  for (const github::Review& review :
       must(github::reviews(client_, number), "the reviews can't be read"))
    if (review.state != "COMMENTED" && review.state != "PENDING")
      says[review.author] = review.state == "APPROVED";
  int count = 0;
  for (const auto& [login, approved] : says)
    if (approved && may_approve(login)) ++count;
  return count;
}

gate::Readiness GitHubHub::readiness(const gate::PullRequest& pull_request) {
  if (pull_request.draft) return {false, false, "it is no draft any more"};
  const bool fork = seen_.at(pull_request.number).is_from_fork();
  const int needed = std::max(options_.approvals, fork ? 1 : 0);
  if (needed == 0) return {};
  if (approvals_of(pull_request.number) >= needed) return {true, true, ""};
  return {false, false, "approved"};
}

std::int64_t GitHubHub::last_word(const gate::PullRequest& pull_request) {
  const auto comments = github::issue_comments(client_, pull_request.number);
  const auto reviews = github::reviews(client_, pull_request.number);
  // What can't be read takes nobody's slot.
  if (!comments || !reviews) return pull_request.active_at;
  const std::string& self = self_.viewer().login;
  std::int64_t last = 0;
  for (const github::Comment& one : *comments)
    if (!one.by_program && one.author != self) last = std::max(last, seconds_of(one.created_at));
  for (const github::Review& one : *reviews)
    if (!one.by_program && one.author != self) last = std::max(last, seconds_of(one.submitted_at));
  return last;
}

gate::Ledger GitHubHub::read_ledger() {
  if (!options_.without_ledger) return ledger_on_github();
  if (!kept_) {
    kept_ = ledger_on_github();
    // What was taken back stays in it: it is not taken back by each sweep again.
    std::erase_if(kept_->grants, [&](const gate::Grant& grant) {
      const auto shown = status(grant.head);
      return !shown || shown->state != gate::StatusState::success;
    });
  }
  return *kept_;
}

gate::Ledger GitHubHub::ledger_on_github() {
  const auto commit = must(github::get_ref(client_, ledger_ref()), "the ledger can't be read");
  if (!commit) return {};
  const auto tree = must(github::get_commit(client_, *commit), "the ledger can't be read").tree;
  for (const github::TreeEntry& entry :
       must(github::get_tree(client_, tree), "the ledger can't be read"))
    if (entry.path == ledger_file)
      return gate::read_ledger(
          must(github::get_blob(client_, entry.sha), "the ledger can't be read"), *commit);
  throw Error(ErrorKind::github,
              "the gate's ledger can't be read: it has no " + std::string(ledger_file),
              "what may be green is not known: docs/emergency.md puts an older one back");
}

bool GitHubHub::stands_at(const std::string& version) {
  const auto commit = must(github::get_ref(client_, ledger_ref()), "the ledger can't be read");
  return commit.value_or("") == version;
}

std::optional<std::string> GitHubHub::swap_ledger(const gate::Ledger& next) {
  if (options_.without_ledger) {
    kept_ = next;
    return "kept";
  }
  github::Client& writer = ledger_writer();
  github::TreeEntry entry;
  entry.path = ledger_file;
  entry.sha = must_write(github::create_blob(writer, gate::to_json(next)));
  const std::string tree = must_write(github::create_tree(writer, "", {entry}));
  std::vector<std::string> parents;
  if (!next.version.empty()) parents.push_back(next.version);
  const std::string commit = must_write(github::create_commit(
      writer, "The gate's ledger of " + options_.branch, tree, parents, iso_of(now())));
  const auto moved = parents.empty() ? github::create_ref(writer, ledger_ref(), commit)
                                     : github::move_ref(writer, ledger_ref(), commit);
  if (!moved && moved.refusal().kind == github::Refusal::Kind::invalid && !stands_at(next.version))
    return std::nullopt;
  must_write(moved);
  return commit;
}

void GitHubHub::set_status(const std::string& head, const gate::Shown& shown) {
  const auto set = github::set_status(
      client_, head,
      {options_.context, state_of(shown.state), shown.description, options_.run_url});
  if (set) return;
  const github::Refusal& refusal = set.refusal();
  const std::string why = "the status can't be set: " + github::to_string(refusal);
  if (refusal.kind == github::Refusal::Kind::invalid)
    throw gate::StatusRefused(ErrorKind::github, why, refusal.hint);
  throw Error(ErrorKind::github, why, refusal.hint);
}

bool GitHubHub::grant(const std::string& head, const gate::Shown& shown, std::int64_t deadline) {
  if (now() > deadline) return false;
  set_status(head, shown);
  return true;
}

std::optional<gate::Shown> GitHubHub::status(const std::string& head) {
  for (const github::Status& one :
       must(github::statuses(client_, head), "the statuses can't be read"))
    if (one.context == options_.context) return gate::Shown{state_of(one.state), one.description};
  return std::nullopt;
}

}  // namespace schemagate
