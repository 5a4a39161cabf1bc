// SPDX-License-Identifier: MIT
#include <algorithm>

#include "schema/builtin_types.h"
#include "schema/canonical.h"
#include "schema/diff_parts.h"
#include "schema/generated_names.h"
#include "schema/plan_identity.h"
#include "schema/plan_sql.h"
#include "schema/render.h"

namespace schemagate::planning {
namespace {

class ColumnPlanner {
 public:
  ColumnPlanner(Context& context, int index)
      : context_(context),
        index_(index),
        change_(context.changes[static_cast<std::size_t>(index)]),
        before_(context.before.tables.find(change_.relation)),
        after_(context.after.tables.find(change_.relation)) {}

  void run() {
    switch (change_.kind) {
      case ChangeKind::add_column:
        return add(new_column(), index_);
      case ChangeKind::drop_column:
        return drop(old_column(), index_);
      case ChangeKind::set_type:
        return set_type();
      case ChangeKind::set_not_null:
        return set_not_null();
      case ChangeKind::drop_not_null:
        return drop_not_null();
      case ChangeKind::set_default:
        return set_default(index_);
      case ChangeKind::drop_default:
        return drop_default(index_);
      case ChangeKind::alter_column:
        return alter();
      default:
        return;
    }
  }

  void recreate() {
    drop(old_column(), index_);
    if (is_copied())
      copy();
    else
      add(new_column(), index_);
    for (const auto& [privilege, where] : context_.after.privileges) {
      if (privilege.object == to_sql(relation()) && privilege.column == part())
        context_.actions.back().statements.push_back({grant_sql(privilege)});
    }
  }
  void recreate_default() {
    if (old_column().default_value) drop_default(index_);
    if (new_column().default_value) set_default(index_);
  }
  /// For a column named by `part` instead of by the change.
  void use_part(const QualifiedName& relation, const std::string& part) {
    relation_ = relation;
    part_ = part;
    before_ = context_.before.tables.find(relation);
    after_ = context_.after.tables.find(relation);
  }

 private:
  const QualifiedName& relation() const { return relation_.empty() ? change_.relation : relation_; }
  const std::string& part() const { return part_.empty() ? change_.part : part_; }
  const Table& old_table() const { return before_->second; }
  const Table& new_table() const { return after_->second; }
  const Column& old_column() const { return *old_table().column(part()); }
  const Column& new_column() const { return *new_table().column(part()); }
  std::string name() const { return to_sql(relation()) + "." + part(); }
  /// Sorts new columns as they are declared.
  std::string place() const {
    const std::vector<Column>& columns = new_table().columns;
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const Column& column) { return column.name == part(); });
    const std::string number = std::to_string(found - columns.begin());
    return to_sql(relation()) + " " +
           std::string(5 - std::min<std::size_t>(5, number.size()), '0') + number;
  }
  std::string value_thing() const { return "v:" + name(); }
  bool is_copied() const { return context_.copied_columns.count({relation(), part()}) != 0; }
  bool is_recreated() const { return context_.recreated_columns.count({relation(), part()}) != 0; }
  /// Made anew as the catalog has it after all changes.
  bool comes_anew() const { return is_recreated() && !is_copied(); }
  std::string alter_this() const { return alter_column(relation(), part()); }
  Things itself() const {
    return {column_thing(relation(), part()), column_type_thing(relation(), part())};
  }

  Action& action(Rank rank, std::string sql = {}) {
    Action& made = context_.add(rank, index_, name(), std::move(sql));
    made.needs = {column_thing(relation(), part())};
    reach_children(made);
    return made;
  }

  /// A partition that gets other bounds is back, and one that leaves has left, when its parent's
  /// columns change.
  void reach_children(Action& made) const {
    for (const Table* below : context_.before.tree_of(relation()))
      made.needs.push_back("dropped:bound " + to_sql(below->name));
    for (const Table* below : context_.after.tree_of(relation()))
      made.needs.push_back("reattached:" + to_sql(below->name));
  }

