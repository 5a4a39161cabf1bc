// SPDX-License-Identifier: MIT
// `check` on pull requests whose schema is Atlas HCL: findings stand on the lines of the HCL files,
// and nothing is planned for what can't be read.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <nlohmann/json.hpp>

#include "tests/program.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;
using Strings = std::vector<std::string>;

struct Checked {
  int exit_code = -1;
  std::string out, err;
  json report;

  /// "file:line rule object" of each finding that is no note.
  Strings findings() const {
    Strings found;
    for (const json& database : report.at("databases"))
      for (const json& finding : database.at("findings"))
        if (finding.at("severity") != "note")
          found.push_back(finding.at("file").get<std::string>() + ":" +
                          std::to_string(finding.at("line").get<int>()) + " " +
                          finding.at("rule").get<std::string>() + " " +
                          finding.at("object").get<std::string>());
    return found;
  }
  Strings changes() const {
    Strings found;
    for (const json& database : report.at("databases"))
      for (const json& change : database.at("changes"))
        found.push_back(change.at("kind").get<std::string>() + " " +
                        change.at("object").get<std::string>());
    return found;
  }
};

Checked check(const Files& base, const Files& head) {
  TestRepository repository;
  repository.commit("main", base);
  repository.branch("work", repository.tip("main"));
  repository.commit("work", head);
  const ProgramRun run =
      run_program(SCHEMAGATE_BINARY, {"check", "--repo", repository.path(), "--format", "json",
                                      "--no-rehearsal", "--base", "main", "--head", "work"});
  UNSCOPED_INFO(run.out << run.err);
  return {run.exit_code, run.out, run.err, json::parse(run.out)};
}

std::string users(const std::string& columns, const std::string& more = "") {
  return "schema \"public\" {}\n\ntable \"users\" {\n  schema = schema.public\n" + columns +
         "  primary_key {\n    columns = [column.id]\n  }\n" + more + "}\n";
}
const std::string id = "  column \"id\" {\n    type = int\n  }\n";
const std::string email = "  column \"email\" {\n    type = text\n    null = true\n  }\n";
const std::string wide_id = "  column \"id\" {\n    type = bigint\n  }\n";
const std::string index = "  index \"by_email\" {\n    columns = [column.email]\n  }\n";

TEST_CASE("findings of a change of an HCL schema stand on the HCL lines") {
  const Checked widened =
      check({{"schema.hcl", users(id + email)}}, {{"schema.hcl", users(wide_id + email)}});
  CHECK(widened.exit_code == 1);
  CHECK(widened.findings() == Strings{"schema.hcl:6 rewriting-type-change public.users.id"});

  const Checked indexed =
      check({{"schema.hcl", users(id + email)}}, {{"schema.hcl", users(id + email, index)}});
  CHECK(indexed.findings() == Strings{"schema.hcl:15 blocking-index-build public.by_email"});

  const std::string required = "  column \"email\" {\n    type = text\n    null = false\n  }\n";
  const Checked narrowed =
      check({{"schema.hcl", users(id + email)}}, {{"schema.hcl", users(id + required)}});
  CHECK(narrowed.findings() == Strings{"schema.hcl:10 not-null-scan public.users.email"});
  const Checked allowed =
      check({{"schema.hcl", users(id + email)}},
            {{"schema.hcl",
              users(id + "  # schemagate: allow not-null-scan: it is small\n" + required)}});
  CHECK(allowed.exit_code == 0);

  const Checked dropped = check({{"schema.hcl", users(id + email)}}, {{"schema.hcl", users(id)}});
  CHECK(dropped.findings() == Strings{"schema.hcl:8 drop-column public.users.email"});
}

TEST_CASE("what can't be read is a finding, and nothing is planned for it") {
  const Checked unknown =
      check({{"schema.hcl", users(id + email)}},
            {{"schema.hcl", users(id + "  column \"email\" {\n    type = var.kind\n  }\n") +
                                "variable \"kind\" {\n  type = string\n}\n"}});
  CHECK(unknown.exit_code == 1);
  CHECK(unknown.findings() == Strings{"schema.hcl:9 syntax-error "});
  CHECK(unknown.changes().empty());

  const Checked broken =
      check({{"schema.hcl",
              users(id + email) + "table \"b\" {\n  schema = schema.public\n" + id + "}\n"}},
            {{"schema.hcl", users(id + email) + "table \"b\" {\n  schema = \n" + id + "}\n"}});
  CHECK(broken.exit_code == 1);
  CHECK(broken.findings() == Strings{"schema.hcl:17 syntax-error "});
  CHECK(broken.changes().empty());

  // The base's could not be read: what changes is not known.
  const Checked repaired =
      check({{"schema.hcl", users(id + "  column \"email\" {\n    type = data.a.b\n  }\n")}},
            {{"schema.hcl", users(id + email)}});
  CHECK(repaired.changes().empty());
  CHECK_THAT(repaired.out, ContainsSubstring("is not judged: the base's could not be read"));

  // As unknown as before: the rest is judged.
  const std::string opaque = "  column \"x\" {\n    type = data.a.b\n  }\n";
  const Checked same = check({{"schema.hcl", users(id + email + opaque)}},
                             {{"schema.hcl", users(wide_id + email + opaque)}});
  CHECK(same.findings() == Strings{"schema.hcl:6 rewriting-type-change public.users.id"});
}

