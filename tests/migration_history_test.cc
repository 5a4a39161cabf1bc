// SPDX-License-Identifier: MIT
// Pull requests that change what may have run: testdata/history/. What is said about edited,
// deleted and renamed files, double and late versions and broken chains is golden, per tool.
#include <catch2/catch_test_macros.hpp>

#include "tests/pull_request_case.h"

namespace schemagate::testing {
namespace {

TEST_CASE("what a pull request does to migrations that may have run, per tool") {
  for (const auto& path : case_files("testdata/history")) {
    CaseFile file(path);
    for (std::size_t i = 0; i < file.cases().size(); ++i) {
      const Case& one = file.cases()[i];
      const ProgramRun run =
          judge_pull_request(SCHEMAGATE_BINARY, one, files_of(one, "base"), {"--no-rehearsal"});
      INFO(path << ": " << one.title << "\n" << run.out << run.err);
      REQUIRE(nlohmann::json::accept(run.out));
      file.check_golden(i, "judged", judged(nlohmann::json::parse(run.out), true));
    }
    file.save();
  }
}

}  // namespace
}  // namespace schemagate::testing
