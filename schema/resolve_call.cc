// SPDX-License-Identifier: MIT
#include "schema/resolve_call.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

namespace schemagate {
namespace {

using builtins::BuiltinFunction;
using Types = std::vector<std::string>;

constexpr std::string_view unknown = "unknown";

bool is_array(std::string_view type) { return type.ends_with("[]"); }
std::string element_of(std::string_view type) {
  return std::string(type.substr(0, type.size() - 2));
}

char category_of(std::string_view type, int major) {
  if (is_array(type)) return 'A';
  const auto known = builtins::type(type, major);
  return known ? known->category : 'P';
}
bool is_preferred(std::string_view type, int major) {
  const auto known = builtins::type(type, major);
  return known && known->preferred;
}

bool is_polymorphic(std::string_view type) { return type.starts_with("any") && type != "any"; }

/// A type that one of the any… types takes, apart from what the other arguments are.
bool fits_polymorphic(std::string_view from, std::string_view to, int major) {
  if (from == unknown) return true;
  const std::string_view kind = to.substr(to.starts_with("anycompatible") ? 13 : 3);
  if (kind == "array") return is_array(from);
  if (kind == "nonarray") return !is_array(from);
  if (kind == "range") return category_of(from, major) == 'R' && !from.ends_with("multirange");
  if (kind == "multirange") return from.ends_with("multirange");
  return kind != "enum";
}

int rank(char context) { return context == 'i' ? 0 : context == 'a' ? 1 : 2; }

}  // namespace

bool can_coerce(std::string_view from, std::string_view to, char context, int major) {
  if (from.empty() || to.empty() || from == to || from == unknown || to == "any") return true;
  if (is_polymorphic(to)) return fits_polymorphic(from, to, major);
  if (to == "record" || from == "record") return context != 'i';
  if (const auto cast = builtins::cast(from, to, major)) {
    if (rank(cast->context) <= rank(context)) return true;
  }
  if (is_array(from) && is_array(to)) {
    return can_coerce(element_of(from), element_of(to), context, major);
  }
  // By the text form: to strings in an assignment, from strings only when asked for.
  if (context != 'i' && category_of(to, major) == 'S') return true;
  return context == 'e' && category_of(from, major) == 'S';
}

namespace {

/// The any… types of one call stand for one type. Empty `known`: nothing was said about it.
struct Polymorphic {
  bool consistent = true;
  bool certain = true;  ///< false: several types that would have to be matched
  std::string element;  ///< of anyelement, anyarray, anynonarray
  std::string compatible;
  std::string range;
};

std::string element_of_range(std::string_view range) {
  constexpr std::pair<std::string_view, std::string_view> elements[] = {
      {"int4", "int4"}, {"int8", "int8"},        {"num", "numeric"},
      {"date", "date"}, {"tstz", "timestamptz"}, {"ts", "timestamp"}};
  for (const auto& [prefix, element] : elements) {
    if (range.starts_with(prefix)) return std::string(element);
  }
  return {};
}

Polymorphic polymorphic_of(const Types& declared, const Types& actual, int major) {
  Polymorphic p;
  Types together;      // what the anycompatible… types have to be made one type of
  std::string ranged;  // the element of a range
  for (std::size_t i = 0; i < declared.size() && i < actual.size(); ++i) {
    if (!is_polymorphic(declared[i])) continue;
    if (actual[i] == unknown || actual[i].empty()) {
      if (actual[i].empty()) p.certain = false;
      continue;
    }
    const bool compatible = declared[i].starts_with("anycompatible");
    if (declared[i].ends_with("range")) {
      if (compatible) p.certain = false;
      const std::string held = element_of_range(actual[i]);
      if (!compatible && !held.empty()) ranged = held;
      if (!p.range.empty() && p.range != actual[i]) p.consistent = false;
      p.range = actual[i];
      continue;
    }
    const std::string type =
        declared[i].ends_with("array") && is_array(actual[i]) ? element_of(actual[i]) : actual[i];
    if (compatible) {
      together.push_back(type);
      continue;
    }
    if (!p.element.empty() && p.element != type) p.consistent = false;
    p.element = type;
  }
  if (!ranged.empty() && !p.element.empty() && ranged != p.element) p.consistent = false;
  if (!together.empty()) {
    p.compatible = common_type(together, major);
    if (p.compatible == "-") p.consistent = false;
    if (p.compatible.empty()) p.certain = false;
  }
  return p;
}

std::string result_of(std::string_view result, const Polymorphic& p) {
  if (!is_polymorphic(result)) return std::string(result);
  if (!p.certain || !p.consistent) return {};
  if (result.ends_with("range")) return result.ends_with("anyrange") ? p.range : std::string();
  std::string element = result.starts_with("anycompatible") ? p.compatible : p.element;
  if (element.empty() && !p.range.empty()) element = element_of_range(p.range);
  if (element.empty()) return {};
  return result.ends_with("array") && !result.ends_with("nonarray") ? element + "[]" : element;
}

struct Candidate {
  const BuiltinFunction* function = nullptr;
  Types types;  ///< one for each argument that is given
};

/// The types that `count` arguments are held against, or nothing.
std::optional<Types> types_for(const BuiltinFunction& f, std::size_t count) {
  Types types(f.arguments.begin(), f.arguments.end());
  const std::size_t all = types.size();
  if (f.variadic && count >= all && !types.empty()) {
    const std::string last = types.back();
    std::string each = is_array(last) ? element_of(last) : last;
    if (last == "anyarray") each = "anyelement";
    if (last == "anycompatiblearray") each = "anycompatible";
    types.back() = each;
    types.resize(count, each);
    return types;
  }
  const auto defaults = static_cast<std::size_t>(f.defaults);
  if (count > all || count + defaults < all) return std::nullopt;
  types.resize(count);
  return types;
}

bool matches(const Candidate& c, const Types& arguments, int major) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!can_coerce(arguments[i], c.types[i], 'i', major)) return false;
  }
  return polymorphic_of(c.types, arguments, major).consistent;
}

