// SPDX-License-Identifier: MIT
// Folders that the real tools have run: testdata/tools/. What a tool sent to a server is read from
// the server's log, and held against what is said of the same folder without the tool.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/case_file.h"
#include "tests/repository.h"

namespace schemagate::testing {

/// The files of a case's repository before ("base") or behind ("head") its pull request.
Files tool_files(const Case& of, bool head);
bool has_head(const Case& of);

/// "in transaction 1: CREATE TABLE t (a int)", in the order in which they came; one that failed has
/// " fails 25001: …" below it. Only statements of `files` count, of the log's lines only those of
/// `database`; the server writes them with the prefix tool_log_prefix.
std::vector<std::string> statements_of_log(std::string_view log, std::string_view database,
                                           const Files& files);
constexpr std::string_view tool_log_prefix = "%d|%v|%e|";

/// The same, as it is predicted.
struct Predicted {
  std::string format;
  std::vector<std::string> statements;
  /// Statements of files that the tool is said never to run, or that it is said to refuse.
  std::vector<std::string> refused;
  bool certain_failure = false;
};
/// For what of the folder in `files` is not in `before`.
Predicted predicted_statements(const Files& files, const Files& before);

}  // namespace schemagate::testing
