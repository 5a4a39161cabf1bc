// SPDX-License-Identifier: MIT
// What changes of a schema ask of rows, and what they change for those who write some.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "schema/access_reader.h"
#include "schema/access_row_catalog.h"
#include "schema/access_row_keys.h"
#include "schema/access_row_write.h"
#include "schema/default_clause.h"

namespace schemagate {
namespace rows {
namespace {

bool begins(const Change& change, std::string_view word) {
  return to_string(change.kind).starts_with(word);
}
bool comes(const Change& change) { return begins(change, "add-"); }
bool goes(const Change& change) {
  return begins(change, "drop-") && change.kind != ChangeKind::drop_not_null &&
         change.kind != ChangeKind::drop_default;
}

class ChangeReader {
 public:
  ChangeReader(const Catalog& before, const Catalog& after, RowAccess& access)
      : before_(before), after_(after), tables_(after, before), access_(access) {}

  void change(const Change& change) {
    switch (change.kind) {
      case ChangeKind::comment:
      case ChangeKind::change_owner:
      case ChangeKind::grant:
      case ChangeKind::revoke:
      case ChangeKind::opaque:  // meets whatever there is
        return;
      default:
        break;
    }
    read(any_text);
    if (change.object_kind != ObjectKind::policy && is_about_old(change)) read(any_trigger_text);
    show_in_catalog(change, before_, after_, access_);
    switch (change.object_kind) {
      case ObjectKind::column:
        return column(change);
      case ObjectKind::constraint:
        return constraint(change);
      case ObjectKind::index:
        return index(change);
      case ObjectKind::table:
      case ObjectKind::foreign_table:
        return table(change);
      case ObjectKind::view:
      case ObjectKind::materialized_view:
        return view_change(change);
      case ObjectKind::function:
      case ObjectKind::procedure:
      case ObjectKind::aggregate:
        return signal(std::string(function) + change.relation.name);
      case ObjectKind::trigger:
      case ObjectKind::rule:
        return fired(change);
      case ObjectKind::policy:
        if (is_forced(change)) fired(change);
        if (const Table* table = tables_.named(change.relation)) signal(of(policies, *table));
        return;
      default:
        other(change);
    }
  }

 private:
  void signal(const AccessKey& key) { access_.signals.insert(key); }
  /// Of a table that rows may be in.
  bool is_about_old(const Change& change) const {
    const QualifiedName relation = relation_of(before_, after_, change);
    return find(before_.tables, relation) != nullptr;
  }
  void read(const AccessKey& key) { access_.reads.insert(key); }
  AccessKey of(std::string_view what, const Table& table, const std::string& part = {}) const {
    return tables_.key(what, table, part);
  }
  void read_values(const Table& table, const std::vector<std::string>& columns) {
    for (const std::string& column : columns) read(of(values, table, column));
  }
  void read(const References& references, const Table* table) {
    std::set<AccessKey> things;
    access::Reader(after_, things).add(planning::uses_of(references, after_, table));
    take(tables_, things, false, access_);
  }
  void write_all(const Table& table) {
    for (const Table* part : tables_.tree_of(table)) {
      write_all_rows(after_, before_, *part, access_);
      signal(of(members, *part));
      signal(of(fires, *part));
    }
  }

  // ---- columns

  void column(const Change& change) {
    const Table* table = tables_.named(change.relation);
    if (table == nullptr) return;
    const Column* column = table->column(change.part);
    const bool reshapes = comes(change) || goes(change) || change.kind == ChangeKind::set_type;
    if (reshapes) signal(of(shape, *table));
    switch (change.kind) {
      case ChangeKind::add_column:
        if (column != nullptr) add_column(*table, *column);
        break;
      case ChangeKind::drop_column:
        access_.writes.insert(of(values, *table, change.part));
        break;
      case ChangeKind::set_type:
        access_.writes.insert(of(values, *table, change.part));
        read(of(given, *table, change.part));
        signal(of(defaulted, *table, change.part));
        break;
      case ChangeKind::set_not_null:
        read(of(empty, *table, change.part));
        break;
      case ChangeKind::drop_not_null:
        break;
      case ChangeKind::set_default:
      case ChangeKind::drop_default:
        signal(of(defaulted, *table, change.part));
        break;
      case ChangeKind::rename_column:
        write_all(*table);
        break;
      default:
        if (makes_values(change)) changes_making(*table, change.part, column);
    }
  }
  static bool makes_values(const Change& change) {
    constexpr std::array others{"storage", "compression", "statistics", "options"};
    return std::none_of(others.begin(), others.end(),
                        [&](const char* detail) { return change.detail == detail; });
  }
  /// Identity, generation.
  void changes_making(const Table& table, const std::string& name, const Column* column) {
    for (const std::string_view what : {defaulted, identity}) signal(of(what, table, name));
    access_.writes.insert(of(values, table, name));
    read(of(added, table));
    if (column != nullptr) read(column->generation.references, &table);
  }
  void add_column(const Table& table, const Column& column) {
    const bool is_generated = column.generated != Generated::no;
    const bool has_value = gives_value(column.default_value) || column.identity != Identity::no;
    const bool has_own_type = find(after_.types, column.type.name) != nullptr &&
                              after_.domain_is_constrained(column.type);
    // Rows that are there make it fail.
    if ((column.not_null && !has_value && !is_generated) || has_own_type) read(of(added, table));
    if (column.default_value) read(column.default_value->references, nullptr);
    if (!is_generated || is_harmless(column.generation)) return;
    read(of(added, table));
    read(column.generation.references, &table);
  }

