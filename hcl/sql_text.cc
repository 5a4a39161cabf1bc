// SPDX-License-Identifier: MIT
#include "hcl/sql_text.h"

#include <algorithm>

namespace schemagate::hcl {
namespace {

/// A dollar quote that the body does not hold.
std::string delimiter(std::string_view body) {
  std::string tag = "$$";
  for (int number = 0; body.find(tag) != std::string_view::npos || body.ends_with('$'); ++number) {
    tag = "$hcl" + std::to_string(number) + "$";
    if (body.find(tag) == std::string_view::npos) break;
  }
  return tag;
}

}  // namespace

SqlText& SqlText::name(std::string_view identifier) {
  text_ += '"';
  for (const char c : identifier) text_ += c == '"' ? std::string("\"\"") : std::string(1, c);
  text_ += '"';
  return *this;
}

SqlText& SqlText::literal(std::string_view text) {
  const bool escapes = text.find('\\') != std::string_view::npos;
  if (escapes) text_ += 'E';
  text_ += '\'';
  for (const char c : text) {
    if (c == '\'' || c == '\\') text_ += c;
    text_ += c;
  }
  text_ += '\'';
  return *this;
}

void SqlText::open(Span source) {
  marks_.push_back({text_.size(), none, source, false, open_.empty() ? none : open_.back()});
  open_.push_back(marks_.size() - 1);
}

void SqlText::close() {
  marks_[open_.back()].end = text_.size();
  open_.pop_back();
}

void SqlText::go_back(const Checkpoint& to) {
  text_.resize(to.text);
  marks_.resize(to.marks);
  open_.resize(to.open);
}

void SqlText::add_with_places(const Value& value) {
  const std::size_t base = text_.size();
  text_ += value.text;
  for (const Origin& origin : value.origins) {
    const bool exact = origin.end - origin.begin == origin.source.end - origin.source.begin;
    marks_.push_back({base + origin.begin, base + origin.end, origin.source, exact, open_.back()});
  }
}

SqlText& SqlText::raw(const Value& value, Span where) {
  open(where);
  add_with_places(value);
  close();
  text_ += '\n';
  return *this;
}

SqlText& SqlText::body(const Value& value, Span where) {
  const std::string quote = delimiter(value.text);
  open(where);
  text_ += quote;
  add_with_places(value);
  text_ += quote;
  close();
  return *this;
}

Span SqlText::origin(Span range) const {
  const std::size_t begin = range.begin, end = std::max(range.end, range.begin);
  auto after = std::upper_bound(marks_.begin(), marks_.end(), begin,
                                [](std::size_t at, const Mark& mark) { return at < mark.begin; });
  if (after == marks_.begin()) return marks_.front().source;
  std::size_t index = static_cast<std::size_t>(after - marks_.begin()) - 1;
  // The last one that begins before may have ended already; those that hold it are its parents.
  for (; index != none; index = marks_[index].parent) {
    const Mark& mark = marks_[index];
    if (mark.end < end && index != 0) continue;
    if (!mark.exact) return mark.source;
    Span exact = mark.source;
    exact.end = mark.source.begin + static_cast<std::uint32_t>(end - mark.begin);
    exact.begin = mark.source.begin + static_cast<std::uint32_t>(begin - mark.begin);
    return exact;
  }
  return marks_.front().source;
}

}  // namespace schemagate::hcl
