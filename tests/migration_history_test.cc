// SPDX-License-Identifier: MIT
// Pull requests that change what may have run: testdata/history/. What is said about edited,
// deleted and renamed files, double and late versions and broken chains is golden, per tool.
#include <catch2/catch_test_macros.hpp>

#include "tests/pull_request_case.h"

namespace schemagate::testing {
namespace {

TEST_CASE("what a pull request does to migrations that may have run, per tool") {
  check_judged_cases(SCHEMAGATE_BINARY, "testdata/history", {"--no-rehearsal"});
}

}  // namespace
}  // namespace schemagate::testing
