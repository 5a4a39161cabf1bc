// SPDX-License-Identifier: MIT
// Constraints and indexes: what has the same definition and a name that only the server chose is
// the same.
#include <algorithm>

#include "base/text.h"
#include "schema/diff_parts.h"
#include "schema/options.h"
#include "schema/render.h"

namespace schemagate::diffing {
namespace {

using Definitions = std::vector<const Constraint*>;

class ConstraintComparison {
 public:
  ConstraintComparison(Comparison& work, const Table& before, const Table& after)
      : work_(work), before_(before), after_(after) {
    for (const Constraint& constraint : before.constraints) old_.push_back(&constraint);
    for (const Constraint& constraint : after.constraints) new_.push_back(&constraint);
  }

  void run() {
    pair_up([&](const Constraint& was, const Constraint& now) {
      return was.definition.name == now.definition.name;
    });
    pair_up([&](const Constraint& was, const Constraint& now) {
      return was.generated_name && now.generated_name && same(was, now);
    });
    for (const Constraint* was : old_) {
      const bool stays_behind = was->inherited && !goes_with_parent(*was, before_, after_);
      if ((!was->inherited || stays_behind) && !goes_with_column(*was)) dropped(*was);
    }
    for (const auto& [was, now] : pairs_) compare(*was, *now);
    for (const Constraint* now : new_) {
      const bool asked_for = now->inherited && now->definition.kind == ConstraintKind::check &&
                             !goes_with_parent(*now, after_, before_);
      if (!now->inherited || asked_for) added(*now);
    }
  }

 private:
  template <class Match>
  void pair_up(Match match) {
    for (auto was = old_.begin(); was != old_.end();) {
      const auto now = std::find_if(new_.begin(), new_.end(),
                                    [&](const Constraint* other) { return match(**was, *other); });
      if (now == new_.end()) {
        ++was;
        continue;
      }
      pairs_.emplace_back(*was, *now);
      new_.erase(now);
      was = old_.erase(was);
    }
  }

  /// A parent of both sides has such a constraint on this side: what is done to it there reaches
  /// the child.
  bool goes_with_parent(const Constraint& constraint, const Table& here, const Table& there) const {
    const Catalog& catalog = &here == &after_ ? work_.after : work_.before;
    std::vector<QualifiedName> parents = here.inherits;
    if (!here.partition_of.empty()) parents.push_back(here.partition_of);
    return std::any_of(parents.begin(), parents.end(), [&](const QualifiedName& parent) {
      const bool shared =
          work_.renewed.count(parent) == 0 &&
          (there.partition_of == parent ||
           std::find(there.inherits.begin(), there.inherits.end(), parent) != there.inherits.end());
      const auto table = catalog.tables.find(parent);
      if (!shared || table == catalog.tables.end()) return false;
      return constraint.definition.kind != ConstraintKind::check ||
             table->second.constraint(constraint.definition.name) != nullptr;
    });
  }

  Scope old_scope() const { return {&work_.before, &before_, nullptr}; }
  Scope new_scope() const { return {&work_.after, &after_, nullptr}; }
  bool same(const Constraint& was, const Constraint& now) const {
    return same_constraint(was, old_scope(), now, new_scope());
  }

  Change constraint(ChangeKind kind, const std::string& name) const {
    return about(kind, ObjectKind::constraint, after_.name, name);
  }

  bool loses_referenced(const Constraint& key) const {
    const auto was = work_.before.tables.find(key.definition.referenced),
               now = work_.after.tables.find(key.definition.referenced);
    if (key.definition.referenced == before_.name || key.inherited ||
        was == work_.before.tables.end() || now == work_.after.tables.end())
      return false;
    const Constraint* primary = was->second.primary_key();
    const auto& columns = key.definition.referenced_columns.empty() && primary != nullptr
                              ? primary->definition.columns
                              : key.definition.referenced_columns;
    return std::any_of(columns.begin(), columns.end(), [&](const std::string& name) {
      return was->second.column(name) != nullptr && now->second.column(name) == nullptr;
    });
  }

