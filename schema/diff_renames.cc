// SPDX-License-Identifier: MIT
#include "schema/diff_renames.h"

#include <algorithm>

#include "schema/apply.h"
#include "schema/canonical_tree.h"
#include "schema/diff_parts.h"
#include "schema/generated_names.h"
#include "schema/parse.h"

namespace schemagate::diffing {
namespace {

bool starts_at(const Span& definition, const Span& where) {
  return where.is_somewhere() && where.file == definition.file && where.begin == definition.begin;
}

/// "app.users" or "users" or "\"Users\"": the names as SQL folds them.
std::vector<std::string> parts_of(const std::string& written) {
  std::vector<std::string> parts;
  for (const auto& token : canonical::tokenize(written)) {
    const bool word = token.kind == canonical::TokenKind::word ||
                      token.kind == canonical::TokenKind::quoted_word ||
                      token.kind == canonical::TokenKind::string;
    if (word) parts.push_back(token.text);
  }
  return parts;
}

/// The old name in the schema it gives, else in the new object's schema.
QualifiedName old_name_of(const RenameHint& hint, const QualifiedName& now) {
  const std::vector<std::string> parts = parts_of(hint.old_name);
  if (parts.empty()) return {};
  return parts.size() == 1 ? QualifiedName{now.schema, parts[0]}
                           : QualifiedName{parts[parts.size() - 2], parts.back()};
}

class Finder {
 public:
  Finder(const Catalog& before, const Catalog& after) : before_(before), after_(after) {}

  Renames run(const std::vector<RenameHint>& hints) {
    std::vector<const RenameHint*> rest;
    for (const RenameHint& hint : hints) {
      if (!whole_object(hint)) rest.push_back(&hint);
    }
    for (const RenameHint* hint : rest) {
      if (!part(*hint) && !enum_value(*hint, hints)) result_.unused.push_back(*hint);
    }
    return std::move(result_);
  }

 private:
  template <class Map>
  bool named(const RenameHint& hint, const Map& before, const Map& after, ChangeKind kind,
             ObjectKind object_kind) {
    for (const auto& [name, object] : after) {
      if (!starts_at(hint.definition, place(object))) continue;
      const QualifiedName was = old_name_of(hint, name);
      const auto found = before.find(was);
      if (found == before.end() || after.count(was) != 0 || before.count(name) != 0) return false;
      Change change = about(kind, object_kind, name);
      change.before = to_sql(was);
      change.after = to_sql(name);
      change.where_old = place(found->second);
      change.where_new = place(object);
      old_names_[name] = was;
      result_.changes.push_back(std::move(change));
      return true;
    }
    return false;
  }
  template <class Object>
  static Span place(const Object& object) {
    return object.where;
  }
  static Span place(const Index& index) { return index.where_; }

  bool whole_object(const RenameHint& hint) {
    return named(hint, before_.tables, after_.tables, ChangeKind::rename_table,
                 ObjectKind::table) ||
           named(hint, before_.types, after_.types, ChangeKind::rename_type, ObjectKind::type) ||
           named(hint, before_.views, after_.views, ChangeKind::rename_view, ObjectKind::view) ||
           named(hint, before_.sequences, after_.sequences, ChangeKind::rename_sequence,
                 ObjectKind::sequence) ||
           named(hint, before_.indexes, after_.indexes, ChangeKind::rename_index,
                 ObjectKind::index);
  }

  bool part(const RenameHint& hint) {
    for (const auto& [name, table] : after_.tables) {
      const auto renamed = old_names_.find(name);
      const auto was = before_.tables.find(renamed == old_names_.end() ? name : renamed->second);
      if (was == before_.tables.end()) continue;
      for (const Column& column : table.columns) {
        if (starts_at(hint.definition, column.where) &&
            column_renamed(hint, was->second, table, column))
          return true;
      }
      for (const Constraint& constraint : table.constraints) {
        if (starts_at(hint.definition, constraint.where) &&
            constraint_renamed(hint, was->second, table, constraint))
          return true;
      }
    }
    return false;
  }

  bool column_renamed(const RenameHint& hint, const Table& was, const Table& now,
                      const Column& column) {
    const std::string old = old_name_of(hint, {}).name;
    if (was.column(old) == nullptr || now.column(old) != nullptr ||
        was.column(column.name) != nullptr)
      return false;
    add_part(ChangeKind::rename_column, ObjectKind::column, now.name, old, column.name,
             was.column(old)->where, column.where);
    return true;
  }
  bool constraint_renamed(const RenameHint& hint, const Table& was, const Table& now,
                          const Constraint& constraint) {
    const std::string old = old_name_of(hint, {}).name;
    const std::string& name = constraint.definition.name;
    if (was.constraint(old) == nullptr || now.constraint(old) != nullptr ||
        was.constraint(name) != nullptr)
      return false;
    add_part(ChangeKind::rename_constraint, ObjectKind::constraint, now.name, old, name,
             was.constraint(old)->where, constraint.where);
    return true;
  }
  void add_part(ChangeKind kind, ObjectKind object_kind, const QualifiedName& relation,
                const std::string& was, const std::string& now, Span old_place, Span new_place) {
    Change change = about(kind, object_kind, relation, now);
    change.before =
        kind == ChangeKind::rename_enum_value ? quote_literal(was) : quote_identifier(was);
    change.after =
        kind == ChangeKind::rename_enum_value ? quote_literal(now) : quote_identifier(now);
    change.where_old = old_place;
    change.where_new = new_place;
    result_.changes.push_back(std::move(change));
  }

