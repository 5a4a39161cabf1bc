// SPDX-License-Identifier: MIT
#include <algorithm>

#include "schema/diff_parts.h"
#include "schema/generated_names.h"
#include "schema/plan_membership.h"
#include "schema/plan_sql.h"
#include "schema/render.h"

namespace schemagate::planning {
namespace {

/// A function that comes as well may itself need the table.
bool calls_new_function(const Context& context, const Constraint& constraint) {
  const auto& functions = constraint.definition.expression.references.functions;
  return std::any_of(functions.begin(), functions.end(), [&](const FunctionUse& use) {
    return std::any_of(context.changes.begin(), context.changes.end(), [&](const Change& change) {
      return change.kind == ChangeKind::add_function && change.relation.name == use.name.name;
    });
  });
}

/// CREATE TABLE names a foreign key only when what it refers to is surely there already.
bool stands_in_table(const Context& context, const Constraint& constraint, const Table& table) {
  if (calls_new_function(context, constraint)) return false;
  const ConstraintDefinition& definition = constraint.definition;
  const bool on_itself =
      definition.kind == ConstraintKind::foreign_key && definition.referenced == table.name;
  return constraint.validated && (definition.kind != ConstraintKind::foreign_key || on_itself);
}

class TablePlanner {
 public:
  TablePlanner(Context& context, int index)
      : context_(context),
        index_(index),
        change_(context.changes[static_cast<std::size_t>(index)]) {}

  void create() {
    const Table& table = context_.after.tables.at(change_.relation);
    Action& made = context_.add(Rank::table, index_, to_sql(table.name));
    std::vector<const Constraint*> inside, later;
    const Table* parent = parent_for(table);
    const bool attached = !table.partition_of.empty() && parent == nullptr;
    for (const Constraint& constraint : table.constraints) {
      if (constraint.inherited && !(attached && stands_alone(constraint))) continue;
      (stands_in_table(context_, constraint, table) ? inside : later).push_back(&constraint);
    }
    const Table written = with_serials(table, attached);
    made.statements = beside_default(context_, table, create_sql(written, inside, parent));
    if (!table.of_type.empty())
      made.statements.push_back({alter_table(table.name) + "OF " + to_sql(table.of_type)});
    attributes(made, table, inside);
    uses(made, table, inside);
    makes(made, table, inside);
    for (const Constraint* constraint : later) add_later(table, *constraint);
    if (attached) attach(table);
    last_marks(table);
  }

  void drop() {
    const Table& table = context_.before.tables.at(change_.relation);
    const char* kind =
        table.kind == RelationKind::foreign_table ? "DROP FOREIGN TABLE " : "DROP TABLE ";
    Action& made = context_.add(Rank::drop_table, index_, to_sql(table.name));
    // A partition is part of what foreign keys refer to as long as it is attached.
    const bool leaves = parent_stays(table) && is_referenced(table.partition_of);
    made.statements.push_back({kind + to_sql(table.name)});
    for (const Table* above = &table; above != nullptr; above = parent_of(*above))
      made.needs.push_back("left:" + to_sql(above->name));
    made.takes.push_back(relation_thing(table.name));
    for (const Column& column : table.columns) {
      made.takes.push_back(column_thing(table.name, column.name));
      made.takes.push_back(column_type_thing(table.name, column.name));
      append(made.releases, uses_of(column, context_.before, table));
    }
    for (const Sequence* sequence : context_.before.sequences_owned_by(table.name))
      made.takes.push_back(relation_thing(sequence->name));
    for (const Index* index : context_.before.indexes_of(table.name)) {
      made.takes.push_back(relation_thing(index->name));
      append(made.releases, uses_of(*index, context_.before));
    }
    for (const Constraint& constraint : table.constraints) {
      made.takes.push_back(constraint_thing(table.name, constraint.definition.name));
      append(made.releases, uses_of(constraint, context_.before, table));
    }
    for (const Trigger& trigger : table.triggers)
      append(made.releases, uses_of(trigger.references, context_.before, nullptr));
    for (const auto* list : {&table.policies, &table.rules}) {
      for (const TableObject& object : *list)
        append(made.releases, uses_of(object.references, context_.before, nullptr));
    }
    for (const QualifiedName& parent : table.inherits)
      made.releases.push_back(relation_thing(parent));
    if (!table.partition_of.empty()) made.releases.push_back(relation_thing(table.partition_of));
    if (!table.of_type.empty()) made.releases.push_back(relation_thing(table.of_type));
    if (!table.server.empty())
      made.releases.push_back(object_thing("SERVER " + quote_identifier(table.server)));
    for (const Table* above = parent_of(table); above != nullptr; above = parent_of(*above))
      append(made.releases, key_columns(table, above->name));
    if (leaves) leave(table);
    break_cycles(table);
  }

