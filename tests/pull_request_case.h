// SPDX-License-Identifier: MIT
// Cases that are a pull request: the blocks "file base a/b.sql" are the base's files, "file head
// a/b.sql" what the head has otherwise, "gone a/b.sql" is removed there.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tests/case_file.h"
#include "tests/program.h"
#include "tests/repository.h"

namespace schemagate::testing {

/// The files of one side, "base" or "head".
Files files_of(const Case& of, const std::string& side);

/// `program check` of the change from `base` to the case's head, with --format json; `more` are
/// arguments.
ProgramRun judge_pull_request(const std::string& program, const Case& of, const Files& base,
                              const std::vector<std::string>& more,
                              const std::map<std::string, std::string>& environment = {});

/// Judges every case of the folder; what is said, with messages, is golden.
void check_judged_cases(const std::string& program, const std::string& folder,
                        const std::vector<std::string>& more);

/// "file:line severity rule object" of each finding, and the verdict; when that is asked for with
/// the messages and the notes.
std::string judged(const nlohmann::json& report, bool with_messages);

}  // namespace schemagate::testing
