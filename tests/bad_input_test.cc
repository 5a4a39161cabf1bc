// SPDX-License-Identifier: MIT
// What a user may give the program that it can't work with: each gets a clear message that names
// the thing, exit code 2 or a finding, and bounded memory.
#include <catch2/catch_test_macros.hpp>
#include <random>

#include "tests/program.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

constexpr const char* program = SCHEMAGATE_BINARY;
constexpr int could_not_judge = 2;

ProgramRun run(const std::vector<std::string>& arguments, const std::string& input = "") {
  ProgramSettings settings;
  settings.input = input;
  return run_program(program, arguments, settings);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a mistyped flag suggests the nearest one") {
  const ProgramRun result = run({"check", "--haed", "main"});
  CHECK(result.exit_code == could_not_judge);
  CHECK(contains(result.err, "unknown flag '--haed'"));
  CHECK(contains(result.err, "did you mean '--head'?"));
}

TEST_CASE("a mistyped command suggests the nearest one") {
  const ProgramRun result = run({"chekc"});
  CHECK(result.exit_code == could_not_judge);
  CHECK(contains(result.err, "did you mean 'check'?"));
}

TEST_CASE("a rule that does not exist suggests the nearest one") {
  const ProgramRun result = run({"rules", "drop-colunm"});
  CHECK(result.exit_code == could_not_judge);
  CHECK(contains(result.err, "did you mean 'drop-column'?"));
}

TEST_CASE("every command has help with an example") {
  for (const char* command :
       {"check", "lint", "diff", "impact", "inspect", "facts", "gate", "rules", "init"}) {
    const ProgramRun result = run({command, "--help"});
    CHECK(result.exit_code == 0);
    CHECK(contains(result.out, std::string("Example: schemagate ") + command));
  }
}

TEST_CASE("a server for the rehearsal is refused rather than forgotten") {
  const ProgramRun result = run({"check", "--rehearsal-url", "postgresql://127.0.0.1:1/x"});
  CHECK(result.exit_code == could_not_judge);
  CHECK(contains(result.err, "leave --rehearsal-url away"));
}

TEST_CASE("a missing commit is named") {
  TestRepository repository;
  repository.commit("main", {{"schema.sql", "CREATE TABLE a (id int);"}});
  const ProgramRun result =
      run({"check", "--repo", repository.path(), "--base", "main", "--head", "nowhere"});
  CHECK(result.exit_code == could_not_judge);
  CHECK(contains(result.err, "nowhere"));
}

TEST_CASE("a folder that is no repository is named") {
  TemporaryFolder folder;
  const ProgramRun result = run({"check", "--repo", folder.path().string(), "--base", "main"});
  CHECK(result.exit_code == could_not_judge);
  CHECK(contains(result.err, folder.path().string()));
}

TEST_CASE("an unknown configuration key names file, line and the nearest key") {
  TestRepository repository;
  repository.commit("main", {{".schemagate.yml", "databases:\n  - name: a\n    shema: \"*.sql\"\n"},
                             {"a.sql", "CREATE TABLE a (id int);"}});
  const ProgramRun result =
      run({"check", "--repo", repository.path(), "--base", "main", "--head", "main"});
  CHECK(result.exit_code == could_not_judge);
  CHECK(contains(result.err, ".schemagate.yml:3: unknown key 'shema'"));
  CHECK(contains(result.err, "did you mean 'schema'?"));
}

TEST_CASE("with --format json standard output is one document also when nothing could be judged") {
  const ProgramRun result = run({"lint", "no-such-file.sql", "--format", "json"});
  CHECK(result.exit_code == could_not_judge);
  CHECK(contains(result.out, "\"verdict\""));
  CHECK(contains(result.out, "no-such-file.sql"));
}