  void alter() {
    const Table& was = context_.before.tables.at(change_.relation);
    const Table& now = context_.after.tables.at(change_.relation);
    const std::string& detail = change_.detail;
    if (detail == "replica identity") return replica_identity(now);
    if (detail == "cluster") return cluster(now);
    Action& made = context_.add(Rank::alter_table, index_, to_sql(now.name) + detail);
    made.needs.push_back(relation_thing(now.name));
    const auto set = [&](const std::string& text) {
      made.statements.push_back({alter_table(now.name) + text});
    };
    if (detail == "persistence")
      set(now.persistence == Persistence::unlogged ? "SET UNLOGGED" : "SET LOGGED");
    if (detail == "options") options(made, was, now);
    if (detail == "access method")
      set("SET ACCESS METHOD " +
          (now.access_method.empty() ? "heap" : quote_identifier(now.access_method)));
    if (detail == "tablespace")
      set("SET TABLESPACE " +
          (now.tablespace.empty() ? "pg_default" : quote_identifier(now.tablespace)));
    if (detail == "row security")
      set(now.row_security ? "ENABLE ROW LEVEL SECURITY" : "DISABLE ROW LEVEL SECURITY");
    if (detail == "force row security")
      set(now.force_row_security ? "FORCE ROW LEVEL SECURITY" : "NO FORCE ROW LEVEL SECURITY");
    if (detail == "type") {
      if (!was.of_type.empty() && now.of_type.empty()) set("NOT OF");
      if (!now.of_type.empty()) set("OF " + to_sql(now.of_type));
      if (!now.of_type.empty()) made.needs.push_back(relation_thing(now.of_type));
      if (!was.of_type.empty()) made.releases.push_back(relation_thing(was.of_type));
    }
  }

  void attach(const Table& table) {
    Action& made = context_.add(Rank::attach, index_, to_sql(table.name));
    const auto old = context_.before.tables.find(table.name);
    if (old != context_.before.tables.end() && old->second.partition_of.empty() &&
        !comes_anew(table.name))
      rename_not_nulls(context_, made, old->second, table);
    append(made.statements,
           attach_steps(context_, table,
                        alter_table(table.partition_of) + "ATTACH PARTITION " + to_sql(table.name) +
                            " " + (table.bound ? table.bound->sql : "DEFAULT")));
    made.needs = {relation_thing(table.name), relation_thing(table.partition_of),
                  "dropped:bound " + to_sql(table.name)};
    if (goes_back(table)) {
      made.makes.push_back("reattached:" + to_sql(table.name));
      return;
    }
    for (const QualifiedName& name : {table.name, table.partition_of}) {
      for (const Column& column : table.columns) {
        made.needs.push_back(column_thing(name, column.name));
        made.needs.push_back(column_type_thing(name, column.name));
        made.needs.push_back(not_null_thing(name, column.name));
      }
    }
    for (const QualifiedName& name : {table.name, table.partition_of}) {
      const auto was = context_.before.tables.find(name);
      if (was == context_.before.tables.end()) continue;
      for (const Column& column : was->second.columns)
        made.needs.push_back("gone:" + column_thing(name, column.name));
    }
    for (const Index* index : context_.after.indexes_of(table.name)) {
      if (!index->generated_name || index->parent.empty())
        made.needs.push_back(relation_thing(index->name));
    }
    for (const Constraint& constraint : table.constraints) {
      if (constraint.definition.kind != ConstraintKind::foreign_key)
        made.needs.push_back(constraint_thing(table.name, constraint.definition.name));
    }
    made.makes.push_back("attached:" + to_sql(table.name));
  }

