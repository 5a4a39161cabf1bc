// SPDX-License-Identifier: MIT
#include "tests/faults.h"

#include <map>
#include <set>

namespace schemagate::testing {
namespace {

Fault answer(int status, std::string message, std::map<std::string, std::string> headers = {}) {
  Fault fault;
  fault.status = status;
  fault.message = std::move(message);
  fault.headers = std::move(headers);
  return fault;
}

Fault of_kind(Fault::Kind kind) {
  Fault fault;
  fault.kind = kind;
  return fault;
}

}  // namespace

std::vector<NamedFault> lasting_faults() {
  std::vector<NamedFault> all{{"403 permission", Fault::no_permission()},
                              {"403 secondary limit", Fault::secondary_limit(30)},
                              {"404", answer(404, "Not Found")},
                              {"422", answer(422, "Validation Failed")},
                              {"429", answer(429, "Too Many Requests", {{"retry-after", "30"}})},
                              {"500", answer(500, "Server Error")},
                              {"502", answer(502, "Bad Gateway")},
                              {"no answer", of_kind(Fault::Kind::silence)},
                              {"garbage", of_kind(Fault::Kind::garbage)},
                              {"dropped before", of_kind(Fault::Kind::drop_before)},
                              {"dropped after", of_kind(Fault::Kind::drop_after)}};
  for (NamedFault& one : all) one.fault.times = 1'000'000;
  return all;
}

std::vector<NamedFault> passing_faults() {
  Fault after = answer(502, "Bad Gateway");
  after.kind = Fault::Kind::answer_after;
  return {{"403 secondary limit", Fault::secondary_limit(1)},
          {"429", answer(429, "Too Many Requests", {{"retry-after", "1"}})},
          {"500", answer(500, "Server Error")},
          {"502 after", after},
          {"dropped before", of_kind(Fault::Kind::drop_before)},
          {"dropped after", of_kind(Fault::Kind::drop_after)}};
}

std::vector<SentRequest> kinds_of_requests(const FakeGitHub& github) {
  std::vector<SentRequest> kinds;
  std::set<std::string> seen;
  for (const SentRequest& request : github.requests())
    if (seen.insert(request.method + request.target).second) kinds.push_back(request);
  return kinds;
}

bool takes_effect(const SentRequest& request) {
  return request.method != "GET" && request.target.find("/graphql") == std::string::npos;
}

bool comes_after_effect(const Fault& fault) {
  return fault.kind == Fault::Kind::answer_after || fault.kind == Fault::Kind::drop_after;
}

Fault at_request(Fault fault, const SentRequest& hit) {
  fault.method = hit.method;
  fault.path = hit.target;
  // An address with a query is met with the pages behind it, one without by itself.
  fault.whole_path = hit.target.find('?') == std::string::npos;
  return fault;
}

}  // namespace schemagate::testing
