// SPDX-License-Identifier: MIT
// What a server refuses to change under its dependents is dropped and made anew together with them:
// views over a column whose type changes, defaults and triggers over a function with another
// result, …
#include <algorithm>

#include "schema/canonical.h"
#include "schema/canonical_tree.h"
#include "schema/plan_parts.h"

namespace schemagate::planning {
namespace {

using Key = std::pair<QualifiedName, std::string>;

bool mentions(const std::string& definition, const std::string& name) {
  const auto tokens = canonical::tokenize(definition);
  return std::any_of(tokens.begin(), tokens.end(), [&](const canonical::Token& token) {
    const bool word =
        token.kind == canonical::TokenKind::word || token.kind == canonical::TokenKind::quoted_word;
    return word && token.text == name;
  });
}

class Recreations {
 public:
  explicit Recreations(Context& context) : context_(context) {}

  void run() {
    for (std::size_t i = 0; i < context_.changes.size(); ++i)
      seed(context_.changes[i], static_cast<int>(i));
    if (context_.postgres >= 15) return;
    // Each copy may make more functions and types go.
    for (std::size_t done = 1; done != 0;) {
      const std::size_t copies = context_.copied_columns.size();
      for (std::size_t i = 0; i < context_.changes.size(); ++i)
        expression_dropped(context_.changes[i], static_cast<int>(i));
      done = context_.copied_columns.size() - copies;
    }
  }

 private:
  void seed(const Change& change, int cause) {
    switch (change.kind) {
      case ChangeKind::set_type:
        context_.retyped_columns.emplace(Key{change.relation, change.part}, cause);
        if (held_by_expression(change) &&
            new_table(change.relation)->column(change.part)->generated != Generated::no)
          column_recreated(change.relation, change.part, cause);
        return column_retyped(change.relation, change.part, cause);
      case ChangeKind::alter_column:
        if (change.detail == "generation" && !alterable_generation(change))
          column_recreated(change.relation, change.part, cause);
        return;
      case ChangeKind::drop_column:
        if (on_both_sides(change.relation, change.part))
          column_dropped(change.relation, change.part, cause);
        return;
      case ChangeKind::drop_table:
        return relation_dropped(change.relation, cause);
      case ChangeKind::drop_view:
        return relation_dropped(change.relation, cause);
      case ChangeKind::replace_view:
        if (!replaceable(context_.before.views.at(change.relation),
                         context_.after.views.at(change.relation)))
          view(change.relation, cause);
        return;
      case ChangeKind::alter_view:
        if (change.detail == "access method" && context_.postgres < 15)
          view(change.relation, cause);
        return;
      case ChangeKind::replace_function:
        if (!replaceable(context_.before.functions.at(change.object),
                         context_.after.functions.at(change.object)))
          function(change.object, cause);
        return;
      case ChangeKind::drop_function:
        if (another_comes(context_, context_.before.functions.at(change.object).definition.name))
          callers(change.object, cause);
        return;
      case ChangeKind::drop_constraint:
        if (change.object_kind == ObjectKind::constraint)
          key_dropped(change.relation, change.part, cause);
        return;
      case ChangeKind::add_constraint:
        if (change.object_kind == ObjectKind::domain_constraint && is_contained(change.relation))
          type_rebuilt(change.relation, cause);
        return;
      case ChangeKind::drop_object:
        // Where the same text goes on, with another operator or cast behind it.
        if (change.object_kind == ObjectKind::operator_ || change.object_kind == ObjectKind::cast)
          operator_goes(change.object, cause);
        if (change.object_kind == ObjectKind::aggregate &&
            another_comes(context_, context_.before.objects.at(change.object).object.name))
          aggregate_goes(change.object, cause);
        return;
      case ChangeKind::alter_object:
        if (change.object_kind == ObjectKind::collation) collation_replaced(change.object, cause);
        if (change.object_kind == ObjectKind::operator_ || change.object_kind == ObjectKind::cast)
          operator_goes(change.object, cause);
        if (change.object_kind == ObjectKind::aggregate) aggregate_goes(change.object, cause);
        if (change.object_kind == ObjectKind::text_search_configuration)
          configuration_goes(change.object, cause);
        if (change.object_kind == ObjectKind::text_search_dictionary)
          objects_over(context_.before.objects.at(change.object).object.name.name, cause);
        return;
      case ChangeKind::drop_enum_value:
        return type_rebuilt(change.relation, cause);
      case ChangeKind::alter_type:
        if (change.detail == "order" || change.detail == "definition" ||
            (change.detail == "not null" && context_.after.types.at(change.relation).not_null &&
             is_contained(change.relation)) ||
            (change.detail == "attribute type" && is_stored(change.relation)))
          type_rebuilt(change.relation, cause);
        return;
      default:
        return;
    }
  }

