// SPDX-License-Identifier: MIT
// CREATE VIEW and CREATE MATERIALIZED VIEW.
#include <algorithm>

#include "schema/apply_parts.h"
#include "schema/generated_names.h"

namespace schemagate {
namespace {

/// Relations of the system catalogs need no statement, and neither do those of an extension.
bool may_exist(const Execution& run, const QualifiedName& name) {
  if (name.schema == "pg_catalog" || name.schema == "information_schema") return true;
  if (name.schema.empty() && name.name.starts_with("pg_")) return true;
  return run.session.partial || run.declared != nullptr || !run.catalog.extensions.empty();
}

bool sources_exist(Execution& run, const Query& query) {
  for (const auto& use : query.references.relations) {
    if (run.relation_or_declared(use.name) || may_exist(run, use.name)) continue;
    // A query's relation is looked for by its whole name: no word of the schema.
    run.refuse_missing("42P01", "relation \"" + to_sql(use.name) + "\" does not exist",
                       use.name.name);
    return false;
  }
  return true;
}

/// A star means the columns that are there now, when all the relations are known.
void expand_stars(const Execution& run, References& references) {
  if (run.declared != nullptr) return;  // a later file may add columns
  std::vector<ColumnUse> expanded;
  for (const auto& use : references.columns) {
    if (use.name != "*") {
      expanded.push_back(use);
      continue;
    }
    for (const auto& relation : references.relations) {
      if (!use.qualifier.empty() && use.qualifier != relation.alias) continue;
      const auto table = run.catalog.tables.find(relation.name);
      if (table == run.catalog.tables.end() || table->second.incomplete) {
        expanded.push_back({relation.alias, "*"});
        continue;
      }
      for (const auto& column : table->second.columns)
        expanded.push_back({relation.alias, column.name});
    }
  }
  references.columns = std::move(expanded);
}

/// The view's column names; empty where they can't be known.
std::vector<std::string> columns_of(const View& view) {
  std::vector<std::string> names = view.query.output_columns;
  for (std::size_t i = 0; i < view.column_names.size(); ++i) {
    if (i < names.size()) {
      names[i] = view.column_names[i];
    } else {
      names.push_back(view.column_names[i]);
    }
  }
  const bool known = std::none_of(names.begin(), names.end(), [](const std::string& name) {
    return name.empty() || name == "*";
  });
  return known ? names : std::vector<std::string>();
}

/// CREATE OR REPLACE keeps the columns there are, in their order, and may add some.
bool may_replace(Execution& run, const View& old, const View& view) {
  if (old.materialized) {
    run.refuse("42809", "\"" + old.name.name + "\" is not a view");
    return false;
  }
  const auto before = columns_of(old);
  const auto after = columns_of(view);
  if (before.empty() || after.empty()) return true;
  if (after.size() < before.size()) {
    run.refuse("42P16", "cannot drop columns from view");
    return false;
  }
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] == after[i]) continue;
    run.refuse("42P16",
               "cannot change name of view column \"" + before[i] + "\" to \"" + after[i] + "\"");
    return false;
  }
  return true;
}

View made(Execution& run, const CreateView& statement) {
  View view;
  view.name = statement.temporary ? QualifiedName{"pg_temp", statement.name.name}
                                  : run.new_name(statement.name);
  view.name.name = truncated_name(std::move(view.name.name));
  view.materialized = statement.materialized;
  view.column_names = statement.column_names;
  view.query = statement.query;
  run.resolve(view.query.sql, view.query.references);
  expand_stars(run, view.query.references);
  view.options = statement.options;
  view.check_option = statement.check_option;
  view.access_method = statement.access_method;
  view.tablespace = statement.tablespace;
  view.populated = !statement.with_no_data;
  view.where = run.span;
  return view;
}

void replace(Execution& run, View& old, View view) {
  view.owner = std::move(old.owner);
  view.comment = std::move(old.comment);
  view.column_comments = std::move(old.column_comments);
  view.column_defaults = std::move(old.column_defaults);
  view.triggers = std::move(old.triggers);
  view.rules = std::move(old.rules);
  run.link(view);
  old = std::move(view);
}

}  // namespace

void perform(Execution& run, const CreateView& statement) {
  if (!sources_exist(run, statement.query)) return;
  View view = made(run, statement);
  if (!run.use_schema(view.name.schema)) return;
  if (run.relation_name_taken(view.name)) {
    if (statement.if_not_exists) return;
    const auto existing = run.catalog.views.find(view.name);
    const bool is_view = existing != run.catalog.views.end();
    if (statement.or_replace && is_view) {
      if (!may_replace(run, existing->second, view)) return;
      View& old = *run.change(&Catalog::views, view.name);
      if (old.query.sql != view.query.sql) {
        run.note_replaced("42P07", "relation \"" + view.name.name + "\" already exists", old.where);
      }
      return replace(run, old, std::move(view));
    }
    return run.refuse_duplicate("42P07", "relation \"" + view.name.name + "\" already exists", {},
                                is_view ? existing->second.where : Span{});
  }
  run.link(view);
  run.created(view.name);
  const QualifiedName name = view.name;
  run.put(&Catalog::views, name, std::move(view));
  grant_defaults(run, ObjectKind::table, name.schema, to_sql(name));
}

}  // namespace schemagate
