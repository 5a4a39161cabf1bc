// SPDX-License-Identifier: MIT
// What people see of a pull request after a run, as text for golden files in testdata/github.
#pragma once

#include <string>

#include "tests/story_job.h"

namespace schemagate::testing {

/// The text without what differs from run to run: commits, checksums, versions, addresses.
std::string scrubbed(std::string text, const Story& story);

/// Exit code, status, check run, comments, the job's summary and its log, without what differs from
/// run to run.
std::string page_of(const Story& story, const Job& job, const ProgramRun& run);

/// Compares with testdata/github/NAME.txt, or writes it (see updating()).
void check_golden_page(const std::string& name, const std::string& page);

}  // namespace schemagate::testing