  const Table* old_table(const QualifiedName& name) const {
    const auto found = context_.before.tables.find(name);
    return found == context_.before.tables.end() ? nullptr : &found->second;
  }
  const Table* new_table(const QualifiedName& name) const {
    const auto found = context_.after.tables.find(name);
    return found == context_.after.tables.end() ? nullptr : &found->second;
  }
  bool on_both_sides(const QualifiedName& table, const std::string& column) const {
    const Table *was = old_table(table), *now = new_table(table);
    return was != nullptr && now != nullptr && was->column(column) != nullptr &&
           now->column(column) != nullptr;
  }

  // ---- can it be changed in place?
  // ---------------------------------------------------------------

  /// SET EXPRESSION came with 17; on a virtual column it is refused where a CHECK stands on the
  /// table.
  bool alterable_generation(const Change& change) const {
    const Column& now = *new_table(change.relation)->column(change.part);
    if (now.generated == Generated::no) return true;
    if (now.generated == Generated::stored) return context_.postgres >= 17;
    const auto& constraints = old_table(change.relation)->constraints;
    return std::none_of(constraints.begin(), constraints.end(), [](const Constraint& constraint) {
      return constraint.definition.kind == ConstraintKind::check;
    });
  }

  /// Up to 14 the column itself, not its expression, depends on the functions and types of the
  /// expression; its type can't be altered then.
  bool held_by_expression(const Change& change) const {
    const Table* was = old_table(change.relation);
    const Column* column = was == nullptr ? nullptr : was->column(change.part);
    if (context_.postgres >= 15 || column == nullptr || column->generated == Generated::no)
      return false;
    const References& references = column->generation.references;
    return std::any_of(references.functions.begin(), references.functions.end(),
                       [&](const FunctionUse& use) { return is_function(use.name.name); }) ||
           std::any_of(references.types.begin(), references.types.end(), [&](const TypeName& type) {
             return context_.before.types.count(resolved(type.name, context_.before)) != 0;
           });
  }
  bool is_function(const std::string& name) const {
    return std::any_of(
        context_.before.functions.begin(), context_.before.functions.end(),
        [&](const auto& function) { return function.second.definition.name.name == name; });
  }

  /// Up to 14 DROP EXPRESSION leaves that dependency behind, and the column goes, without a word,
  /// when the function or type is dropped.
  void expression_dropped(const Change& change, int cause) {
    const bool kept = change.kind == ChangeKind::alter_column && change.detail == "generation" &&
                      new_table(change.relation)->column(change.part)->generated == Generated::no;
    if (!kept || !held_by_expression(change)) return;
    const References& references =
        old_table(change.relation)->column(change.part)->generation.references;
    const bool goes =
        changed(ChangeKind::set_type, change.relation, change.part) ||
        std::any_of(references.functions.begin(), references.functions.end(),
                    [&](const FunctionUse& use) { return function_goes(use.name.name); }) ||
        std::any_of(references.types.begin(), references.types.end(), [&](const TypeName& type) {
          const QualifiedName name = resolved(type.name, context_.before);
          return context_.rebuilt_types.count(name) != 0 || context_.after.types.count(name) == 0;
        });
    if (!goes || !context_.copied_columns.insert({change.relation, change.part}).second) return;
    column_recreated(change.relation, change.part, cause);
  }
  bool function_goes(const std::string& name) const {
    return std::any_of(context_.before.functions.begin(), context_.before.functions.end(),
                       [&](const auto& function) {
                         return function.second.definition.name.name == name &&
                                (context_.after.functions.count(function.first) == 0 ||
                                 context_.recreated_functions.count(function.first) != 0);
                       });
  }

  /// CREATE OR REPLACE VIEW may only add columns at the end.
  bool replaceable(const View& was, const View& now) const {
    if (was.materialized) return false;
    const auto old_columns = output_columns(was, context_.before),
               new_columns = output_columns(now, context_.after);
    if (new_columns.size() < old_columns.size()) return false;
    return std::equal(old_columns.begin(), old_columns.end(), new_columns.begin(),
                      [](const OutputColumn& x, const OutputColumn& y) {
                        return x.name == y.name && x.name != "*" && !x.type.empty() &&
                               x.type == y.type;
                      });
  }

