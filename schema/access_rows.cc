// SPDX-License-Identifier: MIT
#include "schema/access_rows.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "base/text.h"
#include "schema/access_reader.h"
#include "schema/access_row_body.h"
#include "schema/access_row_catalog.h"
#include "schema/access_row_keys.h"
#include "schema/access_row_values.h"
#include "schema/access_row_write.h"
#include "schema/builtins.h"

namespace schemagate {
namespace rows {
namespace {

constexpr int newest_major = 18;

/// The words after which a body writes rows.
bool writes_rows(const std::set<std::string>& words) {
  constexpr std::array verbs{"insert", "update", "delete", "truncate", "merge", "copy", "setval"};
  return std::any_of(verbs.begin(), verbs.end(),
                     [&](const char* verb) { return words.count(verb) != 0; });
}

bool is_action(const std::string& action, std::string_view wanted) { return action == wanted; }
bool changes_child(const std::string& action) {
  return !action.empty() && action != "NO ACTION" && action != "RESTRICT";
}

/// The part of a trigger's definition that says when it fires.
std::string moment_of(const Trigger& trigger) {
  return trigger.definition.substr(0, trigger.definition.find(" ON "));
}

/// Trigger functions that change NEW and nothing else, of the server and of an extension.
bool changes_only_new(std::string_view function) {
  return function == "moddatetime" || builtins::is_function(function, newest_major);
}

class RowReader {
 public:
  /// `by_words`: bodies mean whatever they name, in any schema.
  RowReader(const Catalog& catalog, const Catalog& ancestor, RowAccess& access,
            bool by_words = false)
      : tables_(catalog, ancestor), catalog_(catalog), access_(access), by_words_(by_words) {}

  void statement(const StatementUse& use) {
    if (use.restarts) restart(use);
    if (use.work == RowWork::none) return;
    access_.reads.insert(any_work);
    look_into_catalog(use.body.empty() ? use.text : use.body, access_);
    if (!use.body.empty()) return block(use);
    if (use.refreshes) return refresh(use);
    read(use);
    for (const RelationUse& relation : use.references.relations) see(use, relation.name);
    for (const RelationUse& relation : use.references.relations)
      if (relation.mode == 3) write(use, relation);
    sequences(use);
    for (const FunctionUse& called : use.references.functions) call(called.name);
  }

  /// All rows of what is changed as a whole.
  void write_all(const Table& table) {
    if (!written_.insert(to_sql(table.name)).second) return;
    read_all(table);
    for (const Column& column : table.columns) {
      access_.writes.insert(tables_.key(values, table, column.name));
      for (const std::string_view what : {given, empty})
        access_.signals.insert(tables_.key(what, table, column.name));
      for (const std::string_view what : {defaulted, identity})
        access_.reads.insert(tables_.key(what, table, column.name));
      types(column);
    }
    for (const std::string_view what : {added, removed})
      access_.writes.insert(tables_.key(what, table));
    access_.signals.insert(tables_.key(truncated, table));
    for (const std::string_view what : {unique, shape})
      access_.reads.insert(tables_.key(what, table));
    for_each_key(table, [&](const Table& part, const Index& index) {
      access_.keys.push_back({tables_.unique_key(part, index), unknown_columns(index)});
    });
    runs(table, {}, true);
    for (const char* event : {"INSERT", "UPDATE", "DELETE", "TRUNCATE"}) fire(table, event);
  }

 private:
  AccessKey of(std::string_view what, const Table& table, const std::string& part = {}) const {
    return tables_.key(what, table, part);
  }

  // ---- reads

  void read(const StatementUse& use) {
    References read = use.references;
    read.relations = {};
    for (const RelationUse& one : use.references.relations)
      if (!one.inserted) read.relations.push_back(one);
    const auto is_target = [&](const RelationUse& one) { return one.mode == 3; };
    const auto targets = std::count_if(read.relations.begin(), read.relations.end(), is_target);
    std::set<AccessKey> reads;
    access::Reader reader(catalog_, reads);
    reader.add(planning::uses_of(read, catalog_, nullptr));
    reader.whole_rows(read);
    // UPDATE and DELETE look at their own rows only: others that go are none of their business.
    const bool alone =
        targets == 1 && read.relations.size() == 1 && use.work != RowWork::everything;
    take(tables_, reads, alone, access_);
  }
  void read_values(const Table& table) {
    for (const Column& column : table.columns) access_.reads.insert(of(values, table, column.name));
  }
  void read_all(const Table& table) {
    for (const std::string_view what : {added, removed, members})
      access_.reads.insert(of(what, table));
    read_values(table);
  }

