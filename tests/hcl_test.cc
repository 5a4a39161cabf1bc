// SPDX-License-Identifier: MIT
// Atlas HCL schemas and their SQL twins (testdata/hcl): both mean the same, to the checksum.
#include <catch2/catch_test_macros.hpp>

#include "bot/judge.h"
#include "bot/schema_files.h"
#include "schema/fingerprint.h"
#include "schema/plan.h"
#include "tests/case_file.h"

namespace schemagate::testing {
namespace {

struct Loaded {
  SourceSet sources;
  std::vector<ParsedFile> files;
  LoadedSchema schema;
};

Loaded load(const Case& of, const std::string& language) {
  Loaded loaded;
  for (const CasePart& part : of.parts)
    if (part.name.starts_with(language)) {
      const std::string path = "schema" + std::to_string(loaded.sources.size()) + "." + language;
      loaded.sources.add({path, part.text, ""});
    }
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t i = 0; i < loaded.sources.size(); ++i) numbers.push_back(i);
  loaded.files = parse_schema(loaded.sources, numbers);
  loaded.schema = load_schema(loaded.files, 17);
  return loaded;
}

std::string at(const SourceSet& sources, Span where) {
  const Position place = sources.begin(where);
  return std::to_string(place.line) + ":" + std::to_string(place.column) + ": ";
}

/// Whatever is wrong or not judged, with its place.
std::string problems_of(const Loaded& loaded) {
  std::string out;
  for (const ParsedFile& file : loaded.files) {
    for (const ParseProblem& problem : file.problems)
      out += at(loaded.sources, problem.where) + problem.message + "\n";
    for (const Skipped& skipped : file.skipped)
      out += at(loaded.sources, skipped.span) + skipped.text + "\n";
  }
  for (const ApplyProblem& problem : loaded.schema.problems)
    if (problem.kind != ProblemKind::ignored)
      out += at(loaded.sources, problem.where) + problem.message + "\n";
  return out;
}

TEST_CASE("an HCL schema and its SQL twin are the same schema") {
  std::size_t count = 0;
  for (const std::filesystem::path& path : case_files("testdata/hcl")) {
    CaseFile file(path);
    for (std::size_t i = 0; i < file.cases().size(); ++i) {
      const Case of = file.cases()[i];
      INFO(path.stem().string() << ": " << of.title);
      const Loaded hcl = load(of, "hcl");
      REQUIRE(hcl.sources.size() > 0);
      file.check_golden(i, "problems", problems_of(hcl));
      if (!of.part("sql")) {
        CHECK(of.part("problems"));
        continue;
      }
      ++count;
      const Loaded sql = load(of, "sql");
      CHECK(problems_of(sql).empty());
      CHECK(to_sql(hcl.schema.catalog) == to_sql(sql.schema.catalog));
      CHECK(schema_checksum(hcl.schema.catalog) == schema_checksum(sql.schema.catalog));
    }
    file.save();
  }
  CHECK(count >= 40);
}

}  // namespace
}  // namespace schemagate::testing
