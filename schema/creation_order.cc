// SPDX-License-Identifier: MIT
#include "schema/creation_order.h"

#include <algorithm>
#include <set>

namespace schemagate {
namespace {

using Kind = CreationStep::Kind;

/// Objects that tables and types may be built on come first, those that watch them last.
int rank(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::collation:
    case ObjectKind::conversion:
    case ObjectKind::language:
    case ObjectKind::access_method:
    case ObjectKind::foreign_data_wrapper:
    case ObjectKind::text_search_parser:
    case ObjectKind::text_search_template:
    case ObjectKind::type:
      return 0;
    case ObjectKind::server:
    case ObjectKind::text_search_dictionary:
      return 1;
    case ObjectKind::user_mapping:
    case ObjectKind::text_search_configuration:
      return 2;
    case ObjectKind::operator_:
    case ObjectKind::aggregate:
    case ObjectKind::cast:
    case ObjectKind::transform:
      return 3;
    case ObjectKind::operator_family:
      return 4;
    case ObjectKind::operator_class:
      return 5;
    case ObjectKind::statistics:
      return 6;
    case ObjectKind::publication:
    case ObjectKind::event_trigger:
    case ObjectKind::default_privileges:
      return 8;
    default:
      return 7;
  }
}

/// Depth first: what an object needs, then the object.
class Order {
 public:
  explicit Order(const Catalog& catalog) : catalog_(catalog) {}

  std::vector<CreationStep> run() {
    for (int early = 0; early <= 2; ++early) add_objects(early);
    for (const auto& [name, type] : catalog_.types) add_type(name);
    for (const auto& [key, function] : catalog_.functions) {
      if (!reads_relations(function)) add_function(key);
    }
    for (int middle = 3; middle <= 5; ++middle) add_objects(middle);
    for (const auto& [name, sequence] : catalog_.sequences) add_sequence(name);
    for (const auto& [name, table] : catalog_.tables) add_table(name);
    for (const auto& [name, view] : catalog_.views) add_view(name);
    for (const auto& [key, function] : catalog_.functions) add_function(key);
    for (int late = 6; late <= 8; ++late) add_objects(late);
    return std::move(steps_);
  }

 private:
  bool enter(Kind kind, const std::string& key) { return seen_.emplace(kind, key).second; }

  bool is_relation(const TypeName& type) const {
    return catalog_.tables.count(type.name) != 0 || catalog_.views.count(type.name) != 0 ||
           type.name.name.ends_with("%TYPE");
  }

  /// Functions over row types, and those whose body is checked when they are made.
  bool reads_relations(const Function& function) const {
    const auto& definition = function.definition;
    return !definition.references.relations.empty() || is_relation(definition.returns) ||
           std::any_of(
               definition.arguments.begin(), definition.arguments.end(),
               [&](const FunctionArgument& argument) { return is_relation(argument.type); });
  }

  void need(const TypeName& type) {
    if (type.name.schema.empty()) return;
    if (catalog_.types.count(type.name) != 0) return add_type(type.name);
    if (catalog_.tables.count(type.name) != 0) return add_table(type.name);
    if (catalog_.views.count(type.name) != 0) add_view(type.name);
  }

  void need(const References& references) {
    for (const auto& type : references.types) need(type);
    for (const auto& name : references.sequences) add_sequence(name);
    for (const auto& use : references.functions) {
      if (use.name.schema.empty()) continue;
      const std::string prefix = to_sql(use.name) + "(";
      for (auto at = catalog_.functions.lower_bound(prefix);
           at != catalog_.functions.end() && at->first.starts_with(prefix); ++at) {
        add_function(at->first);
      }
    }
    for (const auto& use : references.relations) {
      if (catalog_.tables.count(use.name) != 0) add_table(use.name);
      if (catalog_.views.count(use.name) != 0) add_view(use.name);
    }
  }

  void need(const std::vector<Column>& columns) {
    for (const auto& column : columns) {
      need(column.type);
      if (column.default_value) need(column.default_value->references);
      need(column.generation.references);
    }
  }

  void need(const std::vector<Constraint>& constraints) {
    for (const auto& constraint : constraints) {
      need(constraint.definition.expression.references);
      need(constraint.definition.where.references);
      for (const auto& element : constraint.definition.exclusion)
        need(element.expression.references);
    }
  }

  void add_type(const QualifiedName& name) {
    const auto found = catalog_.types.find(name);
    if (found == catalog_.types.end() || !enter(Kind::type, to_sql(name))) return;
    const Type& type = found->second;
    need(type.base);
    if (type.default_value) need(type.default_value->references);
    need(type.constraints);
    need(type.attributes);
    for (const auto& [option, value] : type.options) {
      if (option == "subtype_diff") add_functions(value.substr(value.rfind('.') + 1));
    }
    steps_.push_back({Kind::type, name, {}});
  }

  void add_function(const std::string& key) {
    const auto found = catalog_.functions.find(key);
    if (found == catalog_.functions.end() || !enter(Kind::function, key)) return;
    const auto& definition = found->second.definition;
    for (const auto& argument : definition.arguments) {
      need(argument.type);
      if (argument.default_value) need(argument.default_value->references);
    }
    need(definition.returns);
    need(definition.references);
    steps_.push_back({Kind::function, {}, key});
  }

  /// All of that name, in whatever schema.
  void add_functions(const std::string& name) {
    for (const auto& [key, function] : catalog_.functions) {
      if (function.definition.name.name == name) add_function(key);
    }
  }

  void add_sequence(const QualifiedName& name) {
    const auto found = catalog_.sequences.find(name);
    if (found == catalog_.sequences.end() || !enter(Kind::sequence, to_sql(name))) return;
    steps_.push_back({Kind::sequence, name, {}});
  }

  void add_table(const QualifiedName& name) {
    const auto found = catalog_.tables.find(name);
    if (found == catalog_.tables.end() || !enter(Kind::table, to_sql(name))) return;
    const Table& table = found->second;
    if (!table.partition_of.empty()) add_table(table.partition_of);
    for (const auto& parent : table.inherits) add_table(parent);
    if (!table.of_type.empty()) add_type(table.of_type);
    need(table.columns);
    need(table.constraints);
    if (table.partition_by) {
      for (const auto& element : table.partition_by->elements) need(element.expression.references);
    }
    steps_.push_back({Kind::table, name, {}});
  }

  void add_view(const QualifiedName& name) {
    const auto found = catalog_.views.find(name);
    if (found == catalog_.views.end() || !enter(Kind::view, to_sql(name))) return;
    need(found->second.query.references);
    steps_.push_back({Kind::view, name, {}});
  }

  void add_objects(int wanted) {
    for (const auto& [key, object] : catalog_.objects) {
      if (rank(object.object.kind) != wanted || !enter(Kind::object, key)) continue;
      need(object.references);
      steps_.push_back({Kind::object, {}, key});
    }
  }

  const Catalog& catalog_;
  std::vector<CreationStep> steps_;
  std::set<std::pair<Kind, std::string>> seen_;
};

}  // namespace

std::vector<CreationStep> creation_order(const Catalog& catalog) { return Order(catalog).run(); }

}  // namespace schemagate
