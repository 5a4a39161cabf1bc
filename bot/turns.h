// SPDX-License-Identifier: MIT
// Several databases at once: their judging takes turns, one works while the others wait for their
// servers. What is computed is never computed by two at a time, so nothing of it needs a lock.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>

namespace schemagate {

class Turns {
 public:
  /// `call`, made while the others have their turn. The caller must have the turn.
  template <class Call>
  auto while_others_work(Call&& call) {
    const Waiting waiting(turn_);
    return std::forward<Call>(call)();
  }

  /// Runs `work(0)` to `work(count - 1)`, at most `at_once` of them begun and not ended. An
  /// exception ends it: what began is ended, nothing more begins, and the first one is thrown.
  void run(std::size_t count, std::size_t at_once, const std::function<void(std::size_t)>& work);

 private:
  struct Waiting {
    explicit Waiting(std::mutex& turn) : turn_(turn) { turn_.unlock(); }
    ~Waiting() { turn_.lock(); }
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    std::mutex& turn_;
  };

  std::mutex turn_;
};

}  // namespace schemagate
