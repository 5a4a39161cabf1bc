// SPDX-License-Identifier: MIT
#include "schema/impact_bounds.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <compare>
#include <cstdlib>
#include <optional>

#include "base/text.h"
#include "schema/list_text.h"

namespace schemagate {

std::vector<std::string_view> split_at_word(std::string_view text, std::string_view word) {
  std::vector<std::string_view> parts;
  int depth = 0;
  char quote = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
      continue;
    }
    if (c == '\'' || c == '"') quote = c;
    if (c == '(' || c == '[') ++depth;
    if (c == ')' || c == ']') --depth;
    const bool here = depth == 0 && c == ' ' && text.substr(i + 1).starts_with(word) &&
                      text.substr(i + 1 + word.size()).starts_with(" ");
    if (here) {
      parts.push_back(trim(text.substr(start, i - start)));
      start = i + 1 + word.size();
    }
  }
  parts.push_back(trim(text.substr(start)));
  return parts;
}

std::string_view without_parentheses(std::string_view text) {
  text = trim(text);
  while (text.size() >= 2 && text.front() == '(' && text.back() == ')') {
    int depth = 0;
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
      depth += text[i] == '(' ? 1 : text[i] == ')' ? -1 : 0;
      if (depth == 0) return text;
    }
    text = trim(text.substr(1, text.size() - 2));
  }
  return text;
}

namespace {

using Kind = Condition::Kind;

Condition unknown() { return {}; }

/// A constant without its casts, or nothing when it is none: 'x'::text → 'x'; -5 → -5.
std::optional<std::string> constant(std::string_view text) {
  text = without_parentheses(text);
  if (text.empty()) return std::nullopt;
  if (text.front() == '\'') {
    std::size_t end = 1;
    while (end < text.size() &&
           (text[end] != '\'' || (end + 1 < text.size() && text[end + 1] == '\''))) {
      end += text[end] == '\'' ? 2 : 1;
    }
    if (end >= text.size()) return std::nullopt;
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && !rest.starts_with("::")) return std::nullopt;
    return std::string(text.substr(0, end + 1));
  }
  const auto cast = text.find("::");
  const std::string_view body = text.substr(0, cast);
  const std::string lower = to_lower(body);
  if (lower == "true" || lower == "false" || lower == "null") return lower;
  const bool number =
      !body.empty() && body.find_first_not_of("+-0123456789.eE") == std::string_view::npos &&
      std::any_of(body.begin(), body.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  if (!number) return std::nullopt;
  return std::string(body);
}

/// A bare column name, or nothing.
std::optional<std::string> column_name(std::string_view text) {
  text = without_parentheses(text);
  if (const auto cast = text.find("::"); cast != std::string_view::npos) {
    text = without_parentheses(text.substr(0, cast));
  }
  if (text.empty()) return std::nullopt;
  if (text.front() == '"' && text.back() == '"' && text.size() > 2) {
    return replace_all(std::string(text.substr(1, text.size() - 2)), "\"\"", "\"");
  }
  const bool word = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c >= 0x80;
  });
  if (!word || std::isdigit(static_cast<unsigned char>(text.front())) != 0) return std::nullopt;
  return to_lower(text);
}

std::optional<std::vector<std::string>> constants(std::string_view list) {
  std::vector<std::string> values;
  for (const std::string_view part : split_list(list)) {
    auto value = constant(part);
    if (!value) return std::nullopt;
    values.push_back(std::move(*value));
  }
  return values;
}

Condition compare(std::string column, std::string op, std::string value) {
  Condition c;
  c.kind = Kind::compare;
  c.column = std::move(column);
  c.op = std::move(op);
  c.values = {std::move(value)};
  return c;
}

std::string mirrored(const std::string& op) {
  if (op == "<") return ">";
  if (op == ">") return "<";
  if (op == "<=") return ">=";
  if (op == ">=") return "<=";
  return op;
}

Condition parse_list(std::string_view column, std::string_view list, bool in) {
  const auto name = column_name(column);
  list = without_parentheses(list);
  if (list.starts_with("ARRAY[")) {
    const auto end = list.rfind(']');
    list = list.substr(6, end == std::string_view::npos ? end : end - 6);
  }
  const auto values = constants(list);
  if (!name || !values) return unknown();
  Condition c;
  c.kind = in ? Kind::in_list : Kind::not_in_list;
  c.column = *name;
  c.values = *values;
  return c;
}

