// SPDX-License-Identifier: MIT
// The snapshot of facts that `schemagate facts` writes beside the database and a check reads, so
// that pull-request jobs need no credentials. Statistics and counts only; there is no place in it
// for row data. A number that is not known is an object that says why.
#pragma once

#include <string>
#include <string_view>

#include "schema/facts.h"

namespace schemagate {

std::string facts_to_json(const Facts& facts);

/// Facts whose `source` names `path` and the day they were taken; whether they are stale is for the
/// caller, who has a clock and a configuration. Throws Error (source) for text that is no snapshot
/// of a version this program knows, and for a snapshot of another database than `database`; an
/// empty `database` accepts any.
Facts facts_from_json(std::string_view text, std::string_view path, std::string_view database);

}  // namespace schemagate
