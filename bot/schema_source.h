// SPDX-License-Identifier: MIT
// A schema given on the command line: an .sql or .hcl file, a folder of them, git:REV[:PATH], or
// the URL of a running database.
#pragma once

#include <string>
#include <vector>

#include "base/source.h"
#include "schema/apply.h"
#include "schema/parse.h"

namespace schemagate {

struct SchemaSource {
  SourceSet sources;
  std::vector<ParsedFile> files;
  LoadedSchema schema;
  std::vector<ParseProblem> not_followed;  ///< psql's includes that name no file there
};

/// Throws Error when it can't be read, and when it does not parse (naming file, line and the
/// server's words).
SchemaSource load_schema_source(const std::string& target, int postgres);

/// What of it could not be applied, each with its place. Statements that are left out on purpose
/// (data, settings) are not among them.
std::vector<std::string> problems_of(const SchemaSource& source);

/// The file, or the .sql and .hcl files of a folder, by path.
SourceSet read_schema_files(const std::string& path);

}  // namespace schemagate
