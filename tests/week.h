// SPDX-License-Identifier: MIT
// A week at a team, as text: a file is a pull request, a section is a push to it. testdata/week's
// README says what the words and blocks mean.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/repository.h"

namespace schemagate::testing {

/// What has to come out of a push.
enum class Outcome {
  start,     ///< a commit on main, not checked
  silent,    ///< passes in at most three lines
  green,     ///< passes
  red,       ///< the gate says no
  unjudged,  ///< could not judge
};

/// One push: a section of a file.
struct Push {
  Outcome outcome = Outcome::green;
  std::string title;             ///< "red: the numbers would be gone"
  std::string merges;            ///< a branch that is merged in first; empty: none
  std::vector<std::string> run;  ///< arguments of a program run whose files are committed
  /// Applied in order to the files as they are: new texts, replacements, removals, moves.
  struct Edit {
    enum class Kind { write, replace, remove, move } kind = Kind::write;
    std::string path, text;  ///< move: text is the new path
  };
  std::vector<Edit> edits;
};

/// One pull request: a file.
struct PullRequest {
  std::string name;       ///< the file's, without number and extension: "no-fax"
  std::string title;      ///< "Thursday: nobody has a fax any more"
  std::string branch;     ///< the name, unless the file says another
  std::string from;       ///< a file's name; the branch starts at main as it was after it
  bool is_merged = true;  ///< when its last push was green
  std::vector<Push> pushes;
};

/// Reads testdata/week/NN-name.md. Throws std::runtime_error, which names what is wrong.
PullRequest read_pull_request(const std::filesystem::path& path);

/// `text` with the hunks of a diff block applied: lines that begin with a space or '-' are found,
/// exactly once, and become those that begin with a space or '+'. A hunk that only adds goes to the
/// end. Throws std::runtime_error when a hunk does not fit.
std::string with_replacements(const std::string& text, const std::string& hunks);

/// What the edits make of `files`; what they remove is nothing there.
Files changes(const std::map<std::string, std::string>& files,
              const std::vector<Push::Edit>& edits);

}  // namespace schemagate::testing
