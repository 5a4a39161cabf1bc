// SPDX-License-Identifier: MIT
// What a database contains, as far as statements say. A Catalog is built by applying statements
// (apply.h); the stages behind it only read it. Names are resolved: every QualifiedName in here has
// its schema. Text of expressions is canonical.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/source.h"
#include "schema/name_map.h"
#include "schema/statement.h"

namespace schemagate {

/// pg_class.relkind, the kinds that have locks of their own.
enum class RelationKind {
  table,
  partitioned_table,
  foreign_table,
  index,
  partitioned_index,
  sequence,
  view,
  materialized_view,
  composite_type
};
/// "table", "partitioned table", "index", "materialized view": the JSON contract's words.
std::string_view to_string(RelationKind kind);

struct Column {
  std::string name;
  TypeName type;  ///< resolved; serial is already integer + default + owned sequence
  std::string collation;
  bool not_null = false;
  std::string not_null_name;        ///< when given explicitly (PostgreSQL 18 keeps it)
  bool not_null_not_valid = false;  ///< 18: NOT NULL … NOT VALID
  bool not_null_no_inherit = false;
  std::string not_null_comment;  ///< 18
  std::optional<Expression> default_value;
  Generated generated = Generated::no;
  Expression generation;
  Identity identity = Identity::no;
  SequenceOptions identity_options;
  std::string storage, compression;  ///< only when set explicitly
  std::string statistics;            ///< target, only when set
  Options options;                   ///< n_distinct, …
  std::string comment;
  bool inherited = false;  ///< comes from a parent or the partitioned table (may be local as well)
  bool local = true;
  Span where;
};

struct Constraint {
  ConstraintDefinition definition;  ///< name always set; `referenced` resolved; columns filled
  bool generated_name = false;      ///< the server chose the name: two schemas may differ in it
  bool validated = true;
  bool inherited = false;  ///< comes from a parent or the partitioned table
  bool local = true;       ///< was also declared here, or only here
  std::string comment;
  Span where;
};

struct Index {
  QualifiedName name;
  QualifiedName table;
  bool generated_name = false;
  bool unique = false, nulls_not_distinct = false;
  std::string method = "btree";
  std::vector<IndexElement> elements;
  std::vector<std::string> include;
  Expression where;
  Options options;
  std::string tablespace;
  bool valid = true;  ///< false: CREATE INDEX ON ONLY a partitioned table, until all are attached
  std::string constraint;  ///< the constraint of the table that owns it, else empty
  QualifiedName parent;    ///< the partitioned index it is attached to
  bool clustered = false, replica_identity = false;
  std::map<std::string, std::string> statistics;  ///< column number → target of SET STATISTICS
  std::string comment;
  Span where_;  ///< place in the source
};

struct Trigger {
  std::string name;
  std::string definition;
  References references;
  char enabled = 'O';  ///< as pg_trigger.tgenabled
  bool constraint_trigger = false;
  std::string comment;
  Span where;
};
/// Policy or rule of a table.
struct TableObject {
  std::string name;
  std::string definition;
  References references;
  std::string comment;
  char enabled = 'O';
  Span where;
};

struct Table {
  QualifiedName name;
  RelationKind kind = RelationKind::table;  ///< table, partitioned_table or foreign_table
  Persistence persistence = Persistence::permanent;
  std::vector<Column> columns;
  std::vector<Constraint> constraints;  ///< all but NOT NULL, which lives in the column
  std::vector<Trigger> triggers;
  std::vector<TableObject> policies, rules;
  std::vector<QualifiedName> inherits;  ///< parents (INHERITS)
  std::optional<PartitionKey> partition_by;
  QualifiedName partition_of;  ///< the partitioned table it is attached to
  std::optional<PartitionBound> bound;
  QualifiedName of_type;
  Options options;
  std::string access_method, tablespace, server;
  bool row_security = false, force_row_security = false;
  char replica_identity = 'd';
  std::string replica_identity_index;
  bool incomplete =
      false;  ///< made from something unknown (LIKE, AS SELECT *): may have more columns
  std::string owner, comment;
  Span where;

  const Column* column(std::string_view name) const;
  Column* column(std::string_view name);
  const Constraint* constraint(std::string_view name) const;
  const Constraint* primary_key() const;
};

struct Sequence {
  QualifiedName name;
  SequenceOptions options;  ///< canonical: only what differs from the defaults of its type
  Persistence persistence = Persistence::permanent;
  QualifiedName owner_table;  ///< OWNED BY
  std::string owner_column;
  bool identity = false;  ///< belongs to an identity column: never planned by itself
  std::string owner, comment;
  Span where;
};

struct View {
  QualifiedName name;
  bool materialized = false;
  std::vector<std::string> column_names;
  Query query;  ///< references resolved where they can be
  Options options;
  std::string check_option, access_method, tablespace;
  bool populated = true;
  std::string owner, comment;
  std::map<std::string, std::string> column_comments;
  std::map<std::string, Expression> column_defaults;
  std::vector<Trigger> triggers;
  std::vector<TableObject> rules;
  Span where;
};

enum class TypeKind { enumeration, domain, composite, range };
struct Type {
  QualifiedName name;
  TypeKind kind = TypeKind::enumeration;
  std::vector<std::string> values;  ///< of an enum, in order
  TypeName base;                    ///< of a domain
  std::string collation;
  std::optional<Expression> default_value;
  bool not_null = false;
  std::vector<Constraint> constraints;  ///< CHECKs of a domain
  std::vector<Column> attributes;       ///< of a composite type
  Options options;                      ///< of a range type
  std::string owner, comment;
  Span where;
};

struct Function {
  CreateFunction definition;  ///< name resolved
  std::string signature;      ///< "(integer, text)": canonical input types
  std::string owner, comment;
  Span where;

