// SPDX-License-Identifier: MIT
// What a server refuses to change under its dependents is dropped and made anew together with them:
// views over a column whose type changes, defaults and triggers over a function with another
// result, … Private to the plan_recreate* files, one for each kind of cause.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>

#include "schema/plan_parts.h"

namespace schemagate::planning {

/// The text has the name as a word.
bool mentions(const std::string& definition, const std::string& name);

class Recreations {
 public:
  explicit Recreations(Context& context) : context_(context) {}

  void run();

 private:
  using Key = std::pair<QualifiedName, std::string>;
  /// Whether an expression calls or casts to what goes.
  using Calls = std::function<bool(const References&)>;
  /// The same for what is only known by its text.
  using Has = std::function<bool(const std::string&)>;

  template <class Map>
  static void mark(Map& map, const typename Map::key_type& key, int cause) {
    map.emplace(key, cause);
  }

  void seed(const Change& change, int cause);
  const Table* old_table(const QualifiedName& name) const;
  const Table* new_table(const QualifiedName& name) const;
  bool on_both_sides(const QualifiedName& table, const std::string& column) const;
  /// SET EXPRESSION came with 17; on a virtual column it is refused where a CHECK stands on the
  /// table.
  bool alterable_generation(const Change& change) const;
  /// Up to 14 the column itself, not its expression, depends on the functions and types of the
  /// expression; its type can't be altered then.
  bool held_by_expression(const Change& change) const;
  bool is_function(const std::string& name) const;
  /// Up to 14 DROP EXPRESSION leaves that dependency behind, and the column goes, without a word,
  /// when the function or type is dropped.
  void expression_dropped(const Change& change, int cause);
  bool function_goes(const std::string& name) const;
  /// CREATE OR REPLACE VIEW may only add columns at the end.
  bool replaceable(const View& was, const View& now) const;
  /// CREATE OR REPLACE FUNCTION keeps result, kind, names and defaults of arguments.
  static bool replaceable(const Function& was, const Function& now);

  // ---- columns
  // ---------------------------------------------------------------------------------------

  /// Columns of other tables that hold rows of `table` are text in between.
  void stored_rows_retyped(const QualifiedName& table, int cause);
  void column_retyped(const QualifiedName& table, const std::string& column, int cause);
  static bool uses(const Expression& expression, const std::string& column);
  /// The server reads CHECKs and index expressions anew, with constants typed as they were.
  bool other_family(const Table& was, const Table& now, const std::string& column) const;
  /// Read anew, the expression is not what it is when it is written for the new type. The elements
  /// of a list have the type that the column had.
  bool reads_otherwise(const Expression& expression, const Table& was, const Table& now,
                       const std::string& column) const;
  bool reads_otherwise(const std::vector<IndexElement>& elements, const Table& was,
                       const Table& now, const std::string& column) const;
  /// A list over such a column gets other casts each time the server reads its own text, whatever
  /// column made it do so.
  bool reads_varchar(const Expression& expression, const Table& table) const;
  /// Both ends of a foreign key change: in between they may not fit together.
  void foreign_keys(const QualifiedName& table, const std::string& column, int cause);
  void column_recreated(const QualifiedName& table, const std::string& column, int cause);
  void column_dropped(const QualifiedName& table, const std::string& column, int cause);
  /// Everything apart from constraints and indexes that reads the column.
  void readers(const QualifiedName& table, const std::string& column, int cause);
  void table_objects_reading(const QualifiedName& relation, const std::string& column, int cause);

  // ---- whole objects
  // ---------------------------------------------------------------------------------------

  /// Operators, casts and aggregates that name the function or type.
  void objects_over(const std::string& name, int cause);
  /// What searches by it: views, and columns and indexes that are filled by it.
  void configuration_goes(const std::string& key, int cause);
  void aggregate_goes(const std::string& key, int cause);
  /// Whatever has the symbol in its text, of a cast "::". It counts only where the types are at
  /// hand.
  void operator_goes(const std::string& key, int cause);
  bool has_operand(const OpaqueObject& of, const Table& table) const;
  void operator_leaves(const QualifiedName& name, const Table& table, const Has& has,
                       const std::string& symbol, int cause);
  void recreate_constraint(const QualifiedName& table, const std::string& name, int cause);
  void recreate_index(const Index& index, int cause);
  bool changed(ChangeKind kind, const QualifiedName& relation, const std::string& part) const;
  void view(const QualifiedName& name, int cause);
  void relation_dropped(const QualifiedName& name, int cause);
  /// Functions with the type (or row type) in their signature, or the relation in a BEGIN ATOMIC
  /// body.
  void functions_over(const QualifiedName& name, int cause);
  /// A unique constraint that goes takes the foreign keys with it that rest on it.
  void key_dropped(const QualifiedName& table, const std::string& name, int cause);
  void function(const std::string& key, int cause);
  void callers(const std::string& key, int cause);
  /// The calls that meant it and mean another now, which took none of so many arguments before.
  void calls_move_on(const std::string& key, int cause);
  /// Views, tables and indexes whose expressions use it.
  void users(const Calls& calls, int cause, const QualifiedName& rebuilt = {});
  void table_calls(const Table& table, const Calls& calls, int cause, const QualifiedName& rebuilt);

  // ---- types and collations
  // ---------------------------------------------------------------------------------------

  /// What casts to a type that goes for a while. Its own columns bring their defaults along.
  void casters(const QualifiedName& type, int cause);
  /// A column that stays has arrays of the domain, or a composite type with it: then the server
  /// adds no constraint to the domain.
  bool is_contained(const QualifiedName& domain) const;
  /// Attributes of a type that columns have can't be altered.
  bool is_stored(const QualifiedName& type) const;
  void type_rebuilt(const QualifiedName& name, int cause);
  /// A range type comes with functions of its own and its multirange type's name.
  void constructors(const QualifiedName& name, int cause);
  /// The new one takes the name; columns and indexes change over to it.
  void collation_replaced(const std::string& key, int cause);
  /// Columns of a range type are text in between, which other operator classes hold for.
  void range_goes(const QualifiedName& name, int cause);

  Context& context_;
  std::set<Key> seen_columns_ = {}, dropped_columns_ = {};
};

}  // namespace schemagate::planning