  /// DROP COLUMN takes the constraints on it along.
  bool goes_with_column(const Constraint& constraint) const {
    const auto gone = [&](const std::string& name) {
      return before_.column(name) != nullptr && after_.column(name) == nullptr;
    };
    const ConstraintDefinition& definition = constraint.definition;
    // The column it refers to may be the first to go.
    if (definition.kind == ConstraintKind::foreign_key && loses_referenced(constraint))
      return false;
    if (std::any_of(definition.columns.begin(), definition.columns.end(), gone) ||
        std::any_of(definition.include.begin(), definition.include.end(), gone)) {
      return true;
    }
    const auto uses = [&](const Expression& expression) {
      const auto& columns = expression.references.columns;
      return std::any_of(columns.begin(), columns.end(),
                         [&](const ColumnUse& use) { return gone(use.name); });
    };
    // What only its predicate or an expression reads is not its own: the server then refuses to
    // drop the column.
    return uses(definition.expression) ||
           std::any_of(definition.exclusion.begin(), definition.exclusion.end(),
                       [&](const IndexElement& element) {
                         return !element.column.empty() && gone(element.column);
                       });
  }

  void dropped(const Constraint& was) {
    Change& change = work_.add(constraint(ChangeKind::drop_constraint, was.definition.name));
    change.before = constraint_sql(was.definition, !was.validated);
    change.where_old = was.where;
  }
  void added(const Constraint& now) {
    Change& change = work_.add(constraint(ChangeKind::add_constraint, now.definition.name));
    change.after = constraint_sql(now.definition, !now.validated);
    change.where_new = now.where;
  }

  void compare(const Constraint& was, const Constraint& now) {
    if (now.inherited && was.inherited) return compare_inherited(was, now);
    if (is_passed_on(was, now)) {
      if (now.inherited && !now.local) dropped(was);
      if (was.inherited && !was.local) added(now);
      return;
    }
    const auto what = [&] {
      Change change = constraint(ChangeKind::alter_constraint, now.definition.name);
      change.where_old = was.where;
      change.where_new = now.where;
      return change;
    };
    if (!same(was, now) || (was.validated && !now.validated)) {
      if (!alterable(was, now)) {
        if (!goes_with_column(was)) dropped(was);
        return added(now);
      }
      Change& change = work_.add(what());
      change.detail = "deferrable";
      change.before = constraint_sql(was.definition, !was.validated);
      change.after = constraint_sql(now.definition, !now.validated);
    } else if (!was.validated && now.validated) {
      Change& change = work_.add(what());
      change.kind = ChangeKind::validate_constraint;
      change.before = constraint_sql(was.definition, true);
      change.after = constraint_sql(now.definition);
    }
    compare_comment(work_, what, was.comment, now.comment);
  }

  /// A partition that leaves its parent keeps what it had from it. The parent that it comes to
  /// brings all but CHECKs.
  void compare_inherited(const Constraint& was, const Constraint& now) {
    if (goes_with_parent(was, before_, after_)) {
      if (is_check(now) && !was.local && now.local && before_.partition_of.empty()) added(now);
      return;
    }
    if (same(was, now)) return;
    dropped(was);
    if (is_check(now)) added(now);
  }

  /// The parent takes over the child's CHECK, or the child its parent's: it is declared here or
  /// there.
  bool is_passed_on(const Constraint& was, const Constraint& now) const {
    return was.inherited != now.inherited && is_check(now) && same(was, now) &&
           was.validated == now.validated && before_.partition_of.empty() &&
           after_.partition_of.empty() && before_.inherits == after_.inherits;
  }
  static bool is_check(const Constraint& constraint) {
    return constraint.definition.kind == ConstraintKind::check;
  }

  /// ALTER CONSTRAINT changes when a foreign key is checked, nothing else.
  bool alterable(const Constraint& was, const Constraint& now) const {
    if (was.definition.kind != ConstraintKind::foreign_key || was.validated != now.validated)
      return false;
    Constraint other = was;
    other.definition.deferrable = now.definition.deferrable;
    other.definition.initially_deferred = now.definition.initially_deferred;
    return same(other, now);
  }

  Comparison& work_;
  const Table& before_;
  const Table& after_;
  Definitions old_, new_;
  std::vector<std::pair<const Constraint*, const Constraint*>> pairs_;
};

// ---- indexes
// -------------------------------------------------------------------------------------

class IndexComparison {
 public:
  explicit IndexComparison(Comparison& work) : work_(work) {}

