// SPDX-License-Identifier: MIT
#include <algorithm>

#include "schema/builtin_extensions.h"
#include "schema/diff_parts.h"
#include "schema/diff_renames.h"
#include "schema/render.h"

namespace schemagate {
namespace diffing {

Change about(ChangeKind kind, ObjectKind object_kind, const QualifiedName& name) {
  Change change;
  change.kind = kind;
  change.object_kind = object_kind;
  change.relation = name;
  change.object = to_sql(name);
  return change;
}

Change about(ChangeKind kind, ObjectKind object_kind, const QualifiedName& relation,
             const std::string& part) {
  Change change = about(kind, object_kind, relation);
  change.part = part;
  change.object += "." + quote_identifier(part);
  return change;
}

Change placed(Change change, Span was, Span now) {
  change.where_old = was;
  change.where_new = now;
  return change;
}

void compare_comment(Comparison& work, const Change& what, const std::string& before,
                     const std::string& after) {
  if (before == after) return;
  Change change = what;
  change.kind = ChangeKind::comment;
  change.before = before;
  change.after = after;
  work.add(std::move(change));
}

std::string own_options(const Options& side, const Options& other) {
  Options own;
  std::copy_if(side.begin(), side.end(), std::back_inserter(own), [&](const auto& option) {
    return std::find(other.begin(), other.end(), option) == other.end();
  });
  return options_sql(own);
}

/// A side that does not say who owns the object has no opinion.
void compare_owner(Comparison& work, const Change& what, const std::string& before,
                   const std::string& after) {
  if (before == after || after.empty()) return;
  Change change = what;
  change.kind = ChangeKind::change_owner;
  change.before = before;
  change.after = after;
  work.add(std::move(change));
}

/// The server comments on its own extensions: a side that says nothing has that.
void compare_extension_comments(Comparison& work, const Change& what, const Extension& was,
                                const Extension& now) {
  const std::string usual(comment_of_extension(now.name));
  if (usual.empty() && (was.comment.empty() || now.comment.empty())) return;
  compare_comment(work, what, was.comment.empty() ? usual : was.comment,
                  now.comment.empty() ? usual : now.comment);
}

void compare_schemas(Comparison& work) {
  const auto schema = [](ChangeKind kind, const std::string& name) {
    Change change = about(kind, ObjectKind::schema, {"", name});
    return change;
  };
  const auto added = [&](const Schema& now) {
    Change& change = work.add(schema(ChangeKind::add_schema, now.name));
    change.after = create_sql(now);
    change.where_new = now.where;
  };
  walk(
      work.before.schemas, work.after.schemas,
      [&](const auto& old_side, const auto& new_side) {
        const Schema &was = old_side.second, &now = new_side.second;
        if (was.implicit && !now.implicit && now.name != "public") return added(now);
        Change what = schema(ChangeKind::comment, now.name);
        what.where_old = was.where;
        what.where_new = now.where;
        compare_comment(work, what, was.comment, now.comment);
        compare_owner(work, what, was.owner, now.owner);
      },
      [&](const auto& old_side) {
        if (old_side.first == "public" || old_side.second.implicit) return;
        Change& change = work.add(schema(ChangeKind::drop_schema, old_side.first));
        change.before = create_sql(old_side.second);
        change.where_old = old_side.second.where;
      },
      [&](const auto& new_side) {
        if (new_side.first != "public" && !new_side.second.implicit) added(new_side.second);
      });
  walk(
      work.before.extensions, work.after.extensions,
      [&](const auto& old_side, const auto& new_side) {
        const Extension &was = old_side.second, &now = new_side.second;
        Change what = about(ChangeKind::alter_extension, ObjectKind::extension, {"", now.name});
        what.where_old = was.where;
        what.where_new = now.where;
        compare_extension_comments(work, what, was, now);
        const bool version = !now.version.empty() && was.version != now.version;
        const bool moved = !now.schema.empty() && !was.schema.empty() && was.schema != now.schema;
        for (const auto& [detail, differs] :
             {std::pair{"version", version}, std::pair{"schema", moved}}) {
          if (!differs) continue;
          Change& change = work.add(what);
          change.detail = detail;
          change.before = change.detail == "version" ? was.version : was.schema;
          change.after = change.detail == "version" ? now.version : now.schema;
        }
      },
      [&](const auto& old_side) {
        Change& change = work.add(
            about(ChangeKind::drop_extension, ObjectKind::extension, {"", old_side.first}));
        change.before = create_sql(old_side.second);
        change.where_old = old_side.second.where;
      },
      [&](const auto& new_side) {
        Change& change =
            work.add(about(ChangeKind::add_extension, ObjectKind::extension, {"", new_side.first}));
        change.after = create_sql(new_side.second);
        change.where_new = new_side.second.where;
      });
}

}  // namespace diffing

Diff diff(const Catalog& before, const Catalog& after, const std::vector<RenameHint>& hints) {
  diffing::Renames renames = diffing::find_renames(before, after, hints);
  const Catalog renamed = renames.changes.empty()
                              ? Catalog{}
                              : diffing::apply_renames(before, after, renames.changes).catalog;
  diffing::Comparison work{renames.changes.empty() ? before : renamed, after};
  work.changes = std::move(renames.changes);
  diffing::compare_schemas(work);
  diffing::compare_types(work);
  diffing::compare_tables(work);
  diffing::compare_sequences(work);
  diffing::compare_indexes(work);
  diffing::compare_views(work);
  diffing::compare_functions(work);
  diffing::compare_table_objects(work);
  diffing::compare_objects(work);
  diffing::compare_privileges(work);
  diffing::mark_fragile(work);
  return {std::move(work.changes), std::move(renames.unused), std::move(work.notes)};
}

}  // namespace schemagate
