// SPDX-License-Identifier: MIT
// The world outside the repository: the embedded server of the rehearsal, and running databases
// that answer questions. Judging a database gets them as two functions; nothing behind here starts
// before it is asked.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bot/config.h"
#include "bot/judge.h"
#include "bot/options.h"
#include "postgres/server.h"

namespace schemagate {

/// Where statements were measured, and what was left out there.
struct MeasuredOn {
  std::string version;  ///< "17.10"
  std::vector<std::string> notes;
};

class World {
 public:
  explicit World(const CommonOptions& common) : common_(common) {}

  /// Facts come from a URL or a snapshot's file; an empty function when neither is set.
  /// `read_base_file` reads a snapshot from the tip of the base: a pull request can't soften its
  /// judge.
  AskFacts ask_facts(
      const DatabaseConfig& config,
      const std::function<std::optional<std::string>(const std::string&)>& read_base_file) const;

  /// The facts are those of a running server.
  bool asks_server(const DatabaseConfig& config) const;

  /// The rehearsal on an embedded server, started once and shared, also by threads; empty when it
  /// is switched off.
  Rehearse rehearse(const DatabaseConfig& config);
  RehearseBack rehearse_back(const DatabaseConfig& config);

  /// `impact --measure`: replaces each statement's prediction by what a server showed
  /// (ReportedStatement::measured tells where the two differ). What the server could not run keeps
  /// its prediction, and a condition says so.
  MeasuredOn measure(const Catalog& before, std::vector<ReportedStatement>& statements,
                     int postgres);

 private:
  /// The server for that major, or why there is none.
  std::variant<const postgres::EphemeralServer*, std::string> server(int postgres);

  const CommonOptions& common_;
  std::mutex starting_;
  std::map<int, postgres::EphemeralServer> servers_;  ///< by their own major
};

/// `schemagate facts`: the snapshot of a running database as JSON.
std::string take_snapshot(const std::string& url);

/// The server's major to judge for: flag, then configuration, then 17.
int postgres_major(const DatabaseConfig& config, const CommonOptions& common);

/// Without a configuration: flag, then what the --facts say, then 17.
int postgres_major(const CommonOptions& common);

}  // namespace schemagate
