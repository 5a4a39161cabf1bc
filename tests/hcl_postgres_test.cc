// SPDX-License-Identifier: MIT
// The SQL twins of testdata/hcl on real servers: the server takes them, what HCL became leads to
// the same database, and the server's own account of it is the HCL schema.
#include <catch2/catch_test_macros.hpp>

#include "postgres/introspect.h"
#include "schema/plan.h"
#include "tests/hcl_case.h"
#include "tests/schema_dump.h"

namespace schemagate {
namespace {

using postgres::Session;

std::vector<std::string> reached(Session& session, const std::string& script) {
  testing::reset_database(session);
  INFO(script);
  CHECK(testing::run_script(session, script) == "");
  return testing::schema_dump(session, true);
}

std::string listed(const Diff& difference) {
  std::string text;
  for (const Change& change : difference.changes)
    text += std::string(to_string(change.kind)) + " " + change.object + ": " + change.before +
            " -> " + change.after + "\n";
  return text;
}

void check_on_server(Session& session, const testing::Case& of, int major) {
  const testing::LoadedCase hcl = testing::load_hcl_case(of, "hcl", major);
  const auto wanted = reached(session, of.text("sql"));
  const auto got = reached(session, to_sql(hcl.schema.catalog));
  CHECK(testing::difference(wanted, got) == "");
  const auto read = postgres::introspect(session, {.grants = true, .owners = false});
  REQUIRE(std::holds_alternative<postgres::Introspected>(read));
  const std::string sql = std::get<postgres::Introspected>(read).sql();
  INFO("the server says:\n" << sql);
  const LoadedSchema live = load_schema({parse_text(sql)}, major);
  if (of.part("differs") == nullptr) CHECK(listed(diff(live.catalog, hcl.schema.catalog)) == "");
}

TEST_CASE("a server says of a database what its HCL schema says") {
  std::size_t count = 0;
  testing::on_every_server([&](Session& session, int major) {
    if (major < 15) return;  // NULLS NOT DISTINCT
    for (const char* role : {"custom_role", "reader", "writer"})
      REQUIRE(session.run("CREATE ROLE " + std::string(role)).ok());
    for (const std::filesystem::path& path : testing::case_files("testdata/hcl")) {
      const testing::CaseFile file(path);
      for (const testing::Case& of : file.cases()) {
        if (!of.part("sql")) continue;
        INFO(path.stem().string() << ": " << of.title << " on PostgreSQL " << major);
        check_on_server(session, of, major);
        ++count;
      }
    }
  });
  CHECK(count >= 40);
}

}  // namespace
}  // namespace schemagate
