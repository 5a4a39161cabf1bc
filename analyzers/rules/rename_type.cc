// SPDX-License-Identifier: MIT
#include "analyzers/looks_again.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

bool names_type(ObjectKind kind) { return kind == ObjectKind::type || kind == ObjectKind::domain; }

void check_all(const WholeSubject& whole, Findings& findings) {
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const auto* rename = whole.steps[i].statement->as<Rename>();
    if (!rename) continue;
    const bool of_attribute = rename->object.kind == ObjectKind::attribute;
    if (!of_attribute && !names_type(rename->object.kind)) continue;
    const QualifiedName name = whole.existing(i, rename->object.name);
    if (!whole.base.types.count(name) && !whole.is_stranger(i, name)) continue;
    const std::string attribute = of_attribute ? rename->object.part : "";
    if (attribute.empty() && whole.after.types.count(name)) continue;
    findings
        .add(
            whole, static_cast<int>(i),
            attribute.empty() ? object_of(name) : object_of(name, attribute),
            attribute.empty()
                ? "programs and function bodies that still name the type " + shown(name) +
                      " (casts, arguments, prepared statements) fail from the moment this commits; "
                      "columns follow the rename"
                : "programs and function bodies that still read " + shown(name, attribute) +
                      " fail from the moment this commits")
        .remedy(
            "let a release go out first that no longer names it; ask the catalog for the name "
            "where a program can't do without");
  }
}

}  // namespace

extern const Rule rename_type{
    .id = "rename-type",
    .severity = Severity::warning,
    .summary = "a type or an attribute of one gets another name under programs that name it",
    .when = "an existing enum, domain, composite or range type is renamed, or an attribute of it",
    .effect = "the statement is instant and columns follow; statements that name the old one fail",
    .instead = "first release what no longer names it",
    .reference = "https://www.postgresql.org/docs/current/sql-altertype.html",
    .check_all = check_all,
    .looks_again = is_step<Rename>,
    .looks_into_blocks = true,
};

}  // namespace schemagate::rules
