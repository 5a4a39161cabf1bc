// SPDX-License-Identifier: MIT
// The schemas of testdata/hcl and their SQL twins, loaded.
#pragma once

#include <string>

#include "schema/apply.h"
#include "tests/case_file.h"

namespace schemagate::testing {

struct LoadedCase {
  SourceSet sources;
  std::vector<ParsedFile> files;
  LoadedSchema schema;

  /// Whatever is wrong or not judged, with its place: "3:5: message", one a line.
  std::string problems() const;
};

/// The parts of a case in that language ("hcl", "sql"), each as a file.
LoadedCase load_hcl_case(const Case& of, const std::string& language, int postgres = 17);

}  // namespace schemagate::testing