Condition parse_leaf(std::string_view sql) {
  const auto null_test = [&](std::string_view suffix, Kind kind) -> std::optional<Condition> {
    if (!sql.ends_with(suffix)) return std::nullopt;
    const auto name = column_name(sql.substr(0, sql.size() - suffix.size()));
    if (!name) return unknown();
    Condition c;
    c.kind = kind;
    c.column = *name;
    return c;
  };
  if (auto c = null_test(" IS NOT NULL", Kind::not_null)) return *c;
  if (auto c = null_test(" IS NULL", Kind::is_null)) return *c;
  if (const auto parts = split_at_word(sql, "NOT IN"); parts.size() == 2) {
    return parse_list(parts[0], parts[1], false);
  }
  if (const auto parts = split_at_word(sql, "IN"); parts.size() == 2) {
    return parse_list(parts[0], parts[1], true);
  }
  for (const std::string_view op : {"<=", ">=", "<>", "!=", "=", "<", ">"}) {
    const auto parts = split_at_word(sql, op);
    if (parts.size() != 2) continue;
    if (op == "=" && parts[1].starts_with("ANY")) {
      return parse_list(parts[0], parts[1].substr(3), true);
    }
    if ((op == "<>" || op == "!=") && parts[1].starts_with("ALL")) {
      return parse_list(parts[0], parts[1].substr(3), false);
    }
    const std::string written = op == "!=" ? "<>" : std::string(op);
    if (const auto name = column_name(parts[0])) {
      const auto value = constant(parts[1]);
      return value ? compare(*name, written, *value) : unknown();
    }
    if (const auto name = column_name(parts[1])) {
      const auto value = constant(parts[0]);
      return value ? compare(*name, mirrored(written), *value) : unknown();
    }
    return unknown();
  }
  return unknown();
}

Condition group(Kind kind, const std::vector<std::string_view>& texts, int depth);

/// BETWEEN carries an AND of its own: it is glued together again.
std::vector<std::string_view> split_at_and(std::string_view sql) {
  auto parts = split_at_word(sql, "AND");
  for (std::size_t i = 0; i + 1 < parts.size();) {
    const bool open = split_at_word(parts[i], "BETWEEN").size() == 2 &&
                      split_at_word(parts[i], "AND").size() == 1;
    if (!open) {
      ++i;
      continue;
    }
    const auto end = parts[i + 1].data() + parts[i + 1].size();
    parts[i] = {parts[i].data(), static_cast<std::size_t>(end - parts[i].data())};
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    ++i;
  }
  return parts;
}

Condition parse(std::string_view sql, int depth) {
  constexpr int deepest = 64;
  if (depth > deepest) return unknown();
  sql = without_parentheses(sql);
  if (const auto parts = split_at_word(sql, "OR"); parts.size() > 1) {
    return group(Kind::any_of, parts, depth);
  }
  const auto parts = split_at_and(sql);
  if (parts.size() > 1) return group(Kind::all_of, parts, depth);
  if (sql.starts_with("NOT ")) return negated(parse(sql.substr(4), depth + 1));
  if (const auto between = split_at_word(sql, "BETWEEN"); between.size() == 2) {
    const auto ends = split_at_word(between[1], "AND");
    const auto name = column_name(between[0]);
    if (!name || ends.size() != 2) return unknown();
    const auto low = constant(ends[0]), high = constant(ends[1]);
    if (!low || !high) return unknown();
    Condition c;
    c.kind = Kind::all_of;
    c.parts = {compare(*name, ">=", *low), compare(*name, "<=", *high)};
    return c;
  }
  return parse_leaf(sql);
}

Condition group(Kind kind, const std::vector<std::string_view>& texts, int depth) {
  Condition c;
  c.kind = kind;
  for (const std::string_view text : texts) c.parts.push_back(parse(text, depth + 1));
  return c;
}

/// Numbers by value, dates and times by their ISO text; other texts only as equal or not
/// comparable.
std::partial_ordering order_of(const std::string& a, const std::string& b) {
  if (a == b) return std::partial_ordering::equivalent;
  const bool a_text = a.starts_with('\''), b_text = b.starts_with('\'');
  const auto number = [](const std::string& text) {
    const std::string body = text.starts_with('\'') ? text.substr(1, text.size() - 2) : text;
    char* end = nullptr;
    const double value = std::strtod(body.c_str(), &end);
    return *end == '\0' && !body.empty() ? std::optional<double>(value) : std::nullopt;
  };
  if (!a_text || !b_text) {
    const auto x = number(a), y = number(b);
    return x && y ? *x <=> *y : std::partial_ordering::unordered;
  }
  const auto iso = [](const std::string& text) {
    return text.size() >= 12 && text[5] == '-' && text[8] == '-' &&
           std::isdigit(static_cast<unsigned char>(text[1])) != 0;
  };
  if (!iso(a) || !iso(b)) return std::partial_ordering::unordered;
  const std::string x = a.substr(0, a.size() - 1), y = b.substr(0, b.size() - 1);
  return x.compare(y) <=> 0;
}

