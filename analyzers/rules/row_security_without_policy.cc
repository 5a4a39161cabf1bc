// SPDX-License-Identifier: MIT
#include <algorithm>

#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

bool enables(const AlterTable& alter) {
  return std::any_of(alter.commands.begin(), alter.commands.end(),
                     [](const AlterTableCommand& command) {
                       return command.action == AlterTableAction::enable_row_security;
                     });
}

/// The table is older than the review, had no row security before it, and has it without a policy
/// in the end.
bool is_shut(const WholeSubject& whole, const JudgedStep& step, const QualifiedName& name) {
  const auto now = whole.after.tables.find(name);
  if (now == whole.after.tables.end() || !now->second.row_security || !now->second.policies.empty())
    return false;
  const auto before = whole.base.tables.find(name);
  const bool existed = before != whole.base.tables.end();
  if (existed ? before->second.row_security : whole.complete) return false;
  return std::any_of(step.felt.begin(), step.felt.end(),
                     [&](const RelationLock& lock) { return lock.relation == name; });
}

bool looks_again(const JudgedStep& step) {
  const auto* alter = step.statement->as<AlterTable>();
  return alter && !step.felt.empty() && enables(*alter);
}

void check_all(const WholeSubject& whole, Findings& findings) {
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const JudgedStep& step = whole.steps[i];
    const auto* alter = step.statement->as<AlterTable>();
    if (!alter || !enables(*alter)) continue;
    const QualifiedName name = whole.existing(i, alter->name);
    if (!is_shut(whole, step, name)) continue;
    findings
        .add(whole, static_cast<int>(i), object_of(name),
             "nobody but the owner of " + shown(name) +
                 " sees a row of it, or can write one, from the moment this commits: row security "
                 "is on, and there is no policy")
        .remedy("create the policies in the same transaction, before row security is switched on");
  }
}

}  // namespace

extern const Rule row_security_without_policy{
    .id = "row-security-without-policy",
    .severity = Severity::warning,
    .summary = "row security is switched on, and no policy lets anybody through",
    .when =
        "ENABLE ROW LEVEL SECURITY on an existing table that has no policy in the end; the owner "
        "and roles with BYPASSRLS are not concerned",
    .effect = "queries return no rows, and INSERT and UPDATE fail",
    .instead = "CREATE POLICY first, in the same transaction",
    .reference = "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
    .check_all = check_all,
    .looks_again = looks_again,
};

}  // namespace schemagate::rules
