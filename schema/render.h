// SPDX-License-Identifier: MIT
// One object of the catalog as SQL: what the printed schema and the planned statements are made of.
// Names come out with their schema, quoted only where SQL needs it; each result is one statement
// without semicolon, or the part of one that its name says.
#pragma once

#include <string>
#include <vector>

#include "schema/catalog.h"

namespace schemagate {

// ---- parts of statements -----------------------------------------------------------------------

/// "fillfactor=70, toast.autovacuum_enabled=false": what stands between the parentheses of WITH.
std::string options_sql(const Options& options);
/// "AS integer INCREMENT BY 5 CYCLE", empty when nothing was written. OWNED BY is not in it.
std::string sequence_options_sql(const SequenceOptions& options);
/// "lower(email) COLLATE \"C\" text_ops DESC": an element of an index, a partition key or an
/// EXCLUDE.
std::string element_sql(const IndexElement& element);
/// "RANGE (created_at)": what follows PARTITION BY.
std::string partition_key_sql(const PartitionKey& key);
/// A column as in CREATE TABLE and ADD COLUMN: "email text DEFAULT ''::text NOT NULL". A NOT NULL
/// that is not valid is left out: only ADD CONSTRAINT can make it.
std::string definition_sql(const Column& column);
/// "CHECK (price > 0) NO INHERIT": without name, with DEFERRABLE …; NOT VALID only when asked for.
std::string constraint_sql(const ConstraintDefinition& definition, bool not_valid = false);
/// A constraint as in CREATE TABLE and ADD CONSTRAINT, always with its name.
std::string definition_sql(const Constraint& constraint);

// ---- whole statements --------------------------------------------------------------------------

/// CREATE TABLE with the `constraints` given, in their order. With `parent` it is PARTITION OF
/// that table and only lists what differs from it. Requires for that: matches_partition_of().
std::string create_sql(const Table& table, const std::vector<const Constraint*>& constraints,
                       const Table* parent = nullptr);
/// True when CREATE TABLE … PARTITION OF `parent` gives `partition` its columns, in their order.
bool matches_partition_of(const Table& partition, const Table& parent);
/// "CREATE UNIQUE INDEX CONCURRENTLY …"; ON ONLY when the index is not valid yet.
std::string create_sql(const Index& index, bool concurrently = false);
std::string create_sql(const Sequence& sequence);  ///< without OWNED BY
std::string create_sql(const View& view, bool or_replace = false);
/// What CREATE INDEX and CREATE VIEW have no word for: ALTER … SET STATISTICS, SET DEFAULT.
std::vector<std::string> column_statements(const Index& index);
std::vector<std::string> column_statements(const View& view);
std::string create_sql(const Type& type);  ///< CREATE TYPE or CREATE DOMAIN with its constraints
std::string create_sql(const Extension& extension);
std::string create_sql(const Schema& schema);
/// "GRANT SELECT (email) ON TABLE public.users TO reader WITH GRANT OPTION", or the REVOKE.
std::string grant_sql(const Privilege& privilege);
/// The same, with PROCEDURE for what the catalog knows as one.
std::string grant_sql(Privilege privilege, const Catalog& catalog);
/// "COMMENT ON COLUMN public.users.email IS '…'"; an empty text gives IS NULL.
/// `object` is what stands between the kind's words and IS, already SQL.
std::string comment_sql(ObjectKind kind, const std::string& object, const std::string& text);

}  // namespace schemagate
