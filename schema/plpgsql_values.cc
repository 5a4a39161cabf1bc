// SPDX-License-Identifier: MIT
#include "schema/plpgsql_values.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/text.h"
#include "schema/text_patterns.h"

namespace schemagate {

FlowValue unknown_value() { return {}; }
FlowValue null_value() { return {true, true, {}, false}; }
FlowValue value_of(std::string text) { return {true, false, std::move(text), false}; }
FlowValue value_of(bool truth) { return value_of(std::string(truth ? "true" : "false")); }

namespace {

using canonical::Node;
using canonical::NodeKind;

bool is_true(const FlowValue& value) { return value.known && !value.null && value.text == "true"; }
bool is_false(const FlowValue& value) {
  return value.known && !value.null && value.text == "false";
}

std::optional<long long> number(const FlowValue& value) {
  long long result = 0;
  const char* end = value.text.data() + value.text.size();
  const auto read = std::from_chars(value.text.data(), end, result);
  if (value.text.empty() || read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return result;
}

/// With a fraction: short enough for two numbers to be the same exactly when their doubles are.
std::optional<double> decimal(const FlowValue& value) {
  constexpr std::size_t longest = 15;
  double result = 0;
  const char* end = value.text.data() + value.text.size();
  const auto read = std::from_chars(value.text.data(), end, result, std::chars_format::fixed);
  if (value.text.empty() || value.text.size() > longest || read.ec != std::errc() ||
      read.ptr != end || value.text.find_first_not_of("0123456789.-") != std::string::npos)
    return std::nullopt;
  return result;
}

FlowValue compare(const std::string& sign, const FlowValue& a, const FlowValue& b) {
  const auto left = decimal(a), right = decimal(b);
  const bool numbers = left && right;
  if (sign == "=") return value_of(numbers ? *left == *right : a.text == b.text);
  if (sign == "<>") return value_of(numbers ? *left != *right : a.text != b.text);
  if (!numbers) return unknown_value();
  if (sign == "<") return value_of(*left < *right);
  if (sign == ">") return value_of(*left > *right);
  if (sign == "<=") return value_of(*left <= *right);
  return value_of(*left >= *right);
}

/// A number above 0 against one that is known.
FlowValue compare_positive(const std::string& sign, const FlowValue& with) {
  const auto number_known = with.known && !with.null ? number(with) : std::nullopt;
  if (!number_known || *number_known > 1) return {};
  const bool one = *number_known == 1;
  if (sign == ">=" || (!one && (sign == ">" || sign == "<>"))) return value_of(true);
  if (sign == "<" || (!one && (sign == "=" || sign == "<="))) return value_of(false);
  return {};
}

FlowValue compute(const std::string& sign, const FlowValue& a, const FlowValue& b) {
  const auto left = number(a), right = number(b);
  constexpr long long limit = 1'000'000'000;
  if (!left || !right || std::abs(*left) > limit || std::abs(*right) > limit) return {};
  if (sign == "+") return value_of(std::to_string(*left + *right));
  if (sign == "-") return value_of(std::to_string(*left - *right));
  if (sign == "*") return value_of(std::to_string(*left * *right));
  if (sign == "/" && *right != 0) return value_of(std::to_string(*left / *right));
  if (sign == "%" && *right != 0) return value_of(std::to_string(*left % *right));
  return {};
}

FlowValue match(std::optional<bool> matches, bool wanted) {
  return matches ? value_of(*matches == wanted) : unknown_value();
}

std::string as_literal(const std::string& text) { return "'" + replace_all(text, "'", "''") + "'"; }

/// format() with %s, %I, %L and %%, also with a position: %1$I.
FlowValue format_text(const std::vector<FlowValue>& arguments) {
  const std::string& pattern = arguments.front().text;
  std::string result;
  std::size_t next = 1;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '%') {
      result += pattern[at];
      continue;
    }
    if (++at == pattern.size()) return {};
    if (pattern[at] == '%') {
      result += '%';
      continue;
    }
    std::size_t place = next;
    if (at + 1 < pattern.size() && pattern[at + 1] == '$') {
      place = static_cast<std::size_t>(pattern[at] - '0');
      at += 2;
    }
    if (at >= pattern.size() || place >= arguments.size()) return {};
    const FlowValue& value = arguments[place];
    next = place + 1;
    if (!value.known) return {};
    if (pattern[at] == 'I') {
      if (value.null) return {};
      result += quote_identifier(value.text);
    } else if (pattern[at] == 'L') {
      result += value.null ? "NULL" : as_literal(value.text);
    } else if (pattern[at] == 's') {
      result += value.text;
    } else {
      return {};
    }
  }
  return value_of(result);
}

/// A name in a text as regclass reads it: "users", "public.users", "\"Users\"".
QualifiedName read_name(const std::string& text) {
  const Node node = canonical::parse_expression(text);
  if (node.kind != NodeKind::name || node.names.empty() || node.names.size() > 2) return {};
  return {node.names.size() == 2 ? node.names.front() : "", node.names.back()};
}

std::string version_number(int major) { return std::to_string(major) + "0000"; }

}  // namespace

