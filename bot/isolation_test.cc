// SPDX-License-Identifier: MIT
#include "bot/isolation.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <stdexcept>
#include <vector>

namespace schemagate {
namespace {

TEST_CASE("a child process answers, or says how it died") {
  CHECK(run_isolated([] { return std::string(100'000, 'x'); }, {}).result.size() == 100'000);
  const Isolated crashed = run_isolated([]() -> std::string { std::abort(); }, {});
  CHECK(!crashed.ended);
  CHECK(crashed.death.starts_with("crashed"));
  CHECK(run_isolated([]() -> std::string { throw std::runtime_error("no"); }, {}).death ==
        "ended without an answer");
}

TEST_CASE("a child process that eats memory or never ends is stopped") {
  Limits limits;
  limits.memory = std::size_t{64} << 20;
  limits.processor = std::chrono::seconds(1);
#if !defined(__SANITIZE_ADDRESS__)
  const Isolated hungry = run_isolated(
      [] {
        std::vector<std::string> all;
        for (;;) all.emplace_back(1 << 20, 'x');
        return std::string();
      },
      limits);
  CHECK(hungry.death == "needed more than 64 MB of memory");
#endif
  const auto forever = [] {
    for (volatile int i = 0;;) i = i + 1;
    return std::string();
  };
  CHECK(run_isolated(forever, limits).death == "needed more than 1 s of processor time");
  limits.wall = std::chrono::milliseconds(50);
  CHECK(run_isolated(forever, limits).death == "took longer than 50 ms");
}

}  // namespace
}  // namespace schemagate
