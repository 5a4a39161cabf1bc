// SPDX-License-Identifier: MIT
#include "tests/pull_request_case.h"

#include <fmt/format.h>

#include <catch2/catch_test_macros.hpp>

namespace schemagate::testing {

using nlohmann::json;

namespace {

std::string notes_of(const json& of) {
  std::string text;
  for (const std::string note : of.at("notes")) text += "note: " + note + "\n";
  return text;
}

}  // namespace

Files files_of(const Case& of, const std::string& side) {
  Files files;
  const std::string mark = "file " + side + " ", gone = "gone ";
  for (const CasePart& part : of.parts) {
    const std::size_t at = part.name.find(mark);  // "sql file base …" is coloured by editors
    if (at != std::string::npos) files[part.name.substr(at + mark.size())] = File(part.text);
    if (side == "head" && part.name.starts_with(gone))
      files[part.name.substr(gone.size())] = std::nullopt;
  }
  return files;
}

ProgramRun judge_pull_request(const std::string& program, const Case& of, const Files& base,
                              const std::vector<std::string>& more,
                              const std::map<std::string, std::string>& environment) {
  TestRepository repository;
  repository.commit("main", base);
  repository.branch("work", repository.tip("main"));
  repository.commit("work", files_of(of, "head"));
  ProgramSettings settings;
  settings.environment = environment;
  std::vector<std::string> arguments{"check",  "--repo", repository.path(), "--base", "main",
                                     "--head", "work",   "--format",        "json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_program(program, arguments, settings);
}

void check_judged_cases(const std::string& program, const std::string& folder,
                        const std::vector<std::string>& more) {
  for (const auto& path : case_files(folder)) {
    CaseFile file(path);
    for (std::size_t i = 0; i < file.cases().size(); ++i) {
      const Case& one = file.cases()[i];
      const ProgramRun run = judge_pull_request(program, one, files_of(one, "base"), more);
      INFO(path << ": " << one.title << "\n" << run.out << run.err);
      REQUIRE(json::accept(run.out));
      file.check_golden(i, "judged", judged(json::parse(run.out), true));
    }
    file.save();
  }
}

std::string judged(const json& report, bool with_messages) {
  std::string text;
  if (report.contains("error"))
    return fmt::format("verdict: error: {} ({})\n",
                       report.at("error").at("message").get<std::string>(),
                       report.at("error").at("hint").get<std::string>());
  for (const json& database : report.at("databases"))
    for (const json& finding : database.at("findings")) {
      const std::string object = finding.at("object").get<std::string>();
      text += fmt::format("{}:{} {} {}{}{}\n", finding.at("file").get<std::string>(),
                          finding.at("line").dump(), finding.at("severity").get<std::string>(),
                          finding.at("rule").get<std::string>(), object.empty() ? "" : " ", object);
      if (with_messages) text += "  " + finding.at("message").get<std::string>() + "\n";
    }
  if (with_messages) {
    text += notes_of(report);
    for (const json& database : report.at("databases")) text += notes_of(database);
  }
  return text + "verdict: " + report.at("verdict").get<std::string>() + "\n";
}

}  // namespace schemagate::testing
