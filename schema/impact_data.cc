// SPDX-License-Identifier: MIT
// Statements that read or change rows, and those that only lock.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "schema/canonical_tree.h"
#include "schema/data_checks.h"
#include "schema/data_text.h"
#include "schema/extension_content.h"
#include "schema/impact_access.h"
#include "schema/impact_builder.h"
#include "schema/impact_defaults.h"
#include "schema/impact_firing.h"
#include "schema/impact_rows.h"
#include "schema/parse.h"
#include "schema/partition_pruning.h"
#include "schema/query_checks.h"

namespace schemagate {
namespace {

/// The columns that the statement gives values to.
std::vector<std::string> written_columns(const DataStatement& s, const Table& table) {
  if (s.kind != DataKind::insert || !s.columns.empty()) return s.columns;
  std::vector<std::string> columns;
  const std::size_t count =
      s.values < 0 ? table.columns.size() : static_cast<std::size_t>(s.values);
  for (const Column& column : table.columns) {
    if (columns.size() < count) columns.push_back(column.name);
  }
  return columns;
}

/// Constants that the statement writes into columns, the same in every row.
using Constants = std::vector<std::pair<std::string, canonical::Node>>;

bool is_null(const canonical::Node& node) {
  return node.kind == canonical::NodeKind::constant && node.text == "NULL";
}

Constants written_constants(const DataStatement& s, const Table& table) {
  Constants constants;
  if (s.sql.empty()) return constants;
  const auto add = [&](const std::string& column, canonical::Node value) {
    const canonical::Node* inner = &value;
    while (inner->kind == canonical::NodeKind::cast && !inner->children.empty())
      inner = &inner->children.front();
    const bool constant = inner->kind == canonical::NodeKind::string ||
                          inner->kind == canonical::NodeKind::number ||
                          inner->kind == canonical::NodeKind::constant;
    if (constant) constants.emplace_back(column, std::move(value));
  };
  if (s.kind == DataKind::update) {
    for (const DataAssignment& one : read_data_text(s).assignments) {
      if (one.columns.size() == 1 && !one.part)
        add(one.columns.front(), canonical::parse_expression(one.value));
    }
  }
  if (s.kind != DataKind::insert) return constants;
  canonical::Node rows = canonical::parse_query(read_data_text(s).source);
  if (rows.kind == canonical::NodeKind::query && rows.children.size() == 1) {
    canonical::Node inner = rows.children.front();
    rows = std::move(inner);
  }
  const bool one_row = rows.kind == canonical::NodeKind::clause && rows.text == "VALUES" &&
                       rows.children.size() == 1;
  if (!one_row) return constants;
  const auto& values = rows.children.front().children;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!s.columns.empty() && i < s.columns.size()) {
      add(s.columns[i], values[i]);
    } else if (s.columns.empty() && i < table.columns.size()) {
      add(table.columns[i].name, values[i]);
    }
  }
  return constants;
}

/// The check of a row against the table its foreign key refers to (RI_FKey_check). A key with a
/// NULL refers to nothing; constants lead to one partition.
void check_parent(ImpactBuilder& b, const ConstraintDefinition& key, const Constants& constants) {
  const auto parent = b.resolve(key.referenced);
  const Table* table = parent ? b.table(*parent) : nullptr;
  if (!parent) return;
  const auto columns = referenced_columns(b.catalog(), key);
  std::vector<canonical::Node> conditions;
  for (std::size_t i = 0; i < key.columns.size() && i < columns.size(); ++i) {
    const auto value = std::find_if(constants.begin(), constants.end(),
                                    [&](const auto& one) { return one.first == key.columns[i]; });
    if (value == constants.end()) continue;
    if (is_null(value->second)) return;
    conditions.push_back(canonical::make(
        canonical::NodeKind::operation, "=",
        {canonical::Node{canonical::NodeKind::name, {}, {columns[i]}, {}}, value->second}));
  }
  const bool partitioned = table && is_partitioned(*table);
  if (partitioned && !conditions.empty()) {
    const auto all = canonical::make(canonical::NodeKind::all_of, {}, std::move(conditions));
    for (const QualifiedName& partition : pruned_partitions(b, *table, {""}, all))
      b.leave_out(partition);
  }
  b.plan_relation(*parent, LockMode::row_share, !partitioned);
}

