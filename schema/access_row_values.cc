// SPDX-License-Identifier: MIT
#include "schema/access_row_values.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"
#include "schema/default_clause.h"
#include "schema/lookup.h"

namespace schemagate::rows {
namespace {

using canonical::Node;
using canonical::NodeKind;

bool is_constant_word(const Node& node, std::string_view word) {
  return node.kind == NodeKind::constant && node.text == word;
}

bool are_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

/// "-5" for "-05"; nothing for what is not just digits.
std::optional<std::string> whole_number(std::string_view text) {
  text = trim(text);
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (!are_digits(text)) return std::nullopt;
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size() - 1));
  return (negative && text != "0" ? "-" : "") + std::string(text);
}

std::optional<std::string> uuid(const std::string& text) {
  constexpr std::size_t digits = 32;
  std::string found;
  for (const char c : to_lower(text)) {
    if (c == '-' || c == '{' || c == '}') continue;
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) return std::nullopt;
    found += c;
  }
  return found.size() == digits ? std::optional(found) : std::nullopt;
}

/// "2024-05-31" only: other spellings depend on a setting.
std::optional<std::string> day(const std::string& text) {
  constexpr std::string_view like = "0000-00-00";
  if (text.size() != like.size()) return std::nullopt;
  for (std::size_t i = 0; i < like.size(); ++i)
    if (like[i] == '-' ? text[i] != '-' : std::isdigit(static_cast<unsigned char>(text[i])) == 0)
      return std::nullopt;
  return text;
}

/// What was cut off may be all that two texts differ in.
bool is_cut(const std::string& type, const std::string& text) {
  const std::size_t open = type.find('(');
  if (open == std::string::npos) return false;
  return text.size() > std::strtoul(type.c_str() + open + 1, nullptr, 10);
}

/// The value in a form in which values of the type are equal where their text is; nothing where
/// that is not known.
std::optional<std::string> normal_form(const Node& node, const Column& column) {
  constexpr std::array<std::string_view, 3> integers{"smallint", "integer", "bigint"};
  const std::string type = to_sql(column.type);
  if (type.ends_with("]")) return std::nullopt;  // an array has many spellings
  const bool is_text = node.kind == NodeKind::string, is_number = node.kind == NodeKind::number;
  if (node.kind == NodeKind::cast && node.text == type && node.children.size() == 1)
    return normal_form(node.children.front(), column);
  if (!is_text && !is_number) return std::nullopt;
  if (std::find(integers.begin(), integers.end(), type) != integers.end())
    return whole_number(node.text);
  if (type == "uuid" && is_text) return uuid(node.text);
  if (type == "date" && is_text) return day(node.text);
  const bool is_string = type == "text" || type.starts_with("character varying");
  if (!is_string || !column.collation.empty() || is_cut(type, node.text)) return std::nullopt;
  return is_text ? std::optional(node.text) : whole_number(node.text);
}

bool makes_uuid(const Node& node) {
  constexpr std::array<std::string_view, 4> makers{"gen_random_uuid", "uuid_generate_v4", "uuidv4",
                                                   "uuidv7"};
  return node.kind == NodeKind::call && node.names.size() == 1 && node.children.empty() &&
         std::find(makers.begin(), makers.end(), node.names.front()) != makers.end();
}

bool is_literal(const Node& node) {
  if (node.kind == NodeKind::cast && node.children.size() == 1)
    return is_literal(node.children.front());
  return node.kind == NodeKind::string || node.kind == NodeKind::number ||
         is_constant_word(node, "TRUE") || is_constant_word(node, "FALSE");
}

/// Texts that differ may be equal: a column made by CREATE TABLE AS doesn't say its collation.
bool has_loose_collation(const Catalog& catalog) {
  return std::any_of(catalog.objects.begin(), catalog.objects.end(), [](const auto& one) {
    return one.second.object.kind == ObjectKind::collation &&
           to_lower(one.second.definition).find("deterministic") != std::string::npos;
  });
}

