// SPDX-License-Identifier: MIT
// Types and sequences.
#include <algorithm>

#include "schema/diff_parts.h"
#include "schema/generated_names.h"
#include "schema/plan_identity.h"
#include "schema/plan_sql.h"
#include "schema/render.h"

namespace schemagate::planning {
namespace {

ObjectKind kind_of(const Type& type) {
  return type.kind == TypeKind::domain ? ObjectKind::domain : ObjectKind::type;
}
std::string words(const Type& type) {
  return std::string(to_sql(kind_of(type))) + " " + to_sql(type.name);
}

Things uses_of_type(const Type& type, const Catalog& catalog) {
  Things things = planning::uses_of(type.base);
  things.push_back(schema_thing(type.name.schema));
  append(things, uses_of_collation(type.collation));
  if (type.default_value)
    append(things, planning::uses_of(type.default_value->references, catalog, nullptr));
  for (const Constraint& constraint : type.constraints) {
    append(things,
           planning::uses_of(constraint.definition.expression.references, catalog, nullptr));
  }
  for (const Column& attribute : type.attributes) append(things, planning::uses_of(attribute.type));
  for (const auto& [option, value] : type.options) {
    if (option == "subtype_diff" || option == "canonical")
      things.push_back(function_thing({"", value.substr(value.rfind('.') + 1)}));
  }
  return things;
}

class TypePlanner {
 public:
  TypePlanner(Context& context, int index, const QualifiedName& name)
      : context_(context), index_(index), name_(name) {}

  void create() {
    const Type& now = context_.after.types.at(name_);
    Action& made = context_.add(Rank::type, index_, to_sql(name_));
    made.statements = definition(now);
    made.needs = uses_of_type(now, context_.after);
    made.makes.push_back(relation_thing(name_));
    if (now.kind == TypeKind::range) made.makes.push_back(relation_thing(multirange_of(now)));
  }

  void drop() {
    const Type& was = context_.before.types.at(name_);
    Action& made = context_.add(Rank::drop_type, index_, to_sql(name_), "DROP " + words(was));
    made.takes.push_back(relation_thing(name_));
    if (was.kind == TypeKind::range) made.takes.push_back(relation_thing(multirange_of(was)));
    made.releases = uses_of_type(was, context_.before);
    // What it was built on may come anew, while columns still have this type; the old one waits.
    for (const auto& [built_on, cause] : context_.rebuilt_types) {
      std::replace(made.releases.begin(), made.releases.end(), relation_thing(built_on),
                   "old:" + to_sql(built_on));
    }
  }

  /// ALTER TYPE … ADD VALUE: what is added can't be used before it is committed.
  void add_value(const std::string& value) {
    if (context_.rebuilt_types.count(name_) != 0) return;
    const std::vector<std::string>& values = context_.after.types.at(name_).values;
    const auto place =
        static_cast<std::size_t>(std::find(values.begin(), values.end(), value) - values.begin());
    std::string sql = "ALTER TYPE " + to_sql(name_) + " ADD VALUE " + quote_literal(value);
    if (place > 0 && !last(values, place)) {
      sql += " AFTER " + quote_literal(values[place - 1]);
    } else if (place == 0) {
      sql += " BEFORE " + quote_literal(first_old(values));
    }
    std::string number = std::to_string(place);
    number.insert(0, 6 - std::min<std::size_t>(6, number.size()), '0');
    Action& made = context_.add(Rank::enum_value, index_, to_sql(name_) + number);
    made.statements.push_back({std::move(sql), Mode::own});
    made.needs.push_back(relation_thing(name_));
  }

