// SPDX-License-Identifier: MIT
#include "hcl/value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>

namespace schemagate::hcl {
namespace {

std::string printed(double value) {
  std::array<char, 400> buffer;
  const double size = std::fabs(value);
  const bool plain = size == 0 || (size < 1e21 && size > 1e-7);
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                    plain ? std::chars_format::fixed : std::chars_format::general);
  return error == std::errc() ? std::string(buffer.data(), end) : "0";
}

/// Checks and sums up what a list or an object holds. One unknown part makes all of it unknown.
Value measured(Value made, Span where) {
  for (const Value& item : made.items) {
    if (item.is_unknown()) return item;
    made.depth = std::max(made.depth, item.depth + 1);
    made.weight += item.weight;
  }
  for (const std::string& key : made.keys) made.weight += 1 + key.size() / 16;
  if (made.depth > max_value_depth) return make_unknown(where, "this value is nested too deeply");
  if (made.weight > max_value_weight) return make_unknown(where, "this value is too large");
  return made;
}

}  // namespace

const Value* Value::member(const std::string& key) const {
  if (kind != ValueKind::object) return nullptr;
  const auto at = std::lower_bound(keys.begin(), keys.end(), key);
  if (at == keys.end() || *at != key) return nullptr;
  return &items[static_cast<std::size_t>(at - keys.begin())];
}

Value make_named(ValueKind kind, std::string text) {
  Value made;
  made.kind = kind;
  made.text = std::move(text);
  made.weight = 1 + made.text.size() / 16;
  return made;
}

Value make_unknown(Span where, std::string reason) {
  Value made = make_named(ValueKind::unknown, std::move(reason));
  made.where = where;
  return made;
}

Value make_external(Span where, std::string reason) {
  Value made = make_unknown(where, std::move(reason));
  made.external = true;
  return made;
}

Value make_boolean(bool value) {
  Value made = make_named(ValueKind::boolean, value ? "true" : "false");
  made.boolean = value;
  return made;
}

Value make_integer(std::int64_t value) {
  Value made = make_named(ValueKind::number, std::to_string(value));
  made.number = static_cast<double>(value);
  made.integer = value;
  return made;
}

Value make_number(double value) {
  if (std::fabs(value) < 1e15 && value == std::floor(value))
    return make_integer(static_cast<std::int64_t>(value));
  Value made = make_named(ValueKind::number, printed(value));
  made.number = value;
  return made;
}

Value make_literal(const std::string& digits) {
  const char* end = digits.data() + digits.size();
  std::int64_t integer = 0;
  const auto whole = std::from_chars(digits.data(), end, integer);
  if (whole.ec == std::errc() && whole.ptr == end) return make_integer(integer);
  double number = 0;
  std::from_chars(digits.data(), end, number);
  Value made = make_named(ValueKind::number, digits);
  made.number = number;
  const bool has_exponent = digits.find_first_of("eE") != std::string::npos;
  if (has_exponent) return std::isfinite(number) ? make_number(number) : made;
  if (digits.find('.') == std::string::npos) return made;
  while (made.text.ends_with('0')) made.text.pop_back();
  if (made.text.ends_with('.')) made.text.pop_back();
  return made;
}

Value make_text(std::string text) { return make_named(ValueKind::text, std::move(text)); }

Value make_list(std::vector<Value> items, Span where, bool is_set) {
  Value made;
  made.kind = ValueKind::list;
  made.is_set = is_set;
  made.items = std::move(items);
  return measured(std::move(made), where);
}

Value make_object(std::vector<std::string> keys, std::vector<Value> items, Span where) {
  std::vector<std::size_t> order(keys.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return keys[a] < keys[b]; });
  Value made;
  made.kind = ValueKind::object;
  for (const std::size_t index : order) {
    if (!made.keys.empty() && made.keys.back() == keys[index]) {
      made.items.back() = std::move(items[index]);
      continue;
    }
    made.keys.push_back(keys[index]);
    made.items.push_back(std::move(items[index]));
  }
  return measured(std::move(made), where);
}

std::optional<std::string> as_text(const Value& value) {
  if (value.is(ValueKind::text) || value.is(ValueKind::number) || value.is(ValueKind::boolean))
    return value.text;
  return std::nullopt;
}

std::optional<double> as_number(const Value& value) {
  if (value.is(ValueKind::number)) return value.number;
  if (!value.is(ValueKind::text) || value.text.empty()) return std::nullopt;
  double number = 0;
  const char* end = value.text.data() + value.text.size();
  const auto read = std::from_chars(value.text.data(), end, number);
  if (read.ec != std::errc() || read.ptr != end || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<bool> as_boolean(const Value& value) {
  if (value.is(ValueKind::boolean)) return value.boolean;
  if (value.is(ValueKind::text) && value.text == "true") return true;
  if (value.is(ValueKind::text) && value.text == "false") return false;
  return std::nullopt;
}

bool same(const Value& one, const Value& two) {
  return one.kind == two.kind && one.text == two.text && one.keys == two.keys &&
         std::equal(one.items.begin(), one.items.end(), two.items.begin(), two.items.end(), same);
}

std::string_view kind_name(const Value& value) {
  switch (value.kind) {
    case ValueKind::unknown:
      return "unknown";
    case ValueKind::null:
      return "null";
    case ValueKind::boolean:
      return "a boolean";
    case ValueKind::number:
      return "a number";
    case ValueKind::text:
      return "a string";
    case ValueKind::list:
      return "a list";
    case ValueKind::object:
      return "an object";
    case ValueKind::keyword:
      return "a word";
    case ValueKind::reference:
      return "a reference";
    case ValueKind::sql:
      return "an SQL expression";
    case ValueKind::type:
      return "a type";
  }
  return "a value";
}

}  // namespace schemagate::hcl
