// SPDX-License-Identifier: MIT
// A libFuzzer target: whatever the bytes are, reading them as an HCL schema and as an atlas.hcl
// ends soon, and every place that is named lies inside of the file. scripts/fuzz builds and runs
// it.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "hcl/atlas.h"
#include "hcl/project.h"

namespace {

using schemagate::Span;

void must(bool holds) {
  if (!holds) std::abort();
}

void check_place(const schemagate::SourceSet& sources, Span where) {
  must(where.file < sources.size());
  must(where.begin <= where.end && where.end <= sources.file(where.file).text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  schemagate::SourceSet sources;
  sources.add({"schema.hcl", text, ""});
  for (const schemagate::ParsedFile& file : schemagate::hcl::parse_files(sources, {0})) {
    for (const auto& statement : file.statements) check_place(sources, statement.span);
    for (const auto& problem : file.problems) {
      check_place(sources, problem.where);
      check_place(sources, problem.statement);
    }
    for (const auto& skipped : file.skipped) check_place(sources, skipped.span);
    for (const auto& comment : file.comments) check_place(sources, comment.span);
  }
  // The second half is what the first half becomes: one side may be opaque.
  sources.add({"schema.hcl", text.substr(size / 2), ""});
  schemagate::hcl::parse_both(sources, {0}, {1});
  schemagate::hcl::read_project(text);
  return 0;
}
