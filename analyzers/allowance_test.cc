// SPDX-License-Identifier: MIT
#include "analyzers/allowance.h"

#include <catch2/catch_test_macros.hpp>

#include "analyzers/other_tools.h"
#include "analyzers/rule.h"

namespace schemagate {
namespace {

struct Read {
  SourceSet sources;
  AllowanceList list;
  std::string covered(std::size_t index) const {
    return std::string(sources.text(list.allowances.at(index).covers));
  }
};

Read read(const std::string& sql) {
  Read result;
  const std::uint32_t file = result.sources.add({"a.sql", sql, ""});
  result.list = find_allowances(result.sources, {parse(result.sources, file)});
  return result;
}

TEST_CASE("an allowance above a statement or at the end of its line covers the statement") {
  const Read above = read("SELECT 1;\n-- schemagate: allow drop-table: gone\nDROP TABLE a;\n");
  REQUIRE(above.list.allowances.size() == 1);
  CHECK(above.list.allowances[0].rule == "drop-table");
  CHECK(above.list.allowances[0].reason == "gone");
  CHECK(above.covered(0) == "DROP TABLE a");
  const Read behind = read("DROP TABLE a; -- schemagate: allow drop-table: gone\nDROP TABLE b;\n");
  CHECK(behind.covered(0) == "DROP TABLE a");
}

TEST_CASE("an allowance may name several rules and an object") {
  const Read two =
      read("-- schemagate: allow drop-table, truncate: both are meant: yes\nSELECT 1;");
  REQUIRE(two.list.allowances.size() == 2);
  CHECK(two.list.allowances[1].rule == "truncate");
  CHECK(two.list.allowances[1].reason == "both are meant: yes");
  const Read object =
      read("-- schemagate: allow drop-column public.\"Odd: name\".c: why not\nSELECT 1;");
  CHECK(object.list.allowances[0].object == "public.\"Odd: name\".c");
  CHECK(object.list.allowances[0].reason == "why not");
  CHECK_FALSE(object.list.allowances[0].covers.is_somewhere());
}

TEST_CASE("inside CREATE TABLE an allowance covers the column of its line, or the one below") {
  const Read read_table = read(
      "CREATE TABLE a (\n  b int, -- schemagate: allow json-column: one\n"
      "  -- schemagate: allow varchar-limit: two\n  -- another comment\n  c varchar(5),\n  d "
      "int\n);");
  REQUIRE(read_table.list.allowances.size() == 2);
  CHECK(read_table.covered(0) == "b int");
  CHECK(read_table.covered(1) == "c varchar(5)");
}

TEST_CASE("inside ALTER TABLE an allowance covers the command that defines something, else all") {
  const Read add = read(
      "ALTER TABLE a\n  -- schemagate: allow rewriting-column: few rows\n"
      "  ADD COLUMN b uuid DEFAULT gen_random_uuid(),\n  ADD COLUMN c int;");
  CHECK(add.covered(0) == "b uuid DEFAULT gen_random_uuid()");
  const Read drop = read(
      "ALTER TABLE a\n  -- schemagate: allow drop-column: moved\n  DROP COLUMN b,\n  ADD COLUMN c "
      "int;");
  CHECK(drop.covered(0).starts_with("ALTER TABLE a"));
}

TEST_CASE("what is wrong with an allowance is said, and it allows nothing") {
  const Read wrong = read(
      "-- schemagate: allow drop-table\nDROP TABLE a;\n"
      "-- schemagate: allow drop-tabel: gone\nDROP TABLE b;\n"
      "-- schemagate: allow\nDROP TABLE c;\n-- schemagate: ignore drop-table\nDROP TABLE d;\n"
      "-- schemagate: renamed from x\nCREATE TABLE e ();");
  CHECK(wrong.list.allowances.empty());
  REQUIRE(wrong.list.findings.size() == 4);
  CHECK(wrong.list.findings[0].rule == "allowance-without-reason");
  CHECK(wrong.list.findings[1].message.ends_with("drop-tabel (did you mean drop-table?)"));
  CHECK(wrong.list.findings[3].rule == "unknown-rule-in-allowance");
}

TEST_CASE("other tools' comments count where their rule has a counterpart") {
  const Read squawk = read(
      "-- squawk-ignore ban-drop-column, ban-char-field -- because\nALTER TABLE a DROP b;\n"
      "-- squawk-ignore\nDROP TABLE a;");
  REQUIRE(squawk.list.allowances.size() == 1);
  CHECK(squawk.list.allowances[0].rule == "drop-column");
  CHECK(squawk.list.allowances[0].tool == "squawk");
  const Read file = read("-- squawk-ignore-file\nDROP TABLE a;");
  CHECK(file.list.allowances[0].whole_file);
  CHECK(file.list.allowances[0].rule.empty());
  const Read eugene = read("-- eugene: ignore E2, E6\nDROP TABLE a;\nDROP TABLE b;");
  CHECK(eugene.list.allowances.size() == 3);
  CHECK(eugene.covered(0) == "DROP TABLE a");
  const Read atlas = read("-- atlas:nolint DS102 concurrent_index\nDROP TABLE a;");
  CHECK(atlas.list.allowances[0].rule == "drop-table");
  CHECK(atlas.list.allowances.size() == 4);
  const Read header = read("-- atlas:nolint\n\nDROP TABLE a;\nDROP TABLE b;");
  CHECK(header.list.allowances[0].whole_file);
  const Read pgfence = read("-- pgfence-ignore: drop-table\nDROP TABLE a;");
  CHECK(pgfence.list.allowances[0].rule == "drop-table");
}

TEST_CASE("every counterpart is a rule of ours") {
  for (const char* tool : {"squawk", "eugene", "atlas", "pgfence"}) {
    CHECK(counterparts(tool, "no-such-rule").empty());
  }
  const std::vector<std::pair<const char*, const char*>> some{
      {"squawk", "Ban-Drop-Column"}, {"eugene", "e4"}, {"atlas", "data_depend"}};
  for (const auto& [tool, name] : some) CHECK_FALSE(counterparts(tool, name).empty());
  for (const std::string& rule : all_counterparts()) {
    INFO(rule);
    CHECK(find_rule(rule));
  }
}

TEST_CASE("an allowance covers what lies inside of it, or its object") {
  Finding finding;
  finding.rule = "drop-column";
  finding.object = "public.users.name";
  finding.where = {0, 10, 20};
  Allowance allowance;
  allowance.rule = "drop-column";
  allowance.covers = {0, 5, 25};
  CHECK(covers(allowance, finding));
  allowance.covers = {1, 5, 25};
  CHECK_FALSE(covers(allowance, finding));
  allowance.object = "users.name";
  CHECK(covers(allowance, finding));
  finding.old_side = true;
  CHECK(covers(allowance, finding));
  allowance.object = "sales.users.name";
  CHECK_FALSE(covers(allowance, finding));
  allowance.object.clear();
  allowance.covers = {0, 5, 25};
  CHECK_FALSE(covers(allowance, finding));
  finding.old_side = false;
  allowance.rule = "drop-table";
  CHECK_FALSE(covers(allowance, finding));
}

}  // namespace
}  // namespace schemagate
