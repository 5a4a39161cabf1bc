// SPDX-License-Identifier: MIT
// Migrations that are programs, end to end: the real tool prints its SQL by the recipe of
// docs/recipes, and a pull request is judged by it. What npm and Debian have of the tools is
// installed by scripts/install-deps --migrations; a tool that is not there is skipped, and said.
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>

#include "tests/case_file.h"
#include "tests/program.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

using nlohmann::json;

std::string workspace() {
  return std::filesystem::weakly_canonical(source_path(".deps/migrations"));
}

bool is_here(const std::string& needs) {
  ProgramSettings settings;
  settings.environment = {{"SCHEMAGATE_WORKSPACE", workspace()}};
  return run_program("/bin/sh", {"-c", needs}, settings).exit_code == 0;
}

/// The case's files of the base or of the head: "file base a/b.js".
Files files_of(const Case& one, const std::string& side) {
  Files files;
  const std::string mark = "file " + side + " ";
  for (const CasePart& part : one.parts)
    if (part.name.starts_with(mark)) files[part.name.substr(mark.size())] = File(part.text);
  return files;
}

Files base_of(const Case& one) {
  Files files = files_of(one, "base");
  files[".schemagate.yml"] = File(one.text("config"));
  const std::string mark = "recipe ";
  for (const CasePart& part : one.parts)
    if (part.name.starts_with(mark)) {
      const std::string name = part.name.substr(mark.size());
      files[name] = File(read_file(source_path("docs/recipes/" + name)));
    }
  return files;
}

std::string said(const json& report) {
  std::string text;
  const json& database = report.at("databases").at(0);
  for (const json& finding : database.at("findings"))
    text += finding.at("file").get<std::string>() + ":" + finding.at("line").dump() + " " +
            finding.at("severity").get<std::string>() + " " +
            finding.at("rule").get<std::string>() + " " + finding.at("object").get<std::string>() +
            "\n";
  return text + "verdict: " + report.at("verdict").get<std::string>() + "\n";
}

ProgramRun judge(const Case& one) {
  TestRepository repository;
  repository.commit("main", base_of(one));
  repository.branch("work", repository.tip("main"));
  repository.commit("work", files_of(one, "head"));
  ProgramSettings settings;
  settings.environment = {{"GITHUB_WORKSPACE", workspace()}};
  return run_program(SCHEMAGATE_BINARY,
                     {"check", "--repo", repository.path(), "--base", "main", "--head", "work",
                      "--format", "json", "--postgres", "15"},
                     settings);
}

TEST_CASE("a tool's own program prints the migrations, and a pull request is judged by it") {
  int judged = 0;
  for (const auto& path : case_files("testdata/programs")) {
    CaseFile file(path);
    for (std::size_t i = 0; i < file.cases().size(); ++i) {
      const Case& one = file.cases()[i];
      if (!is_here(one.text("needs"))) {
        std::cerr << "SKIPPED: " << one.title
                  << " is not installed (scripts/install-deps --migrations)\n";
        continue;
      }
      const ProgramRun run = judge(one);
      INFO(one.title << "\n" << run.out << run.err);
      REQUIRE(json::accept(run.out));
      file.check_golden(i, "judged", said(json::parse(run.out)));
      ++judged;
    }
    file.save();
  }
  if (judged == 0) SKIP("none of the tools is installed (scripts/install-deps --migrations)");
}

}  // namespace
}  // namespace schemagate::testing
