// SPDX-License-Identifier: MIT
#include "schema/dependencies.h"

#include <algorithm>
#include <functional>

#include "base/text.h"
#include "schema/builtin_types.h"
#include "schema/lookup.h"

namespace schemagate {
namespace {

using Kind = ObjectRef::Kind;

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// ---- who uses it, given what to look for -------------------------------------------------------

/// Says whether a set of references uses the object that is asked about.
using Uses = std::function<bool(const References&)>;

class Finder {
 public:
  Finder(const Catalog& catalog, Uses uses) : catalog_(catalog), uses_(std::move(uses)) {}

  std::vector<Dependent> found;

  void add(Kind kind, const QualifiedName& name, const std::string& part = {},
           bool automatic = false) {
    found.push_back({{kind, name, part}, automatic});
  }

  /// Everything called `holder` that uses the object; `except` is the object itself.
  void look_at(const QualifiedName& holder, const QualifiedName& except) {
    if (const auto* table = find(catalog_.tables, holder); table != nullptr && holder != except)
      in_table(*table);
    if (const auto* view = find(catalog_.views, holder); view != nullptr && holder != except)
      in_view(*view);
    if (const auto* type = find(catalog_.types, holder); type != nullptr && holder != except)
      in_type(*type);
    in_functions(holder);
    in_objects(holder);
  }

  void in_table(const Table& table) {
    for (const auto& column : table.columns) {
      if (column.default_value && uses_(column.default_value->references)) {
        add(Kind::default_value, table.name, column.name);
      }
      if (column.generated != Generated::no && uses_(column.generation.references)) {
        add(Kind::column, table.name, column.name);
      }
    }
    for (const auto& constraint : table.constraints) {
      const auto& definition = constraint.definition;
      if (uses_(definition.expression.references) || uses_(definition.where.references)) {
        add(Kind::constraint, table.name, definition.name);
      }
    }
    for (const auto* index : catalog_.indexes_of(table.name)) in_index(*index);
    in_parts(table.name, table.triggers, table.rules);
    for (const auto& policy : table.policies) {
      if (uses_(policy.references)) add(Kind::policy, table.name, policy.name);
    }
  }

 private:
  void in_index(const Index& index) {
    const bool used =
        uses_(index.where.references) ||
        std::any_of(index.elements.begin(), index.elements.end(), [&](const IndexElement& element) {
          return uses_(element.expression.references);
        });
    if (!used) return;
    if (index.constraint.empty()) return add(Kind::index, index.name);
    add(Kind::constraint, index.table, index.constraint);
  }

  void in_parts(const QualifiedName& name, const std::vector<Trigger>& triggers,
                const std::vector<TableObject>& rules) {
    for (const auto& trigger : triggers) {
      if (uses_(trigger.references)) add(Kind::trigger, name, trigger.name);
    }
    for (const auto& rule : rules) {
      if (uses_(rule.references)) add(Kind::rule, name, rule.name);
    }
  }

  void in_view(const View& view) {
    if (uses_(view.query.references)) add(Kind::view, view.name);
    in_parts(view.name, view.triggers, view.rules);
    for (const auto* index : catalog_.indexes_of(view.name)) in_index(*index);
  }

  void in_type(const Type& type) {
    if (type.default_value && uses_(type.default_value->references))
      add(Kind::domain_default, type.name);
    for (const auto& constraint : type.constraints) {
      if (uses_(constraint.definition.expression.references)) {
        add(Kind::domain_constraint, type.name, constraint.definition.name);
      }
    }
  }

  void in_functions(const QualifiedName& name) {
    const std::string prefix = to_sql(name) + "(";
    const auto& functions = catalog_.functions;
    for (auto at = functions.lower_bound(prefix);
         at != functions.end() && at->first.starts_with(prefix); ++at) {
      if (uses_(at->second.definition.references)) add(Kind::function, {}, at->first);
    }
  }