  /// CREATE OR REPLACE FUNCTION keeps result, kind, names and defaults of arguments.
  static bool replaceable(const Function& was, const Function& now) {
    const CreateFunction &x = was.definition, &y = now.definition;
    if (x.procedure != y.procedure || !(x.returns == y.returns) ||
        x.returns_table != y.returns_table)
      return false;
    return std::equal(x.arguments.begin(), x.arguments.end(), y.arguments.begin(),
                      y.arguments.end(), [](const FunctionArgument& a, const FunctionArgument& b) {
                        const bool named = a.name == b.name || (a.name.empty() && a.mode == 'i');
                        const bool defaulted = !a.default_value || b.default_value;
                        return named && defaulted && a.mode == b.mode && a.type == b.type;
                      });
  }

  // ---- columns
  // -----------------------------------------------------------------------------------

  void column_retyped(const QualifiedName& table, const std::string& column, int cause) {
    if (!seen_columns_.insert({table, column}).second) return;
    readers(table, column, cause);
    const Table *was = old_table(table), *now = new_table(table);
    if (was == nullptr || now == nullptr) return;
    const std::string thing = column_thing(table, column);
    const auto holds = [&](const Things& things) {
      return std::find(things.begin(), things.end(), thing) != things.end();
    };
    for (const Constraint& constraint : was->constraints) {
      const ConstraintDefinition& of = constraint.definition;
      const bool reads = reads_otherwise(of.expression, *was, *now, column) ||
                         reads_otherwise(of.where, *was, *now, column) ||
                         reads_otherwise(of.exclusion, *was, *now, column);
      if (reads && holds(uses_of(constraint, context_.before, *was)))
        recreate_constraint(table, of.name, cause);
    }
    for (const Index* index : context_.before.indexes_of(table)) {
      const bool reads = reads_otherwise(index->elements, *was, *now, column) ||
                         reads_otherwise(index->where, *was, *now, column);
      if (reads && holds(uses_of(*index, context_.before))) recreate_index(*index, cause);
    }
    foreign_keys(table, column, cause);
    for (const Table* child : context_.before.children_of(table))
      column_retyped(child->name, column, cause);
  }

  static bool uses(const Expression& expression, const std::string& column) {
    const auto& columns = expression.references.columns;
    return std::any_of(columns.begin(), columns.end(),
                       [&](const ColumnUse& use) { return use.name == column || use.name == "*"; });
  }

  /// The server reads CHECKs and index expressions anew, with constants typed as they were.
  bool other_family(const Table& was, const Table& now, const std::string& column) const {
    const Column *x = was.column(column), *y = now.column(column);
    if (x == nullptr || y == nullptr) return true;
    if (context_.rebuilt_types.count(y->type.name) != 0) return true;
    return !(casts_on_assignment(x->type, y->type, context_.after) &&
             casts_on_assignment(y->type, x->type, context_.after));
  }

  /// Read anew, the expression is not what it is when it is written for the new type. The elements
  /// of a list have the type that the column had.
  bool reads_otherwise(const Expression& expression, const Table& was, const Table& now,
                       const std::string& column) const {
    const bool list = mentions(expression.sql, "in") || mentions(expression.sql, "array");
    if (list && reads_varchar(expression, was)) return true;
    if (!uses(expression, column)) return false;
    const Column *x = was.column(column), *y = now.column(column);
    const bool other_name = x == nullptr || y == nullptr || x->type.name != y->type.name;
    return (other_name && list) || other_family(was, now, column);
  }
  bool reads_otherwise(const std::vector<IndexElement>& elements, const Table& was,
                       const Table& now, const std::string& column) const {
    return std::any_of(elements.begin(), elements.end(), [&](const IndexElement& element) {
      return reads_otherwise(element.expression, was, now, column);
    });
  }
  /// A list over such a column gets other casts each time the server reads its own text, whatever
  /// column made it do so.
  bool reads_varchar(const Expression& expression, const Table& table) const {
    return std::any_of(table.columns.begin(), table.columns.end(), [&](const Column& column) {
      if (!uses(expression, column.name)) return false;
      const Type* domain = context_.before.type(column.type);
      const TypeName& type =
          domain != nullptr && domain->kind == TypeKind::domain ? domain->base : column.type;
      return type.name.name == "varchar";
    });
  }