  void alter(const Change& change) {
    if (context_.rebuilt_types.count(name_) != 0) return;
    const Type &was = context_.before.types.at(name_), &now = context_.after.types.at(name_);
    const std::string alter = "ALTER " + words(now) + " ";
    Action& made = context_.add(Rank::type, index_, to_sql(name_) + change.detail);
    const std::string part = quote_identifier(change.part);
    if (change.detail == "default") {
      made.statements.push_back(
          {alter + (now.default_value ? "SET DEFAULT " + now.default_value->sql : "DROP DEFAULT")});
    } else if (change.detail == "not null") {
      made.statements.push_back({alter + (now.not_null ? "SET NOT NULL" : "DROP NOT NULL")});
      if (now.not_null) note_values_of(context_, now.name, "NOT NULL");
    } else if (change.detail == "add attribute") {
      made.statements.push_back({alter + "ADD ATTRIBUTE " + change.after});
      for (const Column& attribute : now.attributes) {
        if (attribute.name == change.part && !attribute.comment.empty())
          made.statements.push_back(
              {comment_on(ObjectKind::column, to_sql(name_) + "." + part, attribute.comment)});
      }
    } else if (change.detail == "drop attribute") {
      made.statements.push_back({alter + "DROP ATTRIBUTE " + part});
    } else if (change.detail == "attribute type") {
      made.statements.push_back(
          {alter + "ALTER ATTRIBUTE " + part + " TYPE " + change.after.substr(part.size() + 1)});
    }
    made.needs = uses_of_type(now, context_.after);
    made.releases = uses_of_type(was, context_.before);
    made.makes.push_back(column_thing(name_, change.part));
    // Columns of arrays of a domain and the like, which are in its way, may become something else.
    if (now.kind == TypeKind::domain) made.takes.push_back(relation_thing(name_));
  }

  /// The new type takes the name, the columns are converted, the old type goes.
  void rebuild() {
    const Type &was = context_.before.types.at(name_), &now = context_.after.types.at(name_);
    Action& made = context_.add(Rank::rebuild_type, index_, to_sql(name_));
    Type old = was;
    old.name = {name_.schema, free_name()};
    const auto step = [&](std::string sql) { made.statements.push_back({std::move(sql)}); };
    // A range type's constructor keeps its name when the type is renamed.
    const bool by_text = was.kind == TypeKind::range && now.kind == TypeKind::range;
    if (was.kind == TypeKind::composite && now.kind == TypeKind::composite) same_attributes(made);
    if (by_text) {
      made.makes.push_back(relation_thing(multirange_of(now)));
      for (const auto& [table, column] : columns()) to_text(made, *table, *column);
      for (const auto& [table, column] : multirange_columns()) to_text(made, *table, *column);
      step("DROP " + words(was));
    } else {
      step("ALTER " + words(was) + " RENAME TO " + quote_identifier(old.name.name));
      // From 17 on its NOT NULL has a name of its own, which the new one shall have.
      if (was.kind == TypeKind::domain && was.not_null && now.not_null && context_.postgres >= 17)
        step("ALTER " + words(old) + " DROP NOT NULL");
    }
    for (PlannedStatement& statement : definition(now))
      made.statements.push_back(std::move(statement));
    for (const auto& [privilege, where] : context_.after.privileges) {
      const bool kept = privilege.kind == ObjectKind::type && privilege.object == to_sql(name_) &&
                        context_.before.privileges.count(privilege) != 0;
      if (kept) step(grant_sql(privilege));
    }
    for (const auto& [table, column] : columns()) convert(made, was, now, *table, *column);
    for (const auto& [table, column] : multirange_columns()) {
      const Column& after = *context_.after.tables.at(table->name).column(column->name);
      if (by_text && after.type == column->type) convert(made, was, now, *table, *column);
    }
    made.needs = uses_of_type(now, context_.after);
    made.makes.push_back(relation_thing(name_));
    made.takes.push_back(relation_thing(name_));
    if (!by_text) drop_old(old);
  }

 private:
  static bool last(const std::vector<std::string>& values, std::size_t place) {
    return place + 1 == values.size();
  }
  std::string first_old(const std::vector<std::string>& values) const {
    const std::vector<std::string>& old = context_.before.types.at(name_).values;
    for (const std::string& value : values) {
      if (std::find(old.begin(), old.end(), value) != old.end()) return value;
    }
    return values.back();
  }

