// SPDX-License-Identifier: MIT
#include "schema/fingerprint.h"

#include <catch2/catch_test_macros.hpp>

#include "schema/plan.h"
#include "tests/applied.h"
#include "tests/case_file.h"

namespace schemagate {
namespace {

using testing::Case;
using testing::CaseFile;
using testing::loaded;

Catalog catalog_of(const std::string& sql) {
  auto read = loaded({{"schema.sql", sql}});
  INFO(sql);
  CHECK(read.problems.empty());
  return read.schema.catalog;
}

std::string plan_of(const Catalog& before, const Catalog& after) {
  return plan_checksum(object_texts(before), object_texts(after), diff(before, after).changes);
}

std::string shown(const Catalog& catalog) {
  std::string text;
  for (const ObjectText& object : object_texts(catalog)) {
    text += object.kind + " " + object.name + "\n";
    for (const auto& [property, value] : object.properties)
      text += "  " + property + ": " + value + "\n";
  }
  return text;
}

TEST_CASE("checksums tell schemas apart by meaning, and by nothing else") {
  const CaseFile file(testing::source_path("testdata/checksums.md"));
  int same = 0, different = 0;
  const std::string no_change = plan_of({}, {});
  for (const Case& test : file.cases()) {
    const Catalog one = catalog_of(test.text("sql one")), two = catalog_of(test.text("sql two"));
    INFO(test.title << "\n" << shown(one) << "---\n" << shown(two));
    const bool equal = test.title.starts_with("same: ");
    CHECK((schema_checksum(one) == schema_checksum(two)) == equal);
    CHECK((object_texts(one) == object_texts(two)) == equal);
    CHECK((plan_of({}, one) == plan_of({}, two)) == equal);
    // The order of the columns of a table that exists is no change.
    const bool in_place = equal || test.title == "different: order of columns" ||
                          test.title == "different: order of a composite type's attributes";
    CHECK((plan_of(one, two) == no_change) == in_place);
    ++(equal ? same : different);
  }
  CHECK(same >= 30);
  CHECK(different >= 60);
}

TEST_CASE("a change has the same checksum whatever lies around it") {
  const std::string others = "CREATE TABLE other (a int);\nCREATE VIEW v AS SELECT a FROM other;\n";
  const auto plan = [](const std::string& before, const std::string& after) {
    return plan_of(catalog_of(before), catalog_of(after));
  };
  const std::string alone = plan("CREATE TABLE t (a int);", "CREATE TABLE t (a int, b int);");
  CHECK(alone ==
        plan(others + "CREATE TABLE t (a int);", others + "CREATE TABLE t (a int, b int);"));
  CHECK(alone == plan("CREATE TABLE t (a int, z int);", "CREATE TABLE t (a int, z int, b int4);"));
  CHECK(alone != plan("CREATE TABLE t (a int);", "CREATE TABLE t (a int, b bigint);"));
  CHECK(alone != plan("CREATE TABLE t (a int, b int);", "CREATE TABLE t (a int);"));
  // Of one column, another property.
  CHECK(plan("CREATE TABLE t (a int);", "CREATE TABLE t (a int DEFAULT 1);") ==
        plan("CREATE TABLE t (a int NOT NULL);", "CREATE TABLE t (a int NOT NULL DEFAULT 1);"));
}

TEST_CASE("a rename is another change than a drop and an add") {
  const Catalog before = catalog_of("CREATE TABLE t (a int);"),
                after = catalog_of("CREATE TABLE t (b int);");
  Change rename;
  rename.kind = ChangeKind::rename_column;
  rename.object = "public.t.b";
  rename.before = "a";
  rename.after = "b";
  CHECK(plan_checksum(object_texts(before), object_texts(after), {rename}) !=
        plan_of(before, after));
}

TEST_CASE("no two lists of objects are framed to the same bytes") {
  const ObjectText one{"column", "public.t.a", {{"type", "integer"}}},
      two{"column", "public.t.a", {{"typ", "einteger"}}},
      three{"column", "public.t.atype", {{"", "integer"}}};
  CHECK(object_fingerprint(one) != object_fingerprint(two));
  CHECK(object_fingerprint(one) != object_fingerprint(three));
  CHECK(schema_checksum({one, two}) != schema_checksum({one, two, two}));
  CHECK(schema_checksum(std::vector<ObjectText>{}) != schema_checksum({one}));
}

}  // namespace
}  // namespace schemagate
