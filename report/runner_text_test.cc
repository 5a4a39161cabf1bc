// SPDX-License-Identifier: MIT
#include "report/runner_text.h"

#include <catch2/catch_test_macros.hpp>

namespace schemagate {

TEST_CASE("no line is a command for a GitHub runner") {
  CHECK(without_workflow_commands("::error::x") == "\\x3a:error::x");
  CHECK(without_workflow_commands("a\n \t::error::x\nb") == "a\n \t\\x3a:error::x\nb");
  CHECK(without_workflow_commands("\xC2\xA0\xE3\x80\x80::x") == "\xC2\xA0\xE3\x80\x80\\x3a:x");
  CHECK(without_workflow_commands("a\r::error::x\r\n::b") == "a\r\\x3a:error::x\r\n\\x3a:b");
  CHECK(without_workflow_commands("say ##[error]x") == "say #\\x23[error]x");
  CHECK(without_workflow_commands("a::int # [1]") == "a::int # [1]");
}

TEST_CASE("what a GitHub runner would obey") {
  for (const char* order : {"::error::x", "a\n::x", "a\r::x", "a\r\n\t \xE2\x80\xA8::x",
                            "\xC2\x85::x", "\v\f::x", "a ##[x"}) {
    INFO(order);
    CHECK(has_workflow_command(order));
    CHECK_FALSE(has_workflow_command(without_workflow_commands(order)));
    CHECK_FALSE(has_workflow_command(html_without_workflow_commands(order)));
  }
  for (const char* text : {"", "a::int", "a\n:: int", "# #[", ": :x"})
    CHECK(has_workflow_command(text) == (std::string_view(text) == "a\n:: int"));
}

TEST_CASE("in HTML an order is broken and looks as it was") {
  CHECK(html_without_workflow_commands("a\n ::b ##[c") == "a\n &#58;:b #&#35;[c");
}

TEST_CASE("SQL with an order stays as it is, between comments in which a runner is told to wait") {
  const std::string plain = "SELECT a::text;\n", sql = "SELECT '\n::error::x\n';\n";
  CHECK(sql_without_workflow_commands(plain) == plain);
  const std::string safe = sql_without_workflow_commands(sql);
  const std::string begin = "/*\n::stop-commands::";
  REQUIRE(safe.starts_with(begin));
  const std::string word = safe.substr(begin.size(), 32);
  CHECK(safe == begin + word + "\n*/\n" + sql + "/*\n::" + word + "::\n*/\n");
  CHECK(sql_without_workflow_commands(sql) == safe);
  CHECK(sql_without_workflow_commands(sql + " ").find(word) == std::string::npos);
}

}  // namespace schemagate