/// Keeps the candidates with the highest score.
template <class Score>
void keep_best(std::vector<Candidate>& candidates, Score score) {
  int best = 0;
  for (const Candidate& c : candidates) best = std::max(best, score(c));
  std::erase_if(candidates, [&](const Candidate& c) { return score(c) < best; });
}

/// The category that the candidates have at the position of an untyped constant, and whether a
/// preferred type is among them.
struct Slot {
  char category = 'P';
  bool preferred = false;
  bool resolved = true;
};
Slot slot_of(const std::vector<Candidate>& candidates, std::size_t i, int major) {
  Slot slot;
  bool first = true, conflict = false;
  for (const Candidate& c : candidates) {
    const char category = category_of(c.types[i], major);
    const bool preferred = is_preferred(c.types[i], major);
    if (first) {
      slot = {category, preferred, true};
      first = false;
    } else if (category == slot.category) {
      slot.preferred |= preferred;
    } else if (category == 'S') {
      slot = {category, preferred, true};
    } else if (slot.category != 'S') {
      conflict = true;
    }
  }
  slot.resolved = !conflict || slot.category == 'S';
  return slot;
}

/// The steps of func_select_candidate that look at untyped constants.
void select_by_unknowns(std::vector<Candidate>& candidates, const Types& arguments, int major) {
  std::vector<std::pair<std::size_t, Slot>> slots;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] != unknown) continue;
    slots.emplace_back(i, slot_of(candidates, i, major));
    if (!slots.back().second.resolved) return;
  }
  std::vector<Candidate> kept;
  for (const Candidate& c : candidates) {
    const bool keeps = std::all_of(slots.begin(), slots.end(), [&](const auto& slot) {
      const std::string& type = c.types[slot.first];
      return category_of(type, major) == slot.second.category &&
             (!slot.second.preferred || is_preferred(type, major));
    });
    if (keeps) kept.push_back(c);
  }
  if (!kept.empty()) candidates = std::move(kept);
}

