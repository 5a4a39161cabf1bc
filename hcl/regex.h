// SPDX-License-Identifier: MIT
// Regular expressions as HCL's functions take them: the syntax of RE2 as far as names and types are
// taken apart with it. The time that a search takes grows with the text's length times the
// pattern's; nothing is tried twice.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace schemagate::hcl {

/// Thrown for a pattern that is wrong, or that is not read here, and for too much work.
struct RegexError {
  std::string message;
};

/// Offsets in bytes of the whole match and of each group; npos where a group took no part.
using RegexMatch = std::vector<std::size_t>;

class Regex {
 public:
  explicit Regex(std::string_view pattern);

  /// The first match at or behind byte `from`, of several the one that Perl would take.
  std::optional<RegexMatch> search(std::string_view text, std::size_t from = 0) const;
  /// All that do not overlap; an empty one not where the one before ended.
  std::vector<RegexMatch> all(std::string_view text) const;

  std::size_t groups() const { return names_.size(); }
  /// Of each group; empty for one without.
  const std::vector<std::string>& names() const { return names_; }

  enum class Kind {
    set,
    split,
    jump,
    save,
    begin,
    end,
    line_begin,
    line_end,
    word,
    no_word,
    accept
  };
  struct Step {
    Kind kind = Kind::accept;
    std::size_t first = 0, second = 0;  ///< where it goes; of a save its number
    std::vector<std::pair<char32_t, char32_t>> ranges;
  };

 private:
  friend class RegexCompiler;
  std::vector<Step> steps_;
  std::vector<std::string> names_;
};

/// The text with a backslash before each sign that a pattern would read.
std::string regex_escaped(std::string_view text);

}  // namespace schemagate::hcl
