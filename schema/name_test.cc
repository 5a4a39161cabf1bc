// SPDX-License-Identifier: MIT
#include "schema/name.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

namespace schemagate {
namespace {

enum class Category { unreserved, column_name, type_or_function, reserved };

struct Keyword {
  const char* name;
  Category category;
};

// PostgreSQL's own list, as the grammar that we parse with was built.
#define UNRESERVED_KEYWORD Category::unreserved
#define COL_NAME_KEYWORD Category::column_name
#define TYPE_FUNC_NAME_KEYWORD Category::type_or_function
#define RESERVED_KEYWORD Category::reserved
#define PG_KEYWORD(name, value, category, label) {name, category},
constexpr Keyword keywords[] = {
#include "parser/kwlist.h"
};
#undef PG_KEYWORD
#undef RESERVED_KEYWORD
#undef TYPE_FUNC_NAME_KEYWORD
#undef COL_NAME_KEYWORD
#undef UNRESERVED_KEYWORD

TEST_CASE("exactly the keywords that PostgreSQL quotes are quoted") {
  for (const auto& keyword : keywords) {
    CAPTURE(keyword.name);
    const bool quoted = quote_identifier(keyword.name) != keyword.name;
    CHECK(quoted == (keyword.category != Category::unreserved));
  }
}

TEST_CASE("identifiers are quoted where they must be") {
  CHECK(quote_identifier("users") == "users");
  CHECK(quote_identifier("_a1") == "_a1");
  CHECK(quote_identifier("Users") == "\"Users\"");
  CHECK(quote_identifier("a b") == "\"a b\"");
  CHECK(quote_identifier("1a") == "\"1a\"");
  CHECK(quote_identifier("a\"b") == "\"a\"\"b\"");
  CHECK(quote_identifier("größe") == "\"größe\"");
  CHECK(quote_identifier("") == "\"\"");
  CHECK(to_sql(QualifiedName{"My", "select"}) == "\"My\".\"select\"");
  CHECK(to_sql(QualifiedName{"", "t"}) == "t");
  CHECK(to_sql(std::vector<std::string>{"a", "B"}) == "a, \"B\"");
}

TEST_CASE("literals") {
  CHECK(quote_literal("it's") == "'it''s'");
  CHECK(quote_literal("a\\b'") == "E'a\\\\b'''");
  CHECK(quote_literal("") == "''");
}

TEST_CASE("types in the server's spelling") {
  const auto type = [](std::string name, std::vector<std::string> modifiers = {}) {
    return to_sql(TypeName{{"", std::move(name)}, std::move(modifiers), "", 0, false});
  };
  CHECK(type("int4") == "integer");
  CHECK(type("varchar", {"50"}) == "character varying(50)");
  CHECK(type("timestamptz", {"3"}) == "timestamp(3) with time zone");
  CHECK(type("timestamp") == "timestamp without time zone");
  CHECK(type("bpchar", {"10"}) == "character(10)");
  CHECK(type("bpchar") == "bpchar");
  CHECK(type("char") == "\"char\"");
  CHECK(type("numeric", {"10", "2"}) == "numeric(10,2)");
  CHECK(type("varbit", {"5"}) == "bit varying(5)");
  CHECK(type("bigserial") == "bigserial");
  CHECK(to_sql(TypeName{{"", "interval"}, {"3"}, "day to second", 1, false}) ==
        "interval day to second(3)[]");
  CHECK(to_sql(TypeName{{"public", "Mood"}, {}, "", 2, true}) == "SETOF public.\"Mood\"[][]");
  CHECK(to_sql(TypeName{{"", "users.email%TYPE"}, {}, "", 0, false}) == "users.email%TYPE");
}

}  // namespace
}  // namespace schemagate