 private:
  bool comes_anew(const QualifiedName& table) const {
    return context_.dropped_tables.count(table) != 0 && context_.new_tables.count(table) != 0;
  }
  const Table* parent_of(const Table& table) const {
    const auto parent = context_.before.tables.find(table.partition_of);
    return parent == context_.before.tables.end() ? nullptr : &parent->second;
  }
  /// What a table above can't lose as long as this partition is partitioned by it.
  static Things key_columns(const Table& table, const QualifiedName& above) {
    Things things;
    if (!table.partition_by) return things;
    for (const IndexElement& element : table.partition_by->elements) {
      if (!element.column.empty()) things.push_back(column_thing(above, element.column));
      for (const ColumnUse& use : element.expression.references.columns)
        things.push_back(column_thing(above, use.name));
    }
    return things;
  }
  void leave(const Table& table) {
    Action& made =
        context_.add(Rank::detach, index_, to_sql(table.name),
                     alter_table(table.partition_of) + "DETACH PARTITION " + to_sql(table.name));
    made.releases.push_back(relation_thing(table.partition_of));
    made.makes.push_back("left:" + to_sql(table.name));
  }
  bool parent_stays(const Table& table) const {
    return !table.partition_of.empty() && context_.after.tables.count(table.partition_of) != 0 &&
           context_.dropped_tables.count(table.partition_of) == 0;
  }
  /// A foreign key that stays refers to the table or to one above it.
  bool is_referenced(const QualifiedName& name) const {
    const auto table = context_.before.tables.find(name);
    if (name.empty() || table == context_.before.tables.end()) return false;
    for (const auto& [from, key] : context_.before.references_to(name)) {
      if (context_.dropped_tables.count(from->name) == 0) return true;
    }
    return is_referenced(table->second.partition_of);
  }

  /// The same parent, other bounds: what is done to the parent in between must reach the partition.
  bool goes_back(const Table& table) const {
    const auto was = context_.before.tables.find(table.name);
    return change_.kind == ChangeKind::attach_partition && was != context_.before.tables.end() &&
           was->second.partition_of == table.partition_of && !comes_anew(table.partition_of);
  }

  /// The partitioned table, when CREATE TABLE … PARTITION OF gives this very table.
  const Table* parent_for(const Table& table) const {
    if (table.partition_of.empty()) return nullptr;
    const auto parent = context_.after.tables.find(table.partition_of);
    if (parent == context_.after.tables.end() || !matches_partition_of(table, parent->second))
      return nullptr;
    for (const Index* index : context_.after.indexes_of(table.name)) {
      const bool named_here = !index->parent.empty() && !index->generated_name;
      if (named_here) return nullptr;
    }
    for (const Constraint& constraint : table.constraints) {
      const bool named_here = constraint.inherited && !constraint.generated_name &&
                              stands_alone(constraint) && !checks_alike(constraint, parent->second);
      if (named_here) return nullptr;
    }
    return &parent->second;
  }
  /// A CHECK of the partitioned table comes under its own name.
  static bool checks_alike(const Constraint& constraint, const Table& parent) {
    const Constraint* above = parent.constraint(constraint.definition.name);
    return constraint.definition.kind == ConstraintKind::check && above != nullptr &&
           above->definition.kind == ConstraintKind::check;
  }
  /// Keys of a table that is attached later are made by itself; the attachment joins them.
  static bool stands_alone(const Constraint& constraint) {
    return constraint.definition.kind == ConstraintKind::primary_key ||
           constraint.definition.kind == ConstraintKind::unique ||
           constraint.definition.kind == ConstraintKind::check;
  }

