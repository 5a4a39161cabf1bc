// SPDX-License-Identifier: MIT
#include "postgres/queries.h"

#include <catch2/catch_test_macros.hpp>

namespace schemagate::postgres {

TEST_CASE("an expression of columns, constants and harmless functions is asked") {
  for (const char* condition :
       {"price > 0", "status IN ('new', 'done')", "char_length(name) <= 20", "email ~ '^.+@.+$'",
        "a IS NOT NULL OR b IS NOT NULL", "starts <= ends", "lower(email) = email",
        "price::numeric > 0.5", "at > '2000-01-01'::date", "num_nonnulls(a, b) = 1",
        "CASE WHEN a THEN b > 1 ELSE true END", "deleted_at IS NULL", "coalesce(a, b) > 0",
        "tags && ARRAY['a', 'b']", "name NOT LIKE '%x'", "jsonb_typeof(data) = 'object'",
        "extract(year FROM at) > 2000", "(a AND NOT b) = false"}) {
    INFO(condition);
    CHECK(queries::objection(condition) == std::nullopt);
  }
}

TEST_CASE("an expression that could do anything else is not asked, and the reason is named") {
  const std::pair<const char*, const char*> cases[] = {
      {"evil(price)", "the expression calls evil()"},
      {"public.lower(name) = 'x'", "the expression calls public.lower()"},
      {"pg_sleep(10) IS NULL", "the expression calls pg_sleep()"},
      {"pg_read_file('/etc/passwd') = ''", "the expression calls pg_read_file()"},
      {"query_to_xml('select 1', true, true, '') IS NULL", "the expression calls query_to_xml()"},
      {"xmlparse(document name) IS NULL", "the expression has xmlparse(…) in it"},
      {"repeat('x', 1000000000) = name", "the expression calls repeat()"},
      {"price OPERATOR(evil.>) 0", "the expression has operator(…) in it"},
      {"price::evil > 0", "the expression casts to evil"},
      {"price > (SELECT max(x) FROM secrets)", "the expression reads other tables"},
      {"EXISTS (SELECT 1 FROM secrets)", "the expression reads other tables"},
      {"true; DROP TABLE users", "it is not an expression"},
      {"true) OR (1 = 1", "it is not an expression"},
      {"true FROM secrets", "the expression reads other tables"},
      {"1 = 1 WHERE true", "it is not an expression"},
      {"nextval('s') > 0", "the expression reads other tables"},
      {"", "it is not an expression"},
      {"price >", "it is not an expression"},
  };
  for (const auto& [condition, reason] : cases) {
    INFO(condition);
    CHECK(queries::objection(condition) == reason);
  }
}

TEST_CASE("an expression may be as long as it likes") {
  const std::string many(1'000'000, ' '), letters(1'000'000, 'x');
  CHECK(queries::objection("a > '" + letters + "'") == std::nullopt);
  CHECK(queries::objection("xmlparse" + many + "(document a)") ==
        "the expression has xmlparse(…) in it");
  CHECK(queries::objection("json_" + letters + "(a)") ==
        "the expression has json_" + letters + "(…) in it");
}

TEST_CASE("names of tables and columns are quoted") {
  Probe probe;
  probe.table = {"public", "Users; DROP"};
  probe.columns = {"e\"mail"};
  CHECK(queries::nulls(probe, 10) ==
        "SELECT /* schemagate */ count(*) FROM (SELECT FROM public.\"Users; DROP\" AS t WHERE "
        "\"e\"\"mail\" IS NULL "
        "LIMIT 11) AS found");
}

}  // namespace schemagate::postgres
