// SPDX-License-Identifier: MIT
// Queries with every column qualified by the place of its source, stars expanded and output named.
#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "schema/canonical_constants.h"
#include "schema/canonical_rewrite.h"

namespace schemagate::canonical {
namespace {

bool is_set_operation(const Node& node) {
  return node.kind == NodeKind::clause &&
         (node.text.rfind("UNION", 0) == 0 || node.text.rfind("EXCEPT", 0) == 0 ||
          node.text.rfind("INTERSECT", 0) == 0);
}
bool is_body(const Node& node) {
  return node.kind == NodeKind::query ||
         (node.kind == NodeKind::clause &&
          (node.text == "SELECT" || node.text == "VALUES" || is_set_operation(node)));
}

Node* body_of(Node& query) {
  if (query.kind != NodeKind::query) return is_body(query) ? &query : nullptr;
  for (Node& child : query.children) {
    if (is_body(child)) return &child;
  }
  return nullptr;
}

/// Only the first branch of a UNION names the columns.
void forget_names(Node& body) {
  if (is_set_operation(body) || body.kind == NodeKind::query) {
    for (Node& child : body.children) {
      if (is_body(child)) forget_names(child);
    }
  } else if (Node* items = find_clause(body, "ITEMS")) {
    for (Node& item : items->children) item.text.clear();
  }
}

/// ORDER BY of a UNION can only name output columns: the server prints their numbers.
void number_columns(Node& order_by, const Columns& columns) {
  for (Node& item : order_by.children) {
    Node& value = item.children[0];
    if (value.kind != NodeKind::name || value.names.size() != 1) continue;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].first == value.names[0]) {
        value = make(NodeKind::number, std::to_string(i + 1));
        break;
      }
    }
  }
}

/// FOR UPDATE OF the only table there is.
void simplify_locking(Node& query) {
  Node* body = body_of(query);
  const Node* sources = body == nullptr ? nullptr : find_clause(*body, "FROM");
  if (sources == nullptr || sources->children.size() != 1 ||
      sources->children[0].kind != NodeKind::source)
    return;
  for (Node& child : query.children) {
    if (child.kind != NodeKind::clause || child.text != "FOR") continue;
    const auto of = std::find(child.names.begin(), child.names.end(), "of");
    if (of != child.names.end() && of + 1 != child.names.end()) child.names.erase(of, of + 2);
  }
}

/// Strength 2: a name of its own; 1: only a kind's name; 0: "?column?". As FigureColnameInternal.
int figure(const Node& node, std::string& name) {
  switch (node.kind) {
    case NodeKind::name:
      if (node.names.back() == "*") return 0;
      name = node.names.back();
      return 2;
    case NodeKind::field:
      name = node.names.back();
      return 2;
    case NodeKind::subscript:
    case NodeKind::collate:
      return figure(node.children[0], name);
    case NodeKind::call:
      name = node.names.back();
      return 2;
    case NodeKind::cast: {
      const int strength = figure(node.children[0], name);
      if (strength > 1) return strength;
      name = base_type(node.text.substr(0, node.text.find('[')));
      name = name.substr(name.rfind('.') + 1);
      return 1;
    }
    case NodeKind::case_: {
      const int strength = figure(node.children.back(), name);
      if (strength > 1) return strength;
      name = "case";
      return 1;
    }
    case NodeKind::array:
      name = "array";
      return 2;
    case NodeKind::row:
      name = "row";
      return 2;
    case NodeKind::subquery:
      if (node.text == "EXISTS") name = "exists";
      if (node.text == "ARRAY") name = "array";
      if (node.text.empty()) {
        Node query = node.children[0];
        Node* body = body_of(query);
        const Node* items = body == nullptr ? nullptr : find_clause(*body, "ITEMS");
        if (items == nullptr || items->children.empty()) return 0;
        const Node& item = items->children[0];
        if (item.text.empty()) return figure(item.children[0], name);
        name = item.text;
      }
      return name.empty() ? 0 : 2;
    case NodeKind::constant:
      if (node.text.rfind("CURRENT_", 0) != 0 && node.text.rfind("LOCAL", 0) != 0 &&
          node.text.rfind("SESSION_", 0) != 0)
        return 0;
      name = to_lower(node.text.substr(0, node.text.find('(')));
      return 2;
    default:
      return 0;
  }
}

}  // namespace

std::string implied_name(const Node& node) {
  std::string name;
  return figure(node, name) > 0 ? name : "?column?";
}

// ---- sources
// -------------------------------------------------------------------------------------

