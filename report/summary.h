// SPDX-License-Identifier: MIT
// The phrases that terminal and comment share: what changes, what was found, what is blocked.
// Nothing here is escaped: names go through the reader's own escaping.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/report.h"

namespace schemagate {

/// '+' for what comes, '-' for what goes, '~' for the rest.
char change_sign(const ReportedChange& change);
/// What follows the sign: "column", "index"; of '~' the whole kind: "set not null".
std::string change_words(const ReportedChange& change);
/// "+2 columns, ~1 table, -1 index"; "no change".
std::string change_summary(const std::vector<ReportedChange>& changes);

/// The severity as a coloured dot.
std::string_view dot(Severity severity);

struct Counts {
  int errors = 0, warnings = 0, notes = 0, allowed = 0;
};
Counts count_findings(const DatabaseReport& database);
Counts count_findings(const Report& report);
/// "1 error, 2 warnings, 1 allowed"; "no findings".
std::string to_string(const Counts& counts);

/// Who has to wait for a lock of that mode: "reads and writes"; empty: nobody but its like.
std::string_view who_waits(LockMode mode);
/// DROP INDEX and REINDEX CONCURRENTLY lock the old index at the end, when no query uses it any
/// more: nobody waits for that lock.
bool is_at_the_end(const RelationLock& lock, const Impact& impact);
/// What is said of such a lock, behind a comma.
inline constexpr std::string_view at_the_end = "at the end, when no query uses it: nobody waits";
/// "ACCESS EXCLUSIVE on public.users, blocks reads and writes while it works".
std::string lock_words(const RelationLock& lock, const Impact& impact);
/// "rewrites public.users, builds public.users_email_key"; empty when nothing grows with a table.
std::string work_words(const Impact& impact);
/// How long the statement takes: what the caller knew, or what the impact says.
std::string duration_words(const ReportedStatement& statement);
/// Somebody waits, or something grows, or it fails: worth a reader's time.
bool is_worth_showing(const ReportedStatement& statement);
/// The statement with only what others notice: locks that somebody waits for, and work, both on
/// relations that were there before this change.
ReportedStatement what_others_notice(ReportedStatement statement);

/// The evidence that the finding's message does not give already: locks, what they block and sizes
/// are always in it.
std::vector<Evidence> evidence_beside_message(const Finding& finding);
/// "rows with null: 3,182", "table: 9.0 GB", "size unknown", "used by: a, b".
std::vector<std::string> to_words(const std::vector<Evidence>& evidence);

/// `lint` judges files, not databases: its one database has no name.
bool is_named(const DatabaseReport& database);
/// Nothing to say about it but what changed.
bool is_clean(const DatabaseReport& database);
/// Those that are not clean: not judged, then with errors, then with warnings, then the rest.
std::vector<const DatabaseReport*> worst_first(const Report& report);

}  // namespace schemagate
