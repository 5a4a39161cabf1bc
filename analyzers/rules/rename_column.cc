// SPDX-License-Identifier: MIT
#include "analyzers/destruction.h"
#include "analyzers/looks_again.h"
#include "analyzers/words.h"
#include "schema/lookup.h"

namespace schemagate::rules {
namespace {

/// Who still says the old name gets the same values: another column is renamed to it, or it is
/// computed from them.
bool is_taken_over(const WholeSubject& whole, const QualifiedName& table, const Column& column) {
  if (column.generated != Generated::no) return true;
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const auto* rename = whole.steps[i].statement->as<Rename>();
    if (rename && rename->object.kind == ObjectKind::column && rename->new_name == column.name &&
        whole.existing(i, rename->object.name) == table)
      return true;
  }
  return false;
}

void check_all(const WholeSubject& whole, Findings& findings) {
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const auto* rename = whole.steps[i].statement->as<Rename>();
    if (!rename || rename->object.kind != ObjectKind::column) continue;
    const QualifiedName name = whole.existing(i, rename->object.name);
    const std::string& column = rename->object.part;
    const Table* before = find(whole.base.tables, name);
    const Table* after = find(whole.after.tables, name);
    const bool there = (before && before->column(column)) || whole.is_stranger(i, name);
    const Column* now = after ? after->column(column) : nullptr;
    if (!there || (now && is_taken_over(whole, name, *now))) continue;
    const std::vector<std::string> functions = functions_naming(whole.base, name, column);
    Probe probe;
    probe.kind = ProbeKind::column_users;
    probe.table = name;
    probe.columns = {column};
    findings
        .add(whole, static_cast<int>(i), object_of(name, column),
             "programs that still say " + shown(name, column) +
                 (now ? " get the new column of that name, without the old values, from the moment "
                        "this commits"
                      : " fail from the moment this commits") +
                 (functions.empty() ? "" : "; named in the body of " + enumerate(functions)) +
                 "; views follow the rename" + whole.users(probe))
        .remedy(
            "add the new column, keep both equal by a trigger, fill the old rows, move the "
            "programs over, then drop the old one");
  }
}

}  // namespace

extern const Rule rename_column{
    .id = "rename-column",
    .severity = Severity::warning,
    .summary = "a column gets another name under programs that use it",
    .when =
        "a column of an existing table is renamed, and no other is renamed to its old name or "
        "computed from it",
    .effect =
        "the statement is instant; running programs and function bodies that name the column "
        "fail",
    .instead = "a second column, kept equal by a trigger until nobody uses the old one",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
    .check_all = check_all,
    .looks_again = is_step<Rename>,
    .looks_into_blocks = true,
};

}  // namespace schemagate::rules
