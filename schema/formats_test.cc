// SPDX-License-Identifier: MIT
// testdata/formats/: one file per tool, each case a repository. What is recognised, and how the
// folder is read, is golden.
#include "schema/formats.h"

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

#include "base/text.h"
#include "schema/formats_text.h"
#include "tests/case_file.h"

namespace schemagate {
namespace {

struct Repository {
  SourceSet sources;
  std::vector<std::string> paths;
  std::map<std::string, std::uint32_t> numbers;

  std::string text_of(const std::string& path) const {
    const auto at = numbers.find(path);
    return at == numbers.end() ? std::string() : sources.file(at->second).text;
  }
  std::vector<std::uint32_t> below(const std::string& root) const {
    std::vector<std::uint32_t> files;
    for (const auto& [path, number] : numbers)
      if (root.empty() || path.starts_with(root + "/")) files.push_back(number);
    return files;
  }
};

Repository repository_of(const testing::Case& of) {
  Repository repository;
  for (const testing::CasePart& part : of.parts) {
    const std::size_t at = part.name.find("file ");
    if (at == std::string::npos) continue;
    const std::string path = part.name.substr(at + 5);
    repository.paths.push_back(path);
    repository.numbers[path] = repository.sources.add({path, part.text, ""});
  }
  return repository;
}

/// The lines that are not blank, numbered as in the file.
std::string numbered(std::string_view text) {
  std::string out;
  int number = 0;
  each_line(text, [&](std::string_view line, std::size_t, std::size_t) {
    ++number;
    const std::string_view shown = trim(line);
    if (!shown.empty() && shown != ";") out += fmt::format("  {:>3} | {}\n", number, shown);
  });
  return out;
}

std::string described(const Repository& repository, const DetectedFolder& found) {
  std::string out = fmt::format("{}: {} ({})\n", found.root, found.format, found.reason);
  if (!found.dialect.empty()) return out + "left out: " + found.dialect + "\n";
  const MigrationFolder folder = read_migrations(
      repository.sources, repository.below(found.root), found.root, "auto", repository.paths, "",
      [&](const std::string& path) { return repository.text_of(path); });
  if (folder.format != found.format) out += "read as " + folder.format + "\n";
  for (const Migration& migration : folder.migrations) {
    const SourceFile& file = repository.sources.file(migration.file);
    CHECK(migration.up_begin + migration.up.size() <= file.text.size());
    if (!migration.shares_file) CHECK(migration.up.size() == file.text.size());
    out +=
        fmt::format("{} {}{}{}: {} ({})\n", migration.version, file.path,
                    migration.repeatable ? ", repeatable" : "", migration.opaque ? ", not SQL" : "",
                    to_string(migration.sending), migration.sending_reason);
    if (!migration.parents.empty()) out += "  after " + join(migration.parents, ", ") + "\n";
    if (!migration.own_id.empty()) out += "  id " + migration.own_id + "\n";
    if (migration.batches.size() > 1)
      out += fmt::format("  {} batches\n", migration.batches.size());
    out += numbered(in_place(file.text, migration.up_begin, migration.up));
    if (!trim(migration.down).empty())
      out += "  down\n" + numbered(migration.down_file
                                       ? migration.down
                                       : in_place(file.text, migration.down_begin, migration.down));
  }
  for (const MigrationProblem& problem : folder.problems)
    out += fmt::format("{} {}:{}: {}\n", problem.certain_failure ? "!" : "?",
                       repository.sources.path(problem.where),
                       repository.sources.begin(problem.where).line, problem.message);
  return out;
}

TEST_CASE("every tool's folder is read as the tool runs it") {
  for (const auto& path : testing::case_files("testdata/formats")) {
    testing::CaseFile file(path);
    for (std::size_t i = 0; i < file.cases().size(); ++i) {
      INFO(path << ": " << file.cases()[i].title);
      const Repository repository = repository_of(file.cases()[i]);
      REQUIRE(!repository.paths.empty());
      std::string out;
      for (const DetectedFolder& found : detect_migrations(
               repository.paths, [&](const std::string& at) { return repository.text_of(at); }))
        out += described(repository, found);
      if (out.empty()) out = "no migrations\n";
      file.check_golden(i, "read", out);
    }
    file.save();
  }
}

/// What looks like one tool's and is another's, or nobody's.
constexpr std::string_view false_positives[] = {
    "Ent: golang-migrate's files, hashed by Atlas",
    "goose's files, hashed by Atlas",
    "Flyway's files, hashed by Atlas",
    "Drizzle writes into Supabase's folder",
    "Prisma writes into Supabase's folder",
    "a folder named like Supabase's without its config",
    "Drizzle 1.0 has migration.sql as Prisma has",
    "Prisma for CockroachDB",
    "Hasura has up.sql as Diesel has",
    "numbered folders of nobody",
    "refinery has V1__ as Flyway has",
    "sqlx has .up.sql as golang-migrate has",
    "a crate without sqlx, golang-migrate's names",
    "sqlx in a crate for SQLite",
    "migrations of dependencies are nobody's here",
    "examples and test data are no migrations",
    "Flyway's folders by vendor",
    "words of MySQL in comments and strings",
    "a change log for people",
    "pgroll or a cluster's manifests",
    "an interface's description with operations",
    "queries that are numbered",
    "sqlc: a schema, queries and dbmate",
    "Python that is no migration",
    "Knex for another server",
};

TEST_CASE("the right tool is found in invented repositories, false positives among them") {
  const testing::CaseFile file(testing::source_path("testdata/formats/detection.md"));
  std::set<std::map<std::string, std::string>> repositories;
  std::set<std::string> titles;
  for (const testing::Case& one : file.cases()) {
    std::map<std::string, std::string> files;
    for (const testing::CasePart& part : one.parts)
      if (part.name.find("file ") != std::string::npos) files[part.name] = part.text;
    CHECK(repositories.insert(files).second);
    CHECK(titles.insert(one.title).second);
    CHECK(!one.text("read").empty());  // written by the test above
  }
  CHECK(repositories.size() >= 25);
  for (const std::string_view title : false_positives) {
    INFO(title);
    CHECK(titles.count(std::string(title)) == 1);
  }
}

TEST_CASE("every format has a file of cases") {
  for (const MigrationFormat* format : formats()) {
    const auto path = testing::source_path(fmt::format("testdata/formats/{}.md", format->name));
    INFO(path);
    CHECK(std::filesystem::exists(path));
  }
}

}  // namespace
}  // namespace schemagate
