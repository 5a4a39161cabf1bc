// SPDX-License-Identifier: MIT
// What is wrong with the files themselves, before any rule looks at a step: text that PostgreSQL
// does not parse, objects defined twice, references nobody satisfies. Only what the change
// introduces is reported.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "schema/apply.h"
#include "schema/parse.h"

namespace schemagate {

struct Problems {
  std::vector<ParseProblem> parse;
  std::vector<ApplyProblem> schema;
  std::vector<std::string> notes;  ///< about those that the change does not touch
};

/// Says which statements of this change reach out of the database, each text once.
class ReachNotes {
 public:
  /// Those of `file` are there already.
  void know(const SourceSet& sources, const ParsedFile& file);
  void add(const SourceSet& sources, const ParsedFile& file, std::vector<std::string>& notes);

 private:
  std::set<std::string> said_;
};

/// Problems of `after` that `before` did not have word for word. `follows_includes`: add_includes()
/// speaks of psql's includes, not this one.
Problems new_problems(const SourceSet& sources, const std::vector<ParsedFile>& before,
                      const std::vector<ParsedFile>& after,
                      const std::vector<ApplyProblem>& apply_before,
                      const std::vector<ApplyProblem>& apply_after, bool follows_includes = false);

/// Includes (\i, \ir) of `after` that were not followed: what they name is none of `files`, the
/// paths of everything that was read.
void add_includes(const SourceSet& sources, const std::vector<ParsedFile>& before,
                  const std::vector<ParsedFile>& after, const std::set<std::string>& files,
                  Problems& problems);

}  // namespace schemagate
