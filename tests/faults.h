// SPDX-License-Identifier: MIT
// What goes wrong with requests to GitHub, and runs with each of it at each request.
#pragma once

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "tests/fake_github.h"

namespace schemagate::testing {

struct NamedFault {
  std::string name;
  Fault fault;
};

/// Each kind of trouble, for good.
std::vector<NamedFault> lasting_faults();
/// What passes by itself, or did take effect.
std::vector<NamedFault> passing_faults();

/// `play` gives a pointer to what a run led to, which has `run`; `check` looks at it. Many run at
/// once, as most wait.
template <class Play, class Check>
void at_every_request(const std::vector<SentRequest>& kinds, const std::vector<NamedFault>& faults,
                      const Play& play, const Check& check) {
  constexpr std::size_t at_once = 30;
  std::vector<std::pair<SentRequest, NamedFault>> all;
  for (const SentRequest& request : kinds)
    for (const NamedFault& one : faults) all.emplace_back(request, one);
  CHECK(all.size() >= 4 * faults.size());
  for (std::size_t begin = 0; begin < all.size(); begin += at_once) {
    std::vector<std::future<decltype(play(all[0].first, all[0].second.fault))>> running;
    for (std::size_t i = begin; i < std::min(begin + at_once, all.size()); ++i)
      running.push_back(std::async(std::launch::async, [&all, &play, i] {
        return play(all[i].first, all[i].second.fault);
      }));
    for (std::size_t i = 0; i < running.size(); ++i) {
      const auto ended = running[i].get();
      const auto& [request, fault] = all[begin + i];
      INFO(fault.name << " at " << request.method << " " << request.target);
      INFO(ended->run.out << ended->run.err);
      check(*ended);
    }
  }
}

}  // namespace schemagate::testing
