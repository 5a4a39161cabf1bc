// SPDX-License-Identifier: MIT
// .schemagate.yml: which databases, which files, which rules, which server. Read from the tip of
// the base branch, so a pull request can't switch off its own judge. Unknown keys are errors that
// name the nearest.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzers/review.h"
#include "base/error.h"
#include "report/report.h"
#include "schema/migrations.h"

namespace schemagate {

inline constexpr std::string_view config_file_name = ".schemagate.yml";

/// Where facts about a running database come from; `url` may name an environment variable:
/// $CRM_URL.
struct FactsSetting {
  std::string url, statistics_url, file;
  bool empty() const { return url.empty() && file.empty(); }
};

struct MigrationsSetting {
  std::string path;
  std::string format = "auto";
  std::string transactions;  ///< "", "file", "all", "none"
  std::string command;       ///< prints the SQL of migrations that are programs
  bool empty() const { return path.empty(); }
};

struct DatabaseConfig {
  std::string name;  ///< may hold {placeholders}; then `schema` or `migrations.path` holds them too
  std::vector<std::string> schema;               ///< globs of declarative schema files
  std::map<std::string, std::string> variables;  ///< values for `variable` blocks of Atlas HCL
  MigrationsSetting migrations;
  FactsSetting facts;
  /// The database, or a deployment's report about it, that must contain a change before it lands: a
  /// URL or a file, or the environment variable that holds it. Empty: nothing is asked.
  std::string applied;
  std::optional<int> postgres;
  bool apply_online = false;  ///< the deploy tool runs the online plan: judge that one
  bool rehearsal = true;
  std::map<std::string, RuleSetting> rules;
  std::optional<WhoMayAllow> allow;  ///< for rules that say nothing themselves
  bool other_tools = true;           ///< comments of other tools allow what they ignore
  Thresholds thresholds;
  std::int64_t facts_max_age_days = 7;
  bool locked = false;        ///< the inputs of a workflow can't loosen what is said here
  std::string text;           ///< canonical text of the entry, to compare two configs
  bool only_at_head = false;  ///< the pull request declares it, the base does not
};

struct Config {
  std::string file;    ///< where it was read from; empty: found without a file
  std::string folder;  ///< where its paths start: "services/billing/"; empty: the root
  std::vector<DatabaseConfig> databases;
  std::optional<FailOn> fail_on;
  bool locked = false;                ///< the same for what stands at the top: fail_on
  std::string gate_mode;              ///< queue, slots, strict or off; empty: not said
  int gate_approvals = 0;             ///< what a pull request needs before it may take a slot
  std::int64_t gate_slot_hours = 24;  ///< how long an idle holder keeps it from those who wait
  bool override_self = true, override_unparsed = true;  ///< false: stricter
  std::map<std::string, std::string> top_texts;  ///< by top key but `databases`, without layout
  std::vector<std::string> notes;
};

/// Throws Error{config} that names file, line, the wrong key and the nearest right one.
Config parse_config(std::string_view text, const std::string& file);

/// Without a file: the usual places among `paths`, tried in the documented order; what was found is
/// said in `notes`. No database when there is nothing.
/// Folders of `known`, which the base has, are read as they are read there.
Config default_config(const std::vector<std::string>& paths,
                      const std::function<std::string(const std::string&)>& text_of,
                      const std::vector<DetectedFolder>& known = {});

/// For people: the folder is read as before, although the change makes it look like another tool's.
std::string format_is_kept(const std::string& root, const std::string& was, const std::string& is,
                           const std::string& reason);

/// For a repository in which nothing can be judged.
Error nothing_found();

/// The keys that may stand at the top or in an entry, and those at the top only.
std::vector<std::string> config_keys();

/// `$NAME` or `${NAME}` from the environment; other text as it is. Throws Error{config} when not
/// set.
std::string expand_environment(const std::string& text);

}  // namespace schemagate
