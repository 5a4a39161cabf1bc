// SPDX-License-Identifier: MIT
#include "analyzers/alter_rule.h"

#include <algorithm>

#include "analyzers/words.h"

namespace schemagate {

std::string Labour::statement() const {
  if (alter.commands.size() == 1) return subject.text();
  const AlterTableText text = cut_alter_table(subject.text(), alter.commands.size());
  const auto index = static_cast<std::size_t>(&command - alter.commands.data());
  return text.empty() ? "" : text.head + " " + text.commands[index];
}

void each_command(const Subject& subject, std::initializer_list<AlterTableAction> actions,
                  const std::function<void(const Table&, const AlterTableCommand&, int)>& see) {
  const auto* alter = subject.statement.as<AlterTable>();
  if (!alter) return;
  const Table* table = nullptr;
  for (std::size_t i = 0; i < alter->commands.size(); ++i) {
    const AlterTableCommand& command = alter->commands[i];
    if (std::find(actions.begin(), actions.end(), command.action) == actions.end()) continue;
    if (!table) table = subject.table(alter->name);
    if (!table) return;
    see(*table, command, static_cast<int>(i));
  }
}

void check_commands(const Subject& subject, Findings& findings, std::initializer_list<Cause> causes,
                    const std::function<std::optional<Said>(const Labour&)>& say) {
  const auto* alter = subject.statement.as<AlterTable>();
  if (!alter) return;
  std::vector<Blocking> labours = blocking_work(subject, causes);
  const Table* table = labours.empty() ? nullptr : subject.table(alter->name);
  if (!table) return;
  std::vector<std::pair<Blocking, Said>> all;
  std::map<int, Sql> replacements;
  bool complete = true;
  for (Blocking& work : labours) {
    if (work.command < 0) continue;
    const AlterTableCommand& command = alter->commands[static_cast<std::size_t>(work.command)];
    std::optional<Said> said = say({subject, *table, *alter, command, work});
    if (!said) continue;
    complete = complete && !said->instead.empty();
    replacements[work.command] = said->instead;
    all.emplace_back(std::move(work), std::move(*said));
  }
  if (all.empty()) return;
  Sql sql;
  if (complete && subject.remedies)
    sql = with_lock_timeout(subject, replace_commands(subject, replacements));
  for (auto& [work, said] : all) {
    auto added =
        add_blocking(findings, subject, work, std::move(said.object), std::move(said.message));
    if (!said.explanation.empty()) added.remedy(std::move(said.explanation), sql, !sql.empty());
  }
}

}  // namespace schemagate
