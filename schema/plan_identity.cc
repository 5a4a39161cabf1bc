// SPDX-License-Identifier: MIT
#include "schema/plan_identity.h"

#include <algorithm>

#include "schema/plan_sql.h"
#include "schema/render.h"

namespace schemagate::planning {
namespace {

bool changes(const Context& context, ChangeKind kind, const QualifiedName& relation,
             const std::string& part = {}) {
  return std::any_of(context.changes.begin(), context.changes.end(), [&](const Change& change) {
    return change.kind == kind && change.relation == relation && change.part == part;
  });
}

const Column* column_of(const Catalog& catalog, const QualifiedName& table,
                        const std::string& column) {
  const auto found = catalog.tables.find(table);
  return found == catalog.tables.end() ? nullptr : found->second.column(column);
}

/// The column on both sides, when it stays the same one.
std::pair<const Column*, const Column*> kept(const Context& context, const QualifiedName& table,
                                             const std::string& column) {
  if (!is_live(context, table) || context.recreated_columns.count({table, column}) != 0) return {};
  return {column_of(context.before, table, column), column_of(context.after, table, column)};
}

}  // namespace

std::vector<const Sequence*> sequences_giving_way(const Context& context,
                                                  const QualifiedName& table,
                                                  const std::string& column) {
  const auto [was, now] = kept(context, table, column);
  const bool passes = was != nullptr && now != nullptr && was->identity == Identity::no &&
                      now->identity != Identity::no && was->default_value && !now->default_value;
  if (!passes) return {};
  std::vector<const Sequence*> gone = context.before.sequences_owned_by(table, column);
  std::erase_if(gone, [&](const Sequence* sequence) {
    return !changes(context, ChangeKind::drop_sequence, sequence->name);
  });
  return gone;
}

const Sequence* sequence_taking_over(const Context& context, const QualifiedName& table,
                                     const std::string& column) {
  const auto [was, now] = kept(context, table, column);
  const bool passes = was != nullptr && now != nullptr && was->identity != Identity::no &&
                      now->identity == Identity::no && now->default_value;
  if (!passes) return nullptr;
  for (const Sequence* sequence : context.after.sequences_owned_by(table, column)) {
    if (changes(context, ChangeKind::add_sequence, sequence->name)) return sequence;
  }
  return nullptr;
}

std::vector<PlannedStatement> creation_steps(const Sequence& sequence) {
  const std::string name = to_sql(sequence.name);
  std::vector<PlannedStatement> steps{{create_sql(sequence)}};
  if (!sequence.comment.empty())
    steps.push_back({comment_on(ObjectKind::sequence, name, sequence.comment)});
  if (!sequence.owner.empty())
    steps.push_back({"ALTER SEQUENCE " + name + " OWNER TO " + quote_identifier(sequence.owner)});
  return steps;
}

std::vector<PlannedStatement> before_identity(const Context& context, const QualifiedName& table,
                                              const std::string& column) {
  std::vector<PlannedStatement> steps;
  const auto sequences = sequences_giving_way(context, table, column);
  if (!sequences.empty()) steps.push_back({alter_column(table, column) + "DROP DEFAULT"});
  for (const Sequence* sequence : sequences)
    steps.push_back({"DROP SEQUENCE " + to_sql(sequence->name)});
  return steps;
}

std::vector<PlannedStatement> after_identity(const Context& context, const QualifiedName& table,
                                             const std::string& column) {
  const Sequence* next = sequence_taking_over(context, table, column);
  if (next == nullptr) return {};
  std::vector<PlannedStatement> steps = creation_steps(*next);
  steps.push_back({"ALTER SEQUENCE " + to_sql(next->name) + " OWNED BY " + to_sql(table) + "." +
                   quote_identifier(column)});
  steps.push_back({set_sequence(table, column, next->options)});
  steps.push_back({alter_column(table, column) + "SET DEFAULT " +
                   column_of(context.after, table, column)->default_value->sql});
  return steps;
}

std::string identity_options(const SequenceOptions& was, const SequenceOptions& now) {
  std::string sql;
  const auto set = [&](const std::string& text) { sql += (sql.empty() ? "SET " : " SET ") + text; };
  if (was.increment != now.increment)
    set("INCREMENT BY " + std::to_string(now.increment.value_or(1)));
  if (was.minimum != now.minimum)
    set(now.minimum ? "MINVALUE " + std::to_string(*now.minimum) : "NO MINVALUE");
  if (was.maximum != now.maximum)
    set(now.maximum ? "MAXVALUE " + std::to_string(*now.maximum) : "NO MAXVALUE");
  if (was.start != now.start)
    set("START WITH " + std::to_string(now.start.value_or(now.minimum.value_or(1))));
  if (was.cache != now.cache) set("CACHE " + std::to_string(now.cache.value_or(1)));
  if (was.cycle != now.cycle) set(now.cycle.value_or(false) ? "CYCLE" : "NO CYCLE");
  return sql;
}

}  // namespace schemagate::planning
