// SPDX-License-Identifier: MIT
// Judges one database: from its files on both sides to findings, plan and notes. The world outside
// (a rehearsal server, production) is reached through two functions that the caller may leave
// empty.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analyzers/review.h"
#include "bot/config.h"
#include "postgres/rehearsal.h"
#include "report/report.h"
#include "schema/migrations.h"
#include "schema/parse.h"
#include "schema/plan.h"

namespace schemagate {

/// The text of one database's files. A file that is the same on both sides is in `sources` once.
struct DatabaseText {
  SourceSet sources;
  std::vector<std::uint32_t> schema_before, schema_after;
  std::vector<std::uint32_t> migrations_before, migrations_after;
  std::vector<std::uint32_t> included_before,
      included_after;  ///< what migrations include elsewhere
  /// What the team's command printed (MigrationsSetting::command): both or none.
  std::optional<std::uint32_t> printed_before, printed_after;
  std::optional<std::uint32_t> platform;  ///< what was there before all of it: platform_schema()
  std::vector<ParseProblem> refused;      ///< symlinks, files over the limit, hostile names
  std::vector<std::string> notes;
};

struct RehearsalResult {
  std::string summary;           ///< "rehearsed on PostgreSQL 15.4", or why not
  std::vector<Rehearsed> steps;  ///< one per step; empty when nothing was rehearsed
  std::vector<std::string> notes;
};
/// What is rehearsed: statements in order, with their transaction groups, on a database like
/// `before`.
using Rehearse = std::function<RehearsalResult(const Catalog& before,
                                               const std::vector<Step>& steps, int postgres)>;
/// The same of steps of which those from `down` on take back what those before it did.
using RehearseBack = std::function<postgres::WayBack(
    const Catalog& before, const std::vector<Step>& steps, std::size_t down, int postgres)>;
/// Asks a running database; unknowns come back as values with their reason.
using AskFacts = std::function<Facts(const std::vector<QualifiedName>& tables,
                                     const std::vector<Probe>& probes)>;

struct JudgeOptions {
  int postgres = 17;
  bool postgres_is_fixed = false;        ///< by a flag: not even the facts' server overrules it
  bool new_database = false;             ///< no file at the base: its schema was empty
  std::vector<std::string> other_paths;  ///< of the head's tree: markers of migration formats
  /// The text of one of them, "" when it can't be read: Cargo.toml, package.json.
  std::function<std::string(const std::string& path)> read_other;
  Rehearse rehearse;
  RehearseBack rehearse_back;
  AskFacts ask_facts;
};

/// Declarative files, a migrations folder, or both (then the migrations are the steps and the files
/// are the check that they arrive there).
DatabaseReport judge_database(const DatabaseText& text, const DatabaseConfig& config,
                              const JudgeOptions& options);

/// The major of the server that the facts are of, where it is another than `judged_for`: that one
/// is to be judged for.
std::optional<int> major_of_facts(const Facts& facts, int judged_for);

/// The note that says so.
std::string other_major_note(int of_facts, int judged_for);

/// Place of a span, resolved; the empty Place when it points nowhere. Without `details`: where it
/// begins, alone.
Place place_of(const SourceSet& sources, Span span, bool old_side, bool details = true);

/// Findings resolved to places and fingerprints, in their order.
/// Without `details`: where they begin, neither fingerprints nor the text of the line.
std::vector<ReportedFinding> resolve(std::vector<Finding> findings, const SourceSet& sources,
                                     const std::string& database, bool details = true);

}  // namespace schemagate
