// SPDX-License-Identifier: MIT
// The gate's judge that also asks for the second person: what loses data and is allowed by its
// author lands once somebody else who may write has approved just that.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bot/allowed_work.h"
#include "bot/isolation.h"
#include "gate/protocol.h"
#include "github/client.h"

namespace schemagate {

class ReviewedJudge : public gate::AskingJudge {
 public:
  /// `authors`: by number, of the pull requests of the last look.
  ReviewedJudge(gate::Judge& judge, git::Repository& repository, github::Client& client,
                const std::map<int, std::string>& authors, GateOptions where, CommonOptions common,
                Limits limits)
      : AskingJudge(judge),
        repository_(repository),
        client_(client),
        authors_(authors),
        where_(std::move(where)),
        common_(std::move(common)),
        limits_(limits) {}

  gate::Verdict evaluate(const std::string& base, const gate::PullRequest& pull_request,
                         bool died) override;

 private:
  /// In a child process. `death`: why there is no answer; `crashed`: not by an error of its own.
  struct Answered {
    AllowedWork work;
    std::string death;
    bool crashed = false;
  };
  const Answered& allowed(const std::string& base, const std::string& head);
  /// What nobody approved, in words; empty: nothing is left.
  std::string unapproved(const std::string& base, const gate::PullRequest& pull_request,
                         AllowedWork left);

  git::Repository& repository_;
  github::Client& client_;
  const std::map<int, std::string>& authors_;
  GateOptions where_;
  CommonOptions common_;
  Limits limits_;
  std::map<std::pair<std::string, std::string>, Answered> known_;  ///< by base and head
};

}  // namespace schemagate