  /// The renamed type goes when nothing that is rebuilt as well is built on it any more.
  void drop_old(const Type& old) {
    Action& made =
        context_.add(Rank::rebuild_type, index_, to_sql(name_) + " old", "DROP " + words(old));
    made.needs = {relation_thing(name_)};
    made.takes = {"old:" + to_sql(name_)};
    // What goes for good has nothing built on it any more.
    for (const std::string& thing :
         uses_of_type(context_.before.types.at(name_), context_.before)) {
      const bool rebuilt =
          std::any_of(context_.rebuilt_types.begin(), context_.rebuilt_types.end(),
                      [&](const auto& other) { return relation_thing(other.first) == thing; });
      if (!rebuilt) made.releases.push_back(thing);
    }
    for (const auto& [other, cause] : context_.rebuilt_types) {
      const Type& user = context_.before.types.at(other);
      const Things uses = uses_of_type(user, context_.before);
      if (std::find(uses.begin(), uses.end(), relation_thing(name_)) != uses.end())
        made.needs.push_back(relation_thing(other));
      const Things own = uses_of_type(context_.before.types.at(name_), context_.before);
      if (std::find(own.begin(), own.end(), relation_thing(other)) != own.end())
        made.releases.push_back("old:" + to_sql(other));
    }
  }

  /// Rows are converted by their text: the old type gets and loses attributes first.
  void same_attributes(Action& made) const {
    const Type &was = context_.before.types.at(name_), &now = context_.after.types.at(name_);
    const auto lacks = [](const Type& in, const std::string& name) {
      return std::none_of(in.attributes.begin(), in.attributes.end(),
                          [&](const Column& other) { return other.name == name; });
    };
    const std::string alter = "ALTER " + words(was) + " ";
    for (const Column& attribute : was.attributes) {
      if (lacks(now, attribute.name))
        made.statements.push_back({alter + "DROP ATTRIBUTE " + quote_identifier(attribute.name)});
    }
    for (const Column& attribute : now.attributes) {
      if (lacks(was, attribute.name))
        made.statements.push_back({alter + "ADD ATTRIBUTE " + definition_sql(attribute)});
    }
  }

  static std::vector<PlannedStatement> definition(const Type& type) {
    std::vector<PlannedStatement> steps{{create_sql(type)}};
    for (const Constraint& constraint : type.constraints) {
      if (!constraint.validated)
        steps.push_back(
            {"ALTER DOMAIN " + to_sql(type.name) + " ADD " + definition_sql(constraint)});
      if (constraint.comment.empty()) continue;
      const std::string object =
          quote_identifier(constraint.definition.name) + " ON DOMAIN " + to_sql(type.name);
      steps.push_back({comment_on(ObjectKind::constraint, object, constraint.comment)});
    }
    if (!type.comment.empty())
      steps.push_back({comment_on(kind_of(type), to_sql(type.name), type.comment)});
    for (const Column& attribute : type.attributes) {
      const std::string object = to_sql(type.name) + "." + quote_identifier(attribute.name);
      if (!attribute.comment.empty())
        steps.push_back({comment_on(ObjectKind::column, object, attribute.comment)});
    }
    if (!type.owner.empty())
      steps.push_back({"ALTER " + words(type) + " OWNER TO " + quote_identifier(type.owner)});
    return steps;
  }

  std::string free_name() const {
    std::string name = make_object_name(name_.name, "", "old");
    for (int i = 1; context_.before.types.count({name_.schema, name}) != 0 ||
                    context_.after.types.count({name_.schema, name}) != 0;
         ++i) {
      name = make_object_name(name_.name, "", "old" + std::to_string(i));
    }
    return name;
  }

  /// The columns that have the type on both sides; those of partitions follow their parents.
  std::vector<std::pair<const Table*, const Column*>> columns() const {
    std::vector<std::pair<const Table*, const Column*>> list;
    for (const auto& [table, column] : context_.before.columns_of_type(name_)) {
      const auto now = context_.after.tables.find(table->name);
      const bool follows = column->inherited && !is_detached(table->name);
      if (!(column->type.name == name_) || follows || now == context_.after.tables.end() ||
          context_.new_tables.count(table->name) != 0)
        continue;
      const Column* after = now->second.column(column->name);
      const bool stays = after != nullptr && after->type.name == name_ &&
                         context_.recreated_columns.count({table->name, column->name}) == 0;
      if (stays) list.emplace_back(table, column);
    }
    return list;
  }

