// SPDX-License-Identifier: MIT
#include "schema/access.h"

#include <algorithm>

#include "base/text.h"
#include "schema/access_reader.h"
#include "schema/default_clause.h"

namespace schemagate {
namespace {

using access::columns_of;
using access::Reader;
using planning::uses_of;

/// `"old name"` as the name it stands for; text that is not quoted stays as it is.
std::string unquoted(const std::string& sql) {
  std::string name;
  bool inside = false;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] != '"') {
      name += sql[i];
    } else if (inside && i + 1 < sql.size() && sql[i + 1] == '"') {
      name += sql[i++];
    } else {
      inside = !inside;
    }
  }
  return name;
}

AccessKey attribute(const AccessKey& of, const std::string& name) { return of + "#" + name; }
AccessKey function_key_of(const std::string& key) { return "F:" + key; }

bool is_addition(const Change& change) {
  return to_string(change.kind).starts_with("add-") || change.kind == ChangeKind::attach_partition;
}
bool is_drop(const Change& change) {
  return to_string(change.kind).starts_with("drop-") && change.kind != ChangeKind::drop_not_null &&
         change.kind != ChangeKind::drop_default;
}

class Collector {
 public:
  Collector(const Catalog& before, const Catalog& after) : before_(before), after_(after) {}

  ChangeAccess of(const Change& change) {
    access_ = {};
    switch (change.object_kind) {
      case ObjectKind::column:
        column(change);
        break;
      case ObjectKind::constraint:
        constraint(change);
        break;
      case ObjectKind::index:
        index(change);
        break;
      case ObjectKind::table:
      case ObjectKind::foreign_table:
        table(change);
        break;
      case ObjectKind::view:
      case ObjectKind::materialized_view:
        view(change);
        break;
      case ObjectKind::function:
      case ObjectKind::procedure:
        function(change);
        break;
      case ObjectKind::trigger:
      case ObjectKind::policy:
      case ObjectKind::rule:
        part(change);
        break;
      case ObjectKind::sequence:
      case ObjectKind::type:
      case ObjectKind::domain:
      case ObjectKind::attribute:
      case ObjectKind::enum_value:
      case ObjectKind::domain_constraint:
        type_or_sequence(change);
        break;
      case ObjectKind::schema:
        write(change, planning::schema_thing(change.relation.name));
        break;
      default:
        other(change);
    }
    if (change.kind == ChangeKind::opaque) access_.writes.insert(everything);
    if (change.kind == ChangeKind::drop_extension) access_.writes.insert(access::of_extensions);
    names(change);
    return std::move(access_);
  }

 private:
  void read(const AccessKey& key) { access_.reads.insert(key); }

  /// What the new definition says by name alone.
  void names(const Change& change) {
    const bool has_none = is_drop(change) || change.kind == ChangeKind::comment ||
                          change.kind == ChangeKind::grant || change.kind == ChangeKind::revoke;
    if (has_none || after_.objects.empty()) return;
    Reader reader(after_, access_.reads);
    reader.text(change.after);
    const Table* table =
        is_addition(change) && change.part.empty() ? find(after_.tables, change.relation) : nullptr;
    if (table == nullptr) return;
    for (const Constraint& constraint : table->constraints)
      reader.text(constraint.definition.expression.sql);
  }

  /// The object itself where it comes, goes or is another one; an attribute of it where it stays.
  void write(const Change& change, const AccessKey& key) {
    if (change.kind == ChangeKind::grant || change.kind == ChangeKind::revoke) {
      access_.writes.insert(attribute(key, change.part + " " + change.after + change.before));
      return read(key);
    }
    const std::string word(to_string(change.kind));
    const bool whole = is_addition(change) || is_drop(change) || word.starts_with("rename-") ||
                       word.starts_with("replace-");
    if (whole) {
      access_.writes.insert(key);
      return;
    }
    read(key);
    const bool plain =
        change.kind == ChangeKind::comment || change.kind == ChangeKind::change_owner;
    if (change.detail == "options") return write_options(change, key);
    access_.writes.insert(attribute(key, plain ? word : attribute_name(change)));
  }
  /// Each storage parameter is an attribute of its own.
  void write_options(const Change& change, const AccessKey& key) {
    for (const std::string* side : {&change.before, &change.after}) {
      for (const std::string_view option : split(*side, ',')) {
        const std::string_view name = trim(option.substr(0, option.find('=')));
        if (!name.empty()) access_.writes.insert(attribute(key, "option " + std::string(name)));
      }
    }
  }
  static std::string attribute_name(const Change& change) {
    switch (change.kind) {
      case ChangeKind::set_not_null:
      case ChangeKind::drop_not_null:
        return "not null";
      case ChangeKind::set_default:
      case ChangeKind::drop_default:
        return "default";
      case ChangeKind::attach_partition:
      case ChangeKind::detach_partition:
      case ChangeKind::alter_inheritance:
        return "parent";
      default:
        return change.detail.empty() ? "definition" : change.detail;
    }
  }

