// SPDX-License-Identifier: MIT
// A libFuzzer target: whatever the bytes are, they are read as one of Liquibase's changelogs in
// XML, and every place that is named lies inside of them.
#include "schema/formats/liquibase_changelog.h"
#include "schema/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace schemagate;
  const std::string text = fuzz::text_of(data, size);
  const format_rows::Changelog log = format_rows::read_changelog("changelog.xml", text);
  fuzz::must(log.text.size() == text.size());
  for (const format_rows::ChangelogItem& item : log.items) {
    fuzz::must_lie_in(text, {item.at});
    fuzz::must_lie_in(text, item.up);
    fuzz::must_lie_in(text, item.down);
  }
  return 0;
}
