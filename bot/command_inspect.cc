// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "base/sha256.h"
#include "bot/commands.h"
#include "bot/output.h"
#include "bot/schema_source.h"
#include "bot/world.h"
#include "schema/plan.h"

namespace schemagate {

int run_inspect(const InspectOptions& options, const CommonOptions& common) {
  const SchemaSource source = load_schema_source(options.target, common.postgres.value_or(17));
  for (const ApplyProblem& problem : source.schema.problems) {
    if (problem.kind == ProblemKind::ignored) continue;
    fmt::print(stderr, "note: {}:{}: {}\n", source.sources.path(problem.where),
               source.sources.begin(problem.where).line, problem.message);
  }
  const std::string sql = to_sql(source.schema.catalog);
  print(options.checksum ? schema_checksum(source.schema.catalog) + "\n" : sql);
  return 0;
}

int run_facts(const FactsOptions& options, const CommonOptions&) {
  const std::string snapshot = take_snapshot(options.url);
  if (options.output.empty())
    print(snapshot);
  else
    write_whole_file(options.output, snapshot);
  return 0;
}

}  // namespace schemagate
