// SPDX-License-Identifier: MIT
#include "schema/access_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "schema/access_reader.h"
#include "schema/default_clause.h"

namespace schemagate {
namespace {

constexpr std::string_view added = "rows added:", removed = "rows removed:", values = "values:",
                           key = "key:", sequence = "sequence:";
/// Text that is made when it runs may mean any row.
constexpr const char* any_rows = "rows:*";

/// The words after which a body writes rows.
bool writes_rows(const std::set<std::string>& words) {
  constexpr std::array verbs{"insert", "update", "delete", "truncate", "merge", "copy", "setval"};
  return std::any_of(verbs.begin(), verbs.end(),
                     [&](const char* verb) { return words.count(verb) != 0; });
}

class RowReader {
 public:
  RowReader(const Catalog& catalog, const Catalog& ancestor, RowAccess& access)
      : catalog_(catalog), ancestor_(ancestor), access_(access) {}

  void statement(const StatementUse& use) {
    if (use.work == RowWork::none) return;
    if (!use.body.empty()) return body(use.body);
    read(use);
    for (const RelationUse& relation : use.references.relations)
      if (relation.mode == 3) write(use, relation);
    sequences(use);
    for (const FunctionUse& called : use.references.functions) function(called.name);
  }

 private:
  const Table* table_of(const QualifiedName& written) const {
    for (const Catalog* catalog : {&catalog_, &ancestor_})
      if (const Table* found = find(catalog->tables, planning::resolved(written, *catalog)))
        return found;
    return nullptr;
  }
  const Catalog& home_of(const Table& table) const {
    return find(catalog_.tables, table.name) == &table ? catalog_ : ancestor_;
  }
  /// The rows of partitions and children are their parent's.
  std::string root_of(const Table& table) const {
    const Table* root = &table;
    for (int depth = 0; depth < 100; ++depth) {
      const QualifiedName parent = !root->partition_of.empty() ? root->partition_of
                                   : root->inherits.empty()    ? QualifiedName()
                                                               : root->inherits.front();
      const Table* above = parent.empty() ? nullptr : table_of(parent);
      if (above == nullptr) break;
      root = above;
    }
    return root->name.schema + "." + root->name.name;
  }
  AccessKey of(std::string_view what, const Table& table, const std::string& part = {}) const {
    return std::string(what) + root_of(table) + (part.empty() ? "" : "." + part);
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
    take(reads, alone);
  }
  void take(const std::set<AccessKey>& reads, bool only_added) {
    for (const AccessKey& thing : reads) {
      if (thing.starts_with("c:")) {
        column(thing.substr(2));
      } else if (thing.starts_with("r:") || thing.starts_with("columns:")) {
        const Table* table = by_key(thing);
        if (table == nullptr) continue;
        if (thing.starts_with("columns:")) read_values(*table);
        access_.reads.insert(of(added, *table));
        if (!only_added) access_.reads.insert(of(removed, *table));
      }
    }
  }
  const Table* by_key(const AccessKey& thing) const {
    const std::string name = thing.substr(thing.find(':') + 1);
    for (const Catalog* catalog : {&catalog_, &ancestor_})
      for (const auto& [of_table, table] : catalog->tables)
        if (of_table.schema + "." + of_table.name == name || to_sql(of_table) == name)
          return &table;
    return nullptr;
  }
  void column(const std::string& name) {
    const std::size_t dot = name.rfind('.');
    if (const Table* table = by_key("r:" + name.substr(0, dot)))
      access_.reads.insert(of(values, *table, name.substr(dot + 1)));
  }
  void read_values(const Table& table) {
    for (const Column& column : table.columns) access_.reads.insert(of(values, table, column.name));
  }
  void read_all(const Table& table) {
    access_.reads.insert(of(added, table));
    access_.reads.insert(of(removed, table));
    read_values(table);
  }

  // ---- writes

