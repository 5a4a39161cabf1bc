// SPDX-License-Identifier: MIT
#include "schema/impact.h"

#include <algorithm>
#include <array>
#include <utility>

#include "schema/impact_builder.h"
#include "schema/impact_kinds.h"
#include "schema/impact_syntax.h"

namespace schemagate {
namespace {

struct ModeNames {
  std::string_view pg_locks, sql;
};
constexpr std::array<ModeNames, 9> mode_names{{
    {"", ""},
    {"AccessShareLock", "ACCESS SHARE"},
    {"RowShareLock", "ROW SHARE"},
    {"RowExclusiveLock", "ROW EXCLUSIVE"},
    {"ShareUpdateExclusiveLock", "SHARE UPDATE EXCLUSIVE"},
    {"ShareLock", "SHARE"},
    {"ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE"},
    {"ExclusiveLock", "EXCLUSIVE"},
    {"AccessExclusiveLock", "ACCESS EXCLUSIVE"},
}};

std::vector<QualifiedName> names_of(const std::vector<Work>& work, bool (*wanted)(const Work&),
                                    QualifiedName Work::*name) {
  std::vector<QualifiedName> names;
  for (const Work& item : work) {
    if (wanted(item)) names.push_back(item.*name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void remember_locks(Session& session, const Impact& impact) {
  for (const RelationLock& lock : impact.locks) {
    int& held = session.held_locks[lock.relation];
    held = std::max(held, static_cast<int>(lock.mode));
  }
}

/// Which tables of the script still hold no row.
void remember_rows(Session& session, const Catalog& catalog, const Statement& statement) {
  NameSet& empty = session.empty_tables;
  const auto rename = [&](const ObjectName& object, const QualifiedName& now) {
    const QualifiedName was = resolve_relation(catalog, session, object.name).value_or(now);
    if (empty.erase(was) != 0) empty.insert(now);
  };
  if (const auto* made = statement.as<CreateTable>()) {
    const QualifiedName name =
        new_relation_name(session, made->name, made->persistence == Persistence::temporary);
    if (!made->foreign && !catalog.relation_kind(name)) empty.insert(name);
  } else if (const auto* renamed = statement.as<Rename>()) {
    const auto was = resolve_relation(catalog, session, renamed->object.name);
    if (was && renamed->object.part.empty()) {
      rename(renamed->object, {was->schema, renamed->new_name});
    }
  } else if (const auto* moved = statement.as<SetSchema>()) {
    rename(moved->object, {moved->new_schema, moved->object.name.name});
  } else if (const auto* drop = statement.as<Drop>()) {
    for (const ObjectName& object : drop->objects) {
      if (const auto name = resolve_relation(catalog, session, object.name)) empty.erase(*name);
    }
  } else if (const auto* data = statement.as<DataStatement>()) {
    const bool reads = data->kind == DataKind::select || data->kind == DataKind::copy_to;
    // Rows may go anywhere: into partitions, by triggers and functions.
    if (!reads || (!data->references.functions.empty() && !catalog.functions.empty())) {
      empty.clear();
    }
  } else if (statement.as<DoBlock>()) {
    empty.clear();
  }
}

/// In a transaction that has failed only its end is accepted.
bool is_refused_after_failure(const Session& session, const Statement& statement) {
  if (!session.aborted) return false;
  const auto* transaction = statement.as<Transaction>();
  return !transaction || (transaction->kind != TransactionKind::commit &&
                          transaction->kind != TransactionKind::rollback &&
                          transaction->kind != TransactionKind::rollback_to);
}

void abort_transaction(Session& session) {
  session.aborted = session.stops_at_failures && session.in_transaction;
}

}  // namespace

bool depends_on_rows(const Failure& failure) { return failure.sqlstate.starts_with("23"); }

std::string_view to_string(LockMode mode) {
  return mode_names[static_cast<std::size_t>(mode)].pg_locks;
}
std::string_view to_sql(LockMode mode) { return mode_names[static_cast<std::size_t>(mode)].sql; }
bool blocks_reads(LockMode mode) { return mode == LockMode::access_exclusive; }
bool blocks_writes(LockMode mode) { return mode >= LockMode::share; }

std::vector<QualifiedName> Impact::rewrites() const {
  return names_of(
      work, [](const Work& w) { return w.kind == WorkKind::rewrite; }, &Work::relation);
}
std::vector<QualifiedName> Impact::scans() const {
  return names_of(
      work, [](const Work&) { return true; }, &Work::relation);
}
std::vector<QualifiedName> Impact::index_builds() const {
  return names_of(
      work, [](const Work& w) { return w.kind == WorkKind::index_build; }, &Work::index);
}

LockMode Impact::strongest() const {
  LockMode mode = LockMode::access_share;
  for (const RelationLock& lock : locks) mode = std::max(mode, lock.mode);
  return mode;
}

const Work* Impact::find(Cause cause, int command) const {
  const auto found = std::find_if(work.begin(), work.end(), [&](const Work& w) {
    return w.cause == cause && (command < 0 || w.command == command);
  });
  return found == work.end() ? nullptr : &*found;
}

Impact predict(const Catalog& before, const Session& session, const Statement& statement) {
  return predict_inside(before, session, statement, 0);
}

Impact predict_inside(const Catalog& before, const Session& session, const Statement& statement,
                      int depth) {
  ImpactBuilder builder(before, session, depth);
  if (depth == 0 && is_refused_after_failure(session, statement)) {
    builder.fail("25P02",
                 "current transaction is aborted, commands ignored until end of transaction block");
    return builder.take();
  }
  check_syntax(builder, statement);
  if (!builder.failed()) check_kinds(builder, statement);
  if (!builder.failed()) check_new_enum_values(builder, statement);
  if (!builder.failed()) {
    std::visit([&](const auto& body) { predict_statement(builder, body); }, statement.body);
  }
  return builder.take();
}

Applied predict_and_apply(Catalog& catalog, Session& session, const Statement& statement) {
  Applied applied;
  applied.impact = predict(catalog, session, statement);
  Outcome outcome = apply_predicted(catalog, session, statement, applied.impact);
  if (outcome.fails != applied.impact.fails) {
    applied.impact.locks.clear();
    applied.impact.work.clear();
  }
  applied.impact.fails = std::move(outcome.fails);
  applied.problems = std::move(outcome.problems);
  return applied;
}

Outcome apply_predicted(Catalog& catalog, Session& session, const Statement& statement,
                        const Impact& impact) {
  Outcome outcome{impact.fails, {}};
  if (outcome.fails) abort_transaction(session);
  if (outcome.fails && (session.aborted || !depends_on_rows(*outcome.fails))) return outcome;
  remember_rows(session, catalog, statement);
  outcome.problems = apply(catalog, session, statement);
  const auto refused = std::find_if(outcome.problems.begin(), outcome.problems.end(),
                                    [](const ApplyProblem& one) { return !one.sqlstate.empty(); });
  if (refused != outcome.problems.end()) {
    outcome.fails = Failure{refused->sqlstate, refused->message};
    abort_transaction(session);
  } else if (session.in_transaction) {
    remember_locks(session, impact);
  }
  return outcome;
}

}  // namespace schemagate
