// SPDX-License-Identifier: MIT
// What a team's command printed, before and after: which statements are new, and which line of the
// migrations' code each comes from.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "bot/judge.h"
#include "schema/parse.h"

namespace schemagate {

struct PrintedSteps {
  ParsedFile before, after;
  struct Added {
    std::size_t statement = 0;  ///< number in `after`; BEGIN and COMMIT are none
    Span where;                 ///< a line of the code, else its file
    int transaction = -1;       ///< number of the BEGIN that is open, -1 when none is
  };
  std::vector<Added> added;
  bool history_differs = false;  ///< some statement of `before` is not printed any more
  std::set<std::uint32_t>
      named;  ///< files of code that statements lead to, or a printed comment names
};

/// Requires: both texts were printed.
PrintedSteps printed_steps(const DatabaseText& text);

}  // namespace schemagate
