// SPDX-License-Identifier: MIT
// A changelog of Liquibase's in a libFuzzer target, whatever it is written in.
#pragma once

#include "schema/formats/liquibase_changelog.h"
#include "schema/fuzz.h"

namespace schemagate::fuzz {

/// Every place that is named lies inside of the text.
inline void must_read_changelog(std::string_view path, std::string_view text) {
  const format_rows::Changelog log = format_rows::read_changelog(path, text);
  must(log.text.size() == text.size());
  for (const format_rows::ChangelogItem& item : log.items) {
    must_lie_in(text, {item.at});
    must_lie_in(text, item.up);
    must_lie_in(text, item.down);
  }
}

}  // namespace schemagate::fuzz
