// SPDX-License-Identifier: MIT
// GitHub as the gate's protocol sees it: one branch, its open pull requests, the ledger in a ref,
// the statuses.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gate/protocol.h"
#include "github/client.h"
#include "github/pull_request.h"

namespace schemagate {

/// The token may not write the ledger: then there are no slots.
struct LedgerRefused {
  std::string why;
};

struct HubOptions {
  std::string branch;                ///< "main"
  std::string context;               ///< "schemagate/gate", "schemagate/gate:release"
  std::string run_url;               ///< what statuses lead to; may be empty
  int approvals = 0;                 ///< how many a pull request needs to get a slot; a fork's: one
  github::Client* ledger = nullptr;  ///< that writes the ledger; null: the one for all
  bool without_ledger = false;       ///< it may be read, and nothing is kept between sweeps
};

/// What GitHub refuses is thrown as Error{github}; a ledger that the token may not write, as
/// LedgerRefused.
class GitHubHub : public gate::Hub {
 public:
  GitHubHub(github::Client& client, HubOptions options)
      : client_(client), options_(std::move(options)), self_(client) {}

  /// By GitHub's clock: what jobs on several machines write down for each other.
  std::int64_t now() override;
  std::string base_tip() override;
  std::vector<gate::PullRequest> open_pull_requests() override;
  gate::Readiness readiness(const gate::PullRequest& pull_request) override;
  std::int64_t last_word(const gate::PullRequest& pull_request) override;
  gate::Ledger read_ledger() override;
  std::optional<std::string> swap_ledger(const gate::Ledger& next) override;
  void set_status(const std::string& head, const gate::Shown& shown) override;
  bool grant(const std::string& head, const gate::Shown& shown, std::int64_t deadline) override;
  std::optional<gate::Shown> status(const std::string& head) override;

  /// By number, of the last look.
  const std::map<int, std::string>& authors() const { return authors_; }
  const HubOptions& options() const { return options_; }

 private:
  gate::Ledger ledger_on_github();
  github::Client& ledger_writer() {
    return options_.ledger != nullptr ? *options_.ledger : client_;
  }
  std::string ledger_ref() const { return "schemagate/ledger/" + options_.branch; }
  /// Nobody else wrote since that version.
  bool stands_at(const std::string& version);
  bool may_approve(const std::string& login);
  int approvals_of(int number);

  github::Client& client_;
  HubOptions options_;
  github::Identity self_;
  std::map<int, github::PullRequest> seen_;
  std::map<int, std::string> authors_;
  std::map<std::string, bool> approvers_;
  /// In place of the ledger that can't be written: what it says, less what is not green any more.
  std::optional<gate::Ledger> kept_;
};

/// "2026-11-28T13:00:00Z" as seconds since 1970; 0 for what is no time.
std::int64_t seconds_of(const std::string& iso);
std::string iso_of(std::int64_t seconds);

}  // namespace schemagate
