// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "bot/commands.h"
#include "bot/output.h"
#include "bot/schema_source.h"
#include "bot/world.h"
#include "report/checksum_json.h"
#include "report/runner_text.h"
#include "schema/plan.h"

namespace schemagate {

int run_inspect(const InspectOptions& options, const CommonOptions& common) {
  const int postgres = postgres_major(common);
  const SchemaSource source = load_schema_source(options.target, postgres);
  say_notes(problems_of(source), common);
  const std::string sql = to_sql(source.schema.catalog);
  const std::vector<ObjectText> objects = object_texts(source.schema.catalog);
  const std::string checksum = schema_checksum(objects);
  deliver_text(common, "sql", [&](const std::string& format, bool) {
    const bool json = format == "json";
    if (options.checksum) return json ? to_json(objects) : checksum + "\n";
    return json ? inspected_to_json(postgres, checksum, sql, problems_of(source))
                : sql_without_workflow_commands(sql);
  });
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
