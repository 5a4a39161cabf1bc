// SPDX-License-Identifier: MIT
#include <algorithm>

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

/// `other` is tied to `table`: a foreign key goes from one to the other, or one is part of the
/// other.
bool is_tied(const Subject& subject, const Table& table, const QualifiedName& other) {
  const auto refers = [&](const Table& from, const QualifiedName& to) {
    return std::any_of(from.constraints.begin(), from.constraints.end(), [&](const Constraint& c) {
      return c.definition.kind == ConstraintKind::foreign_key &&
             subject.resolve(c.definition.referenced) == to;
    });
  };
  const Table* found = subject.table(other);
  if (!found) return false;
  const auto tree = subject.before.tree_of(table.name);
  const auto in_tree = [&](const Table* part) {
    return part->name == other || refers(*part, other) || refers(*found, part->name);
  };
  return table.partition_of == other ||
         (!table.partition_of.empty() && found->partition_of == table.partition_of) ||
         std::any_of(tree.begin(), tree.end(), in_tree);
}

/// Tables that are locked along: those it refers to, and the partitioned table above it.
std::string locked_along(const Subject& subject, const Drop& drop, const Table& dropped) {
  std::vector<std::string> others;
  for (const RelationLock& lock : subject.impact.locks) {
    if (drop.objects.size() > 1 && !is_tied(subject, dropped, lock.relation)) continue;
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
                                  locked_along(subject, *drop, *table) + users(subject, probe));
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
    .statements = kinds<Drop>,
    .check_step = check,
    .loses_data = true,
};

}  // namespace schemagate::rules
