// SPDX-License-Identifier: MIT
// LOCK TABLE, TRUNCATE and REFRESH MATERIALIZED VIEW.
#include <algorithm>
#include <set>

#include "schema/impact_builder.h"

namespace schemagate {

namespace {

void lock_view(ImpactBuilder& b, const QualifiedName& name, LockMode mode,
               std::set<QualifiedName>& seen) {
  if (!seen.insert(name).second) return;
  const View* view = b.view(name);
  if (!view || view->materialized) {
    b.lock_tree(name, mode);
    return;
  }
  b.lock(name, mode);
  for (const RelationUse& use : view->query.references.relations) {
    if (const auto below = b.resolve(use.name)) lock_view(b, *below, mode, seen);
  }
}

}  // namespace

void predict_statement(ImpactBuilder& b, const LockTable& s) {
  if (!b.session().in_transaction) {
    b.fail("25P01", "LOCK TABLE can only be used in transaction blocks");
    return;
  }
  std::set<QualifiedName> seen;
  for (std::size_t i = 0; i < s.tables.size(); ++i) {
    const QualifiedName name = b.require(s.tables[i]);
    if (name.empty()) return;
    const View* view = b.view(name);
    const bool other = (view && view->materialized) || (!view && !b.table(name));
    if (other) {
      b.fail("42809", b.major() >= 15 ? "cannot lock relation " + quoted(name.name)
                                      : quoted(name.name) + " is not a table or view");
      return;
    }
    const bool only = i < s.only.size() && s.only[i];
    if (only && !view) {
      b.lock(name, static_cast<LockMode>(s.mode));
    } else {
      lock_view(b, name, static_cast<LockMode>(s.mode), seen);
    }
  }
}

namespace {

void truncate_one(ImpactBuilder& b, const Truncate& s, const Table& table) {
  b.lock(table.name, LockMode::access_exclusive);
  if (s.restart_identity) {
    for (const Sequence* sequence : b.catalog().sequences_owned_by(table.name)) {
      b.lock(sequence->name, LockMode::access_exclusive);
    }
  }
  if (!has_storage(table)) return;
  b.lock_indexes(table.name, LockMode::access_exclusive);
}

}  // namespace

void predict_statement(ImpactBuilder& b, const Truncate& s) {
  std::vector<const Table*> tables;
  const auto add = [&](const Table* table) {
    if (std::find(tables.begin(), tables.end(), table) == tables.end()) tables.push_back(table);
  };
  for (std::size_t i = 0; i < s.tables.size(); ++i) {
    const QualifiedName name = b.require(s.tables[i]);
    if (name.empty()) return;
    const Table* table = b.table(name);
    if (!table) {
      b.fail("42809", quoted(name.name) + " is not a table");
      return;
    }
    const bool only = i < s.only.size() && s.only[i];
    if (only && is_partitioned(*table) && !b.catalog().children_of(name).empty()) {
      b.fail("42809", "cannot truncate only a partitioned table");
      return;
    }
    if (only) {
      add(table);
    } else {
      for (const Table* part : b.catalog().tree_of(name)) add(part);
    }
  }
  for (std::size_t i = 0; i < tables.size(); ++i) {
    for (const auto& [child, key] : incoming_keys(b.catalog(), *tables[i])) {
      if (key->definition.not_enforced) continue;
      if (std::find(tables.begin(), tables.end(), child) != tables.end()) continue;
      if (!s.cascade) {
        b.fail("0A000", "cannot truncate a table referenced in a foreign key constraint");
        return;
      }
      for (const Table* part : b.catalog().tree_of(child->name)) add(part);
    }
  }
  for (const Table* table : tables) truncate_one(b, s, *table);
}

void predict_statement(ImpactBuilder& b, const Refresh& s) {
  const QualifiedName name = b.require(s.name);
  const View* view = b.view(name);
  if (!view && b.table(name)) {
    b.fail("0A000", quoted(name.name) + " is not a materialized view");
  }
  if (!view) return;
  if (!view->materialized) {
    b.fail("42809", quoted(name.name) + " is not a table or materialized view");
    return;
  }
  if (s.concurrently && s.with_no_data) {
    b.fail("42601", "REFRESH options CONCURRENTLY and WITH NO DATA cannot be used together");
    return;
  }
  if (s.concurrently) {
    const auto indexes = b.catalog().indexes_of(name);
    const bool usable = std::any_of(indexes.begin(), indexes.end(), [](const Index* index) {
      return index->unique && index->where.empty() &&
             std::none_of(index->elements.begin(), index->elements.end(),
                          [](const IndexElement& e) { return e.column.empty(); });
    });
    if (!view->populated) {
      b.fail("0A000", "CONCURRENTLY cannot be used when the materialized view is not populated");
      return;
    }
    if (!usable) {
      b.fail("55000", "cannot refresh materialized view " + quoted(to_sql(name)) + " concurrently");
      return;
    }
    b.lock(name, LockMode::exclusive);
    b.lock_indexes(name, LockMode::row_exclusive);
    b.scan(Cause::refresh, name);
  } else {
    b.lock(name, LockMode::access_exclusive);
    b.lock_indexes(name, LockMode::access_exclusive);
    if (s.with_no_data) return;  // it is emptied
    b.rewrite(Cause::refresh, name);
    for (const Index* index : b.catalog().indexes_of(name)) {
      b.build(Cause::refresh, name, index->name);
    }
  }
  b.plan_query(view->query.references);
  b.scan_query(view->query.references, Cause::refresh);
}
}  // namespace schemagate
