// SPDX-License-Identifier: MIT
#include "schema/parse.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

namespace schemagate {
namespace {

/// A file parsed, with short words for what tests look at.
struct Parsed {
  explicit Parsed(const std::string& sql) : file(sources.add({"a.sql", sql, ""})) {
    result = parse(sources, file);
  }
  std::string text(Span span) const { return std::string(sources.text(span)); }
  std::string statement(std::size_t index) const { return text(result.statements.at(index).span); }
  std::size_t count() const { return result.statements.size(); }
  const ParseProblem& problem() const {
    REQUIRE(result.problems.size() == 1);
    return result.problems.front();
  }
  template <class T>
  const T& as(std::size_t index) const {
    const T* body = result.statements.at(index).as<T>();
    REQUIRE(body != nullptr);
    return *body;
  }

  SourceSet sources;
  std::uint32_t file;
  ParsedFile result;
};

// ---- D12: the inputs that break the obvious way ----

TEST_CASE("BEGIN ATOMIC … END with CASE … END inside is one statement") {
  const std::string function =
      "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; "
      "END";
  for (const std::string broken : {"", "SELEC 1;\n"}) {
    const Parsed file(broken + function + ";\nSELECT 3;");
    REQUIRE(file.count() == 2);
    CHECK(file.statement(0) == function);
    CHECK(file.statement(1) == "SELECT 3");
  }
}

TEST_CASE("a comment belongs to the statement that ends on its line, else to the next") {
  const Parsed file(
      "-- schemagate: one\n"
      "CREATE TABLE a (\n  b int -- inside\n); -- beside\n"
      "/* above */ DROP TABLE c\n; -- behind the semicolon\n"
      "-- last\n");
  REQUIRE(file.result.comments.size() == 6);
  const int expected[] = {0, 0, 0, 1, 1, -1};
  for (std::size_t i = 0; i < 6; ++i) {
    INFO(file.result.comments[i].text);
    CHECK(file.result.comments[i].statement == expected[i]);
  }
  CHECK(file.result.comments[0].text == "schemagate: one");
  CHECK(file.result.comments[3].text == "above");
}

TEST_CASE("a comment above a broken statement is not meant for the one after it") {
  const Parsed file("-- schemagate: allow x\nDROP TABEL a; -- beside\nDROP TABLE b;");
  REQUIRE(file.result.comments.size() == 2);
  CHECK(file.result.comments[0].statement == -1);
  CHECK(file.result.comments[1].statement == -1);
}

TEST_CASE("comments without a directive's word are not collected") {
  CHECK(Parsed("-- a table\nCREATE TABLE a ();").result.comments.empty());
}

TEST_CASE("psql meta-commands are cut out, and the statement behind keeps its place") {
  const Parsed file(
      "\\restrict x9\nCREATE TABLE a ();\n\\connect crm\nSELECT 1 \\gexec\nSELECT 2;");
  REQUIRE(file.count() == 3);
  CHECK(file.statement(0) == "CREATE TABLE a ()");
  CHECK(file.statement(1) == "SELECT 1");
  CHECK(file.statement(2) == "SELECT 2");
  REQUIRE(file.result.skipped.size() == 3);
  CHECK(file.result.skipped[0].text == "\\restrict x9");
  CHECK(file.result.skipped[1].text == "\\connect crm");
  CHECK(file.text(file.result.skipped[1].span) == "\\connect crm");
  CHECK(file.result.problems.empty());
}

TEST_CASE("backslashes in quotes and dollar quotes are no meta-commands") {
  const Parsed file("SELECT E'a\\'b', '\n\\connect', $$\n\\echo\n$$;");
  CHECK(file.count() == 1);
  CHECK(file.result.skipped.empty());
}

TEST_CASE("COPY data is cut out") {
  const Parsed file("COPY a (b) FROM stdin;\n1\tit's; DROP TABLE x\n\\.\nSELECT 1;");
  REQUIRE(file.count() == 2);
  CHECK(file.as<DataStatement>(0).copy_stdin);
  CHECK(file.statement(1) == "SELECT 1");
  REQUIRE(file.result.skipped.size() == 1);
  CHECK(file.result.skipped[0].kind == SkippedKind::copy_data);
  CHECK(file.result.problems.empty());
}

TEST_CASE("an unterminated literal is one problem for the rest of the file") {
  const Parsed file("SELECT 1;\nSELECT 'open;\nSELECT 2;\n");
  CHECK(file.count() == 1);
  CHECK(file.problem().message == "unterminated quoted string at or near \"'open;\"");
  CHECK(file.sources.begin(file.problem().where) == Position{2, 8});
  CHECK(file.text(file.problem().statement) == "SELECT 'open;\nSELECT 2;\n");
}

TEST_CASE("a statement that does not parse costs only itself") {
  const Parsed file(
      "CREATE TABLE a (b int;\nCREATE TABLE c ();\nCREATE TABEL d ();\nDROP TABLE e;");
  REQUIRE(file.count() == 2);
  CHECK(file.statement(0) == "CREATE TABLE c ()");
  CHECK(file.statement(1) == "DROP TABLE e");
  REQUIRE(file.result.problems.size() == 2);
  CHECK(file.result.problems[0].message == "syntax error at or near \";\"");
  CHECK(file.sources.begin(file.result.problems[0].where) == Position{1, 22});
  CHECK(file.result.problems[1].message == "syntax error at or near \"TABEL\"");
  CHECK(file.sources.begin(file.result.problems[1].where) == Position{3, 8});
  CHECK(file.text(file.result.problems[1].where) == "TABEL");
}

TEST_CASE("the column of an error counts characters, its place bytes") {
  const Parsed file("SELECT 'größe', größe größe größe;");
  CHECK(file.problem().message == "syntax error at or near \"größe\"");
  CHECK(file.sources.begin(file.problem().where) == Position{1, 29});
  CHECK(file.text(file.problem().where) == "größe");
}

TEST_CASE("10,000 nested parentheses are a problem, not a crash") {
  const std::string deep = "SELECT " + std::string(10000, '(') + "1" + std::string(10000, ')');
  const Parsed file(deep + ";\nSELECT 2;");
  CHECK(file.problem().message == "nested more deeply than 500 levels");
  REQUIRE(file.count() == 1);
  CHECK(file.statement(0) == "SELECT 2");
}

TEST_CASE("long chains without parentheses are fine as data and a problem as a view") {
  std::string chain = "SELECT 1";
  for (int i = 0; i < 20000; ++i) chain += " + 1";
  CHECK(Parsed(chain).result.problems.empty());
  CHECK(Parsed("CREATE VIEW v AS " + chain).problem().message ==
        "nested more deeply than 500 levels");
  std::string unions = "INSERT INTO t SELECT 1";
  for (int i = 0; i < 20000; ++i) unions += " UNION ALL SELECT 1";
  CHECK(Parsed(unions).result.problems.empty());
}

TEST_CASE("a byte order mark and CRLF disturb nothing") {
  const Parsed file(
      "\xEF\xBB\xBF"
      "CREATE TABLE a (\r\n  b int\r\n);\r\nDROP TABLE c;\r\n");
  REQUIRE(file.count() == 2);
  CHECK(file.sources.begin(file.result.statements[0].span) == Position{1, 1});
  CHECK(file.statement(1) == "DROP TABLE c");
}

TEST_CASE("NUL and invalid UTF-8 are problems at their byte") {
  const Parsed nul(std::string("SELECT 1;\nSEL\0ECT 2;", 20));
  CHECK(nul.problem().message == "invalid byte sequence for encoding \"UTF8\": 0x00");
  CHECK(nul.sources.begin(nul.problem().where) == Position{2, 4});
  const Parsed latin(
      "SELECT 1;\nSELECT 'gr\xF6\xDF"
      "e';\nSELECT 3;");
  CHECK(latin.problem().message == "invalid byte sequence for encoding \"UTF8\": 0xf6");
  CHECK(latin.sources.begin(latin.problem().where) == Position{2, 11});
  CHECK(latin.count() == 3);
}

TEST_CASE("a file over the limit is refused by one problem") {
  const Parsed file(std::string(max_file_bytes + 1, ' '));
  CHECK(file.problem().message == "file is larger than 8.0 MB");
}

TEST_CASE("psql variables and placeholders are tolerated where the text does not parse otherwise") {
  const Parsed file("DROP TABLE :name;\nCREATE SCHEMA ${schema};\nSELECT :'a', :\"b\", 1::int;");
  CHECK(file.result.problems.empty());
  REQUIRE(file.count() == 3);
  CHECK(file.statement(0) == "DROP TABLE :name");
  CHECK(file.as<CreateSchema>(1).name == "__schema_");
}

// ---- spans ----

TEST_CASE("spans of columns and constraints go from the first token to the last") {
  const Parsed file(
      "CREATE TABLE a (\n"
      "  b numeric(10, 2) DEFAULT f(1, 2) /* , */ CONSTRAINT pos CHECK (b > 0) NOT NULL, -- note\n"
      "  c text COLLATE \"C\" UNIQUE DEFERRABLE INITIALLY DEFERRED -- last\n"
      "  , CONSTRAINT two CHECK ((b < 9)) -- x\n"
      ") /* y */ ;");
  CHECK(file.statement(0).ends_with(")"));
  const auto& table = file.as<CreateTable>(0);
  REQUIRE(table.columns.size() == 2);
  CHECK(file.text(table.columns[0].span) ==
        "b numeric(10, 2) DEFAULT f(1, 2) /* , */ CONSTRAINT pos CHECK (b > 0) NOT NULL");
  CHECK(file.text(table.columns[0].constraints.at(0).span) == "CONSTRAINT pos CHECK (b > 0)");
  CHECK(file.text(table.columns[0].constraints.at(1).span) == "NOT NULL");
  CHECK(file.text(table.columns[1].span) ==
        "c text COLLATE \"C\" UNIQUE DEFERRABLE INITIALLY DEFERRED");
  CHECK(file.text(table.columns[1].constraints.at(0).span) ==
        "UNIQUE DEFERRABLE INITIALLY DEFERRED");
  CHECK(file.text(table.constraints.at(0).span) == "CONSTRAINT two CHECK ((b < 9))");
}

TEST_CASE("ALTER TABLE is cut into its commands") {
  const Parsed file(
      "ALTER TABLE IF EXISTS ONLY \"s\".only ADD COLUMN x int DEFAULT f(1, 2), -- one, two\n"
      "  ALTER y TYPE bigint USING y::bigint, DROP COLUMN z CASCADE;\n"
      "ALTER MATERIALIZED VIEW type SET (fillfactor = 70);");
  const auto commands = command_spans(file.sources, file.result.statements.at(0));
  REQUIRE(commands.size() == file.as<AlterTable>(0).commands.size());
  CHECK(file.text(commands.at(0)) == "ADD COLUMN x int DEFAULT f(1, 2)");
  CHECK(file.text(commands.at(1)) == "ALTER y TYPE bigint USING y::bigint");
  CHECK(file.text(commands.at(2)) == "DROP COLUMN z CASCADE");
  const auto view = command_spans(file.sources, file.result.statements.at(1));
  REQUIRE(view.size() == 1);
  CHECK(file.text(view.at(0)) == "SET (fillfactor = 70)");
}

// ---- how relations are used ----

TEST_CASE("what is written, locked and read ONLY is told apart") {
  const Parsed file(
      "WITH gone AS (DELETE FROM ONLY a RETURNING *) SELECT * FROM gone, b x, c FOR UPDATE OF x;\n"
      "SELECT * FROM a, b FOR SHARE;\n"
      "LOCK TABLE a, ONLY b;\n"
      "INSERT INTO a SELECT 1, x FROM b ON CONFLICT (id) DO NOTHING;\n"
      "INSERT INTO a DEFAULT VALUES;\n"
      "INSERT INTO a SELECT * FROM b ON CONFLICT DO NOTHING;\n"
      "SELECT currval('s'), setval('t.s', 3)");
  const auto& relations = file.as<DataStatement>(0).references.relations;
  REQUIRE(relations.size() == 3);
  CHECK(relations[0] == RelationUse{{"", "a"}, "a", true, 3, false, 1});
  CHECK(relations[1] == RelationUse{{"", "b"}, "x", false, 2, false, 2});
  CHECK(relations[2] == RelationUse{{"", "c"}, "c", false, 1, false, 2});
  for (const RelationUse& use : file.as<DataStatement>(1).references.relations) {
    CHECK(use.mode == 2);
  }
  CHECK(file.as<LockTable>(2).only == std::vector<bool>{false, true});
  CHECK(file.as<DataStatement>(3).values == 2);
  CHECK(file.as<DataStatement>(3).arbiter);
  CHECK(file.as<DataStatement>(4).values == 0);
  CHECK(file.as<DataStatement>(5).values == -1);
  CHECK_FALSE(file.as<DataStatement>(5).arbiter);
  CHECK(file.as<DataStatement>(6).references.sequences ==
        std::vector<QualifiedName>{{"", "s"}, {"t", "s"}});
}

}  // namespace
}  // namespace schemagate