  void in_objects(const QualifiedName& name) {
    for (const auto& [key, object] : catalog_.objects) {
      // A publication only loses the table.
      if (object.object.name != name || object.object.kind == ObjectKind::publication) continue;
      if (!uses_(object.references)) continue;
      add(Kind::object, {}, key, object.object.kind == ObjectKind::statistics);
    }
  }

  const Catalog& catalog_;
  Uses uses_;
};

Uses reads(const QualifiedName& relation) {
  return [&relation](const References& references) {
    return std::any_of(references.relations.begin(), references.relations.end(),
                       [&](const RelationUse& use) { return use.name == relation; });
  };
}

/// The expression mentions the column. Qualified names count as well: new.email, users.email.
bool mentions(const References& references, const std::string& column) {
  return std::any_of(references.columns.begin(), references.columns.end(),
                     [&](const ColumnUse& use) { return use.name == column; });
}

// ---- relations ---------------------------------------------------------------------------------

void add_type_users(const Catalog& catalog, const QualifiedName& type, Finder& finder);

/// Statistics objects name their table; publications only lose it.
void add_statistics(const Catalog& catalog, const QualifiedName& table, const std::string& column,
                    Finder& finder) {
  const std::string prefix = "STATISTICS ";
  for (auto at = catalog.objects.lower_bound(prefix);
       at != catalog.objects.end() && at->first.starts_with(prefix); ++at) {
    const auto& references = at->second.references;
    if (!reads(table)(references)) continue;
    if (column.empty() || mentions(references, column))
      finder.add(Kind::object, {}, at->first, true);
  }
}

void add_readers(const Catalog& catalog, const QualifiedName& relation, Finder& finder) {
  for (const auto& holder : users(catalog.links.readers, relation)) {
    finder.look_at(holder, relation);
  }
}

std::vector<Dependent> of_table(const Catalog& catalog, const QualifiedName& name) {
  Finder finder(catalog, reads(name));
  for (const auto* index : catalog.indexes_of(name)) finder.add(Kind::index, index->name, {}, true);
  for (const auto* sequence : catalog.sequences_owned_by(name))
    finder.add(Kind::sequence, sequence->name, {}, true);
  for (const auto* child : catalog.children_of(name)) {
    finder.add(Kind::table, child->name, {}, child->partition_of == name);
  }
  for (const auto& [referrer, constraint] : catalog.references_to(name)) {
    if (referrer->name != name)
      finder.add(Kind::constraint, referrer->name, constraint->definition.name);
  }
  add_readers(catalog, name, finder);
  add_statistics(catalog, name, "", finder);
  add_type_users(catalog, name, finder);
  return std::move(finder.found);
}

bool index_mentions(const Index& index, const std::string& column) {
  return contains(index.include, column) || mentions(index.where.references, column) ||
         std::any_of(
             index.elements.begin(), index.elements.end(), [&](const IndexElement& element) {
               return element.column == column || mentions(element.expression.references, column);
             });
}

bool constraint_mentions(const ConstraintDefinition& definition, const std::string& column) {
  return contains(definition.columns, column) || contains(definition.include, column) ||
         mentions(definition.expression.references, column) ||
         mentions(definition.where.references, column) ||
         std::any_of(definition.exclusion.begin(), definition.exclusion.end(),
                     [&](const IndexElement& element) {
                       return element.column == column ||
                              mentions(element.expression.references, column);
                     });
}

/// A trigger's UPDATE OF columns and the NEW and OLD of its WHEN.
bool trigger_mentions(const Trigger& trigger, const std::string& column) {
  return mentions(trigger.references, column);
}

void add_parts_with_column(const Catalog& catalog, const Table& table, const std::string& column,
                           Finder& finder) {
  for (const auto& constraint : table.constraints) {
    if (!constraint_mentions(constraint.definition, column)) continue;
    finder.add(Kind::constraint, table.name, constraint.definition.name, true);
  }
  for (const auto* index : catalog.indexes_of(table.name)) {
    if (index->constraint.empty() && index_mentions(*index, column))
      finder.add(Kind::index, index->name, {}, true);
  }
  for (const auto& other : table.columns) {
    const bool generated =
        other.generated != Generated::no && mentions(other.generation.references, column);
    if (generated) finder.add(Kind::column, table.name, other.name);
  }
  for (const auto& trigger : table.triggers) {
    if (trigger_mentions(trigger, column)) finder.add(Kind::trigger, table.name, trigger.name);
  }
  for (const auto& policy : table.policies) {
    if (mentions(policy.references, column)) finder.add(Kind::policy, table.name, policy.name);
  }
  for (const auto& rule : table.rules) {
    if (mentions(rule.references, column)) finder.add(Kind::rule, table.name, rule.name);
  }
}

std::vector<Dependent> of_column(const Catalog& catalog, const QualifiedName& name,
                                 const std::string& column) {
  Finder finder(catalog, [&](const References& references) {
    return reads(name)(references) && (mentions(references, column) || mentions(references, "*"));
  });
  const Table* table = find(catalog.tables, name);
  if (table == nullptr) return {};
  add_parts_with_column(catalog, *table, column, finder);
  for (const auto* sequence : catalog.sequences_owned_by(name, column)) {
    finder.add(Kind::sequence, sequence->name, {}, true);
  }
  for (const auto& [referrer, constraint] : catalog.references_to(name)) {
    if (!contains(constraint->definition.referenced_columns, column)) continue;
    const bool own = referrer->name == name;
    finder.add(Kind::constraint, referrer->name, constraint->definition.name, own);
  }
  for (const auto* view : catalog.views_on(name, column)) finder.add(Kind::view, view->name);
  for (const auto& holder : users(catalog.links.readers, name)) {
    if (find(catalog.views, holder) == nullptr) finder.look_at(holder, name);
  }
  add_statistics(catalog, name, column, finder);
  for (const auto* child : catalog.children_of(name)) {
    const auto* below = child->column(column);
    if (below != nullptr && below->inherited && !below->local)
      finder.add(Kind::column, child->name, column, true);
  }
  return std::move(finder.found);
}

// ---- constraints and indexes -------------------------------------------------------------------

bool is_on_columns(const Index& index, std::vector<std::string> columns) {
  std::vector<std::string> key;
  for (const auto& element : index.elements) key.push_back(element.column);
  std::sort(key.begin(), key.end());
  std::sort(columns.begin(), columns.end());
  return key == columns;
}

bool is_key_for(const Index& index, const std::vector<std::string>& columns) {
  return index.unique && index.where.empty() && is_on_columns(index, columns);
}

/// Foreign keys that need this unique index: they chose the first one that fits, the primary key
/// before others.
void add_foreign_keys_on(const Catalog& catalog, const Index& index, Finder& finder) {
  if (!index.unique) return;
  const Table* table = find(catalog.tables, index.table);
  const auto* primary = table == nullptr ? nullptr : table->primary_key();
  const bool is_primary = primary != nullptr && index.constraint == primary->definition.name;
  for (const auto& [referrer, constraint] : catalog.references_to(index.table)) {
    const auto& columns = constraint->definition.referenced_columns;
    if (!is_key_for(index, columns)) continue;
    const auto others = catalog.indexes_of(index.table);
    const bool replaceable =
        !is_primary && std::any_of(others.begin(), others.end(), [&](const Index* other) {
          return other->name != index.name && is_key_for(*other, columns);
        });
    if (!replaceable) finder.add(Kind::constraint, referrer->name, constraint->definition.name);
  }
}

void add_attached_indexes(const Catalog& catalog, const Index& index, Finder& finder) {
  for (const auto* child : catalog.children_of(index.table)) {
    for (const auto* attached : catalog.indexes_of(child->name)) {
      if (attached->parent != index.name) continue;
      if (attached->constraint.empty()) {
        finder.add(Kind::index, attached->name, {}, true);
      } else {
        finder.add(Kind::constraint, attached->table, attached->constraint, true);
      }
    }
  }
}

std::vector<Dependent> of_index(const Catalog& catalog, const QualifiedName& name) {
  Finder finder(catalog, {});
  const Index* index = find(catalog.indexes, name);
  if (index == nullptr) return {};
  add_foreign_keys_on(catalog, *index, finder);
  add_attached_indexes(catalog, *index, finder);
  return std::move(finder.found);
}

std::vector<Dependent> of_constraint(const Catalog& catalog, const QualifiedName& name,
                                     const std::string& part) {
  Finder finder(catalog, {});
  const Table* table = find(catalog.tables, name);
  const auto* constraint = table == nullptr ? nullptr : table->constraint(part);
  if (constraint == nullptr) return {};
  const auto kind = constraint->definition.kind;
  if (kind == ConstraintKind::check || kind == ConstraintKind::foreign_key) {
    for (const auto* child : catalog.children_of(name)) {
      const auto* below = child->constraint(part);
      if (below != nullptr && below->inherited && !below->local && below->definition.kind == kind) {
        finder.add(Kind::constraint, child->name, part, true);
      }
    }
    return std::move(finder.found);
  }
  for (const auto* index : catalog.indexes_of(name)) {
    if (index->constraint != part) continue;
    add_foreign_keys_on(catalog, *index, finder);
    add_attached_indexes(catalog, *index, finder);
  }
  return std::move(finder.found);
}

std::vector<Dependent> of_sequence(const Catalog& catalog, const QualifiedName& name) {
  Finder finder(catalog, [&](const References& references) {
    const auto& sequences = references.sequences;
    return std::find(sequences.begin(), sequences.end(), name) != sequences.end() ||
           reads(name)(references);
  });
  for (const auto& holder : users(catalog.links.readers, name)) finder.look_at(holder, name);
  return std::move(finder.found);
}

std::vector<Dependent> of_view(const Catalog& catalog, const QualifiedName& name) {
  Finder finder(catalog, reads(name));
  for (const auto* index : catalog.indexes_of(name)) finder.add(Kind::index, index->name, {}, true);
  add_readers(catalog, name, finder);
  add_type_users(catalog, name, finder);
  return std::move(finder.found);
}

// ---- types, functions, the rest ----------------------------------------------------------------

void add_type_users(const Catalog& catalog, const QualifiedName& name, Finder& finder) {
  const auto is_it = [&](const TypeName& type) { return type.name == name; };
  Finder casts(catalog, [&](const References& references) {
    return std::any_of(references.types.begin(), references.types.end(), is_it);
  });
  for (const auto& user : users(catalog.links.type_users, name)) {
    if (user != name) casts.look_at(user, name);
    if (const auto* table = find(catalog.tables, user); table != nullptr) {
      if (table->of_type == name) finder.add(Kind::table, user);
      for (const auto& column : table->columns) {
        if (is_it(column.type)) finder.add(Kind::column, user, column.name);
      }
    }
    if (const auto* type = find(catalog.types, user); type != nullptr && user != name) {
      if (is_it(type->base)) finder.add(Kind::type, user);
      for (const auto& attribute : type->attributes) {
        if (is_it(attribute.type)) finder.add(Kind::attribute, user, attribute.name);
      }
    }
    const std::string prefix = to_sql(user) + "(";
    const auto& functions = catalog.functions;
    for (auto at = functions.lower_bound(prefix);
         at != functions.end() && at->first.starts_with(prefix); ++at) {
      const auto& definition = at->second.definition;
      const bool uses =
          is_it(definition.returns) ||
          std::any_of(definition.arguments.begin(), definition.arguments.end(),
                      [&](const FunctionArgument& argument) { return is_it(argument.type); });
      if (uses) finder.add(Kind::function, {}, at->first);
    }
  }
  for (auto& dependent : casts.found) {
    // A default goes with its column; what remains is a cast somewhere else.
    const bool listed =
        std::any_of(finder.found.begin(), finder.found.end(), [&](const Dependent& one) {
          return one.object.name == dependent.object.name &&
                 one.object.part == dependent.object.part;
        });
    if (!listed) finder.found.push_back(std::move(dependent));
  }
}

std::vector<Dependent> of_type(const Catalog& catalog, const QualifiedName& name) {
  Finder finder(catalog, {});
  add_type_users(catalog, name, finder);
  return std::move(finder.found);
}

/// True when a call with that many arguments can mean this function.
bool accepts(const CreateFunction& function, int arguments) {
  int most = 0;
  int least = 0;
  for (const auto& argument : function.arguments) {
    if (argument.mode == 'o' || argument.mode == 't') continue;
    if (argument.mode == 'v') return true;
    ++most;
    if (!argument.default_value) ++least;
  }
  return arguments >= least && arguments <= most;
}

/// Another function of that name can be meant by such a call: whose it is depends on types that are
/// not known.
bool is_overloaded(const Catalog& catalog, const std::string& key, const CreateFunction& function,
                   int arguments) {
  const std::string prefix = to_sql(function.name) + "(";
  for (auto at = catalog.functions.lower_bound(prefix);
       at != catalog.functions.end() && at->first.starts_with(prefix); ++at) {
    if (at->first != key && accepts(at->second.definition, arguments)) return true;
  }
  return false;
}

std::vector<Dependent> of_function(const Catalog& catalog, const std::string& key) {
  const auto function = catalog.functions.find(key);
  if (function == catalog.functions.end()) return {};
  const auto& definition = function->second.definition;
  // Triggers and event triggers name their function without arguments.
  const auto& returns = definition.returns.name.name;
  const bool named_alone = returns == "trigger" || returns == "event_trigger";
  Finder finder(catalog, [&](const References& references) {
    return std::any_of(
        references.functions.begin(), references.functions.end(), [&](const FunctionUse& use) {
          if (use.name != definition.name) return false;
          return named_alone || (accepts(definition, use.arguments) &&
                                 !is_overloaded(catalog, key, definition, use.arguments));
        });
  });
  for (const auto& holder : users(catalog.links.callers, definition.name))
    finder.look_at(holder, {});
  std::erase_if(finder.found, [&](const Dependent& one) { return one.object.part == key; });
  return std::move(finder.found);
}

std::vector<Dependent> of_schema(const Catalog& catalog, const std::string& schema) {
  Finder finder(catalog, {});
  const auto add = [&](const auto& map, Kind kind) {
    for (auto at = map.lower_bound({schema, ""}); at != map.end() && at->first.schema == schema;
         ++at) {
      finder.add(kind, at->first);
    }
  };
  add(catalog.tables, Kind::table);
  add(catalog.views, Kind::view);
  add(catalog.sequences, Kind::sequence);
  add(catalog.types, Kind::type);
  for (const auto& [key, function] : catalog.functions) {
    if (function.definition.name.schema == schema) finder.add(Kind::function, {}, key);
  }
  for (const auto& [key, object] : catalog.objects) {
    if (object.object.name.schema == schema) finder.add(Kind::object, {}, key);
  }
  return std::move(finder.found);
}

/// The members of an extension are not known, apart from some types.
std::vector<Dependent> of_extension(const Catalog& catalog, const std::string& name) {
  Finder finder(catalog, {});
  for (const auto& [type, holders] : catalog.links.type_users) {
    static_cast<void>(holders);
    if (extension_of_type(type.name) == name && find(catalog.types, type) == nullptr) {
      add_type_users(catalog, type, finder);
    }
  }
  return std::move(finder.found);
}

/// Names as the search path lets them be written.
class Words {
 public:
  Words(const Catalog& catalog, const std::vector<std::string>& search_path)
      : catalog_(catalog), search_path_(search_path) {}