bool fires_before_insert(const ImpactBuilder& b, const Table& table) {
  for (const Table* owner = &table; owner; owner = b.table(owner->partition_of)) {
    for (const Trigger& trigger : owner->triggers) {
      const bool before = trigger.definition.find(" BEFORE ") != std::string::npos &&
                          trigger.definition.find("INSERT") < trigger.definition.find(" ON ");
      if (before) return true;
    }
  }
  return false;
}

/// Columns that must not be NULL and get no value, or NULL.
void check_required(ImpactBuilder& b, const Table& table, const DataStatement& s) {
  if (table.incomplete || fires_before_insert(b, table)) return;
  const auto written = written_columns(s, table);
  const Constants constants = written_constants(s, table);
  for (const Column& column : table.columns) {
    const auto type = resolve_type(b.catalog(), b.session(), column.type.name);
    const auto known = type ? b.catalog().types.find(*type) : b.catalog().types.end();
    const bool domain = known != b.catalog().types.end() && known->second.kind == TypeKind::domain;
    const bool made = column.default_value.has_value() || column.identity != Identity::no ||
                      column.generated != Generated::no;
    if (!column.not_null || domain || column.generated != Generated::no) continue;
    const auto value = std::find_if(constants.begin(), constants.end(),
                                    [&](const auto& one) { return one.first == column.name; });
    const bool given = contains(written, column.name);
    const bool null = value != constants.end() && is_null(value->second);
    const bool by_default = !given || (value != constants.end() &&
                                       value->second.kind == canonical::NodeKind::constant &&
                                       value->second.text == "DEFAULT");
    if (!null && (!by_default || made)) continue;
    b.fail("23502", "null value in column " + quoted(column.name) + " of relation " +
                        quoted(table.name.name) + " violates not-null constraint");
    return;
  }
}

void check_parents(ImpactBuilder& b, const Table& table, const DataStatement& s) {
  if (std::none_of(table.constraints.begin(), table.constraints.end(), [](const auto& constraint) {
        return constraint.definition.kind == ConstraintKind::foreign_key;
      }))
    return;
  const auto written = written_columns(s, table);
  const Constants constants = written_constants(s, table);
  const bool all = s.kind == DataKind::copy_from && s.columns.empty();
  for (const Constraint& constraint : table.constraints) {
    const ConstraintDefinition& key = constraint.definition;
    if (key.kind != ConstraintKind::foreign_key || key.not_enforced) continue;
    const bool touched =
        all || std::any_of(key.columns.begin(), key.columns.end(), [&](const std::string& column) {
          if (contains(written, column)) return true;
          const Column* c = table.column(column);
          return s.kind == DataKind::insert && c && c->default_value &&
                 c->default_value->kind != ExpressionKind::null_constant;
        });
    if (touched) check_parent(b, key, constants);
  }
}

/// An index finds rows by one of the columns.
bool is_indexed(const ImpactBuilder& b, const Table& table,
                const std::vector<std::string>& columns) {
  DataStatement lookup;
  for (const std::string& column : columns) {
    lookup.compared.push_back({{"", column}, {}, "=", {}, 0});
  }
  return index_serves(b, table.name, {table.name, table.name.name}, lookup);
}

