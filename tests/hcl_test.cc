// SPDX-License-Identifier: MIT
// Atlas HCL schemas and their SQL twins (testdata/hcl): both mean the same, to the checksum.
#include <catch2/catch_test_macros.hpp>

#include "schema/fingerprint.h"
#include "schema/plan.h"
#include "tests/hcl_case.h"

namespace schemagate::testing {
namespace {

TEST_CASE("an HCL schema and its SQL twin are the same schema") {
  std::size_t count = 0;
  for (const std::filesystem::path& path : case_files("testdata/hcl")) {
    CaseFile file(path);
    for (std::size_t i = 0; i < file.cases().size(); ++i) {
      const Case of = file.cases()[i];
      INFO(path.stem().string() << ": " << of.title);
      const LoadedCase hcl = load_hcl_case(of, "hcl");
      REQUIRE(hcl.sources.size() > 0);
      file.check_golden(i, "problems", hcl.problems());
      if (!of.part("sql")) {
        CHECK(of.part("problems"));
        continue;
      }
      ++count;
      const LoadedCase sql = load_hcl_case(of, "sql");
      CHECK(sql.problems().empty());
      CHECK(to_sql(hcl.schema.catalog) == to_sql(sql.schema.catalog));
      CHECK(schema_checksum(hcl.schema.catalog) == schema_checksum(sql.schema.catalog));
    }
    file.save();
  }
  CHECK(count >= 40);
}

}  // namespace
}  // namespace schemagate::testing