  Table with_serials(const Table& table, bool attached) const {
    Table written = table;
    for (Column& column : written.columns) {
      column = declared(column, table, context_.after);
      if (attached) {
        column.local = true;
        // The attachment gives it the partitioned table's identity.
        if (column.inherited) column.identity = Identity::no;
      }
      // Partitions that stay have the usual names, and the server would choose others.
      const bool named = context_.postgres >= 18 && column.not_null &&
                         (comes_anew(table.name) ? !column.inherited || attached : attached);
      if (named && column.not_null_name.empty()) {
        const Column* own = table.column(column.name);
        column.not_null_name = not_null_name(context_.after, table, *own);
      }
    }
    return written;
  }

  void attributes(Action& made, const Table& table,
                  const std::vector<const Constraint*>& inside) const {
    const auto more = [&](std::vector<PlannedStatement> steps) {
      std::move(steps.begin(), steps.end(), std::back_inserter(made.statements));
    };
    for (const Column& column : table.columns) {
      const Column* from_parent = parent_column(table, column.name);
      Column own = column;
      if (from_parent != nullptr && own.storage == from_parent->storage) own.storage.clear();
      more(column_attributes(table, own));
      if (column.not_null && column.not_null_not_valid) more(not_valid_not_null(table, column));
      more(not_null_comment(context_.after, table, column));
      const bool own_default = column.inherited && !column.local && table.partition_of.empty() &&
                               from_parent != nullptr &&
                               column.default_value != from_parent->default_value;
      if (own_default) {
        const std::string value =
            column.default_value ? "SET DEFAULT " + column.default_value->sql : "DROP DEFAULT";
        more({{alter_column(table.name, column.name) + value}});
      }
    }
    for (const Constraint* constraint : inside) more(constraint_comment(table, *constraint));
    if (table.row_security) more({{alter_table(table.name) + "ENABLE ROW LEVEL SECURITY"}});
    if (table.force_row_security) more({{alter_table(table.name) + "FORCE ROW LEVEL SECURITY"}});
    const ObjectKind kind =
        table.kind == RelationKind::foreign_table ? ObjectKind::foreign_table : ObjectKind::table;
    if (!table.comment.empty()) more({{comment_on(kind, to_sql(table.name), table.comment)}});
    if (!table.owner.empty())
      more({{alter_table(table.name) + "OWNER TO " + quote_identifier(table.owner)}});
  }

  static std::vector<PlannedStatement> not_valid_not_null(const Table& table,
                                                          const Column& column) {
    const std::string name = column.not_null_name.empty()
                                 ? ""
                                 : "CONSTRAINT " + quote_identifier(column.not_null_name) + " ";
    return {{alter_table(table.name) + "ADD " + name + "NOT NULL " + quote_identifier(column.name) +
             " NOT VALID"}};
  }

  const Column* parent_column(const Table& table, const std::string& name) const {
    std::vector<QualifiedName> parents = table.inherits;
    if (!table.partition_of.empty()) parents.push_back(table.partition_of);
    for (const QualifiedName& parent : parents) {
      const auto found = context_.after.tables.find(parent);
      if (found == context_.after.tables.end()) continue;
      if (const Column* column = found->second.column(name)) return column;
    }
    return nullptr;
  }

