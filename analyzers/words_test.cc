// SPDX-License-Identifier: MIT
#include "analyzers/words.h"

#include <catch2/catch_test_macros.hpp>

#include "analyzers/identifiers.h"
#include "analyzers/page.h"
#include "analyzers/review.h"

namespace schemagate {
namespace {

TEST_CASE("lists are written as people write them") {
  CHECK(enumerate({}) == "");
  CHECK(enumerate({"a"}) == "a");
  CHECK(enumerate({"a", "b"}) == "a and b");
  CHECK(enumerate({"a", "b", "c"}) == "a, b and c");
  CHECK(enumerate({"a", "b", "c", "d"}, 3) == "a, b, c and d");
  CHECK(enumerate({"a", "b", "c", "d", "e"}, 3) == "a, b, c and 2 more");
}

TEST_CASE("names are shown without public, objects with it") {
  CHECK(shown({"public", "users"}) == "users");
  CHECK(shown({"sales", "Users"}, "id") == "sales.\"Users\".id");
  CHECK(object_of({"public", "users"}, "Name") == "public.users.\"Name\"");
  CHECK(columns_shown({"a"}) == "column a");
  CHECK(columns_shown({"a", "B"}) == "columns a and \"B\"");
}

TEST_CASE("names of more than 63 bytes are found, other long text is not") {
  const std::string name(64, 'n'), fits(63, 'n'), accents = std::string(62, 'n') + "\xC3\xA9";
  CHECK(long_identifiers("CREATE TABLE " + name + " (" + fits + " int)") ==
        std::vector<std::string>{name});
  CHECK(long_identifiers("SELECT \"" + name + "\", '" + name + "', $$" + name + "$$ -- " + name)
            .size() == 1);
  CHECK(long_identifiers("SELECT " + std::string(70, '1') + " /* " + name + " */").empty());
  CHECK(cut_identifier(name) == fits);
  CHECK(cut_identifier(accents) == std::string(62, 'n'));
}

TEST_CASE("a fingerprint depends on database, rule and object alone") {
  Finding finding;
  finding.rule = "drop-column";
  finding.object = "public.users.name";
  const std::string first = fingerprint(finding, "crm");
  CHECK(first.size() == 16);
  finding.message = "other words";
  finding.where = {3, 4, 5};
  CHECK(fingerprint(finding, "crm") == first);
  CHECK(fingerprint(finding, "billing") != first);
  finding.object = "public.users.email";
  CHECK(fingerprint(finding, "crm") != first);
}

TEST_CASE("a rule's page has its fields and one example of each kind") {
  const Rule& rule = *find_rule("drop-column");
  const std::string text =
      page(rule,
           "Prose.\n\n## fires: first\n```sql old\nA\n```\n\n## fires: second\nB\n"
           "\n## silent: quiet\nC\n");
  CHECK(text.starts_with("# drop-column\n"));
  CHECK(
      text.find("## Example\n\nFirst.\n\n```sql old\nA\n```\n\n## Not reported\n\nQuiet.\n\nC\n") !=
      std::string::npos);
  CHECK(text.find("second") == std::string::npos);
  CHECK(text.find("allow drop-column: the reason") != std::string::npos);
  CHECK(page(rule, "").find("## Example") == std::string::npos);
  CHECK(pages().at("README.md").find("| [drop-column](drop-column.md) | error |") !=
        std::string::npos);
}

}  // namespace
}  // namespace schemagate