  /// Row security is for everybody but the owner, unless it is forced.
  void see(const StatementUse& use, const QualifiedName& relation) {
    const Table* table = tables_.named(relation);
    if (table == nullptr || (!use.other_role && !table->force_row_security)) return;
    access_.reads.insert(of(policies, *table));
    for (const TableObject& policy : table->policies) {
      References read = policy.references;
      read.columns = {};
      std::set<AccessKey> things;
      access::Reader(catalog_, things).add(planning::uses_of(read, catalog_, nullptr));
      take(tables_, things, false, access_);
      for (const FunctionUse& called : read.functions) call(called.name);
    }
  }
  /// What a materialized view holds is another thing from now on, for those who read it.
  void refresh(const StatementUse& use) {
    for (const RelationUse& relation : use.references.relations) {
      const AccessKey thing = planning::relation_thing(planning::resolved(relation.name, catalog_));
      std::set<AccessKey> below;
      access::Reader(catalog_, below).add(thing);
      below.erase(thing);
      if (!use.with_no_data) take(tables_, below, false, access_);
      access_.signals.insert(std::string(view) + thing.substr(2));
      const View* found = find(catalog_.views, planning::resolved(relation.name, catalog_));
      if (found == nullptr || use.with_no_data) continue;
      for (const FunctionUse& called : found->query.references.functions) call(called.name);
    }
  }

  // ---- writes

  void write(const StatementUse& use, const RelationUse& relation) {
    const Table* table = tables_.named(relation.name);
    if (table == nullptr) return write_below(relation.name, use.work);
    const auto& all = use.references.relations;
    const auto writes = std::count_if(all.begin(), all.end(), [&](const RelationUse& one) {
      return one.mode == 3 && tables_.named(one.name) == table;
    });
    const bool is_target = !use.target.empty() && tables_.named(use.target) == table && writes == 1;
    const RowWork work = is_target || use.target.empty() ? use.work : RowWork::everything;
    write_rows(*table, work, use);
  }
  /// The tables of a view, also of a materialized one.
  void write_below(const QualifiedName& name, RowWork work) {
    std::set<AccessKey> below;
    access::Reader(catalog_, below)
        .add(planning::relation_thing(planning::resolved(name, catalog_)));
    take(tables_, below, false, access_);
    for (const AccessKey& thing : below)
      if (thing.starts_with("r:"))
        if (const Table* table = tables_.by_thing(thing)) write_all(*table);
    for (const auto& [above, one] : catalog_.views)
      if ((!one.triggers.empty() || !one.rules.empty()) &&
          below.count(planning::relation_thing(above)) != 0)
        fire(one, work);
  }
  /// INSTEAD OF triggers, and rules.
  void fire(const View& on, RowWork work) {
    const std::string_view event = work == RowWork::inserts   ? "INSERT"
                                   : work == RowWork::updates ? "UPDATE"
                                   : work == RowWork::removes ? "DELETE"
                                                              : "";
    in_trigger_ = true;
    for (const Trigger& trigger : on.triggers) {
      if (moment_of(trigger).find(event) == std::string::npos) continue;
      for (const FunctionUse& called : trigger.references.functions) {
        if (bodies_of(called.name).empty()) access_.writes.insert(any_rows);
        function(called.name);
      }
    }
    in_trigger_ = false;
    for (const TableObject& rule : on.rules) body(rule.definition);
  }
  void write_rows(const Table& table, RowWork work, const StatementUse& use) {
    access_.reads.insert(of(members, table));
    switch (work) {
      case RowWork::inserts:
        return insert(table, use);
      case RowWork::updates:
        return update(table, use);
      case RowWork::removes:
        return remove(table, use.truncates, use.cascades);
      default:
        return write_all(table);
    }
  }

