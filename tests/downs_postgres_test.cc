// SPDX-License-Identifier: MIT
// Up and then down, tried on a server: what no reading of the statements shows.
#include <catch2/catch_test_macros.hpp>

#include "tests/pull_request_case.h"

namespace schemagate::testing {
namespace {

TEST_CASE("the way down of new migrations is tried on the rehearsal server") {
  for (const auto& path : case_files("testdata/downs")) {
    CaseFile file(path);
    for (std::size_t i = 0; i < file.cases().size(); ++i) {
      const Case& one = file.cases()[i];
      const ProgramRun run =
          judge_pull_request(SCHEMAGATE_BINARY, one, files_of(one, "base"), {"--postgres", "15"});
      INFO(path << ": " << one.title << "\n" << run.out << run.err);
      REQUIRE(nlohmann::json::accept(run.out));
      file.check_golden(i, "judged", judged(nlohmann::json::parse(run.out), true));
    }
    file.save();
  }
}

}  // namespace
}  // namespace schemagate::testing
