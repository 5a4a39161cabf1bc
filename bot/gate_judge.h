// SPDX-License-Identifier: MIT
// The judge of the gate's protocol over git and schemas. Every question about a pull request is
// answered in a child process.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "bot/isolation.h"
#include "bot/options.h"
#include "gate/protocol.h"
#include "git/repository.h"

namespace schemagate {

/// The verdict on what nobody could judge: whatever judge says so, and however often, it has one
/// checksum on one tip.
gate::Verdict unjudged(const std::string& base, const std::string& head, std::string reason,
                       bool remember);

class GitJudge : public gate::Judge {
 public:
  /// `where`: the configuration's path and folder, and the schema's files.
  /// `in_child` is called in each child process before it judges a head.
  GitJudge(git::Repository& repository, GateOptions where, CommonOptions common, Limits limits,
           std::function<void(const std::string& head)> in_child = {})
      : repository_(repository),
        where_(std::move(where)),
        common_(std::move(common)),
        limits_(limits),
        in_child_(std::move(in_child)) {}

  /// How it gets the branch's tip and the heads of these pull requests; without it what is missing
  /// stays so.
  void fetch_by(std::function<void(const std::vector<int>& pull_requests)> fetch) {
    fetch_ = std::move(fetch);
  }
  std::set<std::string> missing(const std::string& base,
                                const std::vector<gate::PullRequest>& open) override;
  gate::Verdict evaluate(const std::string& base, const gate::PullRequest& pull_request,
                         bool died) override;
  /// Lets them land in that order, one after the other, and in the other one: who may land after
  /// all before, both ways, commutes with each of them, at the price of two questions.
  void expect(const std::string& base, const std::vector<std::string>& heads) override;
  /// Each on the tree that the base would be with the other one.
  bool commute(const std::string& base, const std::string& one, const std::string& other) override;
  std::string meeting(const std::string& base, const std::string& one,
                      const std::string& other) override;

 private:
  /// What a head touches, as far as it is known.
  struct Touched {
    bool known = false, renames = false;
    std::set<std::string> files, databases;
  };
  bool are_apart(const std::string& one, const std::string& other) const;
  bool changes_no_schema(const std::string& head) const;
  bool changes_configuration(const Touched& head) const;
  /// Whether what it does to some of the others can be found out in a row.
  bool is_in_doubt(const std::string& head, const std::vector<std::string>& heads) const;

  git::Repository& repository_;
  GateOptions where_;
  CommonOptions common_;
  Limits limits_;
  std::function<void(const std::string& head)> in_child_;
  std::function<void(const std::vector<int>& pull_requests)> fetch_;
  std::map<std::pair<std::string, std::string>, std::pair<gate::Verdict, Touched>> verdicts_;
  std::map<std::string, Touched> touched_;  ///< by head
  std::map<std::string, bool> pairs_;
  std::map<std::string, std::string> meetings_;  ///< of pairs that do not commute
};

}  // namespace schemagate
