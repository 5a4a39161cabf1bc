// SPDX-License-Identifier: MIT
// The fixed set of queries that a production database is asked. Each is made here, from names of
// tables and columns and from numbers; the one that takes an expression (of a CHECK or a partial
// index) takes it only after harmless() found nothing in it but columns, constants and operators
// and functions that read no table, run no program and can't be replaced by somebody's own. All are
// SELECTs that answer counts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/facts.h"

namespace schemagate::postgres::queries {

/// Every query carries it, so that it is found in pg_stat_statements and left out of "who uses the
/// table".
inline constexpr std::string_view mark = "/* schemagate */";

/// What begins each question's transaction.
std::string begin(int statement_timeout_ms, int lock_timeout_ms);

std::string about_server();
std::string age_of_statistics();
std::string age_of_cluster();
std::string settings();
/// Schema, name, oid and kind of the tables named, of all tables when none is.
std::string tables(const std::vector<QualifiedName>& names);
std::string sizes(const std::string& oid);
std::string exact_rows(const QualifiedName& table);
std::string activity(const std::string& oid);
std::string oldest_transaction(const std::string& oid);

std::string nulls(const Probe& probe, std::int64_t limit);
std::string has_duplicates(const Probe& probe);
std::string duplicates(const Probe& probe, std::int64_t limit);
/// `equals` holds the operator for each pair of columns, "=" or "OPERATOR(public.=)".
std::string orphans(const Probe& probe, const std::vector<std::string>& equals, std::int64_t limit);
std::string check_violations(const Probe& probe, std::int64_t limit);
/// Rows whose value does not fit probe.type; nothing when there is no safe way to ask.
std::optional<std::string> type_misfits(const Probe& probe, std::string_view present_type,
                                        int postgres, std::int64_t limit);

std::string column_types(const QualifiedName& table, const std::vector<std::string>& columns);
/// The operator that a foreign key would compare two columns with.
std::string equality(const QualifiedName& table, const std::string& column);
/// True when a valid B-tree over the whole table starts with these columns.
std::string has_index(const QualifiedName& table, const std::vector<std::string>& columns);
std::string table_users(const QualifiedName& table);
std::string column_users(const QualifiedName& table, const std::string& column);
/// Functions whose body speaks of the table, and of the column when there is one.
std::string functions_naming(const QualifiedName& table, const std::string& column);
std::string statements_schema();
std::string statements_naming(const std::string& schema, const QualifiedName& table,
                              const std::string& column);
std::string index_scans(const QualifiedName& index);

/// Why `condition` is not asked, or nothing when every part of it is on the list.
std::optional<std::string> objection(const std::string& condition);

}  // namespace schemagate::postgres::queries
