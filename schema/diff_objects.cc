// SPDX-License-Identifier: MIT
// Views, functions, triggers, policies, rules, privileges and what the catalog keeps as text.
#include <algorithm>

#include "base/text.h"
#include "schema/default_privileges.h"
#include "schema/diff_parts.h"
#include "schema/object_options.h"
#include "schema/options.h"
#include "schema/render.h"
#include "schema/text_search.h"

namespace schemagate::diffing {
namespace {

void attribute(Comparison& work, const Change& what, const std::string& detail, std::string was,
               std::string now) {
  if (was == now) return;
  Change& change = work.add(what);
  change.detail = detail;
  change.before = std::move(was);
  change.after = std::move(now);
}

// ---- views
// ---------------------------------------------------------------------------------------

ObjectKind kind_of(const View& view) {
  return view.materialized ? ObjectKind::materialized_view : ObjectKind::view;
}

void view_added(Comparison& work, const View& view) {
  Change& change =
      work.add(placed(about(ChangeKind::add_view, kind_of(view), view.name), {}, view.where));
  change.after = create_sql(view);
}
void view_dropped(Comparison& work, const View& view) {
  Change& change =
      work.add(placed(about(ChangeKind::drop_view, kind_of(view), view.name), view.where, {}));
  change.before = create_sql(view);
}

bool same_defaults(const View& was, const Catalog& before, const View& now, const Catalog& after) {
  return std::equal(
      was.column_defaults.begin(), was.column_defaults.end(), now.column_defaults.begin(),
      now.column_defaults.end(), [&](const auto& x, const auto& y) {
        return x.first == y.first && same_expression(x.second, {&before, nullptr, nullptr},
                                                     y.second, {&after, nullptr, nullptr});
      });
}

void compare_view(Comparison& work, const View& was, const View& now) {
  if (was.materialized != now.materialized) {
    view_dropped(work, was);
    work.renewed.insert(now.name);
    return view_added(work, now);
  }
  const Change what =
      placed(about(ChangeKind::alter_view, kind_of(now), now.name), was.where, now.where);
  const bool same_text = was.query.sql == now.query.sql && was.column_names == now.column_names &&
                         was.query.sql.find('*') == std::string::npos;
  if (was.check_option != now.check_option ||
      !(same_text || same_query(was, work.before, now, work.after))) {
    Change& change = work.add(what);
    change.kind = ChangeKind::replace_view;
    change.before = create_sql(was);
    change.after = create_sql(now);
  }
  attribute(work, what, "options", own_options(was.options, now.options),
            own_options(now.options, was.options));
  attribute(work, what, "access method", was.access_method, now.access_method);
  attribute(work, what, "tablespace", was.tablespace, now.tablespace);
  compare_comment(work, what, was.comment, now.comment);
  compare_owner(work, what, was.owner, now.owner);
  if (!same_defaults(was, work.before, now, work.after)) {
    attribute(work, what, "defaults", join(column_statements(was), "; "),
              join(column_statements(now), "; "));
  }
  if (was.column_comments == now.column_comments) return;
  walk(
      was.column_comments, now.column_comments,
      [&](const auto& x, const auto& y) {
        compare_comment(work,
                        placed(about(ChangeKind::comment, ObjectKind::column, now.name, x.first),
                               was.where, now.where),
                        x.second, y.second);
      },
      [&](const auto& x) {
        compare_comment(work,
                        placed(about(ChangeKind::comment, ObjectKind::column, now.name, x.first),
                               was.where, now.where),
                        x.second, "");
      },
      [&](const auto& y) {
        compare_comment(work,
                        placed(about(ChangeKind::comment, ObjectKind::column, now.name, y.first),
                               was.where, now.where),
                        "", y.second);
      });
}

// ---- functions
// -----------------------------------------------------------------------------------

Change function_change(ChangeKind kind, const std::string& key, const Function& function) {
  Change change =
      about(kind, function.definition.procedure ? ObjectKind::procedure : ObjectKind::function,
            function.definition.name);
  change.object = key;
  return change;
}

// ---- triggers, policies, rules
// -------------------------------------------------------------------

struct Part {
  ObjectKind kind;
  ChangeKind add, drop, alter;
};
constexpr Part trigger_part{ObjectKind::trigger, ChangeKind::add_trigger, ChangeKind::drop_trigger,
                            ChangeKind::alter_trigger};
constexpr Part policy_part{ObjectKind::policy, ChangeKind::add_policy, ChangeKind::drop_policy,
                           ChangeKind::alter_policy};
constexpr Part rule_part{ObjectKind::rule, ChangeKind::add_rule, ChangeKind::drop_rule,
                         ChangeKind::alter_rule};

template <class Object>
const Object* find_named(const std::vector<Object>& list, const std::string& name) {
  const auto found = std::find_if(list.begin(), list.end(),
                                  [&](const Object& object) { return object.name == name; });
  return found == list.end() ? nullptr : &*found;
}

const Table* table_of(const Catalog& catalog, const QualifiedName& relation) {
  const auto found = catalog.tables.find(relation);
  return found == catalog.tables.end() ? nullptr : &found->second;
}

template <class Object>
void compare_parts(Comparison& work, const QualifiedName& relation,
                   const std::vector<Object>& before, const std::vector<Object>& after,
                   const Part& part) {
  for (const Object& was : before) {
    if (find_named(after, was.name) != nullptr) continue;
    Change& change =
        work.add(placed(about(part.drop, part.kind, relation, was.name), was.where, {}));
    change.before = was.definition;
  }
  for (const Object& now : after) {
    const Object* was = find_named(before, now.name);
    const Change what = placed(about(part.alter, part.kind, relation, now.name),
                               was == nullptr ? Span{} : was->where, now.where);
    if (was == nullptr) {
      Change& change = work.add(what);
      change.kind = part.add;
      change.after = now.definition;
      continue;
    }
    if (!same_statement(was->definition, {&work.before, table_of(work.before, relation), nullptr},
                        now.definition, {&work.after, table_of(work.after, relation), nullptr})) {
      attribute(work, what, "", was->definition, now.definition);
    }
    attribute(work, what, "enabled", std::string(1, was->enabled), std::string(1, now.enabled));
    compare_comment(work, what, was->comment, now.comment);
  }
}

void table_parts(Comparison& work, const Table& before, const Table& after) {
  compare_parts(work, after.name, before.triggers, after.triggers, trigger_part);
  compare_parts(work, after.name, before.policies, after.policies, policy_part);
  compare_parts(work, after.name, before.rules, after.rules, rule_part);
}
void view_parts(Comparison& work, const View& before, const View& after) {
  compare_parts(work, after.name, before.triggers, after.triggers, trigger_part);
  compare_parts(work, after.name, before.rules, after.rules, rule_part);
}

/// Default privileges FOR ROLE of whoever runs the statement are the same as those without it.
std::string without_role(const std::string& sql) {
  const auto role = sql.find(" FOR ROLE ");
  if (role == std::string::npos) return sql;
  const auto end = std::min({sql.find(" IN SCHEMA ", role), sql.find(" GRANT ", role),
                             sql.find(" REVOKE ", role), sql.size()});
  return sql.substr(0, role) + sql.substr(end);
}
bool has_twin(const OpaqueObject& of, const Catalog& there) {
  if (of.object.kind != ObjectKind::default_privileges) return false;
  const std::string bare = without_role(of.definition);
  if (bare != of.definition) return there.objects.count(bare) != 0;
  return std::any_of(there.objects.begin(), there.objects.end(), [&](const auto& other) {
    return other.second.object.kind == of.object.kind &&
           without_role(other.second.definition) == bare;
  });
}

/// Objects that this change drops, for privileges that go along; those that come back are
/// `renewed`.
struct Dropped {
  std::set<std::string> gone, renewed;
};
Dropped dropped_objects(const std::vector<Change>& changes) {
  std::set<std::string> dropped, added;
  for (const Change& change : changes) {
    const std::string_view word = to_string(change.kind);
    if (word.substr(0, 5) == "drop-" && change.kind != ChangeKind::drop_not_null &&
        change.kind != ChangeKind::drop_default) {
      dropped.insert(change.object);
    }
    if (word.substr(0, 4) == "add-") added.insert(change.object);
  }
  Dropped result;
  for (const std::string& object : dropped)
    (added.count(object) != 0 ? result.renewed : result.gone).insert(object);
  return result;
}

/// A sequence that becomes an identity's, or is no longer one's, is another sequence of its name.
void add_identities(const Comparison& work, Dropped& dropped) {
  for (const auto& [name, now] : work.after.sequences) {
    const auto was = work.before.sequences.find(name);
    if (was != work.before.sequences.end() && was->second.identity != now.identity)
      dropped.renewed.insert(to_sql(name));
  }
}

}  // namespace

std::string without_defaults(const OpaqueObject& of) {
  if (of.object.kind == ObjectKind::text_search_configuration)
    return configuration_meaning(of.definition).value_or(of.definition);
  if (of.object.kind == ObjectKind::text_search_dictionary)
    return dictionary_meaning(of.definition);
  if (has_object_options(of.object.kind)) {
    ObjectOptions object = object_options(of.definition);
    object.options = by_name(std::move(object.options));
    return to_sql(object);
  }
  if (of.object.kind != ObjectKind::publication) return of.definition;
  std::string text =
      replace_all(of.definition, " WITH (publish = 'insert, update, delete, truncate')", "");
  text = replace_all(std::move(text), "publish = 'insert, update, delete, truncate', ", "");
  return replace_all(std::move(text), "publish_via_partition_root = true",
                     "publish_via_partition_root");
}

void compare_views(Comparison& work) {
  walk(
      work.before.views, work.after.views,
      [&](const auto& was, const auto& now) { compare_view(work, was.second, now.second); },
      [&](const auto& was) { view_dropped(work, was.second); },
      [&](const auto& now) { view_added(work, now.second); });
}

void compare_functions(Comparison& work) {
  walk(
      work.before.functions, work.after.functions,
      [&](const auto& old_side, const auto& new_side) {
        const Function &was = old_side.second, &now = new_side.second;
        const Change what = placed(function_change(ChangeKind::alter_function, new_side.first, now),
                                   was.where, now.where);
        if (was.definition.procedure != now.definition.procedure ||
            !same_function(was, work.before, now, work.after)) {
          Change& change = work.add(what);
          change.kind = ChangeKind::replace_function;
          change.before = was.definition.definition;
          change.after = now.definition.definition;
        }
        compare_comment(work, what, was.comment, now.comment);
        compare_owner(work, what, was.owner, now.owner);
      },
      [&](const auto& was) {
        Change& change =
            work.add(placed(function_change(ChangeKind::drop_function, was.first, was.second),
                            was.second.where, {}));
        change.before = was.second.definition.definition;
      },
      [&](const auto& now) {
        Change& change =
            work.add(placed(function_change(ChangeKind::add_function, now.first, now.second), {},
                            now.second.where));
        change.after = now.second.definition.definition;
      });
}

void compare_table_objects(Comparison& work) {
  const Table no_table;
  const View no_view;
  walk(
      work.before.tables, work.after.tables,
      [&](const auto& was, const auto& now) {
        const bool renewed = work.renewed.count(now.first) != 0;
        table_parts(work, renewed ? no_table : was.second, now.second);
      },
      [](const auto&) {}, [&](const auto& now) { table_parts(work, no_table, now.second); });
  walk(
      work.before.views, work.after.views,
      [&](const auto& was, const auto& now) {
        const bool renewed = work.renewed.count(now.first) != 0;
        view_parts(work, renewed ? no_view : was.second, now.second);
      },
      [](const auto&) {}, [&](const auto& now) { view_parts(work, no_view, now.second); });
}

void compare_objects(Comparison& work) {
  const auto object = [](ChangeKind kind, const std::string& key, const OpaqueObject& of) {
    Change change = about(kind, of.object.kind, of.object.name);
    change.object = key;
    return change;
  };
  walk(
      work.before.objects, work.after.objects,
      [&](const auto& old_side, const auto& new_side) {
        const OpaqueObject &was = old_side.second, &now = new_side.second;
        const Change what =
            placed(object(ChangeKind::alter_object, new_side.first, now), was.where, now.where);
        if (!same_statement(without_defaults(was), {&work.before}, without_defaults(now),
                            {&work.after}))
          attribute(work, what, "", was.definition, now.definition);
        compare_comment(work, what, was.comment, now.comment);
        compare_owner(work, what, was.owner, now.owner);
      },
      [&](const auto& was) {
        if (has_twin(was.second, work.after)) return;
        Change& change = work.add(
            placed(object(ChangeKind::drop_object, was.first, was.second), was.second.where, {}));
        change.before = was.second.definition;
      },
      [&](const auto& now) {
        if (has_twin(now.second, work.before)) return;
        Change& change = work.add(
            placed(object(ChangeKind::add_object, now.first, now.second), {}, now.second.where));
        change.after = now.second.definition;
      });
  std::vector<const OpaqueObject*> rest;
  for (const OpaqueObject& was : work.before.opaque) rest.push_back(&was);
  for (const OpaqueObject& now : work.after.opaque) {
    const auto same = std::find_if(rest.begin(), rest.end(), [&](const OpaqueObject* was) {
      return was->definition == now.definition;
    });
    if (same != rest.end()) {
      rest.erase(same);
      continue;
    }
    Change& change =
        work.add(placed(object(ChangeKind::opaque, now.object.sql, now), {}, now.where));
    change.after = now.definition;
  }
  for (const OpaqueObject* was : rest) {
    Change& change =
        work.add(placed(object(ChangeKind::opaque, was->object.sql, *was), was->where, {}));
    change.before = was->definition;
    work.notes.push_back("a statement that is not modelled is gone, nothing is planned for it: " +
                         was->definition);
  }
}

namespace {

/// Objects that are made while default privileges stand that their file has after them.
void undo_defaults(Comparison& work, const Dropped& dropped) {
  const auto entries = shared_default_privileges(work.before, work.after);
  if (entries.empty()) return;
  const auto made = [&](ObjectKind kind, const std::string& schema, const std::string& object,
                        bool is_new, Span where) {
    if (!is_new && dropped.renewed.count(object) == 0) return;
    for (const Privilege& privilege :
         undone_defaults(entries, work.after.privileges, kind, schema, object)) {
      Change change;
      change.kind = privilege.revoked ? ChangeKind::revoke : ChangeKind::grant;
      change.object_kind = kind;
      change.object = object;
      change.after = grant_sql(privilege, work.after);
      work.add(placed(std::move(change), {}, where));
    }
  };
  const auto each = [&](ObjectKind kind, const auto& before, const auto& after) {
    for (const auto& [name, object] : after)
      made(kind, name.schema, to_sql(name), before.count(name) == 0, object.where);
  };
  each(ObjectKind::table, work.before.tables, work.after.tables);
  each(ObjectKind::table, work.before.views, work.after.views);
  each(ObjectKind::sequence, work.before.sequences, work.after.sequences);
  each(ObjectKind::type, work.before.types, work.after.types);
  for (const auto& [key, function] : work.after.functions)
    made(ObjectKind::function, function.definition.name.schema, key,
         work.before.functions.count(key) == 0, function.where);
}

/// The old side's privileges as they are once the objects have their new owners.
std::map<Privilege, Span> privileges_of_new_owners(const Comparison& work) {
  std::map<Privilege, Span> privileges = work.before.privileges;
  for (const Change& change : work.changes) {
    if (change.kind != ChangeKind::change_owner) continue;
    const ObjectKind kind = change.object_kind == ObjectKind::procedure ? ObjectKind::function
                            : change.object_kind == ObjectKind::domain  ? ObjectKind::type
                            : change.object_kind == ObjectKind::view ||
                                    change.object_kind == ObjectKind::materialized_view ||
                                    change.object_kind == ObjectKind::foreign_table
                                ? ObjectKind::table
                                : change.object_kind;
    const PassedPrivileges passed =
        pass_to_owner(privileges, kind, change.object, change.before, change.after);
    for (const Privilege& gone : passed.gone) privileges.erase(gone);
    privileges.insert(passed.made.begin(), passed.made.end());
  }
  return privileges;
}

}  // namespace

void compare_privileges(Comparison& work) {
  Dropped dropped = dropped_objects(work.changes);
  add_identities(work, dropped);
  undo_defaults(work, dropped);
  if (work.before.privileges.empty() && work.after.privileges.empty()) return;
  const auto before = privileges_of_new_owners(work);
  const auto set = [&](const Privilege& privilege, Span was, Span now) {
    Change change;
    change.kind = privilege.revoked ? ChangeKind::revoke : ChangeKind::grant;
    change.object_kind = privilege.kind;
    change.object = privilege.object;
    change.part = privilege.column;
    change.after = grant_sql(privilege, work.after);
    work.add(placed(std::move(change), was, now));
  };
  const auto unset = [&](Privilege privilege, Span was) {
    if (dropped.gone.count(privilege.object) != 0 || dropped.renewed.count(privilege.object) != 0)
      return;
    if (!privilege.column.empty() &&
        dropped.gone.count(privilege.object + "." + quote_identifier(privilege.column)) != 0)
      return;
    privilege.revoked = !privilege.revoked;
    set(privilege, was, {});
    work.changes.back().before = work.changes.back().after;
  };
  const auto renewed = [&](const Privilege& privilege) {
    return dropped.renewed.count(privilege.object) != 0 ||
           (!privilege.column.empty() &&
            dropped.renewed.count(privilege.object + "." + quote_identifier(privilege.column)) !=
                0);
  };
  walk(
      before, work.after.privileges,
      [&](const auto& was, const auto& now) {
        if (renewed(now.first)) set(now.first, was.second, now.second);
      },
      [&](const auto& was) {
        Privilege other = was.first;
        other.grant_option = !other.grant_option;
        // WITH GRANT OPTION comes or goes: the grant itself stays.
        const auto now = work.after.privileges.find(other);
        if (now != work.after.privileges.end() && !was.first.revoked) {
          if (!was.first.grant_option) return;
          Change change;
          change.kind = ChangeKind::revoke;
          change.object_kind = was.first.kind;
          change.object = was.first.object;
          change.part = was.first.column;
          Privilege option = was.first;
          option.revoked = true;
          change.after = grant_sql(option, work.after);
          change.after.insert(7, "GRANT OPTION FOR ");
          work.add(placed(std::move(change), was.second, now->second));
          return;
        }
        unset(was.first, was.second);
      },
      [&](const auto& now) {
        Privilege other = now.first;
        other.grant_option = !other.grant_option;
        if (before.count(other) != 0 && !now.first.grant_option && !now.first.revoked &&
            !renewed(now.first))
          return;
        set(now.first, {}, now.second);
      });
}

}  // namespace schemagate::diffing
