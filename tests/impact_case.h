// SPDX-License-Identifier: MIT
// Cases of testdata/impact: a schema, statements on it, and what each statement did on real servers
// of every major. The expectations are written by a run on servers (SCHEMAGATE_UPDATE=1), never by
// hand and never from the prediction.
//
//   ```sql schema        what is there before
//   ```sql each          statements, each run on the schema by itself
//   ```sql script        or: statements run one after the other
//   ```majors            optional: the only majors that the case is for ("18")
//   ```impact            the measured impact, grouped by majors where they differ
#pragma once

#include <map>
#include <string>
#include <vector>

#include "schema/impact.h"
#include "tests/case_file.h"

namespace schemagate::testing {

struct ImpactCase {
  std::string title;
  std::vector<std::string> schema;      ///< statements
  std::vector<std::string> statements;  ///< of `each` or `script`
  bool each = true;
  std::vector<int> majors{14, 15, 16, 17, 18};
};

/// Reads one case; fails the test when it has no schema or no statement.
ImpactCase read_impact_case(const Case& written);

/// SQL text cut into statements, without semicolons.
std::vector<std::string> split_statements(const std::string& sql);

/// One statement's impact as the lines of a case file; no lines when it does nothing.
std::string describe(bool transactional, const std::optional<Failure>& fails,
                     const std::vector<RelationLock>& locks,
                     const std::vector<QualifiedName>& rewrites,
                     const std::vector<QualifiedName>& scans,
                     const std::vector<QualifiedName>& index_builds);
std::string describe(const Impact& impact);

/// What every major does with one statement: text of describe() by major.
using ByMajor = std::map<int, std::string>;

/// What predict() says of the case's statements on `major`, in order.
std::vector<Impact> predict_case(const ImpactCase& c, int major);

/// The `impact` block of a case: one entry for each statement.
std::string write_impact_block(const std::vector<std::string>& statements,
                               const std::vector<ByMajor>& impacts);
std::vector<ByMajor> read_impact_block(const std::string& block,
                                       const std::vector<std::string>& statements,
                                       const std::vector<int>& majors);

}  // namespace schemagate::testing
