// SPDX-License-Identifier: MIT
// DROP, and the removal of objects with what hangs on them.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "schema/apply_parts.h"

namespace schemagate {
namespace {

using Kind = ObjectRef::Kind;

// ---- what goes ---------------------------------------------------------------------------------

/// Dropped along without CASCADE; before 15 also a generated column with what it is made from.
bool goes_along(const ObjectRef& object, const Dependent& dependent, int postgres) {
  const bool generated = object.kind == Kind::column && dependent.object.kind == Kind::column;
  return dependent.automatic || (generated && postgres < 15);
}

/// `objects` and everything that goes along; with `follow_all` also what CASCADE is needed for.
std::set<ObjectRef> closure(const Catalog& catalog, const std::vector<ObjectRef>& objects,
                            bool follow_all, int postgres) {
  std::set<ObjectRef> seen(objects.begin(), objects.end());
  std::vector<ObjectRef> queue(seen.begin(), seen.end());
  while (!queue.empty()) {
    const ObjectRef next = std::move(queue.back());
    queue.pop_back();
    for (auto& dependent : dependents_of(catalog, next)) {
      if (!follow_all && !goes_along(next, dependent, postgres)) continue;
      if (seen.insert(dependent.object).second) queue.push_back(std::move(dependent.object));
    }
  }
  return seen;
}

/// A part is gone with its table or column.
bool is_inside(const ObjectRef& object, const std::set<ObjectRef>& gone) {
  switch (object.kind) {
    case Kind::default_value:
      if (gone.count({Kind::column, object.name, object.part}) != 0) return true;
      [[fallthrough]];
    case Kind::column:
    case Kind::constraint:
    case Kind::trigger:
    case Kind::policy:
    case Kind::rule:
      return gone.count({Kind::table, object.name, ""}) != 0 ||
             gone.count({Kind::view, object.name, ""}) != 0;
    case Kind::attribute:
    case Kind::domain_default:
    case Kind::domain_constraint:
      return gone.count({Kind::type, object.name, ""}) != 0;
    default:
      return false;
  }
}

/// True when something outside needs an object of `gone`.
bool is_needed(const Catalog& catalog, const std::set<ObjectRef>& gone, int postgres) {
  for (const auto& object : gone) {
    for (const auto& dependent : dependents_of(catalog, object)) {
      const bool goes = gone.count(dependent.object) != 0 || is_inside(dependent.object, gone);
      if (!goes_along(object, dependent, postgres) && !goes) return true;
    }
  }
  return false;
}

// ---- removal -----------------------------------------------------------------------------------

void forget_privileges(Execution& run, ObjectKind kind, const std::string& object,
                       const std::string& column = {}) {
  Privilege first;
  first.kind = kind;
  first.object = object;
  std::vector<Privilege> gone;
  for (auto at = run.catalog.privileges.lower_bound(first);
       at != run.catalog.privileges.end() && at->first.kind == kind && at->first.object == object;
       ++at) {
    if (column.empty() || at->first.column == column) gone.push_back(at->first);
  }
  for (const auto& privilege : gone) run.erase(&Catalog::privileges, privilege);
}

template <class Items>
void erase_named(Items& items, const std::string& name) {
  std::erase_if(items, [&](const auto& item) { return item.name == name; });
}

void remove_column(Execution& run, Table& table, const std::string& name) {
  erase_named(table.columns, name);
  forget_privileges(run, ObjectKind::table, to_sql(table.name), name);
  for (const auto* child : run.catalog.children_of(table.name)) {
    // A child that also declares the column keeps it as its own.
    Column* below = run.change(&Catalog::tables, child->name)->column(name);
    if (below != nullptr && below->local) below->inherited = false;
  }
}

/// A child that also declares the constraint keeps it as its own.
void keep_in_children(Execution& run, const Table& table, const std::string& name) {
  for (const auto* child : run.catalog.children_of(table.name)) {
    if (child->constraint(name) == nullptr) continue;
    for (auto& constraint : run.change(&Catalog::tables, child->name)->constraints) {
      if (constraint.definition.name == name && constraint.local) constraint.inherited = false;
    }
  }
}

void remove_part(Execution& run, const ObjectRef& object) {
  if (Table* table = run.change(&Catalog::tables, object.name)) {
    if (object.kind == Kind::column) remove_column(run, *table, object.part);
    if (object.kind == Kind::default_value) {
      if (Column* column = table->column(object.part)) column->default_value.reset();
    }
    if (object.kind == Kind::constraint) {
      remove_constraint(run, *table, object.part);
      keep_in_children(run, *table, object.part);
    }
    if (object.kind == Kind::trigger) erase_named(table->triggers, object.part);
    if (object.kind == Kind::policy) erase_named(table->policies, object.part);
    if (object.kind == Kind::rule) erase_named(table->rules, object.part);
  } else if (View* view = run.change(&Catalog::views, object.name)) {
    if (object.kind == Kind::trigger) erase_named(view->triggers, object.part);
    if (object.kind == Kind::rule) erase_named(view->rules, object.part);
  }
}

void remove_type_part(Execution& run, const ObjectRef& object) {
  Type* type = run.change(&Catalog::types, object.name);
  if (type == nullptr) return;
  if (object.kind == Kind::attribute) erase_named(type->attributes, object.part);
  if (object.kind == Kind::domain_default) type->default_value.reset();
  if (object.kind == Kind::domain_constraint) {
    std::erase_if(type->constraints,
                  [&](const Constraint& one) { return one.definition.name == object.part; });
  }
}

void forget_created(Execution& run, const QualifiedName& name) {
  run.session.created.erase(name);
  run.session.created_in_transaction.erase(name);
}

void remove(Execution& run, const ObjectRef& object) {
  switch (object.kind) {
    case Kind::table:
      run.erase(&Catalog::tables, object.name);
      forget_created(run, object.name);
      return forget_privileges(run, ObjectKind::table, to_sql(object.name));
    case Kind::view:
      run.erase(&Catalog::views, object.name);
      forget_created(run, object.name);
      return forget_privileges(run, ObjectKind::table, to_sql(object.name));
    case Kind::index:
      forget_created(run, object.name);
      return run.erase(&Catalog::indexes, object.name);
    case Kind::sequence:
      run.erase(&Catalog::sequences, object.name);
      forget_created(run, object.name);
      return forget_privileges(run, ObjectKind::sequence, to_sql(object.name));
    case Kind::type:
      run.erase(&Catalog::types, object.name);
      forget_created(run, object.name);
      return forget_privileges(run, ObjectKind::type, to_sql(object.name));
    case Kind::function:
      run.erase(&Catalog::functions, object.part);
      return forget_privileges(run, ObjectKind::function, object.part);
    case Kind::object:
      return run.erase(&Catalog::objects, object.part);
    case Kind::schema:
      run.erase(&Catalog::schemas, object.name.name);
      return forget_privileges(run, ObjectKind::schema, quote_identifier(object.name.name));
    case Kind::extension:
      return run.erase(&Catalog::extensions, object.name.name);
    case Kind::attribute:
    case Kind::domain_default:
    case Kind::domain_constraint:
      return remove_type_part(run, object);
    default:
      return remove_part(run, object);
  }
}

// ---- which objects DROP means ------------------------------------------------------------------

void missing(Execution& run, const Drop& statement, const ObjectName& object, const char* sqlstate,
             const std::string& what) {
  if (statement.if_exists) return;
  const bool is_operator = object.kind == ObjectKind::operator_;  // LookupOperWithArgs()
  if (object.part.empty() && !is_operator)
    return run.refuse_missing(sqlstate, what + " does not exist", object.name);
  run.refuse_missing(sqlstate, what + " does not exist",
                     object.part.empty() ? object.name.name : object.part);
}

std::string quoted(const QualifiedName& name) {
  return "\"" + (name.schema.empty() ? name.name : name.schema + "." + name.name) + "\"";
}

struct Wanted {
  ObjectKind kind;
  const char* word;     ///< "table": not there
  const char* article;  ///< "a table": something else is
  const char* sqlstate;
};

constexpr Wanted relation_kinds[] = {
    {ObjectKind::table, "table", "a table", "42P01"},
    {ObjectKind::foreign_table, "foreign table", "a foreign table", "42P01"},
    {ObjectKind::view, "view", "a view", "42P01"},
    {ObjectKind::materialized_view, "materialized view", "a materialized view", "42P01"},
    {ObjectKind::index, "index", "an index", "42704"},
    {ObjectKind::sequence, "sequence", "a sequence", "42P01"},
};

bool is_of_kind(RelationKind kind, ObjectKind wanted) {
  switch (wanted) {
    case ObjectKind::table:
      return kind == RelationKind::table || kind == RelationKind::partitioned_table;
    case ObjectKind::foreign_table:
      return kind == RelationKind::foreign_table;
    case ObjectKind::view:
      return kind == RelationKind::view;
    case ObjectKind::materialized_view:
      return kind == RelationKind::materialized_view;
    case ObjectKind::index:
      return kind == RelationKind::index || kind == RelationKind::partitioned_index;
    default:
      return kind == RelationKind::sequence;
  }
}

Kind ref_kind(ObjectKind kind) {
  if (kind == ObjectKind::view || kind == ObjectKind::materialized_view) return Kind::view;
  if (kind == ObjectKind::index) return Kind::index;
  return kind == ObjectKind::sequence ? Kind::sequence : Kind::table;
}

/// Indexes of constraints and attached ones, and sequences of identity columns, belong to something
/// else.
bool is_required(Execution& run, const QualifiedName& name, ObjectKind kind) {
  const auto refuse = [&](const std::string& object, const std::string& owner) {
    run.refuse("2BP01", "cannot drop " + object + " because " + owner + " requires it");
    return true;
  };
  if (kind == ObjectKind::index) {
    const Index& index = run.catalog.indexes.at(name);
    if (!index.constraint.empty()) {
      return refuse("index " + run.shown(name), "constraint " + quote_identifier(index.constraint) +
                                                    " on table " + run.shown(index.table));
    }
    if (!index.parent.empty())
      return refuse("index " + run.shown(name), "index " + run.shown(index.parent));
  }
  if (kind != ObjectKind::sequence) return false;
  const Sequence& sequence = run.catalog.sequences.at(name);
  if (!sequence.identity) return false;
  return refuse("sequence " + run.shown(name), "column " + quote_identifier(sequence.owner_column) +
                                                   " of table " + run.shown(sequence.owner_table));
}

void add_relation(Execution& run, const Drop& statement, const ObjectName& object,
                  const Wanted& wanted, std::vector<ObjectRef>& found) {
  const auto name = run.relation(object.name);
  if (!name) {
    return missing(run, statement, object, wanted.sqlstate,
                   wanted.word + (" " + quoted(object.name)));
  }
  const auto kind = *run.catalog.relation_kind(*name);
  if (!is_of_kind(kind, wanted.kind)) {
    return run.refuse("42809", "\"" + name->name + "\" is not " + wanted.article);
  }
  if (statement.concurrently && kind == RelationKind::partitioned_index) {
    return run.refuse("0A000", "cannot drop partitioned index \"" + name->name + "\" concurrently");
  }
  if (!is_required(run, *name, wanted.kind)) found.push_back({ref_kind(wanted.kind), *name, ""});
}

/// DROP FUNCTION of a procedure, DROP PROCEDURE of a function.
bool is_other_routine(const Execution& run, ObjectKind kind, const std::string& key) {
  const auto found = run.catalog.functions.find(key);
  if (found == run.catalog.functions.end()) return false;
  const bool procedure = found->second.definition.procedure;
  return kind == ObjectKind::function ? procedure : kind == ObjectKind::procedure && !procedure;
}

void add_routine(Execution& run, const Drop& statement, const ObjectName& object,
                 std::vector<ObjectRef>& found) {
  const std::string signature = run.resolved_signature(object.signature);
  if (const auto key = run.function(object.name, signature)) {
    if (is_other_routine(run, object.kind, *key)) {
      const bool procedure = object.kind == ObjectKind::procedure;
      const std::string wanted = procedure ? "procedure" : "function";
      if (signature.empty())
        return run.refuse("42883", "could not find a " + wanted + " named " + quoted(object.name));
      return run.refuse("42809", object.sql + " is not a " + wanted);
    }
    found.push_back({Kind::function, {}, *key});
    return;
  }
  const std::string word = object.kind == ObjectKind::procedure ? "procedure" : "function";
  if (signature.empty()) {
    if (run.function_name(object.name)) {
      return run.refuse("42725", word + " name " + quoted(object.name) + " is not unique");
    }
    if (statement.if_exists) return;
    return run.refuse_missing("42883", "could not find a " + word + " named " + quoted(object.name),
                              object.name);
  }
  missing(run, statement, object, "42883", word + " " + object.sql);
}

void add_part(Execution& run, const Drop& statement, const ObjectName& object,
              std::vector<ObjectRef>& found) {
  const auto name = run.relation(object.name);
  if (!name) {
    if (!statement.if_exists) run.missing_relation(object.name);
    return;
  }
  const auto has = [&](const auto& items) {
    return std::any_of(items.begin(), items.end(),
                       [&](const auto& item) { return item.name == object.part; });
  };
  const auto table = run.catalog.tables.find(*name);
  const auto view = run.catalog.views.find(*name);
  const bool of_table = table != run.catalog.tables.end();
  const bool of_view = view != run.catalog.views.end();
  const std::string what = to_lower(to_sql(object.kind)) + " \"" + object.part + "\" for " +
                           (object.kind == ObjectKind::rule ? "relation" : "table") + " \"" +
                           name->name + "\"";
  Kind kind = Kind::trigger;
  bool exists =
      (of_table && has(table->second.triggers)) || (of_view && has(view->second.triggers));
  if (object.kind == ObjectKind::policy) {
    kind = Kind::policy;
    exists = of_table && has(table->second.policies);
  } else if (object.kind == ObjectKind::rule) {
    kind = Kind::rule;
    exists = (of_table && has(table->second.rules)) || (of_view && has(view->second.rules));
  }
  if (!exists) return missing(run, statement, object, "42704", what);
  found.push_back({kind, *name, object.part});
}

void add_type(Execution& run, const Drop& statement, const ObjectName& object,
              std::vector<ObjectRef>& found) {
  const auto name = run.type(object.name);
  const auto type = name ? run.catalog.types.find(*name) : run.catalog.types.end();
  if (type != run.catalog.types.end()) {
    if (object.kind == ObjectKind::domain && type->second.kind != TypeKind::domain) {
      return run.refuse("42809", quoted(object.name) + " is not a domain");
    }
    found.push_back({Kind::type, *name, ""});
    return;
  }
  ObjectName base = object;
  base.kind = ObjectKind::type;
  if (const auto key = existing_object_key(run, base)) {
    found.push_back({Kind::object, {}, *key});
    return;
  }
  missing(run, statement, object, "42704", "type " + quoted(object.name));
}

void add_other(Execution& run, const Drop& statement, const ObjectName& object,
               std::vector<ObjectRef>& found) {
  if (const auto key = existing_object_key(run, object)) {
    found.push_back({Kind::object, {}, *key});
    return;
  }
  switch (object.kind) {  // not the schema's
    case ObjectKind::role:
    case ObjectKind::database:
    case ObjectKind::tablespace:
    case ObjectKind::subscription:
    case ObjectKind::user_mapping:
    case ObjectKind::language:
      return;
    default: {
      const bool called =
          object.kind == ObjectKind::operator_ || object.kind == ObjectKind::aggregate;
      missing(run, statement, object, called ? "42883" : "42704",
              message_words(object.kind) + " " + quoted(object.name));
    }
  }
}

void add(Execution& run, const Drop& statement, const ObjectName& object,
         std::vector<ObjectRef>& found) {
  const auto* relation = std::find_if(std::begin(relation_kinds), std::end(relation_kinds),
                                      [&](const Wanted& one) { return one.kind == object.kind; });
  if (relation != std::end(relation_kinds))
    return add_relation(run, statement, object, *relation, found);
  switch (object.kind) {
    case ObjectKind::function:
    case ObjectKind::procedure:
    case ObjectKind::routine:
      return add_routine(run, statement, object, found);
    case ObjectKind::trigger:
    case ObjectKind::policy:
    case ObjectKind::rule:
      return add_part(run, statement, object, found);
    case ObjectKind::type:
    case ObjectKind::domain:
      return add_type(run, statement, object, found);
    case ObjectKind::schema:
      if (run.catalog.schemas.count(object.name.name) == 0) {
        return missing(run, statement, object, "3F000", "schema " + quoted(object.name));
      }
      found.push_back({Kind::schema, {"", object.name.name}, ""});
      return;
    case ObjectKind::extension:
      if (run.catalog.extensions.count(object.name.name) == 0) {
        return missing(run, statement, object, "42704", "extension " + quoted(object.name));
      }
      found.push_back({Kind::extension, {"", object.name.name}, ""});
      return;
    default:
      return add_other(run, statement, object, found);
  }
}

}  // namespace

void drop_objects(Execution& run, const std::vector<ObjectRef>& objects, bool cascade) {
  if (objects.empty()) return;
  const auto gone = closure(run.catalog, objects, cascade, run.session.postgres);
  if (!cascade && is_needed(run.catalog, gone, run.session.postgres)) {
    const std::string what = objects.size() == 1
                                 ? describe(run.catalog, objects.front(), run.session.search_path)
                                 : "desired object(s)";
    return run.refuse("2BP01", "cannot drop " + what + " because other objects depend on " +
                                   (objects.size() == 1 ? "it" : "them"));
  }
  for (const auto& object : gone) {
    if (is_inside(object, gone)) continue;
    remove(run, object);
  }
}

void perform(Execution& run, const Drop& statement) {
  std::vector<ObjectRef> found;
  for (const auto& object : statement.objects) {
    add(run, statement, object, found);
    if (run.refused()) return;
  }
  drop_objects(run, found, statement.cascade);
}

}  // namespace schemagate
