// SPDX-License-Identifier: MIT
// The parts of diff(), one per kind of object; private to the diff* files, and what they leave out
// to the checksums.
#pragma once

#include <concepts>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "schema/canonical.h"
#include "schema/catalog.h"
#include "schema/change.h"
#include "schema/plan.h"

namespace schemagate::diffing {

/// The two sides, and what was found so far.
struct Comparison {
  const Catalog& before;
  const Catalog& after;
  std::vector<Change> changes = {};
  std::vector<std::string> notes = {};
  std::set<QualifiedName> renewed =
      {};  ///< relations that are dropped and created under the same name

  Change& add(Change change) { return changes.emplace_back(std::move(change)); }
};

/// A change of a whole object; `object` is filled from the name.
Change about(ChangeKind kind, ObjectKind object_kind, const QualifiedName& name);
/// A change of a part of a relation: column, constraint, trigger, …
Change about(ChangeKind kind, ObjectKind object_kind, const QualifiedName& relation,
             const std::string& part);
/// The same change, standing there in the old and the new files.
Change placed(Change change, Span was, Span now);

/// Walks two sorted maps together: both(a, b), only(a) of the old side, only(b) of the new one.
template <class Map, class Both, class Old, class New>
void walk(const Map& before, const Map& after, Both both, Old only_old, New only_new) {
  auto old_side = before.begin();
  auto new_side = after.begin();
  while (old_side != before.end() || new_side != after.end()) {
    if (new_side == after.end() ||
        (old_side != before.end() && old_side->first < new_side->first)) {
      only_old(*old_side++);
    } else if (old_side == before.end() || new_side->first < old_side->first) {
      only_new(*new_side++);
    } else {
      both(*old_side++, *new_side++);
    }
  }
}

void compare_schemas(Comparison& work);
void compare_types(Comparison& work);
void compare_sequences(Comparison& work);
void compare_tables(Comparison& work);
void compare_columns(Comparison& work, const Table& before, const Table& after);
void compare_constraints(Comparison& work, const Table& before, const Table& after);
void compare_indexes(Comparison& work);
void compare_views(Comparison& work);
void compare_functions(Comparison& work);
/// Triggers, policies and rules of tables and views that exist on both sides or are new.
void compare_table_objects(Comparison& work);
void compare_objects(Comparison& work);
void compare_privileges(Comparison& work);
/// Marks drops and adds that look like renames.
void mark_fragile(Comparison& work);

void compare_comment(Comparison& work, const Change& what, const std::string& before,
                     const std::string& after);
/// The same where making the change costs more than the comparison: `what` makes it.
template <std::invocable What>
void compare_comment(Comparison& work, const What& what, const std::string& before,
                     const std::string& after) {
  if (before != after) compare_comment(work, what(), before, after);
}
void compare_owner(Comparison& work, const Change& what, const std::string& before,
                   const std::string& after);

/// "fillfactor=70": the options of one side that the other does not have like that.
std::string own_options(const Options& side, const Options& other);

/// True when the sequence belongs to a column of a table and is made and dropped with it: identity,
/// or serial as the server makes it (default, name and options untouched).
bool comes_with_column(const Catalog& catalog, const Sequence& sequence);
/// The column that `comes_with_column` speaks about is written serial, bigserial or smallserial.
bool is_serial(const Catalog& catalog, const Table& table, const Column& column);

/// Without the name of the multirange type where it is the one that the server chooses.
Options range_options(const Type& type);
/// A domain's CHECKs speak of VALUE, which has the type below.
Table value_of(const Type& domain);
/// Without the options that the server has anyway, and prints.
std::string without_defaults(const OpaqueObject& of);

}  // namespace schemagate::diffing
