// SPDX-License-Identifier: MIT
#include "schema/generated_names.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"
#include "schema/catalog.h"

namespace schemagate {
namespace {

/// `text` cut to at most `bytes`, before a character that would be cut in two.
std::string clipped(std::string text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  text.resize(bytes);
  return text;
}

bool is_name_part(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || c == '$' || byte >= 0x80;
}

/// The place behind the quoted text that starts at `at`.
std::size_t skip_quoted(std::string_view sql, std::size_t at) {
  const char quote = sql[at];
  for (++at; at < sql.size(); ++at) {
    if (sql[at] != quote) continue;
    if (at + 1 >= sql.size() || sql[at + 1] != quote) return at + 1;
    ++at;
  }
  return at;
}

/// Where `word` stands in `sql` for the last time outside of quotes and parentheses; npos when
/// nowhere.
std::size_t last_outside(std::string_view sql, std::string_view word) {
  int depth = 0;
  std::size_t found = std::string_view::npos;
  for (std::size_t at = 0; at < sql.size();) {
    const char c = sql[at];
    if (c == '\'' || c == '"') {
      at = skip_quoted(sql, at);
      continue;
    }
    if (c == '(' || c == '[') ++depth;
    if (c == ')' || c == ']') --depth;
    if (depth == 0 && sql.substr(at, word.size()) == word) found = at;
    ++at;
  }
  return found;
}

/// The place of the parenthesis that closes the one at `open`.
std::size_t closing(std::string_view sql, std::size_t open) {
  int depth = 0;
  for (std::size_t at = open; at < sql.size();) {
    const char c = sql[at];
    if (c == '\'' || c == '"') {
      at = skip_quoted(sql, at);
      continue;
    }
    if (c == '(') ++depth;
    if (c == ')' && --depth == 0) return at;
    ++at;
  }
  return std::string_view::npos;
}

std::string unquoted(std::string_view identifier) {
  if (identifier.empty() || identifier.front() != '"') return to_lower(identifier);
  return replace_all(std::string(identifier.substr(1, identifier.size() - 2)), "\"\"", "\"");
}

/// The internal name of a type in SQL's spelling: "integer" is int4.
std::string type_word(std::string_view type) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 15> internal{{
      {"bigint", "int8"},
      {"integer", "int4"},
      {"int", "int4"},
      {"smallint", "int2"},
      {"boolean", "bool"},
      {"real", "float4"},
      {"double precision", "float8"},
      {"character varying", "varchar"},
      {"character", "bpchar"},
      {"bit varying", "varbit"},
      {"timestamp with time zone", "timestamptz"},
      {"timestamp without time zone", "timestamp"},
      {"time with time zone", "timetz"},
      {"time without time zone", "time"},
      {"decimal", "numeric"},
  }};
  std::string word(type.substr(0, type.find_first_of("([")));
  if (type.find(") with") != std::string_view::npos) word += " with time zone";
  word = std::string(trim(word));
  for (const auto& [sql, name] : internal) {
    if (word == sql) return std::string(name);
  }
  const auto dot = word.rfind('.');
  return unquoted(dot == std::string::npos ? std::string_view(word)
                                           : std::string_view(word).substr(dot + 1));
}

/// How sure a name is: a type's name gives way to nothing better, as in FigureColnameInternal.
struct Figured {
  std::string name;
  int strength = 0;
};

Figured figure(std::string_view sql);

/// CASE takes the name of its ELSE arm when that has a strong one.
Figured figure_case(std::string_view sql) {
  const auto arm = last_outside(sql, " ELSE ");
  if (arm != std::string_view::npos) {
    auto text = sql.substr(arm + 6);
    const auto end = text.rfind(" END");
    const auto figured = figure(text.substr(0, end));
    if (figured.strength > 1) return figured;
  }
  return {"case", 1};
}

std::string function_word(std::string_view name, std::string_view arguments) {
  if (name == "trim") {
    if (arguments.substr(0, 8) == "LEADING ") return "ltrim";
    return arguments.substr(0, 9) == "TRAILING " ? "rtrim" : "btrim";
  }
  return std::string(name);
}

/// A name or a function call that is the whole of `sql`.
Figured figure_name(std::string_view sql) {
  std::size_t at = 0;
  std::size_t part = 0;
  while (at < sql.size() && (is_name_part(sql[at]) || sql[at] == '"' || sql[at] == '.')) {
    if (sql[at] == '"') {
      at = skip_quoted(sql, at);
      continue;
    }
    if (sql[at] == '.') part = at + 1;
    ++at;
  }
  if (at == 0 || std::isdigit(static_cast<unsigned char>(sql.front())) != 0) return {};
  const std::string word = unquoted(sql.substr(part, at - part));
  if (at == sql.size()) {
    static constexpr std::array<std::string_view, 3> constants{"true", "false", "null"};
    const bool constant = std::find(constants.begin(), constants.end(), word) != constants.end();
    return constant ? Figured{word == "null" ? "" : "bool", word == "null" ? 0 : 1}
                    : Figured{word, 2};
  }
  if (sql[at] == '[') {
    const std::size_t end = sql.find(']', at);
    if (end + 1 != sql.size() && sql.find('[', end) != end + 1) return {};
    return {word, word == "array" ? 1 : 2};
  }
  if (sql[at] == ' ' && at + 1 < sql.size() && sql[at + 1] == '(') ++at;
  if (sql[at] != '(' || closing(sql, at) != sql.size() - 1) return {};
  return {function_word(word, sql.substr(at + 1)), 2};
}

Figured figure(std::string_view sql) {
  sql = trim(sql);
  while (!sql.empty() && sql.front() == '(' && closing(sql, 0) == sql.size() - 1) {
    sql = trim(sql.substr(1, sql.size() - 2));
  }
  if (sql.empty()) return {};
  if (sql.substr(0, 5) == "CASE " && sql.size() > 4 && sql.substr(sql.size() - 4) == " END")
    return figure_case(sql);
  if (const auto at = last_outside(sql, "::"); at != std::string_view::npos) {
    const auto type = sql.substr(at + 2);
    // An operator behind the cast makes the whole an operation.
    if (type.find_first_of("+-*/<>=|&@#~%^?!") != std::string_view::npos) return {};
    if (type.find(" AND ") != std::string_view::npos || type.find(" OR ") != std::string_view::npos)
      return {};
    const auto argument = figure(sql.substr(0, at));
    return argument.strength > 1 ? argument : Figured{type_word(type), 1};
  }
  if (const auto at = last_outside(sql, " COLLATE "); at != std::string_view::npos)
    return figure(sql.substr(0, at));
  if (last_outside(sql, " AT TIME ZONE ") != std::string_view::npos) return {"timezone", 2};
  if (sql.front() == '(') {
    // (composite).field
    const auto close = closing(sql, 0);
    if (close + 1 < sql.size() && sql[close + 1] == '.') return figure_name(sql.substr(close + 2));
    return {};
  }
  return figure_name(sql);
}

}  // namespace

