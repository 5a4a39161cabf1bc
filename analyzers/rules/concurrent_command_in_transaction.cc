// SPDX-License-Identifier: MIT
#include "analyzers/remedies.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"
#include "base/text.h"

namespace schemagate::rules {
namespace {

/// "CREATE INDEX CONCURRENTLY", "VACUUM": what the server calls it.
std::string command_name(const Subject& subject) {
  const Statement& statement = subject.statement;
  if (statement.as<CreateIndex>()) return "CREATE INDEX CONCURRENTLY";
  if (statement.as<Reindex>()) return "REINDEX CONCURRENTLY";
  if (statement.as<Vacuum>()) return "VACUUM";
  if (statement.as<AlterTable>()) return "ALTER TABLE … DETACH CONCURRENTLY";
  if (const auto* drop = statement.as<Drop>()) {
    return drop->kind() == ObjectKind::index ? "DROP INDEX CONCURRENTLY"
                                             : "DROP " + std::string(to_sql(drop->kind()));
  }
  if (const auto* other = statement.as<OtherStatement>()) return other->tag;
  return "this statement";
}

/// The relation that the statement names; empty for all of them.
QualifiedName about_what(const Statement& statement) {
  if (const auto* create = statement.as<CreateIndex>()) return create->table;
  if (const auto* alter = statement.as<AlterTable>()) return alter->name;
  if (const auto* reindex = statement.as<Reindex>()) return reindex->name;
  if (const auto* drop = statement.as<Drop>(); drop && !drop->objects.empty())
    return drop->objects.front().name;
  if (const auto* vacuum = statement.as<Vacuum>(); vacuum && !vacuum->tables.empty())
    return vacuum->tables.front();
  return {};
}

std::string whose(const Subject& subject) {
  if (subject.single_query) {
    return "the file is sent as one query, which PostgreSQL runs as one transaction";
  }
  if (subject.in_block) return "a DO block runs in one";
  if (subject.tool_transaction) return "the migration tool runs this file in a transaction";
  return "a BEGIN above it is still open";
}

void check(const Subject& subject, Findings& findings) {
  if (subject.impact.transactional || !subject.in_transaction) return;
  const QualifiedName about = about_what(subject.statement);
  findings
      .add(subject, about.empty() ? "" : object_of(subject.resolve(about)),
           "fails: " + command_name(subject) + " cannot run inside a transaction block, and " +
               whose(subject))
      .evidence("sqlstate", std::string("25001"))
      .remedy("put it into a migration of its own that runs outside of a transaction",
              outside_of_transaction(subject, {subject.text()}));
}

}  // namespace

extern const Rule concurrent_command_in_transaction{
    .id = "concurrent-command-in-transaction",
    .severity = Severity::error,
    .summary = "a command that cannot run inside a transaction, inside a transaction",
    .when =
        "CREATE, DROP or REINDEX … CONCURRENTLY, DETACH PARTITION … CONCURRENTLY, VACUUM and "
        "their like between BEGIN and COMMIT, in a file that the tool runs in a transaction, or "
        "in one that is sent as a single query",
    .effect = "the statement fails with \"cannot run inside a transaction block\"",
    .instead =
        "a migration of its own, marked as the tool wants it to run outside of a transaction",
    .reference =
        "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
    .check_step = check,
    .always_fails = true,
};

}  // namespace schemagate::rules
