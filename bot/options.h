// SPDX-License-Identifier: MIT
// What the command line says, as plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/report.h"
#include "schema/plan.h"

namespace schemagate {

/// `--output FORMAT=FILE`.
struct OutputFile {
  std::string format, path;
};

/// Flags that several commands share.
struct CommonOptions {
  std::optional<int> postgres;
  std::string
      format;  ///< terminal, markdown, json, sarif, github, sql; empty: the command's default
  std::vector<OutputFile> outputs;
  std::string facts;  ///< postgresql:// URL or a snapshot's file
  bool no_rehearsal = false;
  /// The job has the base's rights: run no program of the repository, and ask no server that only
  /// the pull request names.
  bool no_commands = false;
  bool no_servers = false;  ///< no running server is asked for facts
  std::string rehearsal_url;
  std::optional<FailOn> fail_on;
  /// `postgres` and `fail_on` are a workflow's inputs: they can't loosen what is locked.
  bool by_inputs = false;
  std::string color = "auto";
  bool quiet = false;
};

struct CheckOptions {
  std::string repository = ".";
  std::string base, head;                      ///< revisions; empty: found out
  std::string config;                          ///< file that stands for the base's .schemagate.yml
  std::string config_path{".schemagate.yml"};  ///< of the configuration in the folder
  std::string folder;  ///< "services/billing/": what the configuration's paths start from
  std::vector<std::string> schema;  ///< globs for a repository without a configuration
  std::vector<std::string> databases;
  bool databases_by_input = false;  ///< a locked database is judged all the same
  bool exact = false;               ///< compare the two trees as given, not from the merge base
  bool list = false;
  bool uncommitted = false;
  std::string explain;  ///< an object
};

struct LintOptions {
  std::vector<std::string> files;
  std::string schema;
  bool statements = false;
};

struct DiffOptions {
  std::string old_schema, new_schema;
  Strategy strategy = Strategy::direct;
  bool exit_code = false;
};

struct ImpactOptions {
  std::string file, schema;
  bool measure = false;
};

struct InspectOptions {
  std::string target;
  bool checksum = false;
};

struct FactsOptions {
  std::string url, output;
};

struct GateOptions {
  std::string repository = ".";
  std::string merge_base, base, head;  ///< revisions; an empty merge base is found out
  std::string base_tree;               ///< instead of `base`: a tree; then there is a merge base
  std::string config;                  ///< file that stands for the base's .schemagate.yml
  /// "[DATABASE=]URL" or "[DATABASE=]FILE": must contain the change already.
  std::vector<std::string> applied;
  bool asks_applied = false;  ///< what the configuration says of that counts as well
  std::string config_path{".schemagate.yml"}, folder;  ///< as CheckOptions have them
  std::vector<std::string> schema;
};

struct RulesOptions {
  std::string name, write;
};

struct InitOptions {
  std::string directory = ".";
  bool force = false;
};

}  // namespace schemagate
