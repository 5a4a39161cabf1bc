// SPDX-License-Identifier: MIT
// What an event asks for: which commits are judged, by which command, and with whose rights.
#pragma once

#include <string>
#include <vector>

#include "bot/action_inputs.h"
#include "bot/options.h"
#include "github/event.h"

namespace schemagate {

/// What of a pull request (or of a merge group) is to be judged.
struct ActionJob {
  ActionCommand command = ActionCommand::check;
  CheckOptions check;
  int pull_request = 0;                 ///< 0: of a merge group
  std::string author;                   ///< of the pull request; empty when the account is gone
  std::string base_branch;              ///< "main"; its tip is what is compared with …
  std::string base_of_event;            ///< … and this commit where the tip is not there
  std::vector<std::string> references;  ///< on the server, of base and head
  bool trusted = true;      ///< false: with the base's rights; nothing of the pull request is run
  std::string not_because;  ///< why there is nothing to do; empty: there is
};

/// `folder` of the repository is where the configuration is looked for.
ActionJob job_of(const github::Event& event, const ActionInputs& inputs, const std::string& folder);

}  // namespace schemagate