  void insert(const Table& table, const StatementUse& use) {
    access_.signals.insert(of(added, table));
    const Catalog& home = tables_.home_of(table);
    const WrittenValues written(home, use, table, changed_by_triggers(table, "INSERT"));
    std::vector<std::string> by_default, with_value;
    for (const Column& column : table.columns) {
      const Filled filled = written.of(column);
      signal(table, column, filled);
      access_.reads.insert(of(identity, table, column.name));
      if (filled.by_default) take_default(table, column);
      if (filled.by_default) by_default.push_back(column.name);
      if (filled.value) with_value.push_back(column.name);
      types(column);
    }
    for_each_key(table, [&](const Table& part, const Index& index) {
      insert_key(part, index, table, written);
      if (use.looks_for_conflicts) look_for_conflicts(part, index);
    });
    if (changes_making(tables_, table)) take_any_key(table);
    refer(table, with_value);
    const bool changes_rows =
        use.looks_for_conflicts && (!use.data || use.data->updates_on_conflict);
    if (changes_rows) write_all(table);
    if (use.looks_for_conflicts) access_.reads.insert(of(unique, table));
    runs(table, by_default, true);
    fire(table, "INSERT");
  }
  void signal(const Table& table, const Column& column, const Filled& filled) {
    if (filled.value) access_.signals.insert(of(given, table, column.name));
    if (filled.empty) access_.signals.insert(of(empty, table, column.name));
  }
  /// A column that is left out, or set to DEFAULT.
  void take_default(const Table& table, const Column& column) {
    access_.reads.insert(of(defaulted, table, column.name));
    for (const Sequence* owned : tables_.home_of(table).sequences_owned_by(table.name, column.name))
      access_.reads.insert(std::string(sequence) + to_sql(owned->name));
    if (!column.default_value) return;
    for (const QualifiedName& name : column.default_value->references.sequences)
      access_.reads.insert(std::string(sequence) + to_sql(planning::resolved(name, catalog_)));
  }
  /// What a value of the column must fulfil by its type.
  void types(const Column& column) {
    std::set<AccessKey> things;
    access::Reader(catalog_, things).add(planning::uses_of(column.type));
    take(tables_, things, true, access_);
  }

  template <class Do>
  void for_each_key(const Table& table, const Do& what) {
    for (const Table* part : tables_.tree_of(table))
      for (const Index* index : tables_.home_of(*part).indexes_of(part->name))
        if (index->unique || is_exclusion(*part, *index)) what(*part, *index);
  }
  static bool is_exclusion(const Table& table, const Index& index) {
    const Constraint* owner =
        index.constraint.empty() ? nullptr : table.constraint(index.constraint);
    return owner != nullptr && owner->definition.kind == ConstraintKind::exclusion;
  }
  static std::vector<KeyColumn> unknown_columns(const Index& index) {
    return std::vector<KeyColumn>(index.elements.size());
  }
  /// What this row's key was made of is not what the files say in the end.
  void take_any_key(const Table& table) {
    const auto take_it = [&](const Table& part, const Index& index) {
      access_.keys.push_back({tables_.unique_key(part, index), unknown_columns(index)});
    };
    for_each_key(table, take_it);
    for (const Table* part : tables_.tree_of(table))
      for (const Index* index : tables_.ancestor().indexes_of(part->name))
        if (const Table* was = find(tables_.ancestor().tables, part->name); was != nullptr)
          if (index->unique || is_exclusion(*was, *index)) take_it(*part, *index);
  }
  /// Rows of two statements are one row twice when both give the columns of a unique key.
  void insert_key(const Table& part, const Index& index, const Table& table,
                  const WrittenValues& written) {
    KeyedRows rows{tables_.unique_key(part, index), unknown_columns(index)};
    for (std::size_t i = 0; i < index.elements.size() && index.unique; ++i) {
      const Column* column = table.column(index.elements[i].column);
      const bool plain = column != nullptr && index.elements[i].collation.empty() &&
                         index.elements[i].operator_class.empty();
      if (plain) rows.columns[i] = written.key_of(*column, !index.nulls_not_distinct);
    }
    access_.keys.push_back(std::move(rows));
  }
  /// ON CONFLICT DO NOTHING: whether a row is in the way decides.
  void look_for_conflicts(const Table& part, const Index& index) {
    access_.reads.insert(of(removed, part));
    for (const std::string& column : columns_of(index))
      access_.reads.insert(of(values, part, column));
  }

