// SPDX-License-Identifier: MIT
// A migrations folder on both sides of a change: its statements, and what the change does to a
// history that may have run already.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "bot/judge.h"
#include "bot/migration_includes.h"
#include "schema/apply.h"

namespace schemagate {

/// A folder's migrations as statements, in a SourceSet of the same numbers whose other text is
/// blank.
struct ReadFolder {
  MigrationFolder folder;
  SourceSet ups;
  std::vector<ParsedFile> parsed;              ///< one per migration, see parse_folder()
  std::vector<std::vector<LostCommand>> lost;  ///< psql's commands that were not carried out, too
};

ReadFolder read_folder(const DatabaseText& text, const std::vector<std::uint32_t>& files,
                       const DatabaseConfig& config, const JudgeOptions& options);
/// What migrations include stands in them, of those that the base has as it was there.
void parse_folder(const DatabaseText& text, ReadFolder& read);

/// Keys of the migrations of `after` that may have run: those that the base has, under the same
/// name or renamed in a way that their tool does not mind. A repeatable one that is edited runs
/// again.
std::set<std::string> old_migrations(const ReadFolder& before, const ReadFolder& after);

/// A migration of the base has another text now. Mostly none has, and then the base's files need
/// not be parsed: those that both sides share are in `after`.
bool is_edited(const ReadFolder& before, const ReadFolder& after);

/// Files that the base has and that are gone, renamed or edited: where they ran, nobody will see
/// it. The edited ones are added to `edited`. Requires: `before` is parsed when a file is edited.
void add_history_problems(const DatabaseText& text, const ReadFolder& before,
                          const ReadFolder& after, std::vector<ApplyProblem>& problems,
                          std::vector<ParsedFile>& edited);

/// Files elsewhere that migrations of the base include and that are edited or gone, when no new
/// migration includes them again. Requires: `after` is parsed.
void add_included_problems(const DatabaseText& text, const std::set<std::string>& old,
                           const ReadFolder& after, std::vector<ApplyProblem>& problems);

/// The first migration that the tool itself would know by another id now: it refuses to go on.
void add_id_problems(const ReadFolder& before, const ReadFolder& after,
                     std::vector<ApplyProblem>& problems);

/// New migrations that come before old ones, with what the tool does about it.
void add_order_problems(const DatabaseText& text, const std::set<std::string>& old,
                        const ReadFolder& after, std::vector<ApplyProblem>& problems);

/// New migrations without SQL that can be read: nobody looked.
void add_unread_problems(const DatabaseText& text, const std::set<std::string>& old,
                         const ReadFolder& after, std::vector<ApplyProblem>& problems);

/// Commands for psql in new migrations that are not carried out.
void add_lost_commands(const std::set<std::string>& old, const ReadFolder& after,
                       std::vector<ApplyProblem>& problems);

/// New migrations of code to which nothing of what the team's command prints leads: `printed` are
/// the files that something does.
void add_unprinted_problems(const DatabaseText& text, const std::set<std::string>& old,
                            const ReadFolder& after, const std::set<std::uint32_t>& printed,
                            std::vector<ApplyProblem>& problems);

}  // namespace schemagate
