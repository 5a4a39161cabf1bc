// SPDX-License-Identifier: MIT
#include "analyzers/looks_again.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check_all(const WholeSubject& whole, Findings& findings) {
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const auto* drop = whole.steps[i].statement->as<Drop>();
    if (!drop || (drop->kind() != ObjectKind::type && drop->kind() != ObjectKind::domain)) continue;
    for (const ObjectName& object : drop->objects) {
      const QualifiedName name = whole.existing(i, object.name);
      if (!whole.base.types.count(name) && !whole.is_stranger(i, name)) continue;
      if (whole.after.types.count(name)) continue;
      findings
          .add(whole, static_cast<int>(i), object_of(name),
               "programs and functions that still name the type " + shown(name) +
                   " (casts, arguments, prepared statements) fail from the moment this commits")
          .remedy("let a release go out that no longer names it, then drop it in a later change");
    }
  }
}

}  // namespace

extern const Rule drop_type{
    .id = "drop-type",
    .severity = Severity::warning,
    .summary = "a type is dropped that programs may name",
    .when =
        "an enum, domain, composite or range type is dropped and not made again in the same "
        "change",
    .effect = "statements that still name it fail",
    .instead = "first release what no longer names it",
    .reference = "https://www.postgresql.org/docs/current/sql-droptype.html",
    .check_all = check_all,
    .looks_again = is_step<Drop>,
    .looks_into_blocks = true,
};

}  // namespace schemagate::rules
