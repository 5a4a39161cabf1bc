// SPDX-License-Identifier: MIT
// Writes JSON text front to back without building a document: tens of thousands of findings cost
// milliseconds. The caller says what comes next; the writer puts commas, quotes and escapes. Each
// object of an array begins a line, so that the output can be read, compared and searched by line.
// Characters that a terminal or a reader could be deceived by are written as \u escapes: the same
// text for a parser.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace schemagate {

class JsonWriter {
 public:
  /// `expected` bytes are set aside at once: a guess saves copying.
  explicit JsonWriter(std::size_t expected = 0) { out_.reserve(expected); }

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();

  /// The name of the next value. Requires: directly inside an object.
  JsonWriter& key(std::string_view name);

  /// Bytes that are not UTF-8 become U+FFFD.
  JsonWriter& string(std::string_view text);
  JsonWriter& integer(std::int64_t number);
  /// Shortest text that reads back as the same number; null when it is infinite or not a number.
  JsonWriter& real(double number);
  JsonWriter& boolean(bool truth);
  JsonWriter& null();
  /// Text that is JSON already: a number taken over from elsewhere.
  JsonWriter& raw(std::string_view json);

  /// An array of them.
  JsonWriter& strings(const std::vector<std::string>& texts);

  /// string(), or null for the empty text.
  JsonWriter& string_or_null(std::string_view text) { return text.empty() ? null() : string(text); }
  /// integer(), or null when it is not positive: lines and columns count from 1.
  JsonWriter& positive_or_null(std::int64_t number) {
    return number > 0 ? integer(number) : null();
  }

  /// The finished document with a line end. Requires: everything that was begun is ended.
  std::string take();

 private:
  void separate();

  struct Level {
    bool array = false;
    bool empty = true;
    bool lines = false;  ///< an element began a line: the closing bracket does, too
  };

  std::string out_;
  std::vector<Level> levels_;
  bool after_key_ = false;
};

/// True when `text` is a number as JSON spells numbers.
bool is_json_number(std::string_view text);

}  // namespace schemagate
