// SPDX-License-Identifier: MIT
// What the statements of migrations rely on that change no schema.
#include <algorithm>

#include "base/text.h"
#include "schema/access.h"
#include "schema/access_names.h"
#include "schema/access_path.h"
#include "schema/access_reader.h"
#include "schema/apply.h"
#include "schema/parse.h"
#include "schema/session_names.h"

namespace schemagate {
namespace {

RowWork work_of(DataKind kind) {
  switch (kind) {
    case DataKind::insert:
    case DataKind::copy_from:
      return RowWork::inserts;
    case DataKind::update:
      return RowWork::updates;
    case DataKind::delete_:
      return RowWork::removes;
    case DataKind::merge:
      return RowWork::everything;
    default:
      return RowWork::reads;
  }
}

StatementUse of(const DataStatement& statement) {
  StatementUse use;
  use.references = statement.references;
  use.work = work_of(statement.kind);
  use.literals = statement.literals;
  use.text = statement.sql;
  if (statement.kind == DataKind::copy_from)
    for (RelationUse& relation : use.references.relations) {
      relation.mode = 3;
      relation.inserted = true;
    }
  if (statement.target.empty()) return use;
  use.target = statement.target;
  use.columns = statement.columns;
  use.makes_rows = statement.kind == DataKind::insert || statement.kind == DataKind::copy_from;
  use.looks_for_conflicts = statement.on_conflict;
  const bool has_values = statement.kind == DataKind::insert ||
                          statement.kind == DataKind::update || statement.kind == DataKind::delete_;
  if (has_values) use.data = statement;
  for (const std::string& column : statement.columns)
    use.references.columns.push_back({statement.target.name, column});
  if (use.makes_rows && statement.columns.empty())
    use.references.columns.push_back({statement.target.name, "*"});
  return use;
}

StatementUse of(const DoBlock& block) {
  StatementUse use;
  use.body = block.body;
  use.block = block;
  use.work = RowWork::everything;
  return use;
}

void add(StatementUse& use, const QualifiedName& relation) {
  if (!relation.empty()) use.references.relations.push_back({relation, relation.name});
}

StatementUse of(const std::vector<QualifiedName>& relations) {
  StatementUse use;
  for (const QualifiedName& relation : relations) add(use, relation);
  return use;
}

StatementUse of(const Truncate& truncate) {
  StatementUse use = of(truncate.tables);
  use.work = RowWork::removes;
  use.truncates = true;
  use.cascades = truncate.cascade;
  use.restarts = truncate.restart_identity;
  for (RelationUse& relation : use.references.relations) relation.mode = 3;
  return use;
}

/// Its content is made anew of the rows below.
StatementUse of(const Refresh& refresh) {
  StatementUse use = of(std::vector<QualifiedName>{refresh.name});
  use.work = RowWork::reads;
  use.refreshes = true;
  use.concurrently = refresh.concurrently;
  use.with_no_data = refresh.with_no_data;
  return use;
}

StatementUse of(const CreateTableAs& table) {
  StatementUse use;
  use.references = table.query.references;
  use.text = table.query.sql;
  use.work = table.with_no_data ? RowWork::none : RowWork::reads;
  return use;
}

StatementUse of(const Vacuum& vacuum) {
  StatementUse use = of(vacuum.tables);
  for (std::size_t i = 0; i < vacuum.columns.size(); ++i)
    for (const std::string& column : vacuum.columns[i])
      use.references.columns.push_back({vacuum.tables[i].name, column});
  return use;
}

/// What PREPARE, DECLARE and EXPLAIN ANALYZE have in them counts as if it ran there.
std::optional<StatementUse> of(const OtherStatement& statement) {
  Explained inside;
  if (statement.tag == "EXPLAIN")
    inside = explained(statement);
  else if (statement.tag == "PREPARE" || statement.tag == "DECLARE CURSOR")
    inside = {query_of(statement), true};
  else if (statement.tag != "EXECUTE" || statement.references.functions.empty())
    return std::nullopt;
  for (const Statement& one : parse_text(inside.sql).statements)
    if (auto use = use_of(one)) {
      if (!inside.runs) use->work = RowWork::none;
      return use;
    }
  StatementUse use;
  use.references = statement.references;
  use.work = RowWork::reads;
  return use;
}

/// CONCURRENTLY compares rows by a unique index.
void add_unique_indexes(const Catalog& catalog, const StatementUse& use, ChangeAccess& access) {
  if (!use.refreshes || !use.concurrently) return;
  for (const RelationUse& relation : use.references.relations)
    for (const Index* index : catalog.indexes_of(planning::resolved(relation.name, catalog)))
      if (index->unique) access.reads.insert(planning::relation_thing(index->name));
}

/// What the values that the statement writes must fulfil.
void add_restrictions(const Table& table, const StatementUse& use, ChangeAccess& access) {
  for (const Column& column : table.columns) {
    const bool writes = use.columns.empty() ? use.makes_rows
                                            : std::find(use.columns.begin(), use.columns.end(),
                                                        column.name) != use.columns.end();
    if (writes) access.reads.insert(access::restriction(table.name, column.name));
  }
}

}  // namespace

std::optional<StatementUse> use_of(const Statement& statement) {
  if (const auto* data = statement.as<DataStatement>()) return of(*data);
  if (const auto* block = statement.as<DoBlock>()) return of(*block);
  if (const auto* truncate = statement.as<Truncate>()) return of(*truncate);
  if (const auto* lock = statement.as<LockTable>()) return of(lock->tables);
  if (const auto* vacuum = statement.as<Vacuum>()) return of(*vacuum);
  if (const auto* refresh = statement.as<Refresh>()) return of(*refresh);
  if (const auto* table = statement.as<CreateTableAs>()) return of(*table);
  if (const auto* other = statement.as<OtherStatement>()) return of(*other);
  const auto* reindex = statement.as<Reindex>();
  if (auto change = use_of_change(statement)) return change;
  const bool of_relation = reindex != nullptr && (reindex->kind == ReindexKind::index ||
                                                  reindex->kind == ReindexKind::table);
  return of_relation ? std::optional(of(std::vector<QualifiedName>{reindex->name})) : std::nullopt;
}

std::optional<StatementUse> use_of(const Statement& statement, const Catalog& catalog,
                                   const std::vector<std::string>& search_path) {
  std::optional<StatementUse> use = use_of(statement);
  const bool is_plain =
      std::all_of(search_path.begin(), search_path.end(), [](const std::string& schema) {
        return schema == "public" || schema == "pg_catalog" || schema == "$user";
      });
  if (is_plain) return use;
  const std::vector<AccessKey> shadows = shadows_of(statement, catalog, search_path);
  if (!use) {
    if (shadows.empty()) return use;
    use.emplace();
    use->changes_schema = true;
    use->names = shadows;
    return use;
  }
  use->names.insert(use->names.end(), shadows.begin(), shadows.end());
  use->other_path = true;
  const auto find_home = [&](QualifiedName& name) {
    if (name.empty() || !name.schema.empty()) return;
    if (auto found = resolve_relation(catalog, search_path, name)) name = *found;
  };
  for (RelationUse& relation : use->references.relations) find_home(relation.name);
  for (QualifiedName& sequence : use->references.sequences) find_home(sequence);
  find_home(use->target);
  return use;
}

ChangeAccess access_of(const Catalog& catalog, const StatementUse& use) {
  ChangeAccess access;
  for (const RelationUse& relation : use.references.relations)
    if (relation.mode == 3)
      access.reads.insert(access::fired_by(planning::resolved(relation.name, catalog)));
  access::Reader reader(catalog, access.reads);
  reader.add(planning::uses_of(use.references, catalog, nullptr));
  for (const std::string* text : {&use.text, &use.body}) reader.text(*text);
  add_unique_indexes(catalog, use, access);
  if (!use.body.empty()) {
    Function block;
    block.definition.body = use.body;
    reader.function(block);
  }
  access.reads.insert(use.names.begin(), use.names.end());
  if (use.changes_schema) reader.whole_rows(use.references);
  if (use.target.empty()) return access;
  const Table* table = find(catalog.tables, planning::resolved(use.target, catalog));
  if (table == nullptr) return access;
  add_restrictions(*table, use, access);
  if (!use.makes_rows) return access;
  for (const Column& column : table->columns)
    if (!use.columns.empty() &&
        std::find(use.columns.begin(), use.columns.end(), column.name) == use.columns.end())
      access.reads.insert(access::default_of(table->name, column.name));
  reader.whole_rows(use.references, use.target.name);
  std::set<std::string> listed;
  for (const std::string& column : use.columns) listed.insert(to_lower(column));
  if (listed.empty())
    for (const Column& column : table->columns) listed.insert(to_lower(column.name));
  reader.rows(*table, listed, use.looks_for_conflicts);
  return access;
}

}  // namespace schemagate
