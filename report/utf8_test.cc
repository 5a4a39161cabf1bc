// SPDX-License-Identifier: MIT
#include "report/utf8.h"

#include <catch2/catch_test_macros.hpp>

namespace schemagate {

TEST_CASE("what can't be seen, moves the cursor or turns the text around is shown as an escape") {
  CHECK(visible_line("a\x1b[31mb\x07") == "a\\x1b[31mb\\x07");
  CHECK(visible_line("\xC2\x9B"
                     "2J") == "\\u009b2J");
  CHECK(visible_line("x\xE2\x80\xAEy\xE2\x81\xA6z") == "x\\u202ey\\u2066z");
  CHECK(visible_line("ad\xE2\x80\x8Bmin") == "ad\\u200bmin");
  CHECK(visible_line("\xF3\xA0\x81\x81") == "\\U000e0041");
  CHECK(visible_line("a\nb\tc\r") == "a\\nb\\tc\\r");
  CHECK(visible_line("\xff") == "\xEF\xBF\xBD");
  CHECK(visible_line("größe 金額 😀") == "größe 金額 😀");
}

TEST_CASE("a control character is found wherever it stands in a long text") {
  for (int code = 0; code < 0x80; ++code) {
    const bool plain = code >= ' ' && code <= '~';
    for (std::size_t before = 0; before <= 16; ++before) {
      std::string text(before, '~');
      text += static_cast<char>(code);
      text += std::string(20, ' ');
      CAPTURE(code, before);
      CHECK((visible_line(text) == text) == plain);
    }
  }
}

TEST_CASE("text of several lines keeps its lines, with any line end") {
  CHECK(visible("a\r\n\tb\nc") == "a\n\tb\nc");
  CHECK(visible("a\rb") == "a\\rb");
}

TEST_CASE("SQL on one line") {
  CHECK(one_line("  SELECT\n\t 1;\r\n ") == "SELECT 1;");
  CHECK(one_line("a\x1b\n") == "a\\x1b");
}

TEST_CASE("cells of a terminal") {
  CHECK(cells("abc") == 3);
  CHECK(cells("金額") == 4);
  CHECK(cells("e\xCC\x81") == 1);
  CHECK(cells("😀") == 2);
  CHECK(cells("é") == 1);
}

TEST_CASE("shortening cuts between characters") {
  CHECK(shortened("short", 5) == "short");
  CHECK(shortened("金金金", 9) == "金金金");
  CHECK(shortened("金金金金", 9) == "金金…");
  CHECK(shortened("金金金金", 8) == "金…");
  CHECK(shortened("abcdef", 3) == "…");
}

}  // namespace schemagate
