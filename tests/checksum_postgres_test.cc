// SPDX-License-Identifier: MIT
// A database that was made from a schema's files has the files' checksum: what a server prints
// about the schemas of testdata/plans/ and testdata/checksums.md gives the objects that the files
// give.
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "base/text.h"
#include "postgres/introspect.h"
#include "postgres/server.h"
#include "schema/fingerprint.h"
#include "tests/options.h"
#include "tests/plan_cases.h"
#include "tests/schema_dump.h"
#include "tests/schema_mutations.h"

namespace schemagate::testing {
namespace {

using postgres::Session;

std::string difference_of(const std::vector<ObjectText>& files,
                          const std::vector<ObjectText>& server) {
  std::map<std::string, int> lines;
  const auto add = [&](const std::vector<ObjectText>& objects, int sign) {
    for (const ObjectText& object : objects) {
      const std::string name = object.kind + " " + object.name;
      lines[name] += sign;
      for (const auto& [property, value] : object.properties)
        lines[name + " " + property + ": " + value] += sign;
    }
  };
  add(files, 1);
  add(server, -1);
  std::string text;
  for (const auto& [line, count] : lines)
    if (count != 0) text += (count > 0 ? "files:  " : "server: ") + line + "\n";
  return text;
}

/// Whether the server takes all of it.
bool run(Session& session, const std::string& sql) {
  reset_database(session);
  for (const std::string& statement : statements_of(sql))
    if (!session.run(statement).ok()) return false;
  session.run("RESET ALL");
  return true;
}

/// Every fourth, other ones on each major; all of them where SCHEMAGATE_TEST_ALL says so.
std::vector<std::string> some_of(const std::vector<std::string>& schemas, int major) {
  if (all_is_wanted()) return schemas;
  std::vector<std::string> some;
  for (auto i = static_cast<std::size_t>(major % 4); i < schemas.size(); i += 4)
    some.push_back(schemas[i]);
  return some;
}

std::vector<std::string> schemas_of(int major) {
  std::vector<std::string> schemas;
  for (const PlanCase& of : plan_cases()) {
    if (major < of.first_major || major > of.last_major) continue;
    // The case's file says that a server spells it in a way that is not seen through.
    if (!of.server_spelling) continue;
    schemas.push_back(of.old_sql);
    schemas.push_back(of.new_sql);
  }
  const CaseFile file(source_path("testdata/checksums.md"));
  for (const Case& test : file.cases()) {
    schemas.push_back(test.text("sql one"));
    schemas.push_back(test.text("sql two"));
  }
  return some_of(schemas, major);
}

TEST_CASE("a database has the checksum of the files it was made from") {
  const auto servers = postgres::installed_servers(source_path(".").string());
  REQUIRE(!servers.empty());
  for (const postgres::Installation& installation : servers) {
    auto started = postgres::EphemeralServer::start(installation);
    REQUIRE(std::holds_alternative<postgres::EphemeralServer>(started));
    auto opened = std::get<postgres::EphemeralServer>(started).administer();
    REQUIRE(std::holds_alternative<Session>(opened));
    Session& session = std::get<Session>(opened);
    for (const char* role : {"plans_a", "plans_b", "plans_reader", "app"})
      session.run("CREATE ROLE " + std::string(role));
    int compared = 0, equal = 0;
    std::string differences;
    for (const std::string& sql : schemas_of(installation.major)) {
      if (!run(session, sql)) continue;
      const auto read = postgres::introspect(session, {.grants = true, .owners = true});
      REQUIRE(std::holds_alternative<postgres::Introspected>(read));
      const std::string printed = std::get<postgres::Introspected>(read).sql();
      const auto files = object_texts(read_schema(sql, installation.major).loaded.catalog),
                 server = object_texts(read_schema(printed, installation.major).loaded.catalog);
      ++compared;
      if (files == server)
        ++equal;
      else
        differences += sql + difference_of(files, server) + "\n";
    }
    INFO("PostgreSQL " << installation.major << ": " << equal << " of " << compared << "\n"
                       << differences);
    CHECK(compared >= 150);
    CHECK(equal * 100 >= compared * 97);  // docs/checksum.md names what is left
  }
}

}  // namespace
}  // namespace schemagate::testing
