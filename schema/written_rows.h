// SPDX-License-Identifier: MIT
// What the text of an INSERT or UPDATE gives to which columns.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "schema/canonical_tree.h"
#include "schema/catalog.h"

namespace schemagate {

struct WrittenRows {
  /// Expressions by column.
  using Row = std::vector<std::pair<std::string, canonical::Node>>;

  std::vector<std::string> columns;  ///< that get a value
  std::vector<Row> rows;             ///< of VALUES; one, for all rows, of UPDATE
  bool listed = false;               ///< they are all there
  Row selected;                      ///< what an INSERT … SELECT has for each of its rows
};

/// Reads the text of an INSERT or UPDATE; no rows where it tells none.
WrittenRows read_written_rows(const DataStatement& s, const Table& table);

}  // namespace schemagate
