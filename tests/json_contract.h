// SPDX-License-Identifier: MIT
// The shape of what the program prints as JSON, to the letter: what others script against. Keys,
// types, lines that start at 1, exit codes.
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/program.h"

namespace schemagate::testing {

inline constexpr int passed = 0;
inline constexpr int failed = 1;
inline constexpr int could_not_judge = 2;

/// What it printed. Throws when that is not one JSON document.
nlohmann::json document(const ProgramRun& result);

std::set<std::string> keys(const nlohmann::json& object);

/// What `check` and `lint` print, complete.
void check_report(const nlohmann::json& report, bool with_statements);
/// One of the statements that `impact`, `diff` and `check` list.
void check_statement(const nlohmann::json& statement);
void check_change(const nlohmann::json& change);

/// A snapshot of facts of a database on that major, without any table.
std::string snapshot_of(int postgres);

}  // namespace schemagate::testing
