// SPDX-License-Identifier: MIT
// What a case of testdata proves about a migration tool. It proves something when the tool's row
// reads its files so that the thing is there (a way down, two files of one version, CONCURRENTLY in
// a file that goes up), and the case's golden parts hold what the program or the tool itself
// answered to it.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "schema/formats.h"
#include "tests/case_file.h"
#include "tests/repository.h"

namespace schemagate::testing {

/// A tree's folders that are this tool's.
struct FormatFolders {
  SourceSet sources;
  std::vector<MigrationFolder> folders;
};

struct FormatCase {
  const MigrationFormat* format = nullptr;
  FormatFolders base, head;  ///< one tree alone is the head
  Files base_files, head_files;
  std::string read, judged, ran;  ///< golden: what is read, said, and what the tool itself did
};
FormatCase format_case(const MigrationFormat& format, const Case& of);

/// How the tool's files are sent in this case.
std::set<Sending> sendings_in(const FormatCase& of);

/// A column of docs/formats.md.
struct FormatProof {
  std::string_view name;
  bool (*is_shown)(const FormatCase& of);
  std::string_view WithoutCase::*reason;  ///< null: every tool has it
};
std::span<const FormatProof> format_proofs();

/// A file with CONCURRENTLY about which nothing is said, or which the tool itself ran.
bool shows_concurrently_runs(const FormatCase& of);
/// The same for one that can't run.
bool shows_concurrently_fails(const FormatCase& of);

}  // namespace schemagate::testing
