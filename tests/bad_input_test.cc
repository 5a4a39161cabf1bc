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

TEST_CASE("a 50 MB dump is refused by name, in little memory") {
  TemporaryFolder folder;
  std::string dump;
  while (dump.size() < (50U << 20))
    dump += "INSERT INTO t VALUES (1, 'some text that makes the dump long');\n";
  const ProgramRun result = run({"lint", folder.write("dump.sql", dump)});
  CHECK(result.exit_code == 1);
  CHECK(contains(result.out, "dump.sql"));
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