  std::string name(const QualifiedName& name) const {
    const bool visible =
        std::find(search_path_.begin(), search_path_.end(), name.schema) != search_path_.end();
    return visible ? quote_identifier(name.name) : to_sql(name);
  }

  /// A key such as "public.f(integer, public.mood)" or "public.a USING gist".
  std::string key(std::string key) const {
    for (const auto& schema : search_path_) {
      const std::string prefix = quote_identifier(schema) + ".";
      if (key.starts_with(prefix)) key.erase(0, prefix.size());
      key = replace_all(replace_all(std::move(key), "(" + prefix, "("), ", " + prefix, ", ");
    }
    return key;
  }

  std::string relation(const QualifiedName& relation) const {
    if (const auto* view = find(catalog_.views, relation)) {
      return (view->materialized ? "materialized view " : "view ") + name(relation);
    }
    const auto* table = find(catalog_.tables, relation);
    const bool foreign = table != nullptr && table->kind == RelationKind::foreign_table;
    return (foreign ? "foreign table " : "table ") + name(relation);
  }

  std::string object(const std::string& object_key) const {
    const auto found = catalog_.objects.find(object_key);
    if (found == catalog_.objects.end()) return object_key;
    const std::string words(to_sql(found->second.object.kind));
    return to_lower(words) + " " +
           key(object_key.substr(std::min(words.size() + 1, object_key.size())));
  }

