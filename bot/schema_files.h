// SPDX-License-Identifier: MIT
// The files that declare a schema, whatever language they are in: SQL file by file, Atlas HCL all
// files together.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "schema/parse.h"

namespace schemagate {

/// A file to read when a folder is given: .sql, or .hcl that may describe a PostgreSQL schema.
bool is_schema_file(std::string_view path);

/// Throws Error{usage} when the file is no script of SQL by its name: HCL, which declares a schema,
/// or XML, YAML, JSON.
void refuse_other_script(const std::string& path);

/// Throws Error{source} when the file is HCL of another database, or none that declares a schema.
void refuse_other_hcl(const std::string& path);

/// Some of the files are Atlas HCL.
bool holds_hcl(const SourceSet& sources, const std::vector<std::uint32_t>& files);

/// The files of one side: one result per file, in their order. `variables` are HCL's.
std::vector<ParsedFile> parse_schema(const SourceSet& sources,
                                     const std::vector<std::uint32_t>& files,
                                     const std::map<std::string, std::string>& variables = {});

struct ParsedSides {
  std::vector<ParsedFile> before, after;
};
/// Both sides of a change; a file that they share is parsed once, and one that only the newer side
/// has for another server is parsed as PostgreSQL's. There may be more results than
/// files: what one side takes over from the other.
ParsedSides parse_schema(const SourceSet& sources, const std::vector<std::uint32_t>& before,
                         const std::vector<std::uint32_t>& after,
                         const std::map<std::string, std::string>& variables);

}  // namespace schemagate
