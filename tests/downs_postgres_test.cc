// SPDX-License-Identifier: MIT
// Up and then down, tried on a server: what no reading of the statements shows.
#include <catch2/catch_test_macros.hpp>

#include "tests/pull_request_case.h"

namespace schemagate::testing {
namespace {

TEST_CASE("the way down of new migrations is tried on the rehearsal server") {
  check_judged_cases(SCHEMAGATE_BINARY, "testdata/downs", {"--postgres", "15"});
}

}  // namespace
}  // namespace schemagate::testing
