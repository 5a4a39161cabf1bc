// SPDX-License-Identifier: MIT
#include "bot/action.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "bot/action_job.h"
#include "bot/approvals.h"
#include "bot/clone.h"
#include "bot/diff_lines.h"
#include "bot/gate.h"
#include "bot/gate_action.h"
#include "bot/github_access.h"
#include "bot/output.h"
#include "bot/pipeline.h"
#include "bot/runner_files.h"
#include "bot/working_directory.h"
#include "bot/workspace_file.h"
#include "github/event.h"
#include "github/reporting.h"
#include "report/markdown_text.h"
#include "report/runner_text.h"
#include "report/summary.h"

namespace schemagate {
namespace {

/// Of an event, with room for what GitHub's limit of 25 MB does not count.
constexpr std::uintmax_t most_of_event = std::uintmax_t{32} << 20U;

class Run {
 public:
  Run(const Environment& environment, ActionInputs inputs, std::string version)
      : environment_(environment), inputs_(std::move(inputs)), version_(std::move(version)) {
    workspace_ = environment_("GITHUB_WORKSPACE");
    if (workspace_.empty()) workspace_ = ".";
    directory_ = working_directory(workspace_, inputs_.working_directory);
  }

  int run() {
    const github::Event event = event_or_error();
    if (is_for_the_gate(event, inputs_)) return run_gate_action(environment_, inputs_, event);
    const ActionJob job = job_of(event, inputs_, directory_.folder);
    if (!job.not_because.empty()) {
      print_text(fmt::format("schemagate: nothing to judge: {}\n", job.not_because));
      output("verdict", "pass");
      return 0;
    }
    if (job.command == ActionCommand::gate) return judge_gate(job);
    try {
      return judge_and_report(job);
    } catch (const Error& error) {
      report_error(job, error);
      throw;
    } catch (const std::exception& error) {
      report_error(job, Error(ErrorKind::internal, error.what(), ""));
      throw;
    }
  }

 private:
  /// What started the job. Where that can't be read nobody has passed.
  github::Event event_or_error() const {
    try {
      const std::string path = environment_("GITHUB_EVENT_PATH");
      std::error_code unknown;
      const auto size = std::filesystem::file_size(path, unknown);
      if (!unknown && size > most_of_event)
        throw Error(
            ErrorKind::github,
            fmt::format("the event's file has {} MB: GitHub's have 25 at most", size >> 20U),
            "did GitHub's runner write the file that GITHUB_EVENT_PATH names?");
      return github::read_event(environment_("GITHUB_EVENT_NAME"), read_whole_file(path));
    } catch (const std::exception&) {
      attempt("the output can't be written", [&] { output("verdict", "error"); });
      throw;
    }
  }

  git::FetchRequest server(const ActionJob& job) const {
    git::FetchRequest request = fetch_request(environment_, inputs_);
    request.references = job.references;
    request.all_branches_and_tags = !inputs_.base.empty();
    return request;
  }

  /// The branch's tip as it was checked out, which is newer than the event, or the event's.
  std::string base_of(const ActionJob& job, Clone& clone, std::vector<std::string>& notes) const {
    const std::string tip = "origin/" + job.base_branch;
    try {
      return clone.repository().resolve(tip);
    } catch (const git::MissingObject& missing) {
      if (!clone.complete(missing)) return clone.repository().resolve(tip);
    } catch (const Error&) {
      if (!inputs_.base.empty()) return inputs_.base;
    }
    notes.push_back(fmt::format("{} is not in this clone: compared with {}, the base in the event",
                                tip, job.base_of_event.substr(0, 12)));
    return job.base_of_event;
  }

  CommonOptions common(const ActionJob& job) const {
    CommonOptions common;
    common.postgres = inputs_.postgres;
    common.fail_on = inputs_.fail_on;
    common.by_inputs = true;
    common.color = "never";
    common.no_rehearsal = !job.trusted;
    common.no_commands = !job.trusted;
    return common;
  }

  /// Prints the gate's answer. Its status is the sweep's, which sees the other pull requests too.
  int judge_gate(ActionJob job) {
    Clone clone(directory_.clone, server(job));
    std::vector<std::string> notes;
    if (job.check.base.empty()) job.check.base = base_of(job, clone, notes);
    GateOptions options;
    options.base = job.check.base;
    options.head = job.check.head;
    options.config_path = job.check.config_path;
    options.folder = job.check.folder;
    options.schema = job.check.schema;
    options.asks_applied = true;
    GateReport report = clone.run([&](git::Repository& repository) {
      return evaluate_gate(repository, options, common(job));
    });
    report.notes.insert(report.notes.begin(), notes.begin(), notes.end());
    const std::string text = to_terminal(report);
    print_as_text(text);
    append_summary_block(environment_, inputs_, text, summary_room(environment_));
    write_below(workspace_, inputs_.report_file, to_json(report));
    const bool passes = report.gate == Gate::granted || report.gate == Gate::not_applicable;
    output("verdict", passes ? "pass" : "fail");
    output("gate", std::string(to_string(report.gate)));
    output("gate-checksum", report.checksum);
    output("overridden", "false");
    output("report-file", inputs_.report_file);
    return passes ? 0 : 1;
  }