/// func_select_candidate; several are left when the call is ambiguous.
void select(std::vector<Candidate>& candidates, const Types& arguments, int major) {
  keep_best(candidates, [&](const Candidate& c) {
    int exact = 0;
    for (std::size_t i = 0; i < arguments.size(); ++i) exact += c.types[i] == arguments[i] ? 1 : 0;
    return exact;
  });
  if (candidates.size() == 1) return;
  keep_best(candidates, [&](const Candidate& c) {
    int good = 0;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (arguments[i] == unknown) continue;
      const bool preferred = is_preferred(c.types[i], major) &&
                             category_of(c.types[i], major) == category_of(arguments[i], major);
      good += c.types[i] == arguments[i] || preferred ? 1 : 0;
    }
    return good;
  });
  if (candidates.size() == 1) return;
  const bool any_unknown =
      std::find(arguments.begin(), arguments.end(), unknown) != arguments.end();
  if (!any_unknown) return;
  select_by_unknowns(candidates, arguments, major);
  if (candidates.size() == 1) return;
  // All others of one type: the constants are taken to be of it too.
  std::string known;
  for (const std::string& type : arguments) {
    if (type == unknown) continue;
    if (!known.empty() && known != type) return;
    known = type;
  }
  if (known.empty()) return;
  const Types all_known(arguments.size(), known);
  std::vector<Candidate> kept;
  for (const Candidate& c : candidates) {
    if (matches(c, all_known, major)) kept.push_back(c);
  }
  if (kept.size() == 1) candidates = std::move(kept);
}

ResolvedCall call_of(const Candidate& c, const Types& arguments, int major) {
  ResolvedCall call;
  const Polymorphic p = polymorphic_of(c.types, arguments, major);
  call.resolution = Resolution::found;
  call.result = result_of(c.function->result, p);
  call.volatility = c.function->volatility;
  call.kind = c.function->kind;
  call.returns_set = c.function->returns_set;
  for (const std::string& type : c.types) call.arguments.push_back(result_of(type, p));
  return call;
}

/// What all candidates have in common, where the arguments do not tell which is meant.
ResolvedCall common_call(const std::vector<Candidate>& candidates) {
  ResolvedCall call;
  const BuiltinFunction& first = *candidates.front().function;
  const auto all = [&](auto same) {
    return std::all_of(candidates.begin(), candidates.end(),
                       [&](const Candidate& c) { return same(*c.function); });
  };
  if (!is_polymorphic(first.result) &&
      all([&](const BuiltinFunction& f) { return f.result == first.result; })) {
    call.result = first.result;
  }
  if (all([&](const BuiltinFunction& f) { return f.volatility == first.volatility; })) {
    call.volatility = first.volatility;
  }
  if (all([&](const BuiltinFunction& f) { return f.kind == first.kind; })) call.kind = first.kind;
  call.returns_set = all([](const BuiltinFunction& f) { return f.returns_set; });
  return call;
}

ResolvedCall resolve(std::vector<Candidate> candidates, const Types& arguments, int major) {
  std::erase_if(candidates, [&](const Candidate& c) { return !matches(c, arguments, major); });
  ResolvedCall call;
  if (candidates.empty()) {
    call.resolution = Resolution::none;
    return call;
  }
  const bool told = std::none_of(arguments.begin(), arguments.end(),
                                 [](const std::string& type) { return type.empty(); });
  if (!told)
    return candidates.size() == 1 ? call_of(candidates.front(), arguments, major)
                                  : common_call(candidates);
  if (candidates.size() > 1) select(candidates, arguments, major);
  if (candidates.size() == 1) return call_of(candidates.front(), arguments, major);
  call = common_call(candidates);
  call.resolution = Resolution::ambiguous;
  return call;
}

}  // namespace

