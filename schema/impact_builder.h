// SPDX-License-Identifier: MIT
// What the parts of predict() share: an accumulator of locks, work and the first failure, and the
// few ways in which PostgreSQL opens relations (a table with its indexes, a query, a foreign key's
// check). Internal to the impact files.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "schema/impact.h"
#include "schema/plpgsql_values.h"

namespace schemagate {

/// Collects the impact of one statement. Locks are asked for by name; names that are not in the
/// catalog (created by the statement itself, system catalogs) are left out.
class ImpactBuilder {
 public:
  /// `depth`: in how many functions that call each other the statement stands.
  ImpactBuilder(const Catalog& catalog, const Session& session, int depth = 0)
      : catalog_(catalog), session_(session), depth_(depth) {}

  const Catalog& catalog() const { return catalog_; }
  const Session& session() const { return session_; }
  int major() const { return session_.postgres; }
  int depth() const { return depth_; }

  /// The existing relation that `written` means, or nothing.
  std::optional<QualifiedName> resolve(const QualifiedName& written) const;
  /// The same, or an empty name and a failure 42P01 in the server's words.
  QualifiedName require(const QualifiedName& written);
  /// No schema of that name: a relation or type in it is refused with 3F000.
  bool schema_is_missing(const std::string& schema) const;
  /// Fails with 3F000, and says so, where it is missing.
  bool refuse_missing_schema(const std::string& schema);
  /// The statements before make everything that is in that schema.
  bool knows_schema(const std::string& schema) const;
  /// The table of that (resolved) name, or null.
  const Table* table(const QualifiedName& name) const;
  /// Made by the script, and without rows so far.
  bool is_empty(const Table& table) const { return session_.empty_tables.contains(table.name); }
  const View* view(const QualifiedName& name) const;
  const Index* index(const QualifiedName& name) const;

  void lock(const QualifiedName& relation, LockMode mode);
  void lock_table(const Table& relation, LockMode mode);
  void lock_indexes(const QualifiedName& table, LockMode mode);
  /// The table, all its partitions or children, without indexes.
  void lock_tree(const QualifiedName& table, LockMode mode);

  /// The table and its partitions, but no children that inherit.
  void lock_parts(const QualifiedName& table, LockMode mode);

  /// Work of ALTER TABLE's command `command` (see at_command).
  void scan(Cause cause, const QualifiedName& relation, std::string detail = {});
  void rewrite(Cause cause, const QualifiedName& relation, std::string detail = {});
  void build(Cause cause, const QualifiedName& relation, const QualifiedName& index,
             std::string detail = {});
  /// Following work belongs to this command of an ALTER TABLE; -1: to the statement.
  void at_command(int command) { command_ = command; }
  int command() const { return command_; }

  /// The first failure wins.
  void fail(std::string sqlstate, std::string reason);
  bool failed() const { return impact_.fails.has_value(); }
  /// It refuses a transaction block (and fails in one), by the words of PreventInTransactionBlock.
  void not_in_transaction(std::string_view command);
  /// The statement can't stand in a transaction block; whether it fails in one is said elsewhere.
  void refuse_transaction() { impact_.transactional = false; }
  void condition(std::string text);
  void unknown(std::string why);

  /// What the planner locks: relations of a query and their indexes, views down to their tables.
  void plan_query(const References& references, LockMode mode = LockMode::access_share);
  void plan_relation(const QualifiedName& relation, LockMode mode, bool only = false);
  /// What parse analysis alone locks: the relations that the text names.
  void analyze_query(const References& references);
  /// The partition is not opened by plan_relation() and scan_query().
  void leave_out(const QualifiedName& partition) { left_out_.insert(partition); }
  bool is_left_out(const QualifiedName& partition) const { return left_out_.contains(partition); }
  /// No row fulfils the statement's condition: scan_query() has nothing to say.
  void read_nothing() { reads_nothing_ = true; }
  bool reads_nothing() const { return reads_nothing_; }
  /// A full read of every table that `references` reaches, views followed; with `s`, the
  /// statement around them, only of those tables that no index serves.
  void scan_query(const References& references, Cause cause, const DataStatement* s = nullptr);

  /// Adds what a statement inside of this one does; false: nothing, or it is refused.
  bool add(const Impact& inner);
  /// A statement that this one runs: adds what it does, unless calls are too deep already.
  void run(const Statement& statement);
  /// The functions of the catalog that `references` calls are run: what the SQL in them does.
  /// `variables`: what a trigger's function knows (TG_OP). `certain`: they are known to be called,
  /// so that their failure is the statement's. `sql`: the text of the call, which may tell what
  /// the arguments are.
  void run_functions(const References& references, const FlowRow& variables = {},
                     bool certain = false, const std::string& sql = {});
  Impact take();

 private:
  void add_lock(const QualifiedName& relation, RelationKind kind, LockMode mode);
  void work(WorkKind kind, Cause cause, const QualifiedName& relation, const QualifiedName& index,
            std::string detail);

