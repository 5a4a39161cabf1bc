// SPDX-License-Identifier: MIT
#include "schema/written_rows.h"

#include "schema/data_text.h"

namespace schemagate {
namespace {

/// The columns that the statement gives values to.
std::vector<std::string> written_columns(const DataStatement& s, const Table& table) {
  if (s.kind != DataKind::insert || !s.columns.empty()) return s.columns;
  std::vector<std::string> columns;
  const std::size_t count =
      s.values < 0 ? table.columns.size() : static_cast<std::size_t>(s.values);
  for (const Column& column : table.columns) {
    if (columns.size() < count) columns.push_back(column.name);
  }
  return columns;
}

/// VALUES …, also within parentheses; anything else: nothing.
const canonical::Node* values_of(const canonical::Node& source) {
  const canonical::Node* node = &source;
  if (node->kind == canonical::NodeKind::query && node->children.size() == 1)
    node = &node->children.front();
  return node->kind == canonical::NodeKind::clause && node->text == "VALUES" ? node : nullptr;
}

/// The expressions of a plain SELECT by the columns that they go to; none where "*" hides them.
WrittenRows::Row selected_values(const canonical::Node& source,
                                 const std::vector<std::string>& columns) {
  WrittenRows::Row row;
  if (source.kind != canonical::NodeKind::query || source.children.size() != 1) return row;
  const canonical::Node& select = source.children.front();
  if (select.text != "SELECT") return row;
  const canonical::Node* items = canonical::find_clause(select, "ITEMS");
  if (!items || items->children.size() > columns.size()) return row;
  for (const canonical::Node& item : items->children) {
    if (item.children.empty()) return {};
    const canonical::Node& value = item.children.front();
    const bool star = value.kind == canonical::NodeKind::name && !value.names.empty() &&
                      value.names.back() == "*";
    if (star) return {};
    row.emplace_back(columns[row.size()], value);
  }
  return row;
}

}  // namespace

WrittenRows read_written_rows(const DataStatement& s, const Table& table) {
  WrittenRows written;
  written.columns = written_columns(s, table);
  if (s.sql.empty()) return written;
  if (s.kind == DataKind::update) {
    WrittenRows::Row row;
    for (const DataAssignment& one : read_data_text(s).assignments) {
      if (one.columns.size() == 1 && !one.part)
        row.emplace_back(one.columns.front(), canonical::parse_expression(one.value));
    }
    written.rows.push_back(std::move(row));
  }
  if (s.kind != DataKind::insert) return written;
  const canonical::Node source = canonical::parse_query(read_data_text(s).source);
  const canonical::Node* values = values_of(source);
  if (!values) {
    written.selected = selected_values(source, written.columns);
    return written;
  }
  written.listed = true;
  for (const canonical::Node& one : values->children) {
    WrittenRows::Row row;
    for (std::size_t i = 0; i < one.children.size(); ++i) {
      if (i < s.columns.size())
        row.emplace_back(s.columns[i], one.children[i]);
      else if (s.columns.empty() && i < table.columns.size())
        row.emplace_back(table.columns[i].name, one.children[i]);
      else
        written.listed = false;
    }
    written.rows.push_back(std::move(row));
  }
  return written;
}

}  // namespace schemagate
