// SPDX-License-Identifier: MIT
#include "report/facts_json.h"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace schemagate {
namespace {

Probe orphans() {
  Probe probe;
  probe.kind = ProbeKind::orphans;
  probe.table = {"public", "Orders"};
  probe.columns = {"user_id"};
  probe.referenced = {"public", "users"};
  probe.referenced_columns = {"id"};
  return probe;
}

Probe misfits() {
  Probe probe;
  probe.kind = ProbeKind::type_misfits;
  probe.table = {"public", "users"};
  probe.columns = {"name"};
  probe.type.name = {"", "varchar"};
  probe.type.modifiers = {"40"};
  probe.type.array_dimensions = 1;
  return probe;
}

Probe duplicates() {
  Probe probe;
  probe.kind = ProbeKind::duplicates;
  probe.table = {"public", "users"};
  probe.columns = {"email", "tenant"};
  probe.nulls_not_distinct = true;
  probe.condition = "deleted_at IS NULL";
  return probe;
}

Known exactly(std::int64_t value) { return {value, {}, false}; }
Known at_least(std::int64_t value) { return {value, {}, true}; }
Known unknown(std::string reason) { return {std::nullopt, std::move(reason), false}; }

Facts sample() {
  Facts facts;
  facts.database = "crm";
  facts.taken_at = "2026-01-05T03:00:00Z";
  facts.postgres = 17;
  facts.standby = true;
  facts.settings = {{"lock_timeout", "0"}, {"TimeZone", "UTC"}};
  TableFacts& users = facts.tables[{"public", "users"}];
  users.rows.value = 40000000;
  users.bytes.value = 9663676416;
  users.total_bytes.value = 12884901888;
  users.writes_per_second = 12.5;
  users.oldest_transaction_seconds.unknown_because = "permission denied for view pg_stat_activity";
  TableFacts& gone = facts.tables[{"odd \"schema", "t\n"}];
  gone.exists = false;
  gone.rows = at_least(10000);
  facts.probes[orphans()].rows = at_least(10000);
  facts.probes[misfits()].rows = unknown("canceling statement due to statement timeout");
  facts.probes[duplicates()] = {exactly(742), exactly(318), {"view v", "142 statements"}};
  facts.notes = {"row security hides rows of public.secrets"};
  return facts;
}

std::string message_of(std::string_view text, std::string_view database = "crm") {
  try {
    facts_from_json(text, "facts/crm.json", database);
  } catch (const Error& error) {
    CHECK(error.kind == ErrorKind::source);
    CHECK_FALSE(error.hint.empty());
    return error.what();
  }
  return "accepted";
}

bool same(const Known& a, const Known& b) {
  return a.value == b.value && a.unknown_because == b.unknown_because && a.at_least == b.at_least;
}

}  // namespace

TEST_CASE("a snapshot that was written reads as the same facts") {
  const Facts facts = sample();
  const Facts read = facts_from_json(facts_to_json(facts), "facts/crm.json", "crm");
  CHECK(facts_to_json(read) == facts_to_json(facts));
  CHECK(read.source == "facts/crm.json of 2026-01-05");
  CHECK(read.taken_at == facts.taken_at);
  CHECK(read.postgres == 17);
  CHECK(read.standby);
  CHECK(read.settings == facts.settings);
  REQUIRE(read.tables.size() == 2);
  const TableFacts& users = read.tables.at({"public", "users"});
  CHECK(users.rows.value == 40000000);
  CHECK(users.total_bytes.value == 12884901888);
  CHECK(users.writes_per_second == 12.5);
  CHECK_FALSE(users.reads_per_second);
  CHECK_FALSE(read.tables.at({"odd \"schema", "t\n"}).exists);
  REQUIRE(read.probes.size() == 3);
  for (const auto& [probe, answer] : facts.probes) {
    REQUIRE(read.probes.contains(probe));
    const ProbeAnswer& got = read.probes.at(probe);
    CHECK(same(got.rows, answer.rows));
    CHECK(same(got.groups, answer.groups));
    CHECK(got.users == answer.users);
  }
  const auto misfit = read.probes.find(misfits());
  CHECK(misfit->first.type == misfits().type);
  CHECK(read.notes == facts.notes);
}

TEST_CASE("what is not known keeps its reason and is never a number") {
  const auto document = nlohmann::json::parse(facts_to_json(sample()));
  const auto& users = document["tables"][1];
  CHECK(users["name"] == "users");
  CHECK(users["oldest_transaction_seconds"]["unknown"] ==
        "permission denied for view pg_stat_activity");
  CHECK(users["reads_per_second"].is_null());
  const Facts read = facts_from_json(document.dump(), "f", "");
  CHECK_FALSE(read.probes.at(misfits()).rows.value);
  CHECK(read.probes.at(misfits()).rows.unknown_because ==
        "canceling statement due to statement timeout");
}

TEST_CASE("facts of another database are refused") {
  CHECK(message_of(facts_to_json(sample()), "billing") ==
        "facts/crm.json holds facts of database \"crm\", not of \"billing\"");
  CHECK(message_of(facts_to_json(sample()), "") == "accepted");
}

TEST_CASE("what is no snapshot of this version is refused, with the place") {
  CHECK(message_of("").starts_with("facts/crm.json is not JSON: "));
  CHECK(message_of("{\"a\": \x1b[2J").find('\x1b') == std::string::npos);
  CHECK(message_of("[]") == "facts/crm.json is not a snapshot of facts");
  CHECK(message_of("{}") == "facts/crm.json is not a snapshot of facts: it has no schema_version");
  CHECK(message_of(R"({"schema_version": 2})") ==
        "facts/crm.json has schema_version 2, known is 1");
  CHECK(message_of(R"({"schema_version": 1})") == "facts/crm.json: database is not a string");
  const auto with = [](const std::string& rest) {
    return R"({"schema_version": 1, "database": "crm", "taken_at": "2026-01-05T03:00:00Z", )" +
           rest + "}";
  };
  CHECK(message_of(with(R"("tables": [{"name": "t"}, {"name": "u", "rows": "many"}])")) ==
        "facts/crm.json: tables[1].rows is not an integer");
  CHECK(message_of(with(R"("tables": [{"name": "t", "rows": 18446744073709551615}])")) ==
        "facts/crm.json: tables[0].rows is not an integer");
  CHECK(message_of(with(R"("tables": [{"name": "t", "rows": {"unknown": 7}}])")) ==
        "facts/crm.json: tables[0].rows.unknown is not a string");
  CHECK(message_of(with(R"("tables": {"t": 1})")) == "facts/crm.json: tables is not an array");
  CHECK(message_of(with(R"("probes": [{"kind": "rows"}])")) ==
        "facts/crm.json: probes[0].kind is not known: rows");
  CHECK(message_of(with(R"("settings": {"lock_timeout": 3})")) ==
        "facts/crm.json: settings.lock_timeout is not a string");
  CHECK(message_of(with(R"("standby": "no")")) == "facts/crm.json: standby is not true or false");
  CHECK(message_of(std::string(100000, '[')).starts_with("facts/crm.json is not JSON: "));
}

}  // namespace schemagate