  // ---- constraints and indexes

  void constraint(const Change& change) {
    if (change.kind == ChangeKind::validate_constraint || begins(change, "rename-")) return;
    if (!comes(change)) let_go(before_, change);
    if (!goes(change)) check(change);
  }
  void check(const Change& change) {
    const Table* table = find(after_.tables, change.relation);
    const Constraint* found = table == nullptr ? nullptr : table->constraint(change.part);
    if (found == nullptr) return;
    const ConstraintDefinition& definition = found->definition;
    read_values(*table, with_bases(*table, columns_of(definition)));
    switch (definition.kind) {
      case ConstraintKind::foreign_key:
        need_value(*table, definition.columns, true);
        return need_parent(definition);
      case ConstraintKind::unique:
        signal(of(unique, *table));
        return need_value(*table, definition.columns, !definition.nulls_not_distinct);
      case ConstraintKind::not_null:
        for (const std::string& column : definition.columns) read(of(empty, *table, column));
        return;
      default:
        signal(of(unique, *table));
        read(of(added, *table));
    }
  }
  /// A generated column is what others make it.
  static std::vector<std::string> with_bases(const Table& table, std::vector<std::string> columns) {
    for (const Column& column : table.columns)
      if (column.generated != Generated::no && contains(columns, column.name))
        for (const ColumnUse& base : column.generation.references.columns)
          columns.push_back(base.name);
    return columns;
  }
  /// New rows count that have a value in the column. What they have in several at once is not told.
  void need_value(const Table& table, const std::vector<std::string>& columns, bool nulls_pass) {
    const Table* was = find(before_.tables, table.name);
    const bool one = columns.size() == 1 && nulls_pass && was != nullptr;
    const Column* column = one ? was->column(columns.front()) : nullptr;
    if (one && column == nullptr && stays_empty(table, columns.front())) return;
    read(column == nullptr ? of(added, table) : of(given, table, column->name));
  }
  /// A new column of which rows made without it have nothing.
  bool stays_empty(const Table& table, const std::string& name) const {
    const Column* column = table.column(name);
    return column != nullptr && !column->default_value && column->identity == Identity::no &&
           column->generated == Generated::no && find(after_.types, column->type.name) == nullptr;
  }
  void need_parent(const ConstraintDefinition& foreign) {
    const Table* parent = tables_.named(foreign.referenced);
    if (parent == nullptr) return;
    for (const std::string_view what : {removed, truncated, members}) read(of(what, *parent));
    const Constraint* primary = parent->primary_key();
    const bool by_primary = foreign.referenced_columns.empty() && primary != nullptr;
    read_values(*parent, by_primary ? primary->definition.columns : foreign.referenced_columns);
  }
  /// What a constraint did to rows that it does no more.
  void let_go(const Catalog& catalog, const Change& change) {
    const Table* table = find(catalog.tables, change.relation);
    const Constraint* found = table == nullptr ? nullptr : table->constraint(change.part);
    if (found == nullptr) return;
    const ConstraintDefinition& definition = found->definition;
    if (definition.kind != ConstraintKind::foreign_key) return signal(of(unique, *table));
    const Table* parent = tables_.named(definition.referenced);
    if (parent == nullptr) return;
    read(of(truncated, *parent));
    const auto acts = [](const std::string& action) {
      return !action.empty() && action != "NO ACTION" && action != "RESTRICT";
    };
    if (acts(definition.on_delete) || acts(definition.on_update)) need_parent(definition);
  }

  void index(const Change& change) {
    const Index* found = find((goes(change) ? before_ : after_).indexes, change.relation);
    if (found == nullptr) return;
    const Table* table = tables_.named(found->table);
    if (table == nullptr) return index_of_view(change, *found);
    if (found->unique) signal(of(unique, *table));
    if (!comes(change)) return;
    if (!found->unique && is_harmless(*found)) return;
    read_values(*table, with_bases(*table, columns_of(*found)));
    std::vector<std::string> columns;
    for (const IndexElement& element : found->elements) columns.push_back(element.column);
    const bool plain = found->where.empty() && !contains(columns, "") && found->unique;
    need_value(*table, columns, plain && !found->nulls_not_distinct);
  }

