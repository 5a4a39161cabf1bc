// SPDX-License-Identifier: MIT
#include "tests/faults.h"

#include <map>

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

}  // namespace schemagate::testing
