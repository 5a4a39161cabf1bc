// SPDX-License-Identifier: MIT
// The corpus of statements in testdata/parse: parsed whole and one by one, printed and parsed
// again, and broken at random.
#include <catch2/catch_get_random_seed.hpp>
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <string>

#include "schema/parse.h"

namespace schemagate {
namespace {

std::string read_corpus() {
  std::ifstream file(SCHEMAGATE_SOURCE_DIR "/testdata/parse/statements.sql", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Corpus {
  Corpus()
      : file(sources.add({"statements.sql", read_corpus(), ""})), parsed(parse(sources, file)) {}
  std::string text(const Statement& statement) const {
    return std::string(sources.text(statement.span));
  }

  SourceSet sources;
  std::uint32_t file;
  ParsedFile parsed;
};

/// The canonical text that a statement carries as a whole; empty when it carries none.
std::string definition_of(const Statement& statement) {
  if (const auto* function = statement.as<CreateFunction>()) return function->definition;
  if (const auto* object = statement.as<CreateObject>()) return object->definition;
  if (const auto* object = statement.as<AlterObject>()) return object->definition;
  if (const auto* other = statement.as<OtherStatement>()) return other->definition;
  if (const auto* defaults = statement.as<AlterDefaultPrivileges>()) return defaults->definition;
  return {};
}

TEST_CASE("every kind of statement is in the corpus and parses") {
  const Corpus corpus;
  for (const auto& problem : corpus.parsed.problems) FAIL_CHECK(problem.message);
  CHECK(corpus.parsed.statements.size() > 380);
  std::set<std::size_t> kinds;
  for (const auto& statement : corpus.parsed.statements) kinds.insert(statement.body.index());
  CHECK(kinds.size() == std::variant_size_v<StatementBody>);
}

TEST_CASE("a statement is the same alone and in a file that does not parse") {
  const Corpus corpus;
  SourceSet sources;
  const auto file = sources.add({"a.sql", "SELEC 1;\n" + read_corpus(), ""});
  const ParsedFile broken = parse(sources, file);
  REQUIRE(broken.problems.size() == 1);
  REQUIRE(broken.statements.size() == corpus.parsed.statements.size());
  for (std::size_t i = 0; i < broken.statements.size(); ++i) {
    const auto& statement = corpus.parsed.statements[i];
    const std::string text = corpus.text(statement);
    CAPTURE(text);
    CHECK(sources.text(broken.statements[i].span) == text);
    CHECK(broken.statements[i].body.index() == statement.body.index());
    const ParsedFile alone = parse_text(text);
    REQUIRE(alone.statements.size() == 1);
    CHECK(alone.statements[0].span ==
          Span{Span::nowhere, 0, static_cast<std::uint32_t>(text.size())});
    CHECK(alone.statements[0].body.index() == statement.body.index());
    CHECK(definition_of(alone.statements[0]) == definition_of(statement));
  }
}

TEST_CASE("a canonical definition is its own canonical definition") {
  const Corpus corpus;
  int checked = 0;
  for (const auto& statement : corpus.parsed.statements) {
    const std::string definition = definition_of(statement);
    if (definition.empty()) continue;
    CAPTURE(definition);
    const ParsedFile again = parse_text(definition);
    REQUIRE(again.problems.empty());
    REQUIRE(again.statements.size() == 1);
    CHECK(definition_of(again.statements[0]) == definition);
    ++checked;
  }
  CHECK(checked > 90);
}

// ---- broken input ----

void check_span(Span span, std::size_t size) {
  if (span.begin > span.end || span.end > size) FAIL("span outside of the text");
}

/// What must hold whatever the text is.
void check_sane(const std::string& sql) {
  SourceSet sources;
  const auto file = sources.add({"a.sql", sql, ""});
  const ParsedFile parsed = parse(sources, file);
  std::uint32_t last = 0;
  for (const auto& statement : parsed.statements) {
    check_span(statement.span, sql.size());
    if (statement.span.begin < last) FAIL("statements out of order");
    last = statement.span.end;
    for (const auto& command : command_spans(sources, statement)) check_span(command, sql.size());
    if (const auto* table = statement.as<CreateTable>()) {
      for (const auto& column : table->columns) check_span(column.span, sql.size());
    }
  }
  for (const auto& problem : parsed.problems) {
    check_span(problem.where, sql.size());
    check_span(problem.statement, sql.size());
    if (problem.message.empty() || problem.message.size() > 300) FAIL("message of odd length");
  }
}

const std::string fragments[] = {"'",
                                 "\"",
                                 "$$",
                                 "$a$",
                                 "(",
                                 ")",
                                 "((((((((((",
                                 ";",
                                 "--",
                                 "/*",
                                 "*/",
                                 "\\",
                                 "\\g",
                                 "BEGIN ATOMIC",
                                 "END",
                                 "CASE",
                                 "E'",
                                 "U&'",
                                 "U&\"",
                                 "\n",
                                 "\r\n",
                                 std::string(1, '\0'),
                                 "\xFF",
                                 "\xE6\x97\xA5",
                                 ":a",
                                 "${x}",
                                 "{{y}}",
                                 "::",
                                 "COPY t FROM stdin;\n",
                                 "\\.\n",
                                 "ALTER TABLE x ",
                                 "CREATE ",
                                 "SELECT ",
                                 "WITH RECURSIVE ",
                                 "NOT ",
                                 "- ",
                                 "1e",
                                 "0x",
                                 "$1",
                                 ",",
                                 "||",
                                 "schemagate: x",
                                 "\xEF\xBB\xBF",
                                 "NULL",
                                 "DEFAULT"};

std::string broken(std::string sql, std::mt19937_64& random) {
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  for (std::size_t changes = below(5); changes > 0 && !sql.empty(); --changes) {
    const std::size_t at = below(sql.size());
    switch (below(5)) {
      case 0:
        sql.erase(at, below(8) + 1);
        break;
      case 1:
        sql.insert(at, fragments[below(std::size(fragments))]);
        break;
      case 2:
        sql[at] = static_cast<char>(random());
        break;
      case 3:
        sql.insert(at, sql.substr(below(sql.size()), below(30)));
        break;
      default:
        for (std::size_t times = below(40); times > 0; --times) {
          sql.insert(at, fragments[below(std::size(fragments))]);
        }
        break;
    }
  }
  return sql;
}

TEST_CASE("nothing that is done to a statement makes the parser crash") {
  const Corpus corpus;
  const auto seed = static_cast<unsigned>(Catch::getSeed());
  std::mt19937_64 random(seed);
  for (int tried = 0; tried < 20'000; ++tried) {
    const auto& statements = corpus.parsed.statements;
    std::string sql = corpus.text(statements[random() % statements.size()]);
    if (random() % 3 == 0) sql += ";\n" + corpus.text(statements[random() % statements.size()]);
    sql = broken(std::move(sql), random);
    CAPTURE(seed, tried, sql);
    check_sane(sql);
  }
}

}  // namespace
}  // namespace schemagate
