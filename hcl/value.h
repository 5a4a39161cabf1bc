// SPDX-License-Identifier: MIT
// What an HCL expression comes to. What can't be known without running Atlas or without its input
// is `unknown` and says why; everything that touches it is unknown, too. Nothing is guessed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/source.h"

namespace schemagate::hcl {

enum class ValueKind {
  unknown,  ///< `text` says why
  null,
  boolean,
  number,  ///< `text` as it is printed
  text,
  list,       ///< also a set, which is sorted
  object,     ///< `keys` (sorted) and `items`
  keyword,    ///< a bare word: BTREE, text, CASCADE
  reference,  ///< `keys` is the path: table, users, column, id
  sql,        ///< sql("…"): taken as it is
  type,       ///< varchar(255): `text` and its arguments in `items`
};

/// From byte `begin` of a text on, its bytes are those of `source`, one by one. A source of another
/// length than the piece (an escape, an interpolation) stands for the piece as a whole.
struct Origin {
  std::uint32_t begin = 0, end = 0;
  Span source;
};

struct Value {
  ValueKind kind = ValueKind::null;
  bool boolean = false;
  bool is_set = false;
  bool external = false;  ///< unknown: it hangs on something outside of the files
  double number = 0;
  std::optional<std::int64_t> integer;  ///< a number that is one, exactly
  std::string text;
  std::vector<std::string> keys;
  std::vector<Value> items;
  std::vector<Origin> origins;  ///< of a text that is written here, not brought from elsewhere
  Span where;                   ///< of what made it unknown
  int depth = 1;
  std::size_t weight = 1;  ///< about its size, for limits

  bool is(ValueKind wanted) const { return kind == wanted; }
  bool is_unknown() const { return kind == ValueKind::unknown; }
  const Value* member(const std::string& key) const;
};

Value make_unknown(Span where, std::string reason);
Value make_external(Span where, std::string reason);
Value make_boolean(bool value);
Value make_integer(std::int64_t value);
Value make_number(double value);
/// A literal as it is written; digits are kept that no double could hold.
Value make_literal(const std::string& digits);
Value make_text(std::string text);
Value make_named(ValueKind kind, std::string text);
/// Unknown when it gets too large or too deep, else a list of `items`.
Value make_list(std::vector<Value> items, Span where, bool is_set = false);
/// Later members win; they are sorted by key.
Value make_object(std::vector<std::string> keys, std::vector<Value> items, Span where);

/// A number, boolean or text as text; nothing for everything else.
std::optional<std::string> as_text(const Value& value);
std::optional<double> as_number(const Value& value);
std::optional<bool> as_boolean(const Value& value);
/// Alike in kind and in all they hold.
bool same(const Value& one, const Value& two);
/// "a list", "a number": for messages.
std::string_view kind_name(const Value& value);

inline constexpr int max_value_depth = 100;
inline constexpr std::size_t max_value_weight = 2'000'000;

}  // namespace schemagate::hcl
