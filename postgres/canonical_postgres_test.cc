// SPDX-License-Identifier: MIT
// What the parser prints, judged by servers: canonical queries, spellings of types, quoting.
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "postgres/server.h"
#include "schema/parse.h"

namespace schemagate::postgres {
namespace {

/// Calls `test` with a superuser's session on a server of every installed major.
template <class Test>
void on_every_server(Test test) {
  const auto installed = installed_servers(SCHEMAGATE_SOURCE_DIR);
  REQUIRE_FALSE(installed.empty());
  for (const auto& installation : installed) {
    CAPTURE(installation.version);
    auto started = EphemeralServer::start(installation);
    if (const auto* refused = std::get_if<Refused>(&started)) FAIL(refused->because);
    const auto opened = std::get<EphemeralServer>(started).administer();
    if (const auto* error = std::get_if<SqlError>(&opened)) FAIL(error->message);
    test(const_cast<Session&>(std::get<Session>(opened)));
  }
}

std::string value(Session& session, const std::string& sql) {
  const Answer answer = session.run(sql);
  CAPTURE(sql);
  if (!answer.ok()) FAIL(answer.error->message);
  return answer.value().value_or("");
}

/// How the server prints a view that was made from this query.
std::string as_view(Session& session, const std::string& query) {
  value(session, "CREATE TEMP VIEW v AS " + query);
  std::string definition = value(session, "SELECT pg_get_viewdef('v'::regclass)");
  value(session, "DROP VIEW v");
  return definition;
}

TEST_CASE("the server reads the canonical text of its own views as the views") {
  on_every_server([](Session& session) {
    const Answer views = session.run(
        "SELECT pg_get_viewdef(c.oid) FROM pg_class c WHERE c.relkind = 'v' AND c.relnamespace IN "
        "('pg_catalog'::regnamespace, 'information_schema'::regnamespace) "
        "AND NOT EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid "
        "AND a.atttypid = 'anyarray'::regtype)");
    REQUIRE(views.ok());
    CHECK(views.rows.size() > 120);
    for (const auto& row : views.rows) {
      const std::string& definition = row.at(0).value();
      const ParsedFile parsed = parse_text("CREATE VIEW v AS " + definition);
      CAPTURE(definition);
      REQUIRE(parsed.statements.size() == 1);
      const auto* view = parsed.statements[0].as<CreateView>();
      REQUIRE(view != nullptr);
      CAPTURE(view->query.sql);
      CHECK(as_view(session, view->query.sql) == as_view(session, definition));
    }
  });
}

TEST_CASE("types are spelled as the server spells them") {
  on_every_server([](Session& session) {
    for (const std::string type : {"int",
                                   "int2",
                                   "bigint",
                                   "float",
                                   "float(3)",
                                   "real",
                                   "double precision",
                                   "decimal",
                                   "numeric(10,2)",
                                   "bool",
                                   "varchar",
                                   "varchar(50)",
                                   "char",
                                   "character(3)",
                                   "bpchar",
                                   "\"char\"",
                                   "text",
                                   "name",
                                   "date",
                                   "time",
                                   "time(2)",
                                   "timetz",
                                   "time(1) with time zone",
                                   "timestamp",
                                   "timestamp(3)",
                                   "timestamptz",
                                   "timestamp(0) with time zone",
                                   "interval",
                                   "interval(2)",
                                   "interval year",
                                   "interval day to second(3)",
                                   "interval second(1)",
                                   "bit",
                                   "bit(3)",
                                   "bit varying",
                                   "varbit(5)",
                                   "bytea",
                                   "json",
                                   "jsonb",
                                   "uuid",
                                   "xml",
                                   "inet",
                                   "int4range",
                                   "tsvector",
                                   "oid",
                                   "regclass",
                                   "text[]",
                                   "int[3][]",
                                   "varchar(5)[]",
                                   "point",
                                   "national character varying(3)",
                                   "pg_catalog.int4",
                                   "pg_catalog.timestamptz(2)"}) {
      CAPTURE(type);
      const ParsedFile parsed = parse_text("CREATE TEMP TABLE t (c " + type + ")");
      REQUIRE(parsed.statements.size() == 1);
      auto spelled = parsed.statements[0].as<CreateTable>()->columns.at(0).type;
      if (spelled.array_dimensions > 0) spelled.array_dimensions = 1;  // the server keeps no more
      value(session, "CREATE TEMP TABLE t (c " + type + ")");
      CHECK(to_sql(spelled) == value(session,
                                     "SELECT format_type(atttypid, atttypmod) FROM pg_attribute "
                                     "WHERE attrelid = 't'::regclass AND attnum = 1"));
      value(session, "DROP TABLE t");
    }
  });
}

TEST_CASE("names and texts are quoted as the server quotes them") {
  on_every_server([](Session& session) {
    for (const std::string name :
         {"users", "Users", "a b", "a\"b", "select", "left", "value", "name", "type", "1a", "_x",
          "größe", "a$b", "end", "user", "timestamp", "position"}) {
      CAPTURE(name);
      CHECK(quote_identifier(name) ==
            value(session, "SELECT quote_ident(" + quote_literal(name) + ")"));
    }
    for (const std::string text : {"", "it's", "back\\slash", "a\nb", "\\'", "größe"}) {
      CAPTURE(text);
      CHECK(value(session, "SELECT " + quote_literal(text)) == text);
    }
  });
}

}  // namespace
}  // namespace schemagate::postgres