  /// What foreign keys refer to must be there, and stay.
  void refer(const Table& table, const std::vector<std::string>& columns) {
    for (const Table* part : tables_.tree_of(table)) {
      for (const Constraint& constraint : part->constraints) {
        const ConstraintDefinition& foreign = constraint.definition;
        if (foreign.kind != ConstraintKind::foreign_key || !have_common(foreign.columns, columns))
          continue;
        const Table* parent = tables_.named(foreign.referenced);
        if (parent == nullptr) continue;
        access_.reads.insert(of(removed, *parent));
        access_.reads.insert(of(members, *parent));
        for (const std::string& column : referenced_columns_of(foreign, *parent))
          access_.reads.insert(of(values, *parent, column));
      }
    }
  }
  static std::vector<std::string> referenced_columns_of(const ConstraintDefinition& foreign,
                                                        const Table& parent) {
    const Constraint* primary = parent.primary_key();
    if (!foreign.referenced_columns.empty() || primary == nullptr)
      return foreign.referenced_columns;
    return primary->definition.columns;
  }

  void update(const Table& table, const StatementUse& use) {
    if (use.columns.empty()) return write_all(table);
    const std::set<std::string> by_triggers = changed_by_triggers(table, "UPDATE");
    const WrittenValues written(tables_.home_of(table), use, table, by_triggers);
    std::vector<std::string> by_default;
    for (const std::string& name : use.columns) {
      const Column* column = table.column(name);
      if (column == nullptr) continue;
      const Filled filled = written.of(*column);
      signal(table, *column, filled);
      access_.reads.insert(of(identity, table, name));
      access_.reads.insert(of(values, table, name));
      if (filled.by_default) take_default(table, *column);
      if (filled.by_default) by_default.push_back(name);
    }
    change_columns(table, use.columns, by_default);
    fire(table, "UPDATE");
  }
  void change_columns(const Table& table, const std::vector<std::string>& set,
                      const std::vector<std::string>& by_default) {
    const std::vector<std::string> columns = with_generated(table, set);
    for (const std::string& name : columns) {
      access_.writes.insert(of(values, table, name));
      if (const Column* column = table.column(name)) {
        types(*column);
        if (column->generated != Generated::no) signal(table, *column, Filled{});
      }
    }
    check_together(table, columns);
    refer(table, columns);
    change_children(table, columns);
    runs(table, by_default, false);
  }
  /// Columns that one CHECK or one unique key looks at.
  void check_together(const Table& table, const std::vector<std::string>& columns) {
    const auto together = [&](const Table& part, const std::vector<std::string>& checked) {
      if (!have_common(checked, columns)) return;
      for (const std::string& name : checked) access_.reads.insert(of(values, part, name));
    };
    for (const Table* part : tables_.tree_of(table)) {
      for (const Constraint& constraint : part->constraints) {
        const ConstraintKind kind = constraint.definition.kind;
        if (kind == ConstraintKind::check) together(*part, columns_of(constraint.definition));
        if (kind == ConstraintKind::foreign_key) together(*part, constraint.definition.columns);
      }
      for (const Index* index : tables_.home_of(*part).indexes_of(part->name))
        if (!is_harmless(*index)) together(*part, columns_of(*index));
      if (part->partition_by) together(*part, columns_of(*part->partition_by));
    }
    for_each_key(table, [&](const Table& part, const Index& index) {
      if (have_common(columns_of(index), columns))
        access_.keys.push_back({tables_.unique_key(part, index), unknown_columns(index)});
    });
  }