TEST_CASE("allowances and old names stand in comments and attributes of HCL") {
  const std::string allowed = "  # schemagate: allow blocking-index-build: small table\n" + index;
  const Checked above =
      check({{"schema.hcl", users(id + email)}}, {{"schema.hcl", users(id + email, allowed)}});
  CHECK(above.exit_code == 0);
  CHECK(above.findings().empty());

  const std::string inside =
      "  column \"id\" {\n    // schemagate: allow rewriting-type-change: at night\n"
      "    type = bigint\n  }\n";
  const Checked within =
      check({{"schema.hcl", users(id + email)}}, {{"schema.hcl", users(inside + email)}});
  CHECK(within.exit_code == 0);

  // It speaks of its own column only.
  const std::string other =
      "  column \"email\" {\n    // schemagate: allow rewriting-type-change: at night\n"
      "    type = text\n    null = true\n  }\n";
  CHECK(check({{"schema.hcl", users(id + email)}}, {{"schema.hcl", users(wide_id + other)}})
            .exit_code == 1);

  const std::string renamed =
      "  column \"mail\" {\n    renamed_from = \"email\"\n    type = text\n    null = true\n  }\n";
  const Checked column =
      check({{"schema.hcl", users(id + email)}}, {{"schema.hcl", users(id + renamed)}});
  CHECK(column.changes() == Strings{"rename-column public.users.mail"});
}

TEST_CASE("all HCL files of a database share one namespace; SQL files may stand beside them") {
  const std::string config =
      "databases:\n  - name: app\n    schema: [\"db/**/*.hcl\", \"db/**/*.sql\"]\n";
  const Files base{{".schemagate.yml", config},
                   {"db/a.hcl", users("  column \"id\" {\n    type = local.key\n  }\n")},
                   {"db/b.hcl", "locals {\n  key = int\n}\n"},
                   {"db/c.sql", "CREATE TABLE posts (user_id int REFERENCES users);\n"},
                   {"db/mysql.my.hcl", "table \"nothing\" {}\n"}};
  const Checked checked = check(base, {{"db/b.hcl", "locals {\n  key = bigint\n}\n"}});
  CHECK(checked.changes() == Strings{"set-type public.users.id"});
  CHECK(checked.findings() == Strings{"db/a.hcl:6 rewriting-type-change public.users.id",
                                      "db/a.hcl:6 collateral-lock public.posts"});
}

TEST_CASE("variables of HCL get their values from the configuration or from atlas.hcl") {
  const std::string schema = users("  column \"id\" {\n    type = var.wide ? bigint : int\n  }\n") +
                             "variable \"wide\" {\n  type = bool\n}\n";
  const Files given{{".schemagate.yml",
                     "databases:\n  - name: app\n    schema: a.hcl\n    variables: {wide: true}\n"},
                    {"a.hcl", users(id)}};
  const Checked configured = check(given, {{"a.hcl", schema}});
  CHECK(configured.changes() == Strings{"set-type public.users.id"});

  const Files project{
      {"atlas.hcl",
       "data \"hcl_schema\" \"app\" {\n  path = \"a.hcl\"\n  vars = { wide = true }\n}\n"
       "env \"local\" {\n  src = data.hcl_schema.app.url\n}\n"},
      {"a.hcl", users(id)}};
  const Checked passed = check(project, {{"a.hcl", schema}});
  CHECK(passed.changes() == Strings{"set-type public.users.id"});
}

TEST_CASE("a schema that moves from SQL to HCL does not change") {
  const Files base{{".schemagate.yml", "databases:\n  - name: app\n    schema: \"db/*\"\n"},
                   {"db/schema.sql", "CREATE TABLE users (id int PRIMARY KEY, email text);\n"}};
  const Checked checked =
      check(base, {{"db/schema.sql", std::nullopt}, {"db/schema.hcl", users(id + email)}});
  CHECK(checked.exit_code == 0);
  CHECK(checked.changes().empty());
}

