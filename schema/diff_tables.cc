// SPDX-License-Identifier: MIT
#include <algorithm>

#include "schema/diff_parts.h"
#include "schema/generated_names.h"
#include "schema/options.h"
#include "schema/render.h"

namespace schemagate::diffing {
namespace {

std::string expression_text(const std::optional<Expression>& expression) {
  return expression ? expression->sql : "";
}

std::string list_sql(const std::vector<QualifiedName>& names) {
  std::string text;
  for (const QualifiedName& name : names) text += (text.empty() ? "" : ", ") + to_sql(name);
  return text;
}

std::string type_and_collation(const Column& column) {
  return to_sql(column.type) + (column.collation.empty() ? "" : " COLLATE " + column.collation);
}

std::string generation_text(const Column& column) {
  if (column.generated == Generated::no) return "";
  return "GENERATED ALWAYS AS (" + column.generation.sql +
         (column.generated == Generated::stored ? ") STORED" : ") VIRTUAL");
}

std::string identity_text(const Column& column) {
  if (column.identity == Identity::no) return "";
  const std::string options = sequence_options_sql(column.identity_options);
  return std::string("GENERATED ") +
         (column.identity == Identity::always ? "ALWAYS" : "BY DEFAULT") + " AS IDENTITY" +
         (options.empty() ? "" : " (" + options + ")");
}

bool same_identity(const Column& a, const Column& b) {
  SequenceOptions x = a.identity_options, y = b.identity_options;
  x.sequence_name.reset();
  y.sequence_name.reset();
  return a.identity == b.identity && x == y;
}

/// An enum that loses values or puts them in another order is made anew, and so is a domain over
/// another type.
bool comes_anew(const TypeName& of, const Catalog& before, const Catalog& after) {
  const Type *was = before.type(of), *now = after.type(of);
  if (was == nullptr || now == nullptr || was->kind != now->kind) return false;
  if (was->kind == TypeKind::domain)
    return !same_type(was->base, now->base) || comes_anew(was->base, before, after);
  // All old values are among the new ones, in their order.
  auto next = was->values.begin();
  for (const std::string& value : now->values) {
    if (next != was->values.end() && *next == value) ++next;
  }
  return next != was->values.end();
}

/// The type of a column that a partition key reads can't be altered.
bool same_key_types(const Table& a, const Catalog& in_a, const Table& b, const Catalog& in_b) {
  const auto same = [&](const std::string& name) {
    const Column *was = a.column(name), *now = b.column(name);
    return was == nullptr || now == nullptr ||
           (same_type(was->type, now->type) && was->collation == now->collation &&
            !comes_anew(now->type, in_a, in_b));
  };
  const auto& elements = a.partition_by->elements;
  return std::all_of(elements.begin(), elements.end(), [&](const IndexElement& element) {
    const auto& read = element.expression.references.columns;
    return same(element.column) && std::all_of(read.begin(), read.end(), [&](const ColumnUse& use) {
             return same(use.name);
           });
  });
}

/// PARTITION BY, foreign server, …: what can't be altered makes the table another one.
bool same_nature(const Table& a, const Catalog& in_a, const Table& b, const Catalog& in_b) {
  if (a.kind != b.kind || a.server != b.server ||
      a.partition_by.has_value() != b.partition_by.has_value())
    return false;
  if ((a.persistence == Persistence::temporary) != (b.persistence == Persistence::temporary))
    return false;
  return !a.partition_by ||
         (same_partition_key(a, in_a, b, in_b) && same_key_types(a, in_a, b, in_b));
}

class TableComparison {
 public:
  TableComparison(Comparison& work, const Table& before, const Table& after)
      : work_(work), before_(before), after_(after) {}

  void run() {
    parents();
    attribute("persistence", word(before_.persistence), word(after_.persistence));
    attribute("options", own_options(before_.options, after_.options),
              own_options(after_.options, before_.options));
    attribute("access method", before_.access_method, after_.access_method);
    attribute("tablespace", before_.tablespace, after_.tablespace);
    attribute("type", named(before_.of_type), named(after_.of_type));
    compare_columns(work_, before_, after_);
    compare_constraints(work_, before_, after_);
    attribute("row security", on(before_.row_security), on(after_.row_security));
    attribute("force row security", on(before_.force_row_security), on(after_.force_row_security));
    attribute("replica identity", replica_identity(before_), replica_identity(after_));
    attribute("cluster", clustered(work_.before, before_), clustered(work_.after, after_));
    const auto what = [&] { return table(ChangeKind::comment); };
    compare_comment(work_, what, before_.comment, after_.comment);
    if (before_.owner != after_.owner) compare_owner(work_, what(), before_.owner, after_.owner);
  }

