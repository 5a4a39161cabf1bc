// SPDX-License-Identifier: MIT
#include "analyzers/looks_again.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check_all(const WholeSubject& whole, Findings& findings) {
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const auto* drop = whole.steps[i].statement->as<Drop>();
    if (!drop || drop->kind() != ObjectKind::sequence) continue;
    for (const ObjectName& object : drop->objects) {
      const QualifiedName name = whole.existing(i, object.name);
      if (!whole.base.sequences.count(name) && !whole.is_stranger(i, name)) continue;
      if (whole.after.sequences.count(name)) continue;
      findings
          .add(whole, static_cast<int>(i), object_of(name),
               "the counter of " + shown(name) +
                   " is lost, and programs that still call nextval on it fail")
          .remedy("let a release go out that no longer uses it, then drop it in a later change");
    }
  }
}

}  // namespace

extern const Rule drop_sequence{
    .id = "drop-sequence",
    .severity = Severity::warning,
    .summary = "a sequence is dropped that programs may use",
    .when = "a sequence is dropped and not made again in the same change",
    .effect = "its counter is lost; nextval on it fails",
    .instead = "first release what no longer uses it",
    .reference = "https://www.postgresql.org/docs/current/sql-dropsequence.html",
    .check_all = check_all,
    .looks_again = is_step<Drop>,
    .looks_into_blocks = true,
};

}  // namespace schemagate::rules
