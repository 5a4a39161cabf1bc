// SPDX-License-Identifier: MIT
// What a rule looks at: one step in the state before it, or all steps together. The questions that
// rules ask about it are answered here, so that "new", "small" and "size unknown" mean the same
// everywhere.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "analyzers/finding.h"
#include "schema/change.h"
#include "schema/facts.h"
#include "schema/impact.h"
#include "schema/parse.h"

namespace schemagate {

struct Thresholds {
  std::int64_t small_table_bytes = 16LL << 20;  ///< heap and indexes
  std::int64_t small_table_rows = 1000;
  double busy_table_writes_per_second = 100;
};

/// Of a table with everything below it: partitions, children.
struct Size {
  std::optional<std::int64_t> rows, bytes, total_bytes;  ///< total: with indexes
  std::string unknown_because;
  bool is_known() const { return rows || bytes || total_bytes; }
};

/// One step as a rule sees it: a statement of a migration or of a plan, in the state before it.
struct Subject {
  const Catalog& base;     ///< before the whole review
  const Catalog& before;   ///< just before this step
  const Session& session;  ///< just before this step
  const Statement& statement;
  const Impact& impact;
  const Change* change = nullptr;  ///< what it is for, in a declarative review
  int step = 0;
  Span where;
  bool old_side = false;
  bool declarative = false;     ///< false: it stands in a migration file and can be replaced there
  bool in_transaction = false;  ///< inside BEGIN … COMMIT, or the tool's own transaction
  bool tool_transaction = false;  ///< the transaction is the tool's own
  bool single_query = false;      ///< an implicit transaction block: several statements, one query
  bool remedies = true;           ///< somebody will read what to do instead
  bool in_block = false;          ///< stands inside a DO block
  bool complete = true;           ///< `before` holds the whole database
  int postgres = 17;
  const Thresholds& thresholds;
  const Rehearsed* rehearsed = nullptr;
  const Facts& known;                  ///< empty when there are none
  const SourceSet* sources = nullptr;  ///< of the migration file; null for a planned step
  const std::string* sql = nullptr;    ///< the text of a statement that is in no file
  const std::set<QualifiedName>* changed_rows = nullptr;  ///< tables written to by earlier steps
  bool anything_written = false;  ///< an earlier step may have written to any table
  std::vector<Probe>* wanted_probes = nullptr;
  std::vector<QualifiedName>* wanted_tables = nullptr;
  /// What was looked up last: one rule after the other asks for the same name.
  struct LookedUp {
    QualifiedName written, name;
    const Table* table = nullptr;
  };
  mutable std::optional<LookedUp> last = {};

  const LookedUp& look_up(const QualifiedName& written) const;
  QualifiedName resolve(const QualifiedName& written) const;
  /// The table, as it was before; null when it does not exist.
  const Table* table(const QualifiedName& written) const;

  /// Made by an earlier statement of the same review: nobody uses it yet.
  bool is_new(const QualifiedName& relation) const;
  /// No work on it can be long and nobody waits: new, temporary, or empty by facts.
  bool is_idle(const QualifiedName& relation) const;
  /// By facts; an unknown or stale size is not small.
  bool is_small(const QualifiedName& relation) const;
  Size size(const QualifiedName& relation) const;
  const TableFacts* facts(const QualifiedName& relation) const;
  /// Earlier steps may have changed its rows: what the database counted may be out of date.
  bool is_written(const QualifiedName& relation) const;
  /// The answer of the database, or null when it can't know (new table or column) or was not asked;
  /// asking makes it known that the answer is wanted.
  const ProbeAnswer* ask(const Probe& probe) const;

  /// The lock that the step takes on `relation`, if any.
  std::optional<LockMode> lock_on(const QualifiedName& relation) const;
  /// A lock_timeout above zero is in force when the statement starts.
  bool has_lock_timeout() const;

  /// "orders (40,000,000 rows, 9.0 GB)", "orders (size unknown)".
  std::string describe(const QualifiedName& relation) const;
  /// What stands between the parentheses there.
  std::string size_in_words(const QualifiedName& relation) const;
  /// "for about 46 s (at 200 MB/s)", "until it is done" when the size is unknown.
  std::string how_long(const QualifiedName& relation, WorkKind kind) const;
  /// Where command number `index` of an ALTER TABLE stands; `where` when that is not known.
  Span command_span(int index) const;
  /// The statement as it is written.
  std::string text() const;
};

/// A step after it was judged.
struct JudgedStep {
  const Statement* statement = nullptr;
  Impact impact;
  const Change* change = nullptr;
  Span where;
  Span written;  ///< the statement's own text: where `where` is code, the SQL that it prints
  std::uint32_t script = Span::nowhere;  ///< the file that runs it, perhaps by including another
  bool old_side = false;
  bool in_transaction = false;
  int transaction = -1;           ///< number of its transaction, -1 outside
  bool has_lock_timeout = false;  ///< in force when the statement starts
  /// Those of impact.locks that somebody can feel: on relations that the review did not create.
  std::vector<RelationLock> felt;
  const Rehearsed* rehearsed = nullptr;
  std::vector<std::string> search_path;  ///< in force; empty when it is the usual one
  /// Without the schema: what it drops, renames or moves and nobody described (strangers()).
  std::vector<QualifiedName> strangers;
};

/// All judged steps together: for rules about a file or a plan as a whole.
struct WholeSubject {
  const Catalog& base;
  const Catalog& after;  ///< where the steps lead to
  std::span<const JudgedStep> steps;
  std::span<const Change> changes;
  std::span<const Finding> findings;  ///< what was said about the steps
  std::span<const ParseProblem> parse_problems;
  std::span<const ApplyProblem> schema_problems;  ///< of a declarative schema
  bool declarative = false;
  bool complete = true;
  int postgres = 17;
  const Thresholds& thresholds;
  const Facts& known;
  const SourceSet* sources = nullptr;  ///< the head's files
  std::vector<Probe>* wanted_probes = nullptr;

  /// The relation or type of the base that step number `step` means by `written`.
  QualifiedName existing(std::size_t step, const QualifiedName& written) const;
  /// Step number `step` drops, renames or moves `name`, which nobody described: it was there
  /// before.
  bool is_stranger(std::size_t step, const QualifiedName& name) const;
  /// As Subject::ask().
  const ProbeAnswer* ask(const Probe& probe) const;
  /// "; the running database uses it in …": the answer to a question about users, else nothing.
  std::string users(const Probe& probe) const;
};

}  // namespace schemagate
