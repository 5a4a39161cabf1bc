// SPDX-License-Identifier: MIT
#include "tests/trial.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "schema/parse.h"

namespace schemagate::testing {
namespace {

bool steers_transactions(const std::string& sql) {
  const ParsedFile parsed = parse_text(sql);
  return std::any_of(parsed.statements.begin(), parsed.statements.end(),
                     [](const Statement& one) { return one.as<Transaction>() != nullptr; });
}

}  // namespace

std::string Trial::run(const std::string& sql) {
  demand("SAVEPOINT one");  // on its own: of what is no SQL nothing is run, not even this
  const postgres::Answer answer = session_.run(sql);
  demand(answer.ok() ? "RELEASE one" : "ROLLBACK TO one; RELEASE one");
  if (answer.ok()) return "";
  return answer.error->message + ": " + sql;
}

std::string Trial::run(const Statements& side) {
  for (const std::string& statement : side) {
    if (steers_transactions(statement)) continue;
    if (std::string refused = run(statement); !refused.empty()) return refused;
  }
  return run("SET CONSTRAINTS ALL IMMEDIATE; RESET ALL");
}

void Trial::demand(const std::string& sql) {
  const postgres::Answer answer = session_.run(sql);
  INFO(sql << "\n" << (answer.error ? answer.error->message : ""));
  REQUIRE(answer.ok());
}

}  // namespace schemagate::testing
