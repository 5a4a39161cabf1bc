// SPDX-License-Identifier: MIT
#include "analyzers/looks_again.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check_all(const WholeSubject& whole, Findings& findings) {
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const auto* rename = whole.steps[i].statement->as<Rename>();
    if (!rename || rename->object.kind != ObjectKind::sequence) continue;
    const QualifiedName name = whole.existing(i, rename->object.name);
    if (!whole.base.sequences.count(name) && !whole.is_stranger(i, name)) continue;
    if (whole.after.relation_kind(name)) continue;
    findings
        .add(whole, static_cast<int>(i), object_of(name),
             "programs and function bodies that still call nextval on " + shown(name) +
                 " fail from the moment this commits; defaults of columns follow the rename")
        .remedy(
            "let a release go out first that takes its numbers from the column's default, or "
            "asks pg_get_serial_sequence for the name");
  }
}

}  // namespace

extern const Rule rename_sequence{
    .id = "rename-sequence",
    .severity = Severity::warning,
    .summary = "a sequence gets another name under programs that use it",
    .when = "an existing sequence is renamed",
    .effect =
        "the statement is instant and defaults of columns follow; programs that call nextval "
        "or currval on the old name fail",
    .instead = "first release what no longer names it",
    .reference = "https://www.postgresql.org/docs/current/sql-altersequence.html",
    .check_all = check_all,
    .looks_again = is_step<Rename>,
    .looks_into_blocks = true,
};

}  // namespace schemagate::rules
