// SPDX-License-Identifier: MIT
// What is known about a running database, as plain data. Unknown is a value of its own and always
// says why. Counts only, never row data.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/name.h"

namespace schemagate {

/// A number that may be unknown, with the reason.
struct Known {
  std::optional<std::int64_t> value;
  std::string unknown_because;  ///< "permission denied for table users"; empty when known
  bool at_least = false;        ///< the probe stopped at its limit: "more than 10,000"
};

struct TableFacts {
  Known rows;         ///< pg_class.reltuples, or an exact count of small tables
  Known bytes;        ///< heap and TOAST
  Known total_bytes;  ///< with indexes
  std::optional<double> writes_per_second;  ///< since the statistics' reset
  std::optional<double> reads_per_second;
  Known oldest_transaction_seconds;  ///< oldest transaction that holds a lock on it now
  bool exists = true;
};

enum class ProbeKind {
  nulls,
  duplicates,
  orphans,
  check_violations,
  type_misfits,
  column_users,
  table_users,
  index_scans
};
std::string_view to_string(ProbeKind kind);  ///< "nulls", "duplicates": the snapshot's words

/// A question about the rows of one table. Built from the catalog by our own code: no SQL text of
/// the pull request ever gets in; a CHECK is asked only when every part of it is on the list of
/// harmless operators.
struct Probe {
  ProbeKind kind = ProbeKind::nulls;
  QualifiedName table;
  std::vector<std::string> columns;
  QualifiedName referenced;                     ///< orphans
  std::vector<std::string> referenced_columns;  ///< orphans
  bool nulls_not_distinct = false;
  std::string condition;  ///< check_violations, partial index: canonical text of the expression
  TypeName type;          ///< type_misfits: the new type
  friend auto operator<=>(const Probe& a, const Probe& b) { return a.key() <=> b.key(); }
  friend bool operator==(const Probe& a, const Probe& b) { return a.key() == b.key(); }
  std::string key() const;  ///< "nulls public.users(phone)": also the snapshot's name of it
};

struct ProbeAnswer {
  Known rows;                      ///< violating rows
  Known groups;                    ///< duplicates: distinct values that occur more than once
  std::vector<std::string> users;  ///< column_users, table_users: views, functions, "142 statements
                                   ///< in pg_stat_statements"
};

struct Facts {
  std::string source;  ///< "production at db.example", "facts/crm.json of 2026-01-05", never with a
                       ///< password
  std::string database;
  std::string taken_at;                         ///< ISO 8601, UTC
  std::optional<int> postgres;                  ///< the server's major
  std::map<std::string, std::string> settings;  ///< timezone, lock_timeout, …
  bool standby = false;
  bool stale = false;  ///< older than facts_max_age: may harden, never soften
  std::map<QualifiedName, TableFacts> tables;
  std::map<Probe, ProbeAnswer> probes;
  std::vector<std::string> notes;  ///< what could not be found out, and why

  const TableFacts* table(const QualifiedName& name) const;
  const ProbeAnswer* answer(const Probe& probe) const;
};

/// What the rehearsal saw for one step.
struct Rehearsed {
  bool ran = false;
  std::string not_run_because;
  std::string sqlstate, message;  ///< of a failure
};

}  // namespace schemagate
