// SPDX-License-Identifier: MIT
// Our own small statements: what the parser makes of PostgreSQL's parse tree, and what catalog,
// plan, impact and rules read. Names are as written (unqualified stays unqualified); nothing is
// resolved here. Expressions are canonical SQL text plus what a walk over the tree found in them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/box.h"
#include "base/source.h"
#include "schema/name.h"
#include "schema/references.h"

namespace schemagate {

// ---- parts ----

struct SequenceOptions {  ///< only what was written; all optional
  Box<TypeName> type;
  std::optional<std::int64_t> start, increment, minimum, maximum, cache, restart;
  bool no_minimum = false, no_maximum = false, bare_restart = false;
  std::optional<bool> cycle;
  std::optional<std::vector<std::string>> owned_by;  ///< {"none"} or {[schema,] table, column}
  Box<QualifiedName> sequence_name;
  friend bool operator==(const SequenceOptions&, const SequenceOptions&) = default;
};

using Options =
    std::vector<std::pair<std::string, std::string>>;  ///< storage parameters, in their order

enum class ConstraintKind { check, not_null, unique, primary_key, foreign_key, exclusion };

struct IndexElement {
  std::string column;     ///< empty for an expression
  Expression expression;  ///< empty for a column
  std::string collation,
      operator_class;  ///< as SQL, quoted where needed: "\"C\"", "text_pattern_ops"
  Options operator_class_options;
  bool descending = false;
  std::optional<bool> nulls_first;  ///< only when written
  std::string exclusion_operator;   ///< of EXCLUDE, else empty
};

/// A constraint as written, inline on a column or on the table.
struct ConstraintDefinition {
  Span span;
  ConstraintKind kind = ConstraintKind::check;
  std::string name;                  ///< empty: the server chooses
  std::vector<std::string> columns;  ///< key columns, referencing columns, the NOT NULL column
  std::vector<std::string> include;
  Expression expression;  ///< of CHECK
  QualifiedName referenced;
  std::vector<std::string> referenced_columns;  ///< empty: the primary key
  char match = 's';                             ///< 's'imple or 'f'ull
  std::string on_update, on_delete;             ///< "CASCADE", "SET NULL", …; empty is NO ACTION
  std::vector<std::string> set_columns;         ///< of ON DELETE SET NULL (columns)
  std::string using_index;
  std::string access_method;  ///< of EXCLUDE
  std::vector<IndexElement> exclusion;
  Expression where;
  Options options;
  std::string tablespace;
  bool deferrable = false, initially_deferred = false;
  bool not_valid = false, not_enforced = false, no_inherit = false;
  bool nulls_not_distinct = false;
  bool without_overlaps = false;  ///< last column WITHOUT OVERLAPS, or PERIOD of a foreign key
};

enum class Generated { no, stored, virtual_ };  ///< virtual: the default of PostgreSQL 18
enum class Identity { no, always, by_default };

struct ColumnDefinition {
  Span span;
  std::string name;
  TypeName type;
  std::string collation;
  std::optional<Expression> default_value;
  Generated generated = Generated::no;
  bool generated_kind_written =
      true;  ///< false: neither STORED nor VIRTUAL (VIRTUAL on 18, an error before)
  Expression generation;
  Identity identity = Identity::no;
  SequenceOptions identity_options;
  bool not_null = false;
  bool explicit_null = false;
  bool repeats_default = false;  ///< DEFAULT is written twice
  std::vector<ConstraintDefinition>
      constraints;                   ///< inline ones; a NOT NULL is in here too (named or not)
  std::string storage, compression;  ///< lower case: "external", "lz4"
  Options options;                   ///< OPTIONS (…) of a foreign table's column
};

enum class Persistence { permanent, unlogged, temporary };

struct PartitionKey {
  std::string strategy;  ///< "range", "list", "hash"
  std::vector<IndexElement> elements;
};

struct PartitionBound {
  bool is_default = false;
  std::string sql;  ///< canonical: "FOR VALUES FROM (1) TO (10)", "DEFAULT"
};

struct LikeClause {
  QualifiedName table;
  std::size_t column = 0;  ///< how many of CreateTable::columns stand before it
  bool defaults = false, constraints = false, identity = false, generated = false, indexes = false,
       storage = false, comments = false, statistics = false, compression = false;
};

// ---- statements ----

struct CreateTable {
  QualifiedName name;
  bool if_not_exists = false, foreign = false;
  Persistence persistence = Persistence::permanent;
  std::vector<ColumnDefinition> columns;
  std::vector<ConstraintDefinition> constraints;
  std::vector<LikeClause> likes;
  std::vector<QualifiedName> inherits;
  std::optional<PartitionKey> partition_by;
  QualifiedName partition_of;
  std::optional<PartitionBound> bound;
  QualifiedName of_type;
  Options options;
  std::string access_method, tablespace, server;
};

struct CreateTableAs {  ///< CREATE TABLE AS, SELECT INTO
  QualifiedName name;
  bool if_not_exists = false;
  Persistence persistence = Persistence::permanent;
  Query query;
  std::vector<std::string> column_names;
  bool with_no_data = false;
  Options options;
};

struct CreateView {
  QualifiedName name;
  bool materialized = false, or_replace = false, if_not_exists = false, with_no_data = false;
  bool temporary = false, recursive = false;
  std::vector<std::string> column_names;
  Query query;
  Options options;  ///< security_barrier, …
  std::string check_option, access_method, tablespace;
};

struct CreateIndex {
  std::string name;  ///< empty: the server chooses
  QualifiedName table;
  bool unique = false, concurrently = false, if_not_exists = false, only = false;
  bool nulls_not_distinct = false;
  std::string method = "btree";
  std::vector<IndexElement> elements;
  std::vector<std::string> include;
  Expression where;
  Options options;
  std::string tablespace;
};

struct CreateSequence {
  QualifiedName name;
  bool if_not_exists = false;
  Persistence persistence = Persistence::permanent;
  SequenceOptions options;
};
struct AlterSequence {
  QualifiedName name;
  bool if_exists = false;
  SequenceOptions options;
};

struct Statement;
struct CreateSchema {
  std::string name, owner;
  bool if_not_exists = false;
  std::vector<Statement> elements;  ///< CREATE SCHEMA s CREATE TABLE …: names qualified with s
};
struct CreateExtension {
  std::string name, schema, version;
  bool if_not_exists = false, cascade = false;
};
struct CreateEnum {
  QualifiedName name;
  std::vector<std::string> values;
};
struct CreateDomain {
  QualifiedName name;
  TypeName type;
  std::string collation;
  std::optional<Expression> default_value;
  std::vector<ConstraintDefinition> constraints;  ///< CHECK and NOT NULL
};
struct CreateComposite {
  QualifiedName name;
  std::vector<ColumnDefinition> attributes;
};
struct CreateRange {
  QualifiedName name;
  Options options;  ///< "subtype", "subtype_diff", …
};

enum class Volatility { immutable, stable, volatile_ };

struct FunctionArgument {
  std::string name;
  TypeName type;
  char mode = 'i';  ///< 'i'n, 'o'ut, 'b'oth, 'v'ariadic, 't'able
  std::optional<Expression> default_value;
};
struct CreateFunction {
  QualifiedName name;
  bool procedure = false, or_replace = false;
  std::vector<FunctionArgument> arguments;
  TypeName returns;  ///< empty: procedure, or given by OUT arguments
  bool returns_table = false;
  std::string language = "sql";
  Volatility volatility = Volatility::volatile_;
  bool strict = false, security_definer = false, leakproof = false;
  std::string body;        ///< of AS $$…$$, or canonical SQL of the RETURN / BEGIN ATOMIC form
  std::string definition;  ///< the whole statement, canonical, always CREATE OR REPLACE
  std::vector<std::string> embedded;  ///< SQL texts found in a PL/pgSQL or SQL body, in order
  bool has_dynamic_sql = false;       ///< EXECUTE of no constant, or a language that can't be read
  References references;  ///< types of arguments and result; of the body for BEGIN ATOMIC
};

/// Kinds of objects, for DROP, COMMENT, GRANT, OWNER, RENAME and for what the catalog keeps as
/// text.
enum class ObjectKind {
  table,
  foreign_table,
  column,
  index,
  sequence,
  view,
  materialized_view,
  schema,
  extension,
  type,
  domain,
  function,
  procedure,
  routine,
  aggregate,
  constraint,
  domain_constraint,
  trigger,
  policy,
  rule,
  statistics,
  publication,
  subscription,
  event_trigger,
  collation,
  conversion,
  cast,
  operator_,
  operator_class,
  operator_family,
  text_search_configuration,
  text_search_dictionary,
  text_search_parser,
  text_search_template,
  foreign_data_wrapper,
  server,
  user_mapping,
  language,
  access_method,
  transform,
  role,
  database,
  tablespace,
  large_object,
  default_privileges,
  attribute,
  enum_value,
  parameter,
  other,
};
/// "TABLE", "MATERIALIZED VIEW", "OPERATOR CLASS": the words after DROP.
std::string_view to_sql(ObjectKind kind);

/// Which object a DROP, COMMENT, … means.
struct ObjectName {
  ObjectKind kind = ObjectKind::other;
  QualifiedName
      name;  ///< the object; for column, constraint, trigger, policy, rule: `part` of this relation
  std::string part;  ///< column, constraint, trigger, policy or rule name
  std::string
      signature;    ///< "(integer, text)" of functions, canonical types; empty when not written
  std::string sql;  ///< canonical text after the kind's word
  friend bool operator==(const ObjectName&, const ObjectName&) = default;
};

/// What the catalog keeps as canonical text: triggers, policies, rules, statistics, publications,
/// casts, …
struct CreateObject {
  ObjectName object;
  bool or_replace = false, if_not_exists = false;
  std::string definition;  ///< canonical SQL of the whole statement
  References references;
  bool constraint_trigger = false;
  bool for_all_tables = false;  ///< publication
};
/// ALTER of such an object that is not a rename, owner or schema change.
struct AlterObject {
  ObjectName object;
  std::string definition;
  References references;
};

enum class AlterTableAction {
  add_column,
  drop_column,
  set_default,
  drop_default,
  set_not_null,
  drop_not_null,
  set_type,
  set_expression,
  drop_expression,
  add_identity,
  set_identity,
  drop_identity,
  set_statistics,
  set_storage,
  set_compression,
  set_column_options,
  reset_column_options,
  add_constraint,
  alter_constraint,
  validate_constraint,
  drop_constraint,
  set_options,
  reset_options,
  set_logged,
  set_unlogged,
  set_tablespace,
  set_access_method,
  cluster_on,
  set_without_cluster,
  replica_identity,
  owner,
  attach_partition,
  detach_partition,
  detach_partition_finalize,
  inherit,
  no_inherit,
  of_type,
  not_of_type,
  enable_trigger,
  disable_trigger,
  enable_always_trigger,
  enable_replica_trigger,
  enable_rule,
  disable_rule,
  enable_row_security,
  disable_row_security,
  force_row_security,
  no_force_row_security,
  add_attribute,
  drop_attribute,
  set_attribute_type,
  other,
};

struct AlterTableCommand {
  AlterTableAction action = AlterTableAction::other;
  std::string name;  ///< column, constraint, trigger, option, owner, tablespace, access method, …
  Box<ColumnDefinition> column;          ///< add_column; set_type: type, collation
  Box<ConstraintDefinition> constraint;  ///< add_constraint, alter_constraint
  Expression expression;                 ///< SET DEFAULT, USING, SET EXPRESSION
  QualifiedName relation;                ///< partition, parent, index
  std::optional<PartitionBound> bound;
  Options options;
  SequenceOptions sequence_options;
  Identity identity = Identity::no;  ///< add_identity; set_identity when written
  bool cascade = false, if_exists = false, if_not_exists = false, concurrently = false, all = false;
  /// Statistics target, storage, compression, replica identity ("d","f","n","i"), "user" triggers,
  /// "always" or "replica" of ENABLE RULE; alter_constraint: which of "deferrability",
  /// "enforceability", "inheritability" were written, joined by commas.
  std::string value;
};

/// ALTER TABLE / INDEX / VIEW / MATERIALIZED VIEW / FOREIGN TABLE / SEQUENCE / TYPE (composite)
/// commands.
struct AlterTable {
  ObjectKind kind = ObjectKind::table;
  QualifiedName name;
  bool if_exists = false, only = false;
  std::vector<AlterTableCommand> commands;
};

struct AlterEnum {
  QualifiedName name;
  std::string value, new_value;  ///< ADD VALUE value; RENAME VALUE value TO new_value
  std::string neighbour;         ///< BEFORE or AFTER it; empty: at the end
  bool before = false, if_not_exists = false, rename = false;
};

enum class AlterDomainAction {
  set_default,
  drop_default,
  set_not_null,
  drop_not_null,
  add_constraint,
  drop_constraint,
  validate_constraint
};
struct AlterDomain {
  QualifiedName name;
  AlterDomainAction action = AlterDomainAction::set_default;
  std::string constraint_name;
  Box<ConstraintDefinition> constraint;
  Expression default_value;
  bool cascade = false, if_exists = false;
};

struct Rename {
  ObjectName object;  ///< the old name
  std::string new_name;
  bool if_exists = false, cascade = false, only = false;
};
struct SetSchema {
  ObjectName object;
  std::string new_schema;
  bool if_exists = false;
};
struct SetOwner {
  ObjectName object;
  std::string new_owner;
};
struct Comment {
  ObjectName object;
  std::optional<std::string> text;  ///< none: IS NULL
};
struct Drop {
  std::vector<ObjectName> objects;
  bool cascade = false, if_exists = false, concurrently = false;
  ObjectKind kind() const { return objects.empty() ? ObjectKind::other : objects.front().kind; }
};

struct Grant {
  bool grant = true;               ///< false: REVOKE
  bool with_grant_option = false;  ///< WITH GRANT or ADMIN OPTION; REVOKE … OPTION FOR
  bool cascade = false;
  bool role_membership = false;         ///< GRANT role TO role: `privileges` are the roles
  std::vector<std::string> privileges;  ///< empty: ALL; "SELECT (a, b)" for columns
  std::vector<ObjectName> objects;
  ObjectKind all_in_schema_kind =
      ObjectKind::other;  ///< ON ALL TABLES IN SCHEMA: objects are the schemas
  bool all_in_schema = false;
  std::vector<std::string> grantees;  ///< "PUBLIC", "CURRENT_USER" in upper case
};
struct AlterDefaultPrivileges {
  std::string definition;
  std::vector<std::string> roles, schemas;  ///< empty: the current role, all schemas
  bool grant = true, with_grant_option = false;
  std::vector<std::string> privileges;  ///< empty: all
  ObjectKind objects = ObjectKind::table;
  std::vector<std::string> grantees;
};

struct Truncate {
  std::vector<QualifiedName> tables;
  std::vector<bool> only;
  bool cascade = false, restart_identity = false;
};
enum class ReindexKind { index, table, schema, system, database };
struct Reindex {
  ReindexKind kind = ReindexKind::index;
  QualifiedName name;
  bool concurrently = false;
};
struct Refresh {  ///< REFRESH MATERIALIZED VIEW
  QualifiedName name;
  bool concurrently = false, with_no_data = false;
};
struct Vacuum {
  std::vector<QualifiedName> tables;
  std::vector<std::vector<std::string>> columns;  ///< of each table; empty: all
  Options options;                                ///< as written, by lower-case name
  bool vacuum = true, full = false, analyze = false;
};
struct Cluster {
  QualifiedName table;  ///< empty: all
  std::string index;
};
struct LockTable {
  std::vector<QualifiedName> tables;
  std::vector<bool> only;
  int mode = 8;  ///< as pg_locks: 1 AccessShare … 8 AccessExclusive
  bool nowait = false;
};

enum class TransactionKind {
  begin,
  commit,
  rollback,
  savepoint,
  release,
  rollback_to,
  prepare,
  other
};
struct Transaction {
  TransactionKind kind = TransactionKind::begin;
  bool chain = false;
  std::string savepoint;  ///< of SAVEPOINT, RELEASE and ROLLBACK TO
};
struct SetVariable {
  std::string
      name;  ///< lower case; "timezone", "lock_timeout", "search_path", "role", "constraints"
  std::optional<std::string> value;  ///< none: RESET or DEFAULT; lists joined by ", "
  std::vector<std::string> values;   ///< the elements
  bool local = false, reset_all = false;
};

enum class DataKind { select, insert, update, delete_, merge, call, copy_from, copy_to, other };
/// Statements that change or read rows: no schema change, but they lock.
struct DataStatement {
  DataKind kind = DataKind::select;
  QualifiedName target;             ///< of insert, update, delete, merge, copy
  References references;            ///< all relations read or written, functions called
  bool for_update = false;          ///< SELECT … FOR UPDATE/SHARE
  bool to_program_or_file = false;  ///< COPY … FROM/TO a file or PROGRAM
  bool copy_stdin = false;
  bool has_where = false;
  std::vector<Comparison> compared;  ///< what each row has to fulfil, and its order
  std::vector<std::string> fixed;    ///< UPDATE, DELETE: columns that WHERE sets to a few constants
  std::vector<std::string> columns;  ///< INSERT: listed columns; UPDATE: set columns
  std::vector<std::string> literals;  ///< string constants in it (an enum value that is used)
  int values = -1;  ///< INSERT: how many columns get a value, 0: DEFAULT VALUES, -1: unknown
  bool on_conflict = false;          ///< INSERT … ON CONFLICT, with or without a target
  bool updates_on_conflict = false;  ///< INSERT … ON CONFLICT … DO UPDATE
  bool arbiter = false;              ///< INSERT … ON CONFLICT (…): indexes are looked for
  std::string arbiter_constraint;    ///< INSERT … ON CONFLICT ON CONSTRAINT …
  std::string sql;                   ///< as written; empty when it is very long
};

/// DO: its PL/pgSQL body's static SQL parsed, as far as it can be.
struct DoBlock {
  std::string language = "plpgsql";
  std::string body;
  std::vector<std::string> embedded;  ///< SQL texts found in it, in order
  bool has_dynamic_sql = false;       ///< EXECUTE of something that is not a constant
};

/// Everything else PostgreSQL parses: CREATE DATABASE, ALTER SYSTEM, NOTIFY, LOAD, …
struct OtherStatement {
  std::string tag;         ///< PostgreSQL's command tag where known: "ALTER SYSTEM"
  std::string definition;  ///< canonical SQL
  References references;
  bool forbidden_in_transaction = false;
};

using StatementBody =
    std::variant<CreateTable, CreateTableAs, CreateView, CreateIndex, CreateSequence, AlterSequence,
                 CreateSchema, CreateExtension, CreateEnum, CreateDomain, CreateComposite,
                 CreateRange, CreateFunction, CreateObject, AlterObject, AlterTable, AlterEnum,
                 AlterDomain, Rename, SetSchema, SetOwner, Comment, Drop, Grant,
                 AlterDefaultPrivileges, Truncate, Reindex, Refresh, Vacuum, Cluster, LockTable,
                 Transaction, SetVariable, DataStatement, DoBlock, OtherStatement>;

struct Statement {
  Span span;  ///< from the first token to the last, without the semicolon
  StatementBody body;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&body);
  }
};

}  // namespace schemagate
