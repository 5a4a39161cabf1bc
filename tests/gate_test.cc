// SPDX-License-Identifier: MIT
// `schemagate gate` on real repositories: every case of testdata/gate/, its answer and the reasons.
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/gate_case.h"
#include "tests/program.h"

namespace schemagate::testing {
namespace {

using nlohmann::json;

ProgramRun run_gate(const TestRepository& repository, const std::string& format) {
  return run_program(SCHEMAGATE_BINARY, {"gate", "--repo", repository.path(), "--base", "main",
                                         "--head", "ours", "--format", format});
}

std::string word(const json& value) { return value.is_null() ? "-" : value.get<std::string>(); }

std::string described(const json& answer) {
  std::string text = word(answer.at("gate")) + ", " + word(answer.at("grade")) + "\n";
  for (const json& database : answer.at("databases")) {
    for (const json& row : database.at("interactions"))
      text += word(row.at("object")) + ": " + word(row.at("reason")) +
              "\n  ours: " + word(row.at("ours")) + "\n  theirs: " + word(row.at("theirs")) + "\n";
    for (const json& note : database.at("notes")) text += "note: " + word(note) + "\n";
  }
  for (const json& note : answer.at("notes")) text += "note: " + word(note) + "\n";
  return text;
}

bool is_checksum(const json& value) {
  return value.is_string() && value.get<std::string>().starts_with("sg1:") &&
         value.get<std::string>().size() == 68;
}

TEST_CASE("the gate answers three-way cases, and says why") {
  int answered = 0;
  for (const auto& path : case_files("testdata/gate")) {
    CaseFile file(path);
    for (std::size_t index = 0; index < file.cases().size(); ++index) {
      const Case test = file.cases()[index];
      INFO(path.filename().string() << ": " << test.title);
      TestRepository repository;
      commit_gate_case(test, repository);
      const ProgramRun run = run_gate(repository, "json");
      INFO(run.out << run.err);
      const json answer = json::parse(run.out);
      const bool open = answer.at("gate") == "granted" || answer.at("gate") == "not-applicable";
      CHECK(run.exit_code == (open ? 0 : 1));
      CHECK(is_checksum(answer.at("checksum")));
      for (const json& database : answer.at("databases"))
        CHECK(
            (is_checksum(database.at("merged_checksum")) || !open || !answer.at("notes").empty()));
      file.check_golden(index, "gate", described(answer));
      ++answered;
    }
    file.save();
  }
  CHECK(answered >= 60);
}

TEST_CASE("the gate's checksum is the same for the same three commits, and no other") {
  TestRepository repository;
  const auto commit = [&](const std::string& branch, const std::string& path,
                          const std::string& sql) {
    return repository.commit(branch, {{path, File(sql)}});
  };
  repository.commit("main",
                    {{".schemagate.yml", File("databases:\n  - name: crm\n    schema: db/*.sql\n")},
                     {"db/a.sql", File("CREATE TABLE a (id int);\n")}});
  repository.branch("ours", repository.tip("main"));
  commit("ours", "db/b.sql", "CREATE TABLE b (id int);\n");
  const auto checksum = [&] {
    return json::parse(run_gate(repository, "json").out).at("checksum").get<std::string>();
  };
  const std::string first = checksum();
  CHECK(checksum() == first);
  commit("ours", "db/b.sql", "create table B\n(id int4); -- the same\n");
  CHECK(checksum() == first);
  commit("main", "db/c.sql", "CREATE TABLE c (id int);\n");
  const std::string moved = checksum();
  CHECK(moved != first);
  commit("ours", "db/b.sql", "CREATE TABLE b (id bigint);\n");
  CHECK(checksum() != moved);
}

TEST_CASE("the gate's checksum is another one where the base works on other rows") {
  TestRepository repository;
  const auto commit = [&](const std::string& branch, const std::string& path,
                          const std::string& sql) {
    return repository.commit(branch, {{path, File("-- migrate:up\n" + sql)}});
  };
  repository.commit("main",
                    {{".schemagate.yml",
                      File("databases:\n  - {name: crm, migrations: {path: m, format: dbmate}}\n")},
                     {"m/001_a.sql", File("-- migrate:up\nCREATE TABLE t (id bigint, a int);\n")}});
  repository.branch("ours", repository.tip("main"));
  commit("ours", "m/009_o.sql", "UPDATE t SET a = 5;\n");
  std::set<std::string> checksums;
  const auto look = [&] {
    const json answer = json::parse(run_gate(repository, "json").out);
    return checksums.insert(answer.at("checksum").get<std::string>()).second;
  };
  CHECK(look());
  CHECK_FALSE(look());
  const std::string before = repository.tip("main");
  commit("main", "m/002_t.sql", "UPDATE t SET a = a + 1;\n");
  CHECK(look());
  repository.branch("main", before);
  commit("main", "m/002_t.sql", "DELETE FROM t WHERE a = 1;\n");
  CHECK(look());
  commit("ours", "m/009_o.sql", "UPDATE t SET a = 6;\n");
  CHECK(look());
}

/// What the gate says where the pull request adds `ours` and the base has added `theirs` (nothing
/// where its path is empty), beside a changelog that makes a table.
json answer_beside(const std::pair<std::string, std::string>& ours,
                   const std::pair<std::string, std::string>& theirs) {
  TestRepository repository;
  repository.commit(
      "main", {{".schemagate.yml",
                File("databases:\n  - {name: crm, migrations: {path: m, format: liquibase}}\n")},
               {"m/main.yaml", File("databaseChangeLog:\n  - includeAll: {path: m/changes}\n")},
               {"m/changes/1.sql", File("--liquibase formatted sql\n--changeset kim:1\n"
                                        "CREATE TABLE t (a int, b int);\n")}});
  repository.branch("ours", repository.tip("main"));
  repository.commit("ours", {{ours.first, File(ours.second)}});
  if (!theirs.first.empty()) repository.commit("main", {{theirs.first, File(theirs.second)}});
  return json::parse(run_gate(repository, "json").out);
}

TEST_CASE("a migration without SQL meets whatever the other side changes") {
  const auto drop = [](const std::string& column) {
    return std::pair("m/changes/2.yaml" + std::string(),
                     "databaseChangeLog:\n  - changeSet:\n      id: 2\n      author: kim\n      "
                     "changes:\n        - dropColumn: {tableName: t, columnName: " +
                         column + "}\n");
  };
  const std::pair<std::string, std::string> index{
      "m/changes/3.sql", "--liquibase formatted sql\n--changeset kim:3\nCREATE INDEX ON t (b);\n"};
  CHECK(described(answer_beside(drop("b"), {"README.md", "nothing"})) == "granted, disjoint\n");
  CHECK(described(answer_beside(drop("b"), index)) ==
        "stale, interacting\n"
        "m/changes/2.yaml kim:2: what it does to the schema can't be read: it may be what the base "
        "changed\n  ours: adds m/changes/2.yaml kim:2\n  theirs: add-index public.t_b_idx\n");
  CHECK(described(answer_beside(index, drop("b"))) ==
        "stale, interacting\n"
        "m/changes/2.yaml kim:2: what it does to the schema can't be read: it may be what the pull "
        "request changes\n  ours: add-index public.t_b_idx\n  theirs: adds m/changes/2.yaml "
        "kim:2\n");
  CHECK(answer_beside(drop("a"), {}).at("checksum") != answer_beside(drop("b"), {}).at("checksum"));
}

TEST_CASE("a migration meets who changes a file that it includes") {
  TestRepository repository;
  repository.commit("main",
                    {{".schemagate.yml",
                      File("databases:\n  - {name: crm, migrations: {path: m, format: plain}}\n")},
                     {"m/001_a.sql", File("CREATE TABLE t (a int);\n")},
                     {"common/fill.sql", File("UPDATE t SET a = 1;\n")}});
  repository.branch("ours", repository.tip("main"));
  repository.commit("ours", {{"m/002_fill.sql", File("\\ir ../common/fill.sql\n")}});
  CHECK(described(json::parse(run_gate(repository, "json").out)) == "granted, disjoint\n");
  repository.commit("main", {{"common/fill.sql", File("DELETE FROM t;\n")}});
  CHECK(described(json::parse(run_gate(repository, "json").out)) ==
        "stale, interacting\nm/002_fill.sql: the base changes a file that it includes\n"
        "  ours: adds m/002_fill.sql\n  theirs: changes what it includes\n");
}

TEST_CASE("the gate says what to do, for people") {
  TestRepository repository;
  repository.commit("main", {{"schema.sql", File("CREATE TABLE t (a int, b int);\n")}});
  repository.branch("ours", repository.tip("main"));
  repository.commit("ours", {{"schema.sql", File("CREATE TABLE t (a int, b int);\n"
                                                 "CREATE INDEX t_b ON t (b);\n")}});
  repository.commit("main", {{"schema.sql", File("CREATE TABLE t (a int);\n")}});
  const ProgramRun run = run_gate(repository, "terminal");
  CHECK(run.exit_code == 1);
  CHECK(run.out.find("schemagate gate: stale: the base has moved: update the branch") == 0);
  CHECK(run.out.find("public.t.b: the base drops what the pull request relies on") !=
        std::string::npos);
}

}  // namespace
}  // namespace schemagate::testing
