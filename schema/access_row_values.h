// SPDX-License-Identifier: MIT
// What a statement writes into the columns of a table, as far as its text tells. Private to the
// access_row files.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "schema/access_row_keys.h"
#include "schema/access_rows.h"
#include "schema/written_rows.h"

namespace schemagate::rows {

/// What a column may have in the rows that are written.
struct Filled {
  bool value = true, empty = true;  ///< something but NULL, NULL
  bool by_default = false;          ///< left out, or DEFAULT
};

class WrittenValues {
 public:
  /// `changed`: columns that a trigger may give another value.
  WrittenValues(const Catalog& catalog, const StatementUse& use, const Table& table,
                std::set<std::string> changed);

  Filled of(const Column& column) const;
  /// For a unique key that NULL takes no part in, if `nulls_are_distinct`.
  KeyColumn key_of(const Column& column, bool nulls_are_distinct) const;

 private:
  /// The expressions that the statement has for the column; none where they are not known.
  std::vector<const canonical::Node*> nodes_of(const std::string& column) const;
  bool is_left_out(const Column& column) const;
  Filled filled_by_default(const Column& column) const;
  KeyColumn key_by_default(const Column& column, bool nulls_are_distinct) const;

  const Catalog& catalog_;
  const Table& table_;
  bool makes_rows_;
  bool has_text_ = false, has_list_ = false;
  bool has_escapes_ = false;
  bool is_loose_ = false;        ///< literals that differ may be equal
  bool overrides_user_ = false;  ///< OVERRIDING USER VALUE: what is written is not what is kept
  std::set<std::string> changed_;
  WrittenRows written_;
};

/// A constant of the statement, in a form in which values of the column's type are equal where
/// their text is; nothing where that is not known.
std::optional<std::string> literal_of(const Catalog& catalog, const StatementUse& use,
                                      const canonical::Node& node, const Column& column);

/// The side also changes or drops what the keys of the table's new rows are made of, or held to:
/// which of the two a statement met is not told.
bool changes_making(const Tables& tables, const Table& table);

}  // namespace schemagate::rows
