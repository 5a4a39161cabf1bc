// SPDX-License-Identifier: MIT
#include "analyzers/destruction.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

std::string consequences(const Subject& subject, const QualifiedName& table, bool cascade) {
  std::string text;
  std::vector<std::string> readers;
  for (const View* view : subject.before.views_on(table))
    readers.push_back("view " + shown(view->name));
  for (const auto& [child, key] : subject.before.references_to(table)) {
    if (child->name != table) {
      readers.push_back("foreign key " + quote_identifier(key->definition.name) + " of " +
                        shown(child->name));
    }
  }
  if (!readers.empty() && !cascade) text += "; it is used by " + enumerate(readers);
  const std::vector<std::string> functions = functions_naming(subject.before, table);
  if (!functions.empty()) text += "; named in the body of " + enumerate(functions);
  return text;
}

/// Tables that are locked along: those it refers to, and the partitioned table above it.
std::string locked_along(const Subject& subject, const Drop& drop) {
  std::vector<std::string> others;
  for (const RelationLock& lock : subject.impact.locks) {
    const bool table = subject.before.tables.count(lock.relation) > 0;
    bool named = false;
    for (const ObjectName& object : drop.objects) {
      named = named || subject.resolve(object.name) == lock.relation;
    }
    if (table && !named && blocks_reads(lock.mode) && !subject.is_idle(lock.relation)) {
      others.push_back(shown(lock.relation));
    }
  }
  return others.empty() ? "" : "; locks " + enumerate(others) + " as well";
}

void check(const Subject& subject, Findings& findings) {
  const auto* drop = subject.statement.as<Drop>();
  if (!drop || drop->kind() != ObjectKind::table) return;
  for (const ObjectName& object : drop->objects) {
    const Table* table = subject.table(object.name);
    if (!table || is_private(subject, table->name)) continue;
    Probe probe;
    probe.kind = ProbeKind::table_users;
    probe.table = table->name;
    auto added = findings.add(subject, object_of(table->name),
                              "all rows of " + subject.describe(table->name) + " are lost" +
                                  consequences(subject, table->name, drop->cascade) +
                                  locked_along(subject, *drop) + users(subject, probe));
    add_users(added, subject, probe);
    soften_if_empty(added, subject, table->name);
    added.remedy(
        "let a release go out that no longer uses the table, keep a copy of what may be "
        "needed, then drop it in a later change");
  }
}

}  // namespace

extern const Rule drop_table{
    .id = "drop-table",
    .severity = Severity::error,
    .summary = "a table is dropped with everything in it",
    .when = "a table is dropped that this change did not create, and that is not temporary",
    .effect =
        "its rows are lost; tables that it refers to are locked along; programs that still use "
        "it fail from that moment on",
    .instead =
        "first release what no longer uses it, then drop it; allow it with the reason why "
        "nobody needs the rows",
    .reference = "https://www.postgresql.org/docs/current/sql-droptable.html",
    .check_step = check,
    .loses_data = true,
};

}  // namespace schemagate::rules
