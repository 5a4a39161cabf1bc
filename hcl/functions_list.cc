// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "hcl/functions.h"

namespace schemagate::hcl {
namespace {

/// Sets are small in schemas; a large one would cost the square of its size.
constexpr std::size_t largest_set = 3'000;

bool holds(const std::vector<Value>& items, const Value& wanted) {
  return std::any_of(items.begin(), items.end(),
                     [&](const Value& item) { return same(item, wanted); });
}

std::vector<Value> unique(const std::vector<Value>& items) {
  if (items.size() > largest_set) throw WrongArgument{"the list is too long to compare"};
  std::vector<Value> out;
  for (const Value& item : items)
    if (!holds(out, item)) out.push_back(item);
  return out;
}

/// Sets are sorted as Atlas does it: texts by their bytes, numbers by size; others stay as they
/// are.
Value make_set(const std::vector<Value>& items, Span where) {
  std::vector<Value> out = unique(items);
  std::stable_sort(out.begin(), out.end(), [](const Value& one, const Value& two) {
    const bool numbers = one.is(ValueKind::number) && two.is(ValueKind::number);
    if (numbers) return one.number < two.number;
    return one.text < two.text || (one.text == two.text && one.keys < two.keys);
  });
  return make_list(std::move(out), where, true);
}

Value to_set(const Arguments& a, Span where) { return make_set(list_at(a, 0), where); }
Value to_list(const Arguments& a, Span where) { return make_list(list_at(a, 0), where); }
Value to_map(const Arguments& a, Span) { return object_at(a, 0); }

Value chunks(const Arguments& a, Span where) {
  const long size = whole_at(a, 1);
  if (size < 1) throw WrongArgument{"chunks need a size"};
  std::vector<Value> out, chunk;
  for (const Value& item : list_at(a, 0)) {
    chunk.push_back(item);
    if (chunk.size() < static_cast<std::size_t>(size)) continue;
    out.push_back(make_list(std::move(chunk), where));
    chunk.clear();
  }
  if (!chunk.empty()) out.push_back(make_list(std::move(chunk), where));
  return make_list(std::move(out), where);
}

Value coalesce(const Arguments& a, Span) {
  for (const Value& value : a)
    if (!value.is(ValueKind::null) && !(value.is(ValueKind::text) && value.text.empty()))
      return value;
  throw WrongArgument{"all of them are empty"};
}

Value coalesce_lists(const Arguments& a, Span) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!list_at(a, i).empty()) return a[i];
  throw WrongArgument{"all of them are empty"};
}

Value compact(const Arguments& a, Span where) {
  std::vector<Value> out;
  for (const Value& item : list_at(a, 0))
    if (!item.is(ValueKind::null) && !(item.is(ValueKind::text) && item.text.empty()))
      out.push_back(item);
  return make_list(std::move(out), where);
}

Value concat(const Arguments& a, Span where) {
  std::vector<Value> out;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto& items = list_at(a, i);
    out.insert(out.end(), items.begin(), items.end());
  }
  return make_list(std::move(out), where);
}

Value contains(const Arguments& a, Span) { return make_boolean(holds(list_at(a, 0), a[1])); }
Value distinct(const Arguments& a, Span where) { return make_list(unique(list_at(a, 0)), where); }

Value element(const Arguments& a, Span) {
  const auto& items = list_at(a, 0);
  const long index = whole_at(a, 1);
  if (items.empty() || index < 0) throw WrongArgument{"there is no such element"};
  return items[static_cast<std::size_t>(index) % items.size()];
}

Value is_empty(const Arguments& a, Span) {
  const Value& value = a[0];
  if (value.is(ValueKind::list) || value.is(ValueKind::object))
    return make_boolean(value.items.empty());
  return make_boolean(value.is(ValueKind::null) || text_at(a, 0).empty());
}

void flatten_into(const std::vector<Value>& items, std::vector<Value>& out) {
  for (const Value& item : items) {
    if (item.is(ValueKind::list))
      flatten_into(item.items, out);
    else
      out.push_back(item);
  }
}
Value flatten(const Arguments& a, Span where) {
  std::vector<Value> out;
  flatten_into(list_at(a, 0), out);
  return make_list(std::move(out), where);
}

Value index_of(const Arguments& a, Span) {
  const auto& items = list_at(a, 0);
  for (std::size_t i = 0; i < items.size(); ++i)
    if (same(items[i], a[1])) return make_integer(static_cast<std::int64_t>(i));
  throw WrongArgument{"the list does not hold it"};
}

Value keys(const Arguments& a, Span where) {
  std::vector<Value> out;
  for (const std::string& key : object_at(a, 0).keys) out.push_back(make_text(key));
  return make_list(std::move(out), where);
}
Value values(const Arguments& a, Span where) { return make_list(object_at(a, 0).items, where); }

Value length(const Arguments& a, Span) {
  const Value& value = a[0];
  if (value.is(ValueKind::list) || value.is(ValueKind::object))
    return make_integer(static_cast<std::int64_t>(value.items.size()));
  const std::string text = text_at(a, 0);
  return make_integer(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

Value lookup(const Arguments& a, Span) {
  if (const Value* found = object_at(a, 0).member(text_at(a, 1))) return *found;
  if (a.size() > 2) return a[2];
  throw WrongArgument{fmt::format("the object has no \"{}\"", text_at(a, 1))};
}

Value merge(const Arguments& a, Span where) {
  std::vector<std::string> all_keys;
  std::vector<Value> all;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].is(ValueKind::null)) continue;
    const Value& object = object_at(a, i);
    all_keys.insert(all_keys.end(), object.keys.begin(), object.keys.end());
    all.insert(all.end(), object.items.begin(), object.items.end());
  }
  return make_object(std::move(all_keys), std::move(all), where);
}

