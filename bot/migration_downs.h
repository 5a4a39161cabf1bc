// SPDX-License-Identifier: MIT
// Whether the way down of a new migration leads back to where its way up began.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "bot/migration_history.h"

namespace schemagate {

/// `before` is the schema that the old migrations lead to. Migrations without a way down, with an
/// empty one, or with statements that are not understood are not looked at. Of more than a change has
/// for people to read, the last ones are not, which is said.
void add_down_problems(const DatabaseText& text, const std::set<std::string>& old,
                       const ReadFolder& after, const Catalog& before, int postgres,
                       std::vector<ApplyProblem>& problems);

/// The same, tried on a server: `up` are the new migrations' steps. Only where each of them has a
/// way down, and nothing was found without a server.
void rehearse_downs(const DatabaseText& text, const std::set<std::string>& old,
                    const ReadFolder& after, const Catalog& before, const std::vector<Step>& up,
                    const JudgeOptions& options, std::vector<ApplyProblem>& problems);

}  // namespace schemagate
