// SPDX-License-Identifier: MIT
#include "schema/builtins.h"

#include <algorithm>
#include <unordered_map>

#include "base/text.h"

namespace schemagate::builtins {
namespace {

#include "schema/builtins.inc"

/// Lines "name majors rest", sorted by name, and where those of each name begin and end: looked up
/// once for each argument of each call, so the places are gathered at the first question.
class Lines {
 public:
  explicit Lines(std::string_view text) {
    for (std::size_t at = 1; at < text.size();) {  // a line end comes first
      const std::size_t end = text.find('\n', at);
      const std::size_t space = text.find(' ', at);
      std::string_view& lines = of_name_[text.substr(at, space - at)];
      const char* const first = lines.empty() ? text.data() + at : lines.data();
      lines = {first, static_cast<std::size_t>(text.data() + end - first)};
      at = end + 1;
    }
  }

  /// Calls `use` with what follows the majors in each line of that name, for lines of that major.
  template <class Use>
  void each(std::string_view name, int major, Use use) const {
    const auto found = of_name_.find(name);
    if (found == of_name_.end()) return;
    for (std::string_view lines = found->second; !lines.empty();) {
      const std::string_view line = lines.substr(0, lines.find('\n'));
      lines.remove_prefix(std::min(lines.size(), line.size() + 1));
      const int majors = line[name.size() + 1] - 'A';
      if ((majors >> (major - 14) & 1) != 0) use(line.substr(name.size() + 3));
    }
  }

 private:
  std::unordered_map<std::string_view, std::string_view> of_name_;
};

const Lines& types() {
  static const Lines lines(type_lines);
  return lines;
}
const Lines& all_functions() {
  static const Lines lines(function_lines);
  return lines;
}
const Lines& all_operators() {
  static const Lines lines(operator_lines);
  return lines;
}
const Lines& casts() {
  static const Lines lines(cast_lines);
  return lines;
}
const Lines& default_classes() {
  static const Lines lines(class_lines);
  return lines;
}
const Lines& classes() {
  static const Lines lines(opclass_lines);
  return lines;
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
  types().each(name, major, [&](std::string_view line) {
    // "Nbp--ii": category, kind, storage, preferred, collatable, input, output
    found = BuiltinType{line[0], line[3] == 'p', line[4] == 'c', line[2], line[5], line[6]};
  });
  return found;
}

std::vector<BuiltinFunction> functions(std::string_view name, int major) {
  std::vector<BuiltinFunction> found;
  all_functions().each(name, major, [&](std::string_view line) {
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
  all_functions().each(name, major, [&](std::string_view) { found = true; });
  return found;
}

bool may_return_set(std::string_view name, int major) {
  bool found = false;
  all_functions().each(name, major, [&](std::string_view line) { found |= line[2] == 's'; });
  return found;
}

std::vector<BuiltinFunction> operators(std::string_view name, int major) {
  std::vector<BuiltinFunction> found;
  all_operators().each(name, major, [&](std::string_view line) {
    BuiltinFunction function = function_of(line.substr(2));
    function.volatility = line[0];
    found.push_back(std::move(function));
  });
  return found;
}

std::optional<BuiltinFunction> exact_operator(std::string_view name, std::string_view left,
                                              std::string_view right, int major) {
  std::optional<BuiltinFunction> found;
  all_operators().each(name, major, [&](std::string_view line) {
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
  casts().each(from, major, [&](std::string_view line) {
    const auto space = line.find(' ');
    if (line.substr(0, space) != to) return;
    found = BuiltinCast{line[space + 1], line[space + 2], line[space + 3]};
  });
  return found;
}

bool has_default_class(std::string_view method, std::string_view type, int major) {
  bool found = false;
  default_classes().each(method, major, [&](std::string_view line) { found |= line == type; });
  return found;
}

std::vector<std::string_view> types_of_class(std::string_view name, std::string_view method,
                                             int major) {
  std::vector<std::string_view> types;
  classes().each(name, major, [&](std::string_view line) {
    const auto space = line.find(' ');
    if (line.substr(0, space) == method) types.push_back(line.substr(space + 1));
  });
  return types;
}

}  // namespace schemagate::builtins
