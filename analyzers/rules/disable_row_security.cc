// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"
#include "analyzers/destruction.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check_command(const Subject& subject, Findings& findings, const Table& table,
                   AlterTableAction action, int index) {
  if (is_private(subject, table.name)) return;
  const bool off = action == AlterTableAction::disable_row_security;
  if (subject.complete && !(off ? table.row_security : table.force_row_security)) return;
  findings
      .add(subject, object_of(table.name),
           off ? "every role with privileges on " + shown(table.name) +
                     " sees and changes all its rows from the moment this commits: its policies no "
                     "longer count"
               : "the policies of " + shown(table.name) +
                     " no longer count for its owner from the moment this commits",
           index)
      .remedy("to let one role through, give it a policy of its own or BYPASSRLS");
}

void check(const Subject& subject, Findings& findings) {
  each_command(subject,
               {AlterTableAction::disable_row_security, AlterTableAction::no_force_row_security},
               [&](const Table& table, const AlterTableCommand& command, int index) {
                 check_command(subject, findings, table, command.action, index);
               });
}

}  // namespace

extern const Rule disable_row_security{
    .id = "disable-row-security",
    .severity = Severity::warning,
    .summary = "row security is switched off",
    .when = "DISABLE or NO FORCE ROW LEVEL SECURITY on an existing table that has it",
    .effect = "rows that policies kept from a role are open to it",
    .instead = "a policy for the role that needs more",
    .reference = "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
