// SPDX-License-Identifier: MIT
// Migrations that are programs, end to end: the real tool prints its SQL by the recipe of
// docs/recipes, and a pull request is judged by it. What npm and Debian have of the tools is
// installed by scripts/install-deps --migrations; a tool that is not there is skipped, and said.
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <iostream>

#include "schema/parse.h"
#include "tests/options.h"
#include "tests/pull_request_case.h"

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

TEST_CASE("a tool's own program prints the migrations, and a pull request is judged by it") {
  int tools = 0;
  for (const auto& path : case_files("testdata/programs")) {
    CaseFile file(path);
    for (std::size_t i = 0; i < file.cases().size(); ++i) {
      const Case& one = file.cases()[i];
      if (!is_here(one.text("needs"))) {
        INFO(one.title << " is not installed (scripts/install-deps --migrations)");
        std::cerr << "NOT RUN: " << one.title
                  << " is not installed (scripts/install-deps --migrations)\n";
        CHECK_FALSE(all_is_wanted());
        continue;
      }
      const ProgramRun run =
          judge_pull_request(SCHEMAGATE_BINARY, one, base_of(one), {"--postgres", "15"},
                             {{"GITHUB_WORKSPACE", workspace()}});
      INFO(one.title << "\n" << run.out << run.err);
      REQUIRE(json::accept(run.out));
      for (const json& finding : json::parse(run.out)["databases"][0]["findings"])
        if (!finding["remedy"].is_null())
          for (const std::string sql : finding["remedy"]["sql"])
            CHECK(parse_text(sql).problems.empty());
      file.check_golden(i, "judged", judged(json::parse(run.out), false));
      ++tools;
    }
    file.save();
  }
  if (tools == 0) SKIP("none of the tools is installed (scripts/install-deps --migrations)");
}

}  // namespace
}  // namespace schemagate::testing
