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

/// The text of all files of SQL, or of HCL, of a side ("ancestor", "ours", "theirs"), by path;
/// empty for a case of a migrations folder.
std::string declared_schema(const Case& test, const std::string& side);

/// One file of a migrations folder.
struct MigrationFile {
  std::string path, sql;
};

/// The files of a migrations folder that a side adds or changes, in the order in which the tool
/// runs them; empty for a case of a declared schema.
std::vector<MigrationFile> migrations_of(const Case& test, const std::string& side);

/// What the tool runs in a new database: those of all three, each path once.
std::vector<MigrationFile> merged_migrations(const Case& test);

}  // namespace schemagate::testing
