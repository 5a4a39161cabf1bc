// SPDX-License-Identifier: MIT
#include "hcl/functions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "hcl/evaluate.h"

namespace schemagate::hcl {
namespace {

// ---- numbers and conversions ----

Value absolute(const Arguments& a, Span) { return make_number(std::fabs(number_at(a, 0))); }
Value ceiling(const Arguments& a, Span) { return make_number(std::ceil(number_at(a, 0))); }
Value floor_of(const Arguments& a, Span) { return make_number(std::floor(number_at(a, 0))); }
Value power(const Arguments& a, Span) {
  return make_number(std::pow(number_at(a, 0), number_at(a, 1)));
}
Value logarithm(const Arguments& a, Span) {
  return make_number(std::log(number_at(a, 0)) / std::log(number_at(a, 1)));
}
Value sign_of(const Arguments& a, Span) {
  const double number = number_at(a, 0);
  return make_integer(number < 0 ? -1 : number > 0 ? 1 : 0);
}

Value extreme(const Arguments& a, bool largest) {
  std::size_t best = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double one = number_at(a, i), other = number_at(a, best);
    if (largest ? one > other : one < other) best = i;
  }
  return make_literal(*as_text(a[best]));
}
Value largest(const Arguments& a, Span) { return extreme(a, true); }
Value smallest(const Arguments& a, Span) { return extreme(a, false); }

Value parse_integer(const Arguments& a, Span) {
  const std::string digits = text_at(a, 0);
  const long base = whole_at(a, 1);
  if (base < 2 || base > 36) throw WrongArgument{"the base must be 2 to 36"};
  const bool negative = digits.starts_with('-');
  std::int64_t value = 0;
  for (const char c : digits.substr(negative ? 1 : 0)) {
    const int lower = c | 0x20;
    const long digit = c >= '0' && c <= '9'           ? c - '0'
                       : lower >= 'a' && lower <= 'z' ? lower - 'a' + 10
                                                      : 99;
    if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
        __builtin_add_overflow(value, digit, &value))
      throw WrongArgument{fmt::format("\"{}\" is no number of base {}", digits, base)};
  }
  if (digits.size() <= (negative ? 1U : 0U)) throw WrongArgument{"there are no digits"};
  return make_integer(negative ? -value : value);
}

Value to_number(const Arguments& a, Span) {
  number_at(a, 0);
  const std::string text = text_at(a, 0);
  return text.starts_with('-') ? make_number(number_at(a, 0)) : make_literal(text);
}
Value to_text(const Arguments& a, Span) { return make_text(text_at(a, 0)); }
Value to_boolean(const Arguments& a, Span) {
  const auto boolean = as_boolean(a[0]);
  if (!boolean) throw WrongArgument{fmt::format("{} is no boolean", kind_name(a[0]))};
  return make_boolean(*boolean);
}

/// What is printed is what it returns.
Value itself(const Arguments& a, Span) { return a[0]; }

Value every(const Arguments& a, bool wanted) {
  for (const Value& item : list_at(a, 0)) {
    const auto boolean = as_boolean(item);
    if (!boolean) throw WrongArgument{fmt::format("{} is no boolean", kind_name(item))};
    if (*boolean != wanted) return make_boolean(!wanted);
  }
  return make_boolean(wanted);
}
Value all_true(const Arguments& a, Span) { return every(a, true); }
Value any_true(const Arguments& a, Span) { return every(a, false); }

/// An expression or a type of PostgreSQL's. It keeps the place of what is written in it.
Value raw_sql(const Arguments& a, Span) {
  Value made = make_named(ValueKind::sql, text_at(a, 0));
  made.origins = a[0].origins;
  return made;
}

constexpr Function number_entries[] = {
    {"abs", 1, 1, absolute},
    {"alltrue", 1, 1, all_true},
    {"anytrue", 1, 1, any_true},
    {"ceil", 1, 1, ceiling},
    {"floor", 1, 1, floor_of},
    {"log", 2, 2, logarithm},
    {"max", 1, any_number, largest},
    {"min", 1, any_number, smallest},
    {"parseint", 2, 2, parse_integer},
    {"pow", 2, 2, power},
    {"print", 1, 1, itself},
    {"signum", 1, 1, sign_of},
    {"sql", 1, 1, raw_sql},
    {"tobool", 1, 1, to_boolean},
    {"tonumber", 1, 1, to_number},
    {"tostring", 1, 1, to_text},
};

/// Functions that exist and are not evaluated: clocks, files, the environment, other languages.
bool is_left_to_atlas(const std::string& name) {
  static const std::set<std::string> names{
      "csvdecode",  "file",      "fileset",       "formatdate", "getenv",       "glob",
      "timeadd",    "urlescape", "urlqueryset",   "urlsetpath", "urluserinfo",  "yamldecode",
      "yamlencode", "yamlmerge", "timestamp_now", "sha256",     "base64encode", "base64decode"};
  return names.count(name) != 0;
}

const Function* find(const std::string& name) {
  for (const auto table : {number_functions(), text_functions(), list_functions(), json_functions(),
                           regex_functions()})
    for (const Function& function : table)
      if (function.name == name) return &function;
  return nullptr;
}

}  // namespace

std::span<const Function> number_functions() { return number_entries; }

std::string text_at(const Arguments& arguments, std::size_t index) {
  const Value& value = arguments.at(index);
  if (const auto text = as_text(value)) return *text;
  throw WrongArgument{fmt::format("expected a string, found {}", kind_name(value))};
}

double number_at(const Arguments& arguments, std::size_t index) {
  const Value& value = arguments.at(index);
  if (const auto number = as_number(value)) return *number;
  throw WrongArgument{fmt::format("expected a number, found {}", kind_name(value))};
}

long whole_at(const Arguments& arguments, std::size_t index) {
  const double number = number_at(arguments, index);
  if (!(std::fabs(number) <= 1e6) || number != std::floor(number))
    throw WrongArgument{fmt::format("{} is no whole number of a useful size", number)};
  return static_cast<long>(number);
}

const std::vector<Value>& list_at(const Arguments& arguments, std::size_t index) {
  const Value& value = arguments.at(index);
  if (value.is(ValueKind::list)) return value.items;
  throw WrongArgument{fmt::format("expected a list, found {}", kind_name(value))};
}

const Value& object_at(const Arguments& arguments, std::size_t index) {
  const Value& value = arguments.at(index);
  if (value.is(ValueKind::object)) return value;
  throw WrongArgument{fmt::format("expected an object, found {}", kind_name(value))};
}

std::optional<Value> call_function(const std::string& name, const std::vector<Value>& arguments,
                                   Span where) {
  const Function* function = find(name);
  if (!function) {
    if (!is_left_to_atlas(name)) return std::nullopt;
    return make_external(where, fmt::format("{}() is not evaluated here", name));
  }
  if (arguments.size() < function->least || arguments.size() > function->most)
    return make_unknown(where, fmt::format("{}() takes {}{} arguments, not {}", name,
                                           function->least == function->most ? "" : "at least ",
                                           function->least, arguments.size()));
  try {
    return function->run(arguments, where);
  } catch (const WrongArgument& wrong) {
    return make_unknown(where, fmt::format("{}(): {}", name, wrong.message));
  }
}

}  // namespace schemagate::hcl
