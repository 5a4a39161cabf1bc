// SPDX-License-Identifier: MIT
#include "bot/turns.h"

#include <algorithm>
#include <exception>
#include <thread>
#include <vector>

namespace schemagate {

void Turns::run(std::size_t count, std::size_t at_once,
                const std::function<void(std::size_t)>& work) {
  std::size_t next = 0;
  std::exception_ptr failed;
  const auto worker = [&] {
    const std::lock_guard<std::mutex> mine(turn_);
    while (next < count && !failed) {
      try {
        work(next++);
      } catch (...) {
        if (!failed) failed = std::current_exception();
      }
    }
  };
  std::vector<std::thread> others;
  for (std::size_t i = 1; i < std::min(count, at_once); ++i) others.emplace_back(worker);
  worker();
  for (std::thread& other : others) other.join();
  if (failed) std::rethrow_exception(failed);
}

}  // namespace schemagate
