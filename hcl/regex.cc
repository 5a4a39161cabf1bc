// SPDX-License-Identifier: MIT
#include "hcl/regex.h"

#include <fmt/format.h>

#include <algorithm>

namespace schemagate::hcl {
namespace {

using Ranges = std::vector<std::pair<char32_t, char32_t>>;
using Kind = Regex::Kind;
using Step = Regex::Step;

constexpr char32_t last_character = 0x10FFFF;
constexpr std::size_t most_steps = 10'000, most_repeats = 1000, most_work = 1'000'000;
constexpr int deepest = 100;

/// Characters with their places; a byte that is no UTF-8 stands for itself.
struct Characters {
  std::vector<char32_t> codes;
  std::vector<std::size_t> begins;  ///< one more than codes
};

Characters characters_of(std::string_view text) {
  Characters found;
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    std::size_t size = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    char32_t code = size == 1 ? byte : byte & (0x7F >> size);
    for (std::size_t i = 1; i < size; ++i) {
      const auto more = at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
      if ((more & 0xC0) != 0x80) {
        size = 1;
        code = byte;
        break;
      }
      code = code << 6 | (more & 0x3F);
    }
    found.codes.push_back(code);
    found.begins.push_back(at);
    at += size;
  }
  found.begins.push_back(text.size());
  return found;
}

Ranges inverted(Ranges ranges) {
  std::sort(ranges.begin(), ranges.end());
  Ranges out;
  char32_t from = 0;
  for (const auto& [low, high] : ranges) {
    if (low > from) out.emplace_back(from, low - 1);
    from = std::max<char32_t>(from, high + 1);
  }
  if (from <= last_character) out.emplace_back(from, last_character);
  return out;
}

Ranges without_case(Ranges ranges) {
  Ranges out = ranges;
  for (const auto& [low, high] : ranges)
    for (const char32_t shift : {U'a', U'A'}) {
      const char32_t other = shift == U'a' ? U'A' : U'a';
      const char32_t from = std::max<char32_t>(low, shift),
                     to = std::min<char32_t>(high, shift + 25);
      if (from <= to) out.emplace_back(from - shift + other, to - shift + other);
    }
  return out;
}

const Ranges digits{{'0', '9'}}, spaces{{'\t', '\n'}, {'\f', '\r'}, {' ', ' '}},
    words{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};

bool is_in(const Ranges& ranges, char32_t code) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const auto& range) {
    return range.first <= code && code <= range.second;
  });
}

}  // namespace

/// Reads a pattern and writes steps.
class RegexCompiler {
 public:
  RegexCompiler(std::string_view pattern, Regex& regex)
      : pattern_(characters_of(pattern).codes), regex_(regex) {}

  void run() {
    add(Kind::save, 0);
    alternatives(0);
    if (at_ < pattern_.size()) refuse("there is a ) too many");
    add(Kind::save, 1);
    add(Kind::accept);
  }

 private:
  struct Flags {
    bool no_case = false, dot_is_all = false, lines = false;
  };

  [[noreturn]] void refuse(std::string_view why) const {
    throw RegexError{fmt::format("at character {}: {}", at_ + 1, why)};
  }
  std::vector<Step>& steps() { return regex_.steps_; }
  bool more() const { return at_ < pattern_.size(); }
  bool takes(char32_t c) {
    if (!more() || pattern_[at_] != c) return false;
    ++at_;
    return true;
  }
  char32_t taken() {
    if (!more()) refuse("the pattern ends here");
    return pattern_[at_++];
  }
  void add(Kind kind, std::size_t first = 0, std::size_t second = 0, Ranges ranges = {}) {
    if (steps().size() >= most_steps) refuse("the pattern is too long");
    steps().push_back({kind, first, second, std::move(ranges)});
  }
  void add_set(const Ranges& ranges) {
    add(Kind::set, 0, 0, flags_.no_case ? without_case(ranges) : ranges);
  }
  /// Puts a step before those that were written from `at` on.
  void insert(std::size_t at, Step step) {
    if (steps().size() >= most_steps) refuse("the pattern is too long");
    for (std::size_t i = at; i < steps().size(); ++i) {
      const Kind kind = steps()[i].kind;
      if ((kind == Kind::split || kind == Kind::jump) && steps()[i].first >= at) ++steps()[i].first;
      if (kind == Kind::split && steps()[i].second >= at) ++steps()[i].second;
    }
    steps().insert(steps().begin() + static_cast<std::ptrdiff_t>(at), std::move(step));
  }

