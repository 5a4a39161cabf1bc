// SPDX-License-Identifier: MIT
// What else runs when rows are written: triggers and rules.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/impact_builder.h"

namespace schemagate {

/// Runs the functions of the triggers that `event` ("INSERT", "UPDATE", "DELETE") on the table
/// fires; of UPDATE OF only those that name one of `columns`.
void fire_triggers(ImpactBuilder& b, const Table& table, std::string_view event,
                   const std::vector<std::string>& columns);

/// An enabled INSTEAD OF trigger of the view for `event`; its function is run.
bool fire_instead(ImpactBuilder& b, const View& view, std::string_view event);

/// Adds what the actions of the rules for `event` do. True where one of them takes the statement's
/// place.
bool apply_rules(ImpactBuilder& b, const std::vector<TableObject>& rules, std::string_view event);

}  // namespace schemagate
