// SPDX-License-Identifier: MIT
#include "analyzers/looks_again.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check_all(const WholeSubject& whole, Findings& findings) {
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const auto* drop = whole.steps[i].statement->as<Drop>();
    if (!drop ||
        (drop->kind() != ObjectKind::view && drop->kind() != ObjectKind::materialized_view)) {
      continue;
    }
    for (const ObjectName& object : drop->objects) {
      const QualifiedName name = whole.existing(i, object.name);
      if (!whole.base.views.count(name) && !whole.is_stranger(i, name)) continue;
      if (whole.after.relation_kind(name)) continue;
      Probe probe;
      probe.kind = ProbeKind::table_users;
      probe.table = name;
      findings
          .add(whole, static_cast<int>(i), object_of(name),
               "programs that still read the " +
                   std::string(to_string(drop->kind() == ObjectKind::view
                                             ? RelationKind::view
                                             : RelationKind::materialized_view)) +
                   " " + shown(name) + " fail from the moment this commits" + whole.users(probe))
          .remedy("let a release go out that no longer reads it, then drop it in a later change");
    }
  }
}

}  // namespace

extern const Rule drop_view{
    .id = "drop-view",
    .severity = Severity::warning,
    .summary = "a view is dropped that programs may read",
    .when = "a view or materialized view is dropped and not made again in the same change",
    .effect = "programs that still read it fail",
    .instead = "first release what no longer reads it",
    .reference = "https://www.postgresql.org/docs/current/sql-dropview.html",
    .check_all = check_all,
    .looks_again = is_step<Drop>,
    .looks_into_blocks = true,
};

}  // namespace schemagate::rules