  /// Both sides of a rename, and names that the server chose for parts of a new table.
  void claim(const QualifiedName& relation) {
    if (relation.empty()) return;
    access_.writes.insert(planning::relation_thing(relation));
  }
  void read_relation(const QualifiedName& relation) {
    Reader(after_, access_.reads).add(planning::relation_thing(relation));
  }
  /// The side on which the object exists: the new one, the old one of a drop.
  const Catalog& side(const Change& change) const { return is_drop(change) ? before_ : after_; }

  void old_name(const Change& change, const std::string& prefix) {
    if (!to_string(change.kind).starts_with("rename-")) return;
    access_.writes.insert(prefix + unquoted(change.before));
  }

  /// From now on a row can't be made without a value for it.
  static bool becomes_required(const Change& change, const Column& column) {
    const bool may = is_addition(change) || change.kind == ChangeKind::set_not_null ||
                     change.kind == ChangeKind::drop_default;
    return may && column.not_null && !gives_value(column.default_value) &&
           column.identity == Identity::no && column.generated == Generated::no;
  }

  void column(const Change& change) {
    const AccessKey key = planning::column_thing(change.relation, change.part);
    read(planning::relation_thing(change.relation));
    old_name(change, "c:" + change.relation.schema + "." + change.relation.name + ".");
    if (change.kind == ChangeKind::set_type) {
      read(key);
      access_.writes.insert(planning::column_type_thing(change.relation, change.part));
    } else {
      write(change, key);
      if (is_addition(change) || is_drop(change) || change.kind == ChangeKind::rename_column)
        access_.signals.insert(columns_of(change.relation));
      if (is_drop(change))
        access_.writes.insert(planning::column_type_thing(change.relation, change.part));
    }
    if (change.kind == ChangeKind::set_not_null)
      access_.signals.insert(access::demands_of(change.relation));
    const Catalog& catalog = side(change);
    const Table* table = find(catalog.tables, change.relation);
    const Column* found = table == nullptr ? nullptr : table->column(change.part);
    if (found == nullptr || is_drop(change)) return;
    if (becomes_required(change, *found))
      access_.signals.insert(is_addition(change)
                                 ? access::new_required_columns(change.relation)
                                 : access::requirement(change.relation, change.part));
    Reader(catalog, access_.reads).column(*found, *table);
    for (const Sequence* sequence : catalog.sequences_owned_by(change.relation, change.part))
      if (is_addition(change)) claim(sequence->name);
  }

  void constraint(const Change& change) {
    const AccessKey key = planning::constraint_thing(change.relation, change.part);
    read(planning::relation_thing(change.relation));
    old_name(change, "k:" + change.relation.schema + "." + change.relation.name + ".");
    write(change, key);
    const Catalog& catalog = side(change);
    const Table* table = find(catalog.tables, change.relation);
    const Constraint* found = table == nullptr ? nullptr : table->constraint(change.part);
    if (found == nullptr) return;
    const QualifiedName index{change.relation.schema, change.part};
    if (find(catalog.indexes, index) != nullptr && (is_addition(change) || is_drop(change)))
      claim(index);
    if (!is_drop(change)) Reader(catalog, access_.reads).add(uses_of(*found, catalog, *table));
    if (!is_addition(change)) return;
    restrict(change.relation, found->definition);
    if (found->definition.kind == ConstraintKind::check)
      access_.signals.insert(access::demands_of(change.relation));
  }
  /// New rows and values must fulfil it from now on.
  void restrict(const QualifiedName& relation, const ConstraintDefinition& definition) {
    const auto add = [&](const std::string& column) {
      access_.signals.insert(access::restriction(relation, column));
    };
    std::for_each(definition.columns.begin(), definition.columns.end(), add);
    for (const ColumnUse& use : definition.expression.references.columns) add(use.name);
    for (const IndexElement& element : definition.exclusion) add(element.column);
  }

