// SPDX-License-Identifier: MIT
// What the judge of the gate answers about sets of heads of every kind: asking once for many finds
// the pairs that asking for each of them finds.
#include "bot/gate_judge.h"

#include <algorithm>
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <random>

#include "tests/options.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

constexpr const char* config =
    "databases:\n"
    "  - {name: shop, schema: db/*.sql}\n"
    "  - name: billing\n"
    "    migrations: {path: m, format: golang-migrate}\n"
    "  - name: crm\n"
    "    migrations: {path: d, format: dbmate}\n";

Files base_files() {
  return {{".schemagate.yml", File(config)},
          {"CHANGELOG.md", File("one\n")},
          {"db/users.sql", File("CREATE TABLE users (id bigint, email text, note text);\n")},
          {"m/000001_a.up.sql", File("CREATE TABLE a (id bigint);\n")},
          {"d/1_a.sql", File("-- migrate:up\nCREATE TABLE a (id bigint, x int, s text);\n"
                             "CREATE TABLE b (id int);\n")}};
}

File up(const std::string& sql) { return File("-- migrate:up\n" + sql + ";\n"); }

/// One of every kind: files, numbers that may come late, rows, a block of text, the configuration.
std::vector<Files> kinds() {
  const std::string more = std::string(config) + "  - {name: more, schema: new/*.sql}\n";
  return {{{"db/users.sql", File("CREATE TABLE users (id bigint, note text);\n")}},
          {{"db/i.sql", File("CREATE INDEX e ON users (email);\n")}},
          {{"db/t.sql", File("CREATE TABLE t (id bigint);\n")}},
          {{"m/000002_b.up.sql", File("ALTER TABLE a ADD c2 int;\n")}},
          {{"m/000003_c.up.sql", File("ALTER TABLE a ADD c3 int;\n")}},
          {{"m/000004_d.up.sql", File("ALTER TABLE a ADD c4 int;\n")}},
          {{"d/2_rows.sql", up("INSERT INTO a (id, s) SELECT id, x::text FROM a")}},
          {{"d/3_drop.sql", up("ALTER TABLE a DROP COLUMN x")}},
          {{"d/4_c.sql", up("ALTER TABLE b ADD COLUMN c int")}},
          {{"new/x.sql", File("CREATE INDEX i ON nowhere (email);\n")},
           {"db/n.sql", File("CREATE TABLE n (id int);\n")}},
          {{".schemagate.yml", File(more)}},
          {{"CHANGELOG.md", File("two\n")}, {"db/c.sql", File("CREATE TABLE c (id int);\n")}}};
}

struct Heads {
  TestRepository repository;
  std::string base;
  std::vector<std::string> all;

  Heads() : base(repository.commit("main", base_files())) {
    for (const Files& files : kinds()) {
      const std::string branch = "work" + std::to_string(all.size());
      repository.branch(branch, base);
      all.push_back(repository.commit(branch, files));
    }
  }
};

TEST_CASE("who is asked about in a row commutes with whom it does when asked about in pairs",
          "[github]") {
  const Heads heads;
  git::Repository repository = git::Repository::open(heads.repository.path());
  GitJudge judge(repository, {}, {}, {});
  for (const std::string& head : heads.all) (void)judge.evaluate(heads.base, {1, head}, false);
  const GitJudge knows_no_pair = judge;
  std::mt19937 random(1);
  int commuting = 0, meeting = 0;
  for (int set = 0; set < (all_is_wanted() ? 2000 : 40); ++set) {
    std::vector<std::size_t> chosen(heads.all.size());
    for (std::size_t i = 0; i < chosen.size(); ++i) chosen[i] = i;
    for (std::size_t i = 0; i + 1 < chosen.size(); ++i)
      std::swap(chosen[i], chosen[i + random() % (chosen.size() - i)]);
    chosen.resize(3 + random() % 3);
    std::vector<std::string> some;
    for (const std::size_t i : chosen) some.push_back(heads.all[i]);
    GitJudge asked_once = knows_no_pair;
    asked_once.expect(heads.base, some);
    for (std::size_t i = 0; i < some.size(); ++i)
      for (std::size_t k = 0; k < i; ++k) {
        INFO("kinds " << chosen[k] << " and " << chosen[i] << " of set " << set);
        const bool commutes = judge.commute(heads.base, some[k], some[i]);
        CHECK(asked_once.commute(heads.base, some[k], some[i]) == commutes);
        ++(commutes ? commuting : meeting);
      }
  }
  CHECK(commuting > 50);
  CHECK(meeting > 20);
}

TEST_CASE("whom git refuses on the base keeps nobody waiting, unless it would change a schema",
          "[github]") {
  TestRepository repository;
  repository.commit("main", base_files());
  for (const char* branch : {"docs", "schema"}) repository.branch(branch, repository.tip("main"));
  const std::string docs = repository.commit("docs", {{"CHANGELOG.md", File("docs\n")}}),
                    schema = repository.commit(
                        "schema", {{"CHANGELOG.md", File("schema\n")},
                                   {"db/t.sql", File("CREATE TABLE t (id bigint);\n")}}),
                    base = repository.commit("main", {{"CHANGELOG.md", File("two\n")}});
  repository.branch("mine", base);
  const std::string mine = repository.commit(
      "mine",
      {{"CHANGELOG.md", File("two\nthree\n")}, {"db/c.sql", File("CREATE TABLE c (id int);\n")}});
  git::Repository opened = git::Repository::open(repository.path());
  GitJudge judge(opened, {}, {}, {});
  for (const std::string& head : {docs, schema, mine}) (void)judge.evaluate(base, {1, head}, false);
  CHECK(judge.commute(base, docs, mine));
  CHECK(judge.commute(base, mine, docs));
  // What an administrator lets through when git takes it again was never held against the other.
  CHECK(!judge.commute(base, schema, mine));
}

}  // namespace
}  // namespace schemagate::testing
