// SPDX-License-Identifier: MIT
// The three-way cases of testdata/gate/: one repository, a branch and what its base became.
#pragma once

#include <string>
#include <vector>

#include "tests/case_file.h"
#include "tests/repository.h"

namespace schemagate::testing {

/// Commits the files of a case: "ancestor" is the merge base, branch "main" is the base's tip,
/// branch "ours" the pull request.
void commit_gate_case(const Case& test, TestRepository& repository);

/// The text of all .sql files of a side ("ancestor", "ours", "theirs"), by path; empty for a case
/// of a migrations folder.
std::string declared_schema(const Case& test, const std::string& side);

}  // namespace schemagate::testing
