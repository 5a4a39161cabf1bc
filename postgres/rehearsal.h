// SPDX-License-Identifier: MIT
// The plan, run for real: on a sandbox of an EphemeralServer that holds the base schema and no
// rows, each group of steps as its transaction, in the plan's order. A step that fails here fails
// everywhere; that a step works says nothing about the rows of production.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postgres/server.h"
#include "schema/facts.h"
#include "schema/plan.h"

namespace schemagate::postgres {

struct Rehearsal {
  std::string summary;  ///< "rehearsed on PostgreSQL 15.4", or "not rehearsed: " and why
  std::vector<Rehearsed>
      steps;  ///< one for each step of the plan; empty when nothing was rehearsed
  std::vector<std::string> notes;
};

/// `base` is the base schema as a script in dependency order, to_sql(Catalog). If it does not load,
/// nothing is rehearsed and the summary names the first reason; extensions that are not installed,
/// statements that need superuser, and what depends on either are left out with a note (decisions
/// D14). After a step that failed the rest is not run.
Rehearsal rehearse(const EphemeralServer& server, std::string_view base, const Plan& plan);

/// The plan's steps from `down` on take back what those before it did: whether they do.
struct WayBack {
  bool tried = false;                      ///< all of it ran, or a step of the way back failed
  std::optional<std::size_t> failed;       ///< a step of the way back
  std::string message;                     ///< the server's, of that step
  std::vector<std::string> before, after;  ///< the schema before the way up and after the way back
  std::string version;                     ///< "15.18"
};
WayBack rehearse_back(const EphemeralServer& server, std::string_view base, const Plan& plan,
                      std::size_t down);

}  // namespace schemagate::postgres