TEST_CASE("a database that refuses the connection leaves the findings and says so") {
  TemporaryFolder folder;
  const std::string schema = folder.write("schema.sql", "CREATE TABLE t (a int);");
  const std::string file = folder.write("m.sql", "ALTER TABLE t ALTER COLUMN a SET NOT NULL;");
  const ProgramRun result = run({"lint", file, "--schema", schema, "--facts",
                                 "postgresql://user:secret@127.0.0.1:1/db", "--format", "json"});
  CHECK(contains(result.out, "not-null"));
  CHECK(contains(result.out, "127.0.0.1"));
  CHECK_FALSE(contains(result.out + result.err, "secret"));
}

TEST_CASE("lint names a folder and a missing file, and what to do") {
  const TemporaryFolder folder;
  const ProgramRun on_folder = run({"lint", folder.path().string()});
  CHECK(on_folder.exit_code == could_not_judge);
  CHECK(contains(on_folder.err, "Is a directory"));
  CHECK(contains(on_folder.err, "name the files in it"));
  const ProgramRun missing = run({"lint", "nowhere.sql"});
  CHECK(missing.exit_code == could_not_judge);
  CHECK(contains(missing.err, "nowhere.sql: No such file or directory"));
}

TEST_CASE("lint reads Windows line ends, a byte order mark and standard input") {
  const TemporaryFolder folder;
  const std::string sql = "CREATE INDEX i ON t (a);\r\nDROP TABLE u;\r\n";
  const ProgramRun marked = run({"lint", "--quiet", folder.write("a.sql", "\xEF\xBB\xBF" + sql)});
  CHECK(marked.exit_code == 1);
  CHECK(contains(marked.out, "a.sql:1:1: error: "));
  CHECK(contains(marked.out, "a.sql:2:1: error: "));
  CHECK(contains(run({"lint", "--quiet", "-"}, sql).out, "-:2:1: error: "));
}

