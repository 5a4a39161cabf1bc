// SPDX-License-Identifier: MIT
#include "schema/impact_rows.h"

#include <algorithm>
#include <ctime>

#include "base/text.h"
#include "schema/data_checks.h"
#include "schema/data_text.h"
#include "schema/partition_pruning.h"

namespace schemagate {
namespace {

using canonical::Node;
using canonical::NodeKind;
using Values = WrittenRows::Row;

/// The plain relations of FROM; false: there is something else.
bool relations_of(const Node& node, std::vector<const Node*>& found) {
  if (node.kind == NodeKind::source) {
    if (node.names.empty() || node.names.front() == "lateral") return false;
    found.push_back(&node);
    return true;
  }
  bool plain = node.children.size() >= 2;
  for (std::size_t i = 0; i < 2 && i < node.children.size(); ++i) {
    plain = relations_of(node.children[i], found) && plain;
  }
  return plain;
}

bool outer_join(const Node& node) {
  const bool here = node.kind == NodeKind::clause && node.text.ends_with("JOIN") &&
                    node.text != "JOIN" && node.text != "CROSS JOIN";
  return here || std::any_of(node.children.begin(), node.children.end(), outer_join);
}

/// How often the statement reads the table, by whatever name.
long times_used(const ImpactBuilder& b, const DataStatement& s, const QualifiedName& name) {
  return std::count_if(s.references.relations.begin(), s.references.relations.end(),
                       [&](const RelationUse& use) { return b.resolve(use.name) == name; });
}

void prune(ImpactBuilder& b, const DataStatement& s, const QualifiedName& written,
           std::vector<std::string> qualifiers, const Node& condition) {
  const auto name = b.resolve(written);
  const Table* table = name ? b.table(*name) : nullptr;
  if (!table || !is_partitioned(*table) || times_used(b, s, *name) != 1) return;
  for (const QualifiedName& partition : pruned_partitions(b, *table, qualifiers, condition)) {
    b.leave_out(partition);
  }
}

void prune_select(ImpactBuilder& b, const DataStatement& s, const Node& query, int depth = 0);

/// The view's own condition leaves partitions alone too, and so does that of the query around it
/// where the view gives the column under its own name.
void prune_view(ImpactBuilder& b, const DataStatement& s, const View& view,
                const std::vector<std::string>& qualifiers, const Node& condition, int depth) {
  constexpr int deepest_view = 8;
  if (view.materialized || depth > deepest_view) return;
  const Node query = canonical::parse_query(view.query.sql);
  DataStatement inside;
  inside.references = view.query.references;
  for (const RelationUse& use : s.references.relations) {
    if (b.resolve(use.name) != view.name) inside.references.relations.push_back(use);
  }
  prune_select(b, inside, query, depth + 1);
  if (query.kind != NodeKind::query || query.children.size() != 1) return;
  const Node& select = query.children.front();
  const Node* from = canonical::find_clause(select, "FROM");
  if (select.text != "SELECT" || !from || from->children.size() != 1 ||
      canonical::find_clause(select, "GROUP BY"))
    return;
  const Node& source = from->children.front();
  if (source.kind != NodeKind::source || source.names.empty()) return;
  const Node* items = canonical::find_clause(select, "ITEMS");
  if (!items) return;
  for (const Node& item : items->children) {
    if (item.children.empty()) return;
    const Node& value = item.children.front();
    const bool same =
        value.kind == NodeKind::name && (item.text.empty() || item.text == value.names.back());
    if (!same) return;
  }
  const std::string schema = source.names.size() == 2 ? source.names.front() : "";
  prune(b, inside, {schema, source.names.back()}, qualifiers, condition);
}

void prune_select(ImpactBuilder& b, const DataStatement& s, const Node& query, int depth) {
  if (query.kind != NodeKind::query || query.children.empty()) return;
  const Node& select = query.children.front();
  const Node* from = canonical::find_clause(select, "FROM");
  const Node* where = canonical::find_clause(select, "WHERE");
  if (select.text != "SELECT" || !from || outer_join(*from)) return;
  const Node condition = where ? where->children.front() : Node{};
  std::vector<const Node*> sources;
  bool plain = true;
  for (const Node& source : from->children) plain = relations_of(source, sources) && plain;
  for (const Node* source : sources) {
    const std::string& last = source->names.back();
    std::vector<std::string> qualifiers{source->text.empty() ? last : source->text};
    if (sources.size() == 1 && plain) qualifiers.emplace_back();
    const std::string schema = source->names.size() == 2 ? source->names.front() : "";
    const auto name = b.resolve({schema, last});
    if (const View* view = name ? b.view(*name) : nullptr) {
      if (times_used(b, s, *name) == 1) prune_view(b, s, *view, qualifiers, condition, depth);
    } else if (where) {
      prune(b, s, {schema, last}, std::move(qualifiers), condition);
    }
  }
}

void leave_all_out(ImpactBuilder& b, const DataStatement& s) {
  b.read_nothing();
  for (const RelationUse& use : s.references.relations) {
    const auto name = b.resolve(use.name);
    const Table* table = name ? b.table(*name) : nullptr;
    if (!table || !is_partitioned(*table)) continue;
    for (const Table* part : b.catalog().tree_of(*name)) {
      if (part != table) b.leave_out(part->name);
    }
  }
}

void lock_way(ImpactBuilder& b, const DataStatement& s, const std::vector<QualifiedName>& way) {
  for (const QualifiedName& partition : way) {
    b.lock(partition, LockMode::row_exclusive);
    if (s.arbiter) b.lock_indexes(partition, LockMode::row_exclusive);
  }
}

/// A column that gets no value has its default, or NULL.
void add_missing(const Table& table, Values& values) {
  for (const Column& column : table.columns) {
    const bool given = std::any_of(values.begin(), values.end(),
                                   [&](const auto& one) { return one.first == column.name; });
    if (given || column.identity != Identity::no) continue;
    values.emplace_back(column.name, column.default_value
                                         ? canonical::parse_expression(column.default_value->sql)
                                         : canonical::make(NodeKind::constant, "NULL"));
  }
}

/// now() and its like.
bool is_present_time(const Node& node) {
  if (node.kind == NodeKind::cast && !node.children.empty())
    return is_present_time(node.children.front());
  constexpr std::string_view names[] = {"CURRENT_TIMESTAMP", "CURRENT_DATE", "LOCALTIMESTAMP"};
  constexpr std::string_view functions[] = {"now", "clock_timestamp", "statement_timestamp",
                                            "transaction_timestamp"};
  const auto is_one_of = [](const auto& words, const std::string& word) {
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
  };
  if (node.kind == NodeKind::constant) return is_one_of(names, node.text);
  return node.kind == NodeKind::call && node.children.empty() && !node.names.empty() &&
         is_one_of(functions, node.names.back());
}

/// The day that is so many days after this one, as all types of dates and times read it.
std::string day(int later) {
  const std::time_t now = std::time(nullptr) + static_cast<std::time_t>(later) * 24 * 60 * 60;
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%d", &parts)};
}

/// route(); where the present time decides, the way that yesterday and tomorrow share.
std::optional<std::vector<QualifiedName>> route_at_any_time(const ImpactBuilder& b,
                                                            const Table& table, Values values) {
  bool timed = false;
  Values later = values;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!is_present_time(values[i].second)) continue;
    timed = true;
    values[i].second = canonical::make(NodeKind::string, day(-1));
    later[i].second = canonical::make(NodeKind::string, day(1));
  }
  auto way = route(b, table, values);
  if (timed && route(b, table, later) != way) return std::nullopt;
  return way;
}

}  // namespace

