// SPDX-License-Identifier: MIT
// What testdata/impact says against every server that is installed, and what predict() says with
// it. SCHEMAGATE_UPDATE=1 writes the files anew from what the servers do.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "postgres/measure.h"
#include "tests/impact_case.h"

namespace schemagate {
namespace {

using postgres::EphemeralServer;
using postgres::Measured;
using testing::ByMajor;
using testing::ImpactCase;

/// Newer minors lock what a new object depends on with ACCESS SHARE (seen on 15.20, not on 15.18):
/// one more weak lock on an index or sequence that the statement has not opened otherwise.
bool locks_dependencies(const EphemeralServer& server) {
  const auto result = postgres::measure(server, {"CREATE SEQUENCE s"},
                                        {"CREATE TABLE t (x int DEFAULT nextval('s'))"});
  const auto* script = std::get_if<postgres::MeasuredScript>(&result);
  REQUIRE(script);
  return !script->statements.front().locks.empty();
}

std::vector<Measured> measure_case(const EphemeralServer& server, const ImpactCase& c) {
  const auto result = c.each ? postgres::measure_each(server, c.schema, c.statements)
                             : postgres::measure(server, c.schema, c.statements);
  const auto* refused = std::get_if<postgres::Refused>(&result);
  INFO((refused ? refused->because : std::string()));
  REQUIRE_FALSE(refused);
  const auto& script = std::get<postgres::MeasuredScript>(result);
  for (const std::string& note : script.notes) {
    INFO(note);
    CHECK(note.find("the schema does not load") == std::string::npos);
  }
  return script.statements;
}

/// Leaves out the weak locks that only some minors take: those that the recorded impact lacks.
void forget_dependencies(Measured& measured, const std::string& recorded) {
  std::erase_if(measured.locks, [&](const RelationLock& lock) {
    return lock.mode == LockMode::access_share &&
           recorded.find(to_sql(lock.relation)) == std::string::npos;
  });
}

std::string text_of(const Measured& m) {
  return testing::describe(m.transactional, m.fails, m.locks, m.rewrites, m.scans, m.index_builds);
}

struct Server {
  int major;
  EphemeralServer server;
  bool locks_dependencies;
};

std::vector<Server> start_all() {
  std::vector<Server> servers;
  for (const auto& installation : postgres::installed_servers(testing::source_path("").string())) {
    auto started = EphemeralServer::start(installation);
    const auto* refused = std::get_if<postgres::Refused>(&started);
    INFO((refused ? refused->because : std::string()));
    REQUIRE_FALSE(refused);
    auto& server = std::get<EphemeralServer>(started);
    const bool locks = locks_dependencies(server);
    INFO("PostgreSQL " << installation.version
                       << " takes locks that others of its major do not; put "
                       << "an older minor into SCHEMAGATE_POSTGRES_BIN to record");
    REQUIRE_FALSE((testing::updating() && locks));
    servers.push_back({installation.major, std::move(server), locks});
  }
  return servers;
}

TEST_CASE("servers do what is written in testdata/impact, and what is predicted") {
  const std::vector<Server> servers = start_all();
  REQUIRE_FALSE(servers.empty());
  int compared = 0;
  for (const auto& path : testing::case_files("testdata/impact")) {
    testing::CaseFile file(path);
    for (std::size_t index = 0; index < file.cases().size(); ++index) {
      const ImpactCase c = testing::read_impact_case(file.cases()[index]);
      INFO(path.filename().string() << ": " << c.title);
      const std::string block = file.cases()[index].text("impact");
      std::vector<ByMajor> recorded(c.statements.size());
      if (!block.empty() && !testing::updating()) {
        recorded = testing::read_impact_block(block, c.statements, c.majors);
      }
      for (const Server& server : servers) {
        const int major = server.major;
        if (std::find(c.majors.begin(), c.majors.end(), major) == c.majors.end()) continue;
        std::vector<Measured> measured = measure_case(server.server, c);
        const std::vector<Impact> predicted =
            testing::updating() ? std::vector<Impact>{} : testing::predict_case(c, major);
        for (std::size_t i = 0; i < c.statements.size(); ++i) {
          INFO("PostgreSQL " << major << ": " << c.statements[i]);
          if (testing::updating()) {
            recorded[i][major] = text_of(measured[i]);
            continue;
          }
          if (server.locks_dependencies) forget_dependencies(measured[i], recorded[i].at(major));
          CHECK(text_of(measured[i]) == recorded[i].at(major));
          CHECK(text_of(measured[i]) == testing::describe(predicted[i]));
          ++compared;
        }
      }
      if (testing::updating()) {
        file.set_part(index, "impact", testing::write_impact_block(c.statements, recorded));
      }
    }
    file.save();
  }
  if (!testing::updating()) CHECK(compared > 100);
}

}  // namespace
}  // namespace schemagate
