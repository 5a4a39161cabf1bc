// SPDX-License-Identifier: MIT
// A libFuzzer target: whatever the bytes are, they are read as each of the files in which tools
// keep their settings, journals and histories.
#include "schema/atlas_sum.h"
#include "schema/formats/code.h"
#include "schema/formats/flyway_settings.h"
#include "schema/fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace schemagate;
  const std::string text = fuzz::text_of(data, size);
  for (const std::string_view name :
       {"application.yml", "application.properties", "flyway.conf", "flyway.toml"})
    for (const auto& [key, value] : format_rows::flyway_settings_of(name, text))
      fuzz::must(key.size() + value.size() <= 2 * text.size());
  for (const std::string_view key : {"extension", "executeInTransaction", "run_in_transaction"})
    setting_of(text, key);
  json_string(text, "tag");
  json_string(text, "dialect");
  for (const std::string_view name : {"revision", "down_revision", "__depends__"})
    format_rows::python_strings(text, name);
  std::vector<TextRange> ranges;
  fuzz::must(json_sql(text, "sql", &ranges).size() == text.size());
  fuzz::must_lie_in(text, ranges);
  first_not_summed(text, {{"1_a.sql", text}, {"2_b.sql", text.substr(size / 2)}});
  return 0;
}
