// SPDX-License-Identifier: MIT
#include "tests/review_case.h"

#include <catch2/catch_test_macros.hpp>
#include <sstream>

#include "base/text.h"
#include "tests/facts_block.h"

namespace schemagate::testing {
namespace {

struct CaseSettings {
  bool transaction = false, online = false, single_query = false;
};

Severity severity_of(const std::string& word) {
  if (word == "error") return Severity::error;
  return word == "warning" ? Severity::warning : Severity::note;
}

void read_rule(ReviewInput& input, const std::string& rule, const std::string& value) {
  REQUIRE(find_rule(rule));
  RuleSetting& setting = input.settings[rule];
  if (value == "off") {
    setting.off = true;
  } else if (value.starts_with("except ")) {
    setting.except.push_back(value.substr(7));
  } else if (value != "on") {
    setting.severity = severity_of(value);
  }
}

void read_rehearsal(ReviewInput& input, const std::string& step, const std::string& value) {
  const auto index = static_cast<std::size_t>(std::stoi(step)) - 1;
  if (input.rehearsed.size() <= index) input.rehearsed.resize(index + 1);
  const std::size_t space = value.find(' ');
  Rehearsed& rehearsed = input.rehearsed[index];
  rehearsed.ran = true;
  if (value == "ran") return;
  rehearsed.sqlstate = value.substr(0, space);
  rehearsed.message = value.substr(space + 1);
}

CaseSettings read_settings(ReviewInput& input, const std::string& block) {
  CaseSettings settings;
  input.initial_settings["lock_timeout"] = "5s";
  std::istringstream in(block);
  std::string line;
  while (std::getline(in, line)) {
    INFO("settings: " << line);
    const std::size_t colon = line.find(": ");
    REQUIRE(colon != std::string::npos);
    const std::string key = line.substr(0, colon), value = line.substr(colon + 2);
    if (key == "postgres") {
      input.postgres = std::stoi(value);
    } else if (key == "lock_timeout" && value == "none") {
      input.initial_settings.erase("lock_timeout");
    } else if (key == "lock_timeout" || key == "timezone") {
      input.initial_settings[key] = value;
    } else if (key == "transaction") {
      settings.transaction = value == "yes";
    } else if (key == "single query") {
      settings.single_query = value == "yes";
    } else if (key == "history") {
      input.schema_problems.push_back({ProblemKind::history, Span{0, 0, 1}, {}, "", value});
    } else if (key == "order") {
      input.schema_problems.push_back({ProblemKind::order, Span{0, 0, 1}, {}, "", value});
    } else if (key == "down") {
      input.schema_problems.push_back({ProblemKind::down, Span{0, 0, 1}, {}, "", value});
    } else if (key == "unread") {
      input.schema_problems.push_back({ProblemKind::unread, Span{0, 0, 1}, {}, "", value});
    } else if (key == "complete") {
      input.complete = value == "yes";
    } else if (key == "strategy") {
      settings.online = value == "online";
    } else if (key.starts_with("rule ")) {
      read_rule(input, key.substr(5), value);
    } else if (key.starts_with("rehearsal ")) {
      read_rehearsal(input, key.substr(10), value);
    } else {
      FAIL("unknown setting");
    }
  }
  return settings;
}

LoadedSchema load(SourceSet& sources, const std::string& path, const std::string& sql, int postgres,
                  std::vector<ParsedFile>& parsed) {
  parsed.push_back(parse(sources, sources.add({path, sql, ""})));
  return load_schema({parsed.back()}, postgres);
}

void prepare_migration(CaseRun& run, const Case& input, const CaseSettings& settings,
                       const std::string* migration) {
  std::vector<ParsedFile> old;
  LoadedSchema schema =
      load(run.old_sources, "schema.sql", input.text("sql schema"), run.input.postgres, old);
  for (const ApplyProblem& problem : schema.problems) {
    if (problem.kind != ProblemKind::ignored) FAIL_CHECK("sql schema: " << problem.message);
  }
  run.before = std::move(schema.catalog);
  const std::string text = migration ? *migration : input.text("sql migration");
  run.parsed.push_back(parse(run.new_sources, run.new_sources.add({"migration.sql", text, ""})));
  for (const Statement& statement : run.parsed.back().statements) {
    ReviewStep step;
    step.statement = statement;
    step.where = statement.span;
    step.single_query = settings.single_query;
    run.input.steps.push_back(std::move(step));
  }
  if (settings.transaction && !run.input.steps.empty()) {
    run.input.steps.front().begins_transaction = true;
    run.input.steps.back().ends_transaction = true;
  }
}

void prepare_plan(CaseRun& run, const Case& input, const CaseSettings& settings) {
  std::vector<ParsedFile> old;
  run.before =
      load(run.old_sources, "old.sql", input.text("sql old"), run.input.postgres, old).catalog;
  LoadedSchema head =
      load(run.new_sources, "new.sql", input.text("sql new"), run.input.postgres, run.parsed);
  run.after = std::move(head.catalog);
  run.input.after = &run.after;
  run.input.schema_problems = std::move(head.problems);
  run.input.declarative = true;
  const Diff difference = diff(run.before, run.after, rename_hints(run.new_sources, run.parsed));
  const Plan plan =
      make_plan(run.before, run.after, difference,
                settings.online ? Strategy::online : Strategy::direct, run.input.postgres);
  run.input.changes = plan.changes;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const Step& planned = plan.steps[i];
    const ParsedFile parsed = parse_text(planned.sql);
    INFO("planned: " << planned.sql);
    REQUIRE(parsed.statements.size() == 1);
    ReviewStep step;
    step.statement = parsed.statements[0];
    step.sql = planned.sql;
    step.where = planned.where;
    step.old_side = planned.old_side;
    step.change = planned.change;
    const bool in_group = planned.group >= 0;
    step.begins_transaction = in_group && (i == 0 || plan.steps[i - 1].group != planned.group);
    step.ends_transaction =
        in_group && (i + 1 == plan.steps.size() || plan.steps[i + 1].group != planned.group);
    run.input.steps.push_back(std::move(step));
  }
}

std::string place_of(const CaseRun& run, const Finding& finding) {
  if (!finding.where.is_somewhere()) return "-";
  const SourceSet& sources = finding.old_side ? run.old_sources : run.new_sources;
  const Position place = sources.begin(finding.where);
  return std::string(sources.path(finding.where)) + ":" + std::to_string(place.line) + ":" +
         std::to_string(place.column);
}

}  // namespace