 private:
  Change table(ChangeKind kind) const {
    const ObjectKind object_kind =
        after_.kind == RelationKind::foreign_table ? ObjectKind::foreign_table : ObjectKind::table;
    Change change = about(kind, object_kind, after_.name);
    change.where_old = before_.where;
    change.where_new = after_.where;
    return change;
  }

  void changed(ChangeKind kind, const std::string& detail, std::string was, std::string now) {
    Change& change = work_.add(table(kind));
    change.detail = detail;
    change.before = std::move(was);
    change.after = std::move(now);
  }
  void attribute(const std::string& detail, std::string was, std::string now) {
    if (was != now) changed(ChangeKind::alter_table, detail, std::move(was), std::move(now));
  }

  void parents() {
    const std::string was = before_.bound ? before_.bound->sql : "",
                      now = after_.bound ? after_.bound->sql : "";
    // A parent that is dropped and created anew must not take its partitions along.
    const bool renewed = work_.renewed.count(before_.partition_of) != 0;
    const bool same = !renewed && before_.partition_of == after_.partition_of &&
                      (was == now || same_bound(before_, work_.before, after_, work_.after));
    if (!same && !before_.partition_of.empty()) {
      changed(ChangeKind::detach_partition, "", to_sql(before_.partition_of) + " " + was, "");
    }
    if (!same && !after_.partition_of.empty()) {
      changed(ChangeKind::attach_partition, "", "", to_sql(after_.partition_of) + " " + now);
    }
    const bool parent_renewed =
        std::any_of(before_.inherits.begin(), before_.inherits.end(),
                    [&](const QualifiedName& name) { return work_.renewed.count(name) != 0; });
    const bool anew = become_local();
    if (before_.inherits != after_.inherits || parent_renewed || anew) {
      changed(ChangeKind::alter_inheritance, anew ? "anew" : "", list_sql(before_.inherits),
              list_sql(after_.inherits));
    }
  }

  /// A column that stays and is inherited on the new side, as a plan leaves it that does not
  /// touch the parents of both sides.
  bool stays_local(const Column& was) const {
    if (!was.inherited || was.local) return true;
    return std::none_of(before_.inherits.begin(), before_.inherits.end(), [&](const auto& parent) {
      const auto table = work_.before.tables.find(parent);
      const bool kept = std::find(after_.inherits.begin(), after_.inherits.end(), parent) !=
                            after_.inherits.end() &&
                        work_.renewed.count(parent) == 0;
      return kept && table != work_.before.tables.end() &&
             table->second.column(was.name) != nullptr;
    });
  }

  /// Only a child that leaves its parents makes its columns its own, all of them. What is its own
  /// never becomes its parents' alone.
  bool become_local() {
    if (after_.inherits.empty()) return false;
    std::vector<std::string> become, lose;
    bool keeps = false;
    for (const Column& now : after_.columns) {
      const Column* was = before_.column(now.name);
      if (was == nullptr || !now.inherited) continue;
      if (!stays_local(*was) && now.local) become.push_back(now.name);
      if (stays_local(*was) && !now.local) lose.push_back(now.name);
      keeps = keeps || !now.local;
    }
    if (!keeps) return !become.empty();
    lose.insert(lose.end(), become.begin(), become.end());
    for (const std::string& column : lose) {
      work_.notes.push_back("PostgreSQL can't change whether " + to_sql(after_.name) + "." +
                            quote_identifier(column) +
                            " is the table's own or only its parents' column: it stays as it is");
    }
    return false;
  }

  static std::string word(Persistence persistence) {
    return persistence == Persistence::unlogged    ? "unlogged"
           : persistence == Persistence::permanent ? "logged"
                                                   : "temporary";
  }
  static std::string on(bool value) { return value ? "on" : "off"; }
  static std::string named(const QualifiedName& name) { return name.empty() ? "" : to_sql(name); }
  static std::string replica_identity(const Table& of) {
    switch (of.replica_identity) {
      case 'n':
        return "nothing";
      case 'f':
        return "full";
      case 'i':
        return "index " + of.replica_identity_index;
      default:
        return "default";
    }
  }
  static std::string clustered(const Catalog& catalog, const Table& of) {
    for (const Index* index : catalog.indexes_of(of.name)) {
      if (index->clustered) return index->name.name;
    }
    return "";
  }

  Comparison& work_;
  const Table& before_;
  const Table& after_;
};

class ColumnComparison {
 public:
  ColumnComparison(Comparison& work, const Table& old_table, const Table& new_table,
                   const Column& before, const Column& after)
      : work_(work), old_table_(old_table), new_table_(new_table), before_(before), after_(after) {}

