// SPDX-License-Identifier: MIT
// Types and sequences, and what looks like a rename.
#include <algorithm>

#include "schema/diff_parts.h"
#include "schema/generated_names.h"
#include "schema/options.h"
#include "schema/render.h"

namespace schemagate::diffing {
namespace {

bool has(const std::vector<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

ObjectKind kind_of(const Type& type) {
  return type.kind == TypeKind::domain ? ObjectKind::domain : ObjectKind::type;
}

class TypeComparison {
 public:
  TypeComparison(Comparison& work, const Type& before, const Type& after)
      : work_(work), before_(before), after_(after) {}

  void run() {
    if (before_.kind != after_.kind) {
      attribute("definition", create_sql(before_), create_sql(after_));
    } else {
      switch (after_.kind) {
        case TypeKind::enumeration:
          values();
          break;
        case TypeKind::domain:
          domain();
          break;
        case TypeKind::composite:
          attributes();
          break;
        case TypeKind::range:
          if (!same_options(range_options(before_), range_options(after_)))
            attribute("definition", create_sql(before_), create_sql(after_));
          break;
      }
    }
    compare_comment(work_, type(ChangeKind::comment), before_.comment, after_.comment);
    compare_owner(work_, type(ChangeKind::change_owner), before_.owner, after_.owner);
  }

 private:
  Change type(ChangeKind kind) const {
    return placed(about(kind, kind_of(after_), after_.name), before_.where, after_.where);
  }
  void attribute(const std::string& detail, std::string was, std::string now) {
    if (was == now) return;
    Change& change = work_.add(type(ChangeKind::alter_type));
    change.detail = detail;
    change.before = std::move(was);
    change.after = std::move(now);
  }

  void values() {
    std::vector<std::string> kept_before, kept_after;
    for (const std::string& value : before_.values) {
      if (has(after_.values, value)) {
        kept_before.push_back(value);
        continue;
      }
      Change change = type(ChangeKind::drop_enum_value);
      change.object_kind = ObjectKind::enum_value;
      change.part = value;
      change.before = quote_literal(value);
      work_.add(std::move(change));
    }
    for (const std::string& value : after_.values) {
      if (has(before_.values, value)) {
        kept_after.push_back(value);
        continue;
      }
      Change change = type(ChangeKind::add_enum_value);
      change.object_kind = ObjectKind::enum_value;
      change.part = value;
      change.after = quote_literal(value);
      work_.add(std::move(change));
    }
    if (kept_before != kept_after) attribute("order", create_sql(before_), create_sql(after_));
  }

  void domain() {
    if (!same_type(before_.base, after_.base) || before_.collation != after_.collation) {
      return attribute("definition", create_sql(before_), create_sql(after_));
    }
    const Scope old_scope{&work_.before, nullptr, &before_.base},
        new_scope{&work_.after, nullptr, &after_.base};
    if (!same_expression(before_.default_value, old_scope, after_.default_value, new_scope)) {
      attribute("default", before_.default_value ? before_.default_value->sql : "",
                after_.default_value ? after_.default_value->sql : "");
    }
    attribute("not null", before_.not_null ? "NOT NULL" : "", after_.not_null ? "NOT NULL" : "");
    checks();
  }

  void checks() {
    const Table old_value = value_of(before_), new_value = value_of(after_);
    const Scope old_scope{&work_.before, &old_value, nullptr},
        new_scope{&work_.after, &new_value, nullptr};
    std::vector<const Constraint*> added;
    for (const Constraint& now : after_.constraints) added.push_back(&now);
    for (const Constraint& was : before_.constraints) {
      const auto twin = std::find_if(added.begin(), added.end(), [&](const Constraint* now) {
        const bool named = was.definition.name == now->definition.name ||
                           (was.generated_name && now->generated_name);
        return named && same_constraint(was, old_scope, *now, new_scope) &&
               (now->validated || !was.validated);
      });
      if (twin == added.end()) {
        check(ChangeKind::drop_constraint, was.definition.name,
              constraint_sql(was.definition, !was.validated), "", was.where, {});
        continue;
      }
      if (!was.validated && (*twin)->validated) {
        check(ChangeKind::validate_constraint, was.definition.name, "", "", was.where,
              (*twin)->where);
      }
      Change what = about(ChangeKind::comment, ObjectKind::domain_constraint, after_.name,
                          was.definition.name);
      compare_comment(work_, placed(what, was.where, (*twin)->where), was.comment,
                      (*twin)->comment);
      added.erase(twin);
    }
    for (const Constraint* now : added) {
      check(ChangeKind::add_constraint, now->definition.name, "",
            constraint_sql(now->definition, !now->validated), {}, now->where);
    }
  }
  void check(ChangeKind kind, const std::string& name, std::string was, std::string now,
             Span old_place, Span new_place) {
    Change change =
        placed(about(kind, ObjectKind::domain_constraint, after_.name, name), old_place, new_place);
    change.before = std::move(was);
    change.after = std::move(now);
    work_.add(std::move(change));
  }

  void attributes() {
    const auto find = [](const Type& in, const std::string& name) -> const Column* {
      const auto found = std::find_if(in.attributes.begin(), in.attributes.end(),
                                      [&](const Column& c) { return c.name == name; });
      return found == in.attributes.end() ? nullptr : &*found;
    };
    const auto part = [&](const std::string& detail, const std::string& name, std::string was,
                          std::string now) {
      Change change =
          placed(about(ChangeKind::alter_type, ObjectKind::attribute, after_.name, name),
                 before_.where, after_.where);
      change.detail = detail;
      change.before = std::move(was);
      change.after = std::move(now);
      work_.add(std::move(change));
    };
    for (const Column& was : before_.attributes) {
      if (find(after_, was.name) == nullptr)
        part("drop attribute", was.name, definition_sql(was), "");
    }
    for (const Column& now : after_.attributes) {
      const Column* was = find(before_, now.name);
      if (was == nullptr) {
        part("add attribute", now.name, "", definition_sql(now));
      } else if (!same_type(was->type, now.type) || was->collation != now.collation) {
        part("attribute type", now.name, definition_sql(*was), definition_sql(now));
      }
      if (was == nullptr) continue;
      const Change what =
          placed(about(ChangeKind::comment, ObjectKind::column, after_.name, now.name),
                 before_.where, after_.where);
      compare_comment(work_, what, was->comment, now.comment);
    }
  }

  Comparison& work_;
  const Type& before_;
  const Type& after_;
};

bool refers_to(const Expression& value, const QualifiedName& sequence) {
  const auto& sequences = value.references.sequences;
  return value.sql.rfind("nextval(", 0) == 0 && sequences.size() == 1 &&
         sequences[0].name == sequence.name;
}

const Column* column_of(const Catalog& catalog, const Sequence& sequence) {
  const auto table = catalog.tables.find(sequence.owner_table);
  return table == catalog.tables.end() ? nullptr : table->second.column(sequence.owner_column);
}

}  // namespace

Options range_options(const Type& type) {
  Options options = type.options;
  options.erase(std::remove_if(options.begin(), options.end(),
                               [](const auto& o) { return o.first == "multirange_type_name"; }),
                options.end());
  options.emplace_back("multirange_type_name", to_sql(multirange_of(type)));
  for (auto& [name, value] : options) {
    const bool named =
        name == "subtype_diff" || name == "canonical" || name == "multirange_type_name";
    if (named && value.rfind("public.", 0) == 0) value.erase(0, 7);
  }
  return options;
}

Table value_of(const Type& domain) {
  Table table;
  Column value;
  value.name = "value";
  value.type = domain.base;
  table.columns.push_back(std::move(value));
  return table;
}

bool comes_with_column(const Catalog& catalog, const Sequence& sequence) {
  if (sequence.identity) return true;
  const auto table = catalog.tables.find(sequence.owner_table);
  const Column* column = column_of(catalog, sequence);
  return column != nullptr && is_serial(catalog, table->second, *column);
}

bool is_serial(const Catalog& catalog, const Table& table, const Column& column) {
  const std::string& type = column.type.name.name;
  const bool integer =
      column.type.name.schema.empty() && (type == "int2" || type == "int4" || type == "int8");
  if (!integer || column.type.array_dimensions != 0 || !column.not_null || !column.default_value ||
      !column.not_null_name.empty())
    return false;
  const QualifiedName expected{table.name.schema, table.name.name + "_" + column.name + "_seq"};
  const auto sequence = catalog.sequences.find(expected);
  if (sequence == catalog.sequences.end() || expected.name.size() > max_name_bytes) return false;
  const Sequence& own = sequence->second;
  SequenceOptions made;
  if (type != "int8") made.type = column.type;
  SequenceOptions written = own.options;
  if (written.type && written.type->name.name == "int8") written.type.reset();
  return own.owner_table == table.name && own.owner_column == column.name && !own.identity &&
         written == made && own.persistence == table.persistence &&
         refers_to(*column.default_value, expected);
}

void compare_types(Comparison& work) {
  walk(
      work.before.types, work.after.types,
      [&](const auto& was, const auto& now) { TypeComparison(work, was.second, now.second).run(); },
      [&](const auto& was) {
        Change& change = work.add(placed(
            about(ChangeKind::drop_type, kind_of(was.second), was.first), was.second.where, {}));
        change.before = create_sql(was.second);
      },
      [&](const auto& now) {
        Change& change = work.add(placed(
            about(ChangeKind::add_type, kind_of(now.second), now.first), {}, now.second.where));
        change.after = create_sql(now.second);
      });
}

void compare_sequences(Comparison& work) {
  const auto gone_with_column = [&](const Sequence& was) {
    if (was.owner_table.empty()) return false;
    const auto table = work.after.tables.find(was.owner_table);
    return table == work.after.tables.end() || work.renewed.count(was.owner_table) != 0 ||
           table->second.column(was.owner_column) == nullptr;
  };
  const auto new_with_column = [&](const Sequence& now) {
    if (!comes_with_column(work.after, now)) return false;
    const auto table = work.before.tables.find(now.owner_table);
    return table == work.before.tables.end() || work.renewed.count(now.owner_table) != 0 ||
           table->second.column(now.owner_column) == nullptr;
  };
  const auto owned_by = [](const Sequence& sequence) {
    return sequence.owner_table.empty()
               ? "NONE"
               : to_sql(sequence.owner_table) + "." + quote_identifier(sequence.owner_column);
  };
  walk(
      work.before.sequences, work.after.sequences,
      [&](const auto& old_side, const auto& new_side) {
        const Sequence &was = old_side.second, &now = new_side.second;
        const auto what = [&] {
          return placed(about(ChangeKind::alter_sequence, ObjectKind::sequence, now.name),
                        was.where, now.where);
        };
        const auto attribute = [&](const std::string& detail, const std::string& x,
                                   const std::string& y) {
          if (x == y) return;
          Change& change = work.add(what());
          change.detail = detail;
          change.before = x;
          change.after = y;
        };
        if (was.identity != now.identity) {
          if (!was.identity && !gone_with_column(was))
            work.add(placed(about(ChangeKind::drop_sequence, ObjectKind::sequence, was.name),
                            was.where, {}))
                .before = create_sql(was);
          if (!now.identity && !new_with_column(now))
            work.add(placed(about(ChangeKind::add_sequence, ObjectKind::sequence, now.name), {},
                            now.where))
                .after = create_sql(now);
        } else if (!now.identity) {
          attribute("options", sequence_options_sql(was.options),
                    sequence_options_sql(now.options));
          attribute("owned by", owned_by(was), owned_by(now));
          attribute("persistence", was.persistence == Persistence::unlogged ? "unlogged" : "logged",
                    now.persistence == Persistence::unlogged ? "unlogged" : "logged");
          if (was.owner != now.owner) compare_owner(work, what(), was.owner, now.owner);
        }
        // The identity and the sequence of one's own are two objects, one after the other.
        compare_comment(work, what, was.identity == now.identity ? was.comment : "", now.comment);
      },
      [&](const auto& old_side) {
        const Sequence& was = old_side.second;
        if (was.identity || gone_with_column(was)) return;
        work.add(placed(about(ChangeKind::drop_sequence, ObjectKind::sequence, was.name), was.where,
                        {}))
            .before = create_sql(was);
      },
      [&](const auto& new_side) {
        const Sequence& now = new_side.second;
        if (now.identity || new_with_column(now)) return;
        work.add(placed(about(ChangeKind::add_sequence, ObjectKind::sequence, now.name), {},
                        now.where))
            .after = create_sql(now);
      });
}

// ---- what looks like a rename
// --------------------------------------------------------------------

namespace {

/// Half of the columns have the same name and type.
bool alike(const Table& a, const Table& b) {
  if (a.kind != b.kind || a.columns.empty()) return false;
  std::size_t same = 0;
  for (const Column& column : a.columns) {
    const Column* other = b.column(column.name);
    if (other != nullptr && same_type(column.type, other->type)) ++same;
  }
  return same * 2 >= std::max(a.columns.size(), b.columns.size());
}

bool alike(const Comparison& work, const Change& gone, const Change& added) {
  switch (gone.kind) {
    case ChangeKind::drop_table:
      return alike(work.before.tables.at(gone.relation), work.after.tables.at(added.relation));
    case ChangeKind::drop_column: {
      if (gone.relation != added.relation || gone.part == added.part) return false;
      const Column* was = work.before.tables.at(gone.relation).column(gone.part);
      const Column* now = work.after.tables.at(added.relation).column(added.part);
      return was != nullptr && now != nullptr && same_type(was->type, now->type) &&
             was->generated == now->generated;
    }
    case ChangeKind::drop_constraint:
      return gone.relation == added.relation && gone.part != added.part &&
             gone.before == added.after;
    case ChangeKind::drop_index: {
      const Index &was = work.before.indexes.at(gone.relation),
                  &now = work.after.indexes.at(added.relation);
      return was.table == now.table && was.name != now.name &&
             same_index(was, work.before, now, work.after);
    }
    case ChangeKind::drop_type: {
      const Type &was = work.before.types.at(gone.relation),
                 &now = work.after.types.at(added.relation);
      Type renamed = was;
      renamed.name = now.name;
      return create_sql(renamed) == create_sql(now);
    }
    case ChangeKind::drop_view: {
      const View &was = work.before.views.at(gone.relation),
                 &now = work.after.views.at(added.relation);
      return was.name != now.name && was.materialized == now.materialized &&
             same_query(was, work.before, now, work.after);
    }
    case ChangeKind::drop_sequence:
      return work.before.sequences.at(gone.relation).options ==
             work.after.sequences.at(added.relation).options;
    case ChangeKind::drop_enum_value:
      return gone.relation == added.relation;
    default:
      return false;
  }
}

}  // namespace

void mark_fragile(Comparison& work) {
  static constexpr std::pair<ChangeKind, ChangeKind> pairs[] = {
      {ChangeKind::drop_table, ChangeKind::add_table},
      {ChangeKind::drop_column, ChangeKind::add_column},
      {ChangeKind::drop_constraint, ChangeKind::add_constraint},
      {ChangeKind::drop_index, ChangeKind::add_index},
      {ChangeKind::drop_type, ChangeKind::add_type},
      {ChangeKind::drop_view, ChangeKind::add_view},
      {ChangeKind::drop_sequence, ChangeKind::add_sequence},
      {ChangeKind::drop_enum_value, ChangeKind::add_enum_value}};
  constexpr std::size_t most =
      200;  // a rename is one of few; a rewrite of everything is not looked at pair by pair
  for (const auto& [drop, add] : pairs) {
    std::vector<Change*> gone, added;
    for (Change& change : work.changes) {
      if (change.object_kind == ObjectKind::domain_constraint) continue;
      if (change.kind == drop) gone.push_back(&change);
      if (change.kind == add) added.push_back(&change);
    }
    if (gone.size() > most || added.size() > most) continue;
    for (Change* was : gone) {
      for (Change* now : added) {
        if (now->fragile || !alike(work, *was, *now)) continue;
        was->fragile = now->fragile = true;
        break;
      }
    }
  }
}

}  // namespace schemagate::diffing
