// SPDX-License-Identifier: MIT
// Whether a step fails often hangs on the rows: NULLs under NOT NULL, duplicates under UNIQUE. A
// doubt is such a question, with the database's answer where there is one.
#pragma once

#include <string>
#include <vector>

#include "analyzers/rule.h"

namespace schemagate {

struct Doubt {
  Probe probe;
  int command = -1;    ///< of the ALTER TABLE
  std::string object;  ///< of a finding: the column, the constraint or the index
  const ProbeAnswer* answer = nullptr;

  /// There are rows that make the step fail.
  bool is_certain() const { return answer && answer->rows.value.value_or(0) > 0; }
};

/// The questions of one kind that the step raises; asking them is part of it.
std::vector<Doubt> doubts(const Subject& subject, ProbeKind kind);

/// The rows are known to make the step fail: there is no point in talking about its locks as well.
bool certain_to_fail(const Subject& subject, ProbeKind kind, int command);

/// "1 row", "3,182 rows", "more than 10,000 rows".
std::string count_of(const Known& known, std::string_view noun);

/// Says what the database answered: an error when there are such rows ("would fail: " and
/// `reason`), a warning when earlier steps may have changed them, a note when the database could
/// not tell whether `question`; nothing when there are none or nobody could be asked. The count
/// becomes the evidence `evidence`; a `remedy` with an explanation goes with it.
void tell(const Subject& subject, Findings& findings, const Doubt& doubt, const std::string& reason,
          const std::string& question, const std::string& evidence, Remedy remedy);

}  // namespace schemagate
