// SPDX-License-Identifier: MIT
// Whatever a job prints, the runner that reads it obeys nothing of the pull request.
#include "report/runner_text.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/program.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

/// Lines that a runner would obey, as it reads them: after stop-commands none, until the word.
std::vector<std::string> obeyed(const std::string& text) {
  std::vector<std::string> found;
  std::string line, stop;
  for (const char c : text + "\n") {
    if (c != '\n' && c != '\r') {
      line += c;
      continue;
    }
    if (has_workflow_command(line)) {
      if (!stop.empty() && line == "::" + stop + "::")
        stop.clear();
      else if (stop.empty() && line.starts_with("::stop-commands::"))
        stop = line.substr(17);
      else if (stop.empty())
        found.push_back(line);
    }
    line.clear();
  }
  CHECK(stop.empty());
  return found;
}

const char* const hostile = R"(/* schemagate: allow drop-column users.email: because
::error::allowed */
CREATE TABLE "::add-mask::t" ("##[error]c" int);
CREATE TABLE users (id bigint PRIMARY KEY, note text DEFAULT '
::warning file=x::default
##[add-matcher]m');
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$
SELECT '
 ::error::body'
::text
$$;
COMMENT ON TABLE users IS E'a\r::set-output name=verdict::pass\v::x';
CREATE INDEX "i
::error::index" ON users (id);
ALTER TABLE users ALTER COLUMN id SET DEFAULT 1
::int;
)";
const char* const broken = "SELEC ' ::x\n::error::broken';\n";

/// A pull request whose names and texts are orders; the same script also lies beside it.
class HostileRepository {
 public:
  HostileRepository() {
    repository_.commit(
        "main", {{".schemagate.yml",
                  File("databases:\n  - {name: \"a\\n::error::db\", schema: \"*.sql\"}\n")},
                 {"a.sql", File("CREATE TABLE users (id bigint PRIMARY KEY, email text);\n")}});
    repository_.branch("work", repository_.tip("main"));
    repository_.commit("work", {{"a.sql", File(std::string(hostile) + broken)},
                                {"b\n::error::name.sql", File(";")}});
    write("new.sql", hostile);
    write("broken.sql", std::string(hostile) + broken);
    write("old.sql", "CREATE TABLE users (id bigint PRIMARY KEY, email text);\n");
  }
  std::string path(const std::string& name = "") const { return repository_.path() + name; }
  void write(const std::string& name, const std::string& text) const {
    repository_.write(name, text);
  }
  std::vector<std::string> commits(const std::string& command) const {
    return {command, "--repo", path(), "--base", "main", "--head", "work"};
  }

 private:
  TestRepository repository_;
};

std::vector<std::string> operator+(std::vector<std::string> one,
                                   const std::vector<std::string>& two) {
  one.insert(one.end(), two.begin(), two.end());
  return one;
}

TEST_CASE("no command in no format prints a line that a runner obeys, on neither output") {
  const HostileRepository repository;
  const std::string path = repository.path(), file = path + "/new.sql", old = path + "/old.sql";
  const std::vector<std::vector<std::string>> commands{
      repository.commits("check") + std::vector<std::string>{"--no-rehearsal"},
      {"lint", path + "/broken.sql"},
      {"diff", old, path + "/broken.sql"},
      {"lint", file, "--schema", old},
      {"diff", old, file},
      {"diff", file, old},
      {"diff", old, file, "--strategy", "online"},
      {"impact", file, "--schema", old},
      {"inspect", file},
      repository.commits("gate") + std::vector<std::string>{"--merge-base", "main"},
      repository.commits("check") + std::vector<std::string>{"--list"},
      {"init", path},
      {"lint", path + "/\n::error::missing.sql"},
      {"check", "--repo", path, "--base", "\n::error::base"},
      {"rules", "x\n::error::rule"},
      {"check", "--\n::error::flag"},
      {"\n::error::command"}};
  for (const std::vector<std::string>& command : commands)
    for (const char* format : {"", "terminal", "markdown", "json", "sarif", "sql"}) {
      std::vector<std::string> arguments = command;
      if (*format != '\0') arguments.insert(arguments.end(), {"--format", format});
      const ProgramRun run = run_program(SCHEMAGATE_BINARY, arguments);
      INFO(command.front() << " " << format << "\n" << run.out << "\n---\n" << run.err);
      CHECK(run.out.size() + run.err.size() > 0);
      CHECK(obeyed(run.out) == std::vector<std::string>{});
      CHECK(obeyed(run.err) == std::vector<std::string>{});
    }
}

TEST_CASE("commands for a runner are our own") {
  const HostileRepository repository;
  for (const auto& arguments :
       {std::vector<std::string>{"lint", repository.path("/broken.sql")},
        repository.commits("check") + std::vector<std::string>{"--no-rehearsal"}}) {
    const ProgramRun run =
        run_program(SCHEMAGATE_BINARY, arguments + std::vector<std::string>{"--format", "github"});
    const std::vector<std::string> found = obeyed(run.out);
    CHECK(found.size() > 1);
    for (const std::string& line : found) {
      INFO(line);
      CHECK((line.starts_with("::error ") || line.starts_with("::warning ") ||
             line.starts_with("::notice ")));
    }
  }
}

TEST_CASE("what is printed with orders in it can be read again") {
  const HostileRepository repository;
  const auto inspected = [](const std::string& what) {
    const ProgramRun run = run_program(SCHEMAGATE_BINARY, {"inspect", what});
    INFO(run.err);
    CHECK(run.exit_code == 0);
    return run.out;
  };
  const std::string once = inspected(repository.path("/new.sql"));
  CHECK_THAT(once, ContainsSubstring("::stop-commands::"));
  repository.write("printed.sql", once);
  CHECK(inspected(repository.path("/printed.sql")) == once);
}

}  // namespace
}  // namespace schemagate::testing