  void remove(const Table& table, bool truncates, bool cascades) {
    if (!removed_.insert(to_sql(table.name)).second) return;
    access_.reads.insert(of(added, table));
    access_.reads.insert(of(members, table));
    access_.signals.insert(of(removed, table));
    if (truncates) access_.signals.insert(of(truncated, table));
    for_each_child(table, [&](const Table& child, const ConstraintDefinition& foreign) {
      access_.reads.insert(of(added, child));
      access_.reads.insert(of(members, child));
      for (const std::string& column : foreign.columns)
        access_.reads.insert(of(values, child, column));
      if (truncates ? cascades : is_action(foreign.on_delete, "CASCADE"))
        remove(child, truncates, cascades);
      else if (!truncates && changes_child(foreign.on_delete))
        change_child(child, foreign.set_columns.empty() ? foreign.columns : foreign.set_columns,
                     foreign.on_delete);
    });
    fire(table, truncates ? "TRUNCATE" : "DELETE");
  }
  template <class Do>
  void for_each_child(const Table& table, const Do& what) {
    const AccessKey mine = of(members, table);
    for (const auto& [name, child] : catalog_.tables)
      for (const Constraint& constraint : child.constraints) {
        if (constraint.definition.kind != ConstraintKind::foreign_key) continue;
        const Table* parent = tables_.named(constraint.definition.referenced);
        if (parent != nullptr && of(members, *parent) == mine) what(child, constraint.definition);
      }
  }
  void change_children(const Table& table, const std::vector<std::string>& columns) {
    for_each_child(table, [&](const Table& child, const ConstraintDefinition& foreign) {
      const Table* parent = tables_.named(foreign.referenced);
      if (!have_common(referenced_columns_of(foreign, *parent), columns)) return;
      access_.reads.insert(of(added, child));
      access_.reads.insert(of(members, child));
      for (const std::string& column : foreign.columns)
        access_.reads.insert(of(values, child, column));
      if (changes_child(foreign.on_update)) change_child(child, foreign.columns, foreign.on_update);
    });
  }
  /// Rows that refer to what goes or changes, change along.
  void change_child(const Table& child, const std::vector<std::string>& columns,
                    const std::string& action) {
    if (!changed_.insert(to_sql(child.name) + " " + join(columns, ",")).second) return;
    for (const std::string& name : columns) {
      const Column* column = child.column(name);
      if (column == nullptr) continue;
      signal(child, *column, Filled{});
      if (is_action(action, "SET DEFAULT")) take_default(child, *column);
    }
    change_columns(child, columns, columns);
    fire(child, "UPDATE");
  }

  // ---- what runs along

  /// Functions in what new values are held against and made of.
  void runs(const Table& table, const std::vector<std::string>& by_default, bool whole) {
    std::set<AccessKey> used;
    access::Reader reader(catalog_, used);
    const auto add = [&](const References& references) {
      References functions;
      functions.functions = references.functions;
      reader.add(planning::uses_of(functions, catalog_, nullptr));
      for (const FunctionUse& called : references.functions) function(called.name);
    };
    for (const Table* part : tables_.tree_of(table)) {
      for (const Constraint& constraint : part->constraints) {
        add(constraint.definition.expression.references);
        add(constraint.definition.where.references);
      }
      for (const Index* index : tables_.home_of(*part).indexes_of(part->name)) {
        for (const IndexElement& element : index->elements) add(element.expression.references);
        add(index->where.references);
      }
      for (const Column& column : part->columns) {
        add(column.generation.references);
        const bool taken = whole || contains(by_default, column.name);
        if (column.default_value && taken) add(column.default_value->references);
      }
    }
    take(tables_, used, false, access_);
  }

