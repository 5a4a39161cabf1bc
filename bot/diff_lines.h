// SPDX-License-Identifier: MIT
// Which lines of a pull request GitHub takes comments on: computed from the blobs of the merge base
// and the head, as GitHub's own diff is.
#pragma once

#include <string>

#include "git/repository.h"
#include "github/inline_comments.h"
#include "report/report.h"

namespace schemagate {

/// Of the changed files that `report` has findings in.
github::DiffLines diff_lines(const git::Repository& repository, const Report& report);

}  // namespace schemagate
