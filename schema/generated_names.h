// SPDX-License-Identifier: MIT
// The names that the server chooses for indexes, constraints and sequences that were given none, to
// the byte: makeObjectName, ChooseRelationName and ChooseIndexName of PostgreSQL.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/statement.h"

namespace schemagate {

struct Catalog;
struct Column;
struct Table;

/// NAMEDATALEN - 1: longer names are cut.
inline constexpr std::size_t max_name_bytes = 63;

/// `name` cut to what the server keeps, never within a character.
std::string truncated_name(std::string name);

/// "users_email_key" of users, email, key; the longer of the first two parts is shortened until it
/// fits. An empty part is left out.
std::string make_object_name(std::string first, std::string second, std::string_view label);

/// The first of users_email_key, users_email_key1, … that is not `taken`.
std::string choose_name(const std::string& first, const std::string& second,
                        const std::string& label,
                        const std::function<bool(const std::string&)>& taken);

/// "a_b_expr": the part of an index's or foreign key's name that stands for its columns.
std::string name_addition(const std::vector<std::string>& columns);

/// The names of an index's columns: expressions get their function's name or "expr", doubles a
/// number.
std::vector<std::string> index_column_names(const std::vector<IndexElement>& elements,
                                            const std::vector<std::string>& include);

/// The name that 18 has for a column's NOT NULL: its own, or the one that came with the parent's.
std::string not_null_name(const Catalog& catalog, const Table& table, const Column& column);

}  // namespace schemagate