  /// Both ends of a foreign key change: in between they may not fit together.
  void foreign_keys(const QualifiedName& table, const std::string& column, int cause) {
    const auto holds = [&](const std::vector<std::string>& columns) {
      return std::find(columns.begin(), columns.end(), column) != columns.end();
    };
    const auto check = [&](const Table& from, const Constraint& key) {
      const Table *was = old_table(table), *now = new_table(table);
      if (was != nullptr && now != nullptr && other_family(*was, *now, column))
        recreate_constraint(from.name, key.definition.name, cause);
    };
    for (const Constraint& constraint : old_table(table)->constraints) {
      if (constraint.definition.kind == ConstraintKind::foreign_key &&
          holds(constraint.definition.columns))
        check(*old_table(table), constraint);
    }
    for (const auto& [from, key] : context_.before.references_to(table)) {
      const Constraint* primary = old_table(table)->primary_key();
      const auto& columns = key->definition.referenced_columns;
      if (columns.empty() ? primary != nullptr && holds(primary->definition.columns)
                          : holds(columns))
        check(*from, *key);
    }
  }

  void column_recreated(const QualifiedName& table, const std::string& column, int cause) {
    if (changed(ChangeKind::drop_column, table, column)) return;
    if (context_.recreated_columns.emplace(Key{table, column}, cause).second)
      column_dropped(table, column, cause);
  }

  void column_dropped(const QualifiedName& table, const std::string& column, int cause) {
    seen_columns_.insert({table, column});
    if (!dropped_columns_.insert({table, column}).second) return;
    readers(table, column, cause);
    const Table* was = old_table(table);
    const std::string thing = column_thing(table, column);
    const auto holds = [&](const Things& things) {
      return std::find(things.begin(), things.end(), thing) != things.end();
    };
    for (const Constraint& constraint : was->constraints) {
      if (holds(uses_of(constraint, context_.before, *was)))
        recreate_constraint(table, constraint.definition.name, cause);
    }
    for (const Index* index : context_.before.indexes_of(table)) {
      if (index->constraint.empty() && holds(uses_of(*index, context_.before)))
        recreate_index(*index, cause);
    }
  }

  /// Everything apart from constraints and indexes that reads the column.
  void readers(const QualifiedName& table, const std::string& column, int cause) {
    for (const View* reader : context_.before.views_on(table, column)) view(reader->name, cause);
    const Table *was = old_table(table), *now = new_table(table);
    if (was == nullptr || now == nullptr) return;
    for (const Trigger& trigger : was->triggers) {
      if (mentions(trigger.definition, column))
        mark(context_.recreated_triggers, {table, trigger.name}, cause);
    }
    for (const Column& other : was->columns) {
      const bool reads = other.generated != Generated::no && uses(other.generation, column);
      if (reads && on_both_sides(table, other.name) && !(other.inherited && !other.local))
        column_recreated(table, other.name, cause);
    }
    table_objects_reading(table, column, cause);
    for (const auto& [key, reader] : context_.before.functions) {
      const auto& relations = reader.definition.references.relations;
      const bool reads = std::any_of(
          relations.begin(), relations.end(),
          [&](const RelationUse& use) { return resolved(use.name, context_.before) == table; });
      if (reads) function(key, cause);
    }
  }

  void table_objects_reading(const QualifiedName& relation, const std::string& column, int cause) {
    for (const auto& [name, table] : context_.before.tables) {
      const auto reads = [&, &name = name](const TableObject& object) {
        if (name == relation && (column.empty() || mentions(object.definition, column)))
          return !column.empty();
        const auto& relations = object.references.relations;
        return std::any_of(relations.begin(), relations.end(), [&](const RelationUse& use) {
          return resolved(use.name, context_.before) == relation &&
                 (column.empty() || mentions(object.definition, column));
        });
      };
      for (const TableObject& policy : table.policies) {
        if (reads(policy)) mark(context_.recreated_policies, {name, policy.name}, cause);
      }
      for (const TableObject& rule : table.rules) {
        if (reads(rule)) mark(context_.recreated_rules, {name, rule.name}, cause);
      }
    }
  }

  // ---- what is kept as text
  // -------------------------------------------------------------------------

