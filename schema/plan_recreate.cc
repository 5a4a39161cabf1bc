// SPDX-License-Identifier: MIT
// Where recreation begins, and whether it need be: can the change be done in place?
#include "schema/plan_recreate.h"

#include <algorithm>

#include "schema/canonical.h"

namespace schemagate::planning {

void Recreations::run() {
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

void Recreations::seed(const Change& change, int cause) {
  switch (change.kind) {
    case ChangeKind::set_type:
      context_.retyped_columns.emplace(Key{change.relation, change.part}, cause);
      if (held_by_expression(change) &&
          new_table(change.relation)->column(change.part)->generated != Generated::no)
        column_recreated(change.relation, change.part, cause);
      stored_rows_retyped(change.relation, cause);
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
      if (change.detail == "access method" && context_.postgres < 15) view(change.relation, cause);
      return;
    case ChangeKind::replace_function:
      if (!replaceable(context_.before.functions.at(change.object),
                       context_.after.functions.at(change.object)))
        function(change.object, cause);
      return;
    case ChangeKind::drop_function:
      if (another_comes(context_, context_.before.functions.at(change.object).definition.name))
        callers(change.object, cause);
      else
        calls_move_on(change.object, cause);
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

const Table* Recreations::old_table(const QualifiedName& name) const {
  const auto found = context_.before.tables.find(name);
  return found == context_.before.tables.end() ? nullptr : &found->second;
}

const Table* Recreations::new_table(const QualifiedName& name) const {
  const auto found = context_.after.tables.find(name);
  return found == context_.after.tables.end() ? nullptr : &found->second;
}

bool Recreations::on_both_sides(const QualifiedName& table, const std::string& column) const {
  const Table *was = old_table(table), *now = new_table(table);
  return was != nullptr && now != nullptr && was->column(column) != nullptr &&
         now->column(column) != nullptr;
}

bool Recreations::alterable_generation(const Change& change) const {
  const Column& now = *new_table(change.relation)->column(change.part);
  if (now.generated == Generated::no) return true;
  if (now.generated == Generated::stored) return context_.postgres >= 17;
  const auto& constraints = old_table(change.relation)->constraints;
  return std::none_of(constraints.begin(), constraints.end(), [](const Constraint& constraint) {
    return constraint.definition.kind == ConstraintKind::check;
  });
}

bool Recreations::held_by_expression(const Change& change) const {
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

bool Recreations::is_function(const std::string& name) const {
  return std::any_of(
      context_.before.functions.begin(), context_.before.functions.end(),
      [&](const auto& function) { return function.second.definition.name.name == name; });
}

void Recreations::expression_dropped(const Change& change, int cause) {
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

bool Recreations::function_goes(const std::string& name) const {
  return std::any_of(context_.before.functions.begin(), context_.before.functions.end(),
                     [&](const auto& function) {
                       return function.second.definition.name.name == name &&
                              (context_.after.functions.count(function.first) == 0 ||
                               context_.recreated_functions.count(function.first) != 0);
                     });
}

bool Recreations::replaceable(const View& was, const View& now) const {
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

bool Recreations::replaceable(const Function& was, const Function& now) {
  const CreateFunction &x = was.definition, &y = now.definition;
  if (x.procedure != y.procedure || !(x.returns == y.returns) || x.returns_table != y.returns_table)
    return false;
  return std::equal(x.arguments.begin(), x.arguments.end(), y.arguments.begin(), y.arguments.end(),
                    [](const FunctionArgument& a, const FunctionArgument& b) {
                      const bool named = a.name == b.name || (a.name.empty() && a.mode == 'i');
                      const bool defaulted = !a.default_value || b.default_value;
                      return named && defaulted && a.mode == b.mode && a.type == b.type;
                    });
}

void find_recreations(Context& context) { Recreations(context).run(); }

}  // namespace schemagate::planning
