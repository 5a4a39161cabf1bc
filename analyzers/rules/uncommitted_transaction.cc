// SPDX-License-Identifier: MIT
#include "analyzers/looks_again.h"
#include "analyzers/rule.h"

namespace schemagate::rules {
namespace {

bool is(const JudgedStep& step, TransactionKind kind) {
  const auto* transaction = step.statement->as<Transaction>();
  return transaction && transaction->kind == kind;
}

void check_all(const WholeSubject& whole, Findings& findings) {
  if (whole.declarative) return;
  int open = -1;
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const JudgedStep& step = whole.steps[i];
    if (!step.in_transaction) open = -1;
    if (is(step, TransactionKind::begin) && !step.in_transaction) open = static_cast<int>(i);
    if (is(step, TransactionKind::commit) || is(step, TransactionKind::rollback)) open = -1;
    const bool last = i + 1 == whole.steps.size() || whole.steps[i + 1].script != step.script;
    if (!last || open < 0) continue;
    findings
        .add(whole, open, "",
             "no COMMIT follows: when the session ends, everything since this BEGIN is rolled back")
        .remedy("end the file with COMMIT");
    open = -1;
  }
}

}  // namespace

extern const Rule uncommitted_transaction{
    .id = "uncommitted-transaction",
    .severity = Severity::error,
    .summary = "a transaction that is never committed",
    .when = "a migration file opens a transaction with BEGIN and ends without COMMIT or ROLLBACK",
    .effect = "the file seems to run, and nothing of it stays",
    .instead = "COMMIT at the end",
    .reference = "https://www.postgresql.org/docs/current/sql-begin.html",
    .check_all = check_all,
    .looks_again = is_step<Transaction>,
};

}  // namespace schemagate::rules
