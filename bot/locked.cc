// SPDX-License-Identifier: MIT
#include "bot/locked.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace schemagate {
namespace {

bool is_named(const DatabaseConfig& config, const CheckOptions& options) {
  return std::find(options.databases.begin(), options.databases.end(), config.name) !=
         options.databases.end();
}

std::string_view word_of(FailOn fail_on) {
  if (fail_on == FailOn::error) return "error";
  return fail_on == FailOn::warning ? "warning" : "never";
}

/// From what lets most pass to what lets least.
int strictness(FailOn fail_on) {
  if (fail_on == FailOn::never) return 0;
  return fail_on == FailOn::error ? 1 : 2;
}

std::string in_vain(const Config& config, const std::string& input, const std::string& instead) {
  return fmt::format("input {} was not followed: {} is locked, {}", input, config.file, instead);
}

}  // namespace

std::optional<int> wished_postgres(const DatabaseConfig& config, const CommonOptions& common) {
  const bool held = common.by_inputs && config.locked && config.postgres;
  return held ? std::nullopt : common.postgres;
}

FailOn fail_on_of(const Config& config, const CommonOptions& common) {
  const FailOn said = config.fail_on.value_or(FailOn::error);
  if (!common.fail_on) return said;
  const bool held = common.by_inputs && config.locked;
  return held && strictness(*common.fail_on) < strictness(said) ? said : *common.fail_on;
}

bool is_wanted(const DatabaseConfig& config, const CheckOptions& options) {
  return options.databases.empty() || is_named(config, options) ||
         (options.databases_by_input && config.locked);
}

std::vector<std::string> held_by_lock(const Config& config,
                                      const std::vector<const DatabasePair*>& judged,
                                      const CheckOptions& options, const CommonOptions& common) {
  std::vector<std::string> notes, left_out, other_major;
  if (common.fail_on && fail_on_of(config, common) != *common.fail_on)
    notes.push_back(in_vain(config, fmt::format("fail-on: {}", word_of(*common.fail_on)),
                            fmt::format("{} holds", word_of(fail_on_of(config, common)))));
  for (const DatabasePair* pair : judged) {
    const DatabaseConfig& database = pair->config;
    if (!options.databases.empty() && !is_named(database, options))
      left_out.push_back(database.name);
    if (common.postgres && !wished_postgres(database, common) &&
        common.postgres != database.postgres)
      other_major.push_back(fmt::format("{} for {}", *database.postgres, database.name));
  }
  if (!other_major.empty())
    notes.push_back(in_vain(config, fmt::format("postgres: {}", *common.postgres),
                            join(other_major, ", ") + " holds"));
  if (!left_out.empty())
    notes.push_back(in_vain(config, "databases", join(left_out, ", ") + " was judged as well"));
  return notes;
}

}  // namespace schemagate
