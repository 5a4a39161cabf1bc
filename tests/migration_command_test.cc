// SPDX-License-Identifier: MIT
// Migrations that are programs, judged by what the team's own command prints.
#include "bot/migration_command.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>
#include <chrono>

#include "tests/json_contract.h"
#include "tests/repository.h"
#include "tests/sleepers.h"

namespace schemagate::testing {
namespace {

using nlohmann::json;

std::string config_with(const std::string& command) {
  return "databases:\n  - name: shop\n    migrations:\n      path: app/versions\n      command: |\n"
         "        " +
         command + "\n";
}

std::string revision(const std::string& id, const std::string& below, const std::string& sql) {
  return "from alembic import op\n\nrevision = \"" + id + "\"\ndown_revision = " + below +
         "\n\n\ndef upgrade():\n    op.execute(\"" + sql + "\")\n\n\ndef downgrade():\n    pass\n";
}

/// Prints what the files hold in quotes behind op.execute.
const std::string print_all =
    "for f in app/versions/*.py; do echo \"-- Running upgrade $f\"; sed -n "
    "'s/.*op.execute(\"\\(.*\\)\").*/\\1;/p' $f; done";

struct Checked {
  ProgramRun run;
  json report;
};

Checked checked(const std::string& command, const std::map<std::string, std::string>& added,
                const std::map<std::string, std::string>& environment = {}) {
  TemporaryFolder folder;
  run_git(folder.path(), {"init", "--quiet", "--initial-branch=main"});
  const auto commit = [&](const std::map<std::string, std::string>& files) {
    for (const auto& [path, text] : files) folder.write(path, text);
    run_git(folder.path(), {"add", "-A"});
    run_git(folder.path(),
            {"-c", "user.name=A", "-c", "user.email=a@b", "commit", "--quiet", "-m", "x"});
  };
  commit({{".schemagate.yml", config_with(command)},
          {"alembic.ini", "[alembic]\nscript_location = app\n"},
          {"app/env.py",
           "from alembic import context\n\n"
           "context.configure(dialect_name=\"postgresql\", literal_binds=True)\n"
           "with context.begin_transaction():\n    context.run_migrations()\n"},
          {"app/versions/1.py", revision("aaaa", "None", "CREATE TABLE users (id bigint)")}});
  run_git(folder.path(), {"checkout", "--quiet", "-b", "work"});
  commit(added);
  ProgramSettings settings;
  settings.environment = environment;
  Checked result;
  result.run = run_program(SCHEMAGATE_BINARY,
                           {"check", "--repo", folder.path().string(), "--base", "main", "--head",
                            "work", "--format", "json", "--no-rehearsal"},
                           settings);
  INFO(result.run.err);
  result.report = json::parse(result.run.out);
  return result;
}

const json& database(const Checked& result) { return result.report.at("databases").at(0); }

const std::map<std::string, std::string> dangerous{
    {"app/versions/2.py",
     revision("bbbb", "\"aaaa\"", "ALTER TABLE users ALTER COLUMN id TYPE text")}};

TEST_CASE("what the command prints more is judged, at the line of the code") {
  const Checked result = checked(print_all, dangerous);
  CHECK(result.run.exit_code == 1);
  bool found = false;
  for (const json& finding : database(result).at("findings")) {
    if (finding.at("rule") != "rewriting-type-change") continue;
    found = true;
    CHECK(finding.at("file") == "app/versions/2.py");
    CHECK(finding.at("line") == 8);
  }
  INFO(result.report.dump(2));
  CHECK(found);
}

TEST_CASE("the command gets nothing of our environment") {
  const Checked result =
      checked(print_all + "; echo \"CREATE TABLE t_${GITHUB_TOKEN:-none} (a int);\"", dangerous,
              {{"GITHUB_TOKEN", "secret"}});
  CHECK(result.run.out.find("t_secret") == std::string::npos);
}

TEST_CASE("a command that fails leaves the database unjudged") {
  const Checked result = checked("echo no such thing >&2; exit 3", dangerous);
  CHECK(result.run.exit_code == 2);
  CHECK(result.run.out.find("ended with an error: no such thing") != std::string::npos);
}

/// Files of which a finding says that nobody read them.
std::vector<std::string> unread(const Checked& result) {
  INFO(result.report.dump(2));
  std::vector<std::string> files;
  for (const json& finding : database(result).at("findings"))
    if (finding.at("rule") == "unread-migration") files.push_back(finding.at("file"));
  return files;
}

TEST_CASE("a command that prints nothing more for a new migration did not read it") {
  const std::vector<std::string> added{"app/versions/2.py"};
  CHECK(unread(checked("true", dangerous)) == added);
  CHECK(unread(checked("echo 'CREATE TABLE users (id bigint);'", dangerous)) == added);
  const Checked old_files =
      checked("cd app/versions && sed -n 's/.*op.execute(\"\\(.*\\)\").*/\\1;/p' 1.py", dangerous);
  CHECK(unread(old_files) == added);
  CHECK(database(old_files)
            .at("findings")
            .at(0)
            .at("message")
            .get<std::string>()
            .find("no statement that the command prints leads to app/versions/2.py") == 0);
}

TEST_CASE("a command that takes too long is stopped with all that it started") {
  TestRepository made;
  made.commit("main", {{"a.sql", "SELECT 1;\n"}});
  const git::Repository repository = git::Repository::open(made.path());
  const auto tree = repository.list(made.tip("main"));
  const std::string sleep = long_sleep();
  const std::string command =
      GENERATE_COPY(sleep + " & " + sleep + " ",
                    // In a session of its own.
                    "setsid " + sleep + " & setsid " + sleep + " ",
                    // It closes what it could print to, and goes on.
                    "exit 0\n)\n) > /dev/null; exec >&- 2>&-; " + sleep + " ; (\n(\ntrue");
  const PrintedMigrations printed =
      print_migrations(repository, tree, command, {std::chrono::seconds(1), 1000});
  CHECK_FALSE(printed.sql);
  CHECK(printed.refused == "took longer than 1 s");
  CHECK(sleepers() == 0);
}

TEST_CASE("nothing that a command started goes on after it") {
  TestRepository made;
  made.commit("main", {{"a.sql", "SELECT 1;\n"}});
  const git::Repository repository = git::Repository::open(made.path());
  const auto tree = repository.list(made.tip("main"));
  const std::string command =
      GENERATE(as<std::string>(), "", "setsid ") + long_sleep() + " >/dev/null 2>&1 & echo x";
  CHECK(print_migrations(repository, tree, command, {std::chrono::seconds(300), 1000}).sql ==
        "x\n");
  CHECK(sleepers() == 0);
}

TEST_CASE("a command that prints too much is refused, at the limit and not below it") {
  TestRepository made;
  made.commit("main", {{"a.sql", "SELECT 1;\n"}});
  const git::Repository repository = git::Repository::open(made.path());
  const auto tree = repository.list(made.tip("main"));
  const auto printed = [&](int bytes) {
    return print_migrations(repository, tree,
                            "head -c " + std::to_string(bytes) + " /dev/zero | tr '\\0' x",
                            {std::chrono::seconds(30), 1000});
  };
  CHECK(printed(1000).sql == std::string(1000, 'x'));
  CHECK(printed(1001).refused == "printed more than 1000 bytes");
  CHECK(printed(5'000'000).refused == "printed more than 1000 bytes");
  CHECK(CommandLimits().time == std::chrono::seconds(300));
  CHECK(CommandLimits().output_bytes == 8U << 20);
}

TEST_CASE("a command that prints one of two new migrations is told of the other") {
  std::map<std::string, std::string> files = dangerous;
  files["app/versions/3.py"] = revision("cccc", "\"bbbb\"", "ALTER TABLE users ADD phone text");
  CHECK(unread(checked(print_all, files)).empty());
  CHECK(unread(checked(print_all + " | grep -v phone", files)) ==
        std::vector<std::string>{"app/versions/3.py"});
}

TEST_CASE("a migration that prints no statement and is named in a comment was read") {
  const std::map<std::string, std::string> files{
      {"app/versions/2_data.py", "revision = \"bbbb\"\ndown_revision = \"aaaa\"\n"}};
  CHECK(unread(checked(print_all, files)).empty());
}

TEST_CASE("SQL that the command prints as well is judged once, and SQL that it leaves out too") {
  const std::string flyway =
      "databases:\n  - name: shop\n    migrations:\n      path: m\n      format: flyway\n"
      "      command: cat m/V1*.sql";
  for (const std::string more : {" m/V2*.sql; true", ""}) {
    TestRepository repository;
    repository.commit("main", {{".schemagate.yml", flyway + more + "\n"},
                               {"m/V1__users.sql", "CREATE TABLE users (id bigint);\n"}});
    repository.branch("work", repository.tip("main"));
    repository.commit("work", {{"m/V2__orders.sql", "CREATE TABLE orders (id bigint);\n"}});
    const ProgramRun run =
        run_program(SCHEMAGATE_BINARY, {"check", "--repo", repository.path(), "--base", "main",
                                        "--head", "work", "--format", "json", "--no-rehearsal"});
    INFO(run.out << run.err);
    CHECK(run.exit_code == 0);
    CHECK(json::parse(run.out).at("databases").at(0).at("statements").size() == 1);
  }
}

TEST_CASE("Alembic itself prints what is judged") {
  const std::map<std::string, std::string> files{
      {"app/versions/2.py",
       "import sqlalchemy as sa\nfrom alembic import op\n\nrevision = \"bbbb\"\n"
       "down_revision = \"aaaa\"\n\n\ndef upgrade():\n"
       "    op.add_column(\"users\", sa.Column(\"email\", sa.Text()))\n"
       "    op.create_index(\"users_email\", \"users\", [\"email\"])\n"
       "    op.create_index(\"users_id\", \"users\", [\"id\"], postgresql_concurrently=True)\n"}};
  const Checked result =
      checked("/usr/bin/python3 -m alembic.config upgrade base:head --sql", files);
  INFO(result.run.out << result.run.err);
  std::map<std::string, int> lines;
  for (const json& finding : database(result).at("findings")) {
    CHECK(finding.at("file") == "app/versions/2.py");
    lines[finding.at("rule")] = finding.at("line");
  }
  CHECK(lines["blocking-index-build"] == 10);
  CHECK(lines["concurrent-command-in-transaction"] == 11);
  CHECK(result.run.exit_code == 1);
  CHECK(result.report.at("verdict") == "fail");
}

TEST_CASE("two heads of a graph are an error without running anything") {
  std::map<std::string, std::string> files = dangerous;
  files["app/versions/3.py"] = revision("cccc", "\"aaaa\"", "SELECT 1");
  const Checked result = checked(print_all, files);
  CHECK(result.run.out.find("multiple head revisions are present: bbbb, cccc") !=
        std::string::npos);
}

}  // namespace
}  // namespace schemagate::testing
