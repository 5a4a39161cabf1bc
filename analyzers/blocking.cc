// SPDX-License-Identifier: MIT
#include "analyzers/blocking.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzers/words.h"

namespace schemagate {
namespace {

/// The topmost table above `relation` that the step locks as well; `relation` itself when there is
/// none.
QualifiedName topmost(const Subject& subject, QualifiedName relation) {
  while (true) {
    const auto found = subject.before.tables.find(relation);
    if (found == subject.before.tables.end()) return relation;
    QualifiedName parent = found->second.partition_of;
    if (parent.empty() && !found->second.inherits.empty()) parent = found->second.inherits.front();
    const auto lock = subject.lock_on(parent);
    if (parent.empty() || !lock || !blocks_writes(*lock)) return relation;
    relation = parent;
  }
}

bool stays_on_the_partition(Cause cause) {
  return cause == Cause::default_partition || cause == Cause::attach_partition;
}

}  // namespace

std::vector<Blocking> blocking_work(const Subject& subject, std::initializer_list<Cause> causes) {
  std::vector<Blocking> result;
  for (const Work& work : subject.impact.work) {
    if (std::find(causes.begin(), causes.end(), work.cause) == causes.end()) continue;
    const auto lock = subject.lock_on(work.relation);
    if (!lock || !blocks_writes(*lock) || subject.is_idle(work.relation)) continue;
    const auto same = std::find_if(result.begin(), result.end(), [&](const Blocking& other) {
      return other.cause == work.cause && other.command == work.command;
    });
    if (same != result.end()) {
      same->kind = std::min(same->kind, work.kind);  // rewrite comes before scan
      continue;
    }
    const QualifiedName relation =
        stays_on_the_partition(work.cause) ? work.relation : topmost(subject, work.relation);
    result.push_back({work.cause, work.kind, work.command, relation, work.index, work.detail,
                      subject.lock_on(relation).value_or(*lock)});
  }
  return result;
}

std::string sentence(const Subject& subject, const Blocking& blocking, std::string_view purpose) {
  const bool rewrite = blocking.kind == WorkKind::rewrite;
  return fmt::format("{} {} under {}{}{}: {} {}", rewrite ? "rewrites" : "reads all of",
                     subject.describe(blocking.relation), to_sql(blocking.lock),
                     purpose.empty() ? "" : " ", purpose, nobody_can(blocking.lock),
                     subject.how_long(blocking.relation, blocking.kind));
}

Findings::Added add_blocking(Findings& findings, const Subject& subject, const Blocking& blocking,
                             std::string object, std::string message) {
  Findings::Added added =
      findings.add(subject, std::move(object), std::move(message), blocking.command);
  added.lock(subject, blocking.relation).soften_if_small(subject, blocking.relation);
  return added;
}

}  // namespace schemagate