  int judge_and_report(ActionJob job) {
    Clone clone(directory_.clone, server(job));
    std::vector<std::string> notes;
    if (job.check.base.empty()) job.check.base = base_of(job, clone, notes);
    Report report = check(clone, job.check, common(job));
    report.version = version_;
    report.notes.insert(report.notes.begin(), notes.begin(), notes.end());
    if (job.pull_request != 0 && needs_approval(report)) look_for_approvals(job, clone, report);
    github::DiffLines lines;
    if (!report.head.empty() && !report.merge_base.empty())
      lines = diff_lines(clone.repository(), report);
    github::Delivered delivered;
    try {
      write_files(report);
      delivered = deliver_to_github(job, report, std::move(lines));
    } catch (const std::exception&) {
      // What was found is in the log, whatever went wrong.
      attempt("the findings can't be printed", [&] { say(report, delivered); });
      throw;
    }
    say(report, delivered);
    outputs(report, delivered);
    return delivered.incomplete() && inputs_.post_failure_is_error ? 2 : exit_code(report.verdict);
  }

  /// What was approved on an earlier head counts while the change and the allowance are the same.
  void look_for_approvals(const ActionJob& job, Clone& clone, Report& report) const {
    std::vector<Approval> approved;
    if (inputs_.token.empty()) {
      report.notes.emplace_back("approvals can't be read without a token");
    } else {
      GitHubAccess github(environment_, inputs_);
      const auto read = approvals(github.client(), job.pull_request, job.author);
      if (read)
        approved = *read;
      else
        report.notes.push_back("approvals can't be read: " + github::to_string(read.refusal()));
    }
    hold_unapproved(report, approved,
                    [&](const std::string& commit) { return judged_at(job, clone, commit); });
  }

  /// The schema's change alone: nothing is run and no database is asked.
  std::optional<Report> judged_at(const ActionJob& job, Clone& clone,
                                  const std::string& commit) const {
    CheckOptions options = job.check;
    options.head = commit;
    CommonOptions quiet = common(job);
    quiet.no_rehearsal = true;
    try {
      return check(clone, options, quiet);
    } catch (const Error&) {
      return std::nullopt;  // gone after a force-push: that approval is about something else
    }
  }

  /// Where the rules' pages of this version of the action are; empty when the runner does not say.
  std::string rules_url() const {
    const std::string action = environment_("GITHUB_ACTION_REPOSITORY"),
                      version = environment_("GITHUB_ACTION_REF"),
                      server = environment_("GITHUB_SERVER_URL");
    if (action.empty() || version.empty() || server != "https://github.com") return {};
    return fmt::format("{}/{}/blob/{}/docs/rules/", server, url_path(action), url_path(version));
  }

  github::ReportingOptions reporting(const ActionJob& job, github::DiffLines lines) const {
    github::ReportingOptions options;
    options.name = inputs_.name;
    options.reporters = inputs_.reporters;
    options.pull_request = job.pull_request;
    options.head = job.check.head;
    options.repository = environment_("GITHUB_REPOSITORY");
    if (const std::string url = environment_("GITHUB_SERVER_URL"); !url.empty())
      options.server_url = url;
    options.run_url = run_url(environment_);
    options.rules_url = rules_url();
    options.most_comments = static_cast<std::size_t>(inputs_.max_comments);
    options.refusal_is_error = inputs_.post_failure_is_error;
    options.lines = std::move(lines);
    return options;
  }

  github::Delivered deliver_to_github(const ActionJob& job, const Report& report,
                                      github::DiffLines lines = {}) const {
    if (inputs_.token.empty()) return {};
    GitHubAccess github(environment_, inputs_);
    return github::deliver(github.client(), report, reporting(job, std::move(lines)));
  }

  /// Some finding stands beside no line, or nobody could judge.
  static bool is_unseen(const Report& report, const std::set<const ReportedFinding*>& shown) {
    return std::any_of(report.databases.begin(), report.databases.end(),
                       [&](const DatabaseReport& database) {
                         return !database.judged ||
                                std::any_of(database.findings.begin(), database.findings.end(),
                                            [&](const ReportedFinding& reported) {
                                              return reported.finding.allowed_because.empty() &&
                                                     shown.count(&reported) == 0;
                                            });
                       });
  }

  /// Whoever asks for a status alone wants no finding beside lines.
  bool wants_lines() const {
    const std::set<std::string> beside{"annotations", github::reporter::review,
                                       github::reporter::comment, github::reporter::check_run};
    return std::any_of(beside.begin(), beside.end(),
                       [&](const std::string& one) { return inputs_.reporters.count(one) != 0; });
  }

