// SPDX-License-Identifier: MIT
#include "bot/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "bot/commands.h"
#include "bot/output.h"

namespace schemagate {
namespace {

struct AllOptions {
  CommonOptions common;
  CheckOptions check;
  LintOptions lint;
  DiffOptions diff;
  ImpactOptions impact;
  InspectOptions inspect;
  FactsOptions facts;
  GateOptions gate;
  RulesOptions rules;
  InitOptions init;
  std::string fail_on, strategy = "direct";
  std::vector<std::string> outputs;
  std::vector<std::string> output_formats;  ///< that the command can write
  int postgres = 0;
};

void add_format(CLI::App& command, AllOptions& all, const std::vector<std::string>& formats) {
  command.add_option("--format", all.common.format, "What is printed: " + join(formats, ", "))
      ->check(CLI::IsMember(formats));
  command.add_option("--output", all.outputs, "FORMAT=FILE: write the report there as well");
  command.parse_complete_callback([&all, formats] { all.output_formats = formats; });
}

/// The flags that every command takes. Those without a meaning for a command are not in its help.
void add_common(CLI::App& command, AllOptions& all, bool judges) {
  const std::string judging = judges ? "Options" : "";
  command
      .add_option("--postgres", all.postgres,
                  "The server's major version, 14 to 18 (default: what the facts say, or 17)")
      ->check(CLI::Range(14, 18));
  command.add_option("--facts", all.common.facts,
                     "postgresql:// URL of a running database, or a snapshot's file");
  command.add_flag("--no-rehearsal", all.common.no_rehearsal, "Do not run the plan anywhere")
      ->group(judging);
  command
      .add_option("--rehearsal-url", all.common.rehearsal_url,
                  "Refused so far: the embedded server is used")
      ->group(judging);
  command.add_option("--fail-on", all.fail_on, "error (default), warning or never")
      ->check(CLI::IsMember({"error", "warning", "never"}))
      ->group(judging);
  command.add_option("--color", all.common.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  command.add_flag("--quiet", all.common.quiet,
                   judges ? "One line per finding, nothing else" : "No notes");
}

void add_report_options(CLI::App& command, AllOptions& all) {
  add_format(command, all, {"terminal", "markdown", "json", "sarif", "github"});
  add_common(command, all, true);
}

void add_check(CLI::App& app, AllOptions& all) {
  CLI::App& command = *app.add_subcommand("check", "Judge the change between two commits");
  CheckOptions& options = all.check;
  command.add_option("--repo", options.repository, "The repository (default: here)");
  command.add_option("--base", options.base,
                     "The base branch's tip (default: origin's main branch)");
  command.add_option("--head", options.head, "The commit to judge (default: HEAD)");
  command.add_option("--config", options.config,
                     "Use this file instead of the base's .schemagate.yml");
  command.add_option("--database", options.databases, "Only this database (repeatable)");
  command.add_flag("--exact", options.exact,
                   "Compare the two trees as given, not from their merge base");
  command.add_flag("--list", options.list, "List databases and their files, judge nothing");
  command.add_flag("--uncommitted", options.uncommitted, "Judge the work tree against HEAD");
  command.add_option("--explain", options.explain, "Tell everything about one object");
  add_report_options(command, all);
  command.footer("Example: schemagate check --base origin/main --head HEAD");
}

void add_lint(CLI::App& app, AllOptions& all) {
  CLI::App& command = *app.add_subcommand("lint", "Judge migration scripts");
  command.add_option("files", all.lint.files, "SQL files, in order")->required();
  command.add_option("--schema", all.lint.schema, "The schema before: a file or a folder");
  command.add_flag("--statements", all.lint.statements, "List every statement in JSON");
  add_report_options(command, all);
  command.footer("Example: schemagate lint migrations/0042_email.sql --schema db/schema.sql");
}

void add_diff(CLI::App& app, AllOptions& all) {
  CLI::App& command = *app.add_subcommand("diff", "Print the plan from one schema to another");
  command.add_option("OLD", all.diff.old_schema, ".sql file, folder, git:REV[:PATH] or URL")
      ->required();
  command.add_option("NEW", all.diff.new_schema, ".sql file, folder, git:REV[:PATH] or URL")
      ->required();
  command.add_option("--strategy", all.strategy, "direct (default) or online")
      ->check(CLI::IsMember({"direct", "online"}));
  command.add_flag("--exit-code", all.diff.exit_code, "Exit with 1 when there are differences");
  add_format(command, all, {"terminal", "sql", "json"});
  add_common(command, all, false);
  command.footer("Example: schemagate diff git:main:db/schema.sql db/schema.sql | psql");
}

void add_impact(CLI::App& app, AllOptions& all) {
  CLI::App& command =
      *app.add_subcommand("impact", "What each statement locks, rewrites, scans and builds");
  command.add_option("FILE", all.impact.file, "The statements")->required();
  command.add_option("--schema", all.impact.schema, "The schema before: a file or a folder");
  command.add_flag("--measure", all.impact.measure, "Run them on an ephemeral server");
  add_format(command, all, {"terminal", "json"});
  add_common(command, all, false);
  command.footer("Example: schemagate impact migration.sql --schema schema.sql --measure");
}

void add_small_commands(CLI::App& app, AllOptions& all) {
  CLI::App& inspect = *app.add_subcommand("inspect", "Print a schema as canonical, ordered SQL");
  inspect.add_option("TARGET", all.inspect.target, "URL, file or folder")->required();
  inspect.add_flag("--checksum", all.inspect.checksum,
                   "Print its checksum only; as JSON with all that it is made of");
  add_format(inspect, all, {"terminal", "sql", "json"});
  add_common(inspect, all, false);
  inspect.footer("Example: schemagate inspect db/schema");

  CLI::App& facts =
      *app.add_subcommand("facts", "Write a snapshot of sizes and statistics, no row data");
  facts.add_option("URL", all.facts.url, "postgresql:// URL of a read-only role")->required();
  facts.add_option("--output", all.facts.output, "Write here instead of standard output")
      ->transform([](const std::string& file) {
        return file.starts_with("json=") ? file.substr(std::string_view("json=").size()) : file;
      });
  facts.add_option("--format", all.common.format, "What is printed: json")
      ->check(CLI::IsMember({"json"}));
  add_common(facts, all, false);
  facts.footer("Example: schemagate facts \"$CRM_READONLY_URL\" --output facts/crm.json");

  CLI::App& gate = *app.add_subcommand(
      "gate", "May a head land on the base's tip, as it was judged against their merge base?");
  gate.add_option("--repo", all.gate.repository, "The repository (default: here)");
  gate.add_option("--merge-base", all.gate.merge_base,
                  "What it was judged against (default: found)");
  gate.add_option("--base", all.gate.base, "The base branch's tip")->required();
  gate.add_option("--head", all.gate.head, "The pull request's head")->required();
  gate.add_option("--config", all.gate.config,
                  "Use this file instead of the base's .schemagate.yml");
  gate.add_option("--applied", all.gate.applied,
                  "[DATABASE=]URL or FILE: this database must contain the change already");
  add_format(gate, all, {"terminal", "json"});
  add_common(gate, all, false);
  gate.footer("Example: schemagate gate --base origin/main --head feature");

  CLI::App& rules = *app.add_subcommand("rules", "List the rules, or explain one");
  rules.add_option("NAME", all.rules.name, "The rule to explain");
  rules.add_option("--write", all.rules.write, "Write one page per rule into this folder");
  add_format(rules, all, {"terminal", "markdown", "json"});
  add_common(rules, all, false);
  rules.footer("Example: schemagate rules not-null-scan");

  CLI::App& init = *app.add_subcommand("init", "Look at a repository and write a configuration");
  init.add_option("DIR", all.init.directory, "The repository (default: here)");
  init.add_flag("--force", all.init.force, "Overwrite files that are there");
  init.add_option("--format", all.common.format, "What is printed: terminal")
      ->check(CLI::IsMember({"terminal"}));
  add_common(init, all, false);
  init.footer("Example: schemagate init");
}

void finish(AllOptions& all) {
  if (all.postgres != 0) all.common.postgres = all.postgres;
  if (all.fail_on == "error") all.common.fail_on = FailOn::error;
  if (all.fail_on == "warning") all.common.fail_on = FailOn::warning;
  if (all.fail_on == "never") all.common.fail_on = FailOn::never;
  if (all.strategy == "online") all.diff.strategy = Strategy::online;
  if (!all.common.rehearsal_url.empty())
    throw Error(ErrorKind::usage,
                "a rehearsal on a server that runs already is not possible yet: nothing was judged",
                "leave --rehearsal-url away: the program starts a server of its own");
  const std::vector<std::string>& formats = all.output_formats;
  for (const std::string& output : all.outputs) {
    const std::size_t equals = output.find('=');
    const std::string format = output.substr(0, equals);
    if (equals == std::string::npos || equals + 1 == output.size() ||
        std::find(formats.begin(), formats.end(), format) == formats.end())
      throw Error(ErrorKind::usage, "--output takes FORMAT=FILE, not '" + output + "'",
                  "formats: " + join(formats, ", "));
    all.common.outputs.push_back({format, output.substr(equals + 1)});
  }
}

int dispatch(const std::string& name, const AllOptions& all) {
  if (name == "check") return run_check(all.check, all.common);
  if (name == "lint") return run_lint(all.lint, all.common);
  if (name == "diff") return run_diff(all.diff, all.common);
  if (name == "impact") return run_impact(all.impact, all.common);
  if (name == "inspect") return run_inspect(all.inspect, all.common);
  if (name == "facts") return run_facts(all.facts, all.common);
  if (name == "gate") return run_gate(all.gate, all.common);
  if (name == "rules") return run_rules(all.rules, all.common);
  return run_init(all.init, all.common);
}

/// The words that could have been meant instead of `word`.
std::vector<std::string> candidates(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  if (!word.starts_with('-')) {
    for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
    return names;
  }
  const auto used = app.get_subcommands();
  const CLI::App* command = used.empty() ? &app : used.front();
  for (const CLI::Option* option : command->get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

[[noreturn]] void refuse(const CLI::App& app, const CLI::ParseError& error) {
  std::string message = error.what();
  std::string hint = "`schemagate --help` shows what there is";
  for (const std::string& word : app.remaining(true)) {
    message = (word.starts_with('-') ? "unknown flag '" : "unknown argument '") + word + "'";
    if (const auto near = nearest(word.substr(0, word.find('=')), candidates(app, word)))
      hint = "did you mean '" + *near + "'?";
    break;
  }
  throw Error(ErrorKind::usage, message, hint);
}

}  // namespace

int run_command_line(const std::vector<std::string>& arguments) {
  AllOptions all;
  CLI::App app{
      "schemagate judges PostgreSQL schema changes: what they lock, rewrite, lose and break",
      "schemagate"};
  app.require_subcommand(1);
  add_check(app, all);
  add_lint(app, all);
  add_diff(app, all);
  add_impact(app, all);
  add_small_commands(app, all);
  app.footer("Exit codes: 0 pass, 1 the gate says no, 2 could not judge.");
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    refuse(app, error);
  }
  finish(all);
  return dispatch(app.get_subcommands().front()->get_name(), all);
}

bool wants_json(const std::vector<std::string>& arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--format=json") return true;
    if (arguments[i] == "--format" && i + 1 < arguments.size() && arguments[i + 1] == "json")
      return true;
  }
  return false;
}

}  // namespace schemagate