bool draws(const Catalog& catalog, const Table& table, const Column& column) {
  if (column.identity != Identity::no) return true;
  return column.default_value && column.default_value->references.sequences.size() == 1 &&
         column.default_value->sql.starts_with("nextval(") &&
         !catalog.sequences_owned_by(table.name, column.name).empty();
}

std::string default_of(const Column& column) {
  return column.default_value ? column.default_value->sql : "";
}
bool changes_columns(const Table& before, const Table& after) {
  return std::any_of(before.columns.begin(), before.columns.end(), [&](const Column& was) {
    const Column* now = after.column(was.name);
    return now != nullptr &&
           (default_of(was) != default_of(*now) || to_sql(was.type) != to_sql(now->type) ||
            was.collation != now->collation || was.identity != now->identity ||
            was.generated != now->generated || was.generation.sql != now->generation.sql);
  });
}
std::string described(const Index& index) {
  std::string text = index.where.sql + (index.unique ? " unique" : "");
  for (const IndexElement& one : index.elements)
    text += ", " + one.column + one.expression.sql + " " + one.collation + " " + one.operator_class;
  return text;
}
bool changes_keys(const Catalog& before, const Catalog& after, const QualifiedName& table) {
  const auto indexes = before.indexes_of(table);
  return std::any_of(indexes.begin(), indexes.end(), [&](const Index* was) {
    if (!was->unique && was->constraint.empty()) return false;
    const Index* now = find(after.indexes, was->name);
    return now == nullptr || described(*was) != described(*now);
  });
}
template <class One>
bool changes_any(const std::vector<One>& before, const std::vector<One>& after) {
  return std::any_of(before.begin(), before.end(), [&](const One& was) {
    return std::none_of(after.begin(), after.end(), [&](const One& now) {
      return now.name == was.name && now.definition == was.definition;
    });
  });
}
bool changes_triggers(const Table& before, const Table& after) {
  return changes_any(before.triggers, after.triggers) || changes_any(before.rules, after.rules);
}
/// Of a table where some run.
bool changes_functions(const Catalog& before, const Catalog& after, const Table& table) {
  const bool calls = std::any_of(table.columns.begin(), table.columns.end(), [](const Column& one) {
    return one.default_value && !one.default_value->references.functions.empty();
  });
  if (!calls && table.triggers.empty() && table.rules.empty()) return false;
  return std::any_of(before.functions.begin(), before.functions.end(), [&](const auto& was) {
    const Function* now = find(after.functions, was.first);
    return now == nullptr || now->definition.definition != was.second.definition.definition;
  });
}

}  // namespace

WrittenValues::WrittenValues(const Catalog& catalog, const StatementUse& use, const Table& table,
                             std::set<std::string> changed)
    : catalog_(catalog),
      table_(table),
      makes_rows_(use.makes_rows),
      has_list_(!use.columns.empty()),
      is_loose_(has_loose_collation(catalog)),
      changed_(std::move(changed)) {
  written_.columns = use.columns;
  if (!use.data) return;
  written_ = read_written_rows(*use.data, table);
  has_text_ = !use.data->sql.empty() && (written_.listed || !makes_rows_);
  // What becomes of a backslash is a question of how the text is written.
  has_escapes_ = use.data->sql.find('\\') != std::string::npos;
  const std::set<std::string> words = lower_case_words(use.data->sql);
  overrides_user_ = words.count("overriding") != 0 && words.count("user") != 0;
  has_list_ = has_list_ || use.data->values >= 0;
}

std::vector<const Node*> WrittenValues::nodes_of(const std::string& column) const {
  std::vector<const Node*> nodes;
  if (!has_text_) return nodes;
  for (const WrittenRows::Row& row : written_.rows) {
    const auto at =
        std::find_if(row.begin(), row.end(), [&](const auto& one) { return one.first == column; });
    if (at == row.end()) return {};
    nodes.push_back(&at->second);
  }
  return nodes;
}

bool WrittenValues::is_left_out(const Column& column) const {
  const auto& listed = written_.columns;
  return makes_rows_ && has_list_ &&
         std::find(listed.begin(), listed.end(), column.name) == listed.end();
}

