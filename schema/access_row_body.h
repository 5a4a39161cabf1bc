// SPDX-License-Identifier: MIT
// What the body of a function or a block does to rows, statement by statement. Private to the
// access_row files.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "schema/access.h"

namespace schemagate::rows {

struct BodyUse {
  std::vector<StatementUse> statements;
  // Of a trigger's function:
  bool reads_row = false;            ///< NEW or OLD are looked at, not just returned
  bool takes_row = false;            ///< … as a whole, not just columns of them
  bool changes_row = false;          ///< NEW becomes another row, which one is not known
  std::map<std::string, bool> sets;  ///< columns of NEW; true: whatever the rows are
};

/// Nothing where the body can't be followed: it makes SQL while it runs, or is in another language.
std::optional<BodyUse> read_body(const CreateFunction& function);
std::optional<BodyUse> read_body(const DoBlock& block);

}  // namespace schemagate::rows