const std::optional<Columns>& Normaliser::view_columns(const View& view) {
  ViewColumns& views = views_ != nullptr ? *views_ : own_views_;
  const auto [entry, is_new] = views.emplace(view.name, std::nullopt);
  if (!is_new) return entry->second;
  Normaliser inner(catalog_, views);
  Columns columns = inner.columns_of(inner.query(parse_query(view.query.sql), nullptr));
  for (std::size_t i = 0; i < view.column_names.size() && i < columns.size(); ++i)
    columns[i].first = view.column_names[i];
  entry->second = std::move(columns);
  return entry->second;
}

Columns Normaliser::relation_columns(const std::vector<std::string>& names, const Frame& frame,
                                     bool& known) {
  known = true;
  if (names.size() == 1) {
    for (const Frame* level = &frame; level != nullptr; level = level->outer) {
      const auto found = level->common_tables.find(names[0]);
      if (found != level->common_tables.end()) return found->second;
    }
  }
  Columns columns;
  const bool bare = names.size() == 1;
  const QualifiedName relation{bare ? "public" : names[names.size() - 2], names.back()};
  if (catalog_ != nullptr) {
    const auto table = catalog_->tables.find(relation);
    if (table != catalog_->tables.end()) {
      for (const Column& column : table->second.columns)
        columns.emplace_back(column.name, type_text(column.type));
      return columns;
    }
    const auto view = catalog_->views.find(relation);
    if (view != catalog_->views.end()) {
      const std::optional<Columns>& found = view_columns(view->second);
      if (found) return *found;
    }
  }
  known = false;
  return columns;
}

namespace {

/// The columns of a composite type or of a table's rows; none of any other type.
Columns fields_of(const Catalog& catalog, const TypeName& type) {
  Columns columns;
  if (type.array_dimensions > 0) return columns;
  const auto composite = catalog.types.find(type.name);
  if (composite != catalog.types.end()) {
    for (const Column& attribute : composite->second.attributes)
      columns.emplace_back(attribute.name, type_text(attribute.type));
  }
  const auto table = catalog.tables.find(type.name);
  if (table != catalog.tables.end()) {
    for (const Column& column : table->second.columns)
      columns.emplace_back(column.name, type_text(column.type));
  }
  return columns;
}

}  // namespace

Columns Normaliser::function_columns(const Node& call, const std::string& alias,
                                     const Frame& frame) const {
  Columns columns;
  const Function* function = declared(call);
  if (function != nullptr) {
    for (const FunctionArgument& argument : function->definition.arguments) {
      if (argument.mode == 'i' || argument.mode == 'v') continue;
      const std::string number = std::to_string(columns.size() + 1);
      columns.emplace_back(argument.name.empty() ? "column" + number : argument.name,
                           type_text(argument.type));
    }
    if (columns.empty()) {
      columns = fields_of(*catalog_, function->definition.returns);
      if (!columns.empty()) return columns;
    }
  }
  // One value: the alias is its name, else that of the argument, else the function's.
  if (columns.empty()) columns.emplace_back(call.names.back(), type_of(call, frame));
  if (columns.size() == 1 && !alias.empty()) columns.front().first = alias;
  return columns;
}

/// Registers the source: its alias stands for its place from now on.
void Normaliser::add_source(const Node& node, Frame& frame) {
  Source source;
  source.mark = "#" + std::to_string(++marks_);
  source.alias = node.text;
  source.known = true;
  std::size_t alias_columns = 0;
  if (!node.names.empty() && node.names[0] != "lateral") {
    source.columns = relation_columns(node.names, frame, source.known);
    if (source.alias.empty()) source.alias = node.names.back();
  } else if (!node.children.empty() && node.children[0].kind == NodeKind::call) {
    source.columns = function_columns(node.children[0], source.alias, frame);
    if (source.alias.empty()) source.alias = node.children[0].names.back();
    for (const Node& child : node.children) {
      if (child.kind == NodeKind::clause && child.text == "WITH ORDINALITY")
        source.columns.emplace_back("ordinality", "int8");
    }
  } else if (!node.children.empty()) {
    source.columns = columns_of(node.children[0]);
  }
  for (const Node& child : node.children) {
    if (child.kind != NodeKind::name) continue;
    if (alias_columns < source.columns.size())
      source.columns[alias_columns].first = child.names[0];
    else
      source.columns.emplace_back(child.names[0], "");
    ++alias_columns;
  }
  for (const auto& [name, type] : source.columns) source.known = source.known && name != "*";
  frame.sources.push_back(std::move(source));
}

namespace {

const Visible* find_visible(const std::vector<Visible>& list, const std::string& name) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const Visible& one) { return one.name == name; });
  return found == list.end() ? nullptr : &*found;
}