namespace {

std::unique_ptr<CaseRun> run_prepared(std::unique_ptr<CaseRun> run, const Case& input,
                                      const std::string* migration) {
  INFO("line " << input.line << ": " << input.title);
  const CaseSettings settings = read_settings(run->input, input.text("settings"));
  run->input.before = &run->before;
  run->input.sources = &run->new_sources;
  run->input.facts = parse_facts(input.text("facts"));
  if (input.part("sql new")) {
    prepare_plan(*run, input, settings);
  } else {
    prepare_migration(*run, input, settings, migration);
  }
  for (const ParsedFile& file : run->parsed) {
    run->input.parse_problems.insert(run->input.parse_problems.end(), file.problems.begin(),
                                     file.problems.end());
  }
  AllowanceList allowances = find_allowances(run->new_sources, run->parsed);
  run->input.allowances = std::move(allowances.allowances);
  run->input.allowance_findings = std::move(allowances.findings);
  run->review = review(run->input);
  return run;
}

}  // namespace

std::unique_ptr<CaseRun> run_case(const Case& input, const Rule& rule,
                                  const std::string* migration) {
  auto run = std::make_unique<CaseRun>();
  run->input.settings[std::string(rule.id)];
  return run_prepared(std::move(run), input, migration);
}

std::unique_ptr<CaseRun> run_case(const Case& input) {
  return run_prepared(std::make_unique<CaseRun>(), input, nullptr);
}

std::string to_text(const CaseRun& run) {
  std::string text;
  for (const Finding& finding : run.review.findings) {
    text += place_of(run, finding) + ": " + std::string(to_string(finding.severity)) + ": " +
            finding.message + " [" + finding.rule + "]\n";
    if (!finding.allowed_because.empty()) {
      text += "  allowed: " + finding.allowed_because + "\n";
      continue;
    }
    if (!finding.remedy) continue;
    text += "  instead: " + finding.remedy->explanation + "\n";
    for (const std::string& sql : finding.remedy->sql) {
      text += "    " + replace_all(sql, "\n", "\n    ") + ";\n";
    }
  }
  return text;
}

}  // namespace schemagate::testing
