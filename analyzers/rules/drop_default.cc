// SPDX-License-Identifier: MIT
#include <algorithm>

#include "analyzers/looks_again.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"
#include "schema/default_clause.h"

namespace schemagate::rules {
namespace {

const Column* column_of(const Catalog& catalog, const QualifiedName& table,
                        const std::string& column) {
  const auto found = catalog.tables.find(table);
  return found == catalog.tables.end() ? nullptr : found->second.column(column);
}

/// In the end it must not be NULL, and nothing gives it a value.
bool is_required(const Column& column) {
  return column.not_null && !gives_value(column.default_value) && column.identity == Identity::no &&
         column.generated == Generated::no;
}

void check_step_of(const WholeSubject& whole, std::size_t number, Findings& findings) {
  const JudgedStep& step = whole.steps[number];
  const auto* alter = step.statement->as<AlterTable>();
  if (!alter || alter->kind != ObjectKind::table) return;
  const QualifiedName table = whole.existing(number, alter->name);
  const bool felt = std::any_of(step.felt.begin(), step.felt.end(),
                                [&](const RelationLock& lock) { return lock.relation == table; });
  if (!felt) return;
  for (const AlterTableCommand& command : alter->commands) {
    if (command.action != AlterTableAction::drop_default) continue;
    const Column* after = column_of(whole.after, table, command.name);
    if (!after || !is_required(*after)) continue;
    const Column* before = column_of(whole.base, table, command.name);
    if (before && is_required(*before)) continue;
    findings
        .add(whole, static_cast<int>(number), object_of(table, command.name),
             "an INSERT that does not name " + shown(table, command.name) +
                 " fails from the moment this commits: it must not be NULL, and has no default " +
                 (before ? "any more" : "then: programs that are running do not know the column"))
        .remedy(before ? "let a release go out first that gives the column a value"
                       : "keep the default until a release is out that gives the column a value");
  }
}

bool looks_again(const JudgedStep& step) {
  return !step.felt.empty() && has_command(step, [](const AlterTableCommand& command) {
    return command.action == AlterTableAction::drop_default;
  });
}

void check_all(const WholeSubject& whole, Findings& findings) {
  for (std::size_t i = 0; i < whole.steps.size(); ++i) check_step_of(whole, i, findings);
}

}  // namespace

extern const Rule drop_default{
    .id = "drop-default",
    .severity = Severity::warning,
    .summary = "a column that must not be NULL loses its default under programs that rely on it",
    .when =
        "DROP DEFAULT on a NOT NULL column of an existing table that gets no other default; also "
        "of a column that the same migration added, as some frameworks do",
    .effect = "an INSERT of a running program that leaves the column out fails",
    .instead = "DROP DEFAULT in a later change, when every program gives the column a value",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
    .check_all = check_all,
    .looks_again = looks_again,
};

}  // namespace schemagate::rules
