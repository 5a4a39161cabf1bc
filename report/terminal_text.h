// SPDX-License-Identifier: MIT
// Text laid out for a terminal, in cells: lines that fit, a marked excerpt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "report/report.h"

namespace schemagate {

/// `text` in lines of at most `width` cells; a longer word is cut.
std::vector<std::string> wrapped(std::string_view text, int width);
/// The end of `text` is cut so that it takes at most `width` cells.
std::string fitted(std::string_view text, int width);

/// One line of a file with what is to be underlined.
struct Excerpt {
  std::string line;
  int start = 0, length = 1;  ///< of the mark, in cells
};
/// Requires: a place with a line and a column.
Excerpt excerpt_of(const Place& place, int width);

}  // namespace schemagate
