// SPDX-License-Identifier: MIT
// Reads what one statement does to rows: what it says itself (access_rows.cc), and what runs along
// with it, triggers, functions, blocks, sequences (access_row_runs.cc). Private to the access_row
// files.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/access_row_behind.h"
#include "schema/access_row_body.h"
#include "schema/access_row_keys.h"
#include "schema/access_row_values.h"
#include "schema/access_rows.h"

namespace schemagate::rows {

class RowReader {
 public:
  /// `by_words`: bodies mean whatever they name, in any schema.
  RowReader(const Catalog& catalog, const Catalog& ancestor, RowAccess& access,
            bool by_words = false)
      : tables_(catalog, ancestor), catalog_(catalog), access_(access), by_words_(by_words) {}

  void statement(const StatementUse& use);

  /// All rows of what is changed as a whole.
  void write_all(const Table& table);

 private:
  AccessKey of(std::string_view what, const Table& table, const std::string& part = {}) const {
    return tables_.key(what, table, part);
  }

  // ---- reads

  void read(const StatementUse& use);
  void read_values(const Table& table);
  void read_all(const Table& table);

  /// Row security is for everybody but the owner, unless it is forced. Of new rows, the policies
  /// look at what they are made of; of others, at the values that they have.
  void see(const StatementUse& use, const RelationUse& relation);
  void see(const Table& table, bool only_makes);
  /// The tables of a view, by its owner.
  void see_below(const QualifiedName& relation);
  bool is_under_policies(const Table& table) const;
  /// What its conditions name: without the table that it is ON.
  References conditions_of(const TableObject& policy, const Table& on);
  /// What a materialized view holds is another thing from now on, for those who read it.
  void refresh(const StatementUse& use);

  // ---- writes

  void write(const StatementUse& use, const RelationUse& relation);
  /// The tables of a view, also of a materialized one.
  void write_below(const QualifiedName& name, RowWork work);
  /// INSTEAD OF triggers, and rules.
  void fire(const View& on, RowWork work);
  void write_rows(const Table& table, RowWork work, const StatementUse& use);

  void insert(const Table& table, const StatementUse& use);
  void signal(const Table& table, const Column& column, const Filled& filled);
  /// A column that is left out, or set to DEFAULT.
  void take_default(const Table& table, const Column& column);
  /// What a value of the column must fulfil by its type.
  void types(const Column& column);

  template <class Do>
  void for_each_key(const Table& table, const Do& what);
  static bool is_exclusion(const Table& table, const Index& index);
  static std::vector<KeyColumn> unknown_columns(const Index& index);
  /// What this row's key was made of is not what the files say in the end.
  void take_any_key(const Table& table);
  /// Rows of two statements are one row twice when both give the columns of a unique key.
  void insert_key(const Table& part, const Index& index, const Table& table,
                  const WrittenValues& written);
  /// ON CONFLICT DO NOTHING: whether a row is in the way decides.
  void look_for_conflicts(const Table& part, const Index& index);

  void update_on_conflict(const Table& table, const StatementUse& use);

  /// What foreign keys refer to must be there, and stay.
  void refer(const Table& table, const std::vector<std::string>& columns);
  static std::vector<std::string> referenced_columns_of(const ConstraintDefinition& foreign,
                                                        const Table& parent);

  void update(const Table& table, const StatementUse& use);
  void change_columns(const Table& table, const std::vector<std::string>& set,
                      const std::vector<std::string>& by_default);
  /// Columns that one CHECK or one unique key looks at.
  void check_together(const Table& table, const std::vector<std::string>& columns);

  void remove(const Table& table, bool truncates, bool cascades);
  template <class Do>
  void for_each_child(const Table& table, const Do& what);
  void change_children(const Table& table, const std::vector<std::string>& columns);
  /// Rows that refer to what goes or changes, change along.
  void change_child(const Table& child, const std::vector<std::string>& columns,
                    const std::string& action);

  // ---- what runs along

  /// Functions in what new values are held against and made of.
  void runs(const Table& table, const std::vector<std::string>& by_default, bool whole);

  void fire(const Table& table, const std::string& event);
  void fire(const Table& table, const Trigger& trigger, const std::string& event);
  void run(const Table& table, const Trigger& trigger, const std::string& event);
  static bool writes_elsewhere(const BodyUse& use);
  void set_by_trigger(const Table& table, const std::optional<BodyUse>& use);
  /// The columns that are not what the statement says.
  std::set<std::string> changed_by_triggers(const Table& table, const std::string& event);

  /// One that the files don't have (an extension's, the server's) is not followed.
  std::vector<const std::optional<BodyUse>*> trigger_bodies_of(const QualifiedName& name);
  /// Those that the side drops or replaces as well: which one a statement met is not told.
  std::vector<std::pair<std::string, const Function*>> functions_of(const QualifiedName& name);
  std::vector<const std::optional<BodyUse>*> bodies_of(const QualifiedName& name);
  /// One that is nowhere in the end: the side made it for itself, and dropped it.
  void call(const QualifiedName& name);
  void function(const QualifiedName& name);
  void run(const Function& function, const std::optional<BodyUse>& use);
  /// What a text calls by name, and what it runs without: by operators and casts.
  void calls_of(const std::string& text, const References& references);
  /// The same of the views among `things`.
  void calls_of_views(const std::set<AccessKey>& things);
  void block(const StatementUse& use);
  /// One that can't be followed: it works on all rows of what it names.
  void body(const std::string& text);

  /// Text that is made when it runs.
  void run_text();

  void restart(const StatementUse& use);
  void sequences(const StatementUse& use);

  const Tables tables_;
  const Catalog& catalog_;
  RowAccess& access_;
  const bool by_words_;
  bool in_trigger_ = false;
  Runner runner_;
  std::set<std::string> removed_, written_, changed_, fired_, called_;
  std::map<std::string, std::optional<BodyUse>> bodies_;
};

}  // namespace schemagate::rows