Filled WrittenValues::filled_by_default(const Column& column) const {
  if (column.generated != Generated::no) return {true, true, false};
  if (draws(catalog_, table_, column)) return {true, false, true};
  const bool is_own_type = find(catalog_.types, column.type.name) != nullptr;
  if (!gives_value(column.default_value)) return {is_own_type, true, true};
  return {true, column.default_value->kind != ExpressionKind::constant, true};
}

Filled WrittenValues::of(const Column& column) const {
  if (changed_.count(column.name) != 0) return {true, true, is_left_out(column)};
  if (is_left_out(column)) return filled_by_default(column);
  const auto nodes = nodes_of(column.name);
  if (nodes.empty()) return {true, true, !has_text_ && !has_list_};
  Filled filled{false, false, false};
  for (const Node* node : nodes) {
    Filled one{!is_constant_word(*node, "NULL"), !is_literal(*node), false};
    if (is_constant_word(*node, "DEFAULT")) one = filled_by_default(column);
    filled.value = filled.value || one.value;
    filled.empty = filled.empty || one.empty;
    filled.by_default = filled.by_default || one.by_default;
  }
  return filled;
}

KeyColumn WrittenValues::key_by_default(const Column& column, bool nulls_are_distinct) const {
  if (column.generated != Generated::no) return {};
  if (draws(catalog_, table_, column)) return {KeyColumn::Kind::drawn};
  const Filled filled = filled_by_default(column);
  if (!filled.value)
    return {nulls_are_distinct ? KeyColumn::Kind::empty : KeyColumn::Kind::unknown};
  if (!column.default_value) return {};
  const Node node = canonical::parse_expression(column.default_value->sql);
  if (makes_uuid(node)) return {KeyColumn::Kind::fresh};
  const auto literal = is_loose_ ? std::nullopt : normal_form(node, column);
  if (!literal || column.default_value->sql.find('\\') != std::string::npos) return {};
  return {KeyColumn::Kind::literal,
          std::vector<std::string>(std::max<std::size_t>(written_.rows.size(), 1), *literal)};
}

KeyColumn WrittenValues::key_of(const Column& column, bool nulls_are_distinct) const {
  if (changed_.count(column.name) != 0 || !makes_rows_) return {};
  if (overrides_user_ && column.identity != Identity::no) return {};
  if (is_left_out(column)) return key_by_default(column, nulls_are_distinct);
  const auto nodes = nodes_of(column.name);
  const auto all = [&](const auto& fits) {
    return !nodes.empty() && std::all_of(nodes.begin(), nodes.end(), fits);
  };
  if (all([](const Node* node) { return is_constant_word(*node, "DEFAULT"); }))
    return key_by_default(column, nulls_are_distinct);
  if (all([](const Node* node) { return is_constant_word(*node, "NULL"); }) && nulls_are_distinct)
    return {KeyColumn::Kind::empty};
  if (all([](const Node* node) { return makes_uuid(*node); })) return {KeyColumn::Kind::fresh};
  KeyColumn found{KeyColumn::Kind::literal};
  for (const Node* node : nodes) {
    const auto literal = has_escapes_ || is_loose_ ? std::nullopt : normal_form(*node, column);
    if (!literal) return {};
    found.literals.push_back(*literal);
  }
  return found.literals.empty() ? KeyColumn{} : found;
}

std::optional<std::string> literal_of(const Catalog& catalog, const StatementUse& use,
                                      const Node& node, const Column& column) {
  const bool is_told = use.data && use.data->sql.find('\\') == std::string::npos;
  return is_told && !has_loose_collation(catalog) ? normal_form(node, column) : std::nullopt;
}

bool changes_making(const Tables& tables, const Table& table) {
  const Catalog &now = tables.catalog(), &was = tables.ancestor();
  const std::vector<const Table*> tree = tables.tree_of(table);
  return std::any_of(tree.begin(), tree.end(), [&](const Table* part) {
    const Table* before = find(was.tables, part->name);
    if (before == nullptr) return false;
    return changes_columns(*before, *part) || changes_keys(was, now, part->name) ||
           changes_triggers(*before, *part) || changes_functions(was, now, *before);
  });
}

}  // namespace schemagate::rows
