// SPDX-License-Identifier: MIT
// Folders as large, and texts as hostile, as a pull request can make them: what reads them takes
// time and memory like their size. No clock is asked: a reader that takes the square of these sizes
// does not come back before the test run's own limit, or says more than is allowed here.
#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>
#include <functional>

#include "schema/migrations.h"

namespace schemagate {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

MigrationFolder read_as(const std::string& format, const Files& files) {
  SourceSet sources;
  std::vector<std::uint32_t> numbers;
  std::vector<std::string> paths;
  for (const auto& [path, text] : files) {
    paths.push_back("m/" + path);
    numbers.push_back(sources.add({paths.back(), text, {}}));
  }
  return read_migrations(sources, numbers, "m", format, paths);
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  all.reserve(text.size() * times);
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

std::size_t bytes_said(const MigrationFolder& folder) {
  std::size_t bytes = 0;
  for (const MigrationProblem& problem : folder.problems) bytes += problem.message.size();
  return bytes;
}

std::size_t bytes_kept(const MigrationFolder& folder) {
  std::size_t bytes = 0;
  for (const Migration& migration : folder.migrations)
    bytes += migration.up.size() + migration.down.size();
  return bytes;
}

constexpr int thousands = 3000;

/// Files whose names sort against the order in which they need each other.
Files against_order(std::string_view ending, const std::function<std::string(int number)>& text) {
  Files files;
  for (int i = 0; i < thousands; ++i)
    files.push_back({fmt::format("{:06}{}", thousands - i, ending), text(i)});
  return files;
}

void check_order(const MigrationFolder& folder) {
  REQUIRE(folder.migrations.size() == thousands);
  CHECK(folder.problems.empty());
  for (std::size_t i = 0; i < thousands; ++i)
    if (folder.migrations[i].key !=
        fmt::format("m/{:06}{}", thousands - i, folder.format == "yoyo" ? ".sql" : ".py"))
      FAIL(folder.migrations[i].key << " at " << i);
}

TEST_CASE("chains of thousands of migrations are put in order, whatever their files are called") {
  check_order(read_as("alembic", against_order(".py", [](int i) {
                        return fmt::format("revision = 'r{}'\ndown_revision = {}\n", i,
                                           i == 0 ? "None" : fmt::format("'r{}'", i - 1));
                      })));
  check_order(read_as("django", against_order(".py", [](int i) {
                        return fmt::format(
                            "class Migration(migrations.Migration):\n  dependencies = [{}]\n",
                            i == 0 ? "" : fmt::format("('app', '{:06}')", thousands - i + 1));
                      })));
  check_order(read_as("yoyo", against_order(".sql", [](int i) {
                        return i == 0 ? std::string("SELECT 1;\n")
                                      : fmt::format("-- depends: {:06}\nSELECT 1;\n",
                                                    thousands - i + 1);
                      })));
}

TEST_CASE("of thousands of heads each is told about the first ones") {
  Files files;
  for (int i = 0; i < thousands; ++i)
    files.push_back(
        {fmt::format("{}.py", i), fmt::format("revision = 'r{:06}'\ndown_revision = None\n", i)});
  const MigrationFolder folder = read_as("alembic", files);
  CHECK(folder.problems.size() == thousands);
  CHECK(folder.problems.front().message.ends_with(
      ": r000000, r000001, r000010, r000100, r001000, r001001, r001002, r001003, r001004, r001005 "
      "and 2990 more"));
  CHECK(bytes_said(folder) < thousands * 300);
}

TEST_CASE("thousands of squashed migrations that replace one another stay in their order") {
  Files files;
  for (int i = 0; i < thousands; ++i)
    files.push_back({fmt::format("a{:06}.py", i),
                     fmt::format("class Migration(migrations.Migration):\n  {} = [('app', "
                                 "'a{:06}')]\n",
                                 i % 3 == 2 ? "replaces" : "dependencies", i == 0 ? i : i - 1)});
  CHECK(read_as("django", files).migrations.size() == thousands);
}

TEST_CASE("a file that thousands of changesets name is not copied for each of them") {
  std::string log = "<databaseChangeLog>";
  for (int i = 0; i < 10 * thousands; ++i)
    log += fmt::format("<changeSet id='{}' author='a'><sqlFile path='a.sql'/></changeSet>", i);
  const MigrationFolder folder =
      read_as("liquibase", {{"changelog.xml", log}, {"a.sql", repeated(" ", 100'000)}});
  CHECK(bytes_kept(folder) <= (std::size_t{9} << 20));
  REQUIRE(folder.problems.size() == 1);
  CHECK(folder.problems.front().unread);
}

TEST_CASE("one way down is not copied for each of thousands of files with its version") {
  Files files{{"1_a.down.sql", repeated(" ", 100'000)}};
  for (int i = 0; i < thousands; ++i) files.push_back({fmt::format("1_a.{}.sql", i), "SELECT 1;"});
  CHECK(bytes_kept(read_as("sqlx", files)) < 1'000'000);
}

TEST_CASE("changelogs in changelogs are read to a depth, and what lies deeper is said") {
  Files files{{"changelog.xml", "<databaseChangeLog><include file='0.xml'/></databaseChangeLog>"}};
  for (int i = 0; i < 40; ++i)
    files.push_back({fmt::format("{}.xml", i),
                     fmt::format("<databaseChangeLog><include file='{0}.xml'/><include "
                                 "file='{1}.xml'/><include file='{0}.xml'/><changeSet id='{1}' "
                                 "author='a'><sql>SELECT 1</sql></changeSet></databaseChangeLog>",
                                 i + 1, i)});
  const MigrationFolder folder = read_as("liquibase", files);
  CHECK(folder.migrations.size() == 16);
  REQUIRE(!folder.problems.empty());
  for (const MigrationProblem& problem : folder.problems) CHECK(problem.unread);
}

TEST_CASE("texts of signs that open something are read in one go") {
  constexpr std::size_t many = 100'000;
  const std::string marked = "-- +goose ENVSUB ON\n-- +goose Up\n";
  CHECK(read_as("goose", {{"1_a.sql", marked + repeated("SELECT ${A;\n", many / 5)}})
            .problems.empty());
  CHECK(read_as("goose", {{"1_a.sql", "-- +goose Up\n-- +goose StatementBegin\n" +
                                          repeated("SELECT 'a;\n';\n", many / 20) +
                                          "-- +goose StatementEnd\n"}})
            .problems.empty());
  for (const std::string& text : {repeated("{{ x\n", many), repeated("{{ x\n", many) + "}} y",
                                  repeated("{{", many) + "}} y", repeated("{{/* x\n", many)})
    CHECK(read_as("tern", {{"1_a.sql", text}}).migrations.size() == 1);
  CHECK(read_as("flyway",
                {{"flyway.conf", "flyway.placeholderPrefix=<<\nflyway.placeholderSuffix=>>\n"},
                 {"V1__a.sql", repeated("<<", many) + "\n>>"}})
            .migrations.size() == 1);
  CHECK(read_as("flyway", {{"application.yml", repeated("{a: ", many)}, {"V1__a.sql", "SELECT 1"}})
            .migrations.size() == 1);
  CHECK(read_as("typeorm", {{"1700000000000-a.ts", repeated("name ", many)}}).migrations.size() ==
        1);
}

TEST_CASE("documents in one line are read in one go") {
  constexpr std::size_t many = 50'000;
  const std::string open = "<databaseChangeLog>";
  CHECK(read_as("liquibase", {{"changelog.xml", "<databaseChangeLog " + repeated("=''", many)}})
            .migrations.empty());
  CHECK(read_as("liquibase", {{"changelog.xml", open + repeated("<include>", many) +
                                                    repeated("<include file='a'/>", 100)}})
            .problems.size() == 100);
  CHECK(read_as("liquibase", {{"changelog.xml", open + repeated("<includeAll path='c'/>", many)},
                              {"c/a.sql", "SELECT 1"}})
            .migrations.size() == 1);
  CHECK(read_as("liquibase",
                {{"changelog.yaml",
                  "databaseChangeLog: [" +
                      repeated("{changeSet: {id: 1, author: a, changes: [{sql: {endDelimiter: GO, "
                               "sql: \"SELECT 1 GO\"}}]}}, ",
                               many / 20) +
                      "]"}})
            .migrations.size() == many / 20);
  CHECK(read_as("drizzle", {{"meta/_journal.json", repeated("{\"idx\":1}", many / 4)}})
            .problems.size() == many / 4);
  CHECK(bytes_said(read_as(
            "efcore", {{"a.sql", repeated("INSERT INTO \"__EFMigrationsHistory\";\n", many / 10) +
                                     "'" + repeated(" ", 1000) + "'"}})) < many * 100);
}

TEST_CASE("a long delimiter is not looked for at every byte of a long text") {
  const std::string letters = repeated("a", 500'000);
  CHECK(read_as("liquibase", {{"a.sql", "--liquibase formatted sql\n--changeset a:1 endDelimiter:" +
                                            letters + "b\n" + letters + "\n"}})
            .migrations.size() == 1);
  CHECK(read_as("atlas", {{"1_a.sql", "-- atlas:delimiter " + letters + "b\n\n" + letters}})
            .migrations.size() == 1);
}

}  // namespace
}  // namespace schemagate
