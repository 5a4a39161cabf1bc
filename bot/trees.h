// SPDX-License-Identifier: MIT
// Which commits are judged, and their files as lists.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bot/config.h"
#include "bot/options.h"
#include "git/repository.h"

namespace schemagate {

/// The two sides of a check. `base` is the tip of the base branch, from which the configuration is
/// read; `before` is the merge base of base and head, which reviewers compare with (the same when
/// up to date).
struct Sides {
  std::string base, before, head;  ///< commit ids; head is empty for the work tree
  std::vector<git::TreeEntry> base_files, before_files, head_files;
  std::vector<std::string> notes;
};

/// The text of one file of a tree, or why it is not read: "is a symlink".
struct ReadEntry {
  std::optional<std::string> text;
  std::string refused;
};
ReadEntry read_entry(const git::Repository& repository, const git::TreeEntry& entry);

/// Reads files of a tree by path; "" for what is not there or not read. `files` are sorted by path;
/// both must outlive it.
std::function<std::string(const std::string& path)> text_reader(
    const git::Repository& repository, const std::vector<git::TreeEntry>& files);

/// Throws Error{repository}: a revision that is not there, unrelated histories, more than one merge
/// base.
Sides find_sides(git::Repository& repository, const CheckOptions& options);

/// The configuration of the base's tip; what only the head declares is added (a new database).
Config read_config(const git::Repository& repository, const Sides& sides,
                   const CheckOptions& options);

/// The configuration file of `now` as it was at the merge base; nothing when there was none.
std::optional<Config> config_before(const git::Repository& repository, const Sides& sides,
                                    const Config& now);

}  // namespace schemagate