  void write(const StatementUse& use, const RelationUse& relation) {
    const Table* table = table_of(relation.name);
    if (table == nullptr) return write_below(relation.name);
    const bool is_target = !use.target.empty() && table_of(use.target) == table;
    const RowWork work = is_target || use.target.empty() ? use.work : RowWork::everything;
    write_rows(*table, work, use);
  }
  /// The tables of a view, also of a materialized one.
  void write_below(const QualifiedName& name) {
    std::set<AccessKey> below;
    access::Reader(catalog_, below)
        .add(planning::relation_thing(planning::resolved(name, catalog_)));
    for (const AccessKey& thing : below)
      if (thing.starts_with("r:"))
        if (const Table* table = by_key(thing)) write_all(*table);
  }
  void write_rows(const Table& table, RowWork work, const StatementUse& use) {
    switch (work) {
      case RowWork::inserts:
        insert(table, use);
        break;
      case RowWork::updates:
        update(table, use.columns);
        break;
      case RowWork::removes:
        access_.reads.insert(of(added, table));
        remove(table);
        break;
      default:
        write_all(table);
    }
    fire(table);
  }
  void insert(const Table& table, const StatementUse& use) {
    access_.signals.insert(of(added, table));
    const auto is_listed = [&](const std::string& column) {
      return use.columns.empty() ||
             std::find(use.columns.begin(), use.columns.end(), column) != use.columns.end();
    };
    for (const Column& column : table.columns)
      if (!is_listed(column.name)) by_default(table, column);
    keys(table, is_listed);
    refer(table, is_listed);
    if (use.looks_for_conflicts) write_all(table);
  }
  /// A column that is left out.
  void by_default(const Table& table, const Column& column) {
    for (const Sequence* owned : home_of(table).sequences_owned_by(table.name, column.name))
      access_.reads.insert(std::string(sequence) + to_sql(owned->name));
    if (!column.default_value) return;
    for (const QualifiedName& name : column.default_value->references.sequences)
      access_.reads.insert(std::string(sequence) + to_sql(planning::resolved(name, catalog_)));
  }
  /// Rows of two statements are one row twice when both give the columns of a unique key.
  template <class Listed>
  void keys(const Table& table, const Listed& is_listed) {
    for (const Index* index : home_of(table).indexes_of(table.name)) {
      if (!index->unique) continue;
      std::string columns;
      bool is_given = true;
      for (const IndexElement& element : index->elements) {
        columns += (columns.empty() ? "" : ", ") + element.column + element.expression.sql;
        const Column* column = table.column(element.column);
        is_given =
            is_given && (column == nullptr || is_listed(column->name) || has_constant(*column));
      }
      if (is_given) access_.writes.insert(of(key, table) + " (" + columns + ")");
    }
  }
  static bool has_constant(const Column& column) {
    return column.default_value && column.default_value->kind == ExpressionKind::constant;
  }
  /// What foreign keys refer to must be there, and stay.
  template <class Listed>
  void refer(const Table& table, const Listed& is_listed) {
    for (const Constraint& constraint : table.constraints) {
      const ConstraintDefinition& foreign = constraint.definition;
      if (foreign.kind != ConstraintKind::foreign_key ||
          std::none_of(foreign.columns.begin(), foreign.columns.end(), is_listed))
        continue;
      const Table* parent = table_of(foreign.referenced);
      if (parent == nullptr) continue;
      access_.reads.insert(of(removed, *parent));
      for (const std::string& column : foreign.referenced_columns)
        access_.reads.insert(of(values, *parent, column));
    }
  }
  void update(const Table& table, const std::vector<std::string>& columns) {
    if (columns.empty()) return write_all(table);
    for (const std::string& column : columns) access_.writes.insert(of(values, table, column));
    const auto is_set = [&](const std::string& column) {
      return std::find(columns.begin(), columns.end(), column) != columns.end();
    };
    refer(table, is_set);
    for_each_child(table, [&](const Table& child, const ConstraintDefinition& foreign) {
      const auto& referred = foreign.referenced_columns;
      if (std::any_of(referred.begin(), referred.end(), is_set)) change_child(child, foreign);
    });
  }
  void remove(const Table& table) {
    if (!removed_.insert(to_sql(table.name)).second) return;
    access_.signals.insert(of(removed, table));
    for_each_child(table, [&](const Table& child, const ConstraintDefinition& foreign) {
      change_child(child, foreign);
      if (foreign.on_delete == "CASCADE") remove(child);
    });
  }
  template <class Do>
  void for_each_child(const Table& table, const Do& what) {
    for (const auto& [name, child] : catalog_.tables)
      for (const Constraint& constraint : child.constraints)
        if (constraint.definition.kind == ConstraintKind::foreign_key &&
            table_of(constraint.definition.referenced) == &table)
          what(child, constraint.definition);
  }
  /// Rows that refer to what goes or changes are looked for, and may change.
  void change_child(const Table& child, const ConstraintDefinition& foreign) {
    access_.reads.insert(of(added, child));
    for (const std::string& column : foreign.columns)
      access_.writes.insert(of(values, child, column));
  }
  void write_all(const Table& table) {
    if (!written_.insert(to_sql(table.name)).second) return;
    read_all(table);
    for (const Column& column : table.columns)
      access_.writes.insert(of(values, table, column.name));
    access_.writes.insert(of(added, table));
    access_.writes.insert(of(removed, table));
    fire(table);
  }

