// SPDX-License-Identifier: MIT
#include <algorithm>
#include <set>

#include "analyzers/destruction.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// What goes along with a CASCADE: told apart by whether rows or columns are lost.
struct Along {
  std::vector<std::string> lost;    ///< columns
  std::vector<std::string> broken;  ///< views, foreign keys
};

void add_views(const Subject& subject, const QualifiedName& relation, std::set<QualifiedName>& seen,
               Along& along) {
  for (const View* view : subject.before.views_on(relation)) {
    if (!seen.insert(view->name).second) continue;
    along.broken.push_back(std::string(view->materialized ? "materialized view " : "view ") +
                           shown(view->name));
    add_views(subject, view->name, seen, along);
  }
}

void add_foreign_keys(const Subject& subject, const QualifiedName& table, Along& along,
                      const std::vector<std::string>& columns = {}) {
  for (const auto& [child, key] : subject.before.references_to(table)) {
    if (child->name == table) continue;
    if (!columns.empty() && key->definition.referenced_columns != columns) continue;
    along.broken.push_back("foreign key " + quote_identifier(key->definition.name) + " of " +
                           shown(child->name));
  }
}

Along of_object(const Subject& subject, const ObjectName& object, std::set<QualifiedName>& seen) {
  Along along;
  if (object.kind == ObjectKind::type || object.kind == ObjectKind::domain) {
    const auto type = resolve_type(subject.before, subject.session, object.name);
    if (!type) return along;
    for (const auto& [table, column] : subject.before.columns_of_type(*type)) {
      along.lost.push_back("column " + shown(table->name, column->name));
    }
    return along;
  }
  const QualifiedName name = subject.resolve(object.name);
  seen.insert(name);
  add_views(subject, name, seen, along);
  if (object.kind == ObjectKind::table) add_foreign_keys(subject, name, along);
  if (object.kind == ObjectKind::sequence) {
    for (const auto& [table_name, table] : subject.before.tables) {
      for (const Column& column : table.columns) {
        if (!column.default_value) continue;
        const auto& used = column.default_value->references.sequences;
        if (std::find(used.begin(), used.end(), name) != used.end()) {
          along.broken.push_back("default of " + shown(table_name, column.name));
        }
      }
    }
  }
  return along;
}

void report(const Subject& subject, Findings& findings, const Along& along,
            const std::string& object, int command) {
  if (along.lost.empty() && along.broken.empty()) return;
  std::vector<std::string> all = along.lost;
  all.insert(all.end(), along.broken.begin(), along.broken.end());
  auto added = findings.add(subject, object, "CASCADE drops along: " + enumerate(all, 10), command);
  if (along.lost.empty()) added.severity(Severity::warning);
  added.remedy(
      "drop by name, before this, what is really to go; without CASCADE the server then "
      "refuses to take anything else along");
}

bool is_ours(ObjectKind kind) {
  return kind == ObjectKind::table || kind == ObjectKind::view ||
         kind == ObjectKind::materialized_view || kind == ObjectKind::type ||
         kind == ObjectKind::domain || kind == ObjectKind::sequence;
}

/// Without the schema nobody knows what goes along. The rows of a dropped table or schema are what
/// other rules speak of.
void report_unknown(const Subject& subject, Findings& findings, const Drop& drop) {
  const ObjectKind kind = drop.kind();
  const bool columns = kind == ObjectKind::type || kind == ObjectKind::domain;
  const bool others = kind == ObjectKind::view || kind == ObjectKind::materialized_view ||
                      kind == ObjectKind::sequence || kind == ObjectKind::function;
  if (subject.complete || (!columns && !others)) return;
  for (const ObjectName& object : drop.objects) {
    const QualifiedName name = subject.resolve(object.name);
    if (subject.is_new(name)) continue;
    auto added =
        findings.add(subject, object_of(name),
                     columns ? "CASCADE drops along every column of the type " + shown(name) +
                                   ", with its values: which ones is not known here"
                             : "CASCADE drops along whatever uses " + shown(name) +
                                   ": views, defaults, triggers; which ones is not known here");
    if (!columns) added.severity(Severity::warning);
    added.remedy(
        "leave CASCADE away: the server then refuses to take anything else along, and names it");
  }
}

void check(const Subject& subject, Findings& findings) {
  if (const auto* drop = subject.statement.as<Drop>(); drop && drop->cascade)
    report_unknown(subject, findings, *drop);
  if (const auto* drop = subject.statement.as<Drop>(); drop && drop->cascade) {
    if (!is_ours(drop->kind())) return;
    std::set<QualifiedName> seen;
    for (const ObjectName& object : drop->objects) {
      report(subject, findings, of_object(subject, object, seen),
             object_of(subject.resolve(object.name)), -1);
    }
  }
  const auto* alter = subject.statement.as<AlterTable>();
  const Table* table = alter ? subject.table(alter->name) : nullptr;
  if (!table) return;
  for (std::size_t i = 0; i < alter->commands.size(); ++i) {
    const AlterTableCommand& command = alter->commands[i];
    if (command.action != AlterTableAction::drop_constraint || !command.cascade) continue;
    const Constraint* constraint = table->constraint(command.name);
    if (!constraint) continue;
    Along along;
    add_foreign_keys(subject, table->name, along, constraint->definition.columns);
    report(subject, findings, along, object_of(table->name, command.name), static_cast<int>(i));
  }
}

}  // namespace

extern const Rule drop_cascade{
    .id = "drop-cascade",
    .severity = Severity::error,
    .summary = "CASCADE takes along what nobody named",
    .when =
        "DROP … CASCADE of something that other objects depend on; a warning when only views and "
        "foreign keys go along, an error when columns do",
    .effect = "everything that depends on it is dropped too, without a question",
    .instead = "name what is to go, and drop without CASCADE",
    .reference = "https://www.postgresql.org/docs/current/ddl-depend.html",
    .check_step = check,
    .loses_data = true,
};

}  // namespace schemagate::rules