  void add(const Column& column, int) {
    Action& made = context_.add(Rank::column, index_, place());
    const Column written = diffing::is_serial(context_.after, new_table(), column)
                               ? declared(column, new_table(), context_.after)
                               : column;
    const bool slow = context_.online() && is_live(context_, relation()) &&
                      fills_row_by_row(context_, new_table(), column);
    if (slow) {
      made.statements = volatile_column_steps(context_, new_table(), column);
    } else {
      made.statements.push_back(
          {alter_table(relation()) + "ADD COLUMN " + definition_sql(written)});
    }
    for (PlannedStatement& more : column_attributes(new_table(), column))
      made.statements.push_back(std::move(more));
    for (PlannedStatement& more : not_null_comment(context_.after, new_table(), column))
      made.statements.push_back(std::move(more));
    made.needs = uses_of(column, context_.after, new_table());
    made.needs.push_back(relation_thing(relation()));
    // What it reads must have become plain.
    for (const ColumnUse& use : column.generation.references.columns)
      made.needs.push_back("v:" + to_sql(relation()) + "." + use.name);
    reach_children(made);
    for (const Table* child : context_.after.children_of(relation())) {
      const Column* own = child->column(column.name);
      if (own != nullptr && own->local)
        made.needs.push_back(column_thing(child->name, column.name));
    }
    made.makes = itself();
    for (const Sequence* sequence : context_.after.sequences_owned_by(relation(), column.name)) {
      if (diffing::comes_with_column(context_.after, *sequence))
        made.makes.push_back(relation_thing(sequence->name));
    }
  }

  void drop(const Column& column, int) {
    Action& made =
        context_.add(Rank::drop_column, index_, name(),
                     alter_table(relation()) + "DROP COLUMN " + quote_identifier(column.name));
    made.takes = itself();
    reach_children(made);
    made.releases = uses_of(column, context_.before, old_table());
    const std::string own = column_thing(relation(), column.name);
    for (const Constraint& constraint : old_table().constraints) {
      const Things uses = uses_of(constraint, context_.before, old_table());
      if (std::find(uses.begin(), uses.end(), own) == uses.end()) continue;
      made.takes.push_back(constraint_thing(relation(), constraint.definition.name));
      release_beside(made, uses);
    }
    for (const Index* index : context_.before.indexes_of(relation())) {
      const Things uses = uses_of(*index, context_.before);
      if (std::find(uses.begin(), uses.end(), own) == uses.end()) continue;
      made.takes.push_back(relation_thing(index->name));
      release_beside(made, uses);
    }
    for (const Sequence* sequence : context_.before.sequences_owned_by(relation(), column.name)) {
      made.takes.push_back(relation_thing(sequence->name));
    }
    for (const Table* child : context_.before.children_of(relation())) {
      const Column* inherited = child->column(column.name);
      if (inherited != nullptr && inherited->local && inherited->inherited)
        made.makes.push_back("dropped:" + column_thing(child->name, column.name));
    }
    if (column.inherited) made.needs.push_back("dropped:" + own);
    made.makes.push_back("gone:" + own);
  }

  /// What goes with the column lets go of what it uses; the table's own columns may go in any
  /// order.
  void release_beside(Action& made, const Things& uses) const {
    const std::string own = column_thing(relation(), ""), typed = column_type_thing(relation(), "");
    for (const std::string& thing : uses) {
      if (!thing.starts_with(own) && !thing.starts_with(typed)) made.releases.push_back(thing);
    }
  }

  /// Instead of the drop: another column takes over the values, then the name.
  void copy() {
    Action& made = context_.actions.back();
    made.name = place();
    const Column &was = old_column(), &now = new_column();
    Column other;
    other.type = now.type;
    other.collation = now.collation;
    for (int i = 0; other.name.empty() || old_table().column(other.name) != nullptr ||
                    new_table().column(other.name) != nullptr;
         ++i)
      other.name = make_object_name(part(), "", "copy" + (i == 0 ? "" : std::to_string(i)));
    const std::string alter = alter_table(relation()), name = quote_identifier(part()),
                      copied = quote_identifier(other.name);
    const std::string value = casts_on_assignment(was.type, now.type, context_.after)
                                  ? name
                                  : conversion(part(), was.type, now.type, context_.after);
    made.statements = {{alter + "ADD COLUMN " + definition_sql(other)},
                       {"UPDATE " + to_sql(relation()) + " SET " + copied + " = " + value},
                       {alter + "DROP COLUMN " + name},
                       {alter + "RENAME COLUMN " + copied + " TO " + name}};
    if (now.not_null && was.not_null) made.statements.push_back({alter_this() + "SET NOT NULL"});
    for (PlannedStatement& more : column_attributes(new_table(), now))
      made.statements.push_back(std::move(more));
    append(made.needs, uses_of(now.type));
    append(made.makes, itself());
    made.makes.push_back(value_thing());
  }

