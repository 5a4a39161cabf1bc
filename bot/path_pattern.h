// SPDX-License-Identifier: MIT
// A glob with {placeholders} that tells what they stand for in a path. Time and memory grow with
// the lengths of both, never with the ways to match: patterns and paths may be a pull request's.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace schemagate {

/// What the placeholders stand for, by name.
using Bindings = std::map<std::string, std::string>;

class PathPattern {
 public:
  /// `*` and `?` stay within a folder, `**` does not, {name} is one folder's name. `is_folder`: the
  /// pattern is a folder, and whatever lies below matches.
  PathPattern(std::string_view glob, bool is_folder);

  /// Whether the whole path matches; then `bindings` holds what the placeholders stand for, each as
  /// long as possible. One that stands for two things is no match.
  bool match(std::string_view path, Bindings& bindings) const;

 private:
  enum class Kind { literal, one, name, within, any, folders };
  struct Part {
    Kind kind = Kind::literal;
    char literal = 0;
    std::string name = {};
  };

  /// For each part and each place of the path, whether the parts from there on match the rest.
  class Rest;
  Rest rest_of(std::string_view path) const;

  std::vector<Part> parts_;
  std::string prefix_;  ///< what every match begins with
};

}  // namespace schemagate