  /// What a materialized view holds is what its last REFRESH found.
  void index_of_view(const Change& change, const Index& index) {
    if (comes(change) && (index.unique || !is_harmless(index)))
      read(std::string(view) + index.table.schema + "." + index.table.name);
  }

  // ---- relations

  void table(const Change& change) {
    const Table* table = tables_.named(change.relation);
    const Table* was = find(before_.tables, change.relation);
    if (comes(change)) return table == nullptr ? void() : add_table(*table);
    if (change.kind == ChangeKind::alter_table) {
      const bool forces = change.detail.find("row security") != std::string::npos;
      if (table != nullptr && forces)
        for (const std::string_view what : {fires, policies}) signal(of(what, *table));
      return;
    }
    // Dropped, renamed, attached, detached.
    for (const Table* side : {table, was})
      if (side != nullptr) write_all(*side);
    if (table != nullptr) parent_rows(*table);
    if (was != nullptr) parent_rows(*was);
  }
  /// Whose rows the table's are, or were.
  void parent_rows(const Table& table) {
    std::vector<QualifiedName> parents = table.inherits;
    if (!table.partition_of.empty()) parents.push_back(table.partition_of);
    for (const QualifiedName& name : parents)
      for (const Catalog* catalog : {&after_, &before_})
        if (const Table* parent = find(catalog->tables, name)) write_all(*parent);
  }
  void add_table(const Table& table) {
    for (const Constraint& constraint : table.constraints) {
      if (constraint.definition.kind != ConstraintKind::foreign_key) continue;
      const Table* parent = tables_.named(constraint.definition.referenced);
      // It is empty, but a server truncates nothing that it refers to.
      if (parent != nullptr) read(of(truncated, *parent));
    }
    const Table* parent = table.partition_of.empty() ? nullptr : tables_.named(table.partition_of);
    if (parent == nullptr) return;
    // Rows that a default partition has in its place make it fail.
    const bool has_default = before_.default_partition_of(parent->name) != nullptr ||
                             after_.default_partition_of(parent->name) != nullptr;
    if (has_default) write_all(*parent);
  }
  void view_change(const Change& change) {
    const std::string name = change.relation.schema + "." + change.relation.name;
    const View* found = find(after_.views, change.relation);
    if (!comes(change)) access_.writes.insert(std::string(view) + name);
    if (found == nullptr || !found->materialized || !found->populated || goes(change)) return;
    std::set<AccessKey> things;
    access::Reader(after_, things).view(*found);
    take(tables_, things, false, access_);
  }
  void fired(const Change& change) {
    if (const Table* table = tables_.named(change.relation)) signal(of(fires, *table));
    if (find(after_.views, change.relation) != nullptr)
      access_.writes.insert(std::string(view) + change.relation.schema + "." +
                            change.relation.name);
  }
  bool is_forced(const Change& change) const {
    const auto forced = [&](const Catalog& catalog) {
      const Table* table = find(catalog.tables, change.relation);
      return table != nullptr && table->force_row_security;
    };
    return forced(before_) || forced(after_);
  }

  void other(const Change& change) {
    switch (change.object_kind) {
      case ObjectKind::type:
      case ObjectKind::domain:
      case ObjectKind::domain_constraint:
      case ObjectKind::attribute:
        if (change.kind != ChangeKind::add_type)
          signal(std::string(type) + change.relation.schema + "." + change.relation.name);
        return;
      case ObjectKind::enum_value:
        if (!comes(change))
          signal(std::string(type) + change.relation.schema + "." + change.relation.name);
        return;
      case ObjectKind::sequence: {
        const AccessKey drawn_from = std::string(sequence) + to_sql(change.relation);
        if (change.detail != "options") return;
        signal(drawn_from);
        return read(drawn_from);
      }
      case ObjectKind::cast:
      case ObjectKind::operator_:
      case ObjectKind::operator_class:
      case ObjectKind::operator_family:
      case ObjectKind::event_trigger:
      case ObjectKind::publication:
        return signal(any_work);
      default:
        return;
    }
  }

  const Catalog& before_;
  const Catalog& after_;
  const Tables tables_;
  RowAccess& access_;
};

}  // namespace
}  // namespace rows

RowAccess row_access_of(const Catalog& before, const Catalog& after, const Change& change) {
  RowAccess access;
  rows::ChangeReader(before, after, access).change(change);
  return access;
}

}  // namespace schemagate