  void run() {
    std::map<QualifiedName, std::vector<const Index*>> old_rest, new_rest;
    walk(
        work_.before.indexes, work_.after.indexes,
        [&](const auto& old_side, const auto& new_side) {
          const Index &was = old_side.second, &now = new_side.second;
          if (!was.constraint.empty() || !now.constraint.empty()) {
            if (was.constraint.empty()) old_rest[was.table].push_back(&was);
            if (now.constraint.empty()) new_rest[now.table].push_back(&now);
          } else if (was.table != now.table || work_.renewed.count(now.table) != 0) {
            old_rest[was.table].push_back(&was);
            new_rest[now.table].push_back(&now);
          } else {
            compare(was, now);
          }
        },
        [&](const auto& old_side) {
          if (old_side.second.constraint.empty())
            old_rest[old_side.second.table].push_back(&old_side.second);
        },
        [&](const auto& new_side) {
          if (new_side.second.constraint.empty())
            new_rest[new_side.second.table].push_back(&new_side.second);
        });
    pair_generated(old_rest, new_rest);
    for (const auto& [table, list] : old_rest) {
      for (const Index* was : list) {
        if (!implied(*was, work_.before)) dropped(*was);
      }
    }
    for (const auto& [table, list] : new_rest) {
      for (const Index* now : list) {
        if (!made_by_parent(*now)) added(*now);
      }
    }
  }

 private:
  using Rest = std::map<QualifiedName, std::vector<const Index*>>;

  void pair_generated(Rest& old_rest, Rest& new_rest) {
    for (auto& [table, list] : new_rest) {
      auto& candidates = old_rest[table];
      for (auto now = list.begin(); now != list.end();) {
        const auto was =
            std::find_if(candidates.begin(), candidates.end(), [&](const Index* other) {
              return other->generated_name && (*now)->generated_name &&
                     same_index(*other, work_.before, **now, work_.after);
            });
        if (was == candidates.end()) {
          ++now;
          continue;
        }
        compare(**was, **now);
        candidates.erase(was);
        now = list.erase(now);
      }
    }
  }

  Change index(ChangeKind kind, const Index& of) const {
    return about(kind, ObjectKind::index, of.name);
  }

  void dropped(const Index& was) {
    Change& change = work_.add(index(ChangeKind::drop_index, was));
    change.before = create_sql(was);
    change.where_old = was.where_;
  }
  void added(const Index& now) {
    Change& change = work_.add(index(ChangeKind::add_index, now));
    change.after = create_sql(now);
    change.where_new = now.where_;
  }

  void compare(const Index& was, const Index& now) {
    Change what = index(ChangeKind::alter_index, now);
    what.where_old = was.where_;
    what.where_new = now.where_;
    if (!alterable(was, now) || comes_anew(was, now) || parent_goes(was, work_.before)) {
      if (!implied(was, work_.before)) dropped(was);
      if (!made_by_parent(now)) added(now);
      return;
    }
    attribute(what, "options", own_options(was.options, now.options),
              own_options(now.options, was.options));
    attribute(what, "statistics", join(column_statements(was), "; "),
              join(column_statements(now), "; "));
    attribute(what, "tablespace", was.tablespace, now.tablespace);
    if (was.parent != now.parent && was.parent.empty())
      attribute(what, "parent", "", to_sql(now.parent));
    compare_comment(work_, what, was.comment, now.comment);
  }
  void attribute(const Change& what, const std::string& detail, std::string was, std::string now) {
    if (was == now) return;
    Change& change = work_.add(what);
    change.detail = detail;
    change.before = std::move(was);
    change.after = std::move(now);
  }

  /// Only options and tablespace differ. The server alters no options of a partitioned table's
  /// index.
  bool alterable(const Index& was, const Index& now) const {
    if (same_options(was.options, now.options) && was.tablespace == now.tablespace)
      return same_index(was, work_.before, now, work_.after);
    Index other = was;
    const auto table = work_.after.tables.find(now.table);
    if (table == work_.after.tables.end() || !table->second.partition_by)
      other.options = now.options;
    other.tablespace = now.tablespace;
    return same_index(other, work_.before, now, work_.after);
  }

