// SPDX-License-Identifier: MIT
#include "tests/fake_client.h"

namespace schemagate::testing {

using namespace std::chrono_literals;

github::Address address_of(const FakeGitHub& github) {
  return github::parse_address(github.url(), "X");
}

github::Client client_of(const FakeGitHub& github, github::Transport& transport,
                         std::chrono::milliseconds& now) {
  return github::Client(
      transport,
      {.api = address_of(github),
       .graphql = {},
       .repository = "acme/shop",
       .token = github.token(),
       .budget = 100h,
       .request_timeout = 2s},
      {[&now] { return now; }, [] { return 0s; },
       [&now](std::chrono::milliseconds time) { now += time; }, [] { return 0.0; }});
}

}  // namespace schemagate::testing