  void fire(const Table& table, const std::string& event) {
    access_.reads.insert(of(fires, table));
    for (const Table* part : tables_.tree_of(table)) {
      if (!fired_.insert(event + " " + to_sql(part->name)).second) continue;
      for (const Trigger& trigger : part->triggers)
        if (moment_of(trigger).find(event) != std::string::npos) fire(*part, trigger, event);
      for (const TableObject& rule : part->rules) body(rule.definition);
    }
  }
  void fire(const Table& table, const Trigger& trigger, const std::string& event) {
    const bool was_in_trigger = std::exchange(in_trigger_, true);
    run(table, trigger, event);
    in_trigger_ = was_in_trigger;
  }
  void run(const Table& table, const Trigger& trigger, const std::string& event) {
    const bool is_before = moment_of(trigger).find(" BEFORE ") != std::string::npos;
    const std::size_t condition = trigger.definition.find(" WHEN ");
    const bool takes_tables = trigger.definition.find(" REFERENCING ") != std::string::npos;
    if (condition != std::string::npos || takes_tables) read_values(table);
    if (takes_tables) access_.reads.insert(of(shape, table));
    for (const FunctionUse& called : trigger.references.functions) {
      function(called.name);
      if (bodies_of(called.name).empty() && !changes_only_new(called.name.name))
        access_.writes.insert(any_rows);
      for (const std::optional<BodyUse>* use : trigger_bodies_of(called.name)) {
        if (!*use || (*use)->reads_row || (*use)->changes_row) read_values(table);
        if (!*use || (*use)->takes_row) access_.reads.insert(of(shape, table));
        // It fires for rows that go as long as they are there.
        if (!*use || writes_elsewhere(**use)) access_.reads.insert(of(removed, table));
        if (is_before && event == "UPDATE") set_by_trigger(table, *use);
      }
    }
  }
  static bool writes_elsewhere(const BodyUse& use) {
    return std::any_of(use.statements.begin(), use.statements.end(), [](const StatementUse& one) {
      return one.work > RowWork::reads || !one.references.functions.empty();
    });
  }
  void set_by_trigger(const Table& table, const std::optional<BodyUse>& use) {
    std::vector<std::string> changed;
    for (const Column& column : table.columns) {
      const auto set = use ? use->sets.find(to_lower(column.name)) : decltype(use->sets.end()){};
      const bool is_set = use && set != use->sets.end();
      if (!use || use->changes_row || (is_set && !set->second)) changed.push_back(column.name);
      // Two of them do the same; whoever else writes or reads it minds.
      if (is_set && set->second && !use->changes_row) {
        access_.signals.insert(of(values, table, column.name));
        signal(table, column, Filled{});
      }
    }
    if (changed.empty()) return;
    for (const std::string& name : changed)
      if (const Column* column = table.column(name)) signal(table, *column, Filled{});
    change_columns(table, changed, {});
  }
  /// The columns that are not what the statement says.
  std::set<std::string> changed_by_triggers(const Table& table, const std::string& event) {
    std::set<std::string> changed;
    const auto add = [&](const std::optional<BodyUse>* use) {
      for (const Column& column : table.columns)
        if (use == nullptr || !*use || (*use)->changes_row ||
            (*use)->sets.count(to_lower(column.name)) != 0)
          changed.insert(column.name);
    };
    for (const Table* part : tables_.tree_of(table)) {
      if (!part->rules.empty()) add(nullptr);
      for (const Trigger& trigger : part->triggers) {
        const std::string moment = moment_of(trigger);
        if (moment.find(" BEFORE ") == std::string::npos || moment.find(event) == std::string::npos)
          continue;
        for (const FunctionUse& called : trigger.references.functions)
          for (const std::optional<BodyUse>* use : trigger_bodies_of(called.name)) add(use);
      }
    }
    return changed;
  }

  /// One that the files don't have (an extension's, the server's) is not followed.
  std::vector<const std::optional<BodyUse>*> trigger_bodies_of(const QualifiedName& name) {
    static const std::optional<BodyUse> unknown;
    auto found = bodies_of(name);
    if (found.empty()) found.push_back(&unknown);
    return found;
  }
  /// Those that the side drops or replaces as well: which one a statement met is not told.
  std::vector<std::pair<std::string, const Function*>> functions_of(const QualifiedName& name) {
    std::vector<std::pair<std::string, const Function*>> found;
    for (const auto& [key, one] : catalog_.functions)
      if (one.definition.name.name == name.name) found.emplace_back(key, &one);
    for (const auto& [key, one] : tables_.ancestor().functions) {
      if (one.definition.name.name != name.name) continue;
      const Function* now = find(catalog_.functions, key);
      if (now == nullptr || now->definition.definition != one.definition.definition)
        found.emplace_back("was " + key, &one);
    }
    return found;
  }
  std::vector<const std::optional<BodyUse>*> bodies_of(const QualifiedName& name) {
    std::vector<const std::optional<BodyUse>*> found;
    for (const auto& [key, one] : functions_of(name)) {
      auto at = bodies_.find(key);
      if (at == bodies_.end())
        at = bodies_.emplace(key, by_words_ ? std::nullopt : read_body(one->definition)).first;
      found.push_back(&at->second);
    }
    return found;
  }
  /// One that is nowhere in the end: the side made it for itself, and dropped it.
  void call(const QualifiedName& name) {
    const bool is_somewhere =
        builtins::is_function(name.name, newest_major) || !functions_of(name).empty() ||
        std::any_of(catalog_.objects.begin(), catalog_.objects.end(),
                    [&](const auto& one) { return one.second.object.name.name == name.name; });
    const auto brings = [](const auto& extension) { return extension.first != "plpgsql"; };
    const bool may_be_extensions =
        !name.schema.starts_with("pg_temp") &&
        std::any_of(catalog_.extensions.begin(), catalog_.extensions.end(), brings);
    if (!is_somewhere && !may_be_extensions) access_.writes.insert(any_rows);
    function(name);
  }
  void function(const QualifiedName& name) {
    access_.reads.insert(std::string(rows::function) + name.name);
    bodies_of(name);
    for (const auto& [key, one] : functions_of(name)) {
      if (!called_.insert(key).second) continue;
      const std::optional<BodyUse>& use = bodies_.at(key);
      look_into_catalog(one->definition.body, access_);
      if (one->definition.has_dynamic_sql) run_text();
      const std::string& language = one->definition.language;
      if (language != "sql" && language != "plpgsql") access_.writes.insert(any_rows);
      if (!use) {
        body(one->definition.body);
        continue;
      }
      for (const StatementUse& inner : use->statements) statement(inner);
    }
  }
  void block(const StatementUse& use) {
    if (use.block && use.block->has_dynamic_sql) run_text();
    const bool is_known = use.block && !by_words_;
    const std::optional<BodyUse> read = is_known ? read_body(*use.block) : std::nullopt;
    if (!read) return body(use.body);
    for (const StatementUse& inner : read->statements) statement(inner);
  }
  /// One that can't be followed: it works on all rows of what it names.
  void body(const std::string& text) {
    const std::set<std::string> words = lower_case_words(to_lower(text));
    if (words.count("execute") != 0) access_.writes.insert(any_rows);
    Function fake;
    fake.definition.body = text;
    std::set<AccessKey> reads;
    access::Reader(catalog_, reads).function(fake);
    const bool writes = writes_rows(words);
    for (const AccessKey& thing : reads) {
      const Table* table = thing.starts_with("r:") ? tables_.by_thing(thing) : nullptr;
      if (table == nullptr) continue;
      if (writes)
        write_all(*table);
      else
        read_all(*table);
    }
    for (const auto& [name, other] : catalog_.functions)
      if (words.count(to_lower(other.definition.name.name)) != 0) function(other.definition.name);
  }

