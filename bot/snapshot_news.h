// SPDX-License-Identifier: MIT
// What a database has at one commit and had not at another: problems, migrations and what they do.
#pragma once

#include <string>
#include <vector>

#include "bot/snapshot.h"

namespace schemagate {

/// Problems of `now` that none of `others` has, as people read them.
std::vector<std::string> new_problems(const Snapshot& now,
                                      const std::vector<const Snapshot*>& others);

/// The keys of the migrations that run with `now` and did not with `before`: those that are new,
/// and those that are repeated because they were edited.
std::vector<std::string> new_migrations(const Snapshot& before, const Snapshot& now);
/// … and what they run.
std::vector<Script> new_scripts(const Snapshot& before, const Snapshot& now);
/// … and of them those that are no SQL: programs, abstract changes.
std::vector<std::string> new_unread_migrations(const Snapshot& before, const Snapshot& now);

/// The migrations of new_migrations() that run something else in `landing`: a file that they
/// include was changed.
std::vector<std::string> new_changed_includes(const Snapshot& before, const Snapshot& now,
                                              const Snapshot& landing);

/// The files of `now` that work on rows, or do what can't be read, and that `before` has not, by
/// their content.
std::vector<std::string> new_row_files(const Snapshot& before, const Snapshot& now);

}  // namespace schemagate
