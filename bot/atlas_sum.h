// SPDX-License-Identifier: MIT
// The atlas.sum of a folder at one commit, held against its files: Atlas refuses a folder whose sum
// does not fit. It is read and computed, never written: `atlas migrate hash` does that.
#pragma once

#include <string>
#include <vector>

#include "git/repository.h"

namespace schemagate {

/// What is wrong with the folder's atlas.sum, as a sentence; empty when it fits or there is none.
/// `files` is what lies in the folder and below.
std::string atlas_sum_problem(const git::Repository& repository, const std::string& folder,
                              const std::vector<git::TreeEntry>& files);

}  // namespace schemagate
