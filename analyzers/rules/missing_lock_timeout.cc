// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "analyzers/looks_again.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"
#include "base/text.h"

namespace schemagate::rules {
namespace {

constexpr std::int64_t long_transaction_seconds = 60;

/// The strongest lock of the step that makes readers or writers queue, or null.
const RelationLock* worst(const JudgedStep& step) {
  const RelationLock* found = nullptr;
  for (const RelationLock& lock : step.felt) {
    const bool table = lock.kind == RelationKind::table ||
                       lock.kind == RelationKind::partitioned_table ||
                       lock.kind == RelationKind::materialized_view;
    // Nobody writes to a materialized view but REFRESH.
    const bool waited_for = lock.kind == RelationKind::materialized_view ? blocks_reads(lock.mode)
                                                                         : blocks_writes(lock.mode);
    if (table && waited_for && (!found || lock.mode > found->mode)) found = &lock;
  }
  return found;
}

/// Steps whose locks are spoken of already.
std::set<int> told(const WholeSubject& whole) {
  std::set<int> steps;
  for (const Finding& finding : whole.findings) {
    for (const Evidence& evidence : finding.evidence) {
      if (evidence.name == "lock") steps.insert(finding.step);
    }
  }
  return steps;
}

/// DETACH … CONCURRENTLY commits in between: one that times out leaves a partition that is half
/// detached and has to be finalized.
bool is_concurrent_detach(const JudgedStep& step) {
  return is_step<AlterTable>(step) && !step.impact.transactional;
}

struct Group {
  int first = -1;
  std::set<QualifiedName> tables;
  int statements = 0;
};

struct LongTransaction {
  QualifiedName table;
  std::int64_t seconds = 0;
};

/// Somebody who would be waited for right now.
std::optional<LongTransaction> long_transaction(const WholeSubject& whole, const Group& group) {
  for (const QualifiedName& table : group.tables) {
    const TableFacts* facts = whole.known.table(table);
    const std::int64_t seconds = facts ? facts->oldest_transaction_seconds.value.value_or(0) : 0;
    if (seconds >= long_transaction_seconds) return LongTransaction{table, seconds};
  }
  return std::nullopt;
}

std::string message(const WholeSubject& whole, const Group& group) {
  const RelationLock& lock = *worst(whole.steps[static_cast<std::size_t>(group.first)]);
  std::string text = "waits for " + std::string(to_sql(lock.mode)) + " on " + shown(lock.relation) +
                     " without a lock_timeout: while it waits for one long query or transaction, "
                     "everybody who wants to " +
                     (blocks_reads(lock.mode) ? "use" : "write to") + " the table waits behind it";
  if (group.statements > 1) {
    text += " (" + std::to_string(group.statements) + " statements " +
            (whole.declarative ? "of this change" : "of this file") + ")";
  }
  if (const auto waiting = long_transaction(whole, group)) {
    text += "; a transaction on " + shown(waiting->table) + " is open for " +
            counted(waiting->seconds, "second") + " right now";
  }
  return text;
}

void report(const WholeSubject& whole, const Group& group, Findings& findings) {
  const JudgedStep& step = whole.steps[static_cast<std::size_t>(group.first)];
  const RelationLock& lock = *worst(step);
  auto added = findings.add(whole, group.first, object_of(lock.relation), message(whole, group));
  added.evidence("statements", static_cast<std::int64_t>(group.statements));
  if (whole.declarative) {
    added.severity(Severity::note)
        .remedy(
            "let the program that applies the change SET lock_timeout = '5s' first, and try "
            "again when it runs out");
    return;
  }
  const std::string set =
      step.in_transaction ? "SET LOCAL lock_timeout = '5s'" : "SET lock_timeout = '5s'";
  added.remedy("set one before it, and run the migration again when it runs out",
               {set, whole.sources ? std::string(whole.sources->text(step.written)) : ""});
}

/// Of a declared schema the timeout is the deploying program's: nothing of this change, unless
/// there is something to act on anyway, or somebody would be waited for right now.
bool is_worth_saying(const WholeSubject& whole, const Group& group) {
  if (!whole.declarative || long_transaction(whole, group)) return true;
  return std::any_of(whole.findings.begin(), whole.findings.end(),
                     [](const Finding& finding) { return finding.severity != Severity::note; });
}

void check_all(const WholeSubject& whole, Findings& findings) {
  const std::set<int> spoken_of = told(whole);
  std::map<std::uint32_t, Group> groups;
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const JudgedStep& step = whole.steps[i];
    const RelationLock* lock = step.has_lock_timeout ? nullptr : worst(step);
    if (!lock || spoken_of.count(static_cast<int>(i)) || is_concurrent_detach(step)) continue;
    Group& group = groups[whole.declarative ? 0 : step.script];
    if (group.first < 0) group.first = static_cast<int>(i);
    ++group.statements;
    group.tables.insert(lock->relation);
  }
  for (const auto& [file, group] : groups)
    if (is_worth_saying(whole, group)) report(whole, group, findings);
}

}  // namespace

extern const Rule missing_lock_timeout{
    .id = "missing-lock-timeout",
    .severity = Severity::warning,
    .summary = "a strong lock is waited for without a limit",
    .when =
        "a statement locks an existing table against reads or writes and no lock_timeout is in "
        "force; said once per file, and only as a note where the schema is declared and there is "
        "something "
        "else to act on. SET LOCAL "
        "ends at COMMIT, and a lock_timeout of 0 is none",
    .effect =
        "a statement that takes a millisecond can wait for hours behind a long query, and every "
        "new query on the table waits behind it",
    .instead = "SET lock_timeout to a few seconds first, and try again when it runs out",
    .reference =
        "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT",
    .check_all = check_all,
    .looks_again = is_concurrent_detach,
};

}  // namespace schemagate::rules
