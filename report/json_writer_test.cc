// SPDX-License-Identifier: MIT
#include "report/json_writer.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <nlohmann/json.hpp>

namespace schemagate {
namespace {

std::string written(std::string_view text) { return JsonWriter().string(text).take(); }

}  // namespace

TEST_CASE("commas, colons and brackets stand where JSON wants them") {
  JsonWriter json;
  json.begin_object();
  json.key("empty").begin_array().end_array();
  json.key("numbers").begin_array().integer(-7).real(0.25).real(1e300).end_array();
  json.key("rows").begin_array();
  json.begin_object().key("a").boolean(true).end_object();
  json.begin_object().end_object();
  json.end_array();
  json.key("nothing").null();
  json.key("text").string("x");
  json.end_object();
  CHECK(json.take() ==
        "{\"empty\":[],\"numbers\":[-7,0.25,1e+300],\"rows\":[\n{\"a\":true},\n{}\n],"
        "\"nothing\":null,\"text\":\"x\"}\n");
}

TEST_CASE("strings: quotes, controls and what deceives a reader are escaped") {
  CHECK(written("a\"b\\c/d\n\r\t") == "\"a\\\"b\\\\c/d\\n\\r\\t\"\n");
  CHECK(written(std::string_view("\0\x1b\x7f", 3)) == "\"\\u0000\\u001b\\u007f\"\n");
  CHECK(written("\xC2\x9B\xE2\x80\xAE\xF3\xA0\x80\x81") == "\"\\u009b\\u202e\\udb40\\udc01\"\n");
  CHECK(written("é 金 😀") == "\"é 金 😀\"\n");
  CHECK(written("a ##[error]b # c") == "\"a \\u0023#[error]b # c\"\n");
}

TEST_CASE("strings: bytes that are not UTF-8 become U+FFFD, one for each byte") {
  CHECK(written("\xff") == "\"\xEF\xBF\xBD\"\n");
  CHECK(written("a\xC3") == "\"a\xEF\xBF\xBD\"\n");                // cut off
  CHECK(written("\xC0\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\"\n");  // overlong NUL
  CHECK(written("\xED\xA0\x80").size() == 12);                     // a surrogate
  CHECK(written("\xF4\x90\x80\x80").size() == 15);                 // above U+10FFFF
  CHECK(written("\xE2\x28\xA1") == "\"\xEF\xBF\xBD(\xEF\xBF\xBD\"\n");
}

TEST_CASE("every byte and every pair of bytes survives a round through another parser") {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      const auto parsed = nlohmann::json::parse(written(text));
      if (first < 0x80 && second < 0x80) {
        REQUIRE(parsed.get<std::string>() == text);
      } else {
        REQUIRE(parsed.is_string());
      }
    }
  }
}

TEST_CASE("numbers that JSON has no word for are null") {
  CHECK(JsonWriter().real(std::numeric_limits<double>::infinity()).take() == "null\n");
  CHECK(JsonWriter().real(std::numeric_limits<double>::quiet_NaN()).take() == "null\n");
  CHECK(JsonWriter().positive_or_null(0).take() == "null\n");
  CHECK(JsonWriter().string_or_null("").take() == "null\n");
}

TEST_CASE("only JSON's own spelling is a number") {
  for (const char* yes : {"0", "-0", "12", "1.5", "1e9", "1.25E-7", "-3.0"}) {
    INFO(yes);
    CHECK(is_json_number(yes));
  }
  for (const char* no : {"", "-", "012", "1.", ".5", "1e", "+1", "0x1", "1 ", "nan", "1,000"}) {
    INFO(no);
    CHECK_FALSE(is_json_number(no));
  }
}

}  // namespace schemagate
