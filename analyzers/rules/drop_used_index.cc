// SPDX-License-Identifier: MIT
#include <algorithm>

#include "analyzers/looks_again.h"
#include "analyzers/rule.h"
#include "analyzers/words.h"
#include "base/text.h"

namespace schemagate::rules {
namespace {

/// Another index that begins with the same columns serves the same queries.
bool is_replaced(const WholeSubject& whole, const Index& dropped) {
  const auto same = [](const IndexElement& a, const IndexElement& b) {
    return a.column == b.column && a.expression == b.expression &&
           a.operator_class == b.operator_class && a.collation == b.collation;
  };
  for (const Index* other : whole.after.indexes_of(dropped.table)) {
    if (other->name == dropped.name || other->method != dropped.method || !other->valid) continue;
    if (!other->where.empty() && !(other->where == dropped.where)) continue;
    if (other->elements.size() < dropped.elements.size()) continue;
    if (std::equal(dropped.elements.begin(), dropped.elements.end(), other->elements.begin(),
                   same)) {
      return true;
    }
  }
  return false;
}

void check_all(const WholeSubject& whole, Findings& findings) {
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const auto* drop = whole.steps[i].statement->as<Drop>();
    if (!drop || drop->kind() != ObjectKind::index) continue;
    for (const ObjectName& object : drop->objects) {
      const auto index = whole.base.indexes.find(whole.existing(i, object.name));
      if (index == whole.base.indexes.end() || whole.after.indexes.count(index->first)) continue;
      Probe probe;
      probe.kind = ProbeKind::index_scans;
      probe.table = index->second.table;
      probe.columns = {index->first.name};
      const ProbeAnswer* answer = whole.ask(probe);
      if (!answer || answer->rows.value.value_or(0) == 0 || is_replaced(whole, index->second)) {
        continue;
      }
      findings
          .add(whole, static_cast<int>(i), object_of(index->first),
               "queries use this index: " + with_thousands(*answer->rows.value) +
                   " scans since the statistics were reset; without it they read " +
                   shown(index->second.table) + " another way")
          .evidence("index_scans", *answer->rows.value)
          .remedy(
              "find the queries first (pg_stat_statements), or build the index that replaces it "
              "before this one goes");
    }
  }
}

}  // namespace

extern const Rule drop_used_index{
    .id = "drop-used-index",
    .severity = Severity::warning,
    .summary = "an index is dropped that queries use",
    .when =
        "an index is dropped, the running database has used it, and no other index begins with "
        "the same columns",
    .effect = "queries that were fast read the whole table from that moment on",
    .instead = "look up who uses it, and build its replacement first",
    .reference =
        "https://www.postgresql.org/docs/current/"
        "monitoring-stats.html#MONITORING-PG-STAT-ALL-INDEXES-VIEW",
    .check_all = check_all,
    .looks_again = is_step<Drop>,
    .looks_into_blocks = true,
};

}  // namespace schemagate::rules
