// SPDX-License-Identifier: MIT
#include "schema/facts.h"

#include <catch2/catch_test_macros.hpp>

namespace schemagate {
namespace {

Probe probe(ProbeKind kind, std::vector<std::string> columns) {
  Probe made;
  made.kind = kind;
  made.table = {"public", "users"};
  made.columns = std::move(columns);
  return made;
}

}  // namespace

TEST_CASE("a probe's key names everything that is asked") {
  CHECK(probe(ProbeKind::nulls, {"phone"}).key() == "nulls public.users(phone)");
  auto unique = probe(ProbeKind::duplicates, {"email", "Tenant"});
  CHECK(unique.key() == "duplicates public.users(email, \"Tenant\")");
  unique.nulls_not_distinct = true;
  unique.condition = "deleted_at IS NULL";
  CHECK(unique.key() ==
        "duplicates public.users(email, \"Tenant\") nulls not distinct where deleted_at IS NULL");
  auto foreign = probe(ProbeKind::orphans, {"country"});
  foreign.referenced = {"public", "countries"};
  foreign.referenced_columns = {"code"};
  CHECK(foreign.key() == "orphans public.users(country) -> public.countries(code)");
  auto narrower = probe(ProbeKind::type_misfits, {"name"});
  narrower.type.name.name = "varchar";
  narrower.type.modifiers = {"40"};
  CHECK(narrower.key() == "type_misfits public.users(name) as character varying(40)");
}

TEST_CASE("facts are found by name and by question; what was not asked is not there") {
  Facts facts;
  facts.tables[{"public", "users"}].rows.value = 7;
  facts.probes[probe(ProbeKind::nulls, {"phone"})].rows.value = 3;
  REQUIRE(facts.table({"public", "users"}) != nullptr);
  CHECK(facts.table({"public", "users"})->rows.value == 7);
  CHECK(facts.table({"other", "users"}) == nullptr);
  REQUIRE(facts.answer(probe(ProbeKind::nulls, {"phone"})) != nullptr);
  CHECK(facts.answer(probe(ProbeKind::nulls, {"phone"}))->rows.value == 3);
  CHECK(facts.answer(probe(ProbeKind::nulls, {"email"})) == nullptr);
}

}  // namespace schemagate
