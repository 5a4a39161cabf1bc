// SPDX-License-Identifier: MIT
// A pull request that means harm, judged by the whole program as a job, and everything that it
// could reach: the log, what is rendered, what is shown as plain text, files for other programs.
#pragma once

#include <string>
#include <vector>

#include "tests/story_job.h"

namespace schemagate::testing {

/// What somebody or something reads after a job.
struct Output {
  enum class Kind {
    log,       ///< the runner reads commands in it
    rendered,  ///< Markdown that GitHub renders
    plain,     ///< shown as it is
    json,      ///< for programs
    outputs,   ///< names and values for the next steps
  };
  std::string name;  ///< "line comment"
  Kind kind = Kind::plain;
  std::string text = {};
};

struct Judged {
  /// `program` judges `changes` to `start`. `more` is put over the event's pull request.
  Judged(std::string program, const Files& changes, const Files& start = shop_with_users(),
         nlohmann::json more = nlohmann::json::object());
  void push(const Files& changes);

  std::string program;
  nlohmann::json more;
  Story story;
  ProgramRun run;
  std::string report;
  std::vector<Output> outputs;
};

/// Nothing in any output is a command, a mention, markup or a character that hides, unless it is
/// ours; nothing was executed, and the verdict is fail, or error with exit code 2.
void check_harmless(const Judged& judged, int exit_code = 1);

int times(const std::string& text, const std::string& word);

}  // namespace schemagate::testing