  void alternatives(int depth) {
    if (depth > deepest) refuse("the groups are too deep");
    const std::size_t begin = steps().size();
    sequence(depth);
    std::vector<std::size_t> jumps;
    std::size_t branch = begin;
    while (takes('|')) {
      insert(branch, {Kind::split, branch + 1, 0, {}});
      jumps.push_back(steps().size());
      add(Kind::jump);
      steps()[branch].second = steps().size();
      branch = steps().size();
      sequence(depth);
    }
    for (const std::size_t jump : jumps) steps()[jump].first = steps().size();
  }

  void sequence(int depth) {
    while (more() && pattern_[at_] != '|' && pattern_[at_] != ')') {
      const std::size_t begin = steps().size();
      if (one(depth)) repeats(begin);
    }
  }

  /// False where nothing can be repeated: a flag.
  bool one(int depth) {
    const char32_t c = taken();
    if (c == '(') return group(depth);
    if (c == '[') {
      add_set(set());
    } else if (c == '.') {
      add_set(flags_.dot_is_all ? Ranges{{0, last_character}} : inverted({{'\n', '\n'}}));
    } else if (c == '^') {
      add(flags_.lines ? Kind::line_begin : Kind::begin);
    } else if (c == '$') {
      add(flags_.lines ? Kind::line_end : Kind::end);
    } else if (c == '\\') {
      escape();
    } else if (c == '*' || c == '+' || c == '?') {
      refuse("there is nothing to repeat");
    } else {
      add_set({{c, c}});
    }
    return true;
  }

  bool group(int depth) {
    const Flags outer = flags_;
    std::optional<std::size_t> number;
    if (takes('?')) {
      if (takes('P') || (more() && pattern_[at_] == '<')) {
        number = open_group(name());
      } else if (!flags()) {
        return false;  // (?i): until the group around it ends
      }
    } else {
      number = open_group("");
    }
    if (number) add(Kind::save, 2 * *number);
    alternatives(depth + 1);
    if (!takes(')')) refuse("a group does not end");
    if (number) add(Kind::save, 2 * *number + 1);
    flags_ = outer;
    return true;
  }

  std::size_t open_group(std::string name) {
    regex_.names_.push_back(std::move(name));
    return regex_.names_.size();
  }
  std::string name() {
    if (!takes('<')) refuse("expected (?P<name>");
    std::string out;
    for (char32_t c = taken(); c != '>'; c = taken()) {
      if (!is_in(words, c)) refuse("a group's name is of letters, digits and _");
      out += static_cast<char>(c);
    }
    if (out.empty()) refuse("a group has no name");
    return out;
  }
  /// i, s and m; true when a group follows.
  bool flags() {
    bool on = true;
    for (char32_t c = taken(); c != ':'; c = taken()) {
      if (c == ')') return false;
      if (c == '-')
        on = false;
      else if (c == 'i')
        flags_.no_case = on;
      else if (c == 's')
        flags_.dot_is_all = on;
      else if (c == 'm')
        flags_.lines = on;
      else
        refuse("this kind of group is not read here");
    }
    return true;
  }

  static std::optional<Ranges> known_set(char32_t c) {
    const Ranges& ranges = c == 'd' || c == 'D' ? digits : c == 's' || c == 'S' ? spaces : words;
    if (c == 'd' || c == 's' || c == 'w') return ranges;
    if (c == 'D' || c == 'S' || c == 'W') return inverted(ranges);
    return std::nullopt;
  }

  void escape() {
    const char32_t c = taken();
    if (const auto known = known_set(c)) return add(Kind::set, 0, 0, *known);
    if (c == 'b' || c == 'B') return add(c == 'b' ? Kind::word : Kind::no_word);
    if (c == 'A' || c == 'z') return add(c == 'A' ? Kind::begin : Kind::end);
    const char32_t code = escaped(c);
    add_set({{code, code}});
  }

  char32_t escaped(char32_t c) {
    constexpr std::string_view from = "nrtfv", to = "\n\r\t\f\v";
    if (c < 0x80 && from.find(static_cast<char>(c)) != std::string_view::npos)
      return static_cast<char32_t>(to[from.find(static_cast<char>(c))]);
    if (c == 'x') return hexadecimal();
    if (is_in(words, c)) refuse("this escape is not read here");
    return c;
  }