  /// Operators, casts and aggregates that name the function or type.
  void objects_over(const std::string& name, int cause) {
    for (const auto& [key, object] : context_.before.objects) {
      const ObjectKind kind = object.object.kind;
      const bool stands_on = kind == ObjectKind::operator_ || kind == ObjectKind::operator_class ||
                             kind == ObjectKind::cast || kind == ObjectKind::aggregate ||
                             kind == ObjectKind::conversion || kind == ObjectKind::event_trigger ||
                             kind == ObjectKind::text_search_configuration;
      const auto now = context_.after.objects.find(key);
      if (!stands_on || now == context_.after.objects.end() || !mentions(object.definition, name) ||
          !context_.recreated_objects.emplace(key, cause).second)
        continue;
      if (kind == ObjectKind::operator_ || kind == ObjectKind::cast) operator_goes(key, cause);
      if (kind == ObjectKind::aggregate) aggregate_goes(key, cause);
      if (kind == ObjectKind::text_search_configuration) configuration_goes(key, cause);
    }
  }

  /// What searches by it: views, and columns and indexes that are filled by it.
  void configuration_goes(const std::string& key, int cause) {
    const QualifiedName& name = context_.before.objects.at(key).object.name;
    const auto has = [&](const std::string& sql) {
      const auto tokens = canonical::tokenize(sql);
      return std::any_of(tokens.begin(), tokens.end(), [&](const canonical::Token& token) {
        return token.kind == canonical::TokenKind::string &&
               (token.text == name.name || token.text == to_sql(name));
      });
    };
    for (const auto& [view_name, reader] : context_.before.views) {
      if (has(reader.query.sql)) view(view_name, cause);
    }
    for (const auto& [table_name, table] : context_.before.tables) {
      if (context_.after.tables.count(table_name) != 0)
        operator_leaves(table_name, table, has, "", cause);
    }
  }

  void aggregate_goes(const std::string& key, int cause) {
    const std::string& name = context_.before.objects.at(key).object.name.name;
    const auto calls = [&](const References& references) {
      return std::any_of(references.functions.begin(), references.functions.end(),
                         [&](const FunctionUse& use) { return use.name.name == name; });
    };
    users(calls, cause);
    for (const auto& [other, caller] : context_.before.functions) {
      if (calls(caller.definition.references)) function(other, cause);
    }
  }

  /// Whatever has the symbol in its text, of a cast "::". It counts only where the types are at
  /// hand.
  void operator_goes(const std::string& key, int cause) {
    const OpaqueObject& of = context_.before.objects.at(key);
    const std::string symbol = of.object.kind == ObjectKind::cast ? "::" : of.object.name.name;
    const auto has = [&](const std::string& sql) {
      const auto tokens = canonical::tokenize(sql);
      return std::any_of(tokens.begin(), tokens.end(), [&](const canonical::Token& token) {
        return token.kind == canonical::TokenKind::symbol && token.text == symbol;
      });
    };
    for (const auto& [name, reader] : context_.before.views) {
      const auto& relations = reader.query.references.relations;
      const bool at_hand =
          std::any_of(relations.begin(), relations.end(), [&](const RelationUse& use) {
            const Table* table = old_table(resolved(use.name, context_.before));
            return table == nullptr || has_operand(of, *table);
          });
      if (at_hand && has(reader.query.sql)) view(name, cause);
    }
    for (const auto& [name, table] : context_.before.tables) {
      if (context_.after.tables.count(name) != 0 && has_operand(of, table))
        operator_leaves(name, table, has, symbol, cause);
    }
  }

  bool has_operand(const OpaqueObject& of, const Table& table) const {
    return std::any_of(table.columns.begin(), table.columns.end(), [&](const Column& column) {
      const std::string text = to_sql(column.type);
      return mentions(of.definition, column.type.name.name) || mentions(of.definition, text);
    });
  }

  template <class Has>
  void operator_leaves(const QualifiedName& name, const Table& table, const Has& has,
                       const std::string& symbol, int cause) {
    const auto excludes = [&](const IndexElement& element) {
      return element.exclusion_operator == symbol || has(element.expression.sql);
    };
    for (const Constraint& constraint : table.constraints) {
      const ConstraintDefinition& of = constraint.definition;
      if (has(of.expression.sql) || has(of.where.sql) ||
          std::any_of(of.exclusion.begin(), of.exclusion.end(), excludes))
        recreate_constraint(name, of.name, cause);
    }
    for (const Index* index : context_.before.indexes_of(name)) {
      if (has(index->where.sql) ||
          std::any_of(index->elements.begin(), index->elements.end(), excludes))
        recreate_index(*index, cause);
    }
    for (const Column& column : table.columns) {
      if (!on_both_sides(name, column.name)) continue;
      const bool own = !(column.inherited && !column.local);
      if (column.generated != Generated::no && has(column.generation.sql) && own)
        column_recreated(name, column.name, cause);
      if (column.default_value && has(column.default_value->sql))
        mark(context_.recreated_defaults, {name, column.name}, cause);
    }
    for (const Trigger& trigger : table.triggers) {
      if (has(trigger.definition)) mark(context_.recreated_triggers, {name, trigger.name}, cause);
    }
    for (const TableObject& policy : table.policies) {
      if (has(policy.definition)) mark(context_.recreated_policies, {name, policy.name}, cause);
    }
    for (const TableObject& rule : table.rules) {
      if (has(rule.definition)) mark(context_.recreated_rules, {name, rule.name}, cause);
    }
  }