Value range(const Arguments& a, Span where) {
  const double from = a.size() > 1 ? number_at(a, 0) : 0;
  const double to = number_at(a, a.size() > 1 ? 1 : 0);
  const double step = a.size() > 2 ? number_at(a, 2) : to < from ? -1 : 1;
  if (step == 0 || (to - from) / step > 10'000) throw WrongArgument{"the range is too long"};
  std::vector<Value> out;
  for (double at = from; step > 0 ? at < to : at > to; at += step) {
    out.push_back(make_number(at));
    if (out.size() > 10'001) throw WrongArgument{"the range is too long"};
  }
  return make_list(std::move(out), where);
}

Value reverse(const Arguments& a, Span where) {
  std::vector<Value> items = list_at(a, 0);
  std::reverse(items.begin(), items.end());
  return make_list(std::move(items), where);
}

Value intersection(const Arguments& a, Span where) {
  std::vector<Value> out = unique(list_at(a, 0));
  for (std::size_t i = 1; i < a.size(); ++i) {
    const std::vector<Value> other = unique(list_at(a, i));
    std::erase_if(out, [&](const Value& item) { return !holds(other, item); });
  }
  return make_set(out, where);
}
Value subtraction(const Arguments& a, Span where) {
  std::vector<Value> out = unique(list_at(a, 0));
  const std::vector<Value> other = unique(list_at(a, 1));
  std::erase_if(out, [&](const Value& item) { return holds(other, item); });
  return make_set(out, where);
}
Value set_union(const Arguments& a, Span where) {
  std::vector<Value> out;
  for (std::size_t i = 0; i < a.size(); ++i)
    out.insert(out.end(), list_at(a, i).begin(), list_at(a, i).end());
  return make_set(out, where);
}

Value product(const Arguments& a, Span where) {
  std::vector<std::vector<Value>> rows{{}};
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::vector<std::vector<Value>> longer;
    if (rows.size() * list_at(a, i).size() > 10'000)
      throw WrongArgument{"the product is too large"};
    for (const auto& row : rows)
      for (const Value& item : list_at(a, i)) {
        longer.push_back(row);
        longer.back().push_back(item);
      }
    rows = std::move(longer);
  }
  std::vector<Value> out;
  for (auto& row : rows) out.push_back(make_list(std::move(row), where));
  return make_list(std::move(out), where);
}

Value slice(const Arguments& a, Span where) {
  const auto& items = list_at(a, 0);
  const long from = whole_at(a, 1), to = whole_at(a, 2);
  if (from < 0 || to < from || to > static_cast<long>(items.size()))
    throw WrongArgument{"the list is not that long"};
  return make_list({items.begin() + from, items.begin() + to}, where);
}

Value sort(const Arguments& a, Span where) {
  std::vector<Value> items = list_at(a, 0);
  for (std::size_t i = 0; i < items.size(); ++i) text_at(items, i);
  std::stable_sort(items.begin(), items.end(),
                   [](const Value& one, const Value& two) { return one.text < two.text; });
  return make_list(std::move(items), where);
}

Value zip(const Arguments& a, Span where) {
  const auto &names = list_at(a, 0), &items = list_at(a, 1);
  if (names.size() != items.size()) throw WrongArgument{"the lists are of different lengths"};
  std::vector<std::string> all_keys;
  for (std::size_t i = 0; i < names.size(); ++i) all_keys.push_back(text_at(names, i));
  return make_object(std::move(all_keys), items, where);
}

constexpr Function list_entries[] = {
    {"chunklist", 2, 2, chunks},
    {"coalesce", 1, any_number, coalesce},
    {"coalescelist", 1, any_number, coalesce_lists},
    {"compact", 1, 1, compact},
    {"concat", 1, any_number, concat},
    {"contains", 2, 2, contains},
    {"distinct", 1, 1, distinct},
    {"element", 2, 2, element},
    {"empty", 1, 1, is_empty},
    {"flatten", 1, 1, flatten},
    {"index", 2, 2, index_of},
    {"keys", 1, 1, keys},
    {"length", 1, 1, length},
    {"lookup", 2, 3, lookup},
    {"merge", 0, any_number, merge},
    {"range", 1, 3, range},
    {"reverse", 1, 1, reverse},
    {"setintersection", 1, any_number, intersection},
    {"setproduct", 1, 8, product},
    {"setsubtract", 2, 2, subtraction},
    {"setunion", 1, any_number, set_union},
    {"slice", 3, 3, slice},
    {"sort", 1, 1, sort},
    {"tolist", 1, 1, to_list},
    {"tomap", 1, 1, to_map},
    {"toset", 1, 1, to_set},
    {"values", 1, 1, values},
    {"zipmap", 2, 2, zip},
};

}  // namespace

std::span<const Function> list_functions() { return list_entries; }

}  // namespace schemagate::hcl
