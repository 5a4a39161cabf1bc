// SPDX-License-Identifier: MIT
#include "report/diagram.h"

#include <catch2/catch_test_macros.hpp>

#include "schema/apply.h"
#include "schema/plan.h"

namespace schemagate {
namespace {

Catalog catalog_of(const std::string& sql) { return load_schema({parse_text(sql)}, 17).catalog; }

std::string drawn(const std::string& before, const std::string& after) {
  const Catalog old_side = catalog_of(before), new_side = catalog_of(after);
  return er_diagram(old_side, new_side, diff(old_side, new_side, {}).changes);
}

const std::string accounts = "CREATE TABLE accounts (id bigint PRIMARY KEY, name text);\n";

TEST_CASE("related tables that change are drawn with their keys and what changes") {
  CHECK(drawn(accounts +
                  "CREATE TABLE leads (id bigint PRIMARY KEY, account_id bigint REFERENCES "
                  "accounts (id), status varchar(20), fax text);\n"
                  "CREATE TABLE calls (id int PRIMARY KEY, lead_id bigint REFERENCES leads (id));",
              "CREATE TABLE accounts (id bigint PRIMARY KEY, name text NOT NULL);\n"
              "CREATE TABLE leads (id bigint PRIMARY KEY, account_id bigint REFERENCES accounts "
              "(id), status text, score numeric(5, 2)[]);\n"
              "CREATE TABLE calls (id int PRIMARY KEY, lead_id bigint REFERENCES leads (id));") ==
        R"x(erDiagram
  t3 ||--o{ t2 : "lead_id"
  t1 ||--o{ t3 : "account_id"
  t1["accounts"] {
    bigint id PK
    text name "changed"
  }
  t2["calls"] {
    integer id PK
    bigint lead_id FK
  }
  t3["leads"] {
    bigint id PK
    bigint account_id FK
    text status "was character varying(20)"
    numeric(5_2)[] score "new"
    text fax "dropped"
  }
)x");
}

TEST_CASE("what is alone, unrelated or too much is not drawn") {
  CHECK(drawn(accounts, accounts).empty());
  CHECK(drawn(accounts, accounts + "CREATE TABLE b (id int);").empty());
  CHECK(drawn("", accounts + "CREATE TABLE b (id int);").empty());
  CHECK_FALSE(drawn("", accounts + "CREATE TABLE b (a bigint REFERENCES accounts (id));").empty());
  std::string many = accounts;
  for (int i = 0; i < 15; ++i)
    many += "CREATE TABLE b" + std::to_string(i) + " (a bigint REFERENCES accounts (id));";
  CHECK(drawn("", many).empty());
}

TEST_CASE("names can't leave their place in a diagram") {
  const std::string text = drawn(
      "",
      "CREATE TABLE \"a\"\"] {\nclick t1 \" (id bigint PRIMARY KEY);\n"
      "CREATE TABLE \"%%{init}%%\" (\"x`|\"\"y\" bigint REFERENCES \"a\"\"] {\nclick t1 \" (id));");
  CHECK(text.find_first_of("%`") == std::string::npos);
  CHECK(text == R"x(erDiagram
  t2 ||--o{ t1 : "x___y"
  t1["___init___ (new)"] {
    bigint x___y FK
  }
  t2["a__ __click t1  (new)"] {
    bigint id PK
  }
)x");
}

}  // namespace
}  // namespace schemagate
