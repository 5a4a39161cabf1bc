// SPDX-License-Identifier: MIT
// SQL that is made of HCL: every byte knows which part of the HCL file it stands for, so that what
// the parser says about the SQL can be said about the file.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"
#include "hcl/value.h"

namespace schemagate::hcl {

class SqlText {
 public:
  explicit SqlText(Span whole) { open(whole); }

  SqlText& add(std::string_view sql) {
    text_ += sql;
    return *this;
  }
  SqlText& name(std::string_view identifier);  ///< quoted
  SqlText& literal(std::string_view text);     ///< quoted
  /// SQL that somebody wrote, in `where` or in the places that the value remembers; a line end
  /// follows, for it may end with a comment.
  SqlText& raw(const Value& value, Span where);
  /// A dollar quoted body, with its places.
  SqlText& body(const Value& value, Span where);

  /// What is added up to close() stands for `source`.
  void open(Span source);
  void close();

  /// For giving up on a part: everything since is forgotten.
  struct Checkpoint {
    std::size_t text, marks, open;
  };
  Checkpoint checkpoint() const { return {text_.size(), marks_.size(), open_.size()}; }
  void go_back(const Checkpoint& to);

  const std::string& text() const { return text_; }
  /// The place of a range of the text: of the smallest part that holds it.
  Span origin(Span range) const;

 private:
  struct Mark {
    std::size_t begin, end;
    Span source;
    bool exact;          ///< byte for byte
    std::size_t parent;  ///< index, or none
  };
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  void add_with_places(const Value& value);

  std::string text_;
  std::vector<Mark> marks_;  ///< by begin; inner ones behind outer ones
  std::vector<std::size_t> open_;
};

}  // namespace schemagate::hcl