FlowValue FlowEvaluator::evaluate(const std::string& expression) const {
  return evaluate(canonical::parse_expression(expression), {});
}

FlowValue FlowEvaluator::evaluate(const Node& node, const FlowRow& row) const {
  switch (node.kind) {
    case NodeKind::string:
    case NodeKind::number:
      return value_of(node.text);
    case NodeKind::constant:
      if (node.text == "NULL") return null_value();
      if (node.text == "TRUE" || node.text == "FALSE") return value_of(node.text == "TRUE");
      return node.text == "CURRENT_SCHEMA" && !session_.search_path.empty()
                 ? value_of(session_.search_path.front())
                 : unknown_value();
    case NodeKind::name:
      return name(node, row);
    case NodeKind::operation:
      return operation(node, row);
    case NodeKind::all_of:
      return logic(node, row, true);
    case NodeKind::any_of:
      return logic(node, row, false);
    case NodeKind::negation: {
      const FlowValue value = evaluate(node.children.front(), row);
      return value.known && !value.null ? value_of(!is_true(value)) : value;
    }
    case NodeKind::cast:
      return cast(node, row);
    case NodeKind::call:
      return call(node, row);
    case NodeKind::quantified:
      return one_of(node, row);
    case NodeKind::subquery:
      return subquery(node, row);
    default:
      return unknown_value();
  }
}

FlowValue FlowEvaluator::name(const Node& node, const FlowRow& row) const {
  const std::string key = join(node.names, ".");
  if (const auto found = row.find(key); found != row.end()) return found->second;
  const auto variable = variables_.find(key);
  return variable == variables_.end() ? unknown_value() : variable->second;
}

FlowValue FlowEvaluator::logic(const Node& node, const FlowRow& row, bool all) const {
  bool unknown = false, null = false;
  for (const Node& child : node.children) {
    const FlowValue value = evaluate(child, row);
    if (all ? is_false(value) : is_true(value)) return value_of(!all);
    unknown = unknown || !value.known;
    null = null || value.null;
  }
  if (unknown) return unknown_value();
  return null ? null_value() : value_of(all);
}