  void set_type() {
    if (is_recreated()) return;
    const Column &was = old_column(), &now = new_column();
    Action& made = action(Rank::set_type);
    const bool automatic = casts_on_assignment(was.type, now.type, context_.after);
    const bool other_base =
        was.type.name != now.type.name || was.type.array_dimensions != now.type.array_dimensions;
    const bool has_default = was.default_value.has_value() && was.generated == Generated::no &&
                             was.identity == Identity::no;
    const bool renewed = context_.recreated_defaults.count({relation(), part()}) != 0;
    const bool drop_default = has_default && !automatic && !renewed;
    const bool kept_default =
        has_default && now.default_value && !renewed && !changes(ChangeKind::set_default);
    const bool literal =
        now.default_value && (now.default_value->kind == ExpressionKind::null_constant ||
                              now.default_value->sql.find('\'') != std::string::npos);
    const bool renew_not_null = was.not_null && child_has_own_not_null();
    if (renew_not_null) made.statements.push_back({alter_this() + "DROP NOT NULL"});
    if (drop_default) made.statements.push_back({alter_this() + "DROP DEFAULT"});
    std::string sql = alter_this() + "TYPE " + to_sql(now.type);
    if (!now.collation.empty()) sql += " COLLATE " + now.collation;
    if (!automatic) sql += " USING " + conversion(part(), was.type, now.type, context_.after);
    made.statements.push_back({std::move(sql)});
    if (renew_not_null && now.not_null)
      made.statements.push_back({alter_table(relation()) + "ADD " + named_not_null(was)});
    if (kept_default && other_base && (drop_default || literal)) {
      made.statements.push_back({alter_this() + "SET DEFAULT " + now.default_value->sql});
    }
    // A new type brings its own storage and compression.
    if (!now.storage.empty() && was.storage == now.storage)
      made.statements.push_back({alter_this() + "SET STORAGE " + now.storage});
    if (!now.compression.empty() && was.compression == now.compression)
      made.statements.push_back({alter_this() + "SET COMPRESSION " + now.compression});
    around_stored_rows(context_, relation(), made);
    if (context_.online() && new_table().kind != RelationKind::foreign_table) {
      made.statements.push_back(
          {"ANALYZE " + to_sql(relation()) + " (" + quote_identifier(part()) + ")", Mode::outside});
    }
    append(made.needs, uses_of(now.type));
    append(made.needs, uses_of_collation(now.collation));
    append(made.releases, uses_of_collation(was.collation));
    // No USING as long as the column is generated.
    const bool plain = was.generated != Generated::no && now.generated == Generated::no;
    if (renewed || plain) made.needs.push_back(value_thing());
    append(made.releases, uses_of(was.type));
    made.takes.push_back(column_type_thing(relation(), part()));
    made.makes.push_back(column_type_thing(relation(), part()));
  }

  /// 18 does not alter the type of a NOT NULL column when a child has a NOT NULL with another name.
  bool child_has_own_not_null() const {
    const Constraint* key = old_table().primary_key();
    const bool held = key != nullptr && std::count(key->definition.columns.begin(),
                                                   key->definition.columns.end(), part()) != 0;
    if (context_.postgres < 18 || held || old_column().identity != Identity::no) return false;
    const std::string name = not_null_name(context_.before, old_table(), old_column());
    for (const Table* child : context_.before.tree_of(relation())) {
      const Column* own = child->name == relation() ? nullptr : child->column(part());
      if (own != nullptr && own->not_null && not_null_name(context_.before, *child, *own) != name)
        return true;
    }
    return false;
  }

  bool changes(ChangeKind kind) const {
    return std::any_of(context_.changes.begin(), context_.changes.end(), [&](const Change& other) {
      return other.kind == kind && other.relation == relation() && other.part == part();
    });
  }

  void set_not_null() {
    if (comes_anew()) return;
    Action& made = action(Rank::not_null);
    made.makes = {not_null_thing(relation(), part())};
    made.needs.push_back(column_type_thing(relation(), part()));
    made.needs.push_back(value_thing());
    if (context_.online() && is_live(context_, relation())) {
      made.statements = not_null_steps(context_, new_table(), part());
      return;
    }
    Column now = new_column();
    if (context_.postgres >= 18 && now.inherited && !now.local)
      now.not_null_name = not_null_name(context_.after, new_table(), now);
    const bool named =
        context_.postgres >= 18 &&
        (!now.not_null_name.empty() || now.not_null_no_inherit || now.not_null_not_valid);
    if (!named) {
      made.statements.push_back({alter_this() + "SET NOT NULL"});
      return;
    }
    made.statements.push_back({alter_table(relation()) + "ADD " + named_not_null(now)});
  }

