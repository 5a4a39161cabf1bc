// SPDX-License-Identifier: MIT
// Git objects and refs over REST, without a clone: what the gate's ledger is written with. Moving a
// ref is a compare-and-swap: it succeeds only as a fast-forward.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "github/client.h"

namespace schemagate::github {

struct TreeEntry {
  std::string path;
  std::string mode = "100644";
  std::string type = "blob";
  std::string sha;
};

struct GitCommit {
  std::string sha;
  std::string tree;
  std::vector<std::string> parents;
  std::string message;
};

/// The id of the commit that "heads/main" or "schemagate/ledger/main" points to; nothing when there
/// is no such ref.
Outcome<std::optional<std::string>> get_ref(Client& client, std::string_view ref);
/// Refused (invalid) when it exists with another commit.
Outcome<Done> create_ref(Client& client, std::string_view ref, std::string_view commit);
/// Refused (invalid) unless it is a fast-forward: somebody else was first.
Outcome<Done> move_ref(Client& client, std::string_view ref, std::string_view commit);

Outcome<GitCommit> get_commit(Client& client, std::string_view sha);
Outcome<std::vector<TreeEntry>> get_tree(Client& client, std::string_view sha);
Outcome<std::string> get_blob(Client& client, std::string_view sha);

/// Each returns the new object's id. Same content, same id: repeating does no harm.
Outcome<std::string> create_blob(Client& client, std::string_view content);
/// `base_tree` may be empty: then the tree has these entries only.
Outcome<std::string> create_tree(Client& client, std::string_view base_tree,
                                 const std::vector<TreeEntry>& entries);
/// `parents` is empty for the first commit of a history. `date` is ISO 8601; the author is us.
Outcome<std::string> create_commit(Client& client, std::string_view message, std::string_view tree,
                                   const std::vector<std::string>& parents, std::string_view date);

}  // namespace schemagate::github
