// SPDX-License-Identifier: MIT
#include "schema/access_path.h"

#include <algorithm>
#include <optional>
#include <set>
#include <variant>

#include "schema/lookup.h"
#include "schema/plan_parts.h"

namespace schemagate {
namespace {

/// The names in a statement that are written without a schema.
class BareNames {
 public:
  std::set<std::string> of(const Statement& statement) {
    std::visit([&](const auto& body) { add(body); }, statement.body);
    return std::move(names_);
  }

 private:
  template <class T>
  void add_all(const T& list) {
    for (const auto& one : list) add(one);
  }

  void add(const QualifiedName& name) {
    if (name.schema.empty() && !name.name.empty()) names_.insert(name.name);
  }
  void add(const TypeName& type) { add(type.name); }
  void add(const References& references) {
    for (const RelationUse& relation : references.relations) add(relation.name);
    add_all(references.types);
    add_all(references.sequences);
  }
  void add(const Expression& expression) { add(expression.references); }
  void add(const std::optional<Expression>& expression) {
    if (expression) add(*expression);
  }
  void add(const IndexElement& element) { add(element.expression); }
  void add(const ConstraintDefinition& constraint) {
    add(constraint.expression);
    add(constraint.where);
    add(constraint.referenced);
    add_all(constraint.exclusion);
  }
  void add(const SequenceOptions& options) {
    constexpr std::size_t without_schema = 2;
    if (options.owned_by && options.owned_by->size() == without_schema)
      names_.insert(options.owned_by->front());
  }
  void add(const ColumnDefinition& column) {
    add(column.type);
    add(column.default_value);
    add(column.generation);
    add_all(column.constraints);
  }
  void add(const ObjectName& object) { add(object.name); }

  void add(const CreateTable& table) {
    add_all(table.columns);
    add_all(table.constraints);
    for (const LikeClause& like : table.likes) add(like.table);
    add_all(table.inherits);
    add(table.partition_of);
    add(table.of_type);
    if (table.partition_by) add_all(table.partition_by->elements);
  }
  void add(const CreateTableAs& table) { add(table.query.references); }
  void add(const CreateView& view) { add(view.query.references); }
  void add(const CreateIndex& index) {
    add(index.table);
    add_all(index.elements);
    add(index.where);
  }
  void add(const CreateSequence& sequence) { add(sequence.options); }
  void add(const AlterSequence& sequence) {
    add(sequence.name);
    add(sequence.options);
  }
  void add(const CreateDomain& domain) {
    add(domain.type);
    add(domain.default_value);
    add_all(domain.constraints);
  }
  void add(const CreateComposite& type) { add_all(type.attributes); }
  void add(const CreateFunction& function) {
    for (const FunctionArgument& argument : function.arguments) {
      add(argument.type);
      add(argument.default_value);
    }
    add(function.returns);
    add(function.references);
  }
  void add(const CreateObject& object) {
    add(object.object);
    add(object.references);
  }
  void add(const AlterObject& object) {
    add(object.object);
    add(object.references);
  }
  void add(const AlterTable& alter) {
    add(alter.name);
    for (const AlterTableCommand& command : alter.commands) {
      if (command.column) add(*command.column);
      if (command.constraint) add(*command.constraint);
      add(command.expression);
      add(command.relation);
    }
  }
  void add(const AlterEnum& type) { add(type.name); }
  void add(const AlterDomain& domain) {
    add(domain.name);
    if (domain.constraint) add(*domain.constraint);
    add(domain.default_value);
  }
  void add(const Rename& rename) { add(rename.object); }
  void add(const SetSchema& move) { add(move.object); }
  void add(const SetOwner& owner) { add(owner.object); }
  void add(const Comment& comment) { add(comment.object); }
  void add(const Drop& drop) { add_all(drop.objects); }
  void add(const Grant& grant) {
    if (!grant.all_in_schema) add_all(grant.objects);
  }
  void add(const Truncate& truncate) { add_all(truncate.tables); }
  void add(const Reindex& reindex) { add(reindex.name); }
  void add(const Refresh& refresh) { add(refresh.name); }
  void add(const Vacuum& vacuum) { add_all(vacuum.tables); }
  void add(const Cluster& cluster) { add(cluster.table); }
  void add(const LockTable& lock) { add_all(lock.tables); }
  void add(const DataStatement& data) {
    add(data.target);
    add(data.references);
  }
  void add(const OtherStatement& other) { add(other.references); }
  // Their names are no relations, or are taken for whatever has them: blocks.
  void add(const CreateSchema&) {}
  void add(const CreateExtension&) {}
  void add(const CreateEnum&) {}
  void add(const CreateRange&) {}
  void add(const AlterDefaultPrivileges&) {}
  void add(const Transaction&) {}
  void add(const SetVariable&) {}
  void add(const DoBlock&) {}

  std::set<std::string> names_;
};

bool makes_something(const Statement& statement) {
  return statement.as<CreateTable>() != nullptr || statement.as<CreateTableAs>() != nullptr ||
         statement.as<CreateView>() != nullptr || statement.as<CreateSequence>() != nullptr ||
         statement.as<CreateEnum>() != nullptr || statement.as<CreateDomain>() != nullptr ||
         statement.as<CreateComposite>() != nullptr || statement.as<CreateRange>() != nullptr ||
         statement.as<CreateFunction>() != nullptr || statement.as<CreateObject>() != nullptr;
}

}  // namespace

std::vector<AccessKey> shadows_of(const Statement& statement, const Catalog& catalog,
                                  const std::vector<std::string>& search_path) {
  std::vector<AccessKey> keys;
  for (const std::string& name : BareNames().of(statement)) {
    const auto has_it = [&](const std::string& schema) {
      const QualifiedName one{schema, name};
      return catalog.relation_kind(one).has_value() || find(catalog.types, one) != nullptr;
    };
    const auto home = std::find_if(search_path.begin(), search_path.end(), has_it);
    if (home == search_path.end()) continue;
    for (auto before = search_path.begin(); before != home; ++before)
      keys.push_back(planning::relation_thing({*before, name}));
  }
  if (!makes_something(statement)) return keys;
  for (const std::string& schema : search_path) {
    if (catalog.schemas.count(schema) != 0) break;
    keys.push_back(planning::schema_thing(schema));
  }
  return keys;
}

}  // namespace schemagate