  bool is_detached(const QualifiedName& partition) const {
    return std::any_of(context_.changes.begin(), context_.changes.end(), [&](const Change& change) {
      return change.kind == ChangeKind::detach_partition && change.relation == partition;
    });
  }

  void to_text(Action& made, const Table& table, const Column& column) const {
    const std::string alter = alter_column(table.name, column.name);
    if (column.default_value) made.statements.push_back({alter + "DROP DEFAULT"});
    made.statements.push_back(
        {alter + "TYPE text" + (column.type.array_dimensions > 0 ? "[]" : "")});
  }

  /// Those of the multirange type that goes and comes with this one.
  std::vector<std::pair<const Table*, const Column*>> multirange_columns() const {
    std::vector<std::pair<const Table*, const Column*>> list;
    const Type& was = context_.before.types.at(name_);
    if (was.kind != TypeKind::range) return list;
    for (const auto& [name, table] : context_.before.tables) {
      const auto now = context_.after.tables.find(name);
      if (now == context_.after.tables.end()) continue;
      for (const Column& column : table.columns) {
        const bool stays = column.type.name == multirange_of(was) && !column.inherited &&
                           now->second.column(column.name) != nullptr;
        if (stays) list.emplace_back(&table, &column);
      }
    }
    return list;
  }

  void convert(Action& made, const Type& was, const Type& now, const Table& table,
               const Column& column) const {
    const Column& after = *context_.after.tables.at(table.name).column(column.name);
    const std::string alter = alter_column(table.name, column.name);
    const bool ranges = was.kind == TypeKind::range && now.kind == TypeKind::range;
    if (column.default_value && !ranges) made.statements.push_back({alter + "DROP DEFAULT"});
    const bool arrays = column.type.array_dimensions > 0 && after.type.array_dimensions > 0;
    const std::string array = arrays ? "[]" : "";
    std::string value = quote_identifier(column.name);
    const bool domain = was.kind == TypeKind::domain && now.kind == TypeKind::domain &&
                        array.empty() && context_.rebuilt_types.count(now.base.name) == 0;
    value += domain && casts_on_assignment(was.base, now.base, context_.after)
                 ? "::" + to_sql(now.base)
                 : "::text" + array;
    made.statements.push_back(
        {alter + "TYPE " + to_sql(after.type) + " USING " + value + "::" + to_sql(after.type)});
    if (column.default_value && after.default_value)
      made.statements.push_back({alter + "SET DEFAULT " + after.default_value->sql});
    made.takes.push_back(column_type_thing(table.name, column.name));
    made.makes.push_back(column_type_thing(table.name, column.name));
  }

  Context& context_;
  int index_;
  const QualifiedName& name_;
};

// ---- sequences
// -----------------------------------------------------------------------------------

std::string owned_by(const Sequence& sequence) {
  if (sequence.owner_table.empty()) return "NONE";
  return to_sql(sequence.owner_table) + "." + quote_identifier(sequence.owner_column);
}

/// What ALTER SEQUENCE must say: what was written before and is not any more goes back to its
/// default.
std::string changed_options(const SequenceOptions& was, const SequenceOptions& now) {
  SequenceOptions written;
  std::string resets;
  const auto reset = [&](const std::string& text) { resets += " " + text; };
  if (was.type != now.type)
    written.type = now.type ? *now.type : TypeName{{"", "int8"}, {}, {}, 0, false};
  if (was.increment != now.increment) written.increment = now.increment.value_or(1);
  // Another direction has other limits by itself, but not in ALTER SEQUENCE.
  const bool down = now.increment.value_or(1) < 0;
  const bool turned = (was.increment.value_or(1) < 0) != down;
  if (was.minimum != now.minimum || turned)
    now.minimum ? void(written.minimum = now.minimum) : reset("NO MINVALUE");
  if (was.maximum != now.maximum || turned)
    now.maximum ? void(written.maximum = now.maximum) : reset("NO MAXVALUE");
  if (was.start != now.start || turned) {
    const auto first = down ? now.maximum.value_or(-1) : now.minimum.value_or(1);
    written.start = now.start.value_or(first);
    if (turned) resets += " RESTART";
  }
  if (was.cache != now.cache) written.cache = now.cache.value_or(1);
  if (was.cycle != now.cycle) written.cycle = now.cycle.value_or(false);
  return sequence_options_sql(written) + resets;
}

class SequencePlanner {
 public:
  SequencePlanner(Context& context, int index, const QualifiedName& name)
      : context_(context), index_(index), name_(name) {}

