// SPDX-License-Identifier: MIT
// What the tests of catalog, apply and load_schema share: SQL in, catalog and problems out.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "schema/apply.h"
#include "schema/parse.h"

namespace schemagate::testing {

/// A script applied statement by statement.
struct Applied {
  Catalog catalog;
  Session session;
  std::vector<std::string> problems;  ///< "42P01 relation \"x\" does not exist"

  explicit Applied(int postgres = 17) { session.postgres = postgres; }

  Applied& run(std::string_view sql) {
    const ParsedFile parsed = parse_text(sql);
    for (const auto& problem : parsed.problems) problems.push_back("parse: " + problem.message);
    for (const auto& statement : parsed.statements) {
      for (const auto& problem : apply(catalog, session, statement)) {
        problems.push_back(problem.sqlstate + (problem.sqlstate.empty() ? "" : " ") +
                           problem.message);
      }
    }
    return *this;
  }
};

inline Applied applied(std::string_view sql, int postgres = 17) {
  Applied result(postgres);
  result.run(sql);
  return result;
}

struct SchemaFile {
  std::string path, text;
};

/// A declarative schema as load_schema reads it.
struct Loaded {
  SourceSet sources;
  LoadedSchema schema;
  std::vector<std::string>
      problems;  ///< "b.sql:3 42P01 relation …", "(and a.sql:1)" for duplicates

  std::string place(Span span) const {
    return std::string(sources.path(span)) + ":" + std::to_string(sources.begin(span).line);
  }
};

inline Loaded loaded(const std::vector<SchemaFile>& files, int postgres = 17) {
  Loaded result;
  std::vector<ParsedFile> parsed;
  for (const auto& file : files) {
    parsed.push_back(parse(result.sources, result.sources.add({file.path, file.text, ""})));
  }
  result.schema = load_schema(parsed, postgres);
  for (const auto& problem : result.schema.problems) {
    std::string line = result.place(problem.where) + " " + problem.sqlstate + " " + problem.message;
    if (problem.other.is_somewhere()) line += " (and " + result.place(problem.other) + ")";
    result.problems.push_back(line);
  }
  return result;
}

}  // namespace schemagate::testing
