// SPDX-License-Identifier: MIT
// The parts of dependents_of(): who uses an object, and what hangs on each kind of it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "schema/dependencies.h"

namespace schemagate::dependents {

using Kind = ObjectRef::Kind;

/// Says whether a set of references uses the object that is asked about.
using Uses = std::function<bool(const References&)>;

Uses reads(const QualifiedName& relation);
/// The expression mentions the column. Qualified names count as well: new.email, users.email.
bool mentions(const References& references, const std::string& column);

class Finder {
 public:
  Finder(const Catalog& catalog, Uses uses) : catalog_(catalog), uses_(std::move(uses)) {}

  std::vector<Dependent> found;

  void add(Kind kind, const QualifiedName& name, const std::string& part = {},
           bool automatic = false);
  /// Everything called `holder` that uses the object; `except` is the object itself.
  void look_at(const QualifiedName& holder, const QualifiedName& except);

 private:
  void in_table(const Table& table);
  void in_index(const Index& index);
  void in_parts(const QualifiedName& name, const std::vector<Trigger>& triggers,
                const std::vector<TableObject>& rules);
  void in_view(const View& view);
  void in_type(const Type& type);
  void in_functions(const QualifiedName& name);
  void in_objects(const QualifiedName& name);

  const Catalog& catalog_;
  Uses uses_;
};

/// What is of that type.
void add_type_users(const Catalog& catalog, const QualifiedName& type, Finder& finder);

std::vector<Dependent> of_table(const Catalog& catalog, const QualifiedName& name);
std::vector<Dependent> of_column(const Catalog& catalog, const QualifiedName& name,
                                 const std::string& column);
std::vector<Dependent> of_index(const Catalog& catalog, const QualifiedName& name);
std::vector<Dependent> of_constraint(const Catalog& catalog, const QualifiedName& name,
                                     const std::string& part);
std::vector<Dependent> of_sequence(const Catalog& catalog, const QualifiedName& name);
std::vector<Dependent> of_view(const Catalog& catalog, const QualifiedName& name);
std::vector<Dependent> of_type(const Catalog& catalog, const QualifiedName& name);
std::vector<Dependent> of_function(const Catalog& catalog, const std::string& key);
std::vector<Dependent> of_schema(const Catalog& catalog, const std::string& schema);
std::vector<Dependent> of_extension(const Catalog& catalog, const std::string& name);

}  // namespace schemagate::dependents