  void uses(Action& made, const Table& table, const std::vector<const Constraint*>& inside) const {
    made.needs.push_back(schema_thing(table.name.schema));
    for (const Column& column : table.columns)
      append(made.needs, uses_of(column, context_.after, table));
    for (const Constraint* constraint : inside)
      append(made.needs, uses_of(*constraint, context_.after, table));
    for (const QualifiedName& parent : table.inherits) {
      made.needs.push_back(relation_thing(parent));
      parent_columns(made, parent);
    }
    if (!table.partition_of.empty()) {
      made.needs.push_back(relation_thing(table.partition_of));
      parent_columns(made, table.partition_of);
    }
    if (!table.of_type.empty()) made.needs.push_back(relation_thing(table.of_type));
    if (!table.server.empty())
      made.needs.push_back(object_thing("SERVER " + quote_identifier(table.server)));
    if (!table.partition_by) return;
    for (const IndexElement& element : table.partition_by->elements) {
      append(made.needs, uses_of(element.expression.references, context_.after, nullptr));
    }
  }
  /// A child made after its parent has changed gets the parent's new columns and constraints.
  void parent_columns(Action& made, const QualifiedName& parent) const {
    const auto found = context_.after.tables.find(parent);
    if (found == context_.after.tables.end()) return;
    for (const Column& column : found->second.columns) {
      made.needs.push_back(column_thing(parent, column.name));
      made.needs.push_back(column_type_thing(parent, column.name));
    }
    for (const Constraint& constraint : found->second.constraints) {
      made.needs.push_back(constraint_thing(parent, constraint.definition.name));
    }
  }

  void makes(Action& made, const Table& table, const std::vector<const Constraint*>& inside) const {
    made.makes.push_back(relation_thing(table.name));
    for (const Column& column : table.columns) {
      made.makes.push_back(column_thing(table.name, column.name));
      made.makes.push_back(column_type_thing(table.name, column.name));
    }
    for (const Constraint* constraint : inside) {
      made.makes.push_back(constraint_thing(table.name, constraint->definition.name));
      made.makes.push_back(relation_thing({table.name.schema, constraint->definition.name}));
    }
    for (const Sequence* sequence : context_.after.sequences_owned_by(table.name)) {
      if (diffing::comes_with_column(context_.after, *sequence))
        made.makes.push_back(relation_thing(sequence->name));
    }
  }

  void add_later(const Table& table, const Constraint& constraint) {
    const bool foreign_key = constraint.definition.kind == ConstraintKind::foreign_key;
    Action& made = context_.add(foreign_key ? Rank::foreign_key : Rank::constraint, index_,
                                to_sql(table.name) + "." + constraint.definition.name);
    made.statements.push_back({alter_table(table.name) + "ADD " + definition_sql(constraint),
                               Mode::together, constraint.where});
    append(made.statements, constraint_comment(table, constraint));
    made.needs = uses_of(constraint, context_.after, table);
    made.needs.push_back(relation_thing(table.name));
    made.makes.push_back(constraint_thing(table.name, constraint.definition.name));
  }

  /// REPLICA IDENTITY and CLUSTER may name an index, which is made later than the table.
  void last_marks(const Table& table) {
    if (table.replica_identity != 'd') replica_identity(table);
    for (const Index* index : context_.after.indexes_of(table.name)) {
      if (index->clustered) return cluster(table);
    }
  }
  void replica_identity(const Table& table) {
    std::string value = "DEFAULT";
    if (table.replica_identity == 'f') value = "FULL";
    if (table.replica_identity == 'n') value = "NOTHING";
    // An index that was the identity keeps its columns NOT NULL.
    Action& made = context_.add(table.replica_identity == 'i' ? Rank::replica : Rank::drop_trigger,
                                index_, to_sql(table.name));
    if (table.replica_identity == 'i') {
      value = "USING INDEX " + quote_identifier(table.replica_identity_index);
      made.needs.push_back(relation_thing({table.name.schema, table.replica_identity_index}));
      made.needs.push_back(constraint_thing(table.name, table.replica_identity_index));
    }
    made.statements.push_back({alter_table(table.name) + "REPLICA IDENTITY " + value});
    made.needs.push_back(relation_thing(table.name));
  }
  void cluster(const Table& table) {
    Action& made = context_.add(Rank::replica, index_, to_sql(table.name) + " cluster");
    made.needs.push_back(relation_thing(table.name));
    std::string sql = "SET WITHOUT CLUSTER";
    for (const Index* index : context_.after.indexes_of(table.name)) {
      if (!index->clustered) continue;
      sql = "CLUSTER ON " + quote_identifier(index->name.name);
      made.needs.push_back(relation_thing(index->name));
      if (!index->constraint.empty())
        made.needs.push_back(constraint_thing(table.name, index->constraint));
    }
    made.statements.push_back({alter_table(table.name) + sql});
  }

