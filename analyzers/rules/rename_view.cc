// SPDX-License-Identifier: MIT
#include "analyzers/looks_again.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check_all(const WholeSubject& whole, Findings& findings) {
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const auto* rename = whole.steps[i].statement->as<Rename>();
    if (!rename) continue;
    const QualifiedName name = whole.existing(i, rename->object.name);
    const bool column = rename->object.kind == ObjectKind::column;
    const bool view = rename->object.kind == ObjectKind::view ||
                      rename->object.kind == ObjectKind::materialized_view;
    const bool there = whole.base.views.count(name) || (view && whole.is_stranger(i, name));
    if ((!view && !column) || !there) continue;
    if (!column && whole.after.relation_kind(name)) continue;
    const std::string what = column ? shown(name, rename->object.part) : shown(name);
    findings
        .add(whole, static_cast<int>(i),
             column ? object_of(name, rename->object.part) : object_of(name),
             "programs that still say " + what + " fail from the moment this commits")
        .remedy(column
                    ? "keep the old column in the view beside the new one until nobody reads it"
                    : "make a second view of the new name, and drop the old one when nobody reads "
                      "it any more");
  }
}

}  // namespace

extern const Rule rename_view{
    .id = "rename-view",
    .severity = Severity::warning,
    .summary = "a view or its column gets another name under programs that read it",
    .when = "an existing view, materialized view or a column of one is renamed",
    .effect = "running programs that name it fail",
    .instead = "a second view, or both columns, until nobody reads the old one",
    .reference = "https://www.postgresql.org/docs/current/sql-alterview.html",
    .check_all = check_all,
    .looks_again = is_step<Rename>,
    .looks_into_blocks = true,
};

}  // namespace schemagate::rules
