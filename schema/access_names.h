// SPDX-License-Identifier: MIT
// Private to the access files.
#pragma once

#include <optional>

#include "schema/access.h"

namespace schemagate {

/// What a statement names that changes the schema: one that changes nothing here (DROP IF EXISTS,
/// CREATE OR REPLACE with the same text, DROP DEFAULT where there is none) may change something, or
/// fail, where another side's changes have run. Nothing for what names nothing that counts.
std::optional<StatementUse> use_of_change(const Statement& statement);

}  // namespace schemagate
