// SPDX-License-Identifier: MIT
#include "schema/apply.h"

#include "schema/apply_parts.h"

namespace schemagate {
namespace {

/// Statements that take locks or time but change no schema.
void perform(Execution&, const Truncate&) {}
void perform(Execution&, const Reindex&) {}
void perform(Execution&, const Vacuum&) {}
void perform(Execution&, const LockTable&) {}

}  // namespace

void perform(Execution& run, const StatementBody& body) {
  std::visit([&run](const auto& statement) { perform(run, statement); }, body);
}

void perform(Execution& run, const Refresh& statement) {
  const auto name = run.relation(statement.name);
  View* view = name ? run.change(&Catalog::views, *name) : nullptr;
  if (view != nullptr) view->populated = !statement.with_no_data;
}

void perform(Execution& run, const Cluster& statement) {
  const auto name = statement.index.empty() ? std::nullopt : run.relation(statement.table);
  if (!name) return;
  for (const auto* index : run.catalog.indexes_of(*name)) {
    run.change(&Catalog::indexes, index->name)->clustered = index->name.name == statement.index;
  }
}

void execute(Execution& run, const Statement& statement) {
  auto& undo = run.session.undo;
  const std::size_t mark = undo.mark();
  perform(run, statement.body);
  if (run.refused()) undo.roll_back_to(std::min(mark, undo.mark()), run.catalog);
  const bool may_roll_back = run.session.in_transaction && run.session.can_roll_back;
  if (!may_roll_back) undo.forget();
}

std::vector<ApplyProblem> apply(Catalog& catalog, Session& session, const Statement& statement) {
  Execution run(catalog, session, statement.span);
  execute(run, statement);
  return std::move(run.problems);
}

}  // namespace schemagate