  void index(const Change& change) {
    old_name(change, "r:");
    write(change, planning::relation_thing(change.relation));
    const Catalog& catalog = side(change);
    const Index* found = find(catalog.indexes, change.relation);
    if (found == nullptr) return;
    read(planning::relation_thing(found->table));
    if (is_addition(change) && found->unique)
      for (const IndexElement& element : found->elements)
        access_.signals.insert(access::restriction(found->table, element.column));
    if (!is_drop(change)) Reader(catalog, access_.reads).add(uses_of(*found, catalog));
  }

  /// Under this name, for the first time.
  static bool appears(const Change& change) {
    return is_addition(change) || to_string(change.kind).starts_with("rename-");
  }

  void table(const Change& change) {
    old_name(change, "r:");
    write(change, planning::relation_thing(change.relation));
    const Catalog& catalog = side(change);
    const Table* found = find(catalog.tables, change.relation);
    if (found == nullptr) return;
    if (is_addition(change) || is_drop(change)) parts_of(catalog, *found);
    if (appears(change)) access_.signals.insert(access::bare_name(found->name));
    if (change.detail == "replica identity" && !found->replica_identity_index.empty())
      read(planning::relation_thing({found->name.schema, found->replica_identity_index}));
    if (is_addition(change)) Reader(catalog, access_.reads).table(*found);
    if (is_drop(change)) keys_of(*found);
    if (!found->partition_of.empty()) read_relation(found->partition_of);
    if (change.kind == ChangeKind::attach_partition)
      for (const AccessKey& demand :
           {access::demands_of(found->partition_of), columns_of(found->partition_of)})
        read(demand);
  }
  void parts_of(const Catalog& catalog, const Table& table) {
    for (const Index* index : catalog.indexes_of(table.name)) claim(index->name);
    for (const Sequence* sequence : catalog.sequences_owned_by(table.name)) claim(sequence->name);
  }
  /// A table that goes lets go of what it referred to, and takes its columns along.
  void keys_of(const Table& table) {
    for (const Column& column : table.columns) {
      access_.writes.insert(planning::column_thing(table.name, column.name));
      access_.writes.insert(planning::column_type_thing(table.name, column.name));
    }
  }

  void view(const Change& change) {
    old_name(change, "r:");
    write(change, planning::relation_thing(change.relation));
    const Catalog& catalog = side(change);
    const View* found = find(catalog.views, change.relation);
    if (found == nullptr || is_drop(change)) return;
    if (appears(change)) access_.signals.insert(access::bare_name(found->name));
    Reader(catalog, access_.reads).view(*found);
  }

  void function(const Change& change) {
    write(change, function_key_of(change.object));
    access_.signals.insert(planning::function_thing(change.relation));
    const Catalog& catalog = side(change);
    const Function* found = find(catalog.functions, change.object);
    if (found == nullptr || is_drop(change)) return;
    Reader reader(catalog, access_.reads);
    reader.function(*found);
    for (const auto& [name, table] : catalog.tables)
      for (const Trigger& trigger : table.triggers)
        if (calls(trigger, *found)) reader.trigger(trigger, table);
  }
  static bool calls(const Trigger& trigger, const Function& function) {
    const auto& functions = trigger.references.functions;
    return std::any_of(functions.begin(), functions.end(), [&](const FunctionUse& use) {
      return use.name.name == function.definition.name.name;
    });
  }

  template <class Parts>
  const References* references_of(const Parts& parts, const std::string& name) const {
    for (const auto& one : parts)
      if (one.name == name) return &one.references;
    return nullptr;
  }