/// NATURAL is USING of the columns that both sides have, in the order of the left side.
void spell_out_natural(Node& join, const std::vector<Visible>& left,
                       const std::vector<Visible>& right) {
  const std::string_view word = "NATURAL ";
  const bool natural = join.text.rfind(word, 0) == 0;
  if (!natural || find_visible(left, "*") != nullptr || find_visible(right, "*") != nullptr) return;
  join.text.erase(0, word.size());
  for (const Visible& column : left) {
    if (find_visible(right, column.name) != nullptr) join.names.push_back(column.name);
  }
}

}  // namespace

Node Normaliser::joined(Node node, Frame& frame, std::vector<Visible>& visible) {
  std::vector<Visible> left, right;
  node.children[0] = from(std::move(node.children[0]), frame, left);
  node.children[1] = from(std::move(node.children[1]), frame, right);
  if (node.text == "CROSS JOIN") node.text = "JOIN";
  spell_out_natural(node, left, right);
  for (const std::string& name : node.names) {
    const bool of_right = node.text == "RIGHT JOIN";
    const Visible* side = find_visible(of_right ? right : left, name);
    const std::string mark = node.text == "FULL JOIN" || side == nullptr ? "" : side->mark;
    if (node.text == "FULL JOIN" || side != nullptr) frame.merged[name] = mark;
    visible.push_back({name, mark});
  }
  for (const std::vector<Visible>* side : {&left, &right}) {
    for (const Visible& column : *side) {
      if (std::find(node.names.begin(), node.names.end(), column.name) == node.names.end())
        visible.push_back(column);
    }
  }
  if (node.children.size() > 2) {
    node.children[2] = expression(std::move(node.children[2]), frame);
  } else if (node.text.find("NATURAL") == std::string::npos && node.names.empty()) {
    node.children.push_back(make(NodeKind::constant, "TRUE"));
  }
  return node;
}

Node Normaliser::from(Node node, Frame& frame, std::vector<Visible>& visible) {
  if (node.kind == NodeKind::clause) return joined(std::move(node), frame, visible);
  for (Node& child : node.children) {
    if (child.kind == NodeKind::query || is_body(child)) {
      child = query(std::move(child), &frame);
    } else if (child.kind == NodeKind::call) {
      child = expression(std::move(child), frame);
    }
  }
  add_source(node, frame);
  const Source& added = frame.sources.back();
  for (const auto& [name, type] : added.columns) visible.push_back({name, added.mark});
  if (!added.known) visible.push_back({"*", added.mark});
  node.names.erase(std::remove(node.names.begin(), node.names.end(), "lateral"), node.names.end());
  node.text = frame.sources.back().mark;
  node.children.erase(
      std::remove_if(node.children.begin(), node.children.end(),
                     [](const Node& child) { return child.kind == NodeKind::name; }),
      node.children.end());
  return node;
}

// ---- SELECT
// --------------------------------------------------------------------------------------

std::vector<Node> Normaliser::items(Node clause, const Frame& frame) {
  std::vector<Node> list;
  for (Node& item : clause.children) {
    Node& value = item.children[0];
    const bool star =
        value.kind == NodeKind::name && value.names.back() == "*" && item.text.empty();
    if (!star) {
      if (item.text.empty()) item.text = implied_name(value);
      value = expression(std::move(value), frame);
      list.push_back(std::move(item));
      continue;
    }
    bool expanded = false;
    const std::string qualifier = value.names.size() > 1 ? value.names[value.names.size() - 2] : "";
    std::vector<Node> columns;
    if (qualifier.empty() && !frame.visible.empty()) {
      expanded = find_visible(frame.visible, "*") == nullptr;
      for (const Visible& one : frame.visible) {
        Node of{NodeKind::name, {}, {one.mark, one.name}, {}};
        if (one.mark.empty()) of.names = {one.name};
        columns.push_back(make(NodeKind::item, one.name, {std::move(of)}));
      }
    }
    for (const Source& source : frame.sources) {
      if (qualifier.empty() || source.alias != qualifier) continue;
      expanded = source.known && (expanded || columns.empty());
      for (const auto& [name, type] : source.columns) {
        columns.push_back(
            make(NodeKind::item, name, {Node{NodeKind::name, {}, {source.mark, name}, {}}}));
      }
      if (!expanded) break;
    }
    if (!expanded) {
      item.text = "*";
      list.push_back(std::move(item));
    } else {
      std::move(columns.begin(), columns.end(), std::back_inserter(list));
    }
  }
  return list;
}