 private:
  const Catalog& catalog_;
  const std::vector<std::string>& search_path_;
};

}  // namespace

std::vector<Dependent> dependents_of(const Catalog& catalog, const ObjectRef& object) {
  switch (object.kind) {
    case Kind::table:
      return of_table(catalog, object.name);
    case Kind::column:
      return of_column(catalog, object.name, object.part);
    case Kind::constraint:
      return of_constraint(catalog, object.name, object.part);
    case Kind::index:
      return of_index(catalog, object.name);
    case Kind::sequence:
      return of_sequence(catalog, object.name);
    case Kind::view:
      return of_view(catalog, object.name);
    case Kind::type:
      return of_type(catalog, object.name);
    case Kind::function:
      return of_function(catalog, object.part);
    case Kind::schema:
      return of_schema(catalog, object.name.name);
    case Kind::extension:
      return of_extension(catalog, object.name.name);
    case Kind::default_value:
    case Kind::attribute:
    case Kind::domain_default:
    case Kind::domain_constraint:
    case Kind::trigger:
    case Kind::policy:
    case Kind::rule:
    case Kind::object:
      return {};
  }
  return {};
}

std::string describe(const Catalog& catalog, const ObjectRef& object,
                     const std::vector<std::string>& search_path) {
  const Words words(catalog, search_path);
  const auto of_relation = [&](const char* kind, const char* link) {
    return kind + quote_identifier(object.part) + link + words.relation(object.name);
  };
  switch (object.kind) {
    case Kind::table:
    case Kind::view:
      return words.relation(object.name);
    case Kind::column:
      return of_relation("column ", " of ");
    case Kind::default_value:
      return of_relation("default value for column ", " of ");
    case Kind::constraint:
      return of_relation("constraint ", " on ");
    case Kind::trigger:
      return of_relation("trigger ", " on ");
    case Kind::policy:
      return of_relation("policy ", " on ");
    case Kind::rule:
      return of_relation("rule ", " on ");
    case Kind::index:
      return "index " + words.name(object.name);
    case Kind::sequence:
      return "sequence " + words.name(object.name);
    case Kind::type:
    case Kind::domain_default:
      return "type " + words.name(object.name);
    case Kind::attribute:
      return "column " + quote_identifier(object.part) + " of composite type " +
             words.name(object.name);
    case Kind::domain_constraint:
      return "constraint " + quote_identifier(object.part) + " on domain " +
             words.name(object.name);
    case Kind::function:
      return "function " + words.key(object.part);
    case Kind::object:
      return words.object(object.part);
    case Kind::schema:
      return "schema " + quote_identifier(object.name.name);
    case Kind::extension:
      return "extension " + quote_identifier(object.name.name);
  }
  return {};
}

}  // namespace schemagate
