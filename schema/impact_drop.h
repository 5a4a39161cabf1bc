// SPDX-License-Identifier: MIT
// What goes along when an object is dropped: the relations that are locked, and whether something
// that is not dropped stands in the way (2BP01).
#pragma once

#include <set>
#include <string>

#include "schema/impact_builder.h"

namespace schemagate {

/// One DROP, or the dropping part of an ALTER. Announce every object that the statement names
/// before the first is dropped: what is announced does not stand in the way of the others.
class DropWalk {
 public:
  DropWalk(ImpactBuilder& builder, bool cascade) : b_(builder), cascade_(cascade) {}

  void announce(const QualifiedName& relation) { announced_.insert(relation); }

  void table(const QualifiedName& name);
  void view(const QualifiedName& name);
  void sequence(const QualifiedName& name);
  void index(const QualifiedName& name);
  void type(const QualifiedName& name);
  void function(const std::string& key);
  void schema(const std::string& name);
  /// A column with what belongs to it, in this table only.
  void column(const Table& table, const std::string& column);
  void constraint(const Table& table, const Constraint& constraint);
  /// `owner` loses its foreign key: the tables it refers to are locked.
  void foreign_key(const Table& owner, const ConstraintDefinition& key);

 private:
  /// Something depends on what is dropped: fails without CASCADE, else true.
  bool take_along(const std::string& what, const QualifiedName& relation);
  void dependents_of_row_type(const Table& table);
  void dependents_by_reference(const QualifiedName& relation);
  void views_on(const QualifiedName& relation, std::string_view column);
  void incoming_keys(const Table& table, const std::vector<std::string>* columns);

  ImpactBuilder& b_;
  bool cascade_;
  std::set<QualifiedName> announced_;
  std::set<QualifiedName> done_;
};

}  // namespace schemagate
