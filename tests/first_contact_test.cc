// SPDX-License-Identifier: MIT
// Repositories that nobody configured, as people lay them out: what `check --list` says is in them
// and what `init` writes is golden.
#include <catch2/catch_test_macros.hpp>

#include "tests/pull_request_case.h"

namespace schemagate::testing {
namespace {

std::string listed(const std::string& folder) {
  const ProgramRun run = run_program(
      SCHEMAGATE_BINARY, {"check", "--repo", folder, "--list", "--base", "main", "--head", "main"});
  return run.out + run.err;
}

/// The databases that it writes, without their comments.
std::string initialised(const std::string& folder) {
  const ProgramRun run = run_program(SCHEMAGATE_BINARY, {"init", folder});
  if (run.exit_code != 0) return run.err;
  const std::string text = read_file(folder + "/.schemagate.yml");
  const ProgramRun again =
      run_program(SCHEMAGATE_BINARY, {"check", "--repo", folder, "--list", "--uncommitted"});
  INFO(again.out << again.err);
  CHECK(again.exit_code == 0);
  return text.substr(text.find("databases:"));
}

TEST_CASE("what is found in a repository without a configuration, and what init writes") {
  for (const auto& path : case_files("testdata/first_contact")) {
    CaseFile file(path);
    for (std::size_t i = 0; i < file.cases().size(); ++i) {
      const Case& one = file.cases()[i];
      INFO(path << ": " << one.title);
      TemporaryFolder folder;
      run_git(folder.path(), {"init", "--quiet", "--initial-branch=main"});
      for (const auto& [name, content] : files_of(one, "base")) folder.write(name, content->text);
      run_git(folder.path(), {"add", "-Af"});
      run_git(folder.path(),
              {"-c", "user.name=A", "-c", "user.email=a@b", "commit", "--quiet", "-m", "x"});
      file.check_golden(i, "listed", listed(folder.path().string()));
      file.check_golden(i, "init", initialised(folder.path().string()));
    }
    file.save();
  }
}

}  // namespace
}  // namespace schemagate::testing
