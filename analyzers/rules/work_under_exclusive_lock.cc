// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// Tables that somebody may be waiting for since an earlier statement of this transaction.
/// What the statement itself does to a table that it locks against writes is another rule's matter.
std::vector<QualifiedName> held(const Subject& subject) {
  std::vector<QualifiedName> tables;
  const bool schema_change = !subject.statement.as<DataStatement>();
  for (const auto& [relation, mode] : subject.session.held_locks) {
    if (!blocks_reads(static_cast<LockMode>(mode)) || !subject.before.tables.count(relation) ||
        subject.is_idle(relation))
      continue;
    const auto own = schema_change ? subject.lock_on(relation) : std::nullopt;
    if (!own || !blocks_writes(*own)) tables.push_back(relation);
  }
  return tables;
}

/// Where migration tools write down how far they are: a few rows, nobody waits for them.
bool keeps_migrations(const QualifiedName& table) {
  constexpr std::array<std::string_view, 15> names{
      "alembic_version",        "schema_migrations",     "ar_internal_metadata",
      "django_migrations",      "flyway_schema_history", "_prisma_migrations",
      "goose_db_version",       "databasechangelog",     "databasechangeloglock",
      "knex_migrations",        "SequelizeMeta",         "__EFMigrationsHistory",
      "atlas_schema_revisions", "__drizzle_migrations",  "pgmigrations"};
  return std::find(names.begin(), names.end(), table.name) != names.end();
}

/// A unique key that is set to constants: a few rows, found by its index.
bool changes_few_rows(const Subject& subject, const DataStatement& data,
                      const QualifiedName& name) {
  const auto is_fixed = [&](const IndexElement& element) {
    return std::find(data.fixed.begin(), data.fixed.end(), element.column) != data.fixed.end();
  };
  const std::vector<const Index*> indexes = subject.before.indexes_of(name);
  return std::any_of(indexes.begin(), indexes.end(), [&](const Index* index) {
    return index->unique && index->valid && index->where.sql.empty() &&
           std::all_of(index->elements.begin(), index->elements.end(), is_fixed);
  });
}

/// What makes the statement take long, or nothing.
std::string long_work(const Subject& subject) {
  if (const auto* data = subject.statement.as<DataStatement>()) {
    const bool changes = data->kind == DataKind::update || data->kind == DataKind::delete_ ||
                         data->kind == DataKind::merge;
    const QualifiedName target =
        data->target.empty() ? QualifiedName{} : subject.resolve(data->target);
    if (changes && subject.before.tables.count(target) && !subject.is_idle(target)) {
      if (keeps_migrations(target) || changes_few_rows(subject, *data, target)) return {};
      return "changes rows of " + subject.describe(target);
    }
  }
  for (const Work& work : subject.impact.work) {
    const auto lock = subject.lock_on(work.relation);
    // Work under a strong lock of its own is what other rules speak of.
    if (subject.is_idle(work.relation) || (lock && blocks_reads(*lock))) continue;
    return "reads all of " + subject.describe(work.relation);
  }
  return {};
}

/// A declared schema opens no transaction: how its change is applied is the deploying program's
/// business, and the work itself is what other rules speak of.
void check(const Subject& subject, Findings& findings) {
  if (subject.declarative || !subject.in_transaction || subject.session.held_locks.empty()) return;
  const auto* alter = subject.statement.as<AlterTable>();
  if (alter && !alter->commands.empty() &&
      alter->commands.front().action == AlterTableAction::validate_constraint) {
    return;
  }
  const std::string work = long_work(subject);
  if (work.empty()) return;
  const std::vector<QualifiedName> tables = held(subject);
  if (tables.empty()) return;
  std::vector<std::string> names;
  for (const QualifiedName& table : tables) names.push_back(shown(table));
  findings
      .add(subject, object_of(tables.front()),
           work + " while this transaction still holds ACCESS EXCLUSIVE on " + enumerate(names) +
               " from an earlier statement: nobody can read or write " +
               (tables.size() == 1 ? "it" : "them") + " until COMMIT")
      .evidence("lock", std::string(to_string(LockMode::access_exclusive)))
      .evidence("blocks", std::string("reads and writes"))
      .soften_if_small(subject, tables.front())
      .remedy("commit before this statement, or put it into a migration of its own");
}

}  // namespace

extern const Rule work_under_exclusive_lock{
    .id = "work-under-exclusive-lock",
    .severity = Severity::error,
    .summary = "long work in a transaction that locks everybody out",
    .when =
        "a statement of a migration reads a whole table or changes rows while an earlier statement "
        "of the same "
        "transaction holds ACCESS EXCLUSIVE on an existing table",
    .effect = "a lock that was needed for an instant is held until the work is done",
    .instead = "the change of the schema in one transaction, the work on the rows in another",
    .reference = "https://www.postgresql.org/docs/current/explicit-locking.html",
    .check_step = check,
};

}  // namespace schemagate::rules
