// SPDX-License-Identifier: MIT
// Statements of a session that change no object: transactions, settings, cursors, EXPLAIN.
#include <algorithm>

#include "base/text.h"
#include "schema/impact_builder.h"
#include "schema/parse.h"
#include "schema/session_names.h"

namespace schemagate {

void predict_statement(ImpactBuilder& b, const Transaction& s) {
  const bool of_savepoint = s.kind == TransactionKind::savepoint ||
                            s.kind == TransactionKind::release ||
                            s.kind == TransactionKind::rollback_to;
  const auto& savepoints = b.session().savepoints;
  const bool known = s.kind == TransactionKind::savepoint ||
                     std::any_of(savepoints.begin(), savepoints.end(),
                                 [&](const auto& one) { return one.first == s.savepoint; });
  if (of_savepoint && b.session().in_transaction && !known)
    b.fail("3B001", "savepoint " + quoted(s.savepoint) + " does not exist");
  if (!of_savepoint || b.session().in_transaction) return;
  b.fail("25P01", std::string(s.kind == TransactionKind::savepoint ? "SAVEPOINT"
                              : s.kind == TransactionKind::release ? "RELEASE SAVEPOINT"
                                                                   : "ROLLBACK TO SAVEPOINT") +
                      " can only be used in transaction blocks");
}
void predict_statement(ImpactBuilder&, const SetVariable&) {}

namespace {

/// The statement is planned as it would be to run; with ANALYZE it does run.
void explain(ImpactBuilder& b, const OtherStatement& s) {
  const auto [sql, runs] = explained(s);
  for (const Statement& statement : parse_text(sql).statements) {
    Impact impact = predict(b.catalog(), b.session(), statement);
    if (impact.fails) b.fail(impact.fails->sqlstate, impact.fails->reason);
    if (!runs) impact.work.clear();
    b.add(impact);
  }
}

/// DISCARD TEMP and ALL drop what the session has made for itself.
void discard(ImpactBuilder& b, const OtherStatement& s) {
  if (s.definition != "DISCARD TEMP" && s.definition != "DISCARD ALL") return;
  const auto drop = [&](const QualifiedName& name) {
    if (name.schema == "pg_temp") b.lock(name, LockMode::access_exclusive);
  };
  for (const auto& [name, table] : b.catalog().tables) drop(name);
  for (const auto& [name, index] : b.catalog().indexes) drop(name);
  for (const auto& [name, view] : b.catalog().views) drop(name);
  for (const auto& [name, sequence] : b.catalog().sequences) drop(name);
}

/// EXECUTE runs what was prepared, with as many values as that has parameters.
void execute(ImpactBuilder& b, const OtherStatement& s) {
  const std::string name = session_name(s);
  const auto found = b.session().prepared.find(name);
  if (found == b.session().prepared.end()) {
    if (b.session().partial) return;
    b.fail("26000", "prepared statement " + quoted(name) + " does not exist");
    return;
  }
  if (count_parameters(s.definition) != count_parameters(found->second)) {
    b.fail("42601", "wrong number of parameters for prepared statement " + quoted(name));
    return;
  }
  OtherStatement prepared;
  prepared.tag = "PREPARE";
  prepared.definition = found->second;
  for (const Statement& statement : parse_text(query_of(prepared)).statements) b.run(statement);
}

/// A cursor starts to read with the first FETCH; the locks are those of DECLARE.
void fetch(ImpactBuilder& b, const OtherStatement& s) {
  const std::string name = session_name(s);
  const auto found = b.session().cursors.find(name);
  if (found == b.session().cursors.end()) {
    if (b.session().partial) return;
    b.fail("34000", "cursor " + quoted(name) + " does not exist");
    return;
  }
  if (found->second.read || !b.session().in_transaction) return;
  for (const Statement& statement : parse_text(found->second.query).statements) {
    Impact impact = predict(b.catalog(), b.session(), statement);
    impact.locks.clear();
    if (!impact.fails) b.add(impact);
  }
}

/// Prepared statements and cursors are looked for by name.
void check_session_name(ImpactBuilder& b, const OtherStatement& s) {
  const std::string name = session_name(s);
  const auto& prepared = b.session().prepared;
  const auto& cursors = b.session().cursors;
  if (s.tag == "PREPARE" && prepared.contains(name)) {
    b.fail("42P05", "prepared statement " + quoted(name) + " already exists");
  } else if (s.tag == "DECLARE CURSOR" && cursors.contains(name)) {
    b.fail("42P03", "cursor " + quoted(name) + " already exists");
  } else if (s.tag == "DEALLOCATE" && !name.empty() && !prepared.contains(name)) {
    b.fail("26000", "prepared statement " + quoted(name) + " does not exist");
  } else if (s.tag == "CLOSE CURSOR" && !name.empty() && !cursors.contains(name)) {
    b.fail("34000", "cursor " + quoted(name) + " does not exist");
  }
}

}  // namespace

void predict_statement(ImpactBuilder& b, const OtherStatement& s) {
  if (s.forbidden_in_transaction) b.not_in_transaction(s.tag);
  if (!b.failed() && !b.session().partial) check_session_name(b, s);
  if (s.tag == "EXECUTE") {
    execute(b, s);
  } else if (s.tag == "FETCH") {
    fetch(b, s);
  } else if (s.tag.starts_with("EXPLAIN")) {
    explain(b, s);
  } else if (s.tag.starts_with("DISCARD")) {
    discard(b, s);
  } else if (s.tag.starts_with("DECLARE")) {
    const bool outlives = s.definition.find(" WITH HOLD ") != std::string::npos;
    if (!outlives && !b.session().in_transaction)
      b.fail("25P01", "DECLARE CURSOR can only be used in transaction blocks");
    b.plan_query(s.references);
  } else {
    b.analyze_query(s.references);
  }
}

}  // namespace schemagate
