// SPDX-License-Identifier: MIT
#include "schema/placeholders.h"

#include <catch2/catch_test_macros.hpp>

namespace schemagate {
namespace {

std::string filled(std::string_view text) { return without_placeholders(text).value_or("none"); }

TEST_CASE("a placeholder is one name, however it is written, and the text keeps its length") {
  CHECK(filled("DROP TABLE ${a};") == "DROP TABLE __a_;");
  CHECK(filled("DROP TABLE ${ a };") == "DROP TABLE __a_  ;");
  CHECK(filled("DROP TABLE {{.a}}users, b;") == "DROP TABLE ___a__users, b;");
  CHECK(filled("DROP TABLE {{ .a }}users, b;") == "DROP TABLE ___a__users  , b;");
  CHECK(filled("DROP TABLE {{ .a }}_{{ .b }}x;") == "DROP TABLE ___a______b__x    ;");
  CHECK(filled("DROP TABLE old_${a}_x;") == "DROP TABLE old___a__x;");
  CHECK(filled("DROP TABLE \"${a}\".b;") == "DROP TABLE \"__a_\".b;");
  CHECK(filled("DROP TABLE $OTHER;") == "DROP TABLE _OTHER;");
  CHECK(filled("DROP TABLE :a; SELECT :'b', 1::int, f(c => 1, d := 2);") ==
        "DROP TABLE _a; SELECT  'b', 1::int, f(c => 1, d := 2);");
}

TEST_CASE("literals, comments, dollar quotes and parameters hold no placeholders") {
  for (const char* text : {"SELECT '${a}' -- ${b}\n /* {{c}} */", "SELECT $$ ${a} $$", "SELECT $1",
                           "SELECT $BODY$ $OTHER $BODY$", "SELECT ${a\n}"})
    CHECK(filled(text) == "none");
}

TEST_CASE("people read what is written") {
  const std::string text = "ALTER TABLE ${S}.{{ .p }}users RENAME COLUMN :name TO user_name";
  CHECK(with_placeholders("\"__S_\".___p__users.__s_ and _name, user_name", text) ==
        "\"${S}\".{{ .p }}users.${S} and :name, user_name");
}

}  // namespace
}  // namespace schemagate
