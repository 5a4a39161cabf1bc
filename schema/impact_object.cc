// SPDX-License-Identifier: MIT
// Triggers, policies, rules, publications, types, comments, grants, names and owners.
#include <algorithm>

#include "base/text.h"
#include "schema/builtin_types.h"
#include "schema/impact_builder.h"
#include "schema/impact_constraints.h"
#include "schema/impact_expressions.h"
#include "schema/object_checks.h"
#include "schema/query_checks.h"

namespace schemagate {
namespace {

bool says(const std::string& sql, std::string_view words) {
  return sql.find(words) != std::string::npos;
}

/// Tables of a publication: with what inherits from them, but not their partitions.
void lock_published(ImpactBuilder& b, const References& references, bool also_children) {
  for (const RelationUse& use : references.relations) {
    const auto name = b.resolve(use.name);
    if (!name) continue;
    const Table* table = b.table(*name);
    if (also_children && table && !is_partitioned(*table)) {
      b.lock_tree(*name, LockMode::share_update_exclusive);
    } else {
      b.lock(*name, LockMode::share_update_exclusive);
    }
  }
}

void create_trigger(ImpactBuilder& b, const CreateObject& s, const QualifiedName& name) {
  const Table* table = b.table(name);
  const bool for_rows = says(s.definition, "FOR EACH ROW");
  if (table && is_partitioned(*table) && for_rows) {
    b.lock_tree(name, LockMode::share_row_exclusive);
  } else {
    b.lock(name, LockMode::share_row_exclusive);
  }
  b.analyze_query(s.references);
}

/// What the actions of a rule insert into, update or delete from is opened for that.
void lock_rule_targets(ImpactBuilder& b, const CreateObject& s) {
  for (const RelationUse& use : s.references.relations) {
    const auto name = b.resolve(use.name);
    if (!name) continue;
    const std::string written[] = {to_sql(use.name), to_sql(*name)};
    for (const std::string& text : written) {
      const bool target = says(s.definition, "INSERT INTO " + text) ||
                          says(s.definition, "UPDATE " + text + " SET") ||
                          says(s.definition, "DELETE FROM " + text);
      if (target) b.lock(*name, LockMode::row_exclusive);
    }
  }
}

}  // namespace

void predict_statement(ImpactBuilder& b, const CreateObject& s) {
  check_new_object(b, s);
  const QualifiedName name = b.resolve(s.object.name).value_or(QualifiedName{});
  switch (s.object.kind) {
    case ObjectKind::trigger:
      create_trigger(b, s, name);
      return;
    case ObjectKind::policy:
      if (!name.empty() && relation_is_missing(b, s.references)) return;
      b.lock(name, LockMode::access_exclusive);
      b.analyze_query(s.references);
      return;
    case ObjectKind::rule:
      if (!name.empty() && relation_is_missing(b, s.references)) return;
      b.lock(name, LockMode::access_exclusive);
      b.analyze_query(s.references);
      lock_rule_targets(b, s);
      return;
    case ObjectKind::statistics:
      for (const RelationUse& use : s.references.relations) {
        if (const auto table = b.resolve(use.name))
          b.lock(*table, LockMode::share_update_exclusive);
      }
      return;
    case ObjectKind::publication:
      if (!s.for_all_tables) lock_published(b, s.references, !says(s.definition, "TABLE ONLY"));
      return;
    case ObjectKind::subscription:
      if (!says(s.definition, "create_slot = false") && !says(s.definition, "connect = false")) {
        b.not_in_transaction("CREATE SUBSCRIPTION ... WITH (create_slot = true)");
      }
      return;
    case ObjectKind::database:
      b.not_in_transaction("CREATE DATABASE");
      return;
    case ObjectKind::tablespace:
      b.not_in_transaction("CREATE TABLESPACE");
      return;
    default:
      return;
  }
}

void predict_statement(ImpactBuilder& b, const AlterObject& s) {
  const QualifiedName name = b.resolve(s.object.name).value_or(QualifiedName{});
  switch (s.object.kind) {
    case ObjectKind::policy:
      check_altered_policy(b, s);
      b.lock(name, LockMode::access_exclusive);
      b.analyze_query(s.references);
      return;
    case ObjectKind::trigger:
      b.lock(name, LockMode::access_exclusive);
      return;
    case ObjectKind::publication:
      check_altered_publication(b, s);
      lock_published(b, s.references, true);
      if (says(s.definition, " SET TABLE")) {
        const auto found = b.catalog().objects.find("PUBLICATION " + s.object.name.name);
        if (found != b.catalog().objects.end()) lock_published(b, found->second.references, true);
      }
      return;
    default:
      return;
  }
}

void predict_statement(ImpactBuilder& b, const AlterEnum& s) {
  (void)s;  // no relation is opened; before 12 ADD VALUE refused a transaction block
  (void)b;
}

namespace {

/// Domains over the domain are the domain too.
void domains_over(const ImpactBuilder& b, const QualifiedName& domain,
                  std::vector<QualifiedName>& all) {
  if (std::find(all.begin(), all.end(), domain) != all.end()) return;
  all.push_back(domain);
  for (const auto& [name, type] : b.catalog().types) {
    if (type.kind != TypeKind::domain) continue;
    const auto base = resolve_type(b.catalog(), b.session(), type.base.name);
    if (base && *base == domain) domains_over(b, name, all);
  }
}

/// validateDomainConstraint, validateDomainNotNullConstraint: every column of the domain is read.
void check_domain_columns(ImpactBuilder& b, const QualifiedName& domain,
                          const std::string& detail) {
  std::vector<QualifiedName> domains;
  domains_over(b, domain, domains);
  for (const auto& [table, column] : b.catalog().columns_of_type(domain)) {
    const auto type = resolve_type(b.catalog(), b.session(), column->type.name);
    const bool direct = type && column->type.array_dimensions == 0 &&
                        std::find(domains.begin(), domains.end(), *type) != domains.end();
    if (!direct) {
      b.fail("0A000", "cannot alter type " + quoted(domain.name) + " because column " +
                          quoted(table->name.name + "." + column->name) + " uses it");
      return;
    }
    if (!has_storage(*table)) continue;
    b.lock(table->name, LockMode::share);
    b.scan(Cause::domain_constraint, table->name, detail);
  }
}

}  // namespace

void predict_statement(ImpactBuilder& b, const AlterDomain& s) {
  const auto name = resolve_type(b.catalog(), b.session(), s.name);
  if (!name) return;
  const auto found = b.catalog().types.find(*name);
  if (found == b.catalog().types.end()) return;
  const Type& type = found->second;
  switch (s.action) {
    case AlterDomainAction::set_not_null:
      if (!type.not_null) check_domain_columns(b, *name, "NOT NULL");
      return;
    case AlterDomainAction::set_default:
      check_default(b, name->name, type.base, s.default_value);
      return;
    case AlterDomainAction::add_constraint:
      if (s.constraint) {
        ExpressionColumns columns;
        columns.more["value"] = type.base;
        check_expression(b, s.constraint->expression, ExpressionPlace::check, columns);
      }
      if (s.constraint && !s.constraint->not_valid) {
        const bool known = s.constraint->kind == ConstraintKind::not_null && type.not_null;
        if (!known) check_domain_columns(b, *name, s.constraint->expression.sql);
      }
      return;
    case AlterDomainAction::validate_constraint:
      for (const Constraint& constraint : type.constraints) {
        if (constraint.definition.name != s.constraint_name) continue;
        check_domain_columns(b, *name, constraint.definition.expression.sql);
      }
      return;
    default:
      return;
  }
}

namespace {

void rename_column(ImpactBuilder& b, const Rename& s, const QualifiedName& name) {
  const Table* table = b.table(name);
  const Column* column = table ? table->column(s.object.part) : nullptr;
  if (column && is_system_column(s.new_name)) {
    b.fail("42701", "column name " + quoted(s.new_name) + " conflicts with a system column name");
    return;
  }
  if (!table && b.view(name)) {
    const auto columns = columns_of_relation(b, name).more;
    if (columns.contains(s.object.part) && columns.contains(s.new_name))
      return b.fail("42701", "column " + quoted(s.new_name) + " of relation " + quoted(name.name) +
                                 " already exists");
  }
  if (column && column->inherited) {
    b.fail("42P16", "cannot rename inherited column " + quoted(s.object.part));
    return;
  }
  if (s.only && table && !b.catalog().children_of(name).empty()) {
    b.fail("42P16",
           "inherited column " + quoted(s.object.part) + " must be renamed in child tables too");
    return;
  }
  b.lock_tree(name, LockMode::access_exclusive);
}

void rename_constraint(ImpactBuilder& b, const Rename& s, const QualifiedName& name) {
  b.lock(name, LockMode::access_exclusive);
  const Table* table = b.table(name);
  const Constraint* constraint = table ? table->constraint(s.object.part) : nullptr;
  const Column* column =
      table && !constraint && b.major() >= 18 ? not_null_named(b, *table, s.object.part) : nullptr;
  if (!constraint && !column) return;
  const ConstraintKind kind = column ? ConstraintKind::not_null : constraint->definition.kind;
  const bool shared = column ? !column->not_null_no_inherit
                             : kind == ConstraintKind::check && !constraint->definition.no_inherit;
  if (shared) {
    if (column ? column->inherited : constraint->inherited) {
      b.fail("42P16", "cannot rename inherited constraint " + quoted(s.object.part));
      return;
    }
    if (s.only && !b.catalog().children_of(name).empty()) {
      b.fail("42P16", "inherited constraint " + quoted(s.object.part) +
                          " must be renamed in child tables too");
      return;
    }
    b.lock_tree(name, LockMode::access_exclusive);
  } else if (const Index* index = constraint_index(b.catalog(), *table, s.object.part)) {
    b.lock(index->name, LockMode::share_update_exclusive);
  }
}

/// A composite type's attribute, also that of the tables made of it.
void rename_attribute(ImpactBuilder& b, const Rename& s) {
  const auto type = resolve_type(b.catalog(), b.session(), s.object.name);
  if (!type) return;
  b.lock(*type, LockMode::access_exclusive);
  for (const auto& [name, table] : b.catalog().tables) {
    const auto of = table.of_type.empty() ? std::nullopt : b.resolve(table.of_type);
    if (!of || *of != *type) continue;
    if (!s.cascade) {
      b.fail("2BP01", "cannot alter type " + quoted(type->name) +
                          " because it is the type of a typed table");
      return;
    }
    b.lock_tree(name, LockMode::access_exclusive);
  }
}

void rename_relation(ImpactBuilder& b, const Rename& s, const QualifiedName& name) {
  const bool as_index = s.object.kind == ObjectKind::index && b.index(name) != nullptr;
  b.lock(name, as_index ? LockMode::share_update_exclusive : LockMode::access_exclusive);
}

}  // namespace

void predict_statement(ImpactBuilder& b, const Rename& s) {
  switch (s.object.kind) {
    case ObjectKind::type:
      if (const auto type = resolve_type(b.catalog(), b.session(), s.object.name)) {
        b.lock(*type, LockMode::access_exclusive);
      }
      return;
    case ObjectKind::attribute:
      rename_attribute(b, s);
      return;
    case ObjectKind::table:
    case ObjectKind::foreign_table:
    case ObjectKind::index:
    case ObjectKind::view:
    case ObjectKind::materialized_view:
    case ObjectKind::sequence:
    case ObjectKind::column:
    case ObjectKind::constraint:
    case ObjectKind::trigger:
    case ObjectKind::policy:
    case ObjectKind::rule:
      break;
    default:
      return;
  }
  const auto name = b.resolve(s.object.name);
  if (!name) {
    if (!s.if_exists) b.require(s.object.name);
    return;
  }
  if (s.object.kind == ObjectKind::column) {
    rename_column(b, s, *name);
  } else if (s.object.kind == ObjectKind::constraint) {
    rename_constraint(b, s, *name);
  } else if (s.object.kind == ObjectKind::trigger && b.major() >= 15) {
    lock_trigger_tables(b, *name, s.object.part);
  } else if (s.object.kind == ObjectKind::trigger || s.object.kind == ObjectKind::policy ||
             s.object.kind == ObjectKind::rule) {
    b.lock(*name, LockMode::access_exclusive);
  } else {
    rename_relation(b, s, *name);
  }
}

void predict_statement(ImpactBuilder& b, const SetSchema& s) {
  const auto name = b.resolve(s.object.name);
  switch (s.object.kind) {
    case ObjectKind::table:
    case ObjectKind::foreign_table:
    case ObjectKind::view:
    case ObjectKind::materialized_view:
    case ObjectKind::sequence:
      break;
    default:
      return;
  }
  if (!name) {
    if (!s.if_exists) b.require(s.object.name);
    return;
  }
  const auto sequence = b.catalog().sequences.find(*name);
  if (sequence != b.catalog().sequences.end() && !sequence->second.owner_table.empty()) {
    b.fail("0A000", "cannot move an owned sequence into another schema");
    return;
  }
  if (s.new_schema.starts_with("pg_temp") || s.new_schema.starts_with("pg_toast")) {
    b.fail("0A000", "cannot move objects into or out of temporary schemas");
    return;
  }
  b.lock(*name, LockMode::access_exclusive);
  for (const Sequence* owned : b.catalog().sequences_owned_by(*name)) {
    b.lock(owned->name, LockMode::access_exclusive);
  }
}

void predict_statement(ImpactBuilder& b, const SetOwner& s) {
  const auto name = s.object.kind == ObjectKind::type
                        ? resolve_type(b.catalog(), b.session(), s.object.name)
                        : b.resolve(s.object.name);
  if (!name) return;
  const auto sequence = b.catalog().sequences.find(*name);
  const bool same = sequence != b.catalog().sequences.end() &&
                    (s.new_owner == sequence->second.owner ||
                     (sequence->second.owner.empty() && s.new_owner.starts_with("CURRENT_")));
  if (sequence != b.catalog().sequences.end() && !sequence->second.owner_table.empty() && !same) {
    b.fail("0A000", "cannot change owner of sequence " + quoted(name->name));
    return;
  }
  switch (s.object.kind) {
    case ObjectKind::table:
    case ObjectKind::foreign_table:
    case ObjectKind::materialized_view:
      b.lock_indexes(*name, LockMode::access_exclusive);
      for (const Sequence* owned : b.catalog().sequences_owned_by(*name)) {
        b.lock(owned->name, LockMode::access_exclusive);
      }
      [[fallthrough]];
    case ObjectKind::view:
    case ObjectKind::sequence:
    case ObjectKind::type:
      b.lock(*name, LockMode::access_exclusive);
      return;
    default:
      return;
  }
}

void predict_statement(ImpactBuilder& b, const Comment& s) {
  switch (s.object.kind) {
    case ObjectKind::table:
    case ObjectKind::foreign_table:
    case ObjectKind::column:
    case ObjectKind::index:
    case ObjectKind::sequence:
    case ObjectKind::view:
    case ObjectKind::materialized_view:
      b.lock(b.require(s.object.name), LockMode::share_update_exclusive);
      return;
    case ObjectKind::constraint:
    case ObjectKind::trigger:
    case ObjectKind::policy:
    case ObjectKind::rule:
      b.lock(b.require(s.object.name), LockMode::access_share);
      return;
    default:
      return;
  }
}

namespace {

/// Privileges that objects of a kind do not have (0LP01).
void check_privileges(ImpactBuilder& b, const Grant& s) {
  if (s.role_membership || s.objects.empty()) return;
  const ObjectKind kind = s.all_in_schema ? s.all_in_schema_kind : s.objects.front().kind;
  std::vector<std::string_view> known;
  std::string_view word;
  if (kind == ObjectKind::sequence) {
    known = {"SELECT", "UPDATE", "USAGE"};
    word = "sequence";
  } else if (kind == ObjectKind::schema) {
    known = {"CREATE", "USAGE"};
    word = "schema";
  } else if (kind == ObjectKind::function || kind == ObjectKind::procedure) {
    known = {"EXECUTE"};
    word = "function";
  } else if (kind == ObjectKind::table) {
    known = {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"};
    if (b.major() >= 17) known.push_back("MAINTAIN");
    word = "relation";
  } else {
    return;
  }
  for (const std::string& privilege : s.privileges) {
    const std::string_view name = std::string_view(privilege).substr(0, privilege.find(' '));
    const bool sequence_as_table = kind == ObjectKind::table && name == "USAGE";
    if (sequence_as_table || std::find(known.begin(), known.end(), name) != known.end()) continue;
    b.fail("0LP01", "invalid privilege type " + std::string(name) + " for " + std::string(word));
  }
}

}  // namespace

void predict_statement(ImpactBuilder& b, const Grant& s) {
  check_privileges(b, s);
  // Since 18 the named relations are opened (ExecGrant_Relation).
  if (b.major() < 18 || s.all_in_schema || s.role_membership) return;
  for (const ObjectName& object : s.objects) {
    const bool relation = object.kind == ObjectKind::table || object.kind == ObjectKind::sequence ||
                          object.kind == ObjectKind::view || object.kind == ObjectKind::column ||
                          object.kind == ObjectKind::materialized_view ||
                          object.kind == ObjectKind::foreign_table;
    if (!relation) continue;
    if (const auto name = b.resolve(object.name)) b.lock(*name, LockMode::access_share);
  }
}

void predict_statement(ImpactBuilder& b, const AlterDefaultPrivileges& s) {
  for (const std::string& schema : s.schemas) b.refuse_missing_schema(schema);
}

}  // namespace schemagate
