// SPDX-License-Identifier: MIT
// The gate's job while GitHub is in trouble, request by request: what may not land is never green,
// a job that failed leaves no green behind, and its message names what failed and the next step.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <memory>
#include <set>

#include "bot/gate_hub.h"
#include "tests/begun.h"
#include "tests/fake_client.h"
#include "tests/faults.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

const Files uses_email{
    {"m/2_email.sql", File("CREATE INDEX CONCURRENTLY users_email_idx ON users (email);\n")}};
const Files drops_email{{"m/2_other.sql", File("ALTER TABLE users DROP COLUMN email;\n")}};

/// A pull request that may land, or that the base has moved into.
struct Waiting : Story {
  explicit Waiting(bool may_land) : Story(shop_with_users()) {
    push(uses_email);
    if (!may_land) repository().commit("main", drops_email);
    github().set_ref("heads/main", base());
  }
};

/// The gate's job for it.
struct GatePlayed : Played {
  explicit GatePlayed(const Story& waiting, const std::string& seconds = "1")
      : Played(waiting, {{"INPUT_COMMAND", "gate"}, {"INPUT_API-TIME-BUDGET", seconds}}) {}
  github::Status status() const { return story.github().status(story.head(), "schemagate/gate"); }
  bool green() const {
    return !status().context.empty() && status().state == github::State::success;
  }
};

/// Of a job that nothing disturbs; what a commit is called is not the same twice.
std::vector<SentRequest> kinds_of_gate_requests(const Story& waiting, bool may_land) {
  GatePlayed undisturbed(waiting, "120");
  undisturbed.play();
  CHECK(undisturbed.green() == may_land);
  std::vector<SentRequest> kinds;
  std::set<std::string> seen;
  for (SentRequest request : undisturbed.story.github().requests()) {
    request.target = request.target.substr(0, request.target.find('?'));
    const std::size_t name = request.target.find_last_of('/') + 1;
    if (request.target.size() - name == 40) request.target.resize(name);
    if (seen.insert(request.method + request.target).second) kinds.push_back(request);
  }
  return kinds;
}

template <class Check>
void at_every_gate_request(bool may_land, const Check& check) {
  const Waiting waiting(may_land);
  at_every_request(
      kinds_of_gate_requests(waiting, may_land), lasting_faults(),
      [&](Fault fault) {
        auto played = std::make_unique<GatePlayed>(waiting);
        fault.whole_path = false;
        played->story.github().fail(fault);
        played->play();
        return played;
      },
      check);
}

/// A job that could not do its work says so; one that could not write a comment as well.
void check_said(const GatePlayed& ended) {
  CHECK((ended.run.exit_code == 0 || ended.run.exit_code == 2));
  if (ended.run.exit_code == 2) CHECK_THAT(ended.run.err, ContainsSubstring("hint: "));
  const std::size_t at = ended.run.out.find(": no comment: ");
  if (at == std::string::npos) return;
  const std::string line = ended.run.out.substr(at, ended.run.out.find('\n', at) - at);
  CHECK_THAT(line, ContainsSubstring("?") || ContainsSubstring("again"));
}

TEST_CASE("a gate that stays closed is not opened by any trouble with GitHub", "[github][faults]") {
  at_every_gate_request(false, [](const GatePlayed& ended) {
    CHECK_FALSE(ended.green());
    check_said(ended);
    // A job that did its work has said on GitHub that it is closed.
    if (ended.run.exit_code == 0) CHECK(ended.status().state == github::State::failure);
  });
}

/// What the next sweep will read.
bool is_granted(GatePlayed& ended) {
  ended.story.github().forget_faults();
  github::HttpsTransport transport(address_of(ended.story.github()), {});
  std::chrono::milliseconds now{0};
  github::Client client = client_of(ended.story.github(), transport, now);
  HubOptions options;
  options.branch = "main";
  const gate::Ledger ledger = GitHubHub(client, options).read_ledger();
  return std::any_of(ledger.grants.begin(), ledger.grants.end(),
                     [&](const auto& grant) { return grant.head == ended.story.head(); });
}

TEST_CASE("a gate's job that fails leaves no green behind but one that is in the ledger",
          "[github][faults]") {
  at_every_gate_request(true, [](GatePlayed& ended) {
    check_said(ended);
    // Without its ledger a gate opens nothing, and says so.
    const bool is_off = ended.run.out.find("slots are off") != std::string::npos;
    if (ended.run.exit_code == 0) CHECK(ended.green() == !is_off);
    if (ended.run.exit_code == 0 || !ended.green()) return;
    CHECK(is_granted(ended));
  });
}

}  // namespace
}  // namespace schemagate::testing