  static void options(Action& made, const Table& was, const Table& now) {
    if (now.kind != RelationKind::foreign_table) {
      for (const std::string& step : option_steps(was.options, now.options))
        made.statements.push_back({alter_table(now.name) + step});
      return;
    }
    made.statements.push_back({"ALTER FOREIGN TABLE " + to_sql(now.name) + " OPTIONS (" +
                               foreign_options(was.options, now.options) + ")"});
  }

  /// Tables that refer to each other and go together: the foreign key goes first.
  void break_cycles(const Table& table) {
    for (const Constraint& constraint : table.constraints) {
      const ConstraintDefinition& key = constraint.definition;
      if (key.kind != ConstraintKind::foreign_key || key.referenced == table.name ||
          constraint.inherited)
        continue;
      std::set<QualifiedName> seen;
      if (!leads_to(key.referenced, table.name, seen)) continue;
      Action& made =
          context_.add(Rank::drop_foreign_key, index_, to_sql(table.name) + "." + key.name,
                       alter_table(table.name) + "DROP CONSTRAINT " + quote_identifier(key.name));
      made.releases = uses_of(constraint, context_.before, table);
      cut_.insert(key.name);
    }
    if (cut_.empty()) return;
    // The table no longer holds on to what these keys refer to.
    for (Action& action : context_.actions) {
      if (action.rank != Rank::drop_table || action.name != to_sql(table.name)) continue;
      action.releases.clear();
      for (const Column& column : table.columns)
        append(action.releases, uses_of(column, context_.before, table));
      for (const Constraint& constraint : table.constraints) {
        if (cut_.count(constraint.definition.name) == 0)
          append(action.releases, uses_of(constraint, context_.before, table));
      }
    }
  }
  bool leads_to(const QualifiedName& from, const QualifiedName& to,
                std::set<QualifiedName>& seen) const {
    if (from == to) return true;
    if (context_.dropped_tables.count(from) == 0 || !seen.insert(from).second) return false;
    const auto& constraints = context_.before.tables.at(from).constraints;
    return std::any_of(constraints.begin(), constraints.end(), [&](const Constraint& constraint) {
      return constraint.definition.kind == ConstraintKind::foreign_key &&
             leads_to(constraint.definition.referenced, to, seen);
    });
  }

  Context& context_;
  int index_;
  const Change& change_;
  std::set<std::string> cut_;
};

}  // namespace

void plan_tables(Context& context) {
  tie_typed_tables(context);
  for (std::size_t i = 0; i < context.changes.size(); ++i) {
    TablePlanner planner(context, static_cast<int>(i));
    switch (context.changes[i].kind) {
      case ChangeKind::add_table:
        planner.create();
        break;
      case ChangeKind::drop_table:
        planner.drop();
        break;
      case ChangeKind::alter_table:
        planner.alter();
        break;
      case ChangeKind::attach_partition:
        planner.attach(context.after.tables.at(context.changes[i].relation));
        break;
      case ChangeKind::detach_partition:
        detach_partition(context, static_cast<int>(i));
        break;
      case ChangeKind::alter_inheritance:
        change_parents(context, static_cast<int>(i));
        break;
      default:
        break;
    }
  }
}

}  // namespace schemagate::planning
