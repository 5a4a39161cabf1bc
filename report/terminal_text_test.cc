// SPDX-License-Identifier: MIT
#include "report/terminal_text.h"

#include <catch2/catch_test_macros.hpp>

namespace schemagate {
namespace {

Place place(std::string excerpt, int column, int end_column, int end_line = 3) {
  return {"a.sql", 3, column, end_line, end_column, false, std::move(excerpt)};
}

/// The excerpt as it is printed.
std::string drawn(const Place& where, int width = 60) {
  const Excerpt excerpt = excerpt_of(where, width);
  return excerpt.line + '\n' + std::string(static_cast<std::size_t>(excerpt.start), ' ') +
         std::string(static_cast<std::size_t>(excerpt.length), '^');
}

}  // namespace

TEST_CASE("what stands far behind the mark of a long line changes nothing") {
  const std::string start = "DROP TABLE a; \xE2\x80\xAE" + std::string(300, 'x');
  CHECK(drawn(place(start + std::string(1'000'000, 'y'), 1, 14), 60) ==
        drawn(place(start, 1, 14), 60));
}

TEST_CASE("words are wrapped, and cut when nothing else helps") {
  CHECK(wrapped("one two three", 7) == std::vector<std::string>{"one two", "three"});
  CHECK(wrapped("abcdefghij kl", 4) == std::vector<std::string>{"abcd", "efgh", "ij", "kl"});
  CHECK(wrapped("金金金", 4) == std::vector<std::string>{"金金", "金"});
  CHECK(wrapped("", 10) == std::vector<std::string>{""});
}

TEST_CASE("a text that is too long ends with dots") {
  CHECK(fitted("abcdef", 6) == "abcdef");
  CHECK(fitted("abcdefg", 6) == "abc...");
  CHECK(fitted("金金金金", 7) == "金金...");
}

TEST_CASE("the mark stands below what it means: tabs, wide and hidden characters before it") {
  CHECK(drawn(place("  email text", 3, 8)) == "  email text\n  ^^^^^");
  CHECK(drawn(place("\temail\ttext", 2, 7)) == "  email  text\n  ^^^^^");
  CHECK(drawn(place("\ta\tb", 4, 5)) == "  a  b\n     ^");
  CHECK(drawn(place("金 b c", 3, 4)) == "金 b c\n   ^");
  CHECK(drawn(place("\xE2\x80\xAE x", 3, 4)) == "\\u202e x\n       ^");
}

TEST_CASE("a mark over several lines goes to the end of the first") {
  CHECK(drawn(place("CREATE TABLE t (", 8, 2, 9)) == "CREATE TABLE t (\n       ^^^^^^^^^");
}

TEST_CASE("a mark far to the right stays in sight") {
  const std::string text =
      drawn(place(std::string(500, 'a') + " bad " + std::string(500, 'b'), 502, 505), 40);
  CHECK(text == "...aaaaaaaaa bad bbbbbbbbbbbbbbbbbbbb...\n             ^^^");
  CHECK(drawn(place("", 90, 95), 40) == "\n^");
}

}  // namespace schemagate