  char32_t hexadecimal() {
    const bool braces = takes('{');
    char32_t code = 0;
    for (int i = 0; braces ? !takes('}') : i < 2; ++i) {
      const char32_t c = taken();
      const char32_t lower = c | 0x20;
      if (c >= '0' && c <= '9')
        code = code * 16 + (c - '0');
      else if (lower >= 'a' && lower <= 'f')
        code = code * 16 + (lower - 'a' + 10);
      else
        refuse("expected hexadecimal digits");
      if (code > last_character) refuse("there is no such character");
    }
    return code;
  }

  Ranges set() {
    const bool negated = takes('^');
    Ranges ranges;
    for (bool first = true; first || !takes(']'); first = false) {
      char32_t low = taken();
      if (low == '[' && more() && pattern_[at_] == ':') refuse("[:classes:] are not read here");
      if (low == '\\') {
        low = taken();
        if (const auto known = known_set(low)) {
          ranges.insert(ranges.end(), known->begin(), known->end());
          continue;
        }
        low = escaped(low);
      }
      char32_t high = low;
      if (at_ + 1 < pattern_.size() && pattern_[at_] == '-' && pattern_[at_ + 1] != ']') {
        ++at_;
        high = taken();
        if (high == '\\') high = escaped(taken());
        if (high < low) refuse("a range that ends before it begins");
      }
      ranges.emplace_back(low, high);
    }
    if (flags_.no_case) ranges = without_case(std::move(ranges));
    return negated ? inverted(std::move(ranges)) : ranges;
  }

  /// *, +, ?, {2,5} behind what was written from `begin` on; with ? as few as will do.
  void repeats(std::size_t begin) {
    std::size_t least = 0, most = 0;
    bool endless = false;
    if (takes('*')) {
      endless = true;
    } else if (takes('+')) {
      least = 1;
      endless = true;
    } else if (takes('?')) {
      most = 1;
    } else if (!counts(least, most, endless)) {
      return;
    }
    const bool few = takes('?');
    if (more() && (pattern_[at_] == '*' || pattern_[at_] == '+' || pattern_[at_] == '?'))
      refuse("a repetition is repeated");
    const std::vector<Step> body(steps().begin() + static_cast<std::ptrdiff_t>(begin),
                                 steps().end());
    steps().resize(begin);
    for (std::size_t i = 0; i < least; ++i) copy(body, begin);
    if (endless) {
      const std::size_t split = steps().size();
      add(Kind::split);
      copy(body, begin);
      add(Kind::jump, split);
      lead(split, few, split + 1, steps().size());
      return;
    }
    std::vector<std::size_t> splits;
    for (std::size_t i = least; i < most; ++i) {
      splits.push_back(steps().size());
      add(Kind::split);
      copy(body, begin);
    }
    for (const std::size_t split : splits) lead(split, few, split + 1, steps().size());
  }

  void lead(std::size_t split, bool few, std::size_t inside, std::size_t behind) {
    steps()[split].first = few ? behind : inside;
    steps()[split].second = few ? inside : behind;
  }

  void copy(const std::vector<Step>& body, std::size_t written_at) {
    const std::size_t shift = steps().size() - written_at;
    for (Step step : body) {
      if (step.kind == Kind::split || step.kind == Kind::jump) {
        step.first += shift;
        step.second += shift;
      }
      add(step.kind, step.first, step.second, std::move(step.ranges));
    }
  }

  /// {2}, {2,}, {2,5}; anything else is only a brace.
  bool counts(std::size_t& least, std::size_t& most, bool& endless) {
    const std::size_t back = at_;
    if (!takes('{')) return false;
    const auto number = [&](std::size_t& into) {
      const std::size_t from = at_;
      into = 0;
      while (more() && is_in(digits, pattern_[at_]) && into <= most_repeats)
        into = into * 10 + (pattern_[at_++] - '0');
      return at_ > from;
    };
    bool ok = number(least);
    most = least;
    if (ok && takes(',')) endless = !number(most);
    ok = ok && takes('}');
    if (!ok) {
      at_ = back;
      endless = false;
      least = most = 0;
      return false;
    }
    if (least > most_repeats || most > most_repeats || (!endless && most < least))
      refuse("so many repetitions are not read here");
    return true;
  }

  std::vector<char32_t> pattern_;
  Regex& regex_;
  std::size_t at_ = 0;
  Flags flags_;
};

Regex::Regex(std::string_view pattern) { RegexCompiler(pattern, *this).run(); }

namespace {

/// The threads of a search, best first, each with what it has saved.
class Search {
 public:
  Search(const std::vector<Step>& steps, const Characters& text, std::size_t slots)
      : steps_(steps), text_(text), slots_(slots) {}

