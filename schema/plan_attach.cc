// SPDX-License-Identifier: MIT
// Online, a table that becomes a partition is looked through before: the server attaches it, and
// leaves the default partition alone, without reading them where a valid CHECK proves the bounds.
#include <algorithm>

#include "base/text.h"
#include "schema/generated_names.h"
#include "schema/list_text.h"
#include "schema/plan_sql.h"
#include "schema/render.h"

namespace schemagate::planning {
namespace {

using Steps = std::vector<PlannedStatement>;
using Words = std::vector<std::string>;

/// "1" and "'a'" of "FOR VALUES FROM (1, 'a') TO …", after the word FROM.
Words values_after(const std::string& bound, std::string_view word) {
  const auto values = split_list(list_after(bound, word));
  return {values.begin(), values.end()};
}

Words keys_of(const Table& parent) {
  Words keys;
  for (const IndexElement& element : parent.partition_by->elements)
    keys.push_back(element.column.empty() ? "(" + element.expression.sql + ")"
                                          : quote_identifier(element.column));
  return keys;
}

std::string list_condition(const std::string& key, Words values) {
  const bool null = std::erase(values, "NULL") != 0;
  const std::string in = key + " IN (" + join(values, ", ") + ")";
  if (!null) return key + " IS NOT NULL AND " + in;
  return values.empty() ? key + " IS NULL" : "(" + key + " IS NULL OR " + in + ")";
}

/// "a > 1 OR (a = 1 AND b >= 'k')" above a lower bound, the same with < below an upper one. Empty
/// when there is no bound.
std::string side_condition(const Words& keys, const Words& values, bool lower) {
  std::string text, equal;
  for (std::size_t i = 0; i < keys.size() && i < values.size(); ++i) {
    const bool without = values[i] == "MINVALUE" || values[i] == "MAXVALUE";
    // Above MINVALUE and below MAXVALUE is everything that is equal so far, beyond them is nothing.
    const bool everything = without && (values[i] == "MINVALUE") == lower;
    if (without && !everything) return text.empty() ? "false" : text;
    const bool last = i + 1 == keys.size();
    const std::string compares = lower ? (last ? " >= " : " > ") : " < ";
    const std::string own = everything ? equal : keys[i] + compares + values[i];
    if (everything && equal.empty()) return text;
    const std::string both = everything || equal.empty() ? own : equal + " AND " + own;
    text += (text.empty() ? "" : " OR ") + (equal.empty() ? both : "(" + both + ")");
    if (everything) return text;
    equal += (equal.empty() ? "" : " AND ") + keys[i] + " = " + values[i];
  }
  return text;
}

std::string are_given(const Words& keys) {
  std::string text;
  for (const std::string& key : keys) text += (text.empty() ? "" : " AND ") + key + " IS NOT NULL";
  return text;
}

/// Between the bounds; empty for MINVALUE to MAXVALUE.
std::string between(const Words& keys, const std::string& bound) {
  std::string text;
  for (const bool lower : {true, false}) {
    const std::string side =
        side_condition(keys, values_after(bound, lower ? "FROM" : "TO"), lower);
    if (side.empty()) continue;
    text += (text.empty() ? "" : " AND ") + (keys.size() == 1 ? side : "(" + side + ")");
  }
  return text;
}

std::string range_condition(const Words& keys, const std::string& bound) {
  const std::string sides = between(keys, bound);
  return are_given(keys) + (sides.empty() ? "" : " AND " + sides);
}

std::string hash_condition(const Table& parent, const Words& keys, const std::string& bound) {
  const Words numbers = values_after(bound, "WITH");
  if (numbers.size() != 2) return {};
  const auto number = [](const std::string& text) { return text.substr(text.rfind(' ') + 1); };
  return "satisfies_hash_partition(" + quote_literal(to_sql(parent.name)) + "::regclass, " +
         number(numbers[0]) + ", " + number(numbers[1]) + ", " + join(keys, ", ") + ")";
}

/// What the rows of a partition have to fulfil by the bounds of it and all above it; empty where
/// that is what no other partition takes.
std::string bound_condition(const Catalog& catalog, const Table& partition) {
  std::string text;
  for (const Table* table = &partition; !table->partition_of.empty();) {
    const auto parent = catalog.tables.find(table->partition_of);
    if (parent == catalog.tables.end() || !parent->second.partition_by || !table->bound ||
        table->bound->is_default)
      return {};
    const Words keys = keys_of(parent->second);
    const std::string& bound = table->bound->sql;
    const std::string& strategy = parent->second.partition_by->strategy;
    const std::string own = strategy == "list" ? list_condition(keys[0], values_after(bound, "IN"))
                            : strategy == "range" ? range_condition(keys, bound)
                                                  : hash_condition(parent->second, keys, bound);
    if (own.empty()) return {};
    text = own + (text.empty() ? "" : " AND " + text);
    table = &parent->second;
  }
  return text;
}

/// What the rows of a default partition have to fulfil: not to be of any other partition. Empty
/// where no other stands beside it.
std::string default_condition(const Catalog& catalog, const Table& partition) {
  const auto parent = catalog.tables.find(partition.partition_of);
  if (parent == catalog.tables.end() || !parent->second.partition_by) return {};
  const Words keys = keys_of(parent->second);
  const bool list = parent->second.partition_by->strategy == "list";
  Words values, ranges;
  for (const Table* other : catalog.children_of(partition.partition_of)) {
    if (!other->bound || other->bound->is_default) continue;
    if (list)
      for (std::string& value : values_after(other->bound->sql, "IN"))
        values.push_back(std::move(value));
    else
      ranges.push_back("(" + between(keys, other->bound->sql) + ")");
  }
  // In the server's own shape, or it does not see that one proves the other.
  if (list && !values.empty()) return "NOT (" + list_condition(keys[0], std::move(values)) + ")";
  const bool everything = std::find(ranges.begin(), ranges.end(), "()") != ranges.end();
  if (ranges.empty() || everything) return {};
  return "NOT (" + are_given(keys) + " AND (" + join(ranges, " OR ") + "))";
}

/// The step between two checks of which the second is for nothing then.
struct Proof {
  Steps before, after;
};

void prove(const Context& context, const Table& table, const std::string& condition, Proof& proof) {
  const std::string name = quote_identifier(
      free_name(context, table, make_object_name(table.name.name, "bounds", "check")));
  const std::string alter = alter_table(table.name);
  proof.before.push_back(
      {alter + "ADD CONSTRAINT " + name + " CHECK (" + condition + ") NOT VALID"});
  proof.before.push_back({alter + "VALIDATE CONSTRAINT " + name, Mode::own});
  proof.after.push_back({alter + "DROP CONSTRAINT " + name});
}

/// The default partition, when it stays one while `partition` comes.
const Table* default_beside(const Context& context, const Table& partition) {
  const Table* rest = context.after.default_partition_of(partition.partition_of);
  if (rest == nullptr || rest->name == partition.name || !is_live(context, rest->name) ||
      !is_live(context, partition.partition_of))
    return nullptr;
  return context.before.tables.at(rest->name).partition_of == partition.partition_of ? rest
                                                                                     : nullptr;
}

/// The index above stays as it is; one that comes brings its partitions' indexes itself.
bool stays(const Context& context, const QualifiedName& index) {
  const auto was = context.before.indexes.find(index);
  return was != context.before.indexes.end() &&
         std::none_of(context.changes.begin(), context.changes.end(),
                      [&](const Change& change) {
                        return change.kind == ChangeKind::add_index && change.relation == index;
                      }) &&
         (was->second.parent.empty() || stays(context, was->second.parent));
}

/// The indexes that the partitioned table would build on its new partition.
Steps indexes_first(Context& context, const Table& partition) {
  Steps steps;
  for (const Index* index : context.after.indexes_of(partition.name)) {
    const bool comes = !index->parent.empty() && index->constraint.empty() &&
                       index->generated_name && context.before.indexes.count(index->name) == 0 &&
                       stays(context, index->parent) && partition.kind == RelationKind::table;
    if (comes) steps.push_back({create_sql(*index, true), Mode::outside});
  }
  return steps;
}

}  // namespace

std::vector<PlannedStatement> beside_default(Context& context, const Table& partition,
                                             std::string sql) {
  const Table* rest = context.online() ? default_beside(context, partition) : nullptr;
  const std::string condition =
      rest == nullptr ? std::string() : bound_condition(context.after, partition);
  Proof proof;
  if (!condition.empty()) prove(context, *rest, "NOT (" + condition + ")", proof);
  Steps steps = std::move(proof.before);
  steps.push_back({std::move(sql)});
  append(steps, std::move(proof.after));
  return steps;
}

std::vector<PlannedStatement> attach_steps(Context& context, const Table& partition,
                                           std::string sql) {
  if (!context.online() || !is_live(context, partition.name) ||
      partition.kind == RelationKind::foreign_table)
    return {{std::move(sql)}};
  Steps steps = indexes_first(context, partition);
  Proof proof;
  const bool rest = partition.bound && partition.bound->is_default;
  const std::string condition = rest ? default_condition(context.after, partition)
                                     : bound_condition(context.after, partition);
  if (!condition.empty()) prove(context, partition, condition, proof);
  append(steps, std::move(proof.before));
  append(steps, beside_default(context, partition, std::move(sql)));
  append(steps, std::move(proof.after));
  return steps;
}

}  // namespace schemagate::planning
