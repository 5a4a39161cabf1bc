// SPDX-License-Identifier: MIT
// Collects what objects use, through views, functions and domains to the bottom. Private to
// access.cc.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "schema/access.h"
#include "schema/lookup.h"
#include "schema/plan_parts.h"

namespace schemagate::access {

/// Which columns a relation has: read by a star.
AccessKey columns_of(const QualifiedName& relation);
/// That a relation's rows may be made without columns it does not have yet, or that a column may
/// be left out: relied on by whoever inserts.
AccessKey new_required_columns(const QualifiedName& relation);
AccessKey requirement(const QualifiedName& relation, const std::string& column);
/// What a table's partitions must have to be attached: its CHECKs and NOT NULLs.
AccessKey demands_of(const QualifiedName& parent);
/// What a column's values must fulfil: relied on by whoever writes some.
AccessKey restriction(const QualifiedName& relation, const std::string& column);
/// What new rows get that leave the column out.
AccessKey default_of(const QualifiedName& relation, const std::string& column);
/// The triggers and rules that run when the relation's rows are written.
AccessKey fired_by(const QualifiedName& relation);
/// That no other relation has the bare name: relied on by a body, whose names are looked for along
/// the search path when it runs.
AccessKey bare_name(const QualifiedName& relation);
/// What extensions bring: read by whoever calls what is neither declared nor the server's own.
inline constexpr const char* of_extensions = "e:members";

class Reader {
 public:
  Reader(const Catalog& catalog, std::set<AccessKey>& reads) : catalog_(catalog), reads_(reads) {}

  void add(const planning::Things& things) {
    for (const AccessKey& thing : things) add(thing);
  }
  void add(const AccessKey& thing);

  void table(const Table& of);
  void column(const Column& of, const Table& on);
  void view(const View& of);
  void function(const Function& of);
  /// The columns that the trigger's function means by NEW and OLD: the server looks for them only
  /// when a row comes.
  void trigger(const Trigger& of, const Table& on);
  /// New rows of the table, made without columns other than `listed`.
  void rows(const Table& into, const std::set<std::string>& listed, bool looks_for_conflicts);
  /// Which columns the relations have whose rows are taken whole: by a star, or by their name. Not
  /// of `filled`: its new columns may stay without a value.
  void whole_rows(const References& of, std::string_view filled = {});
  void type(const Type& of);
  /// A rule of a table or view: it writes and reads as a body does, and takes whole rows by NEW and
  /// OLD.
  void rule(const std::string& definition, const References& of, const QualifiedName& on);
  /// If it is the row of a table: all its columns, as they are.
  void row_type(const TypeName& type);
  void schema(const QualifiedName& name) { add(planning::schema_thing(name.schema)); }
  /// What is kept as text (a collation, an operator, a server …) and named in a definition.
  void text(const std::string& definition);

 private:
  /// A view's columns are those of the tables below it; a domain is its base.
  void through_relation(const AccessKey& thing);
  void through_function(const AccessKey& thing);
  /// A generated column is made of others; one of a partition or a child is its parent's, too.
  void through_column(const AccessKey& thing);

  const Catalog& catalog_;
  std::set<AccessKey>& reads_;
};

}  // namespace schemagate::access
