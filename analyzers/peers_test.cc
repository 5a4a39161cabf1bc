// SPDX-License-Identifier: MIT
// What other checkers of migrations get wrong (testdata/peers/), and all their rules row by row:
// what all our rules together say. Each case is judged on 18 with the schema; where the answer on
// 14, or without the schema, is another one, that answer stands in a part of its own.
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "base/text.h"
#include "tests/review_case.h"

namespace schemagate::testing {
namespace {

std::string said(Case test, const std::string& schema, const std::string& settings) {
  std::string all = settings;
  if (const std::string* own = test.part("settings")) all = *own + settings;
  std::erase_if(test.parts, [](const CasePart& part) { return part.name == "settings"; });
  test.parts.push_back({"settings", all, test.line});
  if (!schema.empty() && !test.part("sql schema"))
    test.parts.push_back({"sql schema", schema, test.line});
  const std::string text = to_text(*run_case(test));
  return text.empty() ? "nothing\n" : text;
}

TEST_CASE("the mistakes of our peers are not ours") {
  for (const std::filesystem::path& path : case_files("testdata/peers")) {
    CaseFile file(path);
    const std::string schema = file.cases().front().text("sql schema");
    for (std::size_t i = 1; i < file.cases().size(); ++i) {
      const Case test = file.cases()[i];
      INFO(path.string() << ":" << test.line << ": " << test.title);
      const std::string known = said(test, schema, "postgres: 18\n");
      const std::string on_14 = said(test, schema, "postgres: 14\n");
      const std::string alone = said(test, "", "postgres: 18\ncomplete: no\n");
      file.check_golden(i, "findings", known);
      file.check_golden(i, "findings 14", on_14 == known ? "" : on_14);
      file.check_golden(i, "findings without schema", alone == known ? "" : alone);
    }
    file.save();
  }
}

TEST_CASE("every mistake has its case") {
  std::set<int> seen;
  for (const std::filesystem::path& path : case_files("testdata/peers")) {
    const CaseFile file(path);
    for (const Case& test : file.cases()) {
      const std::string who = test.title.substr(0, test.title.find(':'));
      for (const std::string_view word : split(who, ' '))
        if (word.find_first_not_of("0123456789") == std::string_view::npos)
          seen.insert(std::stoi(std::string(word)));
    }
  }
  constexpr int mistakes = 80;
  for (int number = 1; number <= mistakes; ++number) {
    INFO("number " << number);
    const bool about_folders = number == 70 || number == 71;
    CHECK((seen.count(number) == 1 || about_folders));
  }
}

}  // namespace
}  // namespace schemagate::testing
