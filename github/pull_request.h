// SPDX-License-Identifier: MIT
// Pull requests: what an event or the API tells of one, who reviewed it, who may do what.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "github/client.h"
#include "github/json_reader.h"

namespace schemagate::github {

/// One end of a pull request.
struct Branch {
  std::string sha;
  std::string ref;         ///< "main", never "refs/heads/main"
  std::string repository;  ///< "owner/name"; empty when the fork was deleted
};

struct PullRequest {
  int number = 0;
  std::string title;
  std::string author;  ///< login; empty when the account is gone
  std::string author_association;
  bool open = true;
  std::string strange_state;  ///< a word that is neither "open" nor "closed"; in lists only
  bool draft = false;
  bool merged = false;
  std::string merge_commit_sha;
  std::vector<std::string> labels;
  bool auto_merge = false;
  int changed_files = -1;  ///< -1: not told
  Branch head, base;
  std::string created_at, updated_at;  ///< ISO 8601, UTC

  /// From another repository, or from one that is gone: the token is read-only.
  bool is_from_fork() const { return head.repository != base.repository; }
};

/// `json` is what GitHub calls a pull request, whole or simple. Throws Error{github}.
PullRequest read_pull_request(const JsonView& json);

Outcome<PullRequest> pull_request(Client& client, int number);
/// Those that want to land on `base`, oldest first; on any branch when it is empty. One whose state
/// nobody knows is among them.
Outcome<std::vector<PullRequest>> open_pull_requests(Client& client, std::string_view base);

struct Review {
  std::int64_t id = 0;
  std::string author;
  std::string state;   ///< "APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"
  std::string commit;  ///< empty when it is gone
  std::string body;
  std::string submitted_at;
  bool by_program = false;  ///< an app's
};
Outcome<std::vector<Review>> reviews(Client& client, int number);

enum class Access { none, read, write, admin };
/// What the user may do in this repository: triage counts as read, maintain as write.
Outcome<Access> access_of(Client& client, std::string_view login);

/// Who the token is. An installation of an app has a name like "github-actions[bot]".
struct Viewer {
  std::string login;
  std::int64_t id = 0;  ///< 0: not told
};
Outcome<Viewer> viewer(Client& client);

/// Who we are: the author of what we posted, or asked for when somebody wants to know it, and once.
/// Where GitHub does not tell: the one whom the token of a workflow belongs to.
class Identity {
 public:
  explicit Identity(Client& client) : client_(client) {}
  const Viewer& viewer();
  /// Something of ours was posted, and this is its author.
  void learn(Viewer author) { known_ = std::move(author); }

 private:
  Client& client_;
  std::optional<Viewer> known_;
};

}  // namespace schemagate::github
