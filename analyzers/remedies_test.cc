// SPDX-License-Identifier: MIT
#include "analyzers/remedies.h"

#include <catch2/catch_test_macros.hpp>

#include "analyzers/index_sql.h"

namespace schemagate {
namespace {

TEST_CASE("an ALTER TABLE is cut at the commas between its commands") {
  const AlterTableText text = cut_alter_table(
      "ALTER TABLE IF EXISTS ONLY \"My, table\".users\n  ADD a numeric(10, 2) DEFAULT f('x, \"y', "
      "1), "
      "-- no, this is a comment\n  ADD b text[] DEFAULT ARRAY['a', $q$b, c$q$],\n"
      "  ALTER c SET DEFAULT E'\\', ', /* one, two */ DROP d",
      4);
  CHECK(text.head == "ALTER TABLE IF EXISTS ONLY \"My, table\".users");
  REQUIRE(text.commands.size() == 4);
  CHECK(text.commands[0] == "ADD a numeric(10, 2) DEFAULT f('x, \"y', 1)");
  CHECK(text.commands[1].ends_with("ADD b text[] DEFAULT ARRAY['a', $q$b, c$q$]"));
  CHECK(text.commands[2] == "ALTER c SET DEFAULT E'\\', '");
  CHECK(text.commands[3].ends_with("DROP d"));
}

TEST_CASE("an ALTER TABLE that does not come apart as expected is not cut") {
  CHECK(cut_alter_table("ALTER TABLE users ADD a int, ADD b int", 3).empty());
  CHECK(cut_alter_table("ALTER INDEX i RENAME TO j", 1).empty());
  CHECK(cut_alter_table("", 1).empty());
  CHECK(cut_alter_table("ALTER TABLE \"users", 1).commands.front().empty());
}

TEST_CASE("names of constraints fit and are free") {
  Table table;
  table.name = {"public", std::string(60, 't')};
  const std::string name = constraint_name(table, "column", "not_null");
  CHECK(name.size() == 63);
  CHECK(name.ends_with("_not_null"));
  Constraint taken;
  taken.definition.name = name;
  table.constraints.push_back(taken);
  const std::string other = constraint_name(table, "column", "not_null");
  CHECK(other.size() <= 63);
  CHECK(other != name);
}

TEST_CASE("CONCURRENTLY is put behind the keyword, wherever it stands") {
  CHECK(insert_after("create\nunique index i ON index_table (a)", "INDEX", "CONCURRENTLY") ==
        "create\nunique index CONCURRENTLY i ON index_table (a)");
  CHECK(insert_after("SELECT 1", "INDEX", "CONCURRENTLY").empty());
  CreateIndex create;
  create.name = "i";
  create.if_not_exists = true;
  CHECK(concurrent_index("CREATE INDEX IF NOT EXISTS i ON t (a)", create, {"public", "t"}) ==
        std::vector<std::string>{"DROP INDEX CONCURRENTLY IF EXISTS public.i",
                                 "CREATE INDEX CONCURRENTLY i ON t (a)"});
}

}  // namespace
}  // namespace schemagate
