// SPDX-License-Identifier: MIT
// What a rule has to say. A finding tells what will happen, to which object, how big or how long,
// and what to do instead.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/source.h"

namespace schemagate {

enum class Severity { note, warning, error };
std::string_view to_string(Severity severity);

/// A fact behind a finding; `value` is a number in JSON when it is one.
struct Evidence {
  std::string name;  ///< "rows_with_null", "duplicate_groups", "table_bytes", "lock", "blocks",
                     ///< "size_unknown"
  std::string value;
  bool number = false;
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

/// What to do instead. In a migration file `sql` takes the statement's place (suggestion); for a
/// declarative file it is a plan to run (decisions of the design: never a suggestion in the schema
/// file).
struct Remedy {
  std::string explanation;
  std::vector<std::string> sql;  ///< complete statements without semicolons, in order
  /// Statements may not all run in one transaction: each is to be run by itself (CONCURRENTLY,
  /// VALIDATE).
  bool separate_transactions = false;
  /// … and it is left to whoever runs them: `sql` itself ends no transaction.
  bool is_for_no_transaction() const {
    return separate_transactions && !sql.empty() && sql.front() != "COMMIT";
  }
  friend bool operator==(const Remedy&, const Remedy&) = default;
};

struct Finding {
  std::string rule;  ///< the rule's id: "drop-column"
  Severity severity = Severity::warning;
  std::string message;
  Span where;             ///< in the new sources, or in the old ones when `old_side`
  bool old_side = false;  ///< what is gone has its place in the base
  std::string object;     ///< "public.users.email"
  int step = -1;          ///< the judged statement it is about
  std::vector<Evidence> evidence;
  std::optional<Remedy> remedy;
  std::string allowed_because;  ///< the reason given by an allowance; such findings do not count
                                ///< for the verdict
};

}  // namespace schemagate