  // ---- whole objects
  // -----------------------------------------------------------------------------

  template <class Map>
  static void mark(Map& map, const typename Map::key_type& key, int cause) {
    map.emplace(key, cause);
  }

  void recreate_constraint(const QualifiedName& table, const std::string& name, int cause) {
    const Table *was = old_table(table), *now = new_table(table);
    if (was == nullptr || now == nullptr || was->constraint(name) == nullptr ||
        now->constraint(name) == nullptr)
      return;
    if (was->constraint(name)->inherited || changed(ChangeKind::drop_constraint, table, name) ||
        changed(ChangeKind::add_constraint, table, name)) {
      context_.early_constraints.insert({table, name});
      return;
    }
    if (!context_.recreated_constraints.emplace(Key{table, name}, cause).second) return;
    key_dropped(table, name, cause);
  }
  void recreate_index(const Index& index, int cause) {
    const bool both = context_.after.indexes.count(index.name) != 0 &&
                      context_.after.indexes.at(index.name).table == index.table;
    if (!both || !index.constraint.empty() || !index.parent.empty()) return;
    if (changed(ChangeKind::drop_index, index.name, "") ||
        changed(ChangeKind::add_index, index.name, ""))
      context_.early_indexes.insert(index.name);
    else
      context_.recreated_indexes.emplace(index.name, cause);
  }
  bool changed(ChangeKind kind, const QualifiedName& relation, const std::string& part) const {
    return std::any_of(context_.changes.begin(), context_.changes.end(), [&](const Change& change) {
      return change.kind == kind && change.relation == relation && change.part == part;
    });
  }

  void view(const QualifiedName& name, int cause) {
    const auto was = context_.before.views.find(name), now = context_.after.views.find(name);
    const bool both = was != context_.before.views.end() && now != context_.after.views.end() &&
                      was->second.materialized == now->second.materialized;
    if (!both || !context_.recreated_views.emplace(name, cause).second) return;
    relation_dropped(name, cause);
  }

  void relation_dropped(const QualifiedName& name, int cause) {
    for (const View* reader : context_.before.views_on(name)) view(reader->name, cause);
    table_objects_reading(name, "", cause);
    for (const auto& [from, key] : context_.before.references_to(name)) {
      if (from->name != name) recreate_constraint(from->name, key->definition.name, cause);
    }
    functions_over(name, cause);
  }

  /// Functions with the type (or row type) in their signature, or the relation in a BEGIN ATOMIC
  /// body.
  void functions_over(const QualifiedName& name, int cause) {
    for (const auto& [key, of] : context_.before.functions) {
      const auto is = [&](const QualifiedName& written) {
        return !written.empty() && resolved(written, context_.before) == name;
      };
      const CreateFunction& definition = of.definition;
      const bool uses = is(definition.returns.name) ||
                        std::any_of(definition.arguments.begin(), definition.arguments.end(),
                                    [&](const FunctionArgument& a) { return is(a.type.name); }) ||
                        std::any_of(definition.references.relations.begin(),
                                    definition.references.relations.end(),
                                    [&](const RelationUse& use) { return is(use.name); });
      if (uses) function(key, cause);
    }
  }

