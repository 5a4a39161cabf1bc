// SPDX-License-Identifier: MIT
#include "bot/action.h"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <random>

#include "base/error.h"
#include "base/text.h"
#include "bot/clone.h"
#include "bot/diff_lines.h"
#include "bot/output.h"
#include "bot/pipeline.h"
#include "bot/workspace_file.h"
#include "github/event.h"
#include "github/https_transport.h"
#include "github/reporting.h"
#include "report/summary.h"
#include "report/terminal_text.h"

namespace schemagate {
namespace {

/// GitHub takes a mebibyte per step. https://docs.github.com/actions/reference/limits
constexpr std::size_t summary_limit = 1'000'000;

std::string random_word() {
  std::random_device device;
  std::string word;
  for (int i = 0; i < 4; ++i) word += fmt::format("{:08x}", device());
  return word;
}

/// What of a pull request (or of a merge group) is to be judged.
struct Job {
  CheckOptions check;
  int pull_request = 0;
  std::string base_branch;              ///< "main"; its tip is what is compared with …
  std::string base_of_event;            ///< … and this commit where the tip is not there
  std::vector<std::string> references;  ///< on the server, of base and head
  bool trusted = true;      ///< false: with the base's rights; nothing of the pull request is run
  std::string not_because;  ///< why there is nothing to do; empty: there is
};

class Run {
 public:
  Run(const Environment& environment, ActionInputs inputs)
      : environment_(environment), inputs_(std::move(inputs)) {
    workspace_ = environment_("GITHUB_WORKSPACE");
    if (workspace_.empty()) workspace_ = ".";
  }

  int run() {
    const github::Event event = github::read_event(
        environment_("GITHUB_EVENT_NAME"), read_whole_file(environment_("GITHUB_EVENT_PATH")));
    const Job job = job_of(event);
    if (!job.not_because.empty()) {
      print(fmt::format("schemagate: nothing to judge: {}\n", job.not_because));
      output("verdict", "pass");
      return 0;
    }
    try {
      return judge_and_report(job);
    } catch (const Error& error) {
      report_error(job, error);
      throw;
    }
  }

 private:
  Job job_of(const github::Event& event) const {
    Job job;
    job.check.config_path = inputs_.config;
    job.check.databases = inputs_.databases;
    if (const auto* opened = std::get_if<github::PullRequestEvent>(&event.detail)) {
      const github::PullRequest& pull_request = opened->pull_request;
      job.pull_request = pull_request.number;
      job.trusted = !opened->target;
      job.check.head = pull_request.head.sha;
      job.base_branch = inputs_.base.empty() ? pull_request.base.ref : inputs_.base;
      job.base_of_event = pull_request.base.sha;
      job.references = {"refs/heads/" + pull_request.base.ref,
                        fmt::format("refs/pull/{}/head", pull_request.number)};
      if (opened->action == "closed") job.not_because = "the pull request is closed";
      if (pull_request.draft && inputs_.skip_drafts)
        job.not_because = "the pull request is a draft, and drafts are skipped";
    } else if (const auto* group = std::get_if<github::MergeGroupEvent>(&event.detail)) {
      job.trusted = false;
      job.check.head = group->head_sha;
      job.check.base = group->base_sha;
      job.references = {group->base_ref, group->head_ref};
    } else {
      job.not_because = "the event " + event.name + " brings no pull request to judge";
    }
    return job;
  }

  git::FetchRequest server(const Job& job) const {
    git::FetchRequest request;
    const std::string url = environment_("GITHUB_SERVER_URL"),
                      name = environment_("GITHUB_REPOSITORY");
    if (!url.empty() && !name.empty()) request.url = url + "/" + name;
    request.token = inputs_.token;
    request.references = job.references;
    request.all_branches_and_tags = !inputs_.base.empty();
    request.ca_file = inputs_.ca_file;
    return request;
  }