  /// Values have no place of their own: the n-th hint of a type speaks of its n-th new value.
  bool enum_value(const RenameHint& hint, const std::vector<RenameHint>& hints) {
    for (const auto& [name, type] : after_.types) {
      if (type.kind != TypeKind::enumeration || !inside(hint.definition, type.where)) continue;
      const auto renamed = old_names_.find(name);
      const auto was = before_.types.find(renamed == old_names_.end() ? name : renamed->second);
      if (was == before_.types.end()) return false;
      std::vector<std::string> added, wanted;
      for (const std::string& value : type.values) {
        if (!holds(was->second.values, value)) added.push_back(value);
      }
      std::size_t place = 0;
      for (const RenameHint& other : hints) {
        const std::string old = value_name(other, was->second);
        if (!inside(other.definition, type.where) || old.empty() || holds(type.values, old))
          continue;
        if (&other == &hint || other.where == hint.where) place = wanted.size();
        wanted.push_back(old);
      }
      const std::string old = value_name(hint, was->second);
      if (old.empty() || holds(type.values, old) || wanted.size() > added.size()) return false;
      add_part(ChangeKind::rename_enum_value, ObjectKind::enum_value, name, old, added[place],
               was->second.where, type.where);
      return true;
    }
    return false;
  }
  static bool inside(const Span& definition, const Span& where) {
    return where.is_somewhere() && where.file == definition.file &&
           where.begin <= definition.begin && definition.begin < where.end;
  }
  static bool holds(const std::vector<std::string>& list, const std::string& value) {
    return std::find(list.begin(), list.end(), value) != list.end();
  }
  /// The old value as written in the hint, quoted or bare; empty when the type has none like it.
  static std::string value_name(const RenameHint& hint, const Type& type) {
    if (holds(type.values, hint.old_name)) return hint.old_name;
    const auto parts = parts_of(hint.old_name);
    return parts.size() == 1 && holds(type.values, parts[0]) ? parts[0] : "";
  }

