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

bool has_function(const Catalog& catalog, const QualifiedName& written) {
  return std::any_of(catalog.functions.begin(), catalog.functions.end(), [&](const auto& entry) {
    const QualifiedName& name = entry.second.definition.name;
    return name.name == written.name && (written.schema.empty() || name.schema == written.schema);
  });
}

void check_all(const WholeSubject& whole, Findings& findings) {
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const auto* drop = whole.steps[i].statement->as<Drop>();
    if (!drop || !is_routine(drop->kind())) continue;
    for (const ObjectName& object : drop->objects) {
      const std::string schema = object.name.schema.empty() ? "public" : object.name.schema;
      const bool there =
          has_function(whole.base, object.name) || whole.is_stranger(i, {schema, object.name.name});
      if (!there || has_function(whole.after, object.name)) continue;
      findings
          .add(whole, static_cast<int>(i), object_of({schema, object.name.name}) + object.signature,
               "programs and functions that still call " + shown({schema, object.name.name}) +
                   " fail from the moment this commits")
          .remedy("let a release go out that no longer calls it, then drop it in a later change");
    }
  }
}

}  // namespace

extern const Rule drop_function{
    .id = "drop-function",
    .severity = Severity::warning,
    .summary = "a function or procedure is dropped that programs may call",
    .when = "a function, procedure or aggregate is dropped and none of that name is left",
    .effect =
        "programs and other functions that still call it fail; PostgreSQL does not know what "
        "function bodies call",
    .instead = "first release what no longer calls it",
    .reference = "https://www.postgresql.org/docs/current/sql-dropfunction.html",
    .check_all = check_all,
    .looks_again = is_step<Drop>,
    .looks_into_blocks = true,
};

}  // namespace schemagate::rules