ResolvedCall resolve_function(const std::vector<BuiltinFunction>& functions, const Types& arguments,
                              int major) {
  std::vector<Candidate> candidates;
  for (const BuiltinFunction& f : functions) {
    auto types = types_for(f, arguments.size());
    if (!types) continue;
    if (*types == arguments) return call_of({&f, std::move(*types)}, arguments, major);
    candidates.push_back({&f, std::move(*types)});
  }
  return resolve(std::move(candidates), arguments, major);
}

/// Of an integer beside a numeric, or one of these beside a double precision: that is the only
/// type that one side has already and the other is converted to. Empty for all else.
std::string wider_number(std::string_view left, std::string_view right) {
  const auto rank = [](std::string_view type) {
    if (type == "int2" || type == "int4" || type == "int8") return 1;
    return type == "numeric" ? 2 : type == "float8" ? 3 : 0;
  };
  const int a = rank(left), z = rank(right);
  if (a == 0 || z == 0 || a == z) return {};
  return std::string(a > z ? left : right);
}

std::optional<ResolvedCall> exact_operator(std::string_view name, const Types& arguments,
                                           int major) {
  if (arguments.size() != 2) return std::nullopt;
  // An untyped constant is first taken to be of the other side's type. varchar has no operators:
  // those of text, the preferred type, are what is found.
  std::string left = arguments[0], right = arguments[1];
  if (left == "varchar") left = "text";
  if (right == "varchar") right = "text";
  if (left == unknown) left = right;
  if (right == unknown) right = left;
  if (left.empty() || right.empty() || left == unknown) return std::nullopt;
  auto found = builtins::exact_operator(name, left, right, major);
  const std::string wider = found ? std::string() : wider_number(left, right);
  if (!wider.empty()) {
    left = right = wider;
    found = builtins::exact_operator(name, left, right, major);
  }
  if (!found) return std::nullopt;
  ResolvedCall call;
  call.resolution = Resolution::found;
  call.result = found->result;
  call.volatility = found->volatility;
  call.arguments = {left, right};
  return call;
}

ResolvedCall resolve_among(std::string_view name, const Types& arguments, int major) {
  const std::vector<BuiltinFunction> operators = builtins::operators(name, major);
  ResolvedCall call;
  if (operators.empty()) return call;
  std::vector<Candidate> candidates;
  for (const BuiltinFunction& f : operators) {
    if (f.arguments.size() != arguments.size()) continue;
    Candidate c{&f, Types(f.arguments.begin(), f.arguments.end())};
    if (c.types == arguments) return call_of(c, arguments, major);
    candidates.push_back(std::move(c));
  }
  return resolve(std::move(candidates), arguments, major);
}

ResolvedCall resolve_operator(std::string_view name, const Types& arguments, int major) {
  if (auto exact = exact_operator(name, arguments, major)) return *exact;
  // The same few questions come for each CHECK of a file; an answer takes a look at all operators
  // of the name, seventy for "=".
  constexpr std::size_t most = 1000;
  thread_local std::unordered_map<std::string, ResolvedCall> answers;
  std::string question = std::to_string(major) + ' ' + std::string(name);
  for (const std::string& type : arguments) question += '\n' + type;
  if (const auto known = answers.find(question); known != answers.end()) return known->second;
  ResolvedCall call = resolve_among(name, arguments, major);
  if (answers.size() < most) answers.emplace(std::move(question), call);
  return call;
}

std::string common_type(const Types& types, int major) {
  std::string result(unknown);
  for (const std::string& type : types) {
    if (type.empty()) return {};
    if (type == unknown || type == result) continue;
    if (result == unknown) {
      result = type;
      continue;
    }
    if (category_of(type, major) != category_of(result, major)) return "-";
    if (!is_preferred(result, major) && can_coerce(result, type, 'i', major) &&
        !can_coerce(type, result, 'i', major)) {
      result = type;
    }
  }
  if (result == unknown) return "text";
  const bool all = std::all_of(types.begin(), types.end(), [&](const std::string& type) {
    return can_coerce(type, result, 'i', major);
  });
  return all ? result : std::string();
}

}  // namespace schemagate