/// Rows that refer to deleted or changed ones are looked up, changed or deleted.
void check_children(ImpactBuilder& b, const QualifiedName& name, bool deleted,
                    const DataStatement* update, std::set<QualifiedName>& seen) {
  if (!seen.insert(name).second) return;
  const Table* table = b.table(name);
  if (!table) return;
  for (const auto& [child, key] : incoming_keys(b.catalog(), *table)) {
    const ConstraintDefinition& d = key->definition;
    if (d.not_enforced) continue;
    if (update) {
      const auto columns = referenced_columns(b.catalog(), d);
      const bool touched = std::any_of(columns.begin(), columns.end(), [&](const std::string& c) {
        return contains(update->columns, c);
      });
      if (!touched) continue;
    }
    const std::string& action = deleted ? d.on_delete : d.on_update;
    const bool writes = !action.empty() && action != "NO ACTION" && action != "RESTRICT";
    b.plan_relation(child->name, writes ? LockMode::row_exclusive : LockMode::row_share);
    for (const Table* part : b.catalog().tree_of(child->name)) {
      if (has_storage(*part) && !is_indexed(b, *part, d.columns)) {
        b.scan(Cause::query, part->name, d.name);
      }
    }
    const bool goes = action == "CASCADE" && deleted;
    if (goes) check_children(b, child->name, true, nullptr, seen);
    if (writes) fire_triggers(b, *child, goes ? "DELETE" : "UPDATE", d.columns);
  }
}

/// Sequences behind columns that the INSERT leaves out.
void draw_defaults(ImpactBuilder& b, const Table& table, const DataStatement& s) {
  const auto lock_sequences = [&](const References& references) {
    for (const QualifiedName& written : references.sequences) {
      if (const auto name = b.resolve(written)) b.lock(*name, LockMode::row_exclusive);
    }
  };
  const auto written = written_columns(s, table);
  for (const Column& column : table.columns) {
    if (contains(written, column.name)) continue;
    if (column.default_value) lock_sequences(column.default_value->references);
    if (column.identity == Identity::no) continue;
    for (const Sequence* sequence : b.catalog().sequences_owned_by(table.name, column.name)) {
      if (sequence->identity) b.lock(sequence->name, LockMode::row_exclusive);
    }
  }
}

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

/// Columns that the statement gives values to and that the table does not have.
bool column_is_missing(ImpactBuilder& b, const Table& table, const DataStatement& s) {
  if (table.incomplete || s.kind == DataKind::merge) return false;
  for (const std::string& column : s.columns) {
    if (column.empty() || table.column(column)) continue;
    b.fail("42703", "column " + quoted(column) + " of relation " + quoted(table.name.name) +
                        " does not exist");
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
  if (is_partitioned(*table) && !route_rows(b, s, *table)) {
    b.condition("the partitions that the rows go to are locked too (ROW EXCLUSIVE)");
  }
  if (s.arbiter) b.lock_indexes(name, LockMode::row_exclusive);
  if (const Index* index = constraint_index(b.catalog(), *table, s.arbiter_constraint);
      index && !s.arbiter_constraint.empty()) {
    b.lock(index->name, LockMode::row_exclusive);
  }
  if (s.values >= 0 || !s.columns.empty()) check_required(b, *table, s);
  draw_defaults(b, *table, s);
  check_parents(b, *table, s);
  fire_triggers(b, *table, "INSERT", {});
}

void change_rows(ImpactBuilder& b, const DataStatement& s, const QualifiedName& written) {
  read_others(b, s, written);
  const QualifiedName name = target_table(b, written, s);
  const Table* table = b.table(name);
  if (!table || column_is_missing(b, *table, s) || column_is_repeated(b, s)) return;
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
  if (s.kind == DataKind::update && is_partitioned(*table)) route_moved_rows(b, s, *table);
  std::set<QualifiedName> seen;
  if (s.kind == DataKind::delete_) check_children(b, name, true, nullptr, seen);
  if (s.kind == DataKind::update) {
    check_parents(b, *table, s);
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
  } else {
    b.fail("42883", "procedure " + to_sql(name) + "() does not exist");
  }
}

}  // namespace