  /// The index of the partitioned table goes, or comes anew.
  bool parent_goes(const Index& was, const Catalog& before) const {
    if (was.parent.empty()) return false;
    const auto old_parent = before.indexes.find(was.parent),
               new_parent = work_.after.indexes.find(was.parent);
    if (new_parent == work_.after.indexes.end()) return true;
    if (old_parent == before.indexes.end()) return false;
    return !alterable(old_parent->second, new_parent->second) ||
           comes_anew(old_parent->second, new_parent->second) ||
           parent_goes(old_parent->second, before);
  }

  /// The index of a partitioned table can't become what it is to be.
  bool comes_anew(const Index& was, const Index& now) const {
    return loses_partition(was) || (!was.valid && now.valid && !gains_partition(now));
  }

  /// With the last index that is attached it becomes valid, not with the last partition that goes.
  bool gains_partition(const Index& now) const {
    for (const Table* child : work_.after.children_of(now.table)) {
      for (const Index* attached : work_.after.indexes_of(child->name)) {
        const auto was = work_.before.indexes.find(attached->name);
        if (attached->parent == now.name &&
            (was == work_.before.indexes.end() || was->second.parent != now.name))
          return true;
      }
    }
    return !work_.after.tables.count(now.table) || !work_.after.tables.at(now.table).partition_by;
  }

  /// An attached index of a partition that stays is to be another one, or none: it can't be dropped
  /// alone, nor detached.
  bool loses_partition(const Index& was) const {
    const auto table = work_.before.tables.find(was.table);
    if (table == work_.before.tables.end() || !table->second.partition_by) return false;
    for (const Table* child : work_.before.children_of(was.table)) {
      const auto now = work_.after.tables.find(child->name);
      if (now == work_.after.tables.end() || now->second.partition_of != child->partition_of ||
          work_.renewed.count(child->name) != 0)
        continue;
      for (const Index* attached : work_.before.indexes_of(child->name)) {
        if (attached->parent != was.name) continue;
        if (leaves(*attached) || loses_partition(*attached)) return true;
      }
    }
    return false;
  }

  bool leaves(const Index& attached) const {
    const auto successors = work_.after.indexes_of(attached.table);
    return std::none_of(successors.begin(), successors.end(), [&](const Index* now) {
      return now->parent == attached.parent && alterable(attached, *now);
    });
  }

  /// Its table, one of its columns or its parent index goes, and takes it along.
  bool implied(const Index& was, const Catalog& before) const {
    if (work_.renewed.count(was.table) != 0) return true;
    const auto old_table = before.tables.find(was.table),
               new_table = work_.after.tables.find(was.table);
    if (old_table == before.tables.end()) {
      const auto view = work_.after.views.find(was.table);
      return view == work_.after.views.end() || !view->second.materialized;
    }
    if (new_table == work_.after.tables.end()) return true;
    // A partition that is detached keeps its indexes.
    const QualifiedName& parent = old_table->second.partition_of;
    const bool leaves =
        new_table->second.partition_of != parent || work_.renewed.count(parent) != 0;
    if (!leaves && parent_goes(was, before)) return true;
    const auto gone = [&](const std::string& name) {
      return old_table->second.column(name) != nullptr && new_table->second.column(name) == nullptr;
    };
    const auto uses = [&](const Expression& expression) {
      const auto& columns = expression.references.columns;
      return std::any_of(columns.begin(), columns.end(),
                         [&](const ColumnUse& use) { return gone(use.name); });
    };
    return std::any_of(was.include.begin(), was.include.end(), gone) || uses(was.where) ||
           std::any_of(was.elements.begin(), was.elements.end(), [&](const IndexElement& element) {
             return (!element.column.empty() && gone(element.column)) || uses(element.expression);
           });
  }

  /// CREATE INDEX on a partitioned table makes the indexes of its partitions, with names of the
  /// server's choice.
  bool made_by_parent(const Index& now) const { return !now.parent.empty() && now.generated_name; }

  Comparison& work_;
};

}  // namespace

void compare_constraints(Comparison& work, const Table& before, const Table& after) {
  if (before.constraints.empty() && after.constraints.empty()) return;
  ConstraintComparison(work, before, after).run();
}

void compare_indexes(Comparison& work) { IndexComparison(work).run(); }

}  // namespace schemagate::diffing
