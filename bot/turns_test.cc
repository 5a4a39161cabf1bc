// SPDX-License-Identifier: MIT
#include "bot/turns.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace schemagate {
namespace {

using namespace std::chrono_literals;

TEST_CASE("all of it is done, and while one waits others work, never two at a time") {
  Turns turns;
  std::vector<int> done(20);
  int working = 0, most_working = 0, begun = 0;
  std::atomic<int> most_begun = 0;
  turns.run(done.size(), 4, [&](std::size_t i) {
    ++begun;
    most_begun = std::max(most_begun.load(), begun);
    most_working = std::max(most_working, ++working);
    --working;
    turns.while_others_work([&] {
      do std::this_thread::sleep_for(5ms);
      while (i == 0 && most_begun < 2);
    });
    most_working = std::max(most_working, ++working);
    ++done[i];
    --working;
    --begun;
  });
  CHECK(std::all_of(done.begin(), done.end(), [](int times) { return times == 1; }));
  CHECK(most_working == 1);
  CHECK(most_begun > 1);
  CHECK(most_begun <= 4);
}

TEST_CASE("an exception ends it") {
  Turns turns;
  int begun = 0;
  CHECK_THROWS_AS(turns.run(10, 1,
                            [&](std::size_t i) {
                              ++begun;
                              if (i == 2) throw std::runtime_error("no");
                            }),
                  std::runtime_error);
  CHECK(begun == 3);
}

TEST_CASE("nothing to do is done at once") {
  Turns turns;
  turns.run(0, 4, [](std::size_t) { FAIL(); });
}

}  // namespace
}  // namespace schemagate