  void create() {
    const Sequence& now = context_.after.sequences.at(name_);
    if (sequence_taking_over(context_, now.owner_table, now.owner_column) == &now) return;
    Action& made = context_.add(Rank::sequence, index_, to_sql(name_));
    made.statements = creation_steps(now);
    made.needs.push_back(schema_thing(name_.schema));
    made.makes.push_back(relation_thing(name_));
    if (!now.owner_table.empty()) own(now);
  }

  void drop() {
    const Sequence& was = context_.before.sequences.at(name_);
    const auto gone = sequences_giving_way(context_, was.owner_table, was.owner_column);
    if (std::find(gone.begin(), gone.end(), &was) != gone.end()) return;
    Action& made =
        context_.add(Rank::drop_sequence, index_, to_sql(name_), "DROP SEQUENCE " + to_sql(name_));
    made.takes.push_back(relation_thing(name_));
    if (!was.owner_table.empty())
      made.releases.push_back(column_thing(was.owner_table, was.owner_column));
  }

  void alter(const std::string& detail) {
    const Sequence &was = context_.before.sequences.at(name_),
                   &now = context_.after.sequences.at(name_);
    if (detail == "owned by") {
      Action& made = own(now);
      if (!was.owner_table.empty()) {
        made.releases.push_back(column_thing(was.owner_table, was.owner_column));
        made.releases.push_back(relation_thing(was.owner_table));
      }
      return;
    }
    const std::string text =
        detail == "persistence"
            ? std::string(now.persistence == Persistence::unlogged ? "SET UNLOGGED" : "SET LOGGED")
            : changed_options(was.options, now.options);
    context_.add(Rank::sequence, index_, to_sql(name_) + detail,
                 "ALTER SEQUENCE " + to_sql(name_) + " " + text);
  }

 private:
  Action& own(const Sequence& now) {
    Action& made = context_.add(Rank::sequence_owner, index_, to_sql(name_),
                                "ALTER SEQUENCE " + to_sql(name_) + " OWNED BY " + owned_by(now));
    made.needs.push_back(relation_thing(name_));
    if (now.owner_table.empty()) return made;
    made.needs.push_back(column_thing(now.owner_table, now.owner_column));
    const auto table = context_.before.tables.find(now.owner_table);
    const bool had_values = table != context_.before.tables.end() &&
                            table->second.column(now.owner_column) != nullptr && is_new();
    if (had_values)
      made.statements.push_back({set_sequence(now.owner_table, now.owner_column, now.options)});
    return made;
  }

  /// An identity's sequence of the same name is another one.
  bool is_new() const {
    const auto was = context_.before.sequences.find(name_);
    return was == context_.before.sequences.end() || was->second.identity;
  }

  Context& context_;
  int index_;
  const QualifiedName& name_;
};

}  // namespace

void plan_types(Context& context) {
  for (std::size_t i = 0; i < context.changes.size(); ++i) {
    const Change& change = context.changes[i];
    TypePlanner type(context, static_cast<int>(i), change.relation);
    SequencePlanner sequence(context, static_cast<int>(i), change.relation);
    switch (change.kind) {
      case ChangeKind::add_type:
        type.create();
        break;
      case ChangeKind::drop_type:
        type.drop();
        break;
      case ChangeKind::add_enum_value:
        type.add_value(change.part);
        break;
      case ChangeKind::alter_type:
        type.alter(change);
        break;
      case ChangeKind::add_sequence:
        sequence.create();
        break;
      case ChangeKind::drop_sequence:
        sequence.drop();
        break;
      case ChangeKind::alter_sequence:
        sequence.alter(change.detail);
        break;
      default:
        break;
    }
  }
  for (const auto& [name, change] : context.rebuilt_types)
    TypePlanner(context, change, name).rebuild();
}

}  // namespace schemagate::planning
