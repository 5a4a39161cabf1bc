// SPDX-License-Identifier: MIT
// The one exception of the program: thrown only when the job can't be done, caught only in main()
// and at the folder borders. What is wrong with a pull request is a Finding, never an Error.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace schemagate {

enum class ErrorKind { usage, config, repository, source, database, github, internal };

/// "config", "repository", …: the word that JSON output and the terminal use.
std::string_view to_string(ErrorKind kind);

/// The job can't be done; the process ends with exit code 2.
/// `message` is lower case without a full stop; `hint` is a question or the next step, or empty.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind error_kind, const std::string& message, std::string hint_text = {})
      : std::runtime_error(message), kind(error_kind), hint(std::move(hint_text)) {}

  ErrorKind kind;
  std::string hint;
};

}  // namespace schemagate
