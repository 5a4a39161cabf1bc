// SPDX-License-Identifier: MIT
// Migration files that say by their own markers which part goes up: goose, dbmate, sql-migrate.
// Given to `lint` by name, without their folder, they are read as their tool reads them.
#pragma once

#include <optional>
#include <string>

#include "schema/migrations.h"

namespace schemagate {

struct MarkedScript {
  std::string tool;  ///< "goose"
  std::string up;    ///< the file's text with all other parts blanked out, same length
  Sending sending = Sending::psql;
  std::string sending_reason;
};

/// Nothing when the file has no such marker, or its tool would not run a file of that name.
std::optional<MarkedScript> marked_script(const std::string& path, const std::string& text);

}  // namespace schemagate