  const Catalog& before_;
  const Catalog& after_;
  std::map<QualifiedName, QualifiedName> old_names_;  ///< new name → old name of renamed objects
  Renames result_;
};

std::string alter_of(ObjectKind kind) { return "ALTER " + std::string(to_sql(kind)) + " "; }

}  // namespace

Renames find_renames(const Catalog& before, const Catalog& after,
                     const std::vector<RenameHint>& hints) {
  return hints.empty() ? Renames{} : Finder(before, after).run(hints);
}

std::vector<std::string> rename_sql(const Change& change) {
  const std::string relation = to_sql(change.relation);
  if (change.kind == ChangeKind::rename_column) {
    return {"ALTER TABLE " + relation + " RENAME COLUMN " + change.before + " TO " + change.after};
  }
  if (change.kind == ChangeKind::rename_constraint) {
    return {"ALTER TABLE " + relation + " RENAME CONSTRAINT " + change.before + " TO " +
            change.after};
  }
  if (change.kind == ChangeKind::rename_enum_value) {
    return {"ALTER TYPE " + relation + " RENAME VALUE " + change.before + " TO " + change.after};
  }
  const std::vector<std::string> was = parts_of(change.before);
  const std::string old_schema = was.size() > 1 ? was[0] : change.relation.schema;
  std::vector<std::string> steps;
  std::string from = change.before;
  if (old_schema != change.relation.schema) {
    steps.push_back(alter_of(change.object_kind) + from + " SET SCHEMA " +
                    quote_identifier(change.relation.schema));
    from = to_sql(QualifiedName{change.relation.schema, was.back()});
  }
  if (was.back() != change.relation.name) {
    steps.push_back(alter_of(change.object_kind) + from + " RENAME TO " +
                    quote_identifier(change.relation.name));
  }
  return steps;
}

namespace {

void run(Catalog& catalog, Session& session, const std::vector<std::string>& statements) {
  for (const std::string& sql : statements) {
    for (const Statement& statement : parse_text(sql).statements)
      apply(catalog, session, statement);
  }
}

std::vector<DerivedRename> derived_renames(const Catalog& renamed, const Catalog& after,
                                           const std::vector<Change>& changes) {
  std::vector<DerivedRename> derived;
  const auto add = [&](std::size_t change, std::string sql) {
    derived.push_back({static_cast<int>(change), std::move(sql)});
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const bool names_others =
        changes[i].kind == ChangeKind::rename_table || changes[i].kind == ChangeKind::rename_column;
    const auto was = renamed.tables.find(changes[i].relation),
               now = after.tables.find(changes[i].relation);
    if (!names_others || was == renamed.tables.end() || now == after.tables.end()) continue;
    const std::string table = to_sql(now->first);
    const auto seen = [&](const std::string& sql) {
      return std::any_of(derived.begin(), derived.end(),
                         [&](const DerivedRename& d) { return d.sql == sql; });
    };
    const auto add_once = [&](std::string sql) {
      if (!seen(sql)) add(i, std::move(sql));
    };
    for (const Constraint& x : was->second.constraints) {
      for (const Constraint& y : now->second.constraints) {
        const bool twins = x.generated_name && y.generated_name &&
                           x.definition.name != y.definition.name &&
                           was->second.constraint(y.definition.name) == nullptr &&
                           now->second.constraint(x.definition.name) == nullptr &&
                           same_constraint(x, {&renamed, &was->second, nullptr}, y,
                                           {&after, &now->second, nullptr});
        if (!twins) continue;
        add_once("ALTER TABLE " + table + " RENAME CONSTRAINT " +
                 quote_identifier(x.definition.name) + " TO " +
                 quote_identifier(y.definition.name));
        break;
      }
    }
    for (const Index* x : renamed.indexes_of(now->first)) {
      for (const Index* y : after.indexes_of(now->first)) {
        const bool twins = x->generated_name && y->generated_name && x->constraint.empty() &&
                           y->constraint.empty() && renamed.indexes.count(y->name) == 0 &&
                           after.indexes.count(x->name) == 0 && same_index(*x, renamed, *y, after);
        if (!twins) continue;
        add_once("ALTER INDEX " + to_sql(x->name) + " RENAME TO " + quote_identifier(y->name.name));
        break;
      }
    }
    for (const Sequence* x : renamed.sequences_owned_by(now->first)) {
      for (const Sequence* y : after.sequences_owned_by(now->first, x->owner_column)) {
        const bool twins = x->identity == y->identity && x->options == y->options &&
                           renamed.sequences.count(y->name) == 0 &&
                           after.sequences.count(x->name) == 0;
        if (!twins) continue;
        add_once("ALTER SEQUENCE " + to_sql(x->name) + " RENAME TO " +
                 quote_identifier(y->name.name));
        break;
      }
    }
  }
  return derived;
}

}  // namespace

namespace {

/// From 18 on a NOT NULL has a name too, made of the names of table and column as they were.
void add_not_null_names(Renamed& result, const Catalog& after, const std::vector<Change>& changes) {
  std::map<QualifiedName, std::pair<QualifiedName, int>> old_tables;
  std::map<std::pair<QualifiedName, std::string>, std::pair<std::string, int>> old_columns;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const Change& change = changes[i];
    const std::vector<std::string> was = parts_of(change.before);
    if (change.kind == ChangeKind::rename_table)
      old_tables[change.relation] = {{"", was.back()}, static_cast<int>(i)};
    if (change.kind == ChangeKind::rename_column)
      old_columns[{change.relation, change.part}] = {was.back(), static_cast<int>(i)};
  }
  for (const auto& [name, table] : result.catalog.tables) {
    const auto old_table = old_tables.find(name);
    const auto now = after.tables.find(name);
    if (now == after.tables.end()) continue;
    for (const Column& column : table.columns) {
      const auto old_column = old_columns.find({name, column.name});
      const Column* wanted = now->second.column(column.name);
      const bool renamed = old_table != old_tables.end() || old_column != old_columns.end();
      if (!renamed || wanted == nullptr || !column.not_null || !wanted->not_null) continue;
      if (!column.not_null_name.empty() || !wanted->not_null_name.empty() || column.inherited)
        continue;
      const std::string table_name =
          old_table == old_tables.end() ? name.name : old_table->second.first.name;
      const std::string column_name =
          old_column == old_columns.end() ? column.name : old_column->second.first;
      if (table_name == name.name && column_name == column.name) continue;
      const int change =
          old_column == old_columns.end() ? old_table->second.second : old_column->second.second;
      result.derived.push_back(
          {change, "ALTER TABLE " + to_sql(name) + " RENAME CONSTRAINT " +
                       quote_identifier(make_object_name(table_name, column_name, "not_null")) +
                       " TO " +
                       quote_identifier(make_object_name(name.name, column.name, "not_null"))});
    }
  }
}

}  // namespace

Renamed apply_renames(const Catalog& before, const Catalog& after,
                      const std::vector<Change>& changes, int postgres) {
  Renamed result{before, {}};
  Session session;
  for (const Change& change : changes) {
    if (is_rename(change.kind)) run(result.catalog, session, rename_sql(change));
  }
  result.derived = derived_renames(result.catalog, after, changes);
  if (postgres >= 18) add_not_null_names(result, after, changes);
  for (const DerivedRename& derived : result.derived) run(result.catalog, session, {derived.sql});
  return result;
}

bool is_rename(ChangeKind kind) { return to_string(kind).substr(0, 7) == "rename-"; }

}  // namespace schemagate::diffing
