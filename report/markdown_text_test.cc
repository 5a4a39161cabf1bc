// SPDX-License-Identifier: MIT
#include "report/markdown_text.h"

#include <catch2/catch_test_macros.hpp>

namespace schemagate {
namespace {

const std::string zwsp = "\xE2\x80\x8B";

}  // namespace

TEST_CASE("code: the fence is longer than any run of backticks in it") {
  CHECK(code_span("users") == "`users`");
  CHECK(code_span("a`b``c") == "```a`b``c```");
  CHECK(code_span("`a") == "`` `a ``");
  CHECK(code_span("a ") == "` a  `");
  CHECK(code_span("a\nb\x1b") == "`a\\nb\\x1b`");
  CHECK(code_span("").empty());
}

TEST_CASE("code in a table: a bar doesn't end the cell") {
  CHECK(table_code("a || b") == "`a \\|\\| b`");
  CHECK(table_code("a\\|b") == "`a\\x7cb`");  // "\\|" would be an escaped backslash and a bar
  CHECK(table_code("a\nb") == "`a\\nb`");
}

TEST_CASE("prose: names stay readable, markup is none") {
  CHECK(prose("drops public.users.full_name (3 rows)") == "drops public.users.full_name (3 rows)");
  CHECK(prose("**b** _i_ ~s~ `c` [l](u) a|b $x$ \\") ==
        "\\*\\*b\\*\\* \\_i\\_ \\~s\\~ \\`c\\` \\[l\\](u) a\\|b \\$x\\$ \\\\");
  CHECK(prose("<b>&amp;<!-- x -->") == "&lt;b&gt;&amp;amp;&lt;!-- x --&gt;");
  CHECK(prose("# h") == "\\#" + zwsp + " h");
  CHECK(prose("- item") == "\\- item");
  CHECK(prose("12. item") == "12\\. item");
  CHECK(prose("a\n\n# h") == "a\\\\n\\\\n#" + zwsp + " h");
}

TEST_CASE("prose: nobody is mentioned, nothing is referenced or linked") {
  CHECK(prose("@octocat a@b.c") == "@" + zwsp + "octocat a@" + zwsp + "b.c");
  CHECK(prose("closes #1 o/r#2 gh-3 GH-4") ==
        "closes #" + zwsp + "1 o/r#" + zwsp + "2 gh-" + zwsp + "3 GH-" + zwsp + "4");
  CHECK(prose("https://e.x WWW.e.x mailto:x") ==
        "https:" + zwsp + "//e.x WWW" + zwsp + ".e.x mailto:" + zwsp + "x");
  CHECK(prose(":white_check_mark: a::int b:c") == ":" + zwsp + "white_check_mark: a::int b:c");
}

TEST_CASE("blocks of code can't be ended from within") {
  CHECK(code_block("SELECT 1;", "sql") == "```sql\nSELECT 1;\n```\n\n");
  CHECK(code_block("a\n```\n````\nb\n", "sql") == "`````sql\na\n```\n````\nb\n`````\n\n");
  CHECK(code_block("a\r\n\tb\x1b", "") == "```\na\n\tb\\x1b\n```\n\n");
}

TEST_CASE(
    "a block that a runner would obey is HTML, which looks the same; a suggestion stays one") {
  CHECK(code_block("SELECT '<&\n ::error::x ##[y';\n", "sql") ==
        "<pre lang=\"sql\"><code>SELECT '&lt;&amp;\n &#58;:error::x #&#35;[y';\n</code></pre>\n\n");
  CHECK(code_block("::x", "") == "<pre><code>&#58;:x</code></pre>\n\n");
  CHECK(code_block("::x", "suggestion") == "```suggestion\n::x\n```\n\n");
  CHECK(code_span("::x ##[y") == "`::x #\\x23[y`");
  CHECK(table_code("##[y") == "`#\\x23[y`");
}

TEST_CASE("HTML and URLs") {
  CHECK(html("<b a=\"c\">&") == "&lt;b a=&quot;c&quot;&gt;&amp;");
  CHECK(url_path("db/a b#(c).sql") == "db/a%20b%23%28c%29.sql");
  CHECK(url_path("ü") == "%C3%BC");
}

}  // namespace schemagate
