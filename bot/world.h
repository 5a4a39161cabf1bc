// SPDX-License-Identifier: MIT
// The world outside the repository: the ephemeral server of the rehearsal and the running database
// that answers questions, wrapped as the two functions that judging a database takes.
#pragma once

#include <string>

#include "bot/config.h"
#include "bot/judge.h"
#include "bot/options.h"

namespace schemagate {

/// Facts come from a URL or a snapshot's file; an empty function when neither is set.
/// `read_base_file` reads a facts file from the tip of the base (a pull request can't soften its
/// judge).
AskFacts ask_facts(
    const DatabaseConfig& config, const CommonOptions& common,
    const std::function<std::optional<std::string>(const std::string&)>& read_base_file);

/// The rehearsal on an ephemeral server; empty when it is switched off.
Rehearse rehearse(const DatabaseConfig& config, const CommonOptions& common);

/// `impact --measure`: runs the statements on an ephemeral server, replaces each one's prediction
/// by what was seen (ReportedStatement::measured tells where the two differ), and names the server.
std::string measure_statements(const Catalog& before, const std::string& schema_sql,
                               std::vector<ReportedStatement>& statements, int postgres);

/// `schemagate facts`: the snapshot of a running database as JSON.
std::string take_snapshot(const std::string& url);

/// The server's major to judge for: flag, then configuration, then 17.
int postgres_major(const DatabaseConfig& config, const CommonOptions& common);

}  // namespace schemagate