TEST_CASE("random bytes are a finding") {
  TemporaryFolder folder;
  std::mt19937 random(7);
  std::string bytes(100'000, ' ');
  for (char& byte : bytes) byte = static_cast<char>(random());
  const ProgramRun result = run({"lint", folder.write("m.sql", bytes)});
  CHECK(result.exit_code == 1);
  CHECK(contains(result.out, "syntax-error"));
}

TEST_CASE("10,000 nested parentheses are a finding") {
  TemporaryFolder folder;
  const std::string sql =
      "SELECT " + std::string(10'000, '(') + "1" + std::string(10'000, ')') + ";";
  const ProgramRun result = run({"lint", folder.write("m.sql", sql)});
  CHECK(result.exit_code == 1);
  CHECK(contains(result.out, "syntax-error"));
}

TEST_CASE("branches and loops and blocks twenty thousand deep crash nothing") {
  TemporaryFolder folder;
  for (const std::string nested :
       {"IF true THEN ", "LOOP ", "BEGIN ", "CASE WHEN true THEN ", "FOR r IN SELECT 1 LOOP ",
        "<<a>> ", "RETURN QUERY SELECT (", "BEGIN NULL; EXCEPTION WHEN others THEN "})
    for (const char* begin :
         {"DO $$ BEGIN ", "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN "}) {
      std::string sql = begin;
      for (int i = 0; i < 20'000; ++i) sql += nested;
      const ProgramRun result = run({"lint", folder.write("m.sql", sql + " NULL; END $$;\n")});
      INFO(begin << nested << result.exit_code << result.err);
      CHECK((result.exit_code == 0 || result.exit_code == 1));
    }
}

TEST_CASE("a 50 MB dump is refused by name, in little memory") {
  TemporaryFolder folder;
  std::string dump;
  while (dump.size() < (50U << 20))
    dump += "INSERT INTO t VALUES (1, 'some text that makes the dump long');\n";
  const ProgramRun result = run({"lint", folder.write("dump.sql", dump)});
  CHECK(result.exit_code == 1);
  CHECK(contains(result.out, "dump.sql"));
  CHECK(contains(result.out, "file is larger than 8.0 MB"));
  CHECK(result.peak_kilobytes < 400'000);
}

TEST_CASE("text that is not UTF-8 is a finding at its place") {
  const TemporaryFolder folder;
  const auto linted = [&](const std::string& name, const std::string& text) {
    return run({"lint", folder.write(name, text), "--color", "never"});
  };
  using namespace std::string_literals;
  const ProgramRun nul = linted("nul.sql", "CREATE TABLE a (id int);\0 SELECT 1;"s);
  CHECK(nul.exit_code == 1);
  CHECK(contains(nul.out, "invalid byte sequence for encoding \"UTF8\": 0x00 [syntax-error]"));
  const ProgramRun wide = linted("wide.sql",
                                 "\xff\xfe"
                                 "C\0R\0E\0A\0T\0E\0"s);
  CHECK(wide.exit_code == 1);
  CHECK(contains(wide.out, "[syntax-error]"));
}

TEST_CASE("a quote that never ends is a finding behind many statements, in little time") {
  const TemporaryFolder folder;
  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "SELECT 1;\n";
  const ProgramRun result =
      run({"lint", folder.write("open.sql", many + "COMMENT ON TABLE q IS 'x")});
  CHECK(result.exit_code == 1);
  CHECK(contains(result.out, "unterminated quoted string"));
  CHECK(contains(result.out, "open.sql:20001:23"));
}

TEST_CASE("a line of a megabyte is judged in little memory") {
  const TemporaryFolder folder;
  std::string rows;
  for (int i = 0; i < 60'000; ++i) rows += ",(1,'xxxxxxxxx')";
  const ProgramRun result =
      run({"lint", folder.write("long.sql", "INSERT INTO t VALUES (0,'')" + rows + ";")});
  CHECK(result.exit_code == 0);
  CHECK(result.peak_kilobytes < 400'000);
}

TEST_CASE("expressions that PostgreSQL's parser gives up on are a finding") {
  const TemporaryFolder folder;
  std::string nested = "SELECT ";
  for (int i = 0; i < 3'000; ++i) nested += "CASE WHEN true THEN ";
  nested += "1";
  for (int i = 0; i < 3'000; ++i) nested += " END";
  const ProgramRun result = run({"lint", folder.write("case.sql", nested + ";")});
  CHECK(result.exit_code == 1);
  CHECK(contains(result.out, "[syntax-error]"));
}

TEST_CASE("views and tables that go round in a circle end") {
  const TemporaryFolder folder;
  const std::string file =
      folder.write("circle.sql",
                   "CREATE VIEW a AS SELECT * FROM b; CREATE VIEW b AS SELECT * FROM a;\n"
                   "CREATE TABLE t () INHERITS (u); CREATE TABLE u () INHERITS (t);\n");
  const ProgramRun result = run({"inspect", file});
  CHECK(result.exit_code == 0);
  CHECK(contains(result.err, "relation \"u\" does not exist"));
}

TEST_CASE("a tower of views that each read the one below twice takes no time") {
  const TemporaryFolder folder;
  std::string views = "CREATE TABLE t (a int);\nCREATE VIEW v0 AS SELECT a FROM t;\n";
  for (int i = 1; i <= 40; ++i)
    views += "CREATE VIEW v" + std::to_string(i) + " AS SELECT x.* FROM v" + std::to_string(i - 1) +
             " x JOIN v" + std::to_string(i - 1) + " y ON x.a = y.a;\n";
  const ProgramRun result = run({"inspect", folder.write("tower.sql", views), "--checksum"});
  CHECK(result.exit_code == 0);
  CHECK(contains(result.out, "sg1:"));
}

/// `check` of a branch that adds `head` to a schema of one table.
ProgramRun check_added(const Files& head, const std::vector<std::string>& more = {}) {
  TestRepository repository;
  repository.commit("main", {{"schema/t.sql", "CREATE TABLE t (a int);"}});
  repository.branch("work", repository.tip("main"));
  repository.commit("work", head);
  std::vector<std::string> arguments{"check",  "--repo", repository.path(), "--no-rehearsal",
                                     "--base", "main",   "--head",          "work"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run(arguments);
}

TEST_CASE("check: bytes, nesting and dumps that nobody can read are findings, in little memory") {
  std::mt19937 random(11);
  std::string bytes(200'000, ' ');
  for (char& byte : bytes) byte = static_cast<char>(random());
  std::string dump;
  while (dump.size() < (50U << 20)) dump += "INSERT INTO t VALUES (1); -- a row of a long dump\n";
  const struct {
    std::string text, said;
  } cases[] = {
      {bytes, "invalid byte sequence"},
      {"CREATE VIEW v AS SELECT " + std::string(10'000, '(') + "1" + std::string(10'000, ')') + ";",
       "nested more deeply than 500 levels"},
      {dump, "schema/x.sql was not read: it is larger than 8.0 MB"},
      {dump.substr(0, 7U << 20), "more than 100,000 statements"}};
  for (const auto& one : cases) {
    const ProgramRun result = check_added({{"schema/x.sql", one.text}});
    INFO(result.out.substr(0, 2000) << result.err);
    CHECK(result.exit_code == 1);
    CHECK(contains(result.out, one.said));
    CHECK(result.peak_kilobytes < 300'000);
  }
}

TEST_CASE("a configuration that is no file with a configuration is refused, not taken for none") {
  const struct {
    std::string path;
    File file;
    std::string said;
  } cases[] = {{".schemagate.yml/a", "x", ".schemagate.yml is a folder"},
               {".schemagate.yml", symlink_to("other.yml"), ".schemagate.yml is a symlink"},
               {".schemagate.yml", submodule_at(std::string(40, '1')), "is a submodule"},
               {".schemagate.yml", std::string(9U << 20, '#'), "is larger than 8.0 MB"},
               {".schemagate.yml", "databases: [", ".schemagate.yml:1:"},
               {".schemagate.yml", "databases: 3", "must be a list"},
               {".schemagate.yml", "", "is not a mapping"},
               {".schemagate.yml", std::string(100'000, '['), ".schemagate.yml:1:"},
               {".schemagate.yml", "{\"databases\": [{\"name\": \"a\"", ".schemagate.yml:1:"},
               {".schemagate.yml", "databases: [{name: a, schema: \"none/*.sql\"}]",
                "no file matches none/*.sql"},
               {".schemagate.yml", "databases: [{name: \"{s}\", schema: \"none/{s}/*.sql\"}]",
                "no file matches none/{s}/*.sql (is the pattern in .schemagate.yml right?)"},
               {".schemagate.yml", "databases: [{name: \"{s}\", migrations: \"none/{s}/m\"}]",
                "no file matches none/{s}/m/"},
               {".schemagate.yml", "databases: [{name: a, schema: \"schema/*\", postgres: 13}]",
                "postgres can't be '13'"}};
  for (const auto& one : cases) {
    const ProgramRun result = check_added({{one.path, one.file}});
    INFO(result.out << result.err);
    CHECK(result.exit_code == could_not_judge);
    CHECK(contains(result.out + result.err, one.said));
    CHECK_FALSE(contains(result.err, "internal error"));
    CHECK(result.peak_kilobytes < 300'000);
  }
}

TEST_CASE("a configuration's or snapshot's path that leads to no such file is named") {
  const TemporaryFolder folder;
  const std::string text = folder.write("text", "{");
  const struct {
    std::string flag, path, said;
  } cases[] = {{"--config", folder.path().string(), "Is a directory"},
               {"--config", "/nowhere.yml", "No such file"},
               {"--config", text, text + ":"},
               {"--facts", folder.path().string(), "Is a directory"},
               {"--facts", "/nowhere.json", "No such file"},
               {"--facts", text, "is not JSON"}};
  for (const auto& one : cases) {
    const ProgramRun result =
        check_added({{"schema/t.sql", "CREATE TABLE t (a int NOT NULL);"}}, {one.flag, one.path});
    INFO(result.out << result.err);
    CHECK(result.exit_code == could_not_judge);
    CHECK(contains(result.out + result.err, one.said));
    CHECK_FALSE(contains(result.err, "internal error"));
  }
}

TEST_CASE("a configuration that the pull request changes or breaks does not judge it") {
  TestRepository repository;
  const std::string config = "databases: [{name: a, schema: schema.sql}]\n";
  repository.commit("main",
                    {{".schemagate.yml", config}, {"schema.sql", "CREATE TABLE t (a int);"}});
  const auto checked = [&](std::optional<File> head) {
    repository.branch("work", repository.tip("main"));
    repository.commit("work", {{".schemagate.yml", std::move(head)}, {"schema.sql", ""}});
    return run({"check", "--repo", repository.path(), "--no-rehearsal", "--base", "main", "--head",
                "work"});
  };
  const ProgramRun off = checked(
      "databases: [{name: a, schema: schema.sql, rules: {drop-table: "
      "off}}]\n");
  CHECK(off.exit_code == 1);
  CHECK(contains(off.out, "[drop-table]"));
  CHECK(contains(off.out, "the base's settings were used"));
  const ProgramRun gone = checked(std::nullopt);
  CHECK(gone.exit_code == 1);
  CHECK(contains(gone.out, "the pull request removes .schemagate.yml"));
  const ProgramRun broken = checked("databases: [");
  CHECK(broken.exit_code == could_not_judge);
  CHECK(contains(broken.err, ".schemagate.yml:1:"));
}

TEST_CASE("what stands in a file that can't be read is not taken for dropped") {
  const std::string users = "CREATE TABLE users (id bigint PRIMARY KEY, name text);\n";
  const std::string logs = "CREATE TABLE logs (id bigint PRIMARY KEY);\n";
  const std::vector<std::string> unread{
      "CREATE TABLE users (id bigint PRIMARY KEY, name text NOT NUL);\n",
      "CREATE TABLE users (id bigint PRIMARY KEY, name text DEFAULT 'x);\n",
      std::string("\xFF\xFE"
                  "C\0R\0",
                  6),
      users + std::string(9 << 20, ' ')};
  for (const std::string& text : unread) {
    TestRepository repository;
    repository.commit("main", {{"schema/users.sql", users}, {"schema/logs.sql", logs}});
    repository.branch("work", repository.tip("main"));
    repository.commit("work", {{"schema/users.sql", text}, {"schema/logs.sql", std::nullopt}});
    const ProgramRun result = run({"check", "--repo", repository.path(), "--no-rehearsal", "--base",
                                   "main", "--head", "work"});
    INFO(result.out.substr(0, 2000));
    CHECK(result.exit_code == 1);
    CHECK(contains(result.out, "[syntax-error]"));
    CHECK(contains(result.out, "all rows of logs"));
    CHECK_FALSE(contains(result.out, "all rows of users"));
    CHECK(contains(result.out, "schema/users.sql: what seems to be dropped there was not judged"));
  }
}

TEST_CASE("without any schema, and without any commit, the next step is named") {
  TestRepository repository;
  const ProgramRun empty = run({"check", "--repo", repository.path()});
  CHECK(empty.exit_code == could_not_judge);
  CHECK(contains(empty.err, "--base REV"));
  repository.commit("main", {{"README.md", "none"}});
  const ProgramRun none =
      run({"check", "--repo", repository.path(), "--base", "main", "--head", "main"});
  CHECK(none.exit_code == could_not_judge);
  CHECK(contains(none.err, "no schema was found"));
  CHECK(contains(none.err, "schemagate init"));
}

TEST_CASE("a symlink in place of a schema file is refused") {
  TestRepository repository;
  repository.commit("main", {{"schema/a.sql", "CREATE TABLE a (id int);"}});
  repository.branch("work", repository.tip("main"));
  repository.commit("work", {{"schema/b.sql", symlink_to("/etc/passwd")}});
  const ProgramRun result =
      run({"check", "--repo", repository.path(), "--base", "main", "--head", "work"});
  CHECK(result.exit_code == 1);
  CHECK(contains(result.out, "symlink"));
}

}  // namespace
}  // namespace schemagate::testing
