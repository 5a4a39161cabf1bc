// SPDX-License-Identifier: MIT
#include "schema/parse_lexer.h"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

namespace schemagate {
namespace {

std::vector<std::string> tokens(std::string_view text) {
  std::vector<std::string> found;
  for (Token token = next_token(text, 0); token.kind != TokenKind::end;
       token = next_token(text, token.end)) {
    found.emplace_back(text.substr(token.begin, token.end - token.begin));
  }
  return found;
}

using Texts = std::vector<std::string>;

TEST_CASE("tokens follow PostgreSQL's lexical rules") {
  CHECK(tokens("a.b,c1$") == Texts{"a", ".", "b", ",", "c1$"});
  CHECK(tokens("'it''s' E'a\\'b' n'x' B'1' U&'x'") ==
        Texts{"'it''s'", "E'a\\'b'", "n'x'", "B'1'", "U&'x'"});
  CHECK(tokens("\"a\"\"b\" U&\"c\"") == Texts{"\"a\"\"b\"", "U&\"c\""});
  CHECK(tokens("'back\\' x") == Texts{"'back\\'", "x"});
  CHECK(tokens("'a'\n'b' 'c' 'd'") == Texts{"'a'\n'b'", "'c'", "'d'"});
  CHECK(tokens("$$a;$x$b$$ $x$ $$ $x$ $1 $") == Texts{"$$a;$x$b$$", "$x$ $$ $x$", "$1", "$"});
  CHECK(tokens("a$b$ $é$x$é$") == Texts{"a$b$", "$é$x$é$"});
  CHECK(tokens("1.5e-3 0x1F .5 1_000") == Texts{"1.5e-3", "0x1F", ".5", "1_000"});
  CHECK(tokens("/* a /* b */ c */ -- d\r\ne--f") == Texts{"/* a /* b */ c */", "-- d", "e", "--f"});
  CHECK(tokens("a::int a:=1") == Texts{"a", ":", ":", "int", "a", ":", "=", "1"});
}

TEST_CASE("a literal without end goes to the end of the text and says so") {
  for (const std::string text : {"'a", "\"a", "E'a\\'", "$$a", "$x$ a $$", "/* a /* b */"}) {
    CAPTURE(text);
    const Token token = next_token(text, 0);
    CHECK(token.unterminated);
    CHECK(token.end == text.size());
  }
}

TEST_CASE("ends of elements and of the last token") {
  const std::string_view text = "a f(b, c)[1, 2] /* x */, d";
  CHECK(text.substr(0, element_end(text, 0, text.size())) == "a f(b, c)[1, 2]");
  CHECK(text.substr(0, last_token_end(text, 0, 23)) == "a f(b, c)[1, 2]");
}

TEST_CASE("values of literals") {
  const auto value = [](std::string_view text) { return literal_value(text, next_token(text, 0)); };
  CHECK(value("'it''s'") == "it's");
  CHECK(value("E'a\\n\\'b'") == "a\n'b");
  CHECK(value("$x$it's$x$") == "it's");
  CHECK(value("'a'\n  'b'") == "ab");
  CHECK(value("''") == "");
}

TEST_CASE("collapsed text has no comments and one space where there was any") {
  CHECK(collapse("ALTER  x /* c */\n (a,b) -- d") == "ALTER x (a,b)");
}

}  // namespace
}  // namespace schemagate
