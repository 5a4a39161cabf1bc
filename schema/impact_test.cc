// SPDX-License-Identifier: MIT
// The prediction against what servers of five majors were seen to do: testdata/impact.
#include "schema/impact.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/impact_case.h"

namespace schemagate {
namespace {

using testing::ByMajor;
using testing::ImpactCase;

int compare(const ImpactCase& c, const std::string& recorded) {
  const std::vector<ByMajor> expected =
      testing::read_impact_block(recorded, c.statements, c.majors);
  int compared = 0;
  for (const int major : c.majors) {
    const std::vector<Impact> predicted = testing::predict_case(c, major);
    for (std::size_t i = 0; i < c.statements.size(); ++i) {
      INFO("PostgreSQL " << major << ": " << c.statements[i]);
      CHECK(testing::describe(predicted[i]) == expected[i].at(major));
      ++compared;
    }
  }
  return compared;
}

TEST_CASE("the prediction is what servers were seen to do") {
  int compared = 0;
  for (const auto& path : testing::case_files("testdata/impact")) {
    const testing::CaseFile file(path);
    for (const testing::Case& written : file.cases()) {
      INFO(path.filename().string() << ": " << written.title);
      compared += compare(testing::read_impact_case(written), written.text("impact"));
    }
  }
  CHECK(compared > 600);
}

TEST_CASE("modes have the words of pg_locks and of LOCK TABLE") {
  CHECK(to_string(LockMode::share_row_exclusive) == "ShareRowExclusiveLock");
  CHECK(to_sql(LockMode::access_exclusive) == "ACCESS EXCLUSIVE");
  CHECK(blocks_reads(LockMode::access_exclusive));
  CHECK_FALSE(blocks_reads(LockMode::exclusive));
  CHECK(blocks_writes(LockMode::share));
  CHECK_FALSE(blocks_writes(LockMode::share_update_exclusive));
}

}  // namespace
}  // namespace schemagate
