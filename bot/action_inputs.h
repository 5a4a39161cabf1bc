// SPDX-License-Identifier: MIT
// What a workflow gives the program: the action's inputs (INPUT_…) and GitHub's own variables. They
// are read once, here; a wrong one is an error that names it and what is allowed.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "report/report.h"

namespace schemagate {

/// The value of an environment variable, empty when it is not set.
using Environment = std::function<std::string(const std::string& name)>;

/// The input `command`; automatic: by the event.
enum class ActionCommand { automatic, check, gate };

struct ActionInputs {
  std::string token;
  std::string ledger_token;  ///< that the gate writes its ledger with; empty: `token`
  ActionCommand command = ActionCommand::automatic;
  std::string working_directory = ".";
  std::string config = ".schemagate.yml";  ///< its path in the repository
  std::vector<std::string> schema;         ///< globs, for a repository without a configuration
  std::vector<std::string> databases;
  std::string base;
  std::optional<int> postgres;
  std::optional<FailOn> fail_on;
  bool skip_drafts = false;
  std::string name;
  std::set<std::string> reporters;
  int max_comments = 25;
  std::string report_file = ".schemagate/report.json", sarif_file;
  bool post_failure_is_error = false;
  int api_seconds = 120;
  std::string ca_file;
};

/// Throws Error{usage}.
ActionInputs read_inputs(const Environment& environment);

/// The inputs' names, as action.yml lists them.
std::vector<std::string> input_names();

}  // namespace schemagate
