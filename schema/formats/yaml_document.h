// SPDX-License-Identifier: MIT
// YAML as far as migration tools' files need it, JSON among it: keys in the order of the document
// with their values and where those stand, in blocks and in one line; what an alias stands for is
// there twice. No types.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/formats.h"

namespace schemagate::format_rows {

struct YamlEntry {
  std::string key;
  std::string value;      ///< empty for what holds other entries
  TextRange at;           ///< of the value, without its quotes; of the key where there is none
  std::size_t depth = 0;  ///< greater than that of the entry that holds it
};

struct YamlDocument {
  std::vector<YamlEntry> entries;
  std::string text;  ///< escapes of quoted values replaced by what they stand for, same length: no
                     ///< byte outside of SQL's own quotes moves
  std::optional<TextRange> unread;  ///< the first thing that is not read: a key behind '?', an
                                    ///< alias of nothing or in one line with others
};

enum class YamlItems { left_out, with_empty_keys };

/// Never fails: what is no YAML has fewer entries. A list's items that are values and hold no keys
/// are entries with an empty key where they are asked for.
YamlDocument read_yaml(std::string_view text, YamlItems items = YamlItems::left_out);

/// The bytes of a character; none for numbers of no character.
std::string utf8_of(unsigned code);

}  // namespace schemagate::format_rows
