// SPDX-License-Identifier: MIT
#include <algorithm>
#include <set>

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

/// What the statement locks, and does not name itself.
std::vector<QualifiedName> locked_others(const Subject& subject, const Drop& drop) {
  std::set<QualifiedName> named;
  for (const ObjectName& object : drop.objects) named.insert(subject.resolve(object.name));
  std::vector<QualifiedName> others;
  for (const RelationLock& lock : subject.impact.locks) {
    const bool table = subject.before.tables.count(lock.relation) > 0;
    if (table && named.count(lock.relation) == 0 && blocks_reads(lock.mode) &&
        !subject.is_idle(lock.relation))
      others.push_back(lock.relation);
  }
  return others;
}

/// Of those the ones that are locked along with one table: those it refers to, and the partitioned
/// table above it.
std::string locked_along(const Subject& subject, const Drop& drop, const Table& dropped,
                         const std::vector<QualifiedName>& others) {
  std::vector<std::string> along;
  for (const QualifiedName& other : others)
    if (drop.objects.size() == 1 || is_tied(subject, dropped, other)) along.push_back(shown(other));
  return along.empty() ? "" : "; locks " + enumerate(along) + " as well";
}

void check(const Subject& subject, Findings& findings) {
  const auto* drop = subject.statement.as<Drop>();
  if (!drop || drop->kind() != ObjectKind::table) return;
  const std::vector<QualifiedName> others = locked_others(subject, *drop);
  for (const ObjectName& object : drop->objects) {
    const Table* table = subject.table(object.name);
    if (!table || is_private(subject, table->name)) continue;
    Probe probe;
    probe.kind = ProbeKind::table_users;
    probe.table = table->name;
    auto added =
        findings.add(subject, object_of(table->name),
                     "all rows of " + subject.describe(table->name) + " are lost" +
                         consequences(subject, table->name, drop->cascade) +
                         locked_along(subject, *drop, *table, others) + users(subject, probe));
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
