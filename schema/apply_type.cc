// SPDX-License-Identifier: MIT
// Types: CREATE TYPE, CREATE DOMAIN, ALTER TYPE of enums, ALTER DOMAIN.
#include <algorithm>

#include "schema/apply_parts.h"
#include "schema/builtin_types.h"
#include "schema/generated_names.h"

namespace schemagate {
namespace {

bool name_is_free(Execution& run, const QualifiedName& name) {
  const auto& catalog = run.catalog;
  const auto refuse = [&](Span first) {
    run.refuse_duplicate("42710", "type \"" + name.name + "\" already exists", {}, first);
    return false;
  };
  if (const auto type = catalog.types.find(name); type != catalog.types.end())
    return refuse(type->second.where);
  if (const auto table = catalog.tables.find(name); table != catalog.tables.end())
    return refuse(table->second.where);
  if (const auto view = catalog.views.find(name); view != catalog.views.end())
    return refuse(view->second.where);
  return run.use_schema(name.schema);
}

Type new_type(const Execution& run, const QualifiedName& written, TypeKind kind) {
  Type type;
  type.name = run.new_name(written);
  type.name.name = truncated_name(std::move(type.name.name));
  type.kind = kind;
  type.where = run.span;
  return type;
}

void add(Execution& run, Type type) {
  run.created(type.name);
  const auto uses = [&](const TypeName& inner) {
    if (!inner.name.schema.empty()) run.catalog.links.type_users[inner.name].insert(type.name);
  };
  uses(type.base);
  for (const auto& attribute : type.attributes) uses(attribute.type);
  const QualifiedName name = type.name;
  run.put(&Catalog::types, name, std::move(type));
  grant_defaults(run, ObjectKind::type, name.schema, to_sql(name));
}

void missing_type(Execution& run, const QualifiedName& written) {
  const std::string text =
      written.schema.empty() ? written.name : written.schema + "." + written.name;
  run.refuse_missing("42704", "type \"" + text + "\" does not exist", written);
}

Type* existing_type(Execution& run, const QualifiedName& written, TypeKind kind, const char* what) {
  const auto name = run.type(written);
  Type* type = name ? run.change(&Catalog::types, *name) : nullptr;
  if (type == nullptr) {
    missing_type(run, written);
    return nullptr;
  }
  if (type->kind == kind) return type;
  run.refuse("42809", "\"" + to_sql(*name) + "\" is not " + what);
  return nullptr;
}

}  // namespace

void perform(Execution& run, const CreateEnum& statement) {
  Type type = new_type(run, statement.name, TypeKind::enumeration);
  if (!name_is_free(run, type.name)) return;
  for (auto value = statement.values.begin(); value != statement.values.end(); ++value) {
    if (std::find(statement.values.begin(), value, *value) != value) {
      return run.refuse(
          "23505", "duplicate key value violates unique constraint \"pg_enum_typid_label_index\"");
    }
  }
  type.values = statement.values;
  add(run, std::move(type));
}

void perform(Execution& run, const CreateComposite& statement) {
  Type type = new_type(run, statement.name, TypeKind::composite);
  if (!name_is_free(run, type.name)) return;
  if (run.relation_name_taken(type.name))
    return run.refuse("42P07", "relation \"" + type.name.name + "\" already exists");
  for (const auto& attribute : statement.attributes) {
    type.attributes.push_back(make_column(run, type.name, attribute));
    if (run.refused()) return;
  }
  add(run, std::move(type));
}

void perform(Execution& run, const CreateRange& statement) {
  Type type = new_type(run, statement.name, TypeKind::range);
  if (!name_is_free(run, type.name)) return;
  type.options = statement.options;
  for (auto& [name, value] : type.options) {
    if (name != "subtype" || is_builtin_type(value)) continue;
    const auto subtype = run.type({"", value});
    if (!subtype) continue;
    value = to_sql(*subtype);
    run.catalog.links.type_users[*subtype].insert(type.name);
    type.base.name = *subtype;
  }
  add(run, std::move(type));
}

// ---- domains -----------------------------------------------------------------------------------

namespace {

bool add_domain_constraint(Execution& run, Type& type, const ConstraintDefinition& definition,
                           bool new_domain) {
  Constraint constraint;
  constraint.definition = definition;
  constraint.definition.not_valid = false;
  constraint.generated_name = definition.name.empty();
  constraint.validated = new_domain || !definition.not_valid;
  constraint.where = definition.span.is_somewhere() ? definition.span : run.span;
  run.resolve(constraint.definition.expression);
  run.link(type.name, constraint.definition.expression.references);
  auto& name = constraint.definition.name;
  const auto taken = [&type](const std::string& wanted) {
    return std::any_of(type.constraints.begin(), type.constraints.end(),
                       [&](const Constraint& one) { return one.definition.name == wanted; });
  };
  if (name.empty()) {
    name = choose_name(type.name.name, "", "check", taken);
  } else if (taken(name)) {
    run.refuse("42710",
               "constraint \"" + name + "\" for domain \"" + type.name.name + "\" already exists",
               definition.span);
    return false;
  }
  type.constraints.push_back(std::move(constraint));
  return true;
}

void set_domain_default(Execution& run, Type& type, Expression value) {
  type.default_value.reset();
  if (value.empty()) return;
  run.resolve(value);
  canonicalize_constant(value, type.base);
  run.link(type.name, value.references);
  type.default_value = std::move(value);
}

void missing_domain_constraint(Execution& run, const Type& type, const std::string& name) {
  run.refuse_missing(
      "42704", "constraint \"" + name + "\" of domain \"" + type.name.name + "\" does not exist",
      name);
}

}  // namespace

void perform(Execution& run, const CreateDomain& statement) {
  Type type = new_type(run, statement.name, TypeKind::domain);
  if (!name_is_free(run, type.name)) return;
  type.base = run.resolved(statement.type);
  type.collation = run.resolved_collation(statement.collation);
  if (run.refused()) return;
  // A domain over a domain begins with that one's default.
  const Type* base = type.base.array_dimensions == 0 ? run.catalog.type(type.base) : nullptr;
  if (base != nullptr && base->kind == TypeKind::domain) type.default_value = base->default_value;
  if (statement.default_value) set_domain_default(run, type, *statement.default_value);
  for (const auto& constraint : statement.constraints) {
    if (constraint.kind == ConstraintKind::not_null) {
      type.not_null = true;
    } else if (!add_domain_constraint(run, type, constraint, true)) {
      return;
    }
  }
  add(run, std::move(type));
}

void perform(Execution& run, const AlterDomain& statement) {
  Type* type = existing_type(run, statement.name, TypeKind::domain, "a domain");
  if (type == nullptr) return;
  const auto constraint = std::find_if(
      type->constraints.begin(), type->constraints.end(),
      [&](const Constraint& one) { return one.definition.name == statement.constraint_name; });
  const bool exists = constraint != type->constraints.end();
  switch (statement.action) {
    case AlterDomainAction::set_default:
    case AlterDomainAction::drop_default:
      return set_domain_default(run, *type, statement.default_value);
    case AlterDomainAction::set_not_null:
    case AlterDomainAction::drop_not_null:
      type->not_null = statement.action == AlterDomainAction::set_not_null;
      return;
    case AlterDomainAction::add_constraint:
      if (statement.constraint->kind == ConstraintKind::not_null) {
        type->not_null = true;
        return;
      }
      add_domain_constraint(run, *type, *statement.constraint, false);
      return;
    case AlterDomainAction::drop_constraint:
      if (exists) {
        type->constraints.erase(constraint);
      } else if (!statement.if_exists) {
        missing_domain_constraint(run, *type, statement.constraint_name);
      }
      return;
    case AlterDomainAction::validate_constraint:
      if (!exists) return missing_domain_constraint(run, *type, statement.constraint_name);
      constraint->validated = true;
      return;
  }
}

// ---- enums -------------------------------------------------------------------------------------

namespace {

void rename_value(Execution& run, Type& type, const AlterEnum& statement) {
  const auto value = std::find(type.values.begin(), type.values.end(), statement.value);
  if (value == type.values.end()) {
    return run.refuse_missing("22023", "\"" + statement.value + "\" is not an existing enum label",
                              statement.value);
  }
  if (std::find(type.values.begin(), type.values.end(), statement.new_value) != type.values.end()) {
    return run.refuse("42710", "enum label \"" + statement.new_value + "\" already exists");
  }
  *value = statement.new_value;
}

void add_value(Execution& run, Type& type, const AlterEnum& statement) {
  if (std::find(type.values.begin(), type.values.end(), statement.value) != type.values.end()) {
    if (!statement.if_not_exists)
      run.refuse("42710", "enum label \"" + statement.value + "\" already exists");
    return;
  }
  auto place = type.values.end();
  if (!statement.neighbour.empty()) {
    place = std::find(type.values.begin(), type.values.end(), statement.neighbour);
    if (place == type.values.end()) {
      return run.refuse_missing("22023",
                                "\"" + statement.neighbour + "\" is not an existing enum label",
                                statement.neighbour);
    }
    if (!statement.before) ++place;
  }
  type.values.insert(place, statement.value);
  if (run.declared != nullptr) run.made.push_back(statement.value);
  // A value of a type that is older than this transaction can't be used before COMMIT.
  const bool young = run.session.created_in_transaction.count(type.name) != 0;
  if (run.session.in_transaction && !young) {
    run.session.uncommitted_enum_values.emplace(type.name, statement.value);
  }
}

}  // namespace

void perform(Execution& run, const AlterEnum& statement) {
  Type* type = existing_type(run, statement.name, TypeKind::enumeration, "an enum");
  if (type == nullptr) return;
  if (statement.rename) return rename_value(run, *type, statement);
  add_value(run, *type, statement);
}

}  // namespace schemagate