TEST_CASE("atlas.hcl says where schemas and migrations lie") {
  const std::string project =
      "env \"local\" {\n  src = \"file://db/schema.hcl\"\n  dev = \"docker://postgres/16\"\n}\n"
      "env \"prod\" {\n  src = \"file://db/schema.hcl\"\n}\n"
      "env \"old\" {\n  src = \"file://old.my.hcl\"\n  url = \"mysql://x\"\n}\n";
  const Files base{{"atlas.hcl", project},
                   {"db/schema.hcl", users(id + email)},
                   {"old.my.hcl", "table \"t\" {}\n"}};
  const Checked declared = check(base, {{"db/schema.hcl", users(wide_id + email)}});
  CHECK(declared.findings() == Strings{"db/schema.hcl:6 rewriting-type-change public.users.id"});
  CHECK_THAT(declared.out, ContainsSubstring("judging what atlas.hcl, env \\\"local\\\" names"));

  // One environment has the migrations, too.
  Files with_steps = base;
  with_steps["atlas.hcl"] = project +
                            "env \"live\" {\n  src = \"file://db/schema.hcl\"\n"
                            "  migration {\n    dir = \"file://steps\"\n  }\n}\n";
  with_steps["steps/1_a.sql"] = "CREATE TABLE users (id int PRIMARY KEY, email text);\n";
  const Checked merged = check(with_steps, {{"steps/2_b.sql", "ALTER TABLE users ADD x int;\n"}});
  CHECK(merged.report.at("databases").size() == 1);
  CHECK(merged.changes() == Strings{"add-column public.users.x"});

  const Files versioned{
      {"app/atlas.hcl",
       "env {\n  name = atlas.env\n  src = \"file://schema.hcl\"\n  migration {\n    dir = "
       "\"file://steps\"\n  }\n}\n"},
      {"app/schema.hcl", users(id)},
      {"app/steps/20260101000000_a.sql", "CREATE TABLE users (id int PRIMARY KEY);\n"}};
  const Checked stepped =
      check(versioned,
            {{"app/schema.hcl", users(id + email + "  column \"late\" {\n    type = int\n  }\n")},
             {"app/steps/20260102000000_b.sql", "ALTER TABLE users ADD email text;\n"}});
  CHECK(stepped.changes() == Strings{"add-column public.users.email"});
  CHECK_THAT(stepped.out,
             ContainsSubstring("app/schema.hcl:12: the migrations do not arrive here"));
}

TEST_CASE("a block of a kind that is not read is a finding when it is new or changed") {
  const std::string server = "server \"files\" {\n  type = \"file_fdw\"\n}\n",
                    other = "server \"files\" {\n  type = \"postgres_fdw\"\n}\n";
  const Files base{{"schema.hcl", server + users(id)}};
  const Checked unchanged = check(base, {{"schema.hcl", server + users(id + email)}});
  CHECK(unchanged.exit_code == 0);
  CHECK(unchanged.changes() == Strings{"add-column public.users.email"});
  const Checked changed = check(base, {{"schema.hcl", other + users(id)}});
  CHECK(changed.exit_code == 1);
  CHECK(changed.findings() == Strings{"schema.hcl:1 syntax-error "});
  CHECK_THAT(changed.out, ContainsSubstring("this kind of block is not read"));
  const Checked added =
      check({{"schema.hcl", users(id)}}, {{"schema.hcl", users(id) + "default_permission {\n}\n"}});
  CHECK(added.findings().size() == 1);
}

TEST_CASE("commands say what an HCL file is not") {
  const TemporaryFolder folder;
  const std::string schema = folder.write("schema.hcl", users(id)),
                    other = folder.write("x.my.hcl", users(id)),
                    broken = folder.write("broken.hcl", "table \"t\" {\n  x = 1 +\n}\n"),
                    script = folder.write("m.sql", "ALTER TABLE users ALTER id TYPE bigint;\n");
  const auto run = [](Strings arguments) { return run_program(SCHEMAGATE_BINARY, arguments); };
  for (const char* command : {"lint", "impact"}) {
    const ProgramRun refused = run({command, schema});
    CHECK(refused.exit_code == 2);
    CHECK_THAT(refused.err, ContainsSubstring("declares a schema: it is no script to run"));
  }
  CHECK(run({"inspect", other}).exit_code == 2);
  const ProgramRun unread = run({"inspect", broken});
  CHECK(unread.exit_code == 2);
  CHECK_THAT(unread.err, ContainsSubstring("broken.hcl:2:10: not HCL: expected a value"));
  const ProgramRun linted = run({"lint", script, "--schema", schema});
  CHECK(linted.exit_code == 1);
  CHECK_THAT(linted.out, ContainsSubstring("[rewriting-type-change]"));
  const ProgramRun inspected = run({"inspect", schema});
  CHECK_THAT(inspected.out, ContainsSubstring("CREATE TABLE public.users"));
  const std::string unknown = folder.write("unknown.hcl", "server \"a\" {}\n" + users(id));
  CHECK_THAT(run({"inspect", unknown}).err,
             ContainsSubstring("unknown.hcl:1: server \"a\" is not"));
  CHECK(run({"diff", schema, schema}).out.empty());
}

}  // namespace
}  // namespace schemagate::testing
