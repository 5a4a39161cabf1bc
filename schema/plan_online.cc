// SPDX-License-Identifier: MIT
// The safe ways: what would read or write a whole table under a lock that blocks its users is split
// into steps that do the work under a weak lock and take the strong one only for an instant.
#include <algorithm>

#include "schema/canonical_rewrite.h"
#include "schema/canonical_tree.h"
#include "schema/generated_names.h"
#include "schema/plan_sql.h"
#include "schema/render.h"

namespace schemagate::planning {
namespace {

using Steps = std::vector<PlannedStatement>;

bool is_partitioned(const Table& table) { return table.kind == RelationKind::partitioned_table; }

/// The expression is "column IS NOT NULL", or an AND with such a part.
bool proves(const canonical::Node& node, const std::string& column) {
  if (node.kind == canonical::NodeKind::all_of) {
    return std::any_of(node.children.begin(), node.children.end(),
                       [&](const auto& child) { return proves(child, column); });
  }
  return node.kind == canonical::NodeKind::operation && node.text == "IS NOT NULL" &&
         node.children.size() == 1 && node.children[0].kind == canonical::NodeKind::name &&
         node.children[0].names.back() == column;
}

bool proves(const Constraint& constraint, const std::string& column) {
  const bool check = constraint.definition.kind == ConstraintKind::check && constraint.validated &&
                     !constraint.definition.not_enforced;
  return check && proves(canonical::parse_expression(constraint.definition.expression.sql), column);
}

/// The constraint as an index that ADD CONSTRAINT … USING INDEX can take over.
Index index_of(const Table& table, const ConstraintDefinition& key, const std::string& name) {
  Index index;
  index.name = {table.name.schema, name};
  index.table = table.name;
  index.unique = true;
  index.nulls_not_distinct = key.nulls_not_distinct;
  for (const std::string& column : key.columns) index.elements.emplace_back().column = column;
  index.include = key.include;
  index.options = key.options;
  index.tablespace = key.tablespace;
  return index;
}

/// A primary key's columns are NOT NULL before it comes.
void append_not_nulls(const Context& context, const Table& table, const ConstraintDefinition& key,
                      Steps& steps) {
  if (key.kind != ConstraintKind::primary_key) return;
  const Table& before = context.before.tables.at(table.name);
  for (const std::string& column : key.columns) {
    const Column* was = before.column(column);
    if (was == nullptr || was->not_null) continue;
    append(steps, not_null_steps(context, table, column));
  }
}

Steps key_steps(const Context& context, const Table& table, const Constraint& constraint,
                const Constraint* replaces) {
  const ConstraintDefinition& key = constraint.definition;
  const std::string index =
      free_name(context, table, replaces != nullptr ? key.name + "_new" : key.name);
  const bool name_free =
      context.before.relation_kind(QualifiedName{table.name.schema, key.name}) == std::nullopt;
  const std::string used = replaces == nullptr && name_free ? key.name : index;
  Steps steps{{create_sql(index_of(table, key, used), true), Mode::outside}};
  // A partition has it from its partitioned table.
  if (!constraint.inherited) append_not_nulls(context, table, key, steps);
  Constraint taken = constraint;
  taken.definition.using_index = used;
  if (replaces != nullptr) {
    steps.push_back({alter_table(table.name) + "DROP CONSTRAINT " +
                     quote_identifier(replaces->definition.name)});
  }
  steps.push_back({alter_table(table.name) + "ADD " + definition_sql(taken)});
  return steps;
}

}  // namespace

std::string free_name(const Context& context, const Table& table, const std::string& wanted) {
  const auto taken = [&](const std::string& name) {
    const QualifiedName relation{table.name.schema, name};
    for (const Catalog* catalog : {&context.before, &context.after}) {
      if (catalog->relation_kind(relation)) return true;
      const auto found = catalog->tables.find(table.name);
      if (found != catalog->tables.end() && found->second.constraint(name) != nullptr) return true;
    }
    return false;
  };
  std::string name = truncated_name(wanted);
  for (int i = 1; taken(name); ++i) name = make_object_name(wanted, "", std::to_string(i));
  return name;
}

bool proved_not_null(const Context& context, const Table& table, const std::string& column) {
  const auto before = context.before.tables.find(table.name);
  if (before == context.before.tables.end()) return false;
  return std::any_of(before->second.constraints.begin(), before->second.constraints.end(),
                     [&](const Constraint& was) {
                       const Constraint* now = table.constraint(was.definition.name);
                       return now != nullptr && proves(was, column) && proves(*now, column);
                     });
}

std::vector<PlannedStatement> not_null_steps(const Context& context, const Table& table,
                                             const std::string& column) {
  const Column& now = *table.column(column);
  const std::string set = alter_column(table.name, column) + "SET NOT NULL";
  if (context.postgres >= 18) {
    const std::string name = quote_identifier(not_null_name(context.after, table, now));
    const std::string no_inherit = now.not_null_no_inherit ? " NO INHERIT" : "";
    Steps steps{{alter_table(table.name) + "ADD CONSTRAINT " + name + " NOT NULL " +
                 quote_identifier(column) + no_inherit + " NOT VALID"}};
    if (!now.not_null_not_valid)
      steps.push_back({alter_table(table.name) + "VALIDATE CONSTRAINT " + name, Mode::own});
    return steps;
  }
  if (proved_not_null(context, table, column)) return {{set}};
  const std::string name = quote_identifier(
      free_name(context, table, make_object_name(table.name.name, column, "not_null")));
  return {{alter_table(table.name) + "ADD CONSTRAINT " + name + " CHECK (" +
           quote_identifier(column) + " IS NOT NULL) NOT VALID"},
          {alter_table(table.name) + "VALIDATE CONSTRAINT " + name, Mode::own},
          {set},
          {alter_table(table.name) + "DROP CONSTRAINT " + name}};
}

namespace {

bool refers_to_partitions(const Context& context, const Constraint& constraint) {
  const auto referenced = context.after.tables.find(constraint.definition.referenced);
  return referenced != context.after.tables.end() && is_partitioned(referenced->second);
}

/// A key of a partitioned table that the server puts together from what its partitions have.
bool joins_partitions(const Context& context, const Table& table, const Constraint& constraint) {
  const ConstraintDefinition& of = constraint.definition;
  const bool key = (of.kind == ConstraintKind::unique || of.kind == ConstraintKind::primary_key) &&
                   !of.without_overlaps;
  const bool foreign_key = of.kind == ConstraintKind::foreign_key && context.postgres < 18 &&
                           !refers_to_partitions(context, constraint);
  if (!is_partitioned(table) || !constraint.validated || !(key || foreign_key)) return false;
  // Who comes or leaves meanwhile is not there when its turn comes.
  return std::none_of(context.changes.begin(), context.changes.end(), [&](const Change& change) {
    const bool moves =
        change.kind == ChangeKind::attach_partition || change.kind == ChangeKind::detach_partition;
    const auto partition = context.after.tables.find(change.relation);
    return moves && partition != context.after.tables.end() &&
           partition->second.partition_of == table.name;
  });
}

/// What the partition has of it, under the name that the server would give it.
Constraint part_of(const Table& partition, const Constraint& whole) {
  for (const Constraint& own : partition.constraints) {
    if (own.inherited && own.definition.kind == whole.definition.kind &&
        own.definition.columns == whole.definition.columns &&
        own.definition.referenced == whole.definition.referenced)
      return own;
  }
  Constraint own = whole;
  own.inherited = true;
  return own;
}

/// Each partition gets it the safe way; then the partitioned table takes over what is there.
Steps partition_by_partition(Context& context, const Table& table, const Constraint& constraint) {
  Steps steps;
  if (!constraint.inherited) append_not_nulls(context, table, constraint.definition, steps);
  for (const Table* partition : context.after.children_of(table.name)) {
    const Constraint own = part_of(*partition, constraint);
    const auto was = context.before.tables.find(partition->name);
    const bool there = was != context.before.tables.end() &&
                       was->second.constraint(own.definition.name) != nullptr;
    if (there || !is_live(context, partition->name)) continue;
    append(steps, constraint_steps(context, *partition, own, nullptr));
  }
  steps.push_back({alter_table(table.name) + "ADD " + definition_sql(constraint)});
  return steps;
}

}  // namespace

std::vector<PlannedStatement> constraint_steps(Context& context, const Table& table,
                                               const Constraint& constraint,
                                               const Constraint* replaces) {
  const ConstraintDefinition& definition = constraint.definition;
  const bool key =
      definition.kind == ConstraintKind::unique || definition.kind == ConstraintKind::primary_key;
  const bool online = context.online() && is_live(context, table.name);
  if (online && key && !is_partitioned(table) && !definition.without_overlaps) {
    return key_steps(context, table, constraint, replaces);
  }
  if (online && replaces == nullptr && joins_partitions(context, table, constraint))
    return partition_by_partition(context, table, constraint);
  Steps steps;
  if (replaces != nullptr) {
    steps.push_back({alter_table(table.name) + "DROP CONSTRAINT " +
                     quote_identifier(replaces->definition.name)});
  }
  const bool check = definition.kind == ConstraintKind::check;
  // Up to 17 VALIDATE does not reach what a key has for the partitions that it refers to.
  const bool to_partitions = refers_to_partitions(context, constraint);
  const bool foreign_key = definition.kind == ConstraintKind::foreign_key &&
                           (!is_partitioned(table) || context.postgres >= 18) &&
                           (!to_partitions || context.postgres >= 18);
  const bool split =
      online && (check || foreign_key) && constraint.validated && !definition.not_enforced;
  if (!split) {
    if (online && constraint.validated && !definition.not_enforced) {
      context.notes.push_back(to_sql(table.name) + ": there is no way to add " +
                              quote_identifier(definition.name) +
                              " without blocking writes to the table");
    }
    steps.push_back({alter_table(table.name) + "ADD " + definition_sql(constraint)});
    return steps;
  }
  Constraint unchecked = constraint;
  unchecked.validated = false;
  steps.push_back({alter_table(table.name) + "ADD " + definition_sql(unchecked)});
  steps.push_back(
      {alter_table(table.name) + "VALIDATE CONSTRAINT " + quote_identifier(definition.name),
       Mode::own});
  return steps;
}

namespace {

/// The index of `partition` that belongs to `parent`; when the catalog does not have it, as the
/// server would name it.
Index partition_index(const Context& context, const Index& parent, const Table& partition) {
  for (const Index* index : context.after.indexes_of(partition.name)) {
    if (index->parent == parent.name) return *index;
  }
  Index index = parent;
  index.table = partition.name;
  const std::string columns = name_addition(index_column_names(index.elements, index.include));
  index.name = {
      partition.name.schema,
      choose_name(partition.name.name, columns, "idx", [&](const std::string& name) {
        return context.after.relation_kind(QualifiedName{partition.name.schema, name}).has_value();
      })};
  return index;
}

/// True for an index that the schema declares, and that a step of its own makes.
bool comes_itself(const Context& context, const Index& index) {
  return std::any_of(context.changes.begin(), context.changes.end(), [&](const Change& change) {
    return change.kind == ChangeKind::add_index && change.relation == index.name;
  });
}

/// https://www.postgresql.org/docs/current/ddl-partitioning.html: ONLY the parent, then each
/// partition, then attach.
void partitioned_index_steps(const Context& context, const Index& index, Steps& steps) {
  Index alone = index;
  alone.valid = false;
  steps.push_back({create_sql(alone)});
  for (const Table* partition : context.after.children_of(index.table)) {
    Index own = partition_index(context, index, *partition);
    const auto was = context.before.indexes.find(own.name);
    const auto old = context.before.tables.find(partition->name);
    const bool came_with_parent = was != context.before.indexes.end() &&
                                  !was->second.parent.empty() &&
                                  old->second.partition_of == partition->partition_of;
    if ((was != context.before.indexes.end() && !came_with_parent) || comes_itself(context, own)) {
      // It is there already, as an index of its own.
    } else if (is_partitioned(*partition)) {
      partitioned_index_steps(context, own, steps);
    } else {
      const bool concurrently = is_live(context, partition->name);
      own.valid = true;
      steps.push_back(
          {create_sql(own, concurrently), concurrently ? Mode::outside : Mode::together});
    }
    steps.push_back(
        {"ALTER INDEX " + to_sql(index.name) + " ATTACH PARTITION " + to_sql(own.name)});
  }
}

}  // namespace

std::vector<PlannedStatement> index_steps(Context& context, const Index& index, bool replaces) {
  const auto table = context.after.tables.find(index.table);
  const bool online =
      context.online() && is_live(context, index.table) && table != context.after.tables.end();
  if (!online) return {{create_sql(index)}};
  Steps steps;
  if (is_partitioned(table->second)) {
    if (index.valid)
      partitioned_index_steps(context, index, steps);
    else
      steps.push_back({create_sql(index)});
    return steps;
  }
  if (!replaces) return {{create_sql(index, true), Mode::outside}};
  Index successor = index;
  successor.name.name = free_name(context, table->second, index.name.name + "_new");
  steps.push_back({create_sql(successor, true), Mode::outside});
  steps.push_back({"DROP INDEX CONCURRENTLY " + to_sql(index.name), Mode::outside});
  steps.push_back({"ALTER INDEX " + to_sql(successor.name) + " RENAME TO " +
                   quote_identifier(index.name.name)});
  return steps;
}

// ---- columns
// -------------------------------------------------------------------------------------

namespace {

/// Functions of pg_catalog and of the usual extensions whose value differs from call to call.
bool is_volatile(const FunctionUse& use, const Catalog& catalog) {
  static const std::set<std::string, std::less<>> volatile_functions{
      "clock_timestamp",  "gen_random_uuid",  "gen_random_bytes",
      "nextval",          "random",           "random_normal",
      "timeofday",        "uuid_generate_v1", "uuid_generate_v1mc",
      "uuid_generate_v4", "uuidv4",           "uuidv7",
      "setval",           "txid_current",     "pg_current_xact_id",
      "gen_salt"};
  for (const auto& [key, function] : catalog.functions) {
    if (function.definition.name.name == use.name.name)
      return function.definition.volatility == Volatility::volatile_;
  }
  return volatile_functions.count(use.name.name) != 0;
}

/// A sequence for the values of the rows that are there; the identity takes over where it ends.
Steps identity_steps(const Context& context, const Table& table, const Column& column) {
  const QualifiedName filler{
      table.name.schema,
      free_name(context, table, make_object_name(table.name.name, column.name, "backfill"))};
  const std::string next = "nextval(" + quote_literal(to_sql(filler)) + "::regclass)";
  Column plain = column;
  plain.identity = Identity::no;
  plain.not_null = false;
  Column identity;
  identity.identity = column.identity;
  identity.identity_options = column.identity_options;
  const std::string definition = definition_sql(identity);
  const std::string alter = alter_column(table.name, column.name),
                    name = quote_identifier(column.name);
  Steps steps{{"CREATE SEQUENCE " + to_sql(filler)},
              {alter_table(table.name) + "ADD COLUMN " + definition_sql(plain)},
              {alter + "SET DEFAULT " + next},
              {"UPDATE " + to_sql(table.name) + " SET " + name + " = " + next + " WHERE " + name +
                   " IS NULL",
               Mode::own}};
  append(steps, not_null_steps(context, table, column.name));
  steps.push_back({alter + "DROP DEFAULT"});
  steps.push_back({alter + "ADD" + definition.substr(definition.find(" GENERATED"))});
  steps.push_back({set_sequence(table.name, column.name, column.identity_options)});
  steps.push_back({"DROP SEQUENCE " + to_sql(filler)});
  return steps;
}

}  // namespace

bool fills_row_by_row(const Context& context, const Table& table, const Column& column) {
  (void)table;
  if (column.identity != Identity::no) return true;
  if (column.generated != Generated::no) return false;
  if (!column.default_value) return column.not_null;
  const auto& functions = column.default_value->references.functions;
  return std::any_of(functions.begin(), functions.end(),
                     [&](const FunctionUse& use) { return is_volatile(use, context.after); });
}

std::vector<PlannedStatement> volatile_column_steps(Context& context, const Table& table,
                                                    const Column& column) {
  const std::string name = quote_identifier(column.name),
                    qualified = to_sql(table.name) + "." + name;
  if (column.identity != Identity::no) {
    context.notes.push_back("on a large table, fill " + qualified +
                            " in batches instead of by one UPDATE");
    return identity_steps(context, table, column);
  }
  Column plain = column;
  plain.not_null = false;
  plain.default_value.reset();
  Steps steps;
  const Column serial = declared(column, table, context.after);
  const Sequence* sequence = nullptr;
  if (!(serial.type == column.type))
    sequence = context.after.sequences_owned_by(table.name, column.name).front();
  if (sequence != nullptr) steps.push_back({create_sql(*sequence)});
  steps.push_back({alter_table(table.name) + "ADD COLUMN " + definition_sql(plain)});
  if (sequence != nullptr)
    steps.push_back({"ALTER SEQUENCE " + to_sql(sequence->name) + " OWNED BY " + qualified});
  if (column.default_value) {
    steps.push_back(
        {alter_column(table.name, column.name) + "SET DEFAULT " + column.default_value->sql});
    steps.push_back({"UPDATE " + to_sql(table.name) + " SET " + name + " = " +
                         column.default_value->sql + " WHERE " + name + " IS NULL",
                     Mode::own});
    context.notes.push_back("on a large table, fill " + qualified +
                            " in batches instead of by one UPDATE");
  } else {
    context.notes.push_back("fill " + qualified +
                            " for the rows that are there before it becomes NOT NULL");
  }
  if (column.not_null) {
    append(steps, not_null_steps(context, table, column.name));
  }
  return steps;
}

}  // namespace schemagate::planning