void predict_statement(ImpactBuilder& b, const DataStatement& s) {
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
        check_parents(b, *table, s);
        fire_triggers(b, *table, "INSERT", {});
      }
      return;
    }
    case DataKind::copy_to:
      if (s.target.empty()) {
        read_rows(b, s);
      } else {
        const View* view = b.view(target);
        const bool rows_of_its_own = view && view->materialized && b.major() >= 18;
        if (rows_of_its_own) {
          b.lock(target, LockMode::access_share);
          b.scan(Cause::query, target);
          return;
        }
        if (view) {
          b.fail("42809", "cannot copy from view " + quoted(target.name));
          return;
        }
        b.lock(target, LockMode::access_share);
        const Table* table = b.table(target);
        if (table && (column_is_missing(b, *table, s) || column_is_repeated(b, s))) return;
        if (table && has_storage(*table)) b.scan(Cause::query, target);
      }
      return;
    case DataKind::call:
      call_procedure(b, s.references.functions);
      return;
    case DataKind::other:
      b.plan_query(s.references);
      return;
  }
}

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

void predict_statement(ImpactBuilder& b, const Transaction& s) {
  const bool of_savepoint = s.kind == TransactionKind::savepoint ||
                            s.kind == TransactionKind::release ||
                            s.kind == TransactionKind::rollback_to;
  const auto& savepoints = b.session().savepoints;
  const bool known = s.kind == TransactionKind::savepoint ||
                     std::any_of(savepoints.begin(), savepoints.end(),
                                 [&](const auto& one) { return one.first == s.savepoint; });
  if (of_savepoint && b.session().in_transaction && !known)
    b.fail("3B001", "savepoint " + quoted(s.savepoint) + " does not exist");
  if (!of_savepoint || b.session().in_transaction) return;
  b.fail("25P01", std::string(s.kind == TransactionKind::savepoint ? "SAVEPOINT"
                              : s.kind == TransactionKind::release ? "RELEASE SAVEPOINT"
                                                                   : "ROLLBACK TO SAVEPOINT") +
                      " can only be used in transaction blocks");
}
void predict_statement(ImpactBuilder&, const SetVariable&) {}

namespace {

/// The statement is planned as it would be to run; with ANALYZE it does run.
void explain(ImpactBuilder& b, const OtherStatement& s) {
  const auto inner = s.definition.find_first_not_of(' ', std::string_view("EXPLAIN").size());
  if (inner == std::string::npos) return;
  std::string sql = s.definition.substr(inner);
  const auto end = sql.starts_with('(') ? sql.find(')') : std::string::npos;
  const std::string options = sql.substr(0, end == std::string::npos ? 0 : end);
  if (end != std::string::npos) sql.erase(0, end + 1);
  bool runs = to_lower(options).find("analyze") != std::string::npos;
  for (const std::string_view word : {"ANALYZE ", "VERBOSE "}) {
    if (!sql.starts_with(word)) continue;
    runs = runs || word == "ANALYZE ";
    sql.erase(0, word.size());
  }
  for (const Statement& statement : parse_text(sql).statements) {
    Impact impact = predict(b.catalog(), b.session(), statement);
    if (impact.fails) b.fail(impact.fails->sqlstate, impact.fails->reason);
    if (!runs) impact.work.clear();
    b.add(impact);
  }
}

}  // namespace

void predict_statement(ImpactBuilder& b, const OtherStatement& s) {
  if (s.forbidden_in_transaction) b.not_in_transaction(s.tag);
  if (s.tag.starts_with("EXPLAIN")) {
    explain(b, s);
  } else if (s.tag.starts_with("DECLARE")) {
    const bool outlives = s.definition.find(" WITH HOLD ") != std::string::npos;
    if (!outlives && !b.session().in_transaction)
      b.fail("25P01", "DECLARE CURSOR can only be used in transaction blocks");
    b.plan_query(s.references);
  } else {
    b.analyze_query(s.references);
  }
}

}  // namespace schemagate
