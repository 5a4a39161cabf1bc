// SPDX-License-Identifier: MIT
// Operator precedence as in PostgreSQL's grammar, for the parser of canonical text:
// https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-PRECEDENCE
#pragma once

#include <string_view>

namespace schemagate::canonical {

constexpr int or_power = 1, and_power = 2, not_power = 3, is_power = 4, comparison_power = 5,
              in_power = 6, operator_power = 7, sum_power = 8, product_power = 9, power_power = 10,
              zone_power = 11, collate_power = 12, sign_power = 13, subscript_power = 14,
              cast_power = 15;

/// Of an operator made of symbols; 0 for what is none.
int symbol_power(std::string_view symbol);

}  // namespace schemagate::canonical
