// SPDX-License-Identifier: MIT
// What runs along with row work.
#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "schema/access_reader.h"
#include "schema/access_row_behind.h"
#include "schema/access_row_catalog.h"
#include "schema/access_row_reader.h"
#include "schema/builtins.h"

namespace schemagate::rows {
namespace {

constexpr int newest_major = 18;

/// The words after which a body writes rows.
bool writes_rows(const std::set<std::string>& words) {
  constexpr std::array verbs{"insert", "update", "delete", "truncate", "merge", "copy", "setval"};
  return std::any_of(verbs.begin(), verbs.end(),
                     [&](const char* verb) { return words.count(verb) != 0; });
}

/// The part of a trigger's definition that says when it fires.
std::string moment_of(const Trigger& trigger) {
  return trigger.definition.substr(0, trigger.definition.find(" ON "));
}

/// Trigger functions that change NEW and nothing else, of the server and of an extension.
bool changes_only_new(std::string_view function) {
  return function == "moddatetime" || builtins::is_function(function, newest_major);
}

}  // namespace

void RowReader::fire(const View& on, RowWork work) {
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

void RowReader::runs(const Table& table, const std::vector<std::string>& by_default, bool whole) {
  std::set<AccessKey> used;
  access::Reader reader(catalog_, used);
  const auto add = [&](const Table& part, const Expression& expression) {
    if (expression.empty()) return;
    References named;
    named.functions = expression.references.functions;
    named.relations.push_back({part.name, part.name.name});
    for (const QualifiedName& one : functions_behind(catalog_, expression.sql, named))
      named.functions.push_back({one, 0});
    named.relations = {};
    reader.add(planning::uses_of(named, catalog_, nullptr));
    for (const FunctionUse& called : named.functions) function(called.name);
  };
  for (const Table* part : tables_.tree_of(table)) {
    for (const Constraint& constraint : part->constraints) {
      add(*part, constraint.definition.expression);
      add(*part, constraint.definition.where);
    }
    for (const Index* index : tables_.home_of(*part).indexes_of(part->name)) {
      for (const IndexElement& element : index->elements) add(*part, element.expression);
      add(*part, index->where);
    }
    for (const Column& column : part->columns) {
      add(*part, column.generation);
      const bool taken = whole || contains(by_default, column.name);
      const Expression* made = taken ? default_behind(catalog_, column) : nullptr;
      if (made != nullptr) add(*part, *made);
    }
  }
  take(tables_, used, false, access_);
}

void RowReader::fire(const Table& table, const std::string& event) {
  access_.reads.insert(of(fires, table));
  for (const Table* part : tables_.tree_of(table)) {
    if (!fired_.insert(event + " " + to_sql(part->name)).second) continue;
    for (const Trigger& trigger : part->triggers)
      if (moment_of(trigger).find(event) != std::string::npos) fire(*part, trigger, event);
    for (const TableObject& rule : part->rules) body(rule.definition);
  }
}

void RowReader::fire(const Table& table, const Trigger& trigger, const std::string& event) {
  const bool was_in_trigger = std::exchange(in_trigger_, true);
  run(table, trigger, event);
  in_trigger_ = was_in_trigger;
}

void RowReader::run(const Table& table, const Trigger& trigger, const std::string& event) {
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

bool RowReader::writes_elsewhere(const BodyUse& use) {
  return std::any_of(use.statements.begin(), use.statements.end(), [](const StatementUse& one) {
    return one.work > RowWork::reads || !one.references.functions.empty();
  });
}

void RowReader::set_by_trigger(const Table& table, const std::optional<BodyUse>& use) {
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

std::set<std::string> RowReader::changed_by_triggers(const Table& table, const std::string& event) {
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

std::vector<const std::optional<BodyUse>*> RowReader::trigger_bodies_of(const QualifiedName& name) {
  static const std::optional<BodyUse> unknown;
  auto found = bodies_of(name);
  if (found.empty()) found.push_back(&unknown);
  return found;
}

std::vector<std::pair<std::string, const Function*>> RowReader::functions_of(
    const QualifiedName& name) {
  std::vector<std::pair<std::string, const Function*>> found;
  for (const auto& [called, one] : catalog_.functions)
    if (one.definition.name.name == name.name) found.emplace_back(called, &one);
  for (const auto& [called, one] : tables_.ancestor().functions) {
    if (one.definition.name.name != name.name) continue;
    const Function* now = find(catalog_.functions, called);
    if (now == nullptr || now->definition.definition != one.definition.definition)
      found.emplace_back("was " + called, &one);
  }
  return found;
}

std::vector<const std::optional<BodyUse>*> RowReader::bodies_of(const QualifiedName& name) {
  std::vector<const std::optional<BodyUse>*> found;
  for (const auto& [called, one] : functions_of(name)) {
    auto at = bodies_.find(called);
    if (at == bodies_.end())
      at = bodies_.emplace(called, by_words_ ? std::nullopt : read_body(one->definition)).first;
    found.push_back(&at->second);
  }
  return found;
}

void RowReader::call(const QualifiedName& name) {
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

void RowReader::calls_of(const std::string& text, const References& references) {
  for (const FunctionUse& called : references.functions) call(called.name);
  for (const QualifiedName& name : functions_behind(catalog_, text, references)) call(name);
}

void RowReader::calls_of_views(const std::set<AccessKey>& things) {
  for (const AccessKey& thing : things) {
    if (!thing.starts_with("r:")) continue;
    const std::size_t dot = thing.find('.');
    const View* found =
        find(catalog_.views, QualifiedName{thing.substr(2, dot - 2), thing.substr(dot + 1)});
    if (found != nullptr && !found->materialized)
      calls_of(found->query.sql, found->query.references);
  }
}

void RowReader::function(const QualifiedName& name) {
  access_.reads.insert(std::string(rows::function) + name.name);
  if (runs_text(name)) {
    run_text();
    access_.writes.insert(any_rows);
  }
  if (called_.insert("of " + name.name).second)
    for (const QualifiedName& one : functions_of_aggregate(catalog_, name.name)) function(one);
  bodies_of(name);
  for (const auto& [called, one] : functions_of(name)) {
    const Runner runner = runner_of(*one, runner_);
    const std::string as = (runner.is_set ? " by another role" : " by ") + runner.owner;
    if (!called_.insert(called + as).second) continue;
    const Runner caller = std::exchange(runner_, runner);
    run(*one, bodies_.at(called));
    runner_ = caller;
  }
}

void RowReader::run(const Function& function, const std::optional<BodyUse>& use) {
  const CreateFunction& definition = function.definition;
  look_into_catalog(definition.body, access_);
  if (definition.has_dynamic_sql) run_text();
  if (definition.language != "sql" && definition.language != "plpgsql")
    access_.writes.insert(any_rows);
  if (!use) return body(definition.body);
  for (const StatementUse& inner : use->statements) statement(inner);
}

void RowReader::block(const StatementUse& use) {
  runner_.is_set = runner_.is_set || sets_role(use.body);
  if (use.block && use.block->has_dynamic_sql) run_text();
  const bool is_known = use.block && !by_words_;
  const std::optional<BodyUse> read = is_known ? read_body(*use.block) : std::nullopt;
  if (!read) return body(use.body);
  for (const StatementUse& inner : read->statements) statement(inner);
}

void RowReader::body(const std::string& text) {
  const std::set<std::string> words = lower_case_words(to_lower(text));
  if (words.count("execute") != 0) access_.writes.insert(any_rows);
  calls_of(text.empty() ? " " : text, {});
  Function fake;
  fake.definition.body = text;
  std::set<AccessKey> reads;
  access::Reader(catalog_, reads).function(fake);
  const bool writes = writes_rows(words);
  for (const AccessKey& thing : reads) {
    const Table* table = thing.starts_with("r:") ? tables_.by_thing(thing) : nullptr;
    if (table == nullptr) continue;
    if (is_under_policies(*table)) see(*table, false);
    if (writes)
      write_all(*table);
    else
      read_all(*table);
  }
  for (const auto& [name, other] : catalog_.functions)
    if (words.count(to_lower(other.definition.name.name)) != 0) function(other.definition.name);
}

void RowReader::run_text() { access_.writes.insert(in_trigger_ ? any_trigger_text : any_text); }

void RowReader::restart(const StatementUse& use) {
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

void RowReader::sequences(const StatementUse& use) {
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

}  // namespace schemagate::rows
