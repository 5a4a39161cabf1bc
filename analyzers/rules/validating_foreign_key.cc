// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"
#include "analyzers/doubts.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

constexpr int first_with_not_valid_on_partitioned = 18;

void explain(const Labour& labour, const Constraint* made, Said& said) {
  const bool partitioned = labour.table.kind == RelationKind::partitioned_table;
  if (partitioned && labour.subject.postgres < first_with_not_valid_on_partitioned) {
    said.explanation =
        "PostgreSQL " + std::to_string(labour.subject.postgres) +
        " has no NOT VALID foreign key on a partitioned table: add it NOT VALID to each partition, "
        "validate it there, then add it here";
    return;
  }
  if (labour.command.action == AlterTableAction::add_column) {
    said.explanation =
        "add the column without the foreign key, then the foreign key NOT VALID, and "
        "validate it while everybody works";
    return;
  }
  said.explanation = "add it NOT VALID, which is instant, and validate it while everybody works";
  if (made) said.instead = not_valid_steps(made->definition, labour.table.name);
}

const ConstraintDefinition* definition_of(const AlterTableCommand& command) {
  if (command.constraint) return &*command.constraint;
  if (!command.column) return nullptr;
  for (const ConstraintDefinition& definition : command.column->constraints) {
    if (definition.kind == ConstraintKind::foreign_key) return &definition;
  }
  return nullptr;
}

std::optional<Said> say(const Labour& labour) {
  const ConstraintDefinition* definition = definition_of(labour.command);
  if (!definition || labour.command.action == AlterTableAction::validate_constraint) {
    return std::nullopt;
  }
  const Subject& subject = labour.subject;
  if (subject.is_idle(labour.table.name)) return std::nullopt;
  if (certain_to_fail(subject, ProbeKind::orphans, labour.work.command)) return std::nullopt;
  const Catalog after = outcome(subject);
  const Constraint* made = constraint_made(after, subject, *definition);
  const QualifiedName referenced = subject.resolve(definition->referenced);
  Blocking work = labour.work;
  work.relation = labour.table.name;
  const bool both = !subject.is_idle(referenced) && referenced != work.relation;
  Said said;
  said.object = made ? object_of(work.relation, made->definition.name) : object_of(work.relation);
  said.message = sentence(subject, work, "to look up every row's key");
  if (both)
    said.message += "; nor to " + subject.describe(referenced) + ", which is locked as well";
  explain(labour, made, said);
  return said;
}

void check(const Subject& subject, Findings& findings) {
  check_commands(subject, findings, {Cause::foreign_key_validation}, say);
}

}  // namespace

extern const Rule validating_foreign_key{
    .id = "validating-foreign-key",
    .severity = Severity::error,
    .summary =
        "a foreign key reads the whole table while nobody may write to it or to the table it "
        "refers to",
    .when = "a foreign key is added to an existing table without NOT VALID",
    .effect =
        "SHARE ROW EXCLUSIVE is held on both tables for a full scan: reads go on, writes queue",
    .instead =
        "add the constraint NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own; "
        "on a partitioned table NOT VALID works from PostgreSQL 18 on",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