FlowValue FlowEvaluator::operation(const Node& node, const FlowRow& row) const {
  const FlowValue a = evaluate(node.children.front(), row);
  const std::string& sign = node.text;
  if (a.positive && node.children.size() == 2)
    return compare_positive(sign, evaluate(node.children.back(), row));
  if (!a.known) return {};
  if (sign == "IS NULL" || sign == "ISNULL") return value_of(a.null);
  if (sign == "IS NOT NULL" || sign == "NOTNULL") return value_of(!a.null);
  if (sign == "IS TRUE") return value_of(is_true(a));
  if (sign == "IS NOT TRUE") return value_of(!is_true(a));
  if (sign == "IS FALSE") return value_of(is_false(a));
  if (node.children.size() != 2) return {};
  const FlowValue b = evaluate(node.children.back(), row);
  if (!b.known) return {};
  if (a.null || b.null) return sign.starts_with("IS ") ? unknown_value() : null_value();
  if (sign == "||") return value_of(a.text + b.text);
  if (sign == "~" || sign == "!~") return match(matches_plain(a.text, b.text), sign == "~");
  if (sign == "~~" || sign == "!~~") return match(is_like(a.text, b.text), sign == "~~");
  static const std::set<std::string> comparisons{"=", "<>", "<", ">", "<=", ">="};
  return comparisons.contains(sign) ? compare(sign, a, b) : compute(sign, a, b);
}

FlowValue FlowEvaluator::one_of(const Node& node, const FlowRow& row) const {
  const bool understood = (node.text == "= ANY" || node.text == "<> ALL") &&
                          node.children.size() == 2 && node.children.back().kind == NodeKind::array;
  const FlowValue value = understood ? evaluate(node.children.front(), row) : unknown_value();
  if (!value.known || value.null) return value;
  const bool any = node.text == "= ANY";
  for (const Node& element : node.children.back().children) {
    const FlowValue one = evaluate(element, row);
    if (!one.known || one.null) return {};
    if (is_true(compare("=", value, one))) return value_of(any);
  }
  return value_of(!any);
}

FlowValue FlowEvaluator::cast(const Node& node, const FlowRow& row) const {
  const FlowValue value = evaluate(node.children.front(), row);
  if (!value.known || value.null) return value;
  if (node.text == "regclass" || node.text == "regtype") {
    const QualifiedName written = read_name(value.text);
    const auto found = node.text == "regclass" ? resolve_relation(catalog_, session_, written)
                                               : resolve_type(catalog_, session_, written);
    return found ? value_of(to_sql(*found)) : unknown_value();
  }
  if (node.text == "regnamespace") return value;
  if (node.text == "bool") {
    if (value.text == "t" || value.text == "1") return value_of(true);
    if (value.text == "f" || value.text == "0") return value_of(false);
  }
  static const std::set<std::string> plain{"text", "name",   "varchar", "bool",   "int4",
                                           "int8", "bpchar", "int2",    "numeric"};
  return plain.contains(node.text) ? value : unknown_value();
}