bool different(const std::string& a, const std::string& b) {
  const auto order = order_of(a, b);
  if (order == std::partial_ordering::unordered) return a.starts_with('\'') && b.starts_with('\'');
  return order != 0;
}

/// column `op` a proves column `wanted` b.
bool comparison_proves(const std::string& op, const std::string& a, const std::string& wanted,
                       const std::string& b) {
  const auto order = order_of(a, b);
  if (op == "=") {
    if (wanted == "=") return order == 0;
    if (wanted == "<>") return different(a, b);
    if (wanted == "<") return order < 0;
    if (wanted == "<=") return order <= 0;
    if (wanted == ">") return order > 0;
    return order >= 0;
  }
  if (op == "<>") return wanted == "<>" && order == 0;
  const bool below = op == "<" || op == "<=";
  const bool strict = op == "<" || op == ">";
  if (wanted == "<>") {
    if (below) return strict ? order <= 0 : order < 0;
    return strict ? order >= 0 : order > 0;
  }
  const bool wanted_below = wanted == "<" || wanted == "<=";
  if (wanted == "=" || wanted_below != below) return false;
  const bool wanted_strict = wanted == "<" || wanted == ">";
  if (wanted_strict && !strict) return below ? order < 0 : order > 0;
  return below ? order <= 0 : order >= 0;
}

bool proves(const Condition& given, const Condition& wanted);

bool leaf_proves(const Condition& given, const Condition& wanted) {
  if (given.kind == Kind::unknown || given.column != wanted.column) return false;
  if (given.kind == Kind::in_list) {
    return std::all_of(given.values.begin(), given.values.end(), [&](const std::string& value) {
      return proves(compare(given.column, "=", value), wanted);
    });
  }
  if (wanted.kind == Kind::not_in_list) {
    return std::all_of(wanted.values.begin(), wanted.values.end(), [&](const std::string& value) {
      return proves(given, compare(wanted.column, "<>", value));
    });
  }
  if (given.kind == Kind::not_in_list) {
    return std::any_of(given.values.begin(), given.values.end(), [&](const std::string& value) {
      return proves(compare(given.column, "<>", value), wanted);
    });
  }
  if (wanted.kind == Kind::in_list) {
    return std::any_of(wanted.values.begin(), wanted.values.end(), [&](const std::string& value) {
      return proves(given, compare(wanted.column, "=", value));
    });
  }
  if (given.kind == Kind::compare && wanted.kind == Kind::compare) {
    return comparison_proves(given.op, given.values.front(), wanted.op, wanted.values.front());
  }
  return given.kind == wanted.kind && given.kind != Kind::compare;
}

bool proves(const Condition& given, const Condition& wanted) {
  if (wanted.kind == Kind::unknown) return false;
  if (wanted.kind == Kind::all_of) {
    return std::all_of(wanted.parts.begin(), wanted.parts.end(),
                       [&](const Condition& part) { return proves(given, part); });
  }
  if (given.kind == Kind::any_of) {
    return std::all_of(given.parts.begin(), given.parts.end(),
                       [&](const Condition& part) { return proves(part, wanted); });
  }
  if (given.kind == Kind::all_of) {
    return std::any_of(given.parts.begin(), given.parts.end(),
                       [&](const Condition& part) { return proves(part, wanted); });
  }
  if (wanted.kind == Kind::any_of) {
    return std::any_of(wanted.parts.begin(), wanted.parts.end(),
                       [&](const Condition& part) { return proves(given, part); });
  }
  return leaf_proves(given, wanted);
}

Condition not_null(const std::string& column) {
  Condition c;
  c.kind = Kind::not_null;
  c.column = column;
  return c;
}

Condition range_condition(const std::string& column, std::string_view sql) {
  Condition all;
  all.kind = Kind::all_of;
  all.parts.push_back(not_null(column));
  const auto add = [&](std::string_view text, const char* op, std::string_view open_end) {
    if (to_lower(trim(text)) == open_end) return true;
    const auto value = constant(text);
    if (value) all.parts.push_back(compare(column, op, *value));
    return value.has_value();
  };
  const bool understood =
      add(list_after(sql, "FROM"), ">=", "minvalue") && add(list_after(sql, "TO"), "<", "maxvalue");
  return understood ? all : unknown();
}