  void run() {
    const bool becomes_generated =
        before_.generated != after_.generated && after_.generated != Generated::no;
    const bool virtual_to_plain =
        before_.generated == Generated::virtual_ && after_.generated == Generated::no;
    if (becomes_generated || virtual_to_plain) return replace();
    type();
    generation();
    identity_dropped();
    not_null();
    value();
    identity_added();
    identity_sequence();
    attribute("storage", before_.storage, after_.storage);
    attribute("compression", before_.compression, after_.compression);
    attribute("statistics", before_.statistics, after_.statistics);
    attribute("options", options_sql(by_name(before_.options)),
              options_sql(by_name(after_.options)));
    compare_comment(
        work_, [&] { return column(ChangeKind::comment); }, before_.comment, after_.comment);
    not_null_comment();
  }

 private:
  Change column(ChangeKind kind) const {
    Change change = about(kind, ObjectKind::column, new_table_.name, after_.name);
    change.where_old = before_.where;
    change.where_new = after_.where;
    return change;
  }
  void changed(ChangeKind kind, const std::string& detail, std::string was, std::string now) {
    Change change = column(kind);
    change.detail = detail;
    change.before = std::move(was);
    change.after = std::move(now);
    if (!comes_from_parent(change)) work_.add(std::move(change));
  }
  void attribute(const std::string& detail, std::string was, std::string now) {
    if (was != now) changed(ChangeKind::alter_column, detail, std::move(was), std::move(now));
  }

  /// ALTER TABLE of a parent reaches its children: the same change of the parent's column is
  /// enough.
  bool comes_from_parent(const Change& change) const {
    if (by_itself_ || !after_.inherited || !before_.inherited) return false;
    std::vector<QualifiedName> parents = new_table_.inherits;
    if (!new_table_.partition_of.empty()) parents.push_back(new_table_.partition_of);
    const bool same_parents = old_table_.inherits == new_table_.inherits &&
                              old_table_.partition_of == new_table_.partition_of;
    if (!same_parents) return false;
    return std::any_of(parents.begin(), parents.end(), [&](const QualifiedName& parent) {
      return work_.renewed.count(parent) == 0 && parent_makes(parent, change);
    });
  }
  bool parent_makes(const QualifiedName& parent, const Change& change) const {
    const auto was = work_.before.tables.find(parent), now = work_.after.tables.find(parent);
    if (was == work_.before.tables.end() || now == work_.after.tables.end()) return false;
    const Column *old_column = was->second.column(before_.name),
                 *new_column = now->second.column(after_.name);
    if (old_column == nullptr || new_column == nullptr) return false;
    Comparison parent_work{work_.before, work_.after};
    ColumnComparison of_parent(parent_work, was->second, now->second, *old_column, *new_column);
    of_parent.by_itself_ = true;
    of_parent.run();
    return std::any_of(parent_work.changes.begin(), parent_work.changes.end(),
                       [&](const Change& made) {
                         // The options of an identity stand at the partitioned table only.
                         return made.kind == change.kind && made.detail == change.detail &&
                                (made.after == change.after || made.detail == "identity");
                       });
  }

  /// Can't be altered: the column goes and comes back.
  void replace() {
    Change gone = column(ChangeKind::drop_column);
    gone.before = definition_sql(before_);
    Change added = column(ChangeKind::add_column);
    added.after = definition_sql(after_);
    if (comes_from_parent(gone)) return;
    if (before_.generated == Generated::no) {
      work_.notes.push_back(
          "PostgreSQL can't make " + to_sql(new_table_.name) + "." + quote_identifier(after_.name) +
          " a generated column: it is dropped and added anew, its values are lost");
    }
    work_.add(std::move(gone));
    work_.add(std::move(added));
  }

  void type() {
    if (same_type(before_.type, after_.type) && before_.collation == after_.collation) return;
    changed(ChangeKind::set_type, "", type_and_collation(before_), type_and_collation(after_));
  }

  void generation() {
    const bool same =
        before_.generated == after_.generated &&
        same_expression(before_.generation, old_scope(), after_.generation, new_scope());
    if (!same)
      changed(ChangeKind::alter_column, "generation", generation_text(before_),
              generation_text(after_));
  }

  void identity_dropped() {
    if (before_.identity != Identity::no && after_.identity == Identity::no)
      attribute("identity", identity_text(before_), "");
  }
  void identity_added() {
    if (after_.identity != Identity::no && !same_identity(before_, after_)) {
      attribute("identity", identity_text(before_), identity_text(after_));
    }
  }

