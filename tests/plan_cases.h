// SPDX-License-Identifier: MIT
// The pairs of testdata/plans/: an old and a new schema, read as diff and plan read them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "schema/apply.h"
#include "schema/plan.h"
#include "tests/case_file.h"

namespace schemagate::testing {

struct PlanCase {
  std::string title;  ///< "columns: a nullable column"
  std::string old_sql, new_sql;
  int first_major = 14, last_major = 18;  ///< the part "postgres": "18-", "14-16", "15"
  bool column_order = true;               ///< false: the part "differs" says "column order"
  bool server_spelling = true;  ///< false: the part "differs" says "spelling"; then the server's
                                ///< text of the new schema is not recognised as the same
};
/// All cases of all files of the folder.
std::vector<PlanCase> plan_cases();

/// A schema from text alone.
struct SchemaText {
  SourceSet sources;
  std::vector<ParsedFile> files;
  LoadedSchema loaded;
  std::vector<RenameHint> hints;
};
SchemaText read_schema(const std::string& sql, int postgres);

}  // namespace schemagate::testing