Condition list_condition(const std::string& column, std::string_view sql) {
  auto values = constants(list_after(sql, "IN"));
  if (!values || values->empty()) return unknown();
  const auto nulls = std::remove(values->begin(), values->end(), "null");
  const bool takes_null = nulls != values->end();
  values->erase(nulls, values->end());
  Condition in;
  in.kind = Kind::in_list;
  in.column = column;
  in.values = *values;
  Condition all;
  all.kind = takes_null ? Kind::any_of : Kind::all_of;
  Condition null = not_null(column);
  if (takes_null) null.kind = Kind::is_null;
  all.parts = {std::move(null), std::move(in)};
  return all;
}

}  // namespace

Condition parse_condition(std::string_view sql) { return parse(sql, 0); }

Condition condition_of_bound(const PartitionKey& key, const PartitionBound& bound) {
  if (bound.is_default || key.elements.size() != 1 || key.elements.front().column.empty()) {
    return unknown();
  }
  const std::string& column = key.elements.front().column;
  if (key.strategy == "range") return range_condition(column, bound.sql);
  if (key.strategy == "list") return list_condition(column, bound.sql);
  return unknown();
}

Condition negated(const Condition& condition) {
  Condition c = condition;
  switch (condition.kind) {
    case Kind::unknown:
      return c;
    case Kind::all_of:
      c.kind = Kind::any_of;
      break;
    case Kind::any_of:
      c.kind = Kind::all_of;
      break;
    case Kind::in_list:
      c.kind = Kind::not_in_list;
      break;
    case Kind::not_in_list:
      c.kind = Kind::in_list;
      break;
    case Kind::is_null:
      c.kind = Kind::not_null;
      break;
    case Kind::not_null:
      c.kind = Kind::is_null;
      break;
    case Kind::compare: {
      constexpr std::array<std::array<std::string_view, 2>, 6> opposites{
          {{"=", "<>"}, {"<>", "="}, {"<", ">="}, {">=", "<"}, {">", "<="}, {"<=", ">"}}};
      for (const auto& [op, opposite] : opposites) {
        if (condition.op == op) c.op = std::string(opposite);
      }
    }
  }
  for (Condition& part : c.parts) part = negated(part);
  return c;
}

namespace {

/// The ends of a range condition; an open end is empty.
struct Range {
  std::string low, high;
};

std::optional<Range> range_of(const PartitionKey& key, const PartitionBound& bound) {
  if (key.strategy != "range") return std::nullopt;
  const Condition condition = condition_of_bound(key, bound);
  if (condition.kind != Kind::all_of) return std::nullopt;
  Range range;
  for (const Condition& part : condition.parts) {
    if (part.op == ">=") range.low = part.values.front();
    if (part.op == "<") range.high = part.values.front();
  }
  return range;
}

bool below(const std::string& low, const std::string& high) {
  return low.empty() || high.empty() || order_of(low, high) < 0;
}

}  // namespace

bool bound_is_empty(const PartitionKey& key, const PartitionBound& bound) {
  const auto range = range_of(key, bound);
  return range && !range->low.empty() && !range->high.empty() &&
         order_of(range->low, range->high) >= 0;
}

bool bounds_overlap(const PartitionKey& key, const PartitionBound& a, const PartitionBound& b) {
  if (a.is_default || b.is_default) return a.is_default && b.is_default;
  if (const auto x = range_of(key, a), y = range_of(key, b); x && y) {
    return below(x->low, y->high) && below(y->low, x->high);
  }
  if (key.strategy != "list") return false;
  const auto x = constants(list_after(a.sql, "IN")), y = constants(list_after(b.sql, "IN"));
  return x && y && std::any_of(x->begin(), x->end(), [&](const std::string& value) {
           return std::find(y->begin(), y->end(), value) != y->end();
         });
}

bool table_proves(const Table& table, const Condition& wanted) {
  Condition given;
  given.kind = Kind::all_of;
  for (const Constraint& constraint : table.constraints) {
    const ConstraintDefinition& d = constraint.definition;
    if (d.kind != ConstraintKind::check || !constraint.validated || d.not_enforced) continue;
    given.parts.push_back(parse_condition(d.expression.sql));
  }
  for (const Column& column : table.columns) {
    if (column.not_null && !column.not_null_not_valid) given.parts.push_back(not_null(column.name));
  }
  return proves(given, wanted);
}

}  // namespace schemagate
