// SPDX-License-Identifier: MIT
// Does a CHECK prove that rows fit a partition's bound, so that the server need not look at them?
// A small part of PostgreSQL's predicate_implied_by(): one key column, comparisons with constants.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/catalog.h"

namespace schemagate {

/// A condition in the form that the prover works with.
struct Condition {
  enum class Kind { unknown, all_of, any_of, compare, in_list, not_in_list, is_null, not_null };
  Kind kind = Kind::unknown;
  std::string column;
  std::string op;                   ///< of compare: = <> < <= > >=
  std::vector<std::string> values;  ///< constants without casts
  std::vector<Condition> parts;
};

/// The text of a CHECK; what is not understood becomes `unknown`.
Condition parse_condition(std::string_view sql);

/// What a partition's bound asks of its rows; `unknown` for hash, several keys and expressions.
Condition condition_of_bound(const PartitionKey& key, const PartitionBound& bound);

/// What the rows of the default partition must not be.
Condition negated(const Condition& condition);

/// Both bounds of one partitioned table take some of the same rows, for certain.
bool bounds_overlap(const PartitionKey& key, const PartitionBound& a, const PartitionBound& b);
/// FROM … TO … with nothing in between.
bool bound_is_empty(const PartitionKey& key, const PartitionBound& bound);

/// The table's valid CHECKs and NOT NULLs prove `wanted`.
bool table_proves(const Table& table, const Condition& wanted);

/// Splits at a word ("AND") outside parentheses and quotes.
std::vector<std::string_view> split_at_word(std::string_view text, std::string_view word);
/// Takes off parentheses around the whole text.
std::string_view without_parentheses(std::string_view text);

}  // namespace schemagate
