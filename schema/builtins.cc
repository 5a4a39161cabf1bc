// SPDX-License-Identifier: MIT
#include "schema/builtins.h"

#include <algorithm>

#include "base/text.h"

namespace schemagate::builtins {
namespace {

#include "schema/builtins.inc"

/// Calls `use` with what follows the majors in each line of that name, for lines of that major.
template <class Use>
void each_line(std::string_view lines, std::string_view name, int major, Use use) {
  const auto name_at = [&](std::size_t begin) {
    return lines.substr(begin, lines.find(' ', begin) - begin);
  };
  // Lines begin behind a line end. The first whose name is not below `name` is looked for.
  std::size_t low = 1, high = lines.size();
  while (low < high) {
    const std::size_t begin = lines.rfind('\n', low + (high - low) / 2 - 1) + 1;
    if (name_at(begin) < name) {
      low = lines.find('\n', begin) + 1;
    } else {
      high = begin;
    }
  }
  for (std::size_t at = low; at < lines.size() && name_at(at) == name;) {
    const std::size_t end = lines.find('\n', at);
    const std::string_view rest = lines.substr(at + name.size() + 1, end - at - name.size() - 1);
    const int majors = rest.front() - 'A';
    if ((majors >> (major - 14) & 1) != 0) use(rest.substr(2));
    at = end + 1;
  }
}

BuiltinFunction function_of(std::string_view result_and_arguments) {
  BuiltinFunction function;
  const auto space = result_and_arguments.find(' ');
  function.result = result_and_arguments.substr(0, space);
  const std::string_view list = result_and_arguments.substr(space + 1);
  if (!list.empty()) function.arguments = split(list, ',');
  return function;
}

}  // namespace

std::optional<BuiltinType> type(std::string_view name, int major) {
  std::optional<BuiltinType> found;
  each_line(type_lines, name, major, [&](std::string_view line) {
    // "Nbp--ii": category, kind, storage, preferred, collatable, input, output
    found = BuiltinType{line[0], line[3] == 'p', line[4] == 'c', line[2], line[5], line[6]};
  });
  return found;
}

std::vector<BuiltinFunction> functions(std::string_view name, int major) {
  std::vector<BuiltinFunction> found;
  each_line(function_lines, name, major, [&](std::string_view line) {
    // "fi--0 int4 int4": kind, volatility, set, variadic, defaults
    BuiltinFunction function = function_of(line.substr(line.find(' ') + 1));
    function.kind = line[0];
    function.volatility = line[1];
    function.returns_set = line[2] == 's';
    function.variadic = line[3] == 'v';
    function.defaults = line[4] - '0';
    found.push_back(std::move(function));
  });
  return found;
}

bool is_function(std::string_view name, int major) {
  bool found = false;
  each_line(function_lines, name, major, [&](std::string_view) { found = true; });
  return found;
}

std::vector<BuiltinFunction> operators(std::string_view name, int major) {
  std::vector<BuiltinFunction> found;
  each_line(operator_lines, name, major, [&](std::string_view line) {
    BuiltinFunction function = function_of(line.substr(2));
    function.volatility = line[0];
    found.push_back(std::move(function));
  });
  return found;
}

std::optional<BuiltinFunction> exact_operator(std::string_view name, std::string_view left,
                                              std::string_view right, int major) {
  std::optional<BuiltinFunction> found;
  each_line(operator_lines, name, major, [&](std::string_view line) {
    // "i bool int4,int4"
    const bool same = line.size() > left.size() + right.size() + 1 && line.ends_with(right) &&
                      line.substr(0, line.size() - right.size() - 1).ends_with(left) &&
                      line[line.size() - right.size() - 1] == ',' &&
                      line[line.size() - right.size() - left.size() - 2] == ' ';
    if (!same) return;
    found = function_of(line.substr(2));
    found->volatility = line[0];
  });
  return found;
}

std::optional<BuiltinCast> cast(std::string_view from, std::string_view to, int major) {
  std::optional<BuiltinCast> found;
  each_line(cast_lines, from, major, [&](std::string_view line) {
    const auto space = line.find(' ');
    if (line.substr(0, space) != to) return;
    found = BuiltinCast{line[space + 1], line[space + 2], line[space + 3]};
  });
  return found;
}

bool has_default_class(std::string_view method, std::string_view type, int major) {
  bool found = false;
  each_line(class_lines, method, major, [&](std::string_view line) { found |= line == type; });
  return found;
}

std::vector<std::string_view> types_of_class(std::string_view name, std::string_view method,
                                             int major) {
  std::vector<std::string_view> types;
  each_line(opclass_lines, name, major, [&](std::string_view line) {
    const auto space = line.find(' ');
    if (line.substr(0, space) == method) types.push_back(line.substr(space + 1));
  });
  return types;
}

}  // namespace schemagate::builtins
