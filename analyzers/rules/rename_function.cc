// SPDX-License-Identifier: MIT
#include <algorithm>

#include "analyzers/looks_again.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

bool is_routine(ObjectKind kind) {
  return kind == ObjectKind::function || kind == ObjectKind::procedure ||
         kind == ObjectKind::routine || kind == ObjectKind::aggregate;
}

void check_all(const WholeSubject& whole, Findings& findings) {
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const auto* rename = whole.steps[i].statement->as<Rename>();
    if (!rename || !is_routine(rename->object.kind)) continue;
    QualifiedName name = rename->object.name;
    if (name.schema.empty()) name.schema = "public";
    if (!whole.base.has_function(name) && !whole.is_stranger(i, name)) continue;
    if (whole.after.has_function(name)) continue;
    findings
        .add(whole, static_cast<int>(i), object_of(name) + rename->object.signature,
             "programs and function bodies that still call " + shown(name) +
                 " fail from the moment this commits; views, defaults and triggers follow")
        .remedy("in the same transaction make a function " + shown(name) +
                " again that calls the new one; drop it when nobody calls it any more");
  }
}

}  // namespace

extern const Rule rename_function{
    .id = "rename-function",
    .severity = Severity::warning,
    .summary = "a function or procedure gets another name under programs that call it",
    .when =
        "an existing function, procedure or aggregate is renamed, and none of its old name is "
        "left",
    .effect =
        "programs and other functions that call it by the old name fail; PostgreSQL does not "
        "know what function bodies call",
    .instead = "a function of the old name that calls the new one, until nobody uses it",
    .reference = "https://www.postgresql.org/docs/current/sql-alterfunction.html",
    .check_all = check_all,
    .looks_again = is_step<Rename>,
    .looks_into_blocks = true,
};

}  // namespace schemagate::rules
