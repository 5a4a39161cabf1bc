// SPDX-License-Identifier: MIT
#include "schema/impact_syntax.h"

#include <string>

#include "base/text.h"

namespace schemagate {
namespace {

void need(ImpactBuilder& b, int major, bool used, std::string_view near) {
  if (used && b.major() < major) {
    b.fail("42601", "syntax error at or near " + quoted(near));
  }
}

void check_constraint(ImpactBuilder& b, const ConstraintDefinition& c, bool on_table) {
  need(b, 15, c.nulls_not_distinct, "NULLS");
  need(b, 15, !c.set_columns.empty(), "(");
  need(b, 18, c.without_overlaps, c.kind == ConstraintKind::foreign_key ? "PERIOD" : "WITHOUT");
  need(b, 18, c.not_enforced, "ENFORCED");
  if (c.kind == ConstraintKind::not_null) {
    need(b, 18, on_table, "NOT");
    need(b, 18, c.no_inherit, "INHERIT");
    need(b, 18, c.not_valid, "VALID");
  }
}

void check_column(ImpactBuilder& b, const ColumnDefinition& c) {
  need(b, 18, c.generated == Generated::virtual_, c.generated_kind_written ? "VIRTUAL" : ")");
  need(b, 16, !c.storage.empty(), "STORAGE");
  for (const ConstraintDefinition& constraint : c.constraints) {
    check_constraint(b, constraint, false);
  }
}

void check_syntax(ImpactBuilder& b, const CreateTable& s) {
  for (const ColumnDefinition& column : s.columns) check_column(b, column);
  for (const ConstraintDefinition& constraint : s.constraints)
    check_constraint(b, constraint, true);
}

void check_syntax(ImpactBuilder& b, const CreateIndex& s) {
  need(b, 15, s.nulls_not_distinct, "NULLS");
}

void check_syntax(ImpactBuilder& b, const AlterTable& s) {
  for (const AlterTableCommand& c : s.commands) {
    if (c.column && c.action == AlterTableAction::add_column) check_column(b, *c.column);
    if (c.constraint) check_constraint(b, *c.constraint, true);
    need(b, 17, c.action == AlterTableAction::set_expression, "EXPRESSION");
    need(b, 15, c.action == AlterTableAction::set_access_method, "ACCESS");
    need(b, 17, c.action == AlterTableAction::set_access_method && c.name.empty(), "DEFAULT");
    need(b, 17, c.action == AlterTableAction::set_statistics && c.value.empty(), "DEFAULT");
    need(b, 16, c.action == AlterTableAction::set_storage && c.value == "DEFAULT", "DEFAULT");
  }
}

void check_syntax(ImpactBuilder& b, const CreateDomain& s) {
  for (const ConstraintDefinition& constraint : s.constraints) {
    need(b, 18, constraint.not_enforced, "ENFORCED");
  }
}

void check_syntax(ImpactBuilder& b, const AlterDomain& s) {
  need(b, 17, s.constraint && s.constraint->kind == ConstraintKind::not_null, "NOT");
}

void check_syntax(ImpactBuilder& b, const DataStatement& s) {
  if (s.kind != DataKind::merge) return;
  need(b, 15, true, "MERGE");
  const std::string sql = to_lower(s.sql);
  need(b, 17, sql.find("matched by ") != std::string::npos, "BY");
  need(b, 17, sql.find(" returning ") != std::string::npos, "RETURNING");
}

void check_syntax(ImpactBuilder& b, const CreateSequence& s) {
  if (s.persistence == Persistence::unlogged && b.major() < 15) {
    b.fail("0A000", "unlogged sequences are not supported");
  }
}

void check_syntax(ImpactBuilder& b, const CreateObject& s) {
  const std::string& sql = s.definition;
  if (s.object.kind == ObjectKind::publication) {
    need(b, 15, sql.find("TABLES IN SCHEMA") != std::string::npos, "TABLES");
    const auto members = sql.find(" FOR TABLE ");
    const std::string list =
        members == std::string::npos ? "" : sql.substr(members, sql.find(" WITH (") - members);
    need(b, 15, list.find('(') != std::string::npos, "(");
  }
  if (s.object.kind == ObjectKind::statistics) {
    need(b, 16, s.object.name.empty(), "ON");
  }
}

void check_syntax(ImpactBuilder& b, const AlterObject& s) {
  if (s.object.kind == ObjectKind::publication) {
    need(b, 15, s.definition.find("TABLES IN SCHEMA") != std::string::npos, "TABLES");
  }
}

template <class Body>
void check_syntax(ImpactBuilder&, const Body&) {}

}  // namespace

void check_syntax(ImpactBuilder& b, const Statement& statement) {
  if (b.major() >= 18) return;
  std::visit([&](const auto& body) { check_syntax(b, body); }, statement.body);
}

}  // namespace schemagate
