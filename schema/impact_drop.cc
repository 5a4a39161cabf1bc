// SPDX-License-Identifier: MIT
#include "schema/impact_drop.h"

#include <algorithm>

namespace schemagate {
namespace {

bool refers_to(const ImpactBuilder& b, const References& references,
               const QualifiedName& relation) {
  return std::any_of(references.relations.begin(), references.relations.end(),
                     [&](const RelationUse& use) {
                       return use.name.name == relation.name && b.resolve(use.name) == relation;
                     });
}

bool uses_column(const References& references, std::string_view column) {
  return std::any_of(references.columns.begin(), references.columns.end(),
                     [&](const ColumnUse& use) { return use.name == column; });
}

bool same_columns(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return a.size() == b.size() && std::is_permutation(a.begin(), a.end(), b.begin());
}

}  // namespace

bool DropWalk::take_along(const std::string& what, const QualifiedName& relation) {
  if (announced_.contains(relation) || done_.contains(relation)) return false;
  if (!cascade_) {
    b_.fail("2BP01", "cannot drop " + what + " because other objects depend on it");
    return false;
  }
  return true;
}

void DropWalk::foreign_key(const Table& owner, const ConstraintDefinition& key) {
  const auto referenced = b_.resolve(key.referenced);
  if (!referenced || *referenced == owner.name) return;
  if (b_.major() >= 15) {
    b_.lock_tree(*referenced, LockMode::access_exclusive);
    return;
  }
  // Before 15 the triggers of the key hung on tables with rows only; ALTER TABLE, not DROP TABLE,
  // opens the table that the key names as well.
  if (!done_.contains(owner.name)) b_.lock(*referenced, LockMode::access_exclusive);
  for (const Table* part : b_.catalog().tree_of(*referenced)) {
    if (!is_partitioned(*part)) b_.lock(part->name, LockMode::access_exclusive);
  }
}

void DropWalk::incoming_keys(const Table& table, const std::vector<std::string>* columns) {
  const auto keys = schemagate::incoming_keys(b_.catalog(), table);
  for (const auto& [child, key] : keys) {
    const auto referenced = b_.resolve(key->definition.referenced);
    const bool by_parent = referenced && *referenced != table.name;
    if (by_parent && done_.contains(*referenced)) continue;
    if (columns && !same_columns(referenced_columns(b_.catalog(), key->definition), *columns)) {
      continue;
    }
    if (!take_along("table " + table.name.name, child->name)) continue;
    b_.lock_tree(child->name, LockMode::access_exclusive);
    b_.lock_tree(table.name, LockMode::access_exclusive);
    // Of a partition: the key goes as a whole, with its copies for the other partitions.
    if (!by_parent) continue;
    for (const Table* part : b_.catalog().tree_of(*referenced)) {
      const bool has_triggers = b_.major() >= 15 || !is_partitioned(*part);
      if (has_triggers) b_.lock(part->name, LockMode::access_exclusive);
    }
  }
}

void DropWalk::views_on(const QualifiedName& relation, std::string_view column) {
  for (const View* view : b_.catalog().views_on(relation, column)) {
    const std::string what = column.empty()
                                 ? relation.name
                                 : "column " + std::string(column) + " of table " + relation.name;
    if (take_along(what, view->name)) this->view(view->name);
  }
}

void DropWalk::dependents_by_reference(const QualifiedName& relation) {
  // Policies, rules and triggers of other tables whose text names the relation.
  for (const auto& [name, table] : b_.catalog().tables) {
    if (table.policies.empty() && table.rules.empty()) continue;
    if (name == relation || done_.contains(name)) continue;
    const auto check = [&](const References& references, LockMode mode) {
      if (refers_to(b_, references, relation) && take_along(relation.name, name)) {
        b_.lock(name, mode);
      }
    };
    for (const TableObject& policy : table.policies) {
      check(policy.references, LockMode::access_exclusive);
    }
    for (const TableObject& rule : table.rules) check(rule.references, LockMode::access_exclusive);
  }
  for (const auto& [key, function] : b_.catalog().functions) {
    if (refers_to(b_, function.definition.references, relation)) {
      if (take_along(relation.name, {function.definition.name.schema, key})) this->function(key);
    }
  }
}

void DropWalk::dependents_of_row_type(const Table& table) {
  for (const auto& [user, column] : b_.catalog().columns_of_type(table.name)) {
    if (user->name == table.name || !take_along(table.name.name, user->name)) continue;
    this->column(*user, column->name);
  }
}

void DropWalk::table(const QualifiedName& name) {
  const Table* table = b_.table(name);
  if (!table || !done_.insert(name).second) return;
  b_.lock(name, LockMode::access_exclusive);
  b_.lock_indexes(name, LockMode::access_exclusive);
  if (!table->partition_of.empty()) {
    b_.lock(table->partition_of, LockMode::access_exclusive);
    const Table* other = b_.catalog().default_partition_of(table->partition_of);
    if (other) b_.lock(other->name, LockMode::access_exclusive);
  }
  for (const Constraint& constraint : table->constraints) {
    const bool of_parent = constraint.inherited && !table->partition_of.empty();
    if (constraint.definition.kind == ConstraintKind::foreign_key && !of_parent) {
      foreign_key(*table, constraint.definition);
    }
  }
  for (const Table* child : b_.catalog().children_of(name)) {
    if (child->partition_of == name || take_along("table " + name.name, child->name)) {
      this->table(child->name);
    }
  }
  incoming_keys(*table, nullptr);
  views_on(name, {});
  dependents_of_row_type(*table);
  dependents_by_reference(name);
  for (const Sequence* owned : b_.catalog().sequences_owned_by(name)) sequence(owned->name);
}

void DropWalk::view(const QualifiedName& name) {
  const View* view = b_.view(name);
  if (!view || !done_.insert(name).second) return;
  b_.lock(name, LockMode::access_exclusive);
  b_.lock_indexes(name, LockMode::access_exclusive);
  views_on(name, {});
  dependents_by_reference(name);
}

void DropWalk::sequence(const QualifiedName& name) {
  const auto found = b_.catalog().sequences.find(name);
  if (found == b_.catalog().sequences.end() || !done_.insert(name).second) return;
  const Sequence& sequence = found->second;
  b_.lock(name, LockMode::access_exclusive);
  if (sequence.identity && !done_.contains(sequence.owner_table)) {
    b_.fail("2BP01", "cannot drop sequence " + name.name + " because column " +
                         sequence.owner_column + " of table " + sequence.owner_table.name +
                         " requires it");
    return;
  }
  for (const auto& [table_name, table] : b_.catalog().tables) {
    if (done_.contains(table_name)) continue;
    for (const Column& column : table.columns) {
      if (!column.default_value) continue;
      const auto& used = column.default_value->references.sequences;
      const bool uses = std::any_of(used.begin(), used.end(), [&](const QualifiedName& s) {
        return s.name == name.name && b_.resolve(s) == name;
      });
      if (uses && take_along("sequence " + name.name, table_name)) {
        b_.lock(table_name, LockMode::access_exclusive);
      }
    }
  }
}

void DropWalk::index(const QualifiedName& name) {
  const Index* index = b_.index(name);
  if (!index || !done_.insert(name).second) return;
  if (!index->parent.empty() && !done_.contains(index->parent)) {
    b_.fail("2BP01", "cannot drop index " + name.name + " because index " + index->parent.name +
                         " requires it");
    return;
  }
  if (!index->constraint.empty() && index->parent.empty()) {
    b_.fail("2BP01", "cannot drop index " + name.name + " because constraint " + index->constraint +
                         " on table " + index->table.name + " requires it");
    return;
  }
  b_.lock(index->table, LockMode::access_exclusive);
  b_.lock(name, LockMode::access_exclusive);
  const Table* table = b_.table(index->table);
  if (table && index->unique) {
    std::vector<std::string> columns;
    for (const IndexElement& element : index->elements) columns.push_back(element.column);
    const bool other =
        std::any_of(table->constraints.begin(), table->constraints.end(), [&](const Constraint& c) {
          return (c.definition.kind == ConstraintKind::unique ||
                  c.definition.kind == ConstraintKind::primary_key) &&
                 same_columns(c.definition.columns, columns);
        });
    if (!other) incoming_keys(*table, &columns);
  }
  if (!table || !is_partitioned(*table)) return;
  b_.lock_tree(index->table, LockMode::access_exclusive);
  for (const auto& [child_name, child] : b_.catalog().indexes) {
    if (child.parent == name) this->index(child_name);
  }
}

void DropWalk::constraint(const Table& table, const Constraint& constraint) {
  const ConstraintDefinition& definition = constraint.definition;
  if (definition.kind == ConstraintKind::foreign_key) {
    foreign_key(table, definition);
    return;
  }
  const Index* index = constraint_index(b_.catalog(), table, definition.name);
  if (!index) return;
  b_.lock(index->name, LockMode::access_exclusive);
  done_.insert(index->name);
  if (definition.kind == ConstraintKind::exclusion) return;
  incoming_keys(table, &definition.columns);
}

void DropWalk::column(const Table& table, const std::string& column) {
  const Catalog& catalog = b_.catalog();
  b_.lock(table.name, LockMode::access_exclusive);
  for (const Constraint& constraint : table.constraints) {
    const ConstraintDefinition& definition = constraint.definition;
    const bool uses = contains(definition.columns, column) ||
                      expression_uses_column(definition.expression, column);
    if (uses) this->constraint(table, constraint);
  }
  for (const Index* index : catalog.indexes_of(table.name)) {
    if (index_uses_column(*index, column)) {
      b_.lock(index->name, LockMode::access_exclusive);
      done_.insert(index->name);
    }
  }
  for (const Sequence* sequence : catalog.sequences_owned_by(table.name, column)) {
    b_.lock(sequence->name, LockMode::access_exclusive);
    done_.insert(sequence->name);
  }
  const std::string what = "column " + column + " of table " + table.name.name;
  for (const Column& other : table.columns) {
    if (other.name == column || other.generated == Generated::no) continue;
    // Before 15 a generated column went along without being asked.
    if (!expression_uses_column(other.generation, column)) continue;
    if (b_.major() < 15 || take_along(what, {"", other.name})) this->column(table, other.name);
  }
  for (const Trigger& trigger : table.triggers) {
    if (uses_column(trigger.references, column)) take_along(what, {"", trigger.name});
  }
  for (const TableObject& policy : table.policies) {
    if (uses_column(policy.references, column)) take_along(what, {"", policy.name});
  }
  for (const TableObject& rule : table.rules) {
    if (uses_column(rule.references, column)) take_along(what, {"", rule.name});
  }
  views_on(table.name, column);
}

void DropWalk::type(const QualifiedName& name) {
  if (!done_.insert(name).second) return;
  const std::string what = "type " + name.name;
  const auto is_it = [&](const TypeName& type) {
    return type.name.name == name.name &&
           resolve_type(b_.catalog(), b_.session(), type.name) == name;
  };
  b_.lock(name, LockMode::access_exclusive);  // of a composite type
  for (const auto& [table_name, table] : b_.catalog().tables) {
    const bool typed = !table.of_type.empty() && b_.resolve(table.of_type) == name;
    if (typed && take_along(what, table_name)) this->table(table_name);
  }
  for (const auto& [other_name, other] : b_.catalog().types) {
    const bool domain = other.kind == TypeKind::domain && is_it(other.base);
    const bool attribute = std::any_of(other.attributes.begin(), other.attributes.end(),
                                       [&](const Column& c) { return is_it(c.type); });
    if ((domain || attribute) && !take_along(what, other_name)) continue;
    if (domain) this->type(other_name);
    if (attribute) b_.lock(other_name, LockMode::access_exclusive);
  }
  for (const auto& [table, column] : b_.catalog().columns_of_type(name)) {
    if (!is_it(column->type) || !take_along(what, {"", "column " + column->name})) continue;
    this->column(*table, column->name);
  }
  for (const auto& [key, function] : b_.catalog().functions) {
    const auto& arguments = function.definition.arguments;
    const bool uses = is_it(function.definition.returns) ||
                      std::any_of(arguments.begin(), arguments.end(),
                                  [&](const FunctionArgument& a) { return is_it(a.type); });
    if (uses && take_along("type " + name.name, {name.schema, key})) this->function(key);
  }
}

void DropWalk::function(const std::string& key) {
  const auto found = b_.catalog().functions.find(key);
  if (found == b_.catalog().functions.end()) return;
  const QualifiedName& name = found->second.definition.name;
  if (!done_.insert({name.schema, key}).second) return;
  const auto uses = [&](const References& references) {
    return std::any_of(references.functions.begin(), references.functions.end(),
                       [&](const FunctionUse& use) {
                         return use.name.name == name.name &&
                                (use.name.schema.empty() || use.name.schema == name.schema);
                       });
  };
  const std::string what = "function " + key;
  const auto along = [&](const QualifiedName& relation) {
    if (take_along(what, relation)) b_.lock(relation, LockMode::access_exclusive);
  };
  for (const auto& [table_name, table] : b_.catalog().tables) {
    if (done_.contains(table_name)) continue;
    for (const Trigger& t : table.triggers) {
      if (uses(t.references)) along(table_name);
    }
    for (const TableObject& p : table.policies) {
      if (uses(p.references)) along(table_name);
    }
    for (const Column& c : table.columns) {
      if (c.default_value && uses(c.default_value->references)) along(table_name);
      if (c.generated != Generated::no && uses(c.generation.references)) along(table_name);
    }
    for (const Constraint& c : table.constraints) {
      if (uses(c.definition.expression.references)) along(table_name);
    }
  }
  for (const auto& [index_name, index] : b_.catalog().indexes) {
    const bool used =
        uses(index.where.references) ||
        std::any_of(index.elements.begin(), index.elements.end(),
                    [&](const IndexElement& e) { return uses(e.expression.references); });
    if (used && take_along(what, index_name)) {
      b_.lock(index.table, LockMode::access_exclusive);
      b_.lock(index_name, LockMode::access_exclusive);
    }
  }
  for (const auto& [view_name, view] : b_.catalog().views) {
    if (uses(view.query.references) && take_along(what, view_name)) this->view(view_name);
  }
}

void DropWalk::schema(const std::string& name) {
  const Catalog& catalog = b_.catalog();
  bool empty = true;
  const auto drop_all = [&](const auto& objects, auto drop) {
    for (const auto& [object, unused] : objects) {
      if (object.schema != name) continue;
      empty = false;
      if (cascade_) drop(object);
    }
  };
  drop_all(catalog.views, [&](const QualifiedName& n) { view(n); });
  drop_all(catalog.tables, [&](const QualifiedName& n) { table(n); });
  drop_all(catalog.sequences, [&](const QualifiedName& n) { sequence(n); });
  drop_all(catalog.types, [&](const QualifiedName& n) { type(n); });
  for (const auto& [key, function] : catalog.functions) {
    if (function.definition.name.schema != name) continue;
    empty = false;
    if (cascade_) this->function(key);
  }
  if (!empty && !cascade_) {
    b_.fail("2BP01", "cannot drop schema " + name + " because other objects depend on it");
  }
}

namespace {

void drop_index(ImpactBuilder& b, const Drop& s, DropWalk& walk, const QualifiedName& name) {
  const Index* index = b.index(name);
  if (!index) return;
  if (!s.concurrently) {
    walk.index(name);
    return;
  }
  const Table* table = b.table(index->table);
  if (table && is_partitioned(*table)) {
    b.fail("0A000", "cannot drop partitioned index " + quoted(name.name) + " concurrently");
  }
  if (!index->constraint.empty() || !index->parent.empty()) walk.index(name);
  b.lock(index->table, LockMode::share_update_exclusive);
  b.lock(name, LockMode::access_exclusive);
}

/// The policy or rule is there: a lock for one that is not is given back at once.
bool has_part(const ImpactBuilder& b, const ObjectName& object, const QualifiedName& name) {
  const auto has = [&](const std::vector<TableObject>& objects) {
    return std::any_of(objects.begin(), objects.end(),
                       [&](const TableObject& o) { return o.name == object.part; });
  };
  if (const Table* table = b.table(name)) {
    return has(object.kind == ObjectKind::rule ? table->rules : table->policies);
  }
  const View* view = b.view(name);
  return view && has(view->rules);
}

/// A partition's copy of a trigger goes with the partitioned table's only.
void drop_trigger(ImpactBuilder& b, const QualifiedName& name, const std::string& trigger,
                  bool missing_ok) {
  const Table* table = b.table(name);
  for (const Table* above = table ? b.table(table->partition_of) : nullptr; above;
       above = b.table(above->partition_of)) {
    if (!has_row_trigger(*above, trigger)) continue;
    b.fail("2BP01", "cannot drop trigger " + trigger + " on table " + name.name +
                        " because trigger " + trigger + " on table " + above->name.name +
                        " requires it");
    return;
  }
  if (missing_ok && table &&
      std::none_of(table->triggers.begin(), table->triggers.end(),
                   [&](const Trigger& t) { return t.name == trigger; })) {
    return;
  }
  const View* view = b.view(name);
  if (missing_ok && !table && (!view || view->triggers.empty())) return;
  lock_trigger_tables(b, name, trigger);
}

void drop_object(ImpactBuilder& b, const Drop& s, DropWalk& walk, const ObjectName& object) {
  const QualifiedName name = b.resolve(object.name).value_or(QualifiedName{});
  switch (object.kind) {
    case ObjectKind::table:
    case ObjectKind::foreign_table:
      walk.table(name);
      return;
    case ObjectKind::view:
    case ObjectKind::materialized_view: {
      const View* view = b.view(name);
      const bool materialized = object.kind == ObjectKind::materialized_view;
      if (view && view->materialized != materialized)
        b.fail("42809",
               quoted(name.name) + " is not a " + (materialized ? "materialized " : "") + "view");
      walk.view(name);
      return;
    }
    case ObjectKind::sequence:
      walk.sequence(name);
      return;
    case ObjectKind::index:
      drop_index(b, s, walk, name);
      return;
    case ObjectKind::trigger:
      drop_trigger(b, name, object.part, s.if_exists);
      return;
    case ObjectKind::policy:
    case ObjectKind::rule:
      if (!s.if_exists || has_part(b, object, name)) b.lock(name, LockMode::access_exclusive);
      return;
    case ObjectKind::schema:
      walk.schema(object.name.name);
      return;
    case ObjectKind::type:
    case ObjectKind::domain:
      if (const auto type = resolve_type(b.catalog(), b.session(), object.name)) walk.type(*type);
      return;
    default:
      return;
  }
}

/// Keys of the functions that a DROP means: without a signature all of that name.
std::vector<std::string> function_keys(const ImpactBuilder& b, const ObjectName& object) {
  std::vector<std::string> keys;
  for (const auto& [key, function] : b.catalog().functions) {
    const QualifiedName& name = function.definition.name;
    if (name.name != object.name.name) continue;
    if (!object.name.schema.empty() && object.name.schema != name.schema) continue;
    if (!object.signature.empty() && object.signature != function.signature) continue;
    keys.push_back(key);
  }
  return keys;
}

/// The table that an object kept as text (statistics) names.
void lock_relations_of(ImpactBuilder& b, const ObjectName& object, LockMode mode) {
  for (const auto& [key, opaque] : b.catalog().objects) {
    if (opaque.object.kind != object.kind || opaque.object.name.name != object.name.name) continue;
    for (const RelationUse& use : opaque.references.relations) {
      if (const auto name = b.resolve(use.name)) b.lock(*name, mode);
    }
  }
}

}  // namespace

void predict_statement(ImpactBuilder& b, const Drop& s) {
  if (s.concurrently) {
    b.not_in_transaction("DROP INDEX CONCURRENTLY");
    if (s.objects.size() > 1) {
      b.fail("0A000", "DROP INDEX CONCURRENTLY does not support dropping multiple objects");
    }
    if (s.cascade) b.fail("0A000", "DROP INDEX CONCURRENTLY does not support CASCADE");
  }
  if (s.kind() == ObjectKind::database || s.kind() == ObjectKind::tablespace) {
    b.not_in_transaction(s.kind() == ObjectKind::database ? "DROP DATABASE" : "DROP TABLESPACE");
    return;
  }
  DropWalk walk(b, s.cascade);
  for (const ObjectName& object : s.objects) {
    if (const auto name = b.resolve(object.name)) walk.announce(*name);
  }
  for (const ObjectName& object : s.objects) {
    const bool function =
        object.kind == ObjectKind::function || object.kind == ObjectKind::procedure ||
        object.kind == ObjectKind::routine || object.kind == ObjectKind::aggregate;
    if (function) {
      for (const std::string& key : function_keys(b, object)) walk.function(key);
    } else if (object.kind == ObjectKind::statistics) {
      lock_relations_of(b, object, LockMode::share_update_exclusive);
    } else if (object.kind == ObjectKind::extension) {
      b.unknown("what depends on extension " + object.name.name + " is not known from the files");
    } else {
      drop_object(b, s, walk, object);
    }
  }
}

}  // namespace schemagate
