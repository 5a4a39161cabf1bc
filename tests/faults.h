// SPDX-License-Identifier: MIT
// What goes wrong with requests to GitHub, and runs with each of it at each request.
#pragma once

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <future>
#include <list>
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

/// Each method and address once, pages after the first too.
std::vector<SentRequest> kinds_of_requests(const FakeGitHub& github);
/// Whether anything is another way after it.
bool takes_effect(const SentRequest& request);
/// The trouble begins when the request took effect; one that only reads tells no difference.
bool comes_after_effect(const Fault& fault);
/// The fault, for requests like this one.
Fault at_request(Fault fault, const SentRequest& hit);

/// Begins each of the runs, so many at once, and hands over what each led to as soon as it ends.
template <class Begin, class Check>
void run_all(std::size_t runs, std::size_t at_once, const Begin& begin, const Check& check) {
  using Ended = std::future<decltype(begin(std::size_t{}))>;
  const auto has_ended = [](std::pair<std::size_t, Ended>& one) {
    return one.second.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  std::list<std::pair<std::size_t, Ended>> running;
  for (std::size_t next = 0; next < runs || !running.empty();) {
    for (; next < runs && running.size() < at_once; ++next)
      running.emplace_back(next,
                           std::async(std::launch::async, [&begin, next] { return begin(next); }));
    const auto first = std::find_if(running.begin(), running.end(), has_ended);
    if (first == running.end()) {
      running.front().second.wait_for(std::chrono::milliseconds(5));
      continue;
    }
    const std::size_t number = first->first;
    const auto ended = first->second.get();
    running.erase(first);
    check(number, *ended);
  }
}

/// `play` gives a pointer to what a run led to, which has `run`; `check` looks at it. Many run at
/// once, as they wait.
template <class Play, class Check>
void at_every_request(const std::vector<SentRequest>& kinds, const std::vector<NamedFault>& faults,
                      const Play& play, const Check& check) {
  std::vector<std::pair<SentRequest, NamedFault>> all;
  for (const SentRequest& request : kinds)
    for (const NamedFault& one : faults)
      if (takes_effect(request) || !comes_after_effect(one.fault)) all.emplace_back(request, one);
  CHECK_FALSE(kinds.empty());
  run_all(
      all.size(), 40,
      [&](std::size_t i) { return play(at_request(all[i].second.fault, all[i].first)); },
      [&](std::size_t i, auto& ended) {
        INFO(all[i].second.name << " at " << all[i].first.method << " " << all[i].first.target);
        INFO(ended.run.out << ended.run.err);
        check(ended);
      });
}

}  // namespace schemagate::testing