  void identity_sequence() {
    if (before_.identity == Identity::no || after_.identity == Identity::no || by_itself_) return;
    const auto was = work_.before.sequences_owned_by(old_table_.name, before_.name),
               now = work_.after.sequences_owned_by(new_table_.name, after_.name);
    if (was.size() == 1 && now.size() == 1 && now.front()->identity &&
        was.front()->name != now.front()->name &&
        work_.after.sequences.count(was.front()->name) == 0)
      attribute("identity sequence", to_sql(was.front()->name), to_sql(now.front()->name));
  }

  /// A new primary key makes its columns NOT NULL by itself.
  bool by_primary_key() const {
    const Constraint *was = old_table_.primary_key(), *now = new_table_.primary_key();
    const auto covers = [&](const Constraint* key) {
      return key != nullptr &&
             std::find(key->definition.columns.begin(), key->definition.columns.end(),
                       after_.name) != key->definition.columns.end();
    };
    // A partition must have it before it is attached and gets the key.
    const bool attached = now != nullptr && now->inherited &&
                          (old_table_.partition_of != new_table_.partition_of ||
                           work_.renewed.count(new_table_.partition_of) != 0);
    return covers(now) && !covers(was) && !attached && after_.not_null_name.empty();
  }

  void not_null() {
    if (before_.not_null && !after_.not_null)
      return changed(ChangeKind::drop_not_null, "", "NOT NULL", "");
    if (!before_.not_null && after_.not_null) {
      if (by_itself_ || !by_primary_key()) changed(ChangeKind::set_not_null, "", "", "NOT NULL");
      return;
    }
    if (!before_.not_null) return;
    if (before_.not_null_not_valid && !after_.not_null_not_valid) {
      changed(ChangeKind::validate_constraint, "not null", "NOT NULL NOT VALID", "NOT NULL");
    }
    if (!before_.not_null_not_valid && after_.not_null_not_valid) {
      return changed(ChangeKind::alter_constraint, "not null not valid", "NOT NULL",
                     "NOT NULL NOT VALID");
    }
    if (before_.not_null_no_inherit != after_.not_null_no_inherit) {
      changed(ChangeKind::alter_constraint, "not null inherit",
              before_.not_null_no_inherit ? "NO INHERIT" : "INHERIT",
              after_.not_null_no_inherit ? "NO INHERIT" : "INHERIT");
    }
    // The parent's name for it: a plan that attaches or detaches gives it the other.
    if ((before_.inherited && after_.inherited) || comes_with_parent(before_) ||
        comes_with_parent(after_))
      return;
    const auto named = [](const Table& table, const Column& column) {
      return column.not_null_name.empty()
                 ? make_object_name(table.name.name, column.name, "not_null")
                 : column.not_null_name;
    };
    if (before_.not_null_name != after_.not_null_name &&
        named(old_table_, before_) != named(new_table_, after_)) {
      changed(ChangeKind::alter_constraint, "not null name", named(old_table_, before_),
              named(new_table_, after_));
    }
  }

  void not_null_comment() {
    const std::string was = before_.not_null ? before_.not_null_comment : "";
    if (!after_.not_null || was == after_.not_null_comment) return;
    Change what = about(ChangeKind::comment, ObjectKind::constraint, new_table_.name,
                        not_null_name(work_.after, new_table_, after_));
    what.where_old = before_.where;
    what.where_new = after_.where;
    compare_comment(work_, what, was, after_.not_null_comment);
  }

  static bool comes_with_parent(const Column& column) { return column.inherited && !column.local; }

  void value() {
    if (same_expression(before_.default_value, old_scope(), after_.default_value, new_scope()))
      return;
    changed(after_.default_value ? ChangeKind::set_default : ChangeKind::drop_default, "",
            expression_text(before_.default_value), expression_text(after_.default_value));
  }

  Scope old_scope() const { return {&work_.before, &old_table_, &before_.type}; }
  Scope new_scope() const { return {&work_.after, &new_table_, &after_.type}; }