  // ---- what runs along

  void fire(const Table& table) {
    if (!fired_.insert(to_sql(table.name)).second) return;
    for (const Trigger& trigger : table.triggers)
      for (const FunctionUse& called : trigger.references.functions) function(called.name);
    for (const TableObject& rule : table.rules) body(rule.definition);
  }
  void function(const QualifiedName& name) {
    for (const auto& [of_function, found] : catalog_.functions)
      if (found.definition.name.name == name.name && called_.insert(of_function).second)
        body(found.definition.body);
  }
  void body(const std::string& text) {
    const std::set<std::string> words = lower_case_words(to_lower(text));
    if (words.count("execute") != 0) access_.writes.insert(any_rows);
    Function fake;
    fake.definition.body = text;
    std::set<AccessKey> reads;
    access::Reader(catalog_, reads).function(fake);
    const bool writes = writes_rows(words);
    for (const AccessKey& thing : reads) {
      const Table* table = thing.starts_with("r:") ? by_key(thing) : nullptr;
      if (table == nullptr) continue;
      if (writes)
        write_all(*table);
      else
        read_all(*table);
    }
    for (const auto& [name, other] : catalog_.functions)
      if (words.count(to_lower(other.definition.name.name)) != 0) function(other.definition.name);
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
      if (const Table* table = table_of({"", literal.substr(literal.rfind('.') + 1)}))
        for (const Sequence* owned : home_of(*table).sequences_owned_by(table->name))
          access_.writes.insert(std::string(sequence) + to_sql(owned->name));
  }

  const Catalog& catalog_;
  const Catalog& ancestor_;
  RowAccess& access_;
  std::set<std::string> removed_, written_, fired_, called_;
};

std::string object_of(const AccessKey& met) {
  const std::string name = met.substr(met.find(':') + 1);
  return name.substr(0, name.find(" ("));
}

std::string relation_of(const AccessKey& met) {
  const std::string name = object_of(met);
  if (!met.starts_with(values)) return name;
  return name.substr(0, name.rfind('.'));
}

std::string what_of(const AccessKey& met) {
  if (met.starts_with(added)) return "adds rows";
  if (met.starts_with(removed)) return "removes rows";
  if (met.starts_with(sequence)) return "sets the value";
  return "changes values";
}

const AccessKey* first_common(const std::set<AccessKey>& one, const std::set<AccessKey>& other,
                              const std::set<std::string>& known) {
  for (const AccessKey& met : one)
    if (other.count(met) != 0 && known.count(relation_of(met)) == 0) return &met;
  return nullptr;
}

}  // namespace

RowAccess row_access_of(const Catalog& catalog, const Catalog& ancestor,
                        const std::vector<StatementUse>& statements) {
  RowAccess access;
  for (const StatementUse& use : statements) RowReader(catalog, ancestor, access).statement(use);
  return access;
}

std::vector<RowMeeting> meetings_of(const RowAccess& ours, const RowAccess& theirs) {
  const std::string statement = "a statement of a migration";
  std::vector<RowMeeting> found;
  std::set<std::string> known;
  const auto meet = [&](const AccessKey& met, std::string reason) {
    known.insert(relation_of(met));
    found.push_back({object_of(met), statement, statement, std::move(reason)});
  };
  const auto all = [&](const std::set<AccessKey>& one, const std::set<AccessKey>& other,
                       const auto& says) {
    while (const AccessKey* met = first_common(one, other, known)) meet(*met, says(*met));
  };
  all(ours.writes, theirs.writes, [](const AccessKey& met) -> std::string {
    if (met.starts_with(key)) return "both may insert a row with one unique key";
    return met.starts_with(sequence) ? "both set it" : "migrations of both change its rows";
  });
  for (const auto* set : {&theirs.writes, &theirs.signals})
    all(*set, ours.reads, [](const AccessKey& met) {
      return fmt::format("a migration of the base {} that one of the pull request reads",
                         what_of(met));
    });
  for (const auto* set : {&ours.writes, &ours.signals})
    all(*set, theirs.reads, [](const AccessKey& met) {
      return fmt::format("a migration of the pull request {} that one of the base reads",
                         what_of(met));
    });
  for (const auto& [one, other] : {std::pair{&ours, &theirs}, std::pair{&theirs, &ours}}) {
    const bool works = !other->writes.empty() || !other->signals.empty() || !other->reads.empty();
    if (one->writes.count(any_rows) != 0 && works && found.empty())
      meet(any_rows, "a block runs text that is made when it runs: it may mean rows of the other");
  }
  return found;
}

}  // namespace schemagate
