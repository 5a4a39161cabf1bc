// SPDX-License-Identifier: MIT
// What people are told to write exists after a release, and the workflows run what they promise.
#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <cstdlib>
#include <filesystem>
#include <regex>

#include "tests/case_file.h"
#include "tests/program.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

using Catch::Matchers::ContainsSubstring;

std::string version() {
  const std::string said = run_program(SCHEMAGATE_BINARY, {"--version"}).out;
  return said.substr(said.find(' ') + 1, said.find('\n') - said.find(' ') - 1);
}

std::string initialised_workflow() {
  const TemporaryFolder folder;
  run_git(folder.path(), {"init", "--quiet"});
  folder.write("schema.sql", "CREATE TABLE t (id bigint);\n");
  const ProgramRun run = run_program(SCHEMAGATE_BINARY, {"init", folder.path().string()});
  INFO(run.out << run.err);
  REQUIRE(run.exit_code == 0);
  return read_file(folder.path() / ".github/workflows/schemagate.yml");
}

/// "v0" of "uses: schemagate/schemagate@v0", wherever pages say so.
std::vector<std::string> used_versions(const std::string& text) {
  std::vector<std::string> found;
  const std::regex use("schemagate/schemagate@([A-Za-z0-9.]+)");
  for (std::sregex_iterator at(text.begin(), text.end(), use), end; at != end; ++at)
    found.push_back((*at)[1]);
  return found;
}

TEST_CASE("the version of the action that pages and init name is a tag that a release makes") {
  const std::string major = "v" + version().substr(0, version().find('.'));
  int named = 0;
  std::vector<std::string> pages{read_file(source_path("README.md")), initialised_workflow()};
  for (const auto& page : std::filesystem::recursive_directory_iterator(source_path("docs")))
    if (page.path().extension() == ".md") pages.push_back(read_file(page.path()));
  for (const std::string& page : pages)
    for (const std::string& used : used_versions(page)) {
      CHECK((used == major || used == "v" + version()));
      ++named;
    }
  CHECK(named >= 3);
  const std::string release = read_file(source_path(".github/workflows/release.yml"));
  CHECK_THAT(release, ContainsSubstring("git push origin \"v$VERSION\"\n"));
  CHECK_THAT(release, ContainsSubstring("git tag --force \"v${VERSION%%.*}\" \"v$VERSION\"\n"));
  CHECK_THAT(release, ContainsSubstring("git push --force origin \"v${VERSION%%.*}\"\n"));
  CHECK(release.find("git push origin") < release.find("git push --force origin"));
}

TEST_CASE("every change meets the container and GitHub's own description of its interface") {
  const std::string check = read_file(source_path(".github/workflows/check.yml"));
  for (const char* script :
       {"scripts/check", "scripts/test-container --required", "scripts/test-contract"})
    CHECK_THAT(check, ContainsSubstring(std::string("      - run: ") + script + "\n"));
  CHECK_THAT(read_file(source_path(".github/workflows/release.yml")),
             ContainsSubstring("      - run: scripts/test-container --required\n"));
  const std::string container = read_file(source_path("scripts/test-container")),
                    page = read_file(source_path("docs/github.md"));
  CHECK_THAT(container, ContainsSubstring("most_unpacked=150000000 most_compressed=60000000 "
                                          "most_seconds=5\n"));
  CHECK_THAT(page, ContainsSubstring("fails above 150 MB, 60 MB and 5 s"));
}

TEST_CASE("what takes too long for every change runs each night, with another seed") {
  const std::string nightly = read_file(source_path(".github/workflows/nightly.yml"));
  for (const char* line : {"  schedule:\n    - cron: \"", "      - run: scripts/test --all\n",
                           "          SCHEMAGATE_SEED: ${{ github.run_id }}\n"})
    CHECK_THAT(nightly, ContainsSubstring(line));
}

TEST_CASE("a container that can't be tested is said aloud, and fails where a workflow needs it") {
  // A machine where there is no engine and nobody is root.
  const TemporaryFolder machine;
  const auto make = [&](const std::string& name, const std::string& script) {
    std::filesystem::permissions(machine.write(name, "#!/bin/sh\n" + script + "\n"),
                                 std::filesystem::perms::owner_all);
  };
  make("docker", "exit 1");
  make("id", "echo 1000");
  ProgramSettings settings;
  settings.environment["PATH"] = machine.path().string() + ":" + std::string(std::getenv("PATH"));
  const std::string script = source_path("scripts/test-container").string();
  for (const bool required : {false, true}) {
    const ProgramRun run = run_program(
        script, required ? std::vector<std::string>{"--required"} : std::vector<std::string>{},
        settings);
    INFO(run.out);
    CHECK(run.exit_code == (required ? 1 : 0));
    CHECK_THAT(run.err, ContainsSubstring("test-container: NOT CHECKED: the container"));
  }
}

TEST_CASE("the tests say in their last line what they left out") {
  const std::string script = read_file(source_path("scripts/test"));
  const std::size_t last = script.rfind("echo \"test: passed. NOT RUN");
  REQUIRE(last != std::string::npos);
  CHECK_THAT(script.substr(last), ContainsSubstring("scripts/test-container") &&
                                      ContainsSubstring("scripts/test-contract") &&
                                      ContainsSubstring("sanitizers"));
}

TEST_CASE("init writes the workflow that README.md shows") {
  CHECK_THAT(read_file(source_path("README.md")),
             ContainsSubstring("```yaml\n" + initialised_workflow() + "```"));
}

}  // namespace
}  // namespace schemagate::testing
