// SPDX-License-Identifier: MIT
#include <algorithm>

#include "analyzers/alter_rule.h"
#include "analyzers/doubts.h"
#include "analyzers/remedies.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

bool is_timestamp_zone_change(const Column& column, const TypeName& type) {
  const auto pair = [&](const char* from, const char* to) {
    return column.type.name.name == from && type.name.name == to;
  };
  return pair("timestamp", "timestamptz") || pair("timestamptz", "timestamp");
}

std::string change(const std::string& name, const Column* column, const TypeName& type) {
  if (!column || column->type.empty()) {
    return "to turn " + name + " into " + to_sql(type) + " (its present type is not known here)";
  }
  return "to turn " + name + " from " + to_sql(column->type) + " into " + to_sql(type);
}

std::optional<Said> say(const Labour& labour) {
  const AlterTableCommand& command = labour.command;
  if (labour.work.kind != WorkKind::rewrite || !command.column) return std::nullopt;
  if (certain_to_fail(labour.subject, ProbeKind::type_misfits, labour.work.command)) {
    return std::nullopt;
  }
  const Column* column = labour.table.column(command.name);
  const TypeName& type = command.column->type;
  const std::string name = quote_identifier(command.name);
  Said said;
  said.object = object_of(labour.table.name, command.name);
  said.message = sentence(labour.subject, labour.work, change(name, column, type));
  said.explanation =
      "add a column of the new type, keep it up to date by a trigger, fill it in "
      "batches, move readers and writers over, then drop the old one";
  if (column && is_timestamp_zone_change(*column, type) && command.expression.empty()) {
    said.explanation =
        "if the values are meant as UTC: with that time zone set nothing is rewritten";
    said.instead = {"SET timezone = 'UTC'", labour.statement()};
    if (said.instead.back().empty()) said.instead.clear();
  }
  return said;
}

/// Nothing is rewritten only while TimeZone is UTC, and nobody said that it is.
void doubt_the_time_zone(const Subject& subject, Findings& findings) {
  const auto* alter = subject.statement.as<AlterTable>();
  const bool sets_type = alter && std::any_of(alter->commands.begin(), alter->commands.end(),
                                              [](const AlterTableCommand& command) {
                                                return command.action == AlterTableAction::set_type;
                                              });
  const Table* table = sets_type ? subject.table(alter->name) : nullptr;
  if (!table || subject.is_idle(table->name) || !subject.session.setting("timezone").empty())
    return;
  for (std::size_t i = 0; i < alter->commands.size(); ++i) {
    const AlterTableCommand& command = alter->commands[i];
    const Column* column = table->column(command.name);
    if (command.action != AlterTableAction::set_type || !command.column || !column ||
        !is_timestamp_zone_change(*column, command.column->type) || !command.expression.empty() ||
        subject.impact.find(Cause::column_type, static_cast<int>(i)))
      continue;
    findings
        .add(subject, object_of(table->name, command.name),
             "rewrites " + subject.describe(table->name) +
                 " under ACCESS EXCLUSIVE unless TimeZone is UTC, which is not known here",
             static_cast<int>(i))
        .severity(Severity::warning)
        .lock(subject, table->name)
        .soften_if_small(subject, table->name)
        .remedy("if the values are meant as UTC: with that time zone set nothing is rewritten",
                with_lock_timeout(subject, {"SET timezone = 'UTC'", subject.text()}));
  }
}

void check(const Subject& subject, Findings& findings) {
  doubt_the_time_zone(subject, findings);
  check_commands(subject, findings, {Cause::column_type}, say);
}

}  // namespace

extern const Rule rewriting_type_change{
    .id = "rewriting-type-change",
    .severity = Severity::error,
    .summary = "a type change rewrites the whole table while nobody may touch it",
    .when =
        "a column of an existing table gets a type whose values are stored differently: integer "
        "to bigint, a shorter varchar, another numeric scale, json to jsonb, any USING that "
        "computes",
    .effect =
        "ACCESS EXCLUSIVE is held while the table and all its indexes are written anew, and "
        "twice the space is needed",
    .instead =
        "a new column, filled in batches and kept up to date by a trigger; widening a varchar "
        "or turning it into text needs no rewrite",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",
    .statements = kinds<AlterTable>,
    .check_step = check,
};

}  // namespace schemagate::rules
