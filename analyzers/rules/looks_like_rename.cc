// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>
#include <set>

#include "analyzers/looks_again.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

std::string question(const std::string& old_name, const std::string& new_name) {
  return old_name + " goes and " + new_name +
         " comes, of the same kind: was it renamed? As it stands, the old values are lost and the "
         "new " +
         new_name + " is empty";
}

/// What diff() marked: a drop and an add that look alike, told apart by what they belong to.
void check_changes(const WholeSubject& whole, Findings& findings) {
  const auto is_drop = [](const Change& change) {
    return change.kind == ChangeKind::drop_column || change.kind == ChangeKind::drop_table ||
           change.kind == ChangeKind::drop_enum_value;
  };
  const auto is_counterpart = [](const Change& drop, const Change& add) {
    if (drop.kind == ChangeKind::drop_table) return add.kind == ChangeKind::add_table;
    if (drop.relation != add.relation) return false;
    return drop.kind == ChangeKind::drop_column ? add.kind == ChangeKind::add_column
                                                : add.kind == ChangeKind::add_enum_value;
  };
  std::set<const Change*> used;
  for (const Change& drop : whole.changes) {
    if (!drop.fragile || !is_drop(drop)) continue;
    for (const Change& add : whole.changes) {
      if (!add.fragile || !is_counterpart(drop, add) || !used.insert(&add).second) continue;
      const bool table = drop.kind == ChangeKind::drop_table;
      const std::string old_name = table ? shown(drop.relation) : quote_identifier(drop.part);
      const std::string new_name = table ? shown(add.relation) : quote_identifier(add.part);
      findings.add(add.where_new, false, add.object, question(old_name, new_name))
          .remedy("if it was, write \"-- schemagate: renamed from " +
                  (table ? drop.relation.name : drop.part) + "\" above " + new_name +
                  ": then it becomes a RENAME and keeps the values");
      break;
    }
  }
}

struct Pair {
  std::vector<std::pair<std::string, int>> dropped;  ///< name and step
  std::vector<std::pair<const ColumnDefinition*, int>> added;
};

bool has(const AlterTable& alter, AlterTableAction action) {
  return std::any_of(alter.commands.begin(), alter.commands.end(),
                     [&](const auto& command) { return command.action == action; });
}

/// At `part` of the step where that is known: in a DO block it is not.
Findings::Added add_at(const WholeSubject& whole, int step, Span part, std::string object,
                       std::string message, Findings& findings) {
  const Span where = whole.steps[static_cast<std::size_t>(step)].where;
  const bool inside = part.is_somewhere() && part.file == where.file && part.begin >= where.begin &&
                      part.end <= where.end;
  return inside ? findings.add(part, false, std::move(object), std::move(message))
                : findings.add(whole, step, std::move(object), std::move(message));
}

/// In migrations: one column of a table dropped and one of the same type added.
void check_steps(const WholeSubject& whole, Findings& findings) {
  if (whole.base.tables.empty()) return;
  NameMap<Pair> tables;
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const auto* alter = whole.steps[i].statement->as<AlterTable>();
    if (!alter || !has(*alter, AlterTableAction::drop_column)) continue;
    Pair& pair = tables[whole.existing(i, alter->name)];
    for (const AlterTableCommand& command : alter->commands)
      if (command.action == AlterTableAction::drop_column)
        pair.dropped.emplace_back(command.name, static_cast<int>(i));
  }
  if (tables.empty()) return;
  NameSet written;
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const Statement& statement = *whole.steps[i].statement;
    const auto* data = statement.as<DataStatement>();
    if (data && !data->target.empty()) written.insert(whole.existing(i, data->target));
    const auto* alter = statement.as<AlterTable>();
    if (!alter || !has(*alter, AlterTableAction::add_column)) continue;
    const auto found = tables.find(whole.existing(i, alter->name));
    if (found == tables.end()) continue;
    for (const AlterTableCommand& command : alter->commands)
      if (command.action == AlterTableAction::add_column && command.column)
        found->second.added.emplace_back(&*command.column, static_cast<int>(i));
  }
  for (const auto& [name, pair] : tables) {
    const auto table = whole.base.tables.find(name);
    if (table == whole.base.tables.end() || written.count(name)) continue;
    if (pair.dropped.size() != 1 || pair.added.size() != 1) continue;
    const std::string& old_name = pair.dropped.front().first;
    const ColumnDefinition& added = *pair.added.front().first;
    const int step = pair.added.front().second;
    const Column* column = table->second.column(old_name);
    if (!column || column->type != added.type || column->name == added.name) continue;
    add_at(whole, step, added.span, object_of(name, added.name),
           question(shown(name, old_name), quote_identifier(added.name)), findings)
        .remedy("if it was: ALTER TABLE " + to_sql(name) + " RENAME COLUMN " +
                quote_identifier(old_name) + " TO " + quote_identifier(added.name));
  }
}

bool looks_again(const JudgedStep& step) {
  return is_step<DataStatement>(step) || has_command(step, [](const AlterTableCommand& command) {
           return command.action == AlterTableAction::add_column ||
                  command.action == AlterTableAction::drop_column;
         });
}

void check_all(const WholeSubject& whole, Findings& findings) {
  check_changes(whole, findings);
  if (!whole.declarative) check_steps(whole, findings);
}

}  // namespace

extern const Rule looks_like_rename{
    .id = "looks-like-rename",
    .severity = Severity::warning,
    .summary = "a drop and an add that look like a rename",
    .when =
        "a column, table or enum value goes and another of the same kind and type comes in the "
        "same change",
    .effect = "if a rename was meant: the values are lost and the new one is empty",
    .instead =
        "say so with a comment, \"-- schemagate: renamed from old_name\", or write RENAME in "
        "the migration",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
    .check_all = check_all,
    .looks_again = looks_again,
};

}  // namespace schemagate::rules
