// SPDX-License-Identifier: MIT
// What schema/builtins.inc says of PostgreSQL's own types, functions, operators and casts, against
// every server that is installed. SCHEMAGATE_UPDATE=1 writes the file anew; that needs all five
// majors.
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "base/text.h"
#include "postgres/server.h"
#include "tests/case_file.h"
#include "tests/read_file.h"

namespace schemagate {
namespace {

/// Each query gives lines; the first column is the section.
constexpr std::string_view query = R"(
WITH t AS (SELECT oid, typname, typcategory, typispreferred, typtype, typcollation, typstorage, typinput, typoutput,
                  CASE WHEN typcategory = 'A' AND typelem <> 0 AND typname LIKE '\_%'
                       THEN (SELECT e.typname FROM pg_type e WHERE e.oid = p.typelem) || '[]' ELSE typname END AS n
           FROM pg_type p WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype <> 'c')
SELECT 'type ' || n || ' ' || typcategory::text || typtype::text || typstorage::text || CASE WHEN typispreferred THEN 'p' ELSE '-' END ||
       CASE WHEN typcollation <> 0 THEN 'c' ELSE '-' END || i.provolatile::text || o.provolatile::text
FROM t JOIN pg_proc i ON i.oid = typinput JOIN pg_proc o ON o.oid = typoutput WHERE typtype <> 'p' AND typcategory <> 'A'
UNION ALL
SELECT 'function ' || proname || ' ' || prokind::text || provolatile::text || CASE WHEN proretset THEN 's' ELSE '-' END ||
       CASE WHEN provariadic <> 0 THEN 'v' ELSE '-' END || pronargdefaults || ' ' ||
       (SELECT n FROM t WHERE oid = prorettype) || ' ' ||
       coalesce((SELECT string_agg((SELECT n FROM t WHERE t.oid = a.id), ',' ORDER BY a.nr)
                 FROM unnest(proargtypes) WITH ORDINALITY a(id, nr)), '')
FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind IN ('f', 'a', 'w')
  AND NOT 'internal'::regtype = ANY (proargtypes) AND EXISTS (SELECT FROM t WHERE oid = prorettype)
  AND NOT EXISTS (SELECT FROM unnest(proargtypes) a(id) WHERE NOT EXISTS (SELECT FROM t WHERE t.oid = a.id))
UNION ALL
SELECT 'operator ' || oprname || ' ' || provolatile::text || ' ' || (SELECT n FROM t WHERE oid = oprresult) || ' ' ||
       coalesce((SELECT n FROM t WHERE oid = oprleft) || ',', '') || (SELECT n FROM t WHERE oid = oprright)
FROM pg_operator JOIN pg_proc p ON p.oid = oprcode WHERE oprnamespace = 'pg_catalog'::regnamespace
UNION ALL
SELECT 'cast ' || s.n || ' ' || d.n || ' ' || castcontext::text || castmethod::text || coalesce(provolatile::text, 'i')
FROM pg_cast JOIN t s ON s.oid = castsource JOIN t d ON d.oid = casttarget LEFT JOIN pg_proc p ON p.oid = castfunc
UNION ALL
SELECT 'class ' || amname || ' ' || n
FROM pg_opclass JOIN pg_am a ON a.oid = opcmethod JOIN t ON t.oid = opcintype WHERE opcdefault
UNION ALL
SELECT 'opclass ' || opcname || ' ' || amname || ' ' || n
FROM pg_opclass JOIN pg_am a ON a.oid = opcmethod JOIN t ON t.oid = opcintype
)";

std::set<std::string> lines_of(const postgres::EphemeralServer& server) {
  auto opened = server.administer();
  REQUIRE(std::holds_alternative<postgres::Session>(opened));
  const auto answer = std::get<postgres::Session>(opened).run(std::string(query));
  INFO((answer.error ? answer.error->message : std::string()));
  REQUIRE(answer.ok());
  std::set<std::string> lines;
  for (const postgres::Row& row : answer.rows) {
    if (row[0]) lines.insert(*row[0]);
  }
  return lines;
}

constexpr std::string_view sections[] = {"type", "function", "operator",
                                         "cast", "class",    "opclass"};

std::string file_of(const std::map<std::string, int>& majors_of) {
  std::string text;
  for (const std::string_view section : sections) {
    text += "constexpr std::string_view " + std::string(section) + "_lines = R\"(";
    for (const auto& [line, majors] : majors_of) {
      if (!line.starts_with(std::string(section) + " ")) continue;
      const auto name_end = line.find(' ', section.size() + 1);
      text += "\n" + line.substr(section.size() + 1, name_end - section.size() - 1) + " " +
              static_cast<char>('A' + majors) + line.substr(name_end);
    }
    text += "\n)\";\n";
  }
  return text;
}

/// Line → bits of the majors that have it: 14 is the lowest.
std::map<std::string, int> read_file() {
  std::map<std::string, int> majors_of;
  std::istringstream in(testing::read_file(testing::source_path("schema/builtins.inc")));
  std::string section, line;
  while (std::getline(in, line)) {
    if (line.starts_with("constexpr")) {
      const auto begin = line.find("view ") + 5;
      section = line.substr(begin, line.find("_lines") - begin) + " ";
      continue;
    }
    const auto space = line.find(' ');
    if (space == std::string::npos || line.starts_with("//")) continue;
    majors_of[section + line.substr(0, space) + line.substr(space + 2)] = line[space + 1] - 'A';
  }
  return majors_of;
}

TEST_CASE("servers have the types, functions, operators and casts of schema/builtins.inc") {
  const auto installed = postgres::installed_servers(testing::source_path("").string());
  REQUIRE_FALSE(installed.empty());
  std::map<std::string, int> seen;
  for (const auto& installation : installed) {
    auto started = postgres::EphemeralServer::start(installation);
    REQUIRE(std::holds_alternative<postgres::EphemeralServer>(started));
    const int bit = 1 << (installation.major - 14);
    const auto lines = lines_of(std::get<postgres::EphemeralServer>(started));
    for (const std::string& line : lines) seen[line] |= bit;
    if (testing::updating()) continue;
    std::set<std::string> expected;
    for (const auto& [line, majors] : read_file()) {
      if ((majors & bit) != 0) expected.insert(line);
    }
    INFO("PostgreSQL " << installation.major);
    CHECK(lines == expected);
  }
  if (!testing::updating()) return;
  REQUIRE(installed.size() == 5);
  std::ofstream(testing::source_path("schema/builtins.inc"))
      << "// Written by tests/builtins_postgres_test.cc from servers of the majors 14 to 18. A "
         "line\n"
         "// is a name, a letter whose bits (from A) are the majors that have it, and the rest.\n"
      << file_of(seen);
}

}  // namespace
}  // namespace schemagate
