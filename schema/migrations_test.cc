// SPDX-License-Identifier: MIT
#include "schema/migrations.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "base/error.h"
#include "base/text.h"

namespace schemagate {
namespace {

using Files = std::map<std::string, std::string>;

struct Read {
  SourceSet sources;
  MigrationFolder folder;

  std::vector<std::string> order() const {
    std::vector<std::string> paths;
    for (const Migration& migration : folder.migrations)
      paths.push_back(sources.file(migration.file).path);
    return paths;
  }
};

Read read(const Files& files, const std::string& format = "auto",
          const std::string& transactions = "") {
  Read result;
  std::vector<std::uint32_t> numbers;
  std::vector<std::string> paths;
  for (const auto& [path, text] : files) {
    numbers.push_back(result.sources.add({path, text, ""}));
    paths.push_back(path);
  }
  result.folder =
      read_migrations(result.sources, numbers, "db/migrations", format, paths, transactions);
  return result;
}

TEST_CASE("golang-migrate: numeric order, up files only, one simple query") {
  const Read result = read({{"db/migrations/10_b.up.sql", "CREATE TABLE b (id int);"},
                            {"db/migrations/10_b.down.sql", "DROP TABLE b;"},
                            {"db/migrations/9_a.up.sql", "CREATE TABLE a (id int);"},
                            {"db/migrations/README.md", "words"}});
  CHECK(result.folder.format == "golang-migrate");
  CHECK(result.order() ==
        std::vector<std::string>{"db/migrations/9_a.up.sql", "db/migrations/10_b.up.sql"});
  CHECK(result.folder.migrations[0].sending == Sending::simple_query);
}

TEST_CASE("golang-migrate: leading zeros do not make another version") {
  const Read result = read(
      {{"db/migrations/001_a.up.sql", "SELECT 1;"}, {"db/migrations/1_b.up.sql", "SELECT 1;"}});
  REQUIRE(result.folder.problems.size() == 2);
  CHECK(result.folder.problems[0].certain_failure);
  CHECK(result.folder.problems[0].message ==
        "version 1 is also used by db/migrations/1_b.up.sql: golang-migrate refuses the folder: "
        "duplicate migration version");
}

TEST_CASE("each migration of a file with many keeps its own part of the text alone") {
  constexpr int count = 100;
  std::string text = "--liquibase formatted sql\n";
  for (int i = 0; i < count; ++i)
    text += "--changeset ann:" + std::to_string(i) + " endDelimiter:@@\nCREATE TABLE t" +
            std::to_string(i) + " (a int)@@\n--rollback DROP TABLE t" + std::to_string(i) + "\n";
  const Read result = read({{"db/migrations/1.sql", text}});
  REQUIRE(result.folder.migrations.size() == count);
  std::size_t kept = 0;
  for (const Migration& migration : result.folder.migrations) {
    kept += migration.up.size() + migration.down.size();
    const std::size_t at = migration.up_begin + migration.up.find("CREATE");
    CHECK(text.compare(at, 6, "CREATE") == 0);
    CHECK(in_place(text, migration.up_begin, migration.up).find("CREATE") == at);
  }
  CHECK(kept <= 2 * text.size());
}

TEST_CASE("goose: only the Up part goes up, offsets and lines stay") {
  const std::string text =
      "-- +goose Up\nCREATE TABLE a (id int);\n-- +goose Down\nDROP TABLE a;\n";
  const Read result = read({{"db/migrations/00001_a.sql", text}});
  REQUIRE(result.folder.migrations.size() == 1);
  const Migration& migration = result.folder.migrations[0];
  CHECK(result.folder.format == "goose");
  CHECK(result.folder.reason == "db/migrations/00001_a.sql has -- +goose Up");
  CHECK(migration.up.size() == text.size());
  CHECK(trim(migration.up) == "CREATE TABLE a (id int);");
  CHECK(migration.up.find("CREATE") == text.find("CREATE"));
  CHECK(trim(migration.down) == "DROP TABLE a;");
  CHECK(migration.sending == Sending::transaction);
}

TEST_CASE("goose: NO TRANSACTION sends statement by statement") {
  const Read result = read({{"db/migrations/1_a.sql",
                             "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY i "
                             "ON t (a);\n"}});
  CHECK(result.folder.migrations[0].sending == Sending::statements);
}

TEST_CASE("dbmate: the order is that of the names, not of the numbers") {
  const Read result =
      read({{"db/migrations/9_a.sql", "-- migrate:up\nSELECT 1;\n-- migrate:down\n"},
            {"db/migrations/10_b.sql",
             "-- migrate:up transaction:false\nSELECT 2;\n-- migrate:down\nSELECT 3;\n"}});
  CHECK(result.folder.format == "dbmate");
  CHECK(result.order() ==
        std::vector<std::string>{"db/migrations/10_b.sql", "db/migrations/9_a.sql"});
  CHECK(result.folder.migrations[0].sending == Sending::simple_query);
  CHECK(result.folder.migrations[1].sending == Sending::transaction);
}

TEST_CASE("flyway: version parts are numbers, repeatable scripts come last") {
  const Read result =
      read({{"db/migrations/V1_10__c.sql", "SELECT 1;"},
            {"db/migrations/V1_9__b.sql", "SELECT 1;"},
            {"db/migrations/R__views.sql", "SELECT 1;"},
            {"db/migrations/V2__index.sql", "-- faster\nCREATE INDEX CONCURRENTLY i ON t (a);"},
            {"db/migrations/U2__index.sql", "DROP INDEX i;"}});
  CHECK(result.order() ==
        std::vector<std::string>{"db/migrations/V1_9__b.sql", "db/migrations/V1_10__c.sql",
                                 "db/migrations/V2__index.sql", "db/migrations/R__views.sql"});
  CHECK(result.folder.migrations[0].sending == Sending::transaction);
  CHECK(result.folder.migrations[2].sending == Sending::statements);
  CHECK(result.folder.migrations[3].repeatable);
}

TEST_CASE("flyway: REINDEX CONCURRENTLY is not recognised by the tool and stays in a transaction") {
  const Read result =
      read({{"db/migrations/V1__a.sql", "REINDEX INDEX CONCURRENTLY i;"}}, "flyway");
  CHECK(result.folder.migrations[0].sending == Sending::transaction);
}

TEST_CASE("flyway: the script's own configuration switches the transaction off") {
  const Read result = read({{"db/migrations/V1__a.sql", "SELECT 1;"},
                            {"db/migrations/V1__a.sql.conf", "executeInTransaction = false\n"}});
  CHECK(result.folder.migrations[0].sending == Sending::statements);
}

TEST_CASE("prisma: one folder per migration, sent as one query") {
  const Read result = read({{"db/migrations/20260102000000_b/migration.sql", "SELECT 1;"},
                            {"db/migrations/20260101000000_a/migration.sql", "SELECT 1;"},
                            {"db/migrations/migration_lock.toml", "provider = \"postgresql\""}});
  CHECK(result.folder.format == "prisma");
  CHECK(result.order().front() == "db/migrations/20260101000000_a/migration.sql");
  CHECK(result.folder.migrations[0].sending == Sending::simple_query);
}

TEST_CASE("atlas: txmode none counts only in a leading comment with a blank line below") {
  const std::string sum = "h1:abc\n";
  const Read with_line = read({{"db/migrations/atlas.sum", sum},
                               {"db/migrations/1_a.sql", "-- atlas:txmode none\n\nSELECT 1;"}});
  const Read without = read({{"db/migrations/atlas.sum", sum},
                             {"db/migrations/1_a.sql", "-- atlas:txmode none\nSELECT 1;"}});
  CHECK(with_line.folder.format == "atlas");
  CHECK(with_line.folder.migrations[0].sending == Sending::statements);
  CHECK(without.folder.migrations[0].sending == Sending::transaction);
}

TEST_CASE("a goose folder that Atlas hashed stays a goose folder") {
  const Read result = read({{"db/migrations/atlas.sum", "h1:abc\n"},
                            {"db/migrations/1_a.sql", "-- +goose Up\nSELECT 1;\n"}});
  CHECK(result.folder.format == "goose");
}

TEST_CASE("plain: numbers before names, down files never run") {
  const Read result = read({{"db/migrations/2_b.sql", "SELECT 1;"},
                            {"db/migrations/10_c.sql", "SELECT 1;"},
                            {"db/migrations/2_b_down.sql", "SELECT 1;"},
                            {"db/migrations/0001_a.sql", "SELECT 1;"}});
  CHECK(result.folder.format == "plain");
  CHECK(result.order() == std::vector<std::string>{"db/migrations/0001_a.sql",
                                                   "db/migrations/2_b.sql",
                                                   "db/migrations/10_c.sql"});
  CHECK(result.folder.migrations[0].sending == Sending::psql);
}

TEST_CASE("the configuration's transaction mode wins") {
  const Read result = read({{"db/migrations/1_a.sql", "SELECT 1;"}}, "plain", "file");
  CHECK(result.folder.migrations[0].sending == Sending::transaction);
}

TEST_CASE("line ends are no edit where the tool's checksum passes over them") {
  const std::string unix = "SELECT 1;\nSELECT 2;\n", windows = "SELECT 1;\r\nSELECT 2;\r\n",
                    open = "SELECT 1;\nSELECT 2;", marked = "\xEF\xBB\xBF" + unix;
  CHECK(has_same_checksum("flyway", unix, windows));
  CHECK(has_same_checksum("flyway", unix, open));
  CHECK(has_same_checksum("flyway", unix, marked));
  CHECK_FALSE(has_same_checksum("flyway", unix, "-- new\n" + unix));
  CHECK(has_same_checksum("prisma", unix, windows));
  CHECK_FALSE(has_same_checksum("prisma", unix, open));
  for (const char* format : {"atlas", "sqlx", "graphile-migrate"})
    CHECK_FALSE(has_same_checksum(format, unix, windows));
}

TEST_CASE("a byte order mark is refused for each tool that sends it to the server") {
  const std::string marked = "\xEF\xBB\xBF" + std::string("SELECT 1;");
  const auto refused = [&](const std::string& path, const std::string& format) {
    const Read result = read({{path, marked}}, format);
    REQUIRE(result.folder.migrations.size() == 1);
    return std::any_of(result.folder.problems.begin(), result.folder.problems.end(),
                       [](const MigrationProblem& problem) {
                         return problem.certain_failure &&
                                problem.message.find("byte order mark") != std::string::npos;
                       });
  };
  for (const char* format : {"sqlx", "tern", "node-pg-migrate", "yoyo"})
    CHECK(refused("db/migrations/1_a.sql", format));
  CHECK(refused("db/migrations/1_a.up.sql", "golang-migrate"));
  CHECK(refused("db/migrations/V1__a.sql", "refinery"));
  CHECK_FALSE(refused("db/migrations/1_a/migration.sql", "prisma"));  // its engine took one
  for (const char* format : {"diesel", "hasura"})
    CHECK(refused("db/migrations/1_a/up.sql", format));
  for (const char* format : {"plain", "flyway"})
    CHECK_FALSE(refused("db/migrations/V1__a.sql", format));
}

TEST_CASE("tern's switch counts only where lines end without a carriage return") {
  const auto sending = [](const std::string& text) {
    return read({{"db/migrations/1_a.sql", text}}, "tern").folder.migrations.at(0).sending;
  };
  CHECK(sending("---- tern: disable-tx ----\nSELECT 1;\n") == Sending::statements);
  CHECK(sending("SELECT 1;\n---- tern: disable-tx ----") == Sending::statements);
  CHECK(sending("---- tern: disable-tx ----\r\nSELECT 1;\r\n") == Sending::transaction);
}

TEST_CASE("files of Liquibase's in UTF-16 are said not to be read") {
  const auto wide = [](std::string_view text, bool little) {
    std::string out = little ? "\xFF\xFE" : "\xFE\xFF";
    for (const char c : text) {
      if (!little) out += '\0';
      out += c;
      if (little) out += '\0';
    }
    return out;
  };
  const std::string sql = "--liquibase formatted sql\n--changeset ann:1\nDROP TABLE a;\n";
  for (const bool little : {true, false}) {
    const Read result = read({{"db/migrations/a.sql", sql},
                              {"db/migrations/b.sql", wide(sql, little)},
                              {"db/migrations/c.xml", wide("<databaseChangeLog/>", little)},
                              {"db/migrations/d.txt", wide("words", little)}},
                             "liquibase");
    CHECK(result.folder.migrations.size() == 1);
    REQUIRE(result.folder.problems.size() == 2);
    for (const MigrationProblem& problem : result.folder.problems) {
      CHECK(problem.unread);
      CHECK(problem.message.find("UTF-16") != std::string::npos);
    }
  }
}

TEST_CASE("an unknown format is refused with the nearest name") {
  try {
    read({{"db/migrations/1_a.sql", "SELECT 1;"}}, "gose");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(std::string(error.what()) == "unknown migration format 'gose'");
    CHECK(error.hint == "did you mean 'goose'?");
  }
}

TEST_CASE("folders are found by their markers, dependencies are skipped") {
  const Files files{{"a/migrations/1_x.up.sql", ""},
                    {"node_modules/m/migrations/1_x.up.sql", ""},
                    {"b/db/migrate/001_x.sql", "CREATE TABLE x (id int);"},
                    {"c/sql/V1__x.sql", ""},
                    {"docs/notes.sql", "SELECT 1;"}};
  std::vector<std::string> paths;
  for (const auto& [path, text] : files) paths.push_back(path);
  std::vector<std::string> found;
  for (const DetectedFolder& folder :
       detect_migrations(paths, [&](const std::string& path) { return files.at(path); }))
    found.push_back(folder.root + " " + folder.format);
  CHECK(found == std::vector<std::string>{"a/migrations golang-migrate", "c/sql flyway",
                                          "b/db/migrate plain"});
}

}  // namespace
}  // namespace schemagate
