// SPDX-License-Identifier: MIT
// Goes through a PL/pgSQL body as the server would: conditions that the catalog decides choose
// their branch, a failure goes to its handler or ends the body, loops over constants turn. What
// can't be known (a condition on rows) is tried both ways and said to be uncertain.
#pragma once

#include <optional>
#include <string>

#include "schema/impact.h"
#include "schema/plpgsql_flow.h"
#include "schema/plpgsql_values.h"

namespace schemagate {

/// Who does what the body says.
class FlowHost {
 public:
  virtual ~FlowHost() = default;
  virtual const Catalog& catalog() const = 0;
  virtual const Session& session() const = 0;
  /// Runs SQL; why the server would refuse it. `certain`: it is known to be reached.
  virtual std::optional<Failure> run(const std::string& sql, bool certain) = 0;
  /// COMMIT or ROLLBACK in the body.
  virtual std::optional<Failure> end_transaction(bool inside_handler) = 0;
  virtual void unknown(const std::string& why) = 0;
  /// A moment to come back to, and coming back: what ran since leaves nothing.
  virtual std::size_t mark() = 0;
  virtual void roll_back(std::size_t mark) = 0;
};

/// Runs the body; the failure that leaves it.
std::optional<Failure> run_flow(FlowHost& host, const FlowStatement& block, FlowRow variables);

}  // namespace schemagate