  std::string named_not_null(const Column& column) const {
    std::string sql = column.not_null_name.empty()
                          ? ""
                          : "CONSTRAINT " + quote_identifier(column.not_null_name) + " ";
    sql += "NOT NULL " + quote_identifier(column.name);
    if (column.not_null_no_inherit) sql += " NO INHERIT";
    return column.not_null_not_valid ? sql + " NOT VALID" : sql;
  }

  void drop_not_null() {
    if (is_recreated()) return;
    Action& made = action(Rank::not_null, alter_this() + "DROP NOT NULL");
    made.takes = {not_null_thing(relation(), part())};
    // A primary key holds its columns NOT NULL.
    const Constraint* key = old_table().primary_key();
    if (key != nullptr)
      made.needs.push_back("dropped:" + constraint_thing(relation(), key->definition.name));
  }

  void set_default(int) {
    if (comes_anew() || sequence_taking_over(context_, relation(), part()) != nullptr) return;
    const Column& now = new_column();
    Action& made =
        action(Rank::column_default, alter_this() + "SET DEFAULT " + now.default_value->sql);
    append(made.needs, uses_of(now.default_value->references, context_.after, nullptr));
    made.needs.push_back(column_type_thing(relation(), part()));
    made.needs.push_back(value_thing());
    // A default that is made anew has let go when it was dropped.
    const bool renewed = context_.recreated_defaults.count({relation(), part()}) != 0;
    if (!renewed) release_default(made);
  }

  void drop_default(int) {
    if (comes_anew() || !sequences_giving_way(context_, relation(), part()).empty()) return;
    Action& made = action(Rank::drop_default, alter_this() + "DROP DEFAULT");
    made.makes.push_back(value_thing());
    release_default(made);
  }
  void release_default(Action& made) {
    const Column& was = old_column();
    if (was.default_value)
      append(made.releases, uses_of(was.default_value->references, context_.before, nullptr));
  }

  void alter() {
    if (comes_anew()) return;
    const Column &was = old_column(), &now = new_column();
    if (is_copied() && change_.detail != "identity") return;
    if (change_.detail == "generation") return alter_generation();
    if (change_.detail == "identity") return alter_identity();
    if (change_.detail == "identity sequence") return rename_identity_sequence();
    Action& made = action(Rank::alter_column);
    made.needs.push_back(column_type_thing(relation(), part()));
    const auto set = [&](const std::string& word, const std::string& value) {
      made.statements.push_back({alter_this() + word + value});
    };
    if (change_.detail == "storage")
      set("SET STORAGE ", now.storage.empty() ? usual_storage(now.type) : now.storage);
    if (change_.detail == "compression")
      set("SET COMPRESSION ", now.compression.empty() ? "default" : now.compression);
    if (change_.detail == "statistics")
      set("SET STATISTICS ", now.statistics.empty() ? "-1" : now.statistics);
    if (change_.detail == "options" && new_table().kind == RelationKind::foreign_table)
      return set("", "OPTIONS (" + foreign_options(was.options, now.options) + ")");
    if (change_.detail == "options") {
      for (const std::string& step : option_steps(was.options, now.options)) set(step, "");
    }
  }

  /// SET STORAGE DEFAULT came with 16.
  std::string usual_storage(const TypeName& type) const {
    if (context_.postgres >= 16) return "DEFAULT";
    const Type* known = context_.after.type(type);
    if (type.array_dimensions > 0) return "EXTENDED";
    if (known == nullptr) return std::string(storage_of_type(type.name.name));
    if (known->kind == TypeKind::enumeration) return "PLAIN";
    if (known->kind != TypeKind::domain || known->base.array_dimensions > 0) return "EXTENDED";
    return std::string(storage_of_type(known->base.name.name));
  }

  void alter_generation() {
    const Column& now = new_column();
    if (now.generated == Generated::no) {
      Action& made = action(Rank::alter_column, alter_this() + "DROP EXPRESSION");
      made.makes.push_back(value_thing());
      made.releases = uses_of(old_column().generation.references, context_.before, &old_table());
      if (context_.postgres < 15) stays_tied();
      return;
    }
    Action& made =
        action(Rank::alter_column, alter_this() + "SET EXPRESSION AS (" + now.generation.sql + ")");
    append(made.needs, uses_of(now.generation.references, context_.after, &new_table()));
    append(made.releases,
           uses_of(old_column().generation.references, context_.before, &old_table()));
  }

