// SPDX-License-Identifier: MIT
// What the gate found out about a pull request and the tip it would land on. The JSON form is a
// stable contract.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/merge.h"

namespace schemagate {

/// May it land now? stale: the base has moved into it, update the branch and review again. failed:
/// what would land is no schema, or not what the two sides together mean.
enum class Gate { granted, stale, failed, not_applicable };
std::string_view to_string(Gate gate);

/// One database that the pull request or the merge changes.
struct DatabaseGate {
  std::string name;
  Grade grade = Grade::none;
  std::vector<Interaction> interactions;
  std::vector<std::string> notes;      ///< "conflict in db/users.sql"
  std::string merged_checksum;         ///< of what would land; empty when nothing can
  std::string plan_checksum;           ///< of the change alone
  std::vector<std::string> row_files;  ///< blobs of new migrations that work on rows; not shown
  /// What of the change the target database lacks; nothing when nobody asked.
  std::optional<std::vector<std::string>> not_applied;
};

struct GateReport {
  Gate gate = Gate::not_applicable;
  Grade grade = Grade::none;
  std::string merge_base, base, head;
  std::string
      checksum;  ///< "sg1:…": of the base, of what would land and of the change, all databases
  std::string plan_checksum;  ///< of the change alone, all databases
  std::vector<DatabaseGate> databases;
  std::vector<std::string> notes;
  bool awaits_deployment = false;  ///< stale only because a database lacks the change
};

/// `gate --format json`.
std::string to_json(const GateReport& report);
/// For people: what would land, where the two sides meet, what to do.
std::string to_terminal(const GateReport& report);

}  // namespace schemagate
