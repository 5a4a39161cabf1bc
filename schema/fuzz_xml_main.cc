// SPDX-License-Identifier: MIT
// A libFuzzer target: whatever the bytes are, they are read as one of Liquibase's changelogs in
// XML, and every place that is named lies inside of them.
#include "schema/fuzz_changelog.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace schemagate;
  const std::string text = fuzz::text_of(data, size);
  fuzz::must_read_changelog("changelog.xml", text);
  return 0;
}