  std::optional<std::vector<std::size_t>> run(std::size_t from) {
    std::vector<Thread> now, next;
    std::optional<std::vector<std::size_t>> found;
    for (std::size_t at = from;; ++at) {
      visited_.assign(steps_.size(), false);
      std::vector<Thread> alive;
      for (const Thread& thread : now) follow(thread.step, thread.saved, at, alive);
      if (!found) follow(0, std::vector<std::size_t>(slots_, std::string::npos), at, alive);
      if (alive.empty() && found) return found;
      next.clear();
      for (const Thread& thread : alive) {
        const Step& step = steps_[thread.step];
        if (step.kind == Kind::accept) {
          found = thread.saved;
          break;
        }
        if (at < text_.codes.size() && is_in(step.ranges, text_.codes[at]))
          next.push_back({thread.step + 1, thread.saved});
      }
      std::swap(now, next);
      if (at >= text_.codes.size() || (found && now.empty())) return found;
    }
  }

 private:
  struct Thread {
    std::size_t step = 0;
    std::vector<std::size_t> saved;
  };

  bool holds(Kind kind, std::size_t at) const {
    const auto is_word = [&](std::size_t i) {
      return i < text_.codes.size() && is_in(words, text_.codes[i]);
    };
    const bool begin = at == 0, end = at == text_.codes.size();
    const bool edge = is_word(at) != (!begin && is_word(at - 1));
    if (kind == Kind::begin) return begin;
    if (kind == Kind::end) return end;
    if (kind == Kind::line_begin) return begin || text_.codes[at - 1] == '\n';
    if (kind == Kind::line_end) return end || text_.codes[at] == '\n';
    return kind == Kind::word ? edge : !edge;
  }

  /// To every step that reads a character or accepts, without reading one.
  void follow(std::size_t step, std::vector<std::size_t> saved, std::size_t at,
              std::vector<Thread>& alive) {
    std::vector<Thread> open{{step, std::move(saved)}};
    while (!open.empty()) {
      Thread thread = std::move(open.back());
      open.pop_back();
      if (visited_[thread.step]) continue;
      visited_[thread.step] = true;
      const Step& here = steps_[thread.step];
      if (here.kind == Kind::set || here.kind == Kind::accept) {
        alive.push_back(std::move(thread));
      } else if (here.kind == Kind::jump) {
        open.push_back({here.first, std::move(thread.saved)});
      } else if (here.kind == Kind::split) {
        open.push_back({here.second, thread.saved});
        open.push_back({here.first, std::move(thread.saved)});
      } else if (here.kind == Kind::save) {
        thread.saved[here.first] = text_.begins[at];
        open.push_back({thread.step + 1, std::move(thread.saved)});
      } else if (holds(here.kind, at)) {
        open.push_back({thread.step + 1, std::move(thread.saved)});
      }
    }
  }

  const std::vector<Step>& steps_;
  const Characters& text_;
  std::size_t slots_;
  std::vector<bool> visited_;
};

std::size_t character_at(const Characters& text, std::size_t byte) {
  return static_cast<std::size_t>(std::lower_bound(text.begins.begin(), text.begins.end(), byte) -
                                  text.begins.begin());
}

void refuse_work(const std::vector<Step>& steps, std::size_t size, std::size_t slots) {
  if ((size + 1) * steps.size() > most_work / slots)
    throw RegexError{"the text is too long for this pattern"};
}

}  // namespace

std::optional<RegexMatch> Regex::search(std::string_view text, std::size_t from) const {
  const std::size_t slots = 2 * (names_.size() + 1);
  refuse_work(steps_, text.size(), slots);
  const Characters characters = characters_of(text);
  return Search(steps_, characters, slots).run(character_at(characters, from));
}

std::vector<RegexMatch> Regex::all(std::string_view text) const {
  const std::size_t slots = 2 * (names_.size() + 1);
  const Characters characters = characters_of(text);
  std::vector<RegexMatch> found;
  std::size_t from = 0, work = 0, last_end = std::string::npos;
  while (from <= characters.codes.size()) {
    work += (characters.codes.size() - from + 1) * steps_.size() * slots;
    if (work > most_work) throw RegexError{"the text is too long for this pattern"};
    const auto match = Search(steps_, characters, slots).run(from);
    if (!match) break;
    const bool empty = (*match)[0] == (*match)[1];
    const std::size_t end = character_at(characters, (*match)[1]);
    if (!empty || (*match)[0] != last_end) found.push_back(*match);
    last_end = (*match)[1];
    from = empty ? end + 1 : end;
  }
  return found;
}

std::string regex_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\.+*?()|[]{}^$").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace schemagate::hcl