void prune_partitions(ImpactBuilder& b, const DataStatement& s) {
  if (s.sql.empty() || b.session().partial) return;
  const bool insert = s.kind == DataKind::insert;
  const bool by_view = std::any_of(s.references.relations.begin(), s.references.relations.end(),
                                   [&](const RelationUse& use) {
                                     const auto name = b.resolve(use.name);
                                     return name && b.view(*name);
                                   });
  if (!s.has_where && !insert && !(by_view && s.kind == DataKind::select)) return;
  if (s.kind == DataKind::select) {
    if (selects_nothing(s)) return leave_all_out(b, s);
    return prune_select(b, s, canonical::parse_query(s.sql));
  }
  if (insert && s.references.relations.size() < 2) return;
  const DataText text = read_data_text(s);
  if (insert) {
    DataStatement query;
    query.sql = text.source;
    query.has_where = true;
    if (selects_nothing(query)) return leave_all_out(b, s);
    return prune_select(b, s, canonical::parse_query(text.source));
  }
  if (s.kind != DataKind::update && s.kind != DataKind::delete_) return;
  if (selects_nothing(s)) return leave_all_out(b, s);
  std::vector<std::string> qualifiers{text.alias};
  if (text.sources.empty()) qualifiers.emplace_back();
  prune(b, s, s.target, std::move(qualifiers), canonical::parse_expression(text.condition));
}

namespace {

/// The only partition that has none below it, or null.
const Table* only_leaf(const ImpactBuilder& b, const Table& table) {
  const Table* at = &table;
  while (is_partitioned(*at)) {
    const auto children = b.catalog().children_of(at->name);
    if (children.size() != 1) return nullptr;
    at = children.front();
  }
  return at;
}

/// All rows of a SELECT go the same way: they have constants where the table looks.
std::optional<std::vector<QualifiedName>> way_of_selected(const ImpactBuilder& b,
                                                          const Table& table, Values values) {
  if (values.empty()) return std::nullopt;
  add_missing(table, values);
  auto way = route_at_any_time(b, table, std::move(values));
  if (way && way->empty()) return std::nullopt;
  return way;
}

/// The partitions of all rows that are listed; nothing where one is not known, or fails.
std::optional<std::vector<QualifiedName>> ways_of_listed(ImpactBuilder& b, const Table& table,
                                                         const WrittenRows& written) {
  std::vector<QualifiedName> all;
  for (Values values : written.rows) {
    std::erase_if(values, [](const auto& one) {
      return one.second.kind == NodeKind::constant && one.second.text == "DEFAULT";
    });
    add_missing(table, values);
    const auto way = route_at_any_time(b, table, std::move(values));
    if (!way) return std::nullopt;
    if (way->empty())
      b.fail("23514", "no partition of relation " + quoted(table.name.name) + " found for row");
    all.insert(all.end(), way->begin(), way->end());
  }
  return all;
}

}  // namespace

bool route_rows(ImpactBuilder& b, const DataStatement& s, const Table& table,
                const WrittenRows& written) {
  if (b.session().partial) return false;
  auto way = written.listed ? ways_of_listed(b, table, written)
                            : way_of_selected(b, table, written.selected);
  if (b.failed()) return true;
  if (const Table* leaf = way ? nullptr : only_leaf(b, table)) {
    way.emplace();
    for (const Table* at = leaf; at && at != &table; at = b.table(at->partition_of))
      way->push_back(at->name);
  }
  if (way) lock_way(b, s, *way);
  return way.has_value();
}

void route_moved_rows(ImpactBuilder& b, const DataStatement& s, const Table& table,
                      const WrittenRows& written) {
  if (written.rows.empty() || b.session().partial) return;
  if (const auto way = route_at_any_time(b, table, written.rows.front())) lock_way(b, s, *way);
}

}  // namespace schemagate
