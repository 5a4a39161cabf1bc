// SPDX-License-Identifier: MIT
#include <algorithm>

#include "hcl/functions.h"
#include "hcl/regex.h"

namespace schemagate::hcl {
namespace {

Regex regex_at(const Arguments& a, std::size_t index) {
  try {
    return Regex(text_at(a, index));
  } catch (const RegexError& error) {
    throw WrongArgument{error.message};
  }
}

template <class Work>
auto searched(Work work) {
  try {
    return work();
  } catch (const RegexError& error) {
    throw WrongArgument{error.message};
  }
}

Value group_of(const std::string& text, const RegexMatch& match, std::size_t group) {
  const std::size_t begin = match[2 * group], end = match[2 * group + 1];
  if (begin == std::string::npos || end == std::string::npos) return {};
  return make_text(text.substr(begin, end - begin));
}

/// The text, a list of its groups, or an object of those that have names.
Value value_of(const Regex& regex, const std::string& text, const RegexMatch& match, Span where) {
  if (regex.groups() == 0) return group_of(text, match, 0);
  std::vector<Value> items;
  for (std::size_t i = 1; i <= regex.groups(); ++i) items.push_back(group_of(text, match, i));
  const auto named = std::count_if(regex.names().begin(), regex.names().end(),
                                   [](const std::string& name) { return !name.empty(); });
  if (named == 0) return make_list(std::move(items), where);
  if (static_cast<std::size_t>(named) != regex.groups())
    throw WrongArgument{"some groups have names, and some have none"};
  return make_object(regex.names(), std::move(items), where);
}

Value regex(const Arguments& a, Span where) {
  const Regex pattern = regex_at(a, 0);
  const std::string text = text_at(a, 1);
  const auto match = searched([&] { return pattern.search(text); });
  if (!match) throw WrongArgument{"the pattern does not match"};
  return value_of(pattern, text, *match, where);
}

Value regex_all(const Arguments& a, Span where) {
  const Regex pattern = regex_at(a, 0);
  const std::string text = text_at(a, 1);
  std::vector<Value> found;
  for (const RegexMatch& match : searched([&] { return pattern.all(text); }))
    found.push_back(value_of(pattern, text, match, where));
  return make_list(std::move(found), where);
}

/// $1, ${1} and ${name}; a name is as long as it can be, and an unknown one stands for nothing.
std::string expanded(const std::string& pattern, const Regex& regex, const std::string& text,
                     const RegexMatch& match) {
  std::string out;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '$' || at + 1 >= pattern.size()) {
      out += pattern[at];
      continue;
    }
    if (pattern[at + 1] == '$') {
      out += pattern[++at];
      continue;
    }
    const bool braces = pattern[at + 1] == '{';
    const std::size_t begin = at + (braces ? 2 : 1);
    const std::size_t end =
        std::min(pattern.find_first_not_of(
                     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", begin),
                 pattern.size());
    if (end == begin || (braces && (end >= pattern.size() || pattern[end] != '}'))) {
      out += '$';
      continue;
    }
    const std::string name = pattern.substr(begin, end - begin);
    std::size_t group = regex.groups() + 1;
    if (name.find_first_not_of("0123456789") == std::string::npos && name.size() < 4)
      group = static_cast<std::size_t>(std::stoul(name));
    for (std::size_t i = 0; i < regex.groups(); ++i)
      if (regex.names()[i] == name) group = i + 1;
    if (group <= regex.groups()) out += group_of(text, match, group).text;
    at = braces ? end : end - 1;
  }
  return out;
}

std::string replaced(const Regex& regex, const std::string& text, const std::string& by) {
  std::string out;
  std::size_t from = 0;
  for (const RegexMatch& match : searched([&] { return regex.all(text); })) {
    out += text.substr(from, match[0] - from) + expanded(by, regex, text, match);
    from = match[1];
    if (out.size() > longest_result) throw WrongArgument{"the text gets too long"};
  }
  return out + text.substr(from);
}

Value regex_replace(const Arguments& a, Span) {
  return make_text(replaced(regex_at(a, 1), text_at(a, 0), text_at(a, 2)));
}

Value regex_escape(const Arguments& a, Span) { return make_text(regex_escaped(text_at(a, 0))); }

constexpr Function regex_entries[] = {
    {"regex", 2, 2, regex},
    {"regexall", 2, 2, regex_all},
    {"regexpescape", 1, 1, regex_escape},
    {"regexreplace", 3, 3, regex_replace},
};

}  // namespace

std::span<const Function> regex_functions() { return regex_entries; }

}  // namespace schemagate::hcl
