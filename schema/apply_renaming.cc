// SPDX-License-Identifier: MIT
#include "schema/apply_renaming.h"

#include <algorithm>

#include "schema/generated_names.h"

namespace schemagate {
namespace {

void visit(Expression& expression, const TextVisitor& to) {
  if (!expression.empty()) to(expression.sql, expression.references);
}

void visit(std::vector<IndexElement>& elements, const TextVisitor& to) {
  for (auto& element : elements) visit(element.expression, to);
}

void visit(ConstraintDefinition& definition, const TextVisitor& to) {
  visit(definition.expression, to);
  visit(definition.where, to);
  visit(definition.exclusion, to);
}

template <class Items>
void visit_definitions(Items& items, const TextVisitor& to) {
  for (auto& item : items) to(item.definition, item.references);
}

void visit_table(Execution& run, Table& table, const TextVisitor& to) {
  for (auto& column : table.columns) {
    if (column.default_value) visit(*column.default_value, to);
    visit(column.generation, to);
  }
  for (auto& constraint : table.constraints) visit(constraint.definition, to);
  if (table.partition_by) visit(table.partition_by->elements, to);
  visit_definitions(table.triggers, to);
  visit_definitions(table.policies, to);
  visit_definitions(table.rules, to);
  for (const auto* index : run.catalog.indexes_of(table.name)) {
    Index& own = *run.change(&Catalog::indexes, index->name);
    visit(own.elements, to);
    visit(own.where, to);
  }
}

std::vector<std::string> keys_of_functions(const Catalog& catalog, const QualifiedName& name) {
  std::vector<std::string> keys;
  const std::string prefix = to_sql(name) + "(";
  for (auto at = catalog.functions.lower_bound(prefix);
       at != catalog.functions.end() && at->first.starts_with(prefix); ++at) {
    keys.push_back(at->first);
  }
  return keys;
}

/// Carries `changes` out in the references; false: none of them is mentioned.
bool rename_in(References& references, const std::vector<NameChange>& changes) {
  bool found = false;
  const auto rename = [&found](QualifiedName& name, const NameChange& change) {
    if (name != change.from) return;
    name = change.to;
    found = true;
  };
  for (const auto& change : changes) {
    switch (change.use) {
      case NameUse::relation:
        for (auto& use : references.relations) {
          const bool bare = use.alias == change.from.name && use.name == change.from;
          rename(use.name, change);
          if (bare) use.alias = change.to.name;
        }
        break;
      case NameUse::type:
      case NameUse::argument:
        for (auto& type : references.types) rename(type.name, change);
        break;
      case NameUse::function:
        for (auto& use : references.functions) rename(use.name, change);
        break;
      case NameUse::sequence:
        for (auto& name : references.sequences) rename(name, change);
        break;
      case NameUse::column:
        for (auto& use : references.columns) {
          if (use.name != change.from.name) continue;
          use.name = change.to.name;
          found = true;
        }
        break;
    }
  }
  return found;
}

TextVisitor rewriter(const std::vector<NameChange>& changes) {
  return [&changes](std::string& sql, References& references) {
    if (rename_in(references, changes)) sql = rewrite_names(sql, changes);
  };
}

/// Whoever used the old name may use the new one.
void merge_links(Catalog& catalog, const QualifiedName& from, const QualifiedName& to) {
  auto& links = catalog.links;
  for (auto* map : {&links.children, &links.referrers, &links.sequences, &links.constraints,
                    &links.readers, &links.type_users, &links.callers}) {
    const auto found = map->find(from);
    if (found == map->end()) continue;
    const auto users = found->second;
    (*map)[to].insert(users.begin(), users.end());
  }
}

void rename_privileges(Execution& run, ObjectKind kind, const std::string& from,
                       const std::string& to) {
  Privilege first;
  first.kind = kind;
  first.object = from;
  std::vector<Privilege> found;
  for (auto at = run.catalog.privileges.lower_bound(first);
       at != run.catalog.privileges.end() && at->first.kind == kind && at->first.object == from;
       ++at) {
    found.push_back(at->first);
  }
  for (auto& privilege : found) {
    const Span where = *run.take(&Catalog::privileges, privilege);
    privilege.object = to;
    run.put(&Catalog::privileges, privilege, where);
  }
}

void rename_in_session(Execution& run, const QualifiedName& from, const QualifiedName& to) {
  auto& session = run.session;
  if (session.created.erase(from) != 0) session.created.insert(to);
  if (session.created_in_transaction.erase(from) != 0) session.created_in_transaction.insert(to);
  if (const auto lock = session.held_locks.find(from); lock != session.held_locks.end()) {
    session.held_locks[to] = lock->second;
    session.held_locks.erase(from);
  }
  if (run.declared != nullptr) run.made.push_back(to.name);
}

std::set<QualifiedName> users_of(const Links::Users& links, const QualifiedName& name) {
  const auto found = links.find(name);
  return found == links.end() ? std::set<QualifiedName>() : found->second;
}

/// From 18 on NOT NULL has a name, which stays what it was when its table or column gets another
/// one.
void keep_not_null_name(const Execution& run, const std::string& old_table,
                        const std::string& old_column, const std::string& table, Column& column) {
  if (run.session.postgres < 18 || !column.not_null || !column.local) return;
  auto& name = column.not_null_name;
  if (name.empty()) name = make_object_name(old_table, old_column, "not_null");
  if (name == make_object_name(table, column.name, "not_null")) name.clear();
}

void move_indexes(Execution& run, const QualifiedName& from, const QualifiedName& to) {
  for (const auto* index : run.catalog.indexes_of(from)) {
    Index moved = *run.take(&Catalog::indexes, QualifiedName(index->name));
    moved.table = to;
    run.put(&Catalog::indexes, QualifiedName(moved.name), std::move(moved));
  }
}

void rename_table(Execution& run, const QualifiedName& from, const QualifiedName& to) {
  const auto sequences = run.catalog.sequences_owned_by(from);
  move_indexes(run, from, to);
  for (const auto* sequence : sequences)
    run.change(&Catalog::sequences, sequence->name)->owner_table = to;
  for (const auto* child : run.catalog.children_of(from)) {
    Table& below = *run.change(&Catalog::tables, child->name);
    if (below.partition_of == from) below.partition_of = to;
    std::replace(below.inherits.begin(), below.inherits.end(), from, to);
  }
  for (const auto& [referrer, unused] : run.catalog.references_to(from)) {
    static_cast<void>(unused);
    for (auto& constraint : run.change(&Catalog::tables, referrer->name)->constraints) {
      if (constraint.definition.referenced == from) constraint.definition.referenced = to;
    }
  }
  Table table = *run.take(&Catalog::tables, from);
  table.name = to;
  for (auto& column : table.columns)
    keep_not_null_name(run, from.name, column.name, to.name, column);
  run.link(table);
  run.put(&Catalog::tables, to, std::move(table));
  rename_privileges(run, ObjectKind::table, to_sql(from), to_sql(to));
}

void rename_view(Execution& run, const QualifiedName& from, const QualifiedName& to) {
  move_indexes(run, from, to);
  View view = *run.take(&Catalog::views, from);
  view.name = to;
  run.link(view);
  run.put(&Catalog::views, to, std::move(view));
  rename_privileges(run, ObjectKind::table, to_sql(from), to_sql(to));
}

void rename_index(Execution& run, const QualifiedName& from, const QualifiedName& to) {
  Index index = *run.take(&Catalog::indexes, from);
  const bool moved_only = from.name == to.name;
  index.name = to;
  index.generated_name = index.generated_name && moved_only;
  for (const auto* child : run.catalog.children_of(index.table)) {
    for (const auto* attached : run.catalog.indexes_of(child->name)) {
      if (attached->parent == from) run.change(&Catalog::indexes, attached->name)->parent = to;
    }
  }
  if (Table* table = run.change(&Catalog::tables, index.table)) {
    if (table->replica_identity_index == from.name) table->replica_identity_index = to.name;
    for (auto& constraint : table->constraints) {
      if (index.constraint.empty() || constraint.definition.name != index.constraint) continue;
      constraint.definition.name = to.name;
      constraint.generated_name = constraint.generated_name && moved_only;
      run.link(table->name, constraint);
    }
  }
  if (!index.constraint.empty()) index.constraint = to.name;
  run.put(&Catalog::indexes, to, std::move(index));
}

void rename_sequence(Execution& run, const QualifiedName& from, const QualifiedName& to) {
  Sequence sequence = *run.take(&Catalog::sequences, from);
  sequence.name = to;
  if (!sequence.owner_table.empty()) run.catalog.links.sequences[sequence.owner_table].insert(to);
  Table* table = sequence.identity ? run.change(&Catalog::tables, sequence.owner_table) : nullptr;
  if (Column* column = table == nullptr ? nullptr : table->column(sequence.owner_column)) {
    const bool usual = to.schema == table->name.schema &&
                       to.name == make_object_name(table->name.name, column->name, "seq");
    column->identity_options.sequence_name = usual ? Box<QualifiedName>() : Box<QualifiedName>(to);
  }
  run.put(&Catalog::sequences, to, std::move(sequence));
  rename_privileges(run, ObjectKind::sequence, to_sql(from), to_sql(to));
}

/// Types of columns, attributes, arguments; the casts in texts are rewrite_users' work.
void retype_users(Execution& run, const QualifiedName& from, const QualifiedName& to) {
  const auto retype = [&](TypeName& type) {
    if (type.name == from) type.name = to;
  };
  for (const auto& user : users_of(run.catalog.links.type_users, from)) {
    if (Table* table = run.change(&Catalog::tables, user)) {
      if (table->of_type == from) table->of_type = to;
      for (auto& column : table->columns) retype(column.type);
    }
    if (Type* type = run.change(&Catalog::types, user)) {
      retype(type->base);
      for (auto& attribute : type->attributes) retype(attribute.type);
      for (auto& [name, value] : type->options) {
        if (name == "subtype" && value == to_sql(from)) value = to_sql(to);
      }
    }
    for (const auto& key : keys_of_functions(run.catalog, user)) {
      Function function = *run.take(&Catalog::functions, key);
      for (auto& argument : function.definition.arguments) retype(argument.type);
      retype(function.definition.returns);
      const std::vector<NameChange> changes{{NameUse::argument, from, to}};
      function.definition.definition = rewrite_names(function.definition.definition, changes);
      rename_in(function.definition.references, changes);
      function.signature = signature_of(function.definition);
      const std::string renamed = function_key(function.definition.name, function.signature);
      run.put(&Catalog::functions, renamed, std::move(function));
      rename_privileges(run, ObjectKind::function, key, renamed);
    }
  }
}

}  // namespace

void visit_texts(Execution& run, const QualifiedName& holder, const TextVisitor& to) {
  if (Table* table = run.change(&Catalog::tables, holder)) visit_table(run, *table, to);
  if (View* view = run.change(&Catalog::views, holder)) {
    to(view->query.sql, view->query.references);
    visit_definitions(view->triggers, to);
    visit_definitions(view->rules, to);
    for (const auto* index : run.catalog.indexes_of(holder)) {
      Index& own = *run.change(&Catalog::indexes, index->name);
      visit(own.elements, to);
      visit(own.where, to);
    }
  }
  if (Type* type = run.change(&Catalog::types, holder)) {
    if (type->default_value) visit(*type->default_value, to);
    for (auto& constraint : type->constraints) visit(constraint.definition, to);
  }
  for (const auto& key : keys_of_functions(run.catalog, holder)) {
    auto& definition = run.change(&Catalog::functions, key)->definition;
    to(definition.definition, definition.references);
  }
  std::vector<std::string> keys;
  for (const auto& [key, object] : run.catalog.objects) {
    if (object.object.name == holder) keys.push_back(key);
  }
  for (const auto& key : keys) {
    OpaqueObject& object = *run.change(&Catalog::objects, key);
    to(object.definition, object.references);
  }
}

void rewrite_users(Execution& run, const std::set<QualifiedName>& users,
                   const std::vector<NameChange>& changes) {
  for (const auto& user : users) visit_texts(run, user, rewriter(changes));
}

void rename_relation(Execution& run, const QualifiedName& from, const QualifiedName& to) {
  run.save_everything();
  const auto readers = users_of(run.catalog.links.readers, from);
  const auto typed = users_of(run.catalog.links.type_users, from);
  const auto kind = run.catalog.relation_kind(from);
  merge_links(run.catalog, from, to);
  if (run.catalog.tables.count(from) != 0) {
    rename_table(run, from, to);
  } else if (run.catalog.views.count(from) != 0) {
    rename_view(run, from, to);
  } else if (run.catalog.indexes.count(from) != 0) {
    rename_index(run, from, to);
  } else if (kind == RelationKind::sequence) {
    rename_sequence(run, from, to);
  } else if (kind == RelationKind::composite_type) {
    return rename_type(run, from, to);
  }
  rename_in_session(run, from, to);
  // The relation's own triggers and policies name it too.
  std::set<QualifiedName> users = readers;
  users.insert(to);
  rewrite_users(run, users, {{NameUse::relation, from, to}, {NameUse::sequence, from, to}});
  if (typed.empty()) return;
  retype_users(run, from, to);
  rewrite_users(run, typed, {{NameUse::type, from, to}});
}

void rename_type(Execution& run, const QualifiedName& from, const QualifiedName& to) {
  run.save_everything();
  const auto users = users_of(run.catalog.links.type_users, from);
  merge_links(run.catalog, from, to);
  Type type = *run.take(&Catalog::types, from);
  type.name = to;
  run.put(&Catalog::types, to, std::move(type));
  rename_privileges(run, ObjectKind::type, to_sql(from), to_sql(to));
  rename_in_session(run, from, to);
  retype_users(run, from, to);
  rewrite_users(run, users, {{NameUse::type, from, to}});
}

void rename_function(Execution& run, const std::string& key, const QualifiedName& to) {
  run.save_everything();
  Function function = *run.take(&Catalog::functions, key);
  const QualifiedName from = function.definition.name;
  const std::vector<NameChange> changes{{NameUse::function, from, to}};
  function.definition.name = to;
  // The head "FUNCTION name(…)" looks like a call.
  function.definition.definition = rewrite_names(function.definition.definition, changes);
  const std::string renamed = function_key(to, function.signature);
  const auto users = users_of(run.catalog.links.callers, from);
  merge_links(run.catalog, from, to);
  run.link(to, function.definition.references);
  for (const auto& argument : function.definition.arguments) {
    if (!argument.type.name.schema.empty())
      run.catalog.links.type_users[argument.type.name].insert(to);
  }
  run.put(&Catalog::functions, renamed, std::move(function));
  rename_privileges(run, ObjectKind::function, key, renamed);
  if (run.declared != nullptr) run.made.push_back(to.name);
  rewrite_users(run, users, changes);
}

void rename_constraint(Execution& run, Table& table, const std::string& from,
                       const std::string& to) {
  run.save_everything();
  const QualifiedName index{table.name.schema, from};
  const auto owned = run.catalog.indexes.find(index);
  if (owned != run.catalog.indexes.end() && owned->second.table == table.name &&
      owned->second.constraint == from) {
    return rename_index(run, index, {table.name.schema, to});
  }
  bool of_all = false;
  for (auto& constraint : table.constraints) {
    if (constraint.definition.name != from) continue;
    of_all = constraint.definition.kind == ConstraintKind::check;
    constraint.definition.name = to;
    constraint.generated_name = false;
    run.link(table.name, constraint);
  }
  if (!of_all) return;
  for (const auto* child : run.catalog.children_of(table.name)) {
    Table& below = *run.change(&Catalog::tables, child->name);
    const auto* same = below.constraint(from);
    if (same != nullptr && same->inherited) rename_constraint(run, below, from, to);
  }
}

namespace {

void rename_in(std::vector<std::string>& names, const std::string& from, const std::string& to) {
  std::replace(names.begin(), names.end(), from, to);
}

void rename_in(std::vector<IndexElement>& elements, const std::string& from,
               const std::string& to) {
  for (auto& element : elements) {
    if (element.column == from) element.column = to;
  }
}

void rename_in(ConstraintDefinition& definition, const std::string& from, const std::string& to) {
  rename_in(definition.columns, from, to);
  rename_in(definition.include, from, to);
  rename_in(definition.set_columns, from, to);
  rename_in(definition.exclusion, from, to);
}

void rename_in_views(Execution& run, const QualifiedName& table, const std::string& from,
                     const std::string& to) {
  for (const auto* reader : run.catalog.views_on(table, from)) {
    // The text stays as it was written; what it reads follows.
    auto& references = run.change(&Catalog::views, reader->name)->query.references;
    for (const auto& use : references.relations) {
      if (use.name != table) continue;
      for (auto& column : references.columns) {
        const bool means_it = column.qualifier.empty() || column.qualifier == use.alias;
        if (column.name == from && means_it) column.name = to;
      }
    }
  }
}

}  // namespace

void rename_column(Execution& run, Table& table, const std::string& from, const std::string& to) {
  run.save_everything();
  Column* column = table.column(from);
  if (column == nullptr) return;
  rename_in_views(run, table.name, from, to);
  column->name = to;
  keep_not_null_name(run, table.name.name, from, table.name.name, *column);
  for (auto& constraint : table.constraints) rename_in(constraint.definition, from, to);
  if (table.partition_by) rename_in(table.partition_by->elements, from, to);
  for (const auto* index : run.catalog.indexes_of(table.name)) {
    Index& own = *run.change(&Catalog::indexes, index->name);
    rename_in(own.elements, from, to);
    rename_in(own.include, from, to);
  }
  const std::vector<NameChange> changes{{NameUse::column, {"", from}, {"", to}}};
  visit_texts(run, table.name, rewriter(changes));
  for (const auto& [referrer, unused] : run.catalog.references_to(table.name)) {
    static_cast<void>(unused);
    for (auto& constraint : run.change(&Catalog::tables, referrer->name)->constraints) {
      if (constraint.definition.referenced == table.name) {
        rename_in(constraint.definition.referenced_columns, from, to);
      }
    }
  }
  for (const auto* sequence : run.catalog.sequences_owned_by(table.name, from)) {
    run.change(&Catalog::sequences, sequence->name)->owner_column = to;
  }
  std::vector<Privilege> privileges;
  for (const auto& [privilege, unused] : run.catalog.privileges) {
    if (privilege.column == from && privilege.object == to_sql(table.name))
      privileges.push_back(privilege);
  }
  for (auto& privilege : privileges) {
    const Span where = *run.take(&Catalog::privileges, privilege);
    privilege.column = to;
    run.put(&Catalog::privileges, privilege, where);
  }
  if (run.declared != nullptr) run.made.push_back(to);
  for (const auto* child : run.catalog.children_of(table.name)) {
    rename_column(run, *run.change(&Catalog::tables, child->name), from, to);
  }
}

}  // namespace schemagate
