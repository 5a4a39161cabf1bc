// SPDX-License-Identifier: MIT
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  const auto* rename = subject.statement.as<Rename>();
  if (!rename || rename->object.kind != ObjectKind::schema) return;
  const std::string& name = rename->object.name.name;
  if (!subject.base.schemas.count(name) && subject.complete) return;
  findings
      .add(subject, quote_identifier(name),
           "programs, functions and search_path settings that still say " + quote_identifier(name) +
               " fail from the moment this commits")
      .remedy(
          "move the objects one by one into a new schema, with views in the old one until nobody "
          "uses it");
}

}  // namespace

extern const Rule rename_schema{
    .id = "rename-schema",
    .severity = Severity::warning,
    .summary = "a schema gets another name under programs that use it",
    .when = "an existing schema is renamed",
    .effect = "everything that names the schema, or has it in its search_path, fails",
    .instead = "a new schema, and views in the old one until nobody uses it",
    .reference = "https://www.postgresql.org/docs/current/sql-alterschema.html",
    .statements = kinds<Rename>,
    .check_step = check,
};

}  // namespace schemagate::rules
