// SPDX-License-Identifier: MIT
#include <algorithm>

#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// An earlier statement of the transaction keeps everybody out: another rule speaks of that.
bool keeps_everybody_out(const Subject& subject) {
  const auto& held = subject.session.held_locks;
  return subject.in_transaction && std::any_of(held.begin(), held.end(), [&](const auto& lock) {
           return blocks_reads(static_cast<LockMode>(lock.second)) &&
                  subject.before.tables.count(lock.first) > 0 && !subject.is_idle(lock.first);
         });
}

/// Described, and nothing in it tells one row from another, neither a key nor a column called id:
/// it holds one row, a version or a setting.
bool is_a_single_row(const Subject& subject, const QualifiedName& name) {
  const Table& table = subject.before.tables.at(name);
  if (table.incomplete || !subject.complete || subject.size(name).is_known()) return false;
  const bool names_rows = std::any_of(
      table.columns.begin(), table.columns.end(),
      [](const Column& column) { return column.name == "id" || column.name.ends_with("_id"); });
  if (names_rows || table.columns.empty()) return false;
  const auto indexes = subject.before.indexes_of(name);
  return std::none_of(indexes.begin(), indexes.end(),
                      [](const Index* index) { return index->unique; });
}

void check(const Subject& subject, Findings& findings) {
  const auto* data = subject.statement.as<DataStatement>();
  if (!data || data->kind != DataKind::update || data->has_where) return;
  const QualifiedName name = subject.resolve(data->target);
  if (!subject.before.tables.count(name) || subject.is_idle(name)) return;
  if (is_a_single_row(subject, name)) return;
  // UPDATE t SET … FROM other: the join says which rows.
  if (data->references.relations.size() > 1 || keeps_everybody_out(subject)) return;
  findings
      .add(subject, object_of(name),
           "writes every row of " + subject.describe(name) +
               " anew in one statement: whoever wants to change one of them waits until it "
               "commits, and the table may grow to twice its size")
      .soften_if_small(subject, name)
      .remedy(
          "change the rows in batches of some thousand, each in a transaction of its own, and only "
          "those that need it (WHERE … IS DISTINCT FROM …)");
}

}  // namespace

extern const Rule update_of_all_rows{
    .id = "update-of-all-rows",
    .severity = Severity::warning,
    .summary = "an UPDATE without WHERE",
    .when =
        "a migration updates a table that it did not create, without WHERE; a table of unknown "
        "size without a key and without a column called id is taken to hold one row",
    .effect =
        "all rows stay locked against other writers until the transaction ends; every row is "
        "written anew, with its index entries, and the old ones stay until VACUUM",
    .instead = "batches, each committed by itself",
    .reference = "https://www.postgresql.org/docs/current/sql-update.html",
    .statements = kinds<DataStatement>,
    .check_step = check,
};

}  // namespace schemagate::rules
