// SPDX-License-Identifier: MIT
// Statements that read or change rows.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "schema/canonical_tree.h"
#include "schema/data_checks.h"
#include "schema/extension_content.h"
#include "schema/impact_access.h"
#include "schema/impact_builder.h"
#include "schema/impact_defaults.h"
#include "schema/impact_firing.h"
#include "schema/impact_row_checks.h"
#include "schema/impact_rows.h"
#include "schema/impact_written_rows.h"
#include "schema/query_checks.h"

namespace schemagate {
namespace {
std::string_view event_of(const DataStatement& s) {
  if (s.kind == DataKind::update) return "UPDATE";
  return s.kind == DataKind::delete_ ? "DELETE" : "INSERT";
}

/// A view of one table as it is; through all others no row can be written.
bool is_updatable(const View& view) {
  const std::string& sql = view.query.sql;
  if (view.query.references.relations.size() != 1) return false;
  constexpr std::string_view words[] = {" GROUP BY ",  " HAVING ",        " LIMIT ",
                                        " OFFSET ",    " UNION ",         " EXCEPT ",
                                        " INTERSECT ", "SELECT DISTINCT "};
  return std::none_of(std::begin(words), std::end(words),
                      [&](std::string_view word) { return sql.find(word) != std::string::npos; });
}

/// The table behind an updatable view, all views on the way locked; empty where the statement goes
/// no further: refused, or done by a rule or a trigger of the view.
QualifiedName target_table(ImpactBuilder& b, QualifiedName name, const DataStatement& s) {
  constexpr int deepest_view = 32;
  for (int depth = 0; depth < deepest_view; ++depth) {
    const View* view = b.view(name);
    if (!view) return name;
    if (view->materialized) {
      b.fail("42809", "cannot change materialized view " + quoted(name.name));
      return {};
    }
    b.lock(name, LockMode::row_exclusive);
    const bool instead = apply_rules(b, view->rules, event_of(s));
    // What replaces UPDATE and DELETE runs for the view's rows.
    if (instead && s.kind != DataKind::insert) b.plan_query(view->query.references);
    if (instead || fire_instead(b, *view, event_of(s))) return {};
    if (!is_updatable(*view)) {
      b.fail("55000", "cannot change view " + quoted(name.name));
      return {};
    }
    const auto below = b.resolve(view->query.references.relations.front().name);
    if (!below) return {};
    name = *below;
  }
  return name;
}

/// A column that gets two values.
bool column_is_repeated(ImpactBuilder& b, const DataStatement& s) {
  if (s.kind == DataKind::merge) return false;
  std::set<std::string> seen;
  for (const std::string& column : s.columns) {
    if (column.empty() || seen.insert(column).second) continue;
    if (s.kind == DataKind::update)
      b.fail("42601", "multiple assignments to same column " + quoted(column));
    else
      b.fail("42701", "column " + quoted(column) + " specified more than once");
    return true;
  }
  return false;
}

}  // namespace

bool relation_is_missing(ImpactBuilder& b, const References& references) {
  if (b.session().partial || may_bring_relations(b.catalog())) return false;
  for (const RelationUse& use : references.relations) {
    const bool of_system = use.name.schema == "pg_catalog" ||
                           use.name.schema == "information_schema" ||
                           use.name.name.starts_with("pg_");
    if (of_system || b.resolve(use.name)) continue;
    b.fail("42P01", "relation " + quoted(to_sql(use.name)) + " does not exist");
    return true;
  }
  return false;
}

namespace {

/// Relations of the statement that are not its target.
void read_others(ImpactBuilder& b, const DataStatement& s, const QualifiedName& target) {
  References others;
  bool skipped = false;
  for (const RelationUse& use : s.references.relations) {
    if (!skipped && b.resolve(use.name) == target) {
      skipped = true;
      continue;
    }
    others.relations.push_back(use);
  }
  others.sequences = s.references.sequences;
  b.plan_query(others);
  b.scan_query(others, Cause::query, &s);
}

void insert_rows(ImpactBuilder& b, const DataStatement& s, const QualifiedName& written) {
  read_others(b, s, written);
  const QualifiedName name = target_table(b, written, s);
  b.lock(name, LockMode::row_exclusive);
  const Table* table = b.table(name);
  if (!table || column_is_missing(b, *table, s) || column_is_repeated(b, s)) return;
  const std::size_t places = s.columns.empty() ? table->columns.size() : s.columns.size();
  if (s.values > 0 && static_cast<std::size_t>(s.values) > places && !table->incomplete) {
    b.fail("42601", "INSERT has more expressions than target columns");
    return;
  }
  if (s.values > 0 && static_cast<std::size_t>(s.values) < s.columns.size()) {
    b.fail("42601", "INSERT has more target columns than expressions");
    return;
  }
  if (apply_rules(b, table->rules, "INSERT")) return;
  if (!table->partition_of.empty()) b.lock(table->partition_of, LockMode::access_share);
  if (b.reads_nothing()) return;
  const WrittenRows rows = read_written_rows(s, *table);
  if (is_partitioned(*table) && !route_rows(b, s, *table, rows)) {
    b.condition("the partitions that the rows go to are locked too (ROW EXCLUSIVE)");
  }
  if (s.arbiter) b.lock_indexes(name, LockMode::row_exclusive);
  if (const Index* index = constraint_index(b.catalog(), *table, s.arbiter_constraint);
      index && !s.arbiter_constraint.empty()) {
    b.lock(index->name, LockMode::row_exclusive);
  }
  if (s.values >= 0 || !s.columns.empty()) check_required(b, *table, rows);
  check_row_values(b, *table, rows);
  draw_defaults(b, *table, rows, false);
  check_parents(b, *table, s, rows);
  fire_triggers(b, *table, "INSERT", {});
}

/// A column whose default comes from a sequence.
bool sets_drawn_column(const DataStatement& s, const Table& table) {
  return std::any_of(s.columns.begin(), s.columns.end(), [&](const std::string& name) {
    const Column* column = table.column(name);
    return column &&
           (column->identity != Identity::no ||
            (column->default_value && !column->default_value->references.sequences.empty()));
  });
}

void change_rows(ImpactBuilder& b, const DataStatement& s, const QualifiedName& written) {
  read_others(b, s, written);
  const QualifiedName name = target_table(b, written, s);
  const Table* table = b.table(name);
  if (!table || column_is_missing(b, *table, s) || column_is_repeated(b, s)) return;
  if (s.kind == DataKind::merge && !table->rules.empty())
    return b.fail("0A000", "cannot execute MERGE on relation " + quoted(name.name));
  if (s.kind != DataKind::merge && apply_rules(b, table->rules, event_of(s))) {
    b.lock(name, LockMode::row_exclusive);
    return;
  }
  const auto use = std::find_if(s.references.relations.begin(), s.references.relations.end(),
                                [&](const RelationUse& u) { return b.resolve(u.name) == written; });
  const bool only = use != s.references.relations.end() && use->only;
  b.plan_relation(name, LockMode::row_exclusive, only);
  References own;
  own.relations.push_back(use == s.references.relations.end() ? RelationUse{name, name.name, only}
                                                              : *use);
  b.scan_query(own, Cause::query, &s);
  if (s.kind == DataKind::update) {  // the row still has to be the partition's
    for (const Table* part = table; part && !part->partition_of.empty();
         part = b.table(part->partition_of))
      b.lock(part->partition_of, LockMode::access_share);
  }
  if (b.reads_nothing()) return;
  const bool all_rows = s.kind == DataKind::update && !s.has_where && !b.is_empty(*table);
  const bool told =
      s.kind == DataKind::update && (all_rows || is_partitioned(*table) ||
                                     has_foreign_key(*table) || sets_drawn_column(s, *table));
  const WrittenRows rows = told ? read_written_rows(s, *table) : WrittenRows{};
  draw_defaults(b, *table, rows, true);
  if (all_rows) check_set_null(b, *table, rows);
  if (all_rows) check_row_values(b, *table, rows);
  if (s.kind == DataKind::update && is_partitioned(*table)) route_moved_rows(b, s, *table, rows);
  std::set<QualifiedName> seen;
  if (s.kind == DataKind::delete_) check_children(b, name, true, nullptr, seen);
  if (s.kind == DataKind::update) {
    check_parents(b, *table, s, rows);
    check_children(b, name, false, &s, seen);
  }
  if (s.kind != DataKind::merge) fire_triggers(b, *table, event_of(s), s.columns);
}

bool uses_uncommitted_value(ImpactBuilder& b, const DataStatement& s) {
  for (const auto& [type, value] : b.session().uncommitted_enum_values) {
    if (std::find(s.literals.begin(), s.literals.end(), value) == s.literals.end()) continue;
    b.fail("55P04", "unsafe use of new value " + quoted(value) + " of enum type " + type.name);
    return true;
  }
  return false;
}

/// The name in a text as a query would write it: 'app."Users"'.
QualifiedName name_in(const std::string& text) {
  const canonical::Node node = canonical::parse_expression(text);
  if (node.kind != canonical::NodeKind::name || node.names.empty()) return {};
  return {node.names.size() > 1 ? node.names[node.names.size() - 2] : std::string(),
          node.names.back()};
}

/// setval(pg_get_serial_sequence('users', 'id'), …): the sequence that the catalog knows.
void draw_serials(ImpactBuilder& b, const DataStatement& s) {
  constexpr std::string_view function = "pg_get_serial_sequence";
  const auto& called = s.references.functions;
  const bool looks_up = std::any_of(called.begin(), called.end(), [&](const FunctionUse& use) {
    return use.name.name == function;
  });
  const bool draws = std::any_of(called.begin(), called.end(), [](const FunctionUse& use) {
    return use.name.name == "setval" || use.name.name == "nextval" || use.name.name == "currval";
  });
  if (!looks_up || !draws) return;
  const std::string sql = to_lower(s.sql);
  for (auto at = sql.find(function); at != std::string::npos; at = sql.find(function, at + 1)) {
    std::vector<std::string> texts;
    for (auto quote = sql.find('\'', at); texts.size() < 2 && quote != std::string::npos;) {
      const auto end = sql.find('\'', quote + 1);
      if (end == std::string::npos) break;
      texts.push_back(s.sql.substr(quote + 1, end - quote - 1));
      quote = sql.find('\'', end + 1);
    }
    if (texts.size() < 2) return;
    const auto table = b.resolve(name_in(texts[0]));
    if (!table) continue;
    for (const Sequence* sequence : b.catalog().sequences_owned_by(*table, texts[1]))
      b.lock(sequence->name, LockMode::row_exclusive);
  }
}

void read_rows(ImpactBuilder& b, const DataStatement& s) {
  draw_serials(b, s);
  b.plan_query(s.references);
  b.scan_query(s.references, Cause::query, &s);
}

}  // namespace

namespace {

/// A procedure of that name gives something back: how many arguments a call has is not told then.
bool has_outputs(const ImpactBuilder& b, const QualifiedName& name) {
  const auto& functions = b.catalog().functions;
  return std::any_of(functions.begin(), functions.end(), [&](const auto& one) {
    const auto& arguments = one.second.definition.arguments;
    return one.second.definition.name.name == name.name &&
           std::any_of(arguments.begin(), arguments.end(),
                       [](const FunctionArgument& a) { return a.mode == 'o' || a.mode == 'b'; });
  });
}

/// The procedure, which is the first function of CALL, has to be there.
void call_procedure(ImpactBuilder& b, const Few<FunctionUse>& functions) {
  if (functions.empty() || !functions_called(b, functions.front()).empty()) return;
  const QualifiedName& name = functions.front().name;
  const bool unknown = b.session().partial || !b.catalog().extensions.empty();
  if (unknown || has_outputs(b, name)) {
    b.unknown("a procedure is called: what it does is not known");
  } else if (!b.refuse_missing_schema(name.schema)) {
    b.fail("42883", "procedure " + to_sql(name) + "() does not exist");
  }
}

void copy_out(ImpactBuilder& b, const DataStatement& s, const QualifiedName& target) {
  if (s.target.empty()) return read_rows(b, s);
  const View* view = b.view(target);
  if (view && !(view->materialized && b.major() >= 18))
    return b.fail("42809", "cannot copy from view " + quoted(target.name));
  b.lock(target, LockMode::access_share);
  if (view) return b.scan(Cause::query, target);
  const Table* table = b.table(target);
  if (table && (column_is_missing(b, *table, s) || column_is_repeated(b, s))) return;
  if (table && has_storage(*table)) b.scan(Cause::query, target);
}

}  // namespace

void predict_statement(ImpactBuilder& b, const DataStatement& s) {
  const bool copies = s.kind == DataKind::copy_from || s.kind == DataKind::copy_to;
  if (copies && b.refuse_missing_schema(s.target.schema)) return;
  if (uses_uncommitted_value(b, s) || relation_is_missing(b, s.references)) return;
  if (s.kind != DataKind::call && function_is_missing(b, s.references)) return;
  for (const QualifiedName& sequence : s.references.sequences) {
    const bool known =
        b.session().partial || may_bring_relations(b.catalog()) || b.resolve(sequence).has_value();
    if (!known) b.fail("42P01", "relation " + quoted(to_sql(sequence)) + " does not exist");
  }
  if (b.failed()) return;
  check_data(b, s);
  if (b.failed()) return;
  prune_partitions(b, s);
  const bool certain = s.references.relations.empty();
  b.run_functions(s.references, {}, certain, s.sql);
  if (b.failed()) return;
  const QualifiedName target = b.resolve(s.target).value_or(QualifiedName{});
  switch (s.kind) {
    case DataKind::select:
      read_rows(b, s);
      return;
    case DataKind::insert:
      insert_rows(b, s, target);
      return;
    case DataKind::update:
    case DataKind::delete_:
    case DataKind::merge:
      change_rows(b, s, target);
      return;
    case DataKind::copy_from: {
      b.lock(target, LockMode::row_exclusive);
      if (const Table* table = b.table(target)) {
        if (column_is_missing(b, *table, s) || column_is_repeated(b, s)) return;
        check_parents(b, *table, s, read_written_rows(s, *table));
        fire_triggers(b, *table, "INSERT", {});
      }
      return;
    }
    case DataKind::copy_to:
      copy_out(b, s, target);
      return;
    case DataKind::call:
      call_procedure(b, s.references.functions);
      return;
    case DataKind::other:
      b.plan_query(s.references);
      return;
  }
}
}  // namespace schemagate
