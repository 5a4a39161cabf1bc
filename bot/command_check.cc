// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/text.h"
#include "bot/commands.h"
#include "bot/databases.h"
#include "bot/output.h"
#include "bot/pipeline.h"
#include "bot/trees.h"

namespace schemagate {
namespace {

int list_databases(const CheckOptions& options) {
  git::Repository repository = git::Repository::open(options.repository);
  const Sides sides = find_sides(repository, options);
  const Config config = read_config(repository, sides, options);
  std::string out;
  for (const std::string& note : config.notes) out += note + "\n";
  for (const DatabasePair& pair : pair_databases(config, sides.before_files, sides.head_files)) {
    const std::size_t files = pair.after.schema.size() + pair.after.migrations.size();
    out += fmt::format("{}: {} ({}{})\n", pair.config.name, pair.how_found,
                       counted(static_cast<long long>(files), "file"),
                       pair.changed ? ", changed" : "");
  }
  print(out);
  return config.databases.empty() ? 2 : 0;
}

}  // namespace

int run_check(const CheckOptions& options, const CommonOptions& common) {
  if (options.list) return list_databases(options);
  const bool with_statements = true;
  return deliver(check(options, common), common, with_statements);
}

}  // namespace schemagate
