// SPDX-License-Identifier: MIT
#include "analyzers/rule.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  const auto* transaction = subject.statement.as<Transaction>();
  if (!transaction || !subject.in_transaction) return;
  const bool begins = transaction->kind == TransactionKind::begin;
  const bool ends = transaction->kind == TransactionKind::commit ||
                    transaction->kind == TransactionKind::rollback;
  // In an implicit block BEGIN makes it an explicit one, without a word.
  if (begins && subject.single_query) return;
  if (begins) {
    findings
        .add(subject, "",
             std::string(subject.tool_transaction ? "the migration tool has opened a transaction"
                                                  : "a transaction is open") +
                 " already: PostgreSQL answers this with a warning and goes on in the same one")
        .remedy("take it out");
  } else if (ends && subject.tool_transaction && !subject.single_query) {
    findings
        .add(subject, "",
             "ends the transaction that the migration tool opened: what follows runs without one, "
             "and "
             "the tool can't undo the file as a whole")
        .remedy(
            "take it out, or mark the file as the tool wants it to run outside of a transaction");
  }
}

}  // namespace

extern const Rule nested_transaction{
    .id = "nested-transaction",
    .severity = Severity::warning,
    .summary = "BEGIN or COMMIT inside a transaction that somebody else opened",
    .when =
        "BEGIN while a transaction is open, or COMMIT or ROLLBACK in a file that the migration "
        "tool "
        "runs in a transaction",
    .effect = "PostgreSQL has no nested transactions: the inner COMMIT ends the outer one",
    .instead = "leave the transaction to the tool, or tell the tool to open none",
    .reference = "https://www.postgresql.org/docs/current/sql-begin.html",
    .statements = kinds<Transaction>,
    .check_step = check,
};

}  // namespace schemagate::rules