std::string truncated_name(std::string name) { return clipped(std::move(name), max_name_bytes); }

std::string make_object_name(std::string first, std::string second, std::string_view label) {
  std::size_t overhead = second.empty() ? 0 : 1;
  if (!label.empty()) overhead += label.size() + 1;
  const std::size_t room = max_name_bytes - overhead;
  std::size_t first_bytes = first.size();
  std::size_t second_bytes = second.size();
  while (first_bytes + second_bytes > room) {
    if (first_bytes > second_bytes) {
      --first_bytes;
    } else {
      --second_bytes;
    }
  }
  std::string name = clipped(std::move(first), first_bytes);
  if (!second.empty()) name += "_" + clipped(std::move(second), second_bytes);
  if (!label.empty()) name += "_" + std::string(label);
  return name;
}

std::string choose_name(const std::string& first, const std::string& second,
                        const std::string& label,
                        const std::function<bool(const std::string&)>& taken) {
  std::string name = make_object_name(first, second, label);
  for (int pass = 1; taken(name); ++pass) {
    name = make_object_name(first, second, label + std::to_string(pass));
  }
  return name;
}

std::string name_addition(const std::vector<std::string>& columns) {
  std::string addition;
  for (const auto& column : columns) {
    if (!addition.empty()) addition += "_";
    addition += column;
    if (addition.size() > max_name_bytes) break;
  }
  return addition;
}

std::vector<std::string> index_column_names(const std::vector<IndexElement>& elements,
                                            const std::vector<std::string>& include) {
  std::vector<std::string> names;
  const auto add = [&names](const std::string& wanted) {
    std::string name = wanted;
    for (int number = 1; std::find(names.begin(), names.end(), name) != names.end(); ++number) {
      const std::string suffix = std::to_string(number);
      name = clipped(wanted, max_name_bytes - suffix.size()) + suffix;
    }
    names.push_back(name);
  };
  for (const auto& element : elements) {
    if (!element.column.empty()) {
      add(element.column);
      continue;
    }
    const auto figured = figure(element.expression.sql);
    add(figured.name.empty() ? "expr" : figured.name);
  }
  for (const auto& column : include) add(column);
  return names;
}

std::string not_null_name(const Catalog& catalog, const Table& table, const Column& column) {
  if (!column.not_null_name.empty()) return column.not_null_name;
  std::vector<QualifiedName> parents = table.inherits;
  if (!table.partition_of.empty()) parents.push_back(table.partition_of);
  for (const QualifiedName& name : parents) {
    if (!column.inherited || column.local) break;
    const auto parent = catalog.tables.find(name);
    const Column* above =
        parent == catalog.tables.end() ? nullptr : parent->second.column(column.name);
    if (above != nullptr && above->not_null && !above->not_null_no_inherit)
      return not_null_name(catalog, parent->second, *above);
  }
  return make_object_name(table.name.name, column.name, "not_null");
}

}  // namespace schemagate
