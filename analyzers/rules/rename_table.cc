// SPDX-License-Identifier: MIT
#include "analyzers/destruction.h"
#include "analyzers/looks_again.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check_all(const WholeSubject& whole, Findings& findings) {
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const auto* rename = whole.steps[i].statement->as<Rename>();
    if (!rename || rename->object.kind != ObjectKind::table) continue;
    const QualifiedName name = whole.existing(i, rename->object.name);
    if ((!whole.base.tables.count(name) && !whole.is_stranger(i, name)) ||
        whole.after.relation_kind(name))
      continue;
    const QualifiedName renamed{name.schema, rename->new_name};
    const std::vector<std::string> functions = functions_naming(whole.base, name);
    Probe probe;
    probe.kind = ProbeKind::table_users;
    probe.table = name;
    findings
        .add(whole, static_cast<int>(i), object_of(name),
             "programs that still say " + shown(name) + " fail from the moment this commits" +
                 (functions.empty() ? "" : "; named in the body of " + enumerate(functions)) +
                 "; views and foreign keys follow the rename" + whole.users(probe))
        .remedy("in the same transaction CREATE VIEW " + to_sql(name) + " AS SELECT * FROM " +
                to_sql(renamed) +
                ": old programs read and write through it until they are gone, then drop it");
  }
}

}  // namespace

extern const Rule rename_table{
    .id = "rename-table",
    .severity = Severity::warning,
    .summary = "a table gets another name under programs that use it",
    .when = "an existing table is renamed, and nothing takes its old name",
    .effect =
        "the statement is instant; running programs and function bodies that name the table "
        "fail",
    .instead = "a view of the old name, made in the same transaction",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
    .check_all = check_all,
    .looks_again = is_step<Rename>,
    .looks_into_blocks = true,
};

}  // namespace schemagate::rules
