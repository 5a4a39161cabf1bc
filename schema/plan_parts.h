// SPDX-License-Identifier: MIT
// How make_plan() works: every change becomes one or more Actions, each of which says what it
// needs, makes, lets go of and takes away; order_actions() puts them in an order that a server
// accepts. Private to the plan* files.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "schema/catalog.h"
#include "schema/plan.h"

namespace schemagate::planning {

/// With which statements a statement shares its transaction.
enum class Mode {
  together,  ///< with its neighbours
  own,       ///< alone, or with neighbours of the same action that are `own` as well
  outside,   ///< not in a transaction block
};

struct PlannedStatement {
  std::string sql;
  Mode mode = Mode::together;
  Span where = {};  ///< overrides the change's place
};

/// The order among actions that do not depend on each other.
enum class Rank {
  session,
  schema,
  extension,
  rename,
  enum_value,
  drop_trigger,
  drop_policy,
  drop_rule,
  drop_view,
  drop_foreign_key,
  drop_constraint,
  drop_index,
  detach,
  drop_object,
  drop_default,
  drop_column,
  drop_table,
  rebuild_type,
  type,
  sequence,
  function,
  table,
  alter_table,
  attach,
  column,
  set_type,
  column_default,
  not_null,
  alter_column,
  constraint,
  index,
  foreign_key,
  validate,
  sequence_owner,
  view,
  view_index,
  rule,
  trigger,
  policy,
  object,
  replica,
  comment,
  owner,
  privilege,
  opaque,
  drop_function,
  drop_type,
  drop_sequence,
  drop_extension,
  drop_schema,
};

using Things = std::vector<std::string>;

struct Action {
  Rank rank = Rank::session;
  int change = -1;
  std::string name;  ///< breaks ties: the object's
  std::vector<PlannedStatement> statements;
  Things needs;  ///< must have been made before, if any action makes them
  Things makes;
  Things releases;      ///< no longer used by this object afterwards: may be taken away then
  Things takes;         ///< drops or changes: everything that uses them must have let go
  bool atomic = false;  ///< part of a drop and recreation that must not be seen half done
};

/// Names of what actions need and make. Relations and types share one name space, as on the server.
std::string relation_thing(const QualifiedName& name);
std::string column_thing(const QualifiedName& relation, const std::string& column);
/// The column as it is typed: an action that changes the type takes it and makes it anew.
std::string column_type_thing(const QualifiedName& relation, const std::string& column);
/// That the column is NOT NULL.
std::string not_null_thing(const QualifiedName& relation, const std::string& column);
std::string constraint_thing(const QualifiedName& relation, const std::string& constraint);
std::string function_thing(const QualifiedName& name);
std::string schema_thing(const std::string& name);
/// What the catalog has as text: a collation, an operator, a server, …
std::string object_thing(const std::string& key);

/// Topological, by rank and name among the free ones. Cycles are broken at the lowest rank.
std::vector<Action> order_actions(std::vector<Action> actions);

/// What the parts of make_plan() share.
struct Context {
  const Catalog& before;  ///< with the renames done
  const Catalog& after;
  const std::vector<Change>& changes;
  Strategy strategy;
  int postgres;
  std::vector<Action> actions = {};
  std::vector<std::string> notes = {};

  bool online() const { return strategy == Strategy::online; }
  Action& add(Rank rank, int change, const std::string& name, std::string sql = {});

  // Objects that are dropped and made anew though their change (if they have one) does not say so,
  // and the change because of which.
  std::map<QualifiedName, int> recreated_views = {};
  std::map<std::string, int> recreated_functions = {};
  std::map<std::pair<QualifiedName, std::string>, int> recreated_constraints =
      {};  ///< table, constraint
  std::map<QualifiedName, int> recreated_indexes = {};
  std::map<std::pair<QualifiedName, std::string>, int> recreated_triggers = {},
                                                       recreated_policies = {},
                                                       recreated_rules = {};
  std::map<std::pair<QualifiedName, std::string>, int> recreated_columns = {};
  std::map<std::pair<QualifiedName, std::string>, int> recreated_defaults = {};
  std::set<std::string> overtaken_functions = {};  ///< that go, and whose calls another takes
  /// Of the recreated columns those whose values are kept.
  std::set<std::pair<QualifiedName, std::string>> copied_columns = {};
  std::map<QualifiedName, int> rebuilt_types = {};
  /// Operators, casts, aggregates … over a function or type that is made anew: keys of
  /// Catalog::objects.
  std::map<std::string, int> recreated_objects = {};

  /// Constraints and indexes that change over something that goes: they can't wait for their
  /// successors.
  std::set<std::pair<QualifiedName, std::string>> early_constraints = {};
  std::set<QualifiedName> early_indexes = {};

  std::set<QualifiedName> new_tables = {}, dropped_tables = {};
  std::map<std::pair<QualifiedName, std::string>, int> retyped_columns =
      {};  ///< set_type and its like
};

/// Finds what must be dropped and made anew because of the changes, transitively.
void find_recreations(Context& context);

// One function per family of changes; each adds its actions.
void plan_schemas(Context& context);
void plan_types(Context& context);
void plan_tables(Context& context);
void plan_columns(Context& context);
void plan_constraints(Context& context);
void plan_indexes(Context& context);
void plan_views(Context& context);
void plan_functions(Context& context);
void plan_table_objects(Context& context);
void plan_text_objects(Context& context);
void plan_attributes(Context& context);

/// What an expression of a table's column, constraint or index uses.
Things uses_of(const References& references, const Catalog& catalog, const Table* table);
Things uses_of(const TypeName& type);
/// A collation that is not the server's own: "public.german".
Things uses_of_collation(const std::string& collation);
Things uses_of(const Column& column, const Catalog& catalog, const Table& table);
Things uses_of(const Constraint& constraint, const Catalog& catalog, const Table& table);
Things uses_of(const Index& index, const Catalog& catalog);
Things uses_of(const View& view, const Catalog& catalog);
Things uses_of(const Function& function, const Catalog& catalog);
/// The same without what only the text of its body names: the server does not look at that again.
Things held_by(const Function& function, const Catalog& catalog);
void append(Things& things, Things more);
/// The text has the symbol of the operator, or of a cast "::".
bool shows(const OpaqueObject& of, const std::string& sql);
/// A function or aggregate of that name comes: what calls the one that goes will call that.
bool another_comes(const Context& context, const QualifiedName& function);
/// All privileges on an object that is made anew.
std::vector<PlannedStatement> kept_privileges(const Context& context, ObjectKind kind,
                                              const std::string& schema, const std::string& object);
/// GROUP BY of a primary key stands for all columns of the table: then the view needs the key.
bool groups(const View& view);

/// The relation a name written in a reference means, as far as the catalog tells.
QualifiedName resolved(const QualifiedName& written, const Catalog& catalog);

/// A column of `table` that the things stand for changes its type or is made anew.
bool touches_changed_column(const Context& context, const QualifiedName& table,
                            const Things& things);

/// True when the server converts by itself in ALTER COLUMN … TYPE; otherwise a USING is needed.
bool casts_on_assignment(const TypeName& from, const TypeName& to, const Catalog& catalog);
/// "email::text::public.mood": the USING expression where one is needed.
std::string conversion(const std::string& column, const TypeName& from, const TypeName& to,
                       const Catalog& catalog);

}  // namespace schemagate::planning
