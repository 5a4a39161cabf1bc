// SPDX-License-Identifier: MIT
#include "tests/hcl_case.h"

#include "bot/schema_files.h"

namespace schemagate::testing {
namespace {

std::string at(const SourceSet& sources, Span where) {
  const Position place = sources.begin(where);
  return std::to_string(place.line) + ":" + std::to_string(place.column) + ": ";
}

}  // namespace

LoadedCase load_hcl_case(const Case& of, const std::string& language, int postgres) {
  LoadedCase loaded;
  std::vector<std::uint32_t> numbers;
  for (const CasePart& part : of.parts) {
    if (!part.name.starts_with(language)) continue;
    const std::string path = "schema" + std::to_string(numbers.size()) + "." + language;
    numbers.push_back(loaded.sources.add({path, part.text, ""}));
  }
  loaded.files = parse_schema(loaded.sources, numbers);
  loaded.schema = load_schema(loaded.files, postgres);
  return loaded;
}

std::string LoadedCase::problems() const {
  std::string out;
  for (const ParsedFile& file : files) {
    for (const ParseProblem& problem : file.problems)
      out += at(sources, problem.where) + problem.message + "\n";
    for (const Skipped& skipped : file.skipped)
      out += at(sources, skipped.span) + skipped.text + "\n";
  }
  for (const ApplyProblem& problem : schema.problems)
    if (problem.kind != ProblemKind::ignored)
      out += at(sources, problem.where) + problem.message + "\n";
  return out;
}

}  // namespace schemagate::testing
