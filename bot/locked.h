// SPDX-License-Identifier: MIT
// `locked: true` in the configuration: what it says holds, whatever the inputs of a workflow say.
// Flags are free: who types them sees what they do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bot/databases.h"
#include "bot/options.h"

namespace schemagate {

/// The server's major that a flag or an input asks for; nothing where the configuration is locked
/// and names one.
std::optional<int> wished_postgres(const DatabaseConfig& config, const CommonOptions& common);

/// Flag or input, then configuration, then errors. A locked configuration, also one that says
/// nothing of it, is made stricter by an input and never looser.
FailOn fail_on_of(const Config& config, const CommonOptions& common);

/// The database is one of those asked for, or must not be left out.
bool is_wanted(const DatabaseConfig& config, const CheckOptions& options);

/// What inputs said in vain, one sentence each; `judged` are the databases that changed.
std::vector<std::string> held_by_lock(const Config& config,
                                      const std::vector<const DatabasePair*>& judged,
                                      const CheckOptions& options, const CommonOptions& common);

}  // namespace schemagate
