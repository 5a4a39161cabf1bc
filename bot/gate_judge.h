// SPDX-License-Identifier: MIT
// The judge of the gate's protocol over git and schemas. Every question about a pull request is
// answered in a child process.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "bot/isolation.h"
#include "bot/options.h"
#include "gate/protocol.h"
#include "git/repository.h"

namespace schemagate {

class GitJudge : public gate::Judge {
 public:
  /// `where`: the configuration's path and folder, and the schema's files.
  GitJudge(git::Repository& repository, GateOptions where, CommonOptions common, Limits limits)
      : repository_(repository),
        where_(std::move(where)),
        common_(std::move(common)),
        limits_(limits) {}

  gate::Verdict evaluate(const std::string& base, const gate::PullRequest& pull_request,
                         bool died) override;
  /// Each on the tree that the base would be with the other one.
  bool commute(const std::string& base, const std::string& one, const std::string& other) override;

 private:
  /// What a head touches, as far as it is known.
  struct Touched {
    bool known = false, renames = false;
    std::set<std::string> files, databases;
  };
  bool are_apart(const std::string& one, const std::string& other) const;

  git::Repository& repository_;
  GateOptions where_;
  CommonOptions common_;
  Limits limits_;
  std::map<std::pair<std::string, std::string>, std::pair<gate::Verdict, Touched>> verdicts_;
  std::map<std::string, Touched> touched_;  ///< by head
  std::map<std::string, bool> pairs_;
};

}  // namespace schemagate