  /// The log: the report as text that no line of is a command, then what GitHub did not take.
  void say(const Report& report, const github::Delivered& delivered) const {
    if (wants_lines() && !delivered.annotated && is_unseen(report, delivered.shown))
      print(to_workflow_commands(report, delivered.shown));
    TerminalOptions terminal;
    std::string text;
    if (delivered.superseded)
      text += "the pull request has a newer head: nothing was posted, its own run will\n";
    for (const github::Delivery& delivery : delivered.deliveries) text += became_of(delivery);
    if (inputs_.token.empty()) text += "no token was given: nothing was posted\n";
    print_as_text(to_terminal(report, terminal) + without_workflow_commands(text));
    summary(report, delivered);
  }

  static std::string became_of(const github::Delivery& delivery) {
    if (delivery.refused)
      return fmt::format("{}: not posted: {}\n", delivery.reporter,
                         github::with_hint(*delivery.refused));
    if (delivery.not_edited)
      return fmt::format("{}: {}: {}\n", delivery.reporter, delivery.note,
                         github::with_hint(*delivery.not_edited));
    return delivery.note.empty() ? "" : fmt::format("{}: {}\n", delivery.reporter, delivery.note);
  }

  /// No line of the text is a command to the runner.
  static void print_as_text(const std::string& text) {
    const std::string stop = random_word();
    print(fmt::format("::stop-commands::{}\n{}::{}::\n", stop, text, stop));
  }

  /// What GitHub did not take, in the words in which it refused.
  struct NotDone {
    std::vector<std::string> reporters, reasons;
    void add(const std::string& reporter, const github::Refusal& refusal) {
      reporters.push_back(reporter);
      const std::string reason = prose(github::to_string(refusal));
      if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end())
        reasons.push_back(reason);
    }
  };

  static std::string not_done(const char* what, const NotDone& list) {
    if (list.reporters.empty()) return {};
    return fmt::format("\n{}: {}. Why: {}. What to do about it is in the job's log.\n", what,
                       join(list.reporters, ", "), join(list.reasons, "; "));
  }

  void summary(const Report& report, const github::Delivered& delivered) const {
    NotDone refused, stale;
    for (const github::Delivery& delivery : delivered.deliveries) {
      if (delivery.refused)
        refused.add(delivery.reporter, *delivery.refused);
      else if (delivery.not_edited)
        stale.add(delivery.reporter, *delivery.not_edited);
    }
    const bool is_complete = refused.reporters.empty() && stale.reporters.empty();
    if (!github::has_something_to_say(report) && is_complete) return;
    github::ReportingOptions options;
    options.repository = environment_("GITHUB_REPOSITORY");
    options.head = report.head;
    options.rules_url = rules_url();
    if (const std::string url = environment_("GITHUB_SERVER_URL"); !url.empty())
      options.server_url = url;
    std::string text = github::page(report, options, summary_room(environment_));
    text += not_done("Not posted", refused) + not_done("Not brought up to date", stale);
    append_summary(environment_, inputs_, text);
  }

  void write_files(const Report& report) const {
    write_below(workspace_, inputs_.report_file, to_json(report, true));
    if (!inputs_.sarif_file.empty()) write_below(workspace_, inputs_.sarif_file, to_sarif(report));
  }

  void outputs(const Report& report, const github::Delivered& delivered) const {
    output("verdict", std::string(to_string(report.verdict)));
    const Counts counts = count_findings(report);
    output("errors", std::to_string(counts.errors));
    output("warnings", std::to_string(counts.warnings));
    bool changed = false;
    for (const DatabaseReport& database : report.databases)
      changed = changed || !database.changes.empty();
    output("changed", changed ? "true" : "false");
    output("report-file", inputs_.report_file);
    output("sarif-file", inputs_.sarif_file);
    output("comment-url", delivered.comment_url);
  }

  void output(const std::string& name, const std::string& value) const {
    write_output(environment_, name, value);
  }

  /// The status says that nobody judged: a pull request that waits for it knows why.
  void report_error(const ActionJob& job, const Error& error) const {
    Report report;
    report.command = "check";
    report.verdict = Verdict::error;
    report.head = job.check.head;
    DatabaseReport nothing;
    nothing.name = "-";
    nothing.judged = false;
    nothing.notes.push_back(error.hint.empty() ? error.what()
                                               : fmt::format("{} ({})", error.what(), error.hint));
    report.databases.push_back(std::move(nothing));
    attempt("the output can't be written", [&] { output("verdict", "error"); });
    attempt("the status could not be set", [&] { say(report, deliver_to_github(job, report)); });
  }

  const Environment& environment_;
  ActionInputs inputs_;
  std::string workspace_;
  WorkingDirectory directory_;
  std::string version_;
};

}  // namespace

std::string from_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::string() : std::string(value);
}

int run_action(const Environment& environment, const std::string& version) {
  return Run(environment, read_inputs(environment), version).run();
}

}  // namespace schemagate