  const Catalog& catalog_;
  const Session& session_;
  Impact impact_;
  std::set<QualifiedName> left_out_;
  bool reads_nothing_ = false;
  int depth_ = 0;
  int command_ = -1;
};

/// predict() of a statement that stands in `depth` bodies of functions or blocks.
Impact predict_inside(const Catalog& before, const Session& session, const Statement& statement,
                      int depth);

// --- one function per kind of statement ---------------------------------------------------------

void predict_statement(ImpactBuilder& b, const CreateTable& s);
void predict_statement(ImpactBuilder& b, const CreateTableAs& s);
void predict_statement(ImpactBuilder& b, const CreateView& s);
void predict_statement(ImpactBuilder& b, const CreateIndex& s);
void predict_statement(ImpactBuilder& b, const CreateSequence& s);
void predict_statement(ImpactBuilder& b, const AlterSequence& s);
void predict_statement(ImpactBuilder& b, const CreateSchema& s);
void predict_statement(ImpactBuilder& b, const CreateExtension& s);
void predict_statement(ImpactBuilder& b, const CreateEnum& s);
void predict_statement(ImpactBuilder& b, const CreateDomain& s);
void predict_statement(ImpactBuilder& b, const CreateComposite& s);
void predict_statement(ImpactBuilder& b, const CreateRange& s);
void predict_statement(ImpactBuilder& b, const CreateFunction& s);
void predict_statement(ImpactBuilder& b, const CreateObject& s);
void predict_statement(ImpactBuilder& b, const AlterObject& s);
void predict_statement(ImpactBuilder& b, const AlterTable& s);
void predict_statement(ImpactBuilder& b, const AlterEnum& s);
void predict_statement(ImpactBuilder& b, const AlterDomain& s);
void predict_statement(ImpactBuilder& b, const Rename& s);
void predict_statement(ImpactBuilder& b, const SetSchema& s);
void predict_statement(ImpactBuilder& b, const SetOwner& s);
void predict_statement(ImpactBuilder& b, const Comment& s);
void predict_statement(ImpactBuilder& b, const Drop& s);
void predict_statement(ImpactBuilder& b, const Grant& s);
void predict_statement(ImpactBuilder& b, const AlterDefaultPrivileges& s);
void predict_statement(ImpactBuilder& b, const Truncate& s);
void predict_statement(ImpactBuilder& b, const Reindex& s);
void predict_statement(ImpactBuilder& b, const Refresh& s);
void predict_statement(ImpactBuilder& b, const Vacuum& s);
void predict_statement(ImpactBuilder& b, const Cluster& s);
void predict_statement(ImpactBuilder& b, const LockTable& s);
void predict_statement(ImpactBuilder& b, const Transaction& s);
void predict_statement(ImpactBuilder& b, const SetVariable& s);
void predict_statement(ImpactBuilder& b, const DataStatement& s);
void predict_statement(ImpactBuilder& b, const DoBlock& s);
void predict_statement(ImpactBuilder& b, const OtherStatement& s);

// --- shared knowledge ---------------------------------------------------------------------------

/// Fails (42P01) at a relation that is nowhere. What extensions bring is not known: then nothing is
/// missing.
bool relation_is_missing(ImpactBuilder& b, const References& references);
/// The name that a new relation gets: temporary ones have a schema of their own.
QualifiedName new_relation_name(const Session& session, const QualifiedName& written,
                                bool temporary);
/// A query without WHERE or LIMIT: it reads its tables from end to end.
bool reads_everything(std::string_view sql);
/// Has storage of its own: a table or a materialized view, not a partitioned or foreign table.
bool has_storage(const Table& table);
bool is_partitioned(const Table& table);
/// "users" as the server quotes it in messages.
std::string quoted(std::string_view name);
bool contains(const std::vector<std::string>& names, std::string_view name);
/// A row trigger: each partition of the table has a copy.
bool has_row_trigger(const Table& table, std::string_view name = {});
/// DROP and RENAME of a trigger: row triggers of a partitioned table live on its partitions too.
void lock_trigger_tables(ImpactBuilder& b, const QualifiedName& table, std::string_view trigger);
/// The constraint's index, of UNIQUE, PRIMARY KEY and EXCLUDE.
const Index* constraint_index(const Catalog& catalog, const Table& table,
                              std::string_view constraint);
/// Columns that the index needs, those of its expressions and predicate too.
bool index_uses_column(const Index& index, std::string_view column);
bool expression_uses_column(const Expression& expression, std::string_view column);
/// The referenced columns of a foreign key, the primary key's when none are written.
std::vector<std::string> referenced_columns(const Catalog& catalog,
                                            const ConstraintDefinition& key);
/// Foreign keys of other tables that rows of `table` may be referred to by: also those that refer
/// to a partitioned table above it. Copies that partitions of the referring table hold are left
/// out.
std::vector<std::pair<const Table*, const Constraint*>> incoming_keys(const Catalog& catalog,
                                                                      const Table& table);
/// Locks and work of checking a foreign key over all rows: scans of both, every index opened; of
/// the table that is referred to only where `has_values` says that a row may refer to one.
void validate_foreign_key(ImpactBuilder& b, const Table& child, const ConstraintDefinition& key,
                          bool has_values);

}  // namespace schemagate
