// SPDX-License-Identifier: MIT
#include "tests/plan_cases.h"

#include <catch2/catch_test_macros.hpp>

namespace schemagate::testing {

std::vector<PlanCase> plan_cases() {
  std::vector<PlanCase> list;
  for (const std::filesystem::path& path : case_files("testdata/plans")) {
    const CaseFile file(path);
    for (const Case& of : file.cases()) {
      PlanCase one;
      one.title = path.stem().string() + ": " + of.title;
      REQUIRE(of.part("sql old") != nullptr);
      REQUIRE(of.part("sql new") != nullptr);
      one.old_sql = of.text("sql old");
      one.new_sql = of.text("sql new");
      one.column_order = of.text("differs").find("column order") == std::string::npos;
      one.server_spelling = of.text("differs").find("spelling") == std::string::npos;
      if (const std::string* range = of.part("postgres")) {
        one.first_major = std::stoi(*range);
        const auto dash = range->find('-');
        const bool open = dash == std::string::npos ||
                          range->find_first_of("0123456789", dash) == std::string::npos;
        one.last_major = dash == std::string::npos ? one.first_major
                         : open                    ? 18
                                                   : std::stoi(range->substr(dash + 1));
      }
      list.push_back(std::move(one));
    }
  }
  return list;
}

SchemaText read_schema(const std::string& sql, int postgres) {
  SchemaText text;
  text.sources.add({"schema.sql", sql, ""});
  text.files.push_back(parse(text.sources, 0));
  text.loaded = load_schema(text.files, postgres);
  text.hints = rename_hints(text.sources, text.files);
  return text;
}

}  // namespace schemagate::testing