/// ORDER BY and GROUP BY may name an output column or its number.
Node Normaliser::ordering(Node node, const Frame& frame, const std::vector<Node>& items) {
  Node& value = node.kind == NodeKind::clause ? node.children[0] : node;
  const bool bare = value.kind == NodeKind::name && value.names.size() == 1;
  if (value.kind == NodeKind::number) {
    const auto index = static_cast<std::size_t>(std::strtoul(value.text.c_str(), nullptr, 10));
    if (index >= 1 && index <= items.size()) {
      value = Node(items[index - 1].children[0]);
      return node;
    }
  }
  if (bare) {
    const std::string wanted = value.names[0];
    Node as_column = name(value, frame);
    // ORDER BY looks at output names first, GROUP BY at columns first.
    if (node.kind != NodeKind::clause && as_column.names.size() == 2) {
      value = std::move(as_column);
      return node;
    }
    for (const Node& item : items) {
      if (item.text != wanted) continue;
      value = Node(item.children[0]);
      return node;
    }
  }
  value = expression(std::move(value), frame);
  return node;
}

Node Normaliser::select(Node node, const Frame* outer, Node* order_by, const Frame& common) {
  Frame frame;
  frame.outer = outer;
  frame.common_tables = common.common_tables;
  if (Node* clause = find_clause(node, "FROM")) {
    for (Node& source : clause->children) source = from(std::move(source), frame, frame.visible);
  }
  Node* list = find_clause(node, "ITEMS");
  if (list != nullptr) list->children = items(Node(*list), frame);
  const std::vector<Node> outputs = list == nullptr ? std::vector<Node>{} : list->children;
  for (Node& clause : node.children) {
    if (clause.text == "FROM" || clause.text == "ITEMS") continue;
    const bool groups = clause.text.rfind("GROUP BY", 0) == 0;
    for (Node& child : clause.children) {
      child =
          groups ? ordering(std::move(child), frame, outputs) : expression(std::move(child), frame);
    }
  }
  if (order_by != nullptr) {
    for (Node& child : order_by->children) child = ordering(std::move(child), frame, outputs);
  }
  if (list != nullptr) {
    for (Node& item : list->children) {
      item.names = {type_of(item.children[0], frame)};  // not compared: the query means the same
    }
  }
  return node;
}

Node Normaliser::query(Node node, const Frame* outer) {
  if (node.kind == NodeKind::tokens) return node;
  Frame frame;
  frame.outer = outer;
  if (node.kind != NodeKind::query) {
    if (node.kind == NodeKind::clause && node.text == "SELECT")
      return select(std::move(node), outer, nullptr, frame);
    if (is_set_operation(node)) {
      for (Node& child : node.children) child = query(std::move(child), outer);
      for (std::size_t i = 1; i < node.children.size(); ++i) forget_names(node.children[i]);
      return node;
    }
    for (Node& child : node.children) child = expression(std::move(child), frame);
    return node;
  }
  Node* order_by = find_clause(node, "ORDER BY");
  for (Node& child : node.children) {
    if (child.kind == NodeKind::clause && child.text.rfind("WITH", 0) == 0) {
      const bool recursive = child.text == "WITH RECURSIVE";
      for (Node& table : child.children) {
        Columns columns;
        for (std::size_t i = 1; i < table.children.size(); ++i)
          columns.emplace_back(table.children[i].names[0], "");
        if (recursive && !columns.empty()) frame.common_tables[table.text] = columns;
        table.children[0] = query(std::move(table.children[0]), &frame);
        Columns found = columns_of(table.children[0]);
        for (std::size_t i = 0; i < columns.size() && i < found.size(); ++i)
          found[i].first = columns[i].first;
        frame.common_tables[table.text] = std::move(found);
      }
    } else if (child.kind == NodeKind::clause && child.text == "SELECT") {
      child = select(std::move(child), outer, order_by, frame);
      order_by = nullptr;
    } else if (is_body(child)) {
      child = query(std::move(child), &frame);
    } else if (child.text == "LIMIT" || child.text == "OFFSET") {
      for (Node& value : child.children) {
        value = expression(std::move(value), frame);
        if (value.kind == NodeKind::cast && value.text == "int8") value = Node(value.children[0]);
      }
    }
  }
  if (order_by != nullptr) number_columns(*order_by, columns_of(node));
  simplify_locking(node);
  return node;
}

Columns Normaliser::columns_of(const Node& query) const {
  Node copy = query;
  Node* body = body_of(copy);
  while (body != nullptr && (is_set_operation(*body) || body->kind == NodeKind::query)) {
    body = is_set_operation(*body) ? body_of(body->children[0]) : body_of(*body);
  }
  Columns columns;
  if (body == nullptr) return {{"*", ""}};
  if (body->text == "VALUES") {
    const std::size_t width = body->children.empty() ? 0 : body->children[0].children.size();
    for (std::size_t i = 1; i <= width; ++i) columns.emplace_back("column" + std::to_string(i), "");
    return columns;
  }
  Node* list = find_clause(*body, "ITEMS");
  if (list == nullptr) return columns;
  for (const Node& item : list->children) {
    columns.emplace_back(item.text, item.names.empty() ? "" : item.names[0]);
  }
  return columns;
}

}  // namespace schemagate::canonical
