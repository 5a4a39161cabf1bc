// SPDX-License-Identifier: MIT
// testdata/tools/: what the real tools did with a folder (tools_postgres_test.cc wrote it down) is
// what is said of it without them: the statements, their order, what is sent together, what is
// refused.
#include <catch2/catch_test_macros.hpp>

#include "base/text.h"
#include "tests/pull_request_case.h"
#include "tests/tool_cases.h"

namespace schemagate::testing {
namespace {

using Lines = std::vector<std::string>;

struct Recorded {
  Lines statements;
  std::string failure;  ///< of the last statement: "25001: …"
  std::string end;      ///< "done", or the tool's last words
};

Recorded recorded_of(const std::string& text) {
  Recorded recorded;
  for (const std::string_view line : split(std::string_view(text), '\n'))
    if (line.starts_with("in ") || line.starts_with("by itself: "))
      recorded.statements.emplace_back(line);
    else if (line.starts_with("  fails "))
      recorded.failure = line.substr(8);
    else if (!line.empty())
      recorded.end += line;
  return recorded;
}

std::string sql_of(const std::string& line) { return line.substr(line.find(": ") + 2); }

/// Without what the tool is said never to run, or to run one of two.
Lines without_refused(Lines lines, const Predicted& predicted) {
  std::erase_if(lines, [&](const std::string& line) {
    return std::find(predicted.refused.begin(), predicted.refused.end(), sql_of(line)) !=
           predicted.refused.end();
  });
  return lines;
}

/// A statement that failed inside a block and would not have by itself; a predicted refusal.
void compare(const Recorded& recorded, const Predicted& predicted, bool refused_by_judge,
             bool failed_by_judge) {
  if (recorded.end == "done") {
    CHECK(without_refused(recorded.statements, predicted) ==
          without_refused(predicted.statements, predicted));
    CHECK_FALSE(refused_by_judge);
    return;
  }
  const bool in_block = recorded.failure.starts_with("25001");
  CHECK((predicted.certain_failure || failed_by_judge || in_block));
  if (recorded.failure.starts_with("42601") || recorded.statements.empty()) return;
  Lines first = predicted.statements;
  first.resize(std::min(first.size(), recorded.statements.size()));
  CHECK(recorded.statements == first);
  if (in_block) CHECK(!recorded.statements.back().starts_with("by itself"));
}

TEST_CASE("what tools of migrations did with a folder is what is said of it") {
  int compared = 0;
  for (const auto& path : case_files("testdata/tools")) {
    CaseFile file(path);
    for (std::size_t i = 0; i < file.cases().size(); ++i) {
      const Case& one = file.cases()[i];
      INFO(path.filename().string() << ": " << one.title);
      REQUIRE(one.part("ran base") != nullptr);
      const Files base = tool_files(one, false), head = tool_files(one, true);
      const Predicted first = predicted_statements(base, {});
      compare(recorded_of(one.text("ran base")), first, false, false);
      CHECK(path.stem().string() == first.format);
      if (has_head(one)) {
        const ProgramRun run = judge_pull_request(SCHEMAGATE_BINARY, one, files_of(one, "base"),
                                                  {"--postgres", "15", "--no-rehearsal"});
        INFO(run.out << run.err);
        REQUIRE(nlohmann::json::accept(run.out));
        const std::string said = judged(nlohmann::json::parse(run.out), true);
        file.check_golden(i, "judged", said);
        compare(recorded_of(one.text("ran head")), predicted_statements(head, base),
                said.find("refuses to go on") != std::string::npos,
                said.find("verdict: fail") != std::string::npos);
      }
      ++compared;
    }
    file.save();
  }
  CHECK(compared > 0);
}

}  // namespace
}  // namespace schemagate::testing
