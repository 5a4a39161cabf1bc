// SPDX-License-Identifier: MIT
#include "analyzers/looks_again.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

bool is_routine(ObjectKind kind) {
  return kind == ObjectKind::function || kind == ObjectKind::procedure ||
         kind == ObjectKind::routine || kind == ObjectKind::aggregate;
}

std::string remedy_for(bool is_relation, const QualifiedName& name) {
  return is_relation ? "in the same transaction make a view " + to_sql(name) +
                           " over it; drop that when nobody uses it any more"
                     : "let a release go out first that finds it in both schemas";
}

void check_all(const WholeSubject& whole, Findings& findings) {
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const auto* set = whole.steps[i].statement->as<SetSchema>();
    if (!set) continue;
    const ObjectKind kind = set->object.kind;
    const bool routine = is_routine(kind);
    QualifiedName name = routine ? set->object.name : whole.existing(i, set->object.name);
    if (name.schema.empty()) name.schema = "public";
    const bool stranger = whole.is_stranger(i, name);
    const bool names_type = kind == ObjectKind::type || kind == ObjectKind::domain;
    const bool names_relation = kind == ObjectKind::table || kind == ObjectKind::view ||
                                kind == ObjectKind::materialized_view;
    const bool relation = whole.base.tables.count(name) || whole.base.views.count(name) ||
                          (names_relation && stranger);
    const bool type = names_type && (whole.base.types.count(name) || stranger);
    const bool sequence =
        kind == ObjectKind::sequence && (whole.base.sequences.count(name) || stranger);
    const bool function = routine && (whole.base.has_function(name) || stranger);
    if (!relation && !type && !sequence && !function) continue;
    if (whole.after.relation_kind(name) || whole.after.types.count(name)) continue;
    if (routine && whole.after.has_function(name)) continue;
    findings
        .add(whole, static_cast<int>(i), object_of(name),
             "programs that still say " + to_sql(name) +
                 ", or find it by their search_path, fail from the moment this commits")
        .remedy(remedy_for(relation, name));
  }
}

}  // namespace

extern const Rule set_schema{
    .id = "set-schema",
    .severity = Severity::warning,
    .summary = "an object moves to another schema under programs that use it",
    .when =
        "SET SCHEMA on an existing table, view, type, sequence or function, and nothing takes its "
        "old "
        "name",
    .effect = "running programs that name it, or find it by search_path, fail",
    .instead = "a view in the old schema until nobody uses it",
    .reference = "https://www.postgresql.org/docs/current/sql-altertable.html",
    .check_all = check_all,
    .looks_again = is_step<SetSchema>,
    .looks_into_blocks = true,
};

}  // namespace schemagate::rules