FlowValue FlowEvaluator::call(const Node& node, const FlowRow& row) const {
  const std::string& function = node.names.back();
  std::vector<FlowValue> arguments;
  for (const Node& child : node.children) arguments.push_back(evaluate(child, row));
  if (function == "current_schema" && !session_.search_path.empty()) {
    return value_of(session_.search_path.front());
  }
  if (function == "concat") {
    std::string text;
    for (const FlowValue& one : arguments) {
      if (!one.known) return {};
      text += one.text;
    }
    return value_of(text);
  }
  if (arguments.empty() || !arguments.front().known) return {};
  const FlowValue& first = arguments.front();
  if (function == "coalesce") return first.null ? unknown_value() : first;
  if (first.null) return null_value();
  if (function == "format") return format_text(arguments);
  if (function == "quote_ident") return value_of(quote_identifier(first.text));
  if (function == "quote_literal") return value_of(as_literal(first.text));
  if (function == "lower") return value_of(to_lower(first.text));
  const bool ascii = std::all_of(first.text.begin(), first.text.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if ((function == "length" || function == "char_length") && arguments.size() == 1 && ascii)
    return value_of(std::to_string(first.text.size()));
  if (function == "to_regclass" || function == "to_regtype") {
    const QualifiedName written = read_name(first.text);
    if (session_.partial || written.empty()) return {};
    const auto found = function == "to_regclass" ? resolve_relation(catalog_, session_, written)
                                                 : resolve_type(catalog_, session_, written);
    return found ? value_of(to_sql(*found)) : null_value();
  }
  if (function == "current_setting" && first.text == "server_version_num") {
    return value_of(version_number(session_.postgres));
  }
  return {};
}

FlowValue FlowEvaluator::subquery(const Node& node, const FlowRow& row) const {
  if (node.children.size() != 1 || (node.text != "EXISTS" && !node.text.empty())) return {};
  if (const Table* table = node.text == "EXISTS" ? table_read(node.children.front()) : nullptr)
    return value_of(!session_.empty_tables.contains(table->name));
  const auto result = rows(node.children.front(), row);
  if (!result) return {};
  if (node.text == "EXISTS") return value_of(!result->empty());
  if (result->empty()) return null_value();
  return result->size() == 1 && result->front().size() == 1 ? result->front().front().second
                                                            : unknown_value();
}

std::optional<std::vector<FlowValue>> FlowEvaluator::elements(const std::string& array) const {
  return elements(canonical::parse_expression(array));
}

std::optional<std::vector<FlowValue>> FlowEvaluator::elements(Node node) const {
  if (node.kind == NodeKind::cast) {
    Node inner = node.children.front();
    node = std::move(inner);
  }
  if (node.kind != NodeKind::array) return std::nullopt;
  std::vector<FlowValue> values;
  for (const Node& child : node.children) {
    values.push_back(evaluate(child, {}));
    if (!values.back().known) return std::nullopt;
  }
  return values;
}

std::optional<FlowEvaluator::Result> FlowEvaluator::rows(const std::string& query) const {
  return rows(canonical::parse_query(query), {});
}

namespace {

/// unnest(ARRAY['a', 'b']): the array.
const Node* unnested(const Node& node) {
  const bool call = node.kind == NodeKind::call && node.names.size() == 1 &&
                    node.names.front() == "unnest" && node.children.size() == 1;
  return call ? &node.children.front() : nullptr;
}

/// Joins the relations of FROM one after the other; the conditions of JOIN are added to `where`.
class From {
 public:
  From(const Catalog& catalog, const Session& session) : catalog_(catalog), session_(session) {}

  /// The elements of an array under that name.
  bool add(const std::string& alias, const std::vector<FlowValue>& values) {
    if (rows.size() * std::max<std::size_t>(values.size(), 1) > most_rows) return false;
    std::vector<FlowRow> joined;
    for (const FlowRow& row : rows) {
      for (const FlowValue& value : values) {
        FlowRow both = row;
        both[alias] = both[alias + "." + alias] = value;
        joined.push_back(std::move(both));
      }
    }
    rows = std::move(joined);
    return true;
  }

  bool add(const Node& node) {
    if (node.kind == NodeKind::clause && (node.text == "JOIN" || node.text == "INNER JOIN") &&
        node.children.size() == 3) {
      where.push_back(node.children[2]);
      return add(node.children[0]) && add(node.children[1]);
    }
    const bool plain =
        node.kind == NodeKind::source && !node.names.empty() && node.children.empty();
    if (!plain) return false;
    const auto more = rows_of_catalog(catalog_, session_, join(node.names, "."));
    if (!more || rows.size() * std::max<std::size_t>(more->size(), 1) > most_rows) return false;
    const std::string& alias = node.text.empty() ? node.names.back() : node.text;
    std::vector<FlowRow> joined;
    for (const FlowRow& row : rows) {
      for (const FlowRow& one : *more) {
        FlowRow both = row;
        for (const auto& [column, value] : one) {
          both[alias + "." + column] = value;
          both.emplace(column, value);
        }
        joined.push_back(std::move(both));
      }
    }
    rows = std::move(joined);
    return true;
  }

  std::vector<FlowRow> rows{FlowRow{}};
  std::vector<Node> where;

 private:
  static constexpr std::size_t most_rows = 100'000;
  const Catalog& catalog_;
  const Session& session_;
};

std::string output_name(const Node& item) {
  if (!item.text.empty()) return item.text;
  const Node& value = item.children.front();
  return value.names.empty() ? "?" : value.names.back();
}

}  // namespace

const Table* FlowEvaluator::table_read(const Node& query) const {
  if (!session_.stops_at_failures || session_.partial || query.kind != NodeKind::query ||
      query.children.size() != 1)
    return nullptr;
  const Node& select = query.children.front();
  const Node* from = canonical::find_clause(select, "FROM");
  const bool plain = select.text == "SELECT" && select.children.size() == 2 && from &&
                     canonical::find_clause(select, "ITEMS") && from->children.size() == 1;
  if (!plain) return nullptr;
  const Node& source = from->children.front();
  if (source.kind != NodeKind::source || source.names.empty() || source.names.size() > 2 ||
      !source.children.empty() || source.names.front() == "lateral")
    return nullptr;
  const auto name =
      resolve_relation(catalog_, session_,
                       {source.names.size() == 2 ? source.names.front() : "", source.names.back()});
  const auto found = name ? catalog_.tables.find(*name) : catalog_.tables.end();
  return found == catalog_.tables.end() ? nullptr : &found->second;
}

std::optional<FlowEvaluator::Result> FlowEvaluator::rows(const Node& query,
                                                         const FlowRow& outer) const {
  if (query.kind != NodeKind::query || query.children.empty()) return std::nullopt;
  const Node& select = query.children.front();
  const Node* items = canonical::find_clause(select, "ITEMS");
  const Node* from_clause = canonical::find_clause(select, "FROM");
  if (select.text != "SELECT" || !items || session_.partial) return std::nullopt;
  for (const Node& part : select.children) {
    if (part.text != "ITEMS" && part.text != "FROM" && part.text != "WHERE") return std::nullopt;
  }
  // Of "SELECT FROM t" there is none.
  const Node* only = items->children.size() == 1 ? &items->children.front() : nullptr;
  const bool counts = only && !only->children.empty() &&
                      only->children.front().kind == NodeKind::call &&
                      only->children.front().names.back() == "count";
  if (const Table* table = counts ? table_read(query) : nullptr) {
    if (session_.empty_tables.contains(table->name)) return Result{{{"count", value_of("0")}}};
    const Node& count = only->children.front();
    const bool star =
        count.children.empty() || count.children.front().names == std::vector<std::string>{"*"};
    if (!star) return std::nullopt;
    return Result{{{"count", FlowValue{false, false, {}, true}}}};
  }
  From from(catalog_, session_);
  if (from_clause) {
    for (const Node& source : from_clause->children) {
      const Node* array = source.kind == NodeKind::source && source.children.size() == 1
                              ? unnested(source.children.front())
                              : nullptr;
      if (array && !source.text.empty()) {
        const auto values = elements(*array);
        if (!values || !from.add(source.text, *values)) return std::nullopt;
        continue;
      }
      if (!from.add(source)) return std::nullopt;
    }
  }
  const Node* array = only && !only->children.empty() && select.children.size() == 1
                          ? unnested(only->children.front())
                          : nullptr;
  if (array) {
    const auto values = elements(*array);
    if (!values) return std::nullopt;
    Result listed;
    for (const FlowValue& value : *values) listed.push_back({{output_name(*only), value}});
    return listed;
  }
  if (const Node* where = canonical::find_clause(select, "WHERE"))
    from.where.push_back(where->children.front());
  Result result;
  for (FlowRow& row : from.rows) {
    row.insert(outer.begin(), outer.end());
    bool wanted = true;
    for (const Node& condition : from.where) {
      const FlowValue value = evaluate(condition, row);
      if (!value.known) return std::nullopt;
      wanted = wanted && is_true(value);
    }
    if (!wanted) continue;
    auto& output = result.emplace_back();
    if (counts) continue;
    for (const Node& item : items->children) {
      if (item.children.empty()) return std::nullopt;
      output.emplace_back(output_name(item), evaluate(item.children.front(), row));
    }
  }
  if (counts) return Result{{{"count", value_of(std::to_string(result.size()))}}};
  return result;
}

}  // namespace schemagate
