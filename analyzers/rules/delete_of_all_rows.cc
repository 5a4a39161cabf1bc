// SPDX-License-Identifier: MIT
#include "analyzers/destruction.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  const auto* data = subject.statement.as<DataStatement>();
  if (!data || data->kind != DataKind::delete_ || data->has_where) return;
  const QualifiedName name = subject.resolve(data->target);
  if (!subject.before.tables.count(name) || is_private(subject, name)) return;
  auto added =
      findings.add(subject, object_of(name),
                   "deletes all rows of " + subject.describe(name) + ": there is no WHERE");
  soften_if_empty(added, subject, name);
  added.remedy("say with WHERE which rows are to go, and delete large numbers of them in batches");
}

}  // namespace

extern const Rule delete_of_all_rows{
    .id = "delete-of-all-rows",
    .severity = Severity::warning,
    .summary = "a DELETE without WHERE",
    .when = "a migration deletes from a table that it did not create, without WHERE",
    .effect =
        "all rows are lost; until the transaction ends they stay locked, and the space is only "
        "given back by VACUUM",
    .instead = "name the rows with WHERE; delete large numbers in batches",
    .reference = "https://www.postgresql.org/docs/current/sql-delete.html",
    .statements = kinds<DataStatement>,
    .check_step = check,
    .loses_data = true,
};

}  // namespace schemagate::rules
