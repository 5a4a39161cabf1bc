// SPDX-License-Identifier: MIT
#include <algorithm>
#include <set>

#include "analyzers/index_sql.h"
#include "analyzers/looks_again.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// The indexes that steps before this one drop, by name alone: they are dropped where they are.
void add_dropped(const JudgedStep& step, std::set<std::string>& dropped) {
  const auto* drop = step.statement->as<Drop>();
  if (!drop || drop->kind() != ObjectKind::index) return;
  for (const ObjectName& object : drop->objects) dropped.insert(object.name.name);
}

/// Nobody made the table in this review, nor is it temporary or empty.
bool is_felt(const JudgedStep& step, const QualifiedName& table) {
  return std::any_of(step.felt.begin(), step.felt.end(), [&](const RelationLock& lock) {
    return lock.relation.name == table.name &&
           (table.schema.empty() || lock.relation.schema == table.schema);
  });
}

void report(const WholeSubject& whole, int number, const CreateIndex& create, Findings& findings) {
  const JudgedStep& step = whole.steps[static_cast<std::size_t>(number)];
  const QualifiedName table = whole.existing(static_cast<std::size_t>(number), create.table);
  const QualifiedName index{table.schema, create.name};
  const std::string text = whole.sources ? std::string(whole.sources->text(step.written)) : "";
  findings
      .add(
          whole, number, object_of(index),
          "if an earlier attempt failed, IF NOT EXISTS finds the invalid index that it left, skips "
          "this statement and reports success: " +
              shown(index) + " then costs every write and serves no query")
      .remedy("drop what may be left over, then build it", concurrent_index(text, create, table),
              true);
}

bool looks_again(const JudgedStep& step) {
  if (is_step<Drop>(step)) return true;
  const auto* create = step.statement->as<CreateIndex>();
  return create && create->concurrently && create->if_not_exists && !step.felt.empty();
}

void check_all(const WholeSubject& whole, Findings& findings) {
  std::set<std::string> dropped;
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const JudgedStep& step = whole.steps[i];
    add_dropped(step, dropped);
    const auto* create = step.statement->as<CreateIndex>();
    if (!create || !create->concurrently || !create->if_not_exists) continue;
    if (!is_felt(step, create->table) || dropped.count(create->name)) continue;
    report(whole, static_cast<int>(i), *create, findings);
  }
}

}  // namespace

extern const Rule concurrent_index_if_not_exists{
    .id = "concurrent-index-if-not-exists",
    .severity = Severity::warning,
    .summary = "CREATE INDEX CONCURRENTLY IF NOT EXISTS keeps a broken index",
    .when =
        "an index is built CONCURRENTLY with IF NOT EXISTS on an existing table, and nothing drops "
        "what an earlier attempt may have left",
    .effect =
        "a build that failed leaves an invalid index; the next run sees the name, skips, and "
        "exits with success",
    .instead = "DROP INDEX CONCURRENTLY IF EXISTS, then CREATE INDEX CONCURRENTLY",
    .reference =
        "https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY",
    .check_all = check_all,
    .looks_again = looks_again,
};

}  // namespace schemagate::rules