  /// The branch's tip as it was checked out, which is newer than the event, or the event's.
  std::string base_of(const Job& job, Clone& clone, std::vector<std::string>& notes) const {
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

  CommonOptions common(const Job& job) const {
    CommonOptions common;
    common.postgres = inputs_.postgres;
    common.fail_on = inputs_.fail_on;
    common.color = "never";
    common.no_rehearsal = !job.trusted;
    common.no_commands = !job.trusted;
    return common;
  }

  int judge_and_report(Job job) {
    Clone clone(workspace_, server(job));
    std::vector<std::string> notes;
    if (job.check.base.empty()) job.check.base = base_of(job, clone, notes);
    Report report = check(clone, job.check, common(job));
    report.notes.insert(report.notes.begin(), notes.begin(), notes.end());
    github::DiffLines lines;
    if (!report.head.empty() && !report.merge_base.empty())
      lines = diff_lines(clone.repository(), report);
    write_files(report);
    const github::Delivered delivered = deliver_to_github(job, report, std::move(lines));
    say(report, delivered);
    outputs(report, delivered);
    for (const github::Delivery& delivery : delivered.deliveries)
      if (delivery.refused && inputs_.post_failure_is_error) return 2;
    return exit_code(report.verdict);
  }

  github::ReportingOptions reporting(const Job& job, github::DiffLines lines) const {
    github::ReportingOptions options;
    options.name = inputs_.name;
    options.reporters = inputs_.reporters;
    options.pull_request = job.pull_request;
    options.head = job.check.head;
    options.repository = environment_("GITHUB_REPOSITORY");
    if (const std::string url = environment_("GITHUB_SERVER_URL"); !url.empty())
      options.server_url = url;
    options.run_url = fmt::format("{}/{}/actions/runs/{}", options.server_url, options.repository,
                                  environment_("GITHUB_RUN_ID"));
    options.most_comments = static_cast<std::size_t>(inputs_.max_comments);
    options.lines = std::move(lines);
    return options;
  }

  github::Delivered deliver_to_github(const Job& job, const Report& report,
                                      github::DiffLines lines = {}) const {
    if (inputs_.token.empty()) return {};
    github::ClientOptions options;
    const std::string api = environment_("GITHUB_API_URL");
    options.api =
        github::parse_address(api.empty() ? "https://api.github.com" : api, "GITHUB_API_URL");
    if (const std::string url = environment_("GITHUB_GRAPHQL_URL"); !url.empty())
      options.graphql = github::parse_address(url, "GITHUB_GRAPHQL_URL");
    options.repository = environment_("GITHUB_REPOSITORY");
    options.token = inputs_.token;
    options.budget = std::chrono::seconds(inputs_.api_seconds);
    github::HttpsOptions https;
    https.ca_file = inputs_.ca_file;
    https.proxy = environment_("HTTPS_PROXY");
    https.no_proxy = environment_("NO_PROXY");
    github::HttpsTransport transport(options.api, https);
    github::Client client(transport, options);
    return github::deliver(client, report, reporting(job, std::move(lines)));
  }

  /// The log: the report as text that no line of is a command, then what GitHub did not take.
  void say(const Report& report, const github::Delivered& delivered) const {
    if (!delivered.annotated || inputs_.reporters.count("annotations") != 0)
      print(to_workflow_commands(report));
    TerminalOptions terminal;
    const std::string stop = random_word();
    print(fmt::format("::stop-commands::{}\n{}", stop, to_terminal(report, terminal)));
    std::string text;
    if (delivered.superseded)
      text += "the pull request has a newer head: nothing was posted, its own run will\n";
    for (const github::Delivery& delivery : delivered.deliveries) {
      if (delivery.refused)
        text += fmt::format("{}: not posted: {}{}\n", delivery.reporter,
                            github::to_string(*delivery.refused),
                            delivery.refused->hint.empty() ? "" : ": " + delivery.refused->hint);
      else if (!delivery.note.empty())
        text += fmt::format("{}: {}\n", delivery.reporter, delivery.note);
    }
    if (inputs_.token.empty()) text += "no token was given: nothing was posted\n";
    print(without_workflow_commands(text) + fmt::format("::{}::\n", stop));
    if (inputs_.reporters.count(github::reporter::summary) != 0) summary(report, text);
  }

  void summary(const Report& report, const std::string& deliveries) const {
    const std::string path = environment_("GITHUB_STEP_SUMMARY");
    if (path.empty() || (!github::has_something_to_say(report) && deliveries.empty())) return;
    github::ReportingOptions options;
    options.repository = environment_("GITHUB_REPOSITORY");
    options.head = report.head;
    if (const std::string url = environment_("GITHUB_SERVER_URL"); !url.empty())
      options.server_url = url;
    std::ofstream(path, std::ios::app) << github::page(report, options, summary_limit);
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

  /// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
  void output(const std::string& name, const std::string& value) const {
    const std::string path = environment_("GITHUB_OUTPUT");
    if (path.empty()) return;
    const std::string end = "ghadelimiter_" + random_word();
    std::ofstream(path, std::ios::app) << fmt::format("{}<<{}\n{}\n{}\n", name, end, value, end);
  }

  /// The status says that nobody judged: a pull request that waits for it knows why.
  void report_error(const Job& job, const Error& error) const {
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
    output("verdict", "error");
    try {
      const github::Delivered delivered = deliver_to_github(job, report);
      say(report, delivered);
    } catch (const Error& second) {
      print(without_workflow_commands(
          fmt::format("schemagate: the status could not be set: {}\n", second.what())));
    }
  }

  const Environment& environment_;
  ActionInputs inputs_;
  std::string workspace_;
};

}  // namespace

std::string from_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::string() : std::string(value);
}

int run_action(const Environment& environment) {
  return Run(environment, read_inputs(environment)).run();
}

}  // namespace schemagate