  /// A unique constraint that goes takes the foreign keys with it that rest on it.
  void key_dropped(const QualifiedName& table, const std::string& name, int cause) {
    const Table* was = old_table(table);
    const Constraint* key = was == nullptr ? nullptr : was->constraint(name);
    if (key == nullptr) return;
    const bool primary = key->definition.kind == ConstraintKind::primary_key;
    if (!primary && key->definition.kind != ConstraintKind::unique) return;
    for (const View* reader : context_.before.views_on(table)) {
      if (primary && groups(*reader)) view(reader->name, cause);
    }
    for (const auto& [from, reference] : context_.before.references_to(table)) {
      const auto& columns = reference->definition.referenced_columns;
      const bool rests = columns.empty() ? primary
                                         : std::is_permutation(columns.begin(), columns.end(),
                                                               key->definition.columns.begin(),
                                                               key->definition.columns.end());
      if (rests) recreate_constraint(from->name, reference->definition.name, cause);
    }
  }

  void function(const std::string& key, int cause) {
    const auto was = context_.before.functions.find(key);
    if (was == context_.before.functions.end() || context_.after.functions.count(key) == 0) return;
    if (!context_.recreated_functions.emplace(key, cause).second) return;
    callers(key, cause);
  }

  void callers(const std::string& key, int cause) {
    const std::string& name = context_.before.functions.at(key).definition.name.name;
    const auto calls = [&](const References& references) {
      return std::any_of(references.functions.begin(), references.functions.end(),
                         [&](const FunctionUse& use) { return use.name.name == name; });
    };
    users(calls, cause);
    for (const auto& [other, caller] : context_.before.functions) {
      if (other != key && calls(caller.definition.references)) function(other, cause);
    }
    objects_over(name, cause);
  }

  /// What casts to a type that goes for a while. Its own columns bring their defaults along.
  void casters(const QualifiedName& type, int cause) {
    const auto casts = [&](const References& references) {
      return std::any_of(references.types.begin(), references.types.end(), [&](const TypeName& to) {
        return resolved(to.name, context_.before) == type;
      });
    };
    users(casts, cause, type);
    for (const auto& [key, caster] : context_.before.functions) {
      if (casts(caster.definition.references)) function(key, cause);
    }
  }

  /// Views, tables and indexes whose expressions use it.
  template <class Uses>
  void users(const Uses& calls, int cause, const QualifiedName& rebuilt = {}) {
    for (const auto& [view_name, reader] : context_.before.views) {
      if (calls(reader.query.references)) view(view_name, cause);
    }
    for (const auto& [table_name, table] : context_.before.tables) {
      if (context_.after.tables.count(table_name) != 0) table_calls(table, calls, cause, rebuilt);
    }
    for (const auto& [index_name, index] : context_.before.indexes) {
      const bool used =
          calls(index.where.references) ||
          std::any_of(index.elements.begin(), index.elements.end(),
                      [&](const IndexElement& e) { return calls(e.expression.references); });
      if (used) recreate_index(index, cause);
    }
  }

  template <class Calls>
  void table_calls(const Table& table, const Calls& calls, int cause,
                   const QualifiedName& rebuilt) {
    for (const Column& column : table.columns) {
      if (!on_both_sides(table.name, column.name)) continue;
      const bool own = !(column.inherited && !column.local);
      if (column.generated != Generated::no && calls(column.generation.references) && own)
        column_recreated(table.name, column.name, cause);
      const bool keeps = column.default_value && calls(column.default_value->references) &&
                         (rebuilt.empty() || column.type.name != rebuilt) &&
                         !changed(ChangeKind::set_default, table.name, column.name) &&
                         !changed(ChangeKind::drop_default, table.name, column.name);
      if (keeps) mark(context_.recreated_defaults, {table.name, column.name}, cause);
    }
    for (const Constraint& constraint : table.constraints) {
      const auto& excluded = constraint.definition.exclusion;
      if (calls(constraint.definition.expression.references) ||
          calls(constraint.definition.where.references) ||
          std::any_of(excluded.begin(), excluded.end(),
                      [&](const IndexElement& e) { return calls(e.expression.references); })) {
        recreate_constraint(table.name, constraint.definition.name, cause);
      }
    }
    for (const Trigger& trigger : table.triggers) {
      if (calls(trigger.references))
        mark(context_.recreated_triggers, {table.name, trigger.name}, cause);
    }
    for (const TableObject& policy : table.policies) {
      if (calls(policy.references))
        mark(context_.recreated_policies, {table.name, policy.name}, cause);
    }
    for (const TableObject& rule : table.rules) {
      if (calls(rule.references)) mark(context_.recreated_rules, {table.name, rule.name}, cause);
    }
  }