  void stays_tied() {
    for (const FunctionUse& use : old_column().generation.references.functions) {
      const bool own = std::any_of(
          context_.before.functions.begin(), context_.before.functions.end(),
          [&](const auto& of) { return of.second.definition.name.name == use.name.name; });
      if (!own) continue;
      context_.notes.push_back("PostgreSQL 14 keeps the column " + to_sql(relation()) + "." +
                               quote_identifier(part()) + " tied to the function " +
                               to_sql(use.name) + ": a later DROP FUNCTION would drop the column");
    }
  }

  void alter_identity() {
    const Column &was = old_column(), &now = new_column();
    if (now.identity == Identity::no) {
      Action& made = action(Rank::drop_default, alter_this() + "DROP IDENTITY");
      made.makes.push_back(value_thing());
      made.releases.push_back(not_null_thing(relation(), part()));
      for (const Sequence* sequence : context_.before.sequences_owned_by(relation(), part())) {
        made.takes.push_back(relation_thing(sequence->name));
      }
      append(made.statements, after_identity(context_, relation(), part()));
      if (const Sequence* next = sequence_taking_over(context_, relation(), part()))
        made.makes.push_back(relation_thing(next->name));
      return;
    }
    Action& made = action(Rank::alter_column);
    made.needs.push_back(not_null_thing(relation(), part()));
    if (const Constraint* key = new_table().primary_key())
      made.needs.push_back(constraint_thing(relation(), key->definition.name));
    made.needs.push_back(value_thing());
    made.needs.push_back(column_type_thing(relation(), part()));
    const std::string kind = now.identity == Identity::always ? "ALWAYS" : "BY DEFAULT";
    if (was.identity == Identity::no) {
      Column identity;
      identity.identity = now.identity;
      identity.identity_options = now.identity_options;
      const std::string definition = definition_sql(identity);
      made.statements = before_identity(context_, relation(), part());
      for (const Sequence* gone : sequences_giving_way(context_, relation(), part()))
        made.takes.push_back(relation_thing(gone->name));
      made.statements.push_back(
          {alter_this() + "ADD" + definition.substr(definition.find(" GENERATED"))});
      made.statements.push_back({set_sequence(relation(), part(), now.identity_options)});
      for (const Sequence* sequence : context_.after.sequences_owned_by(relation(), part())) {
        made.makes.push_back(relation_thing(sequence->name));
      }
      return;
    }
    if (was.identity != now.identity)
      made.statements.push_back({alter_this() + "SET GENERATED " + kind});
    const std::string options = identity_options(was.identity_options, now.identity_options);
    if (!options.empty()) made.statements.push_back({alter_this() + options});
  }

  void rename_identity_sequence() {
    const QualifiedName& was = context_.before.sequences_owned_by(relation(), part()).front()->name;
    const QualifiedName& now = context_.after.sequences_owned_by(relation(), part()).front()->name;
    Action& made = action(Rank::alter_column);
    if (was.name != now.name)
      made.statements.push_back(
          {"ALTER SEQUENCE " + to_sql(was) + " RENAME TO " + quote_identifier(now.name)});
    made.makes.push_back(relation_thing(now));
  }

  using TableIterator = NameMap<Table>::const_iterator;
  Context& context_;
  int index_;
  const Change& change_;
  TableIterator before_, after_;
  QualifiedName relation_;
  std::string part_;
};

}  // namespace

void plan_columns(Context& context) {
  for (std::size_t i = 0; i < context.changes.size(); ++i) {
    const Change& change = context.changes[i];
    const bool of_table = change.object_kind == ObjectKind::column &&
                          context.after.tables.count(change.relation) != 0;
    if (of_table) ColumnPlanner(context, static_cast<int>(i)).run();
  }
  for (const auto& [column, change] : context.recreated_columns) {
    ColumnPlanner planner(context, change);
    planner.use_part(column.first, column.second);
    planner.recreate();
  }
  for (const auto& [column, change] : context.recreated_defaults) {
    ColumnPlanner planner(context, change);
    planner.use_part(column.first, column.second);
    planner.recreate_default();
  }
}

}  // namespace schemagate::planning
