// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"
#include "analyzers/destruction.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// What else of the schema goes with the column or breaks without it.
std::string consequences(const Subject& subject, const Table& table, const std::string& column,
                         bool cascade) {
  std::vector<std::string> lost;
  for (const Index* index : subject.before.indexes_of(table.name)) {
    if (index_uses(*index, column) && index->constraint.empty()) {
      lost.push_back("index " + shown(index->name));
    }
  }
  for (const Constraint& constraint : table.constraints) {
    if (constraint_uses(constraint, column)) {
      lost.push_back("constraint " + quote_identifier(constraint.definition.name));
    }
  }
  std::string text = lost.empty() ? "" : "; with it goes " + enumerate(lost);
  std::vector<std::string> broken;
  for (const View* view : subject.before.views_on(table.name, column)) {
    broken.push_back("view " + shown(view->name));
  }
  if (!broken.empty()) {
    text += cascade ? "; CASCADE also drops " + enumerate(broken)
                    : "; it is read by " + enumerate(broken);
  }
  const std::vector<std::string> functions = functions_naming(subject.before, table.name, column);
  if (!functions.empty()) text += "; named in the body of " + enumerate(functions);
  return text;
}

void check_command(const Subject& subject, Findings& findings, const Table& table,
                   const AlterTableCommand& command, int index) {
  if (is_private(subject, table.name) || !table.column(command.name)) return;
  const QualifiedName& name = table.name;
  Probe probe;
  probe.kind = ProbeKind::column_users;
  probe.table = name;
  probe.columns = {command.name};
  auto added = findings.add(
      subject, object_of(name, command.name),
      "the values of " + shown(name, command.name) + " are lost (" + subject.size_in_words(name) +
          ")" + consequences(subject, table, command.name, command.cascade) + users(subject, probe),
      index);
  add_users(added, subject, probe);
  soften_if_empty(added, subject, name);
  added.remedy(
      "let a release go out that no longer uses the column, then drop it in a later "
      "change; meanwhile a NOT NULL without default has to go (DROP NOT NULL), or inserts "
      "that leave it out fail");
}

void check(const Subject& subject, Findings& findings) {
  each_command(subject, {AlterTableAction::drop_column},
               [&](const Table& table, const AlterTableCommand& command, int index) {
                 check_command(subject, findings, table, command, index);
               });
}

}  // namespace

extern const Rule drop_column{
    .id = "drop-column",
    .severity = Severity::error,
    .summary = "a column is dropped with everything in it",
    .when = "a column of an existing table is dropped",
    .effect =
        "its values are lost; indexes and constraints on it go along; programs and functions "
        "that still name it fail from that moment on",
    .instead =
        "first release what no longer uses it, then drop it; allow it with the reason why "
        "nobody needs the values",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
    .statements = kinds<AlterTable>,
    .check_step = check,
    .loses_data = true,
};

}  // namespace schemagate::rules