  /// A column that stays has arrays of the domain, or a composite type with it: then the server
  /// adds no constraint to the domain.
  bool is_contained(const QualifiedName& domain) const {
    const auto columns = context_.before.columns_of_type(domain);
    return std::any_of(columns.begin(), columns.end(), [&](const auto& use) {
      const auto& [table, column] = use;
      const Table* now = new_table(table->name);
      const Column* after = now == nullptr ? nullptr : now->column(column->name);
      if (after == nullptr || !(after->type == column->type)) return false;
      const Type* type = context_.before.type(column->type);
      return column->type.array_dimensions > 0 ||
             (type != nullptr && type->kind != TypeKind::domain);
    });
  }

  /// Attributes of a type that columns have can't be altered.
  bool is_stored(const QualifiedName& type) const {
    return !context_.before.columns_of_type(type).empty();
  }

  void type_rebuilt(const QualifiedName& name, int cause) {
    if (!context_.rebuilt_types.emplace(name, cause).second) return;
    for (const auto& [table, column] : context_.before.columns_of_type(name)) {
      if (!on_both_sides(table->name, column->name)) continue;
      if (column->type.name == name) column_retyped(table->name, column->name, cause);
    }
    range_goes(name, cause);
    for (const auto& [other, type] : context_.before.types) {
      const bool built_on = type.base.name == name ||
                            std::any_of(type.attributes.begin(), type.attributes.end(),
                                        [&](const Column& c) { return c.type.name == name; });
      if (built_on && context_.after.types.count(other) != 0) type_rebuilt(other, cause);
    }
    functions_over(name, cause);
    casters(name, cause);
    objects_over(name.name, cause);
    constructors(name, cause);
  }

  /// A range type comes with functions of its own and its multirange type's name.
  void constructors(const QualifiedName& name, int cause) {
    const Type& was = context_.before.types.at(name);
    if (was.kind != TypeKind::range) return;
    const std::string multirange = multirange_of(was).name;
    const auto calls = [&](const References& references) {
      return std::any_of(references.functions.begin(), references.functions.end(),
                         [&](const FunctionUse& use) {
                           return use.name.name == name.name || use.name.name == multirange;
                         });
    };
    users(calls, cause);
    for (const auto& [key, caller] : context_.before.functions) {
      if (calls(caller.definition.references)) function(key, cause);
    }
  }

  /// The new one takes the name; columns and indexes change over to it.
  void collation_replaced(const std::string& key, int cause) {
    const std::string name = key.substr(std::string_view("COLLATION ").size());
    for (const auto& [table_name, table] : context_.before.tables) {
      for (const Column& column : table.columns) {
        if (column.collation == name && on_both_sides(table_name, column.name))
          column_retyped(table_name, column.name, cause);
      }
    }
    for (const auto& [index_name, index] : context_.before.indexes) {
      const bool uses =
          std::any_of(index.elements.begin(), index.elements.end(), [&](const IndexElement& e) {
            return e.collation == name || mentions(e.expression.sql, name);
          });
      if (uses) recreate_index(index, cause);
    }
    for (const auto& [type_name, type] : context_.before.types) {
      if (type.collation == name && context_.after.types.count(type_name) != 0)
        type_rebuilt(type_name, cause);
    }
    const std::string bare = name.substr(name.rfind('.') + 1);
    for (const auto& [view_name, reader] : context_.before.views) {
      if (mentions(reader.query.sql, bare)) view(view_name, cause);
    }
  }

  /// Columns of a range type are text in between, which other operator classes hold for.
  void range_goes(const QualifiedName& name, int cause) {
    const Type& was = context_.before.types.at(name);
    if (was.kind != TypeKind::range) return;
    for (const auto& [table_name, table] : context_.before.tables) {
      for (const Column& column : table.columns) {
        if (column.type.name != name && column.type.name != multirange_of(was)) continue;
        const std::string thing = column_thing(table_name, column.name);
        const auto holds = [&](const Things& things) {
          return std::find(things.begin(), things.end(), thing) != things.end();
        };
        for (const Constraint& constraint : table.constraints) {
          if (holds(uses_of(constraint, context_.before, table)))
            recreate_constraint(table_name, constraint.definition.name, cause);
        }
        for (const Index* index : context_.before.indexes_of(table_name)) {
          if (index->constraint.empty() && holds(uses_of(*index, context_.before)))
            recreate_index(*index, cause);
        }
      }
    }
  }

  Context& context_;
  std::set<Key> seen_columns_, dropped_columns_;
};

}  // namespace

void find_recreations(Context& context) { Recreations(context).run(); }

}  // namespace schemagate::planning
