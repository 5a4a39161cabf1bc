// SPDX-License-Identifier: MIT
#include "bot/path_pattern.h"

#include <algorithm>

namespace schemagate {

PathPattern::PathPattern(std::string_view glob, bool is_folder) {
  for (std::size_t i = 0; i < glob.size(); ++i) {
    const char c = glob[i];
    if (c == '{') {
      const std::size_t end = std::min(glob.find('}', i), glob.size());
      parts_.push_back({Kind::name, 0, std::string(glob.substr(i + 1, end - i - 1))});
      i = end;
    } else if (glob.substr(i).starts_with("**/")) {
      parts_.push_back({Kind::folders});
      i += 2;
    } else if (glob.substr(i).starts_with("**")) {
      parts_.push_back({Kind::any});
      ++i;
    } else if (c == '*' || c == '?') {
      parts_.push_back({c == '*' ? Kind::within : Kind::one});
    } else {
      parts_.push_back({Kind::literal, c});
    }
  }
  if (is_folder) {
    parts_.push_back({Kind::literal, '/'});
    parts_.push_back({Kind::any});
  }
  for (const Part& part : parts_) {
    if (part.kind != Kind::literal) break;
    prefix_ += part.literal;
  }
}

class PathPattern::Rest {
 public:
  Rest(std::size_t parts, std::size_t length)
      : width_(length + 1), cells_((parts + 1) * width_, 0) {}
  char& at(std::size_t part, std::size_t place) { return cells_[part * width_ + place]; }
  bool at(std::size_t part, std::size_t place) const { return cells_[part * width_ + place] != 0; }

 private:
  std::size_t width_;
  std::vector<char> cells_;
};

PathPattern::Rest PathPattern::rest_of(std::string_view path) const {
  const std::size_t length = path.size();
  Rest rest(parts_.size(), length);
  rest.at(parts_.size(), length) = 1;
  for (std::size_t p = parts_.size(); p-- > 0;) {
    bool after_slash = false;  // somewhere behind a slash the others match
    for (std::size_t at = length + 1; at-- > 0;) {
      const bool ends = at == length, in_name = !ends && path[at] != '/';
      const bool now = rest.at(p + 1, at) != 0, next = !ends && rest.at(p + 1, at + 1) != 0,
                 longer = !ends && rest.at(p, at + 1) != 0;
      after_slash = after_slash || (!ends && path[at] == '/' && next);
      bool matches = false;
      switch (parts_[p].kind) {
        case Kind::literal:
          matches = next && path[at] == parts_[p].literal;
          break;
        case Kind::one:
          matches = next && in_name;
          break;
        case Kind::name:
          matches = in_name && (next || longer);
          break;
        case Kind::within:
          matches = now || (in_name && longer);
          break;
        case Kind::any:
          matches = now || longer;
          break;
        case Kind::folders:
          matches = now || after_slash;
          break;
      }
      rest.at(p, at) = matches ? 1 : 0;
    }
  }
  return rest;
}

bool PathPattern::match(std::string_view path, Bindings& bindings) const {
  if (!path.starts_with(prefix_)) return false;
  const Rest rest = rest_of(path);
  if (!rest.at(0, 0)) return false;
  Bindings found;
  std::size_t at = 0;
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    const Kind kind = parts_[p].kind;
    const bool in_name = kind == Kind::name || kind == Kind::within;
    std::size_t to = path.size();
    if (kind == Kind::literal || kind == Kind::one) to = at + 1;
    if (in_name) to = std::min(path.find('/', at), path.size());
    // Back to the farthest place from which the others match.
    while (to > at && (!rest.at(p + 1, to) || (kind == Kind::folders && path[to - 1] != '/'))) --to;
    if (kind == Kind::name && parts_[p].name.find(',') == std::string::npos) {
      const std::string value(path.substr(at, to - at));
      const auto [known, added] = found.emplace(parts_[p].name, value);
      if (!added && known->second != value) return false;
    }
    at = to;
  }
  bindings = std::move(found);
  return true;
}

}  // namespace schemagate
