// SPDX-License-Identifier: MIT
#include "schema/access_row_keys.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/text.h"
#include "schema/access_reader.h"
#include "schema/canonical_tree.h"

namespace schemagate::rows {
namespace {

using canonical::Node;
using canonical::NodeKind;

bool is_safe_operation(const Node& node) {
  constexpr std::array<std::string_view, 12> safe{"=",  "<>", "!=",      "<",
                                                  ">",  "<=", ">=",      "IS NOT NULL",
                                                  "IS", "IN", "IS NULL", "IS DISTINCT FROM"};
  return std::find(safe.begin(), safe.end(), node.text) != safe.end();
}
bool is_safe_call(const Node& node) {
  constexpr std::array<std::string_view, 5> safe{"lower", "upper", "coalesce", "COALESCE", "md5"};
  return node.names.size() == 1 &&
         std::find(safe.begin(), safe.end(), node.names.front()) != safe.end();
}

bool is_safe(const Node& node) {
  bool safe = false;
  switch (node.kind) {
    case NodeKind::name:
    case NodeKind::string:
    case NodeKind::number:
    case NodeKind::constant:
      return true;
    case NodeKind::all_of:
    case NodeKind::any_of:
    case NodeKind::negation:
    case NodeKind::row:
      safe = true;
      break;
    case NodeKind::operation:
    case NodeKind::quantified:
      safe = is_safe_operation(node);
      break;
    case NodeKind::call:
      safe = is_safe_call(node);
      break;
    case NodeKind::cast:  // of a constant: the server has made it when it read the expression
      return !node.children.empty() && (node.children.front().kind == NodeKind::string ||
                                        node.children.front().kind == NodeKind::number);
    default:
      return false;
  }
  return safe && std::all_of(node.children.begin(), node.children.end(), is_safe);
}

void add_columns(const References& of, std::vector<std::string>& columns) {
  for (const ColumnUse& use : of.columns) columns.push_back(use.name);
}

void read_values(const Tables& tables, const Table& table, RowAccess& access) {
  for (const Column& column : table.columns)
    access.reads.insert(tables.key(values, table, column.name));
}

void take_one(const Tables& tables, const AccessKey& thing, bool only_added, RowAccess& access) {
  if (thing.starts_with("c:")) {
    const std::string name = thing.substr(2);
    const std::size_t dot = name.rfind('.');
    if (const Table* table = tables.by_thing("r:" + name.substr(0, dot)))
      access.reads.insert(tables.key(values, *table, name.substr(dot + 1)));
  } else if (thing.starts_with("f:")) {
    access.reads.insert(std::string(function) + thing.substr(2));
  } else if (const bool columns = thing.starts_with("columns:");
             columns || thing.starts_with("r:")) {
    const Table* table = tables.by_thing(thing);
    const std::string name = thing.substr(thing.find(':') + 1);
    if (table == nullptr) {
      for (const std::string_view kind : {view, type})
        access.reads.insert(std::string(kind) + name);
      return;
    }
    if (columns) read_values(tables, *table, access);
    if (columns) access.reads.insert(tables.key(shape, *table));
    access.reads.insert(tables.key(added, *table));
    access.reads.insert(tables.key(members, *table));
    if (!only_added) access.reads.insert(tables.key(removed, *table));
  }
}

}  // namespace

const Table* Tables::named(const QualifiedName& written) const {
  for (const Catalog* catalog : {&catalog_, &other_})
    if (const Table* found = find(catalog->tables, planning::resolved(written, *catalog)))
      return found;
  return nullptr;
}

const Table* Tables::by_thing(const AccessKey& thing) const {
  const std::string name = thing.substr(thing.find(':') + 1);
  const std::size_t dot = name.find('.');
  const QualifiedName plain{name.substr(0, dot), name.substr(std::min(dot, name.size() - 1) + 1)};
  for (const Catalog* catalog : {&catalog_, &other_})
    if (const Table* found = find(catalog->tables, plain)) return found;
  if (name.find('"') == std::string::npos && name.rfind('.') == dot) return nullptr;
  for (const Catalog* catalog : {&catalog_, &other_})
    for (const auto& [of_table, table] : catalog->tables)
      if (of_table.schema + "." + of_table.name == name || to_sql(of_table) == name) return &table;
  return nullptr;
}

const Catalog& Tables::home_of(const Table& table) const {
  return find(catalog_.tables, table.name) == &table ? catalog_ : other_;
}

Tables::Tables(const Catalog& catalog, const Catalog& ancestor)
    : catalog_(catalog), other_(ancestor) {
  for (const Catalog* one : {&catalog_, &other_})
    for (const auto& [name, table] : one->tables)
      if (table.inherits.size() > 1) join_parents(table);
}

void Tables::join_parents(const Table& child) {
  std::set<QualifiedName> tops;
  for (const QualifiedName& name : child.inherits)
    if (const Table* parent = named(name)) tops.insert(root_of(*parent).name);
  for (const QualifiedName& top : tops)
    if (top != *tops.begin()) joined_[top] = *tops.begin();
}

const Table& Tables::root_of(const Table& table) const {
  const Table* root = &top_of(table);
  for (auto at = joined_.find(root->name); at != joined_.end(); at = joined_.find(root->name)) {
    const Table* next = named(at->second);
    if (next == nullptr || next == root) break;
    root = next;
  }
  return *root;
}

const Table& Tables::top_of(const Table& table) const {
  const Table* root = &table;
  constexpr int deepest = 100;
  for (int depth = 0; depth < deepest; ++depth) {
    const QualifiedName parent = !root->partition_of.empty() ? root->partition_of
                                 : root->inherits.empty()    ? QualifiedName()
                                                             : root->inherits.front();
    const Table* above = parent.empty() ? nullptr : named(parent);
    if (above == nullptr) break;
    root = above;
  }
  return *root;
}

std::vector<const Table*> Tables::tree_of(const Table& table) const {
  const Table& root = root_of(table);
  std::vector<const Table*> tree = home_of(root).tree_of(root.name);
  for (const auto& [top, called] : joined_) {
    const Table* other = named(top);
    if (other == nullptr || other == &root || &root_of(*other) != &root) continue;
    for (const Table* part : home_of(*other).tree_of(top))
      if (std::find(tree.begin(), tree.end(), part) == tree.end()) tree.push_back(part);
  }
  if (std::find(tree.begin(), tree.end(), &table) == tree.end()) tree.push_back(&table);
  return tree;
}

AccessKey Tables::key(std::string_view what, const Table& table, const std::string& part) const {
  const Table& root = root_of(table);
  return std::string(what) + root.name.schema + "." + root.name.name +
         (part.empty() ? "" : "." + part);
}

AccessKey Tables::unique_key(const Table& table, const Index& index) const {
  std::string columns;
  for (const IndexElement& element : index.elements)
    columns += (columns.empty() ? "" : ", ") + element.column + element.expression.sql;
  return key(rows::key, table) + " (" + columns + ")";
}

std::vector<std::string> columns_of(const Index& index) {
  std::vector<std::string> columns;
  for (const IndexElement& element : index.elements) {
    if (!element.column.empty()) columns.push_back(element.column);
    add_columns(element.expression.references, columns);
  }
  add_columns(index.where.references, columns);
  return columns;
}

std::vector<std::string> columns_of(const ConstraintDefinition& constraint) {
  std::vector<std::string> columns = constraint.columns;
  add_columns(constraint.expression.references, columns);
  add_columns(constraint.where.references, columns);
  for (const IndexElement& element : constraint.exclusion) {
    if (!element.column.empty()) columns.push_back(element.column);
    add_columns(element.expression.references, columns);
  }
  return columns;
}

std::vector<std::string> columns_of(const PartitionKey& partition_key) {
  std::vector<std::string> columns;
  for (const IndexElement& element : partition_key.elements) {
    if (!element.column.empty()) columns.push_back(element.column);
    add_columns(element.expression.references, columns);
  }
  return columns;
}

bool is_harmless(const Expression& expression) {
  return expression.empty() || is_safe(canonical::parse_expression(expression.sql));
}

bool is_harmless(const Index& index) {
  return is_harmless(index.where) &&
         std::all_of(index.elements.begin(), index.elements.end(),
                     [](const IndexElement& element) { return is_harmless(element.expression); });
}

std::vector<std::string> with_generated(const Table& table, std::vector<std::string> columns) {
  for (const Column& column : table.columns) {
    if (column.generated == Generated::no || contains(columns, column.name)) continue;
    std::vector<std::string> bases;
    add_columns(column.generation.references, bases);
    if (have_common(bases, columns)) columns.push_back(column.name);
  }
  return columns;
}

bool contains(const std::vector<std::string>& list, const std::string& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

bool have_common(const std::vector<std::string>& one, const std::vector<std::string>& other) {
  return std::any_of(one.begin(), one.end(),
                     [&](const std::string& name) { return contains(other, name); });
}

void take(const Tables& tables, const std::set<AccessKey>& things, bool only_added,
          RowAccess& access) {
  for (const AccessKey& thing : things) take_one(tables, thing, only_added, access);
}

}  // namespace schemagate::rows

namespace schemagate {

void SideRows::add(RowAccess&& rows, const std::optional<KeptRows>& keeps) {
  unite(all, rows);
  if (!keeps) return unite(loose, std::move(rows));
  const auto names = [](const KeptRows& one) {
    std::vector<AccessKey> found;
    for (const auto& [key, values] : one.keys) found.push_back(key);
    return found;
  };
  const auto like = std::find_if(kept.begin(), kept.end(), [&](const auto& one) {
    return one.first.relation == keeps->relation && names(one.first) == names(*keeps);
  });
  if (like == kept.end()) {
    kept.emplace_back(*keeps, std::move(rows));
    return;
  }
  for (const auto& [key, values] : keeps->keys)
    like->first.keys[key].insert(values.begin(), values.end());
  unite(like->second, std::move(rows));
}

void unite(RowAccess& all, RowAccess more) {
  all.writes.merge(more.writes);
  all.signals.merge(more.signals);
  all.reads.merge(more.reads);
  all.keys.insert(all.keys.end(), std::make_move_iterator(more.keys.begin()),
                  std::make_move_iterator(more.keys.end()));
}

}  // namespace schemagate
