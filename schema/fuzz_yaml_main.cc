// SPDX-License-Identifier: MIT
// A libFuzzer target: whatever the bytes are, they are read as YAML and as JSON, alone and as a
// changelog of Liquibase's, and every place that is named lies inside of them.
#include "schema/formats/yaml_document.h"
#include "schema/fuzz_changelog.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace schemagate;
  const std::string text = fuzz::text_of(data, size);
  const format_rows::YamlDocument document = format_rows::read_yaml(text);
  fuzz::must(document.text.size() == text.size());
  for (const format_rows::YamlEntry& entry : document.entries) {
    fuzz::must_lie_in(text, {entry.at});
    fuzz::must(entry.key.size() + entry.value.size() <= text.size());
  }
  for (const std::string_view path : {"changelog.yaml", "changelog.json"})
    fuzz::must_read_changelog(path, text);
  return 0;
}
