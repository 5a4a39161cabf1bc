// SPDX-License-Identifier: MIT
// The machinery of the case files itself.
#include "tests/case_file.h"

#include <catch2/catch_test_macros.hpp>

namespace schemagate::testing {
namespace {

constexpr std::string_view sample = R"(What the file is about.

## fires: one
Some prose.
```sql old
CREATE TABLE a (b int);
```
````findings
old ``` text
````

## silent: two
```sql old
```
)";

TEST_CASE("a case file has cases with titles and named parts") {
  const CaseFile file("sample.md", sample);
  REQUIRE(file.cases().size() == 2);
  CHECK(file.introduction() == "What the file is about.\n\n");
  CHECK(file.cases()[0].title == "fires: one");
  CHECK(file.cases()[0].line == 3);
  CHECK(file.cases()[0].text("sql old") == "CREATE TABLE a (b int);\n");
  CHECK(file.cases()[0].parts[0].line == 6);
  CHECK(file.cases()[0].text("findings") == "old ``` text\n");
  CHECK(file.cases()[0].part("sql new") == nullptr);
  CHECK(file.cases()[1].text("sql old").empty());
}

TEST_CASE("a part is replaced, added at the case's end, or removed") {
  CaseFile file("sample.md", sample);
  file.set_part(0, "findings", "new.sql:1:1: error\n");
  CHECK(file.text().find("```findings\nnew.sql:1:1: error\n```\n\n## silent") != std::string::npos);
  file.set_part(1, "findings", "``` inside");
  CHECK(file.text().ends_with("```sql old\n```\n````findings\n``` inside\n````\n"));
  file.set_part(0, "plan", "one\n");
  CHECK(file.text().find("```\n```plan\none\n```\n\n## silent") != std::string::npos);
  file.set_part(0, "findings", "");
  file.set_part(0, "plan", "");
  file.set_part(1, "findings", "");
  std::string expected(sample);
  expected.erase(expected.find("````findings"),
                 std::string("````findings\nold ``` text\n````\n").size());
  CHECK(file.text() == expected);
}

}  // namespace
}  // namespace schemagate::testing