  /// A call with so many arguments may mean it: some may have defaults, VARIADIC takes any number.
  bool takes(int arguments) const;
};

/// What is kept as text: extensions apart, everything that CreateObject carries and opaque
/// statements.
struct OpaqueObject {
  ObjectName object;
  std::string definition;
  References references;
  std::string owner, comment;
  Span where;
};

struct Extension {
  std::string name, schema, version, comment;
  Span where;
};
struct Schema {
  std::string name, owner, comment;
  bool implicit = false;  ///< public, and schemas only named by other statements
  Span where;
};

/// One privilege of one grantee on one object, exploded: comparable as a set.
struct Privilege {
  ObjectKind kind = ObjectKind::table;
  std::string object;  ///< "public.users", "public.f(integer)"
  std::string column;  ///< of a column privilege
  std::string privilege, grantee;
  bool grant_option = false;
  bool revoked = false;  ///< an explicit REVOKE of a default (EXECUTE from PUBLIC, …)
  friend auto operator<=>(const Privilege&, const Privilege&) = default;
};

/// Who may use whom, by name, so that no question walks over the whole catalog. Entries may be out
/// of date (the user was dropped, or no longer uses it), but none is missing: readers verify what
/// they find.
struct Links {
  using Users = std::unordered_map<QualifiedName, std::set<QualifiedName>, NameHash, SameName>;

  Users children;     ///< table → partitions and INHERITS children
  Users referrers;    ///< table → tables with a foreign key to it
  Users sequences;    ///< table → sequences it owns
  Users constraints;  ///< schema and constraint name → tables with such a constraint
  // The users of these are tables (also for what hangs on them: indexes, policies, triggers),
  // views, types, functions and other objects.
  Users readers;     ///< relation or sequence → whose queries and expressions read it
  Users type_users;  ///< type → who has or casts to it
  Users callers;  ///< function (no schema: built in) → whose expressions, triggers, queries call it
};

struct Catalog {
  std::map<std::string, Schema> schemas;
  std::map<std::string, Extension> extensions;
  NameMap<Table> tables;
  NameMap<Index, &Index::table> indexes;
  NameMap<Sequence> sequences;
  NameMap<View> views;
  NameMap<Type> types;
  std::map<std::string, Function> functions;    ///< key: "public.f(integer, text)"
  std::map<std::string, OpaqueObject> objects;  ///< key: kind's words and identity: "PUBLICATION p"
  std::map<Privilege, Span> privileges;
  std::vector<OpaqueObject> opaque;  ///< statements that are not modelled, in order

  Links links;  ///< kept by apply()

  // --- derived knowledge, in catalog.cc ---
  std::optional<RelationKind> relation_kind(const HashedName& name) const;
  std::optional<RelationKind> relation_kind(const QualifiedName& name) const {
    return relation_kind(HashedName(name));
  }
  std::vector<const Index*> indexes_of(const QualifiedName& table) const;
  /// A function or procedure of that (resolved) name, whatever its arguments.
  bool has_function(const QualifiedName& name) const;
  /// Direct partitions, or children by INHERITS.
  std::vector<const Table*> children_of(const QualifiedName& table) const;
  /// The table and everything below it.
  std::vector<const Table*> tree_of(const QualifiedName& table) const;
  const Table* default_partition_of(const QualifiedName& table) const;
  /// Foreign keys of other tables (or itself) that refer to `table`.
  std::vector<std::pair<const Table*, const Constraint*>> references_to(
      const QualifiedName& table) const;
  std::vector<const Sequence*> sequences_owned_by(const QualifiedName& table,
                                                  std::string_view column = {}) const;
  /// Views (and materialized views) that read `relation`, directly; with a column: only those that
  /// read it.
  std::vector<const View*> views_on(const QualifiedName& relation,
                                    std::string_view column = {}) const;
  /// The type behind the name: through domains to the one at the bottom, which is a domain only
  /// when its base is built in. Null for built-in types and those of extensions.
  const Type* type(const TypeName& type) const;
  /// Tables with a column of that type (also arrays, domains and composites over it).
  std::vector<std::pair<const Table*, const Column*>> columns_of_type(
      const QualifiedName& type) const;
  bool domain_is_constrained(const TypeName& type) const;
};

/// The multirange type that comes with a range type.
QualifiedName multirange_of(const Type& range);
/// The key of Catalog::functions and of signatures in SQL.
std::string function_key(const QualifiedName& name, const std::string& signature);
std::string signature_of(const CreateFunction& function);

}  // namespace schemagate
