// SPDX-License-Identifier: MIT
// Does the target database contain a change already? Some teams validate, apply and only then
// merge. Additive: what somebody made by hand and no file names never counts against the change,
// and a change that somebody made by hand counts as applied.
#pragma once

#include <string>
#include <vector>

#include "report/checksum_json.h"
#include "schema/catalog.h"
#include "schema/change.h"

namespace schemagate {

/// A change: what was, what shall be, and what diff() found between them.
struct WantedChange {
  const Catalog& before;
  const Catalog& after;
  const std::vector<Change>& changes;
};

/// What of the change a database lacks, as text for people: "add-column public.users.tz".
std::vector<std::string> not_applied(const WantedChange& wanted, const Catalog& database);

/// The same of what a deployment reported about the database. A bare checksum is only equal or not.
std::vector<std::string> not_applied(const WantedChange& wanted, const ReportedSchema& database);

/// Reads `source`, a postgresql:// URL (read-only) or the file of a report. Throws Error when it
/// can't be read: not to know is not to have.
std::vector<std::string> not_applied(const WantedChange& wanted, const std::string& source,
                                     int postgres);

}  // namespace schemagate
