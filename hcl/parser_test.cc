// SPDX-License-Identifier: MIT
#include <catch2/catch_test_macros.hpp>

#include "base/source.h"
#include "hcl/evaluate.h"
#include "hcl/syntax.h"

namespace schemagate::hcl {
namespace {

/// "3:5: message" of the first problem, or "".
std::string first_problem(const std::string& text) {
  SourceSet sources;
  const auto file = sources.add({"a.hcl", text, ""});
  const File parsed = parse(sources.file(file).text, file);
  if (parsed.problems.empty()) return "";
  const Position at = sources.begin(parsed.problems[0].where);
  return std::to_string(at.line) + ":" + std::to_string(at.column) + ": " +
         parsed.problems[0].message;
}

/// What `x` is in a file: its text, "unknown: why", or "[a, b]", "{k = v}".
std::string printed(const Value& value) {
  if (value.is_unknown()) return "unknown: " + value.text;
  if (value.is(ValueKind::null)) return "null";
  if (value.is(ValueKind::reference)) {
    std::string path = "@";
    for (const std::string& key : value.keys) path += (path.size() > 1 ? "." : "") + key;
    return path;
  }
  if (value.is(ValueKind::list)) {
    std::string out = "[";
    for (const Value& item : value.items) out += (out.size() > 1 ? ", " : "") + printed(item);
    return out + "]";
  }
  if (value.is(ValueKind::object)) {
    std::string out = "{";
    for (std::size_t i = 0; i < value.keys.size(); ++i)
      out += (i > 0 ? ", " : "") + value.keys[i] + " = " + printed(value.items[i]);
    return out + "}";
  }
  if (value.is(ValueKind::sql)) return "sql:" + value.text;
  if (value.is(ValueKind::type)) {
    std::string out = value.text + "(";
    for (const Value& item : value.items) out += (out.back() != '(' ? "," : "") + printed(item);
    return out + ")";
  }
  return value.text;
}

std::string value_of(const std::string& expression, const std::string& rest = "") {
  const std::string text = "x = " + expression + "\n" + rest;
  const std::vector<File> files{parse(text, 0)};
  if (!files[0].problems.empty()) return "problem: " + files[0].problems[0].message;
  Evaluator evaluator(files);
  return printed(evaluator.evaluate(files[0].attributes.at(0).value, Scope()));
}

TEST_CASE("blocks, labels, attributes and comments are read with their places") {
  const std::string text =
      "# first\n"
      "table \"users\" { // second\n"
      "  schema = schema.public\n"
      "  /* third */ column id { type = int }\n"
      "}\n"
      "table \"auth\" \"users\" {}\n";
  const File file = parse(text, 0);
  REQUIRE(file.problems.empty());
  REQUIRE(file.blocks.size() == 2);
  const Block& users = file.blocks[0];
  CHECK(users.type == "table");
  CHECK(users.name() == "users");
  CHECK(text.substr(users.header.begin, users.header.end - users.header.begin) ==
        "table \"users\"");
  CHECK(text[users.span.end - 1] == '}');
  REQUIRE(users.attribute("schema"));
  const Span where = users.attribute("schema")->span;
  CHECK(text.substr(where.begin, where.end - where.begin) == "schema = schema.public");
  REQUIRE(users.blocks.size() == 1);
  CHECK(users.blocks[0].labels == std::vector<std::string>{"id"});
  CHECK(file.blocks[1].labels == std::vector<std::string>{"auth", "users"});
  CHECK(file.comments.size() == 3);
}

TEST_CASE("what is no HCL is a problem at its line and column, and the next block is read") {
  CHECK(first_problem("table \"a\" {\n  x = \n}\n") ==
        "2:7: expected a value, found the end of the line");
  CHECK(first_problem("table \"a\" {\n  x = 1 2\n}\n") ==
        "2:9: expected the end of the line, found \"2\"");
  CHECK(first_problem("table \"a\" {\n") == "1:1: this block has no end");
  CHECK(first_problem("x = \"abc\n") == "1:5: this string has no end");
  CHECK(first_problem("x = <<SQL\nabc\n") == "1:5: this heredoc has no end");
  CHECK(first_problem("x = /* abc") == "1:5: this comment has no end");
  CHECK(first_problem("x = \"\\q\"\n") == "1:6: unknown escape in a string");
  CHECK(first_problem("x = \"\\ud800\"\n") == "1:6: this escape names no character");
  CHECK(first_problem("x = 1\nx = 2\n") == "2:1: attribute \"x\" is set twice");
  CHECK(first_problem("x = \"%{ if true }a\"\n") == "1:9: %{ if } is not closed by %{ endif }");
  CHECK(first_problem("x = \"a%{ endif }\"\n") == "1:7: %{ endif } closes nothing");
  CHECK(first_problem(std::string("x = \0", 5)) == "1:5: a file with zero bytes is not HCL");
  CHECK(first_problem("x = \"\xff\"") == "1:6: this byte is not UTF-8");
  const File file = parse("table \"a\" {\n  x = = 1\n}\n\ntable \"b\" {}\n", 0);
  CHECK(file.problems.size() == 1);
  REQUIRE(file.blocks.size() == 1);
  CHECK(file.blocks[0].name() == "b");
}

TEST_CASE("what is nested too deeply or is too large is refused with its place") {
  const auto repeat = [](const std::string& text, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += text;
    return out;
  };
  const std::string deep = ": nested more than 150 levels deep";
  CHECK(first_problem("x = " + repeat("(", 100'000)).ends_with(deep));
  CHECK(first_problem("x = " + repeat("[", 100'000)).ends_with(deep));
  CHECK(first_problem("x = " + repeat("!", 100'000)).ends_with(deep));
  CHECK(first_problem("x = " + repeat("{a=", 100'000)).ends_with(deep));
  CHECK(first_problem("x = " + repeat("\"${", 100'000)).ends_with(deep));
  CHECK(first_problem("x = \"" + repeat("%{ if a }", 100'000)).ends_with(deep));
  CHECK(first_problem("x = a" + repeat(".b", 100'000)).ends_with(deep));
  CHECK(first_problem("x = a" + repeat("[*]", 100'000)).ends_with(deep));
  CHECK(first_problem("x = 1" + repeat(" + 1", 100'000)).ends_with(deep));
  CHECK(first_problem("x = " + repeat("a ? 1 : ", 100'000)).ends_with(deep));
  CHECK(first_problem(repeat("a {\n", 100'000)).ends_with(deep));
  CHECK(first_problem("x = [" + repeat("1,", 2'000'000) + "]") ==
        "1:2000006: the file has more than 1,000,000 parts");
  CHECK(first_problem(repeat("a", 9 << 20)) == "1:1: file is larger than 8.0 MB");
}

TEST_CASE("expressions are evaluated as HCL does") {
  CHECK(value_of("1 + 2 * 3") == "7");
  CHECK(value_of("(1 + 2) * 3") == "9");
  CHECK(value_of("7 / 2") == "3.5");
  CHECK(value_of("7 % 4") == "3");
  CHECK(value_of("-5") == "-5");
  CHECK(value_of("9223372036854775807") == "9223372036854775807");
  CHECK(value_of("-9223372036854775807 - 1") == "-9223372036854775808");
  CHECK(value_of("123456789012345678901234567890") == "123456789012345678901234567890");
  CHECK(value_of("10.50") == "10.5");
  CHECK(value_of("1e3") == "1000");
  CHECK(value_of("1 < 2 && !(2 >= 3) || false") == "true");
  CHECK(value_of("\"a\" == \"a\" ? \"yes\" : \"no\"") == "yes");
  CHECK(value_of("[1, \"b\",\n true,\n]") == "[1, b, true]");
  CHECK(value_of("{ b = 1, \"a\" : 2\n c = null }") == "{a = 2, b = 1, c = null}");
  CHECK(value_of("{ (local.k) = 1 }", "locals {\n k = \"z\"\n}\n") == "{z = 1}");
  CHECK(value_of("[for v in [1, 2, 3] : v * 2 if v != 2]") == "[2, 6]");
  CHECK(value_of("[for i, v in [\"a\", \"b\"] : \"${i}${v}\"]") == "[0a, 1b]");
  CHECK(value_of("{for k, v in {a = 1, b = 2} : v => upper(k)}") == "{1 = A, 2 = B}");
  CHECK(value_of("{for v in [\"a\", \"b\", \"a\"] : v => 1...}") == "{a = [1, 1], b = [1]}");
  CHECK(value_of("[{n = 1}, {n = 2}][*].n") == "[1, 2]");
  CHECK(value_of("[{n = 1}, {n = 2}].*.n") == "[1, 2]");
  CHECK(value_of("[[1, 2], [3]][0][1]") == "2");
  CHECK(value_of("max([1, 5, 3]...)") == "5");
  CHECK(value_of("table.users.column.id") == "@table.users.column.id");
  CHECK(value_of("table[\"a-b\"].column[\"x y\"]") == "@table.a-b.column.x y");
  CHECK(value_of("varchar(255)") == "varchar(255)");
  CHECK(value_of("numeric(10, 2)") == "numeric(10,2)");
  CHECK(value_of("CASCADE") == "CASCADE");
  CHECK(value_of("sql(\"now()\")") == "sql:now()");
}

TEST_CASE("templates and heredocs keep their text") {
  CHECK(value_of(R"("a\n\t\"\\\u00e9")") == "a\n\t\"\\\xC3\xA9");
  CHECK(value_of("\"$${a} %%{b} $ % ${1 + 1}\"") == "${a} %{b} $ % 2");
  CHECK(value_of("\"${[1]}\"") == "[1]");
  CHECK(value_of("\"%{ if 1 == 1 }a%{ else }b%{ endif }\"") == "a");
  CHECK(value_of("\"%{ for v in [1, 2] }<${v}>%{ endfor }\"") == "<1><2>");
  CHECK(value_of("\"a ${~ 1 ~} b\"") == "a1b");
  CHECK(value_of("<<SQL\n  a\n b\nSQL\n") == "  a\n b\n");
  CHECK(value_of("<<-SQL\n    a\n\n      b\n  SQL\n") == "a\n\n  b\n");
  CHECK(value_of("<<-SQL\n    a ${1}\n    ${2}\n    \"q\" \\n\n  SQL\n") == "a 1\n2\n\"q\" \\n\n");
  CHECK(value_of("<<A\nx\n%{ if true ~}\ny\n%{ endif ~}\nA\n") == "x\ny\n");
}

TEST_CASE("variables have defaults, locals refer to each other, blocks have names") {
  const std::string rest =
      "variable \"n\" {\n type = int\n default = 3\n}\n"
      "variable \"s\" {\n type = string\n default = 5\n}\n"
      "variable \"given\" {\n type = string\n}\n"
      "locals {\n a = var.n + 1\n b = [local.a, var[\"n\"]]\n}\n"
      "schema \"s\" {\n name = \"tenant_${var.n}\"\n}\n"
      "table \"users\" {\n comment = \"hi\"\n column \"id\" {\n type = int\n }\n}\n";
  CHECK(value_of("local.b", rest) == "[4, 3]");
  CHECK(value_of("\"${var.s}0\"", rest) == "50");
  CHECK(value_of("\"${schema.s.name}\"", rest) == "@schema.s.name");
  CHECK(value_of("\"a ${schema.s.name}\"", rest) == "a tenant_3");
  CHECK(value_of("\"a ${table.users.name} ${table.users.comment}\"", rest) == "a users hi");
  CHECK(value_of("\"a ${table.users.column.id.name}\"", rest) == "a id");
  CHECK(value_of("upper(table.users.name)", rest) == "USERS");
  CHECK(value_of("var.given", rest) ==
        "unknown: var.given has no default: its value is given to Atlas");
  CHECK(value_of("[1, var.given]", rest).starts_with("unknown: "));
  CHECK(value_of("try(var.given, 1)", rest).starts_with("unknown: "));
  CHECK(value_of("try(local.zzz, 1)", rest) == "1");
  CHECK(value_of("can(local.zzz)", rest) == "false");
  CHECK(value_of("\"a ${table.nobody.name}\"", rest) == "unknown: there is no table.nobody.name");
}

TEST_CASE("what can't be known is unknown, and says why") {
  CHECK(value_of("data.sql.x.value") == "unknown: data is known to Atlas only");
  CHECK(value_of("getenv(\"HOME\")") == "unknown: getenv() is not evaluated here");
  CHECK(value_of("1 / 0") == "unknown: division by zero");
  CHECK(value_of("[1][5]") == "unknown: the list has no element 5");
  CHECK(value_of("upper([1])") == "unknown: upper(): expected a string, found a list");
  CHECK(value_of("upper()") == "unknown: upper() takes 1 arguments, not 0");
  CHECK(value_of("local.a", "locals {\n a = local.b\n b = local.a\n}\n") ==
        "unknown: local.a refers to itself");
  CHECK(value_of("range(1e9)") == "unknown: range(): the range is too long");
}

TEST_CASE("work, depth and size are bounded") {
  std::string chain = "locals {\n";
  for (int i = 0; i < 5000; ++i)
    chain += "a" + std::to_string(i) + " = local.a" + std::to_string(i + 1) + "\n";
  CHECK(value_of("local.a0", chain + "a5000 = 1\n}\n") ==
        "unknown: what this refers to is nested too deeply");
  std::string doubling = "locals {\n a0 = \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"\n";
  std::string lists = "locals {\n a0 = [1, 2]\n";
  std::string deep = "locals {\n a0 = [1]\n";
  for (int i = 1; i < 60; ++i) {
    const std::string before = "local.a" + std::to_string(i - 1);
    const std::string name = "a" + std::to_string(i);
    doubling += name + " = \"${" + before + "}${" + before + "}\"\n";
    lists += name + " = [" + before + ", " + before + "]\n";
    deep += name + " = [[" + before + "]]\n";
  }
  CHECK(value_of("local.a59", doubling + "}\n") == "unknown: this text is too long");
  CHECK(value_of("local.a59", lists + "}\n").starts_with("unknown: "));
  CHECK(value_of("local.a59", deep + "}\n") == "unknown: this value is nested too deeply");
  CHECK(value_of("[for i in range(9999) : distinct(range(1000))]") ==
        "unknown: the files take too much work to evaluate");
  CHECK(
      value_of("[for a in range(9999) : [for b in range(9999) : a * b]]").starts_with("unknown: "));
}

TEST_CASE("functions that schemas use") {
  CHECK(value_of("format(\"%s_%d_%02d%%\", \"a\", 3, 7)") == "a_3_07%");
  CHECK(value_of("formatlist(\"%s!\", [\"a\", \"b\"])") == "[a!, b!]");
  CHECK(value_of("join(\",\", [\"a\", 1], [true])") == "a,1,true");
  CHECK(value_of("split(\",\", \"a,b\")") == "[a, b]");
  CHECK(value_of("replace(\"a-b-c\", \"-\", \"_\")") == "a_b_c");
  CHECK(value_of("substr(\"h\\u00e9llo\", 1, 3)") == "\xC3\xA9ll");
  CHECK(value_of("substr(\"hello\", -2, -1)") == "lo");
  CHECK(value_of("title(\"ab cd\")") == "Ab Cd");
  CHECK(value_of("trimspace(\" a \")") == "a");
  CHECK(value_of("trimprefix(\"abc\", \"a\")") == "bc");
  CHECK(value_of("strrev(\"a\\u00e9\")") ==
        "\xC3\xA9"
        "a");
  CHECK(value_of("jsonencode({a = [1, \"x\\\"\", null]})") == "{\"a\":[1,\"x\\\"\",null]}");
  CHECK(value_of("toset([\"b\", \"a\", \"b\"])") == "[a, b]");
  CHECK(value_of("merge({a = 1}, {a = 2, b = 3})") == "{a = 2, b = 3}");
  CHECK(value_of("zipmap([\"a\"], [1])") == "{a = 1}");
  CHECK(value_of("setproduct([1, 2], [\"a\"])") == "[[1, a], [2, a]]");
  CHECK(value_of("flatten([[1], [[2]]])") == "[1, 2]");
  CHECK(value_of("keys({b = 1, a = 2})") == "[a, b]");
  CHECK(value_of("length(\"h\\u00e9\")") == "2");
  CHECK(value_of("element([1, 2], 3)") == "2");
  CHECK(value_of("slice([1, 2, 3], 1, 3)") == "[2, 3]");
  CHECK(value_of("chunklist([1, 2, 3], 2)") == "[[1, 2], [3]]");
  CHECK(value_of("range(1, 4)") == "[1, 2, 3]");
  CHECK(value_of("setunion([1], [2, 1])") == "[1, 2]");
  CHECK(value_of("setsubtract([1, 2], [1])") == "[2]");
  CHECK(value_of("setintersection([1, 2], [2, 3])") == "[2]");
  CHECK(value_of("parseint(\"ff\", 16)") == "255");
  CHECK(value_of("min(3, 1, 2)") == "1");
  CHECK(value_of("coalesce(null, \"\", \"a\")") == "a");
  CHECK(value_of("alltrue([true, 1 == 1])") == "true");
  CHECK(value_of("contains([\"a\"], \"b\")") == "false");
  CHECK(value_of("tostring(5) == \"5\"") == "true");
}

}  // namespace
}  // namespace schemagate::hcl