  Comparison& work_;
  const Table& old_table_;
  const Table& new_table_;
  const Column& before_;
  const Column& after_;
  bool by_itself_ = false;  ///< what comes from the parent's own parents counts as well
};

/// A parent on both sides gets (or loses) the column: what is done to the
/// parent is done to the child.
bool comes_with_parent(const Comparison& work, const Table& before, const Table& after,
                       const std::string& column, bool added) {
  std::vector<QualifiedName> parents = before.inherits;
  if (!before.partition_of.empty()) parents.push_back(before.partition_of);
  return std::any_of(parents.begin(), parents.end(), [&](const QualifiedName& parent) {
    const bool stays =
        after.partition_of == parent ||
        std::find(after.inherits.begin(), after.inherits.end(), parent) != after.inherits.end();
    const auto was = work.before.tables.find(parent), now = work.after.tables.find(parent);
    if (!stays || was == work.before.tables.end() || now == work.after.tables.end()) return false;
    if (work.renewed.count(parent) != 0) return false;
    const Table &has = added ? now->second : was->second,
                &lacks = added ? was->second : now->second;
    return has.column(column) != nullptr && lacks.column(column) == nullptr;
  });
}

/// The columns that both tables have stand in another order.
bool reordered(const Table& before, const Table& after) {
  std::size_t last = 0;
  for (const Column& column : before.columns) {
    const auto found = std::find_if(after.columns.begin(), after.columns.end(),
                                    [&](const Column& other) { return other.name == column.name; });
    if (found == after.columns.end()) continue;
    const auto place = static_cast<std::size_t>(found - after.columns.begin()) + 1;
    if (place < last) return true;
    last = place;
  }
  return false;
}

ObjectKind object_kind_of(const Table& table) {
  return table.kind == RelationKind::foreign_table ? ObjectKind::foreign_table : ObjectKind::table;
}

/// As people write it: a partition with the table that it is one of, and its bounds.
std::string creation_of(const Table& table, const Catalog& catalog) {
  const auto parent = catalog.tables.find(table.partition_of);
  const bool same_columns =
      parent != catalog.tables.end() &&
      std::equal(table.columns.begin(), table.columns.end(), parent->second.columns.begin(),
                 parent->second.columns.end(),
                 [](const Column& one, const Column& two) { return one.name == two.name; });
  return create_sql(table, {}, same_columns ? &parent->second : nullptr);
}

void table_added(Comparison& work, const Table& table) {
  Change& change = work.add(about(ChangeKind::add_table, object_kind_of(table), table.name));
  change.after = creation_of(table, work.after);
  change.where_new = table.where;
}
void table_dropped(Comparison& work, const Table& table) {
  Change& change = work.add(about(ChangeKind::drop_table, object_kind_of(table), table.name));
  change.before = creation_of(table, work.before);
  change.where_old = table.where;
}

std::string renewal(const Table& was, const Table& now) {
  const bool partitioned = was.kind == RelationKind::partitioned_table && was.kind == now.kind;
  return "PostgreSQL can't turn " + to_sql(now.name) + " into what it is now declared to be (" +
         std::string(to_string(was.kind)) + " to " + std::string(to_string(now.kind)) +
         "): it is dropped and created anew, " +
         (partitioned ? "the rows of partitions that do not stay are lost" : "its rows are lost");
}

}  // namespace

void compare_tables(Comparison& work) {
  for (const auto& [name, was] : work.before.tables) {
    const auto now = work.after.tables.find(name);
    if (now != work.after.tables.end() && !same_nature(was, work.before, now->second, work.after))
      work.renewed.insert(name);
  }
  walk(
      work.before.tables, work.after.tables,
      [&](const auto& old_side, const auto& new_side) {
        const Table &was = old_side.second, &now = new_side.second;
        if (work.renewed.count(now.name) != 0) {
          table_dropped(work, was);
          table_added(work, now);
          work.notes.push_back(renewal(was, now));
          return;
        }
        TableComparison(work, was, now).run();
      },
      [&](const auto& old_side) { table_dropped(work, old_side.second); },
      [&](const auto& new_side) { table_added(work, new_side.second); });
}

void compare_columns(Comparison& work, const Table& before, const Table& after) {
  for (const Column& column : before.columns) {
    const bool inherited = column.inherited && !column.local;
    if (after.column(column.name) != nullptr ||
        (inherited && comes_with_parent(work, before, after, column.name, false)))
      continue;
    Change& change =
        work.add(about(ChangeKind::drop_column, ObjectKind::column, after.name, column.name));
    change.before = definition_sql(column);
    change.where_old = column.where;
  }
  for (const Column& column : after.columns) {
    const Column* was = before.column(column.name);
    if (was != nullptr) {
      ColumnComparison(work, before, after, *was, column).run();
    } else if (!column.inherited || column.local ||
               !comes_with_parent(work, before, after, column.name, true)) {
      Change& change =
          work.add(about(ChangeKind::add_column, ObjectKind::column, after.name, column.name));
      change.after = definition_sql(column);
      change.where_new = column.where;
    }
  }
  if (reordered(before, after)) {
    work.notes.push_back("the order of columns of " + to_sql(after.name) +
                         " differs; PostgreSQL can't reorder columns");
  }
}

}  // namespace schemagate::diffing