  void part(const Change& change) {
    read(planning::relation_thing(change.relation));
    write(change, std::string(to_sql(change.object_kind)) + ":" + change.object);
    const bool fires =
        change.object_kind != ObjectKind::policy && change.kind != ChangeKind::comment;
    if (fires) access_.signals.insert(access::fired_by(change.relation));
    const Catalog& catalog = side(change);
    if (is_drop(change)) return;
    const References* found = nullptr;
    const Table* table = find(catalog.tables, change.relation);
    if (table != nullptr) {
      for (const auto* list : {&table->policies, &table->rules})
        if (found == nullptr) found = references_of(*list, change.part);
      if (found == nullptr) found = references_of(table->triggers, change.part);
    } else if (const View* view = find(catalog.views, change.relation)) {
      found = references_of(view->triggers, change.part);
      if (found == nullptr) found = references_of(view->rules, change.part);
    }
    if (found == nullptr) return;
    Reader reader(catalog, access_.reads);
    reader.add(uses_of(*found, catalog, table));
    reader.whole_rows(*found);
    if (change.object_kind == ObjectKind::rule) reader.rule(change.after, *found, change.relation);
    const Trigger* trigger = table == nullptr ? nullptr : by_name(table->triggers, change.part);
    if (trigger != nullptr && change.object_kind == ObjectKind::trigger)
      reader.trigger(*trigger, *table);
  }

  void type_or_sequence(const Change& change) {
    if (change.object_kind != ObjectKind::enum_value) old_name(change, "r:");
    const AccessKey key = planning::relation_thing(change.relation);
    if (change.object_kind == ObjectKind::enum_value && is_addition(change)) {
      read(key);
      access_.writes.insert(attribute(key, "value " + change.part));
    } else if (change.object_kind == ObjectKind::sequence || change.kind == ChangeKind::comment ||
               change.kind == ChangeKind::change_owner) {
      write(change, key);
    } else {
      access_.writes.insert(key);
    }
    if (is_drop(change)) return;
    if (const Type* found = find(after_.types, change.relation))
      Reader(after_, access_.reads).type(*found);
    if (const Sequence* found = find(after_.sequences, change.relation))
      if (!found->owner_table.empty()) read(planning::relation_thing(found->owner_table));
  }

  void other(const Change& change) {
    if (change.kind == ChangeKind::grant || change.kind == ChangeKind::revoke) {
      const std::size_t dot = change.object.find('.');
      const bool relation =
          dot != std::string::npos && change.object.find('(') == std::string::npos;
      return write(change, relation ? "r:" + change.object : function_key_of(change.object));
    }
    write(change, "o:" + change.object);
    const Catalog& catalog = side(change);
    const OpaqueObject* found = find(catalog.objects, change.object);
    if (found == nullptr || is_drop(change)) return;
    Reader reader(catalog, access_.reads);
    reader.add(uses_of(found->references, catalog, nullptr));
    if (found->definition.find(" TABLES IN SCHEMA ") == std::string::npos) return;
    const std::set<std::string> words = lower_case_words(found->definition);
    for (const auto& [name, schema] : catalog.schemas)
      if (words.count(to_lower(name)) != 0) reader.schema({name, ""});
  }

  const Catalog& before_;
  const Catalog& after_;
  ChangeAccess access_;
};

}  // namespace

std::vector<ChangeAccess> accesses(const Catalog& before, const Catalog& after,
                                   const std::vector<Change>& changes) {
  Collector collector(before, after);
  std::vector<ChangeAccess> all;
  all.reserve(changes.size());
  for (const Change& change : changes) all.push_back(collector.of(change));
  return all;
}

QualifiedName relation_of(const Catalog& before, const Catalog& after, const Change& change) {
  if (change.object_kind != ObjectKind::index) return change.relation;
  for (const Catalog* catalog : {&after, &before})
    if (const Index* index = find(catalog->indexes, change.relation)) return index->table;
  return change.relation;
}

bool is_requirement(const AccessKey& key) {
  return key.starts_with("required:") || key.ends_with("#required");
}
bool is_fired(const AccessKey& key) { return key.starts_with("fires:"); }
bool is_bare_name(const AccessKey& key) { return key.starts_with("name:"); }
bool is_restriction(const AccessKey& key) { return key.ends_with("#restriction"); }

std::string to_words(const AccessKey& key) {
  const std::size_t colon = key.find(':');
  std::string words = colon == std::string::npos ? key : key.substr(colon + 1);
  const std::size_t hash = words.find('#');
  return hash == std::string::npos ? words : words.substr(0, hash);
}

}  // namespace schemagate