  void run_text() { access_.writes.insert(in_trigger_ ? any_trigger_text : any_text); }

  void restart(const StatementUse& use) {
    const auto set = [&](const QualifiedName& name) {
      access_.writes.insert(std::string(sequence) + to_sql(planning::resolved(name, catalog_)));
    };
    for (const QualifiedName& name : use.references.sequences) set(name);
    for (const RelationUse& relation : use.references.relations) {
      const Table* table = tables_.named(relation.name);
      if (table == nullptr) continue;
      for (const Sequence* owned : tables_.home_of(*table).sequences_owned_by(table->name)) {
        const auto is_named = [&](const ColumnUse& one) { return one.name == owned->owner_column; };
        const auto& columns = use.references.columns;
        if (columns.empty() || std::any_of(columns.begin(), columns.end(), is_named))
          set(owned->name);
      }
    }
  }
  void sequences(const StatementUse& use) {
    const auto calls = [&](std::string_view name) {
      return std::any_of(use.references.functions.begin(), use.references.functions.end(),
                         [&](const FunctionUse& one) { return one.name.name == name; });
    };
    const bool sets = calls("setval");
    for (const QualifiedName& name : use.references.sequences)
      (sets ? access_.writes : access_.reads)
          .insert(std::string(sequence) + to_sql(planning::resolved(name, catalog_)));
    if (!sets || !calls("pg_get_serial_sequence")) return;
    for (const std::string& literal : use.literals)
      if (const Table* table = tables_.named({"", literal.substr(literal.rfind('.') + 1)}))
        for (const Sequence* owned : tables_.home_of(*table).sequences_owned_by(table->name))
          access_.writes.insert(std::string(sequence) + to_sql(owned->name));
  }

  const Tables tables_;
  const Catalog& catalog_;
  RowAccess& access_;
  const bool by_words_;
  bool in_trigger_ = false;
  std::set<std::string> removed_, written_, changed_, fired_, called_;
  std::map<std::string, std::optional<BodyUse>> bodies_;
};

}  // namespace

void write_all_rows(const Catalog& catalog, const Catalog& ancestor, const Table& table,
                    RowAccess& access) {
  RowReader(catalog, ancestor, access).write_all(table);
}

}  // namespace rows

RowAccess row_access_of(const Catalog& catalog, const Catalog& ancestor,
                        const std::vector<StatementUse>& statements) {
  RowAccess access;
  const bool by_words = std::any_of(statements.begin(), statements.end(),
                                    [](const StatementUse& use) { return use.other_path; });
  for (const StatementUse& use : statements)
    rows::RowReader(catalog, ancestor, access, by_words).statement(use);
  return access;
}

}  // namespace schemagate
