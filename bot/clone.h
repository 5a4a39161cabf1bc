// SPDX-License-Identifier: MIT
// The repository that is judged: the clone that is there and, where objects are missing in it, what
// was fetched into a temporary folder beside it. The clone itself is never written to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bot/action_inputs.h"
#include "git/repository.h"

namespace schemagate {

class Clone {
 public:
  /// The repository that `path` lies in. When there is none, or something is missing in it, it is
  /// fetched from `server`; an empty url there: it can't be.
  Clone(const std::string& path, git::FetchRequest server);

  /// For a clone on the command line: fetched from GitHub in a workflow of this very repository,
  /// else from its origin when it is known to be incomplete.
  static Clone with_origin(const std::string& path, const Environment& environment);

  git::Repository& repository() { return *repository_; }

  /// Gets what is missing. Returns why it can't, or nothing; then references are the server's.
  std::optional<std::string> complete(const git::MissingObject& missing);

  /// The server has moved on: fetches all of it again, and these references, too. Returns why it
  /// can't, or nothing. The repository stays where it is.
  std::optional<std::string> fetch_again(const std::vector<std::string>& references);

  /// Runs `work` with the repository, and once more after a fetch when it misses an object.
  template <class Work>
  auto run(const Work& work) {
    try {
      return work(repository());
    } catch (const git::MissingObject& missing) {
      complete_or_throw(missing);
    }
    return work(repository());
  }

  /// What was fetched, and why.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  void complete_or_throw(const git::MissingObject& missing);
  void fetch();

  git::FetchRequest server_;
  bool was_fetched_ = false;
  std::optional<git::Repository> repository_;
  std::optional<git::Repository> clone_;  ///< what `repository_` was before it was fetched
  std::vector<std::string> notes_;
};

}  // namespace schemagate
