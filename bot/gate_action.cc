// SPDX-License-Identifier: MIT
#include "bot/gate_action.h"

#include <fmt/format.h>

#include <exception>
#include <optional>
#include <random>
#include <set>

#include "base/error.h"
#include "bot/clone.h"
#include "bot/gate_audit.h"
#include "bot/gate_run.h"
#include "bot/github_access.h"
#include "bot/must.h"
#include "bot/output.h"
#include "bot/runner_files.h"
#include "bot/trees.h"
#include "bot/working_directory.h"
#include "github/checks.h"
#include "github/git_data.h"
#include "github/reporting.h"
#include "report/summary.h"
#include "report/utf8.h"

namespace schemagate {
namespace {

/// One part in so many of the time for GitHub is for closing what nobody judged.
constexpr int parts_of_time = 5;

/// Branches that one run without an event of a branch looks at.
constexpr std::size_t most_branches = 20;
/// Bytes of one branch's log in the summary, which all of them share.
constexpr std::size_t most_of_log = 25'000;

std::string head_reference(int pull_request) {
  return fmt::format("refs/pull/{}/head", pull_request);
}

class GateAction {
 public:
  GateAction(const Environment& environment, const ActionInputs& inputs, const github::Event& event)
      : environment_(environment), inputs_(inputs), event_(event), github_(environment, inputs) {
    if (inputs.ledger_token.empty()) return;
    ActionInputs writer = inputs;
    writer.token = inputs.ledger_token;
    ledger_.emplace(environment, writer);
  }

  int run() {
    if (inputs_.token.empty())
      throw Error(ErrorKind::config, "the gate needs a token",
                  "is the input github-token set, and may it write statuses?");
    // Whatever happens before, time to close what nobody judged is left.
    github_.client().keep(github_.client().options().budget / parts_of_time);
    bool passes = true;
    std::exception_ptr failed;
    for (const std::string& branch : branches_or_error()) try {
        passes = run_branch(branch) && passes;
      } catch (const std::exception& error) {
        // The other branches are swept all the same.
        if (!failed) failed = std::current_exception();
        attempt("the commit can't be closed", [&] { close_unjudged(branch, error.what()); });
        attempt("the log can't be written",
                [&] { say(fmt::format("{} could not be swept: {}\n", branch, error.what())); });
      }
    if (failed) {
      attempt("the output can't be written", [&] { tell("error"); });
      std::rethrow_exception(failed);
    }
    tell(passes && is_own_open() ? "pass" : "fail");
    return passes ? 0 : 1;
  }

 private:
  /// That the event tells in full; null: none.
  const github::PullRequest* told_pull_request() const {
    if (const auto* one = std::get_if<github::PullRequestEvent>(&event_.detail))
      return &one->pull_request;
    const auto* review = std::get_if<github::PullRequestReviewEvent>(&event_.detail);
    return review == nullptr ? nullptr : &review->pull_request;
  }

  /// The pull request that the event is about; 0: none.
  int own() const {
    if (const auto* one = told_pull_request()) return one->number;
    const auto* comment = std::get_if<github::IssueCommentEvent>(&event_.detail);
    return comment == nullptr ? 0 : comment->number;
  }
  /// Closed ones are not judged.
  bool is_own_wanted() const {
    const auto* one = told_pull_request();
    return one != nullptr ? one->open : is_commented_open_;
  }
  /// What was not judged, because another sweep is writing or it can't be fetched, has not passed.
  bool is_own_open() const { return own_ ? own_->green() : !is_own_wanted() || !is_own_swept_; }

  void look_at(const gate::Swept& swept) {
    for (const gate::Standing& standing : swept.standings)
      if (standing.pull_request.number == own()) own_ = standing;
    is_own_swept_ = true;
  }

  /// To the workflow.
  void tell(const std::string& verdict) const {
    write_output(environment_, "verdict", verdict);
    if (std::holds_alternative<github::MergeGroupEvent>(event_.detail) && verdict != "error")
      write_output(environment_, "gate", verdict == "pass" ? "granted" : "failed");
    if (!own_) return;
    write_output(environment_, "gate", std::string(to_string(own_->place)));
    write_output(environment_, "gate-checksum", own_->verdict.checksum);
    write_output(environment_, "overridden", own_->overridden ? "true" : "false");
  }

  std::set<std::string> branches_or_error() {
    try {
      return branches();
    } catch (const std::exception&) {
      attempt("the output can't be written", [&] { tell("error"); });
      throw;
    }
  }

  std::set<std::string> branches() {
    std::set<std::string> found;
    if (const auto* one = std::get_if<github::PullRequestEvent>(&event_.detail)) {
      found = {one->pull_request.base.ref, one->base_before};
    } else if (const auto* review = std::get_if<github::PullRequestReviewEvent>(&event_.detail)) {
      found = {review->pull_request.base.ref};
    } else if (const auto* group = std::get_if<github::MergeGroupEvent>(&event_.detail)) {
      constexpr std::string_view heads = "refs/heads/";
      found = {group->base_ref.starts_with(heads) ? group->base_ref.substr(heads.size())
                                                  : group->base_ref};
    } else if (const auto* push = std::get_if<github::PushEvent>(&event_.detail)) {
      found = {push->deleted ? "" : push->branch};
    } else if (const auto* comment = std::get_if<github::IssueCommentEvent>(&event_.detail)) {
      if (comment->on_pull_request && comment->body.starts_with("/schemagate"))
        found = {base_of(comment->number)};
    } else {
      found = all_branches();
    }
    found.erase("");
    return found;
  }

  std::string base_of(int number) {
    const auto pull_request = must(github::pull_request(github_.client(), number),
                                   fmt::format("#{} can't be read", number));
    is_commented_open_ = pull_request.open;
    return pull_request.base.ref;
  }

  std::set<std::string> all_branches() {
    std::set<std::string> found{event_.default_branch, inputs_.base};
    for (const github::PullRequest& one : must(github::open_pull_requests(github_.client(), ""),
                                               "the pull requests can't be listed"))
      if (found.size() < most_branches) found.insert(one.base.ref);
    return found;
  }

  bool run_branch(const std::string& branch) {
    const std::string workspace = environment_("GITHUB_WORKSPACE");
    const WorkingDirectory directory =
        working_directory(workspace.empty() ? "." : workspace, inputs_.working_directory);
    Clone clone(directory.clone, server(branch));
    const std::string tip = get_objects(clone, branch);
    if (tip.empty()) {
      say(fmt::format("there is no branch {} any more: nothing to do\n", branch));
      return true;
    }
    GateRun run{clone.repository(), github_.client(), {}, {}, common(), {}, inputs_.name};
    run.hub.branch = branch;
    run.hub.context = context_for(branch);
    run.is_default = branch == default_branch();
    run.hub.run_url = run_url(environment_);
    if (ledger_) run.hub.ledger = &ledger_->client();
    run.sweep.run = fmt::format("{}.{}.{:08x}", environment_("GITHUB_RUN_ID"),
                                environment_("GITHUB_RUN_ATTEMPT"), std::random_device()());
    run.sweep.verify = std::holds_alternative<github::ScheduleEvent>(event_.detail) ||
                       std::holds_alternative<github::WorkflowDispatchEvent>(event_.detail);
    run.where.config_path = inputs_.config;
    run.where.folder = directory.folder;
    run.where.schema = inputs_.schema;
    run.fetch = [&](const std::vector<int>& pull_requests) {
      std::vector<std::string> references;
      for (const int number : pull_requests) references.push_back(head_reference(number));
      if (const auto why = clone.fetch_again(references))
        say(fmt::format("the branch has moved on and can't be fetched: {}\n", *why));
    };
    configure(run, tip);
    std::string page;
    std::set<std::string> stuck;
    run.say = [&](const std::string& lines) { say(lines); };
    run.told = [&](const gate::Swept& swept) {
      look_at(swept);
      stuck = swept.stuck;
      page = page_of(swept, branch);
    };
    bool passes = true;
    const std::string log = work(run, passes);
    say(log);
    append_summary(environment_, inputs_, page + run.answer + (run.answer.empty() ? "" : "\n\n"));
    append_summary_block(environment_, inputs_, log, most_of_log);
    if (!stuck.empty())
      throw Error(ErrorKind::github,
                  *stuck.begin() + " is green, must not be, and takes no status any more",
                  "push another commit to its pull request, or close it");
    return passes;
  }

  /// One commit may want to land on several branches: each has its own status. Only the default
  /// branch's has no name in it.
  std::string context_for(const std::string& branch) {
    const std::string context = github::context_of(inputs_.name) + "/gate";
    return branch == default_branch() ? context : context + ":" + branch;
  }

  std::string default_branch() {
    if (event_.default_branch.empty())
      throw Error(ErrorKind::github, "the event does not tell the repository's default branch",
                  "was the event's file written by GitHub?");
    return event_.default_branch;
  }

  std::string work(GateRun& run, bool& passes) {
    if (run.sweep.rules.mode == gate::Mode::off) return "gate.mode is off: nothing to do\n";
    if (const auto* group = std::get_if<github::MergeGroupEvent>(&event_.detail))
      return run_group(run, *group, passes);
    if (const auto* comment = std::get_if<github::IssueCommentEvent>(&event_.detail))
      return run_command(run, *comment);
    if (const auto* push = std::get_if<github::PushEvent>(&event_.detail))
      return sweep_and_audit(run, *push);
    gate::Swept swept;
    const std::string log = run_sweep(run, swept);
    if (const auto* own = std::get_if<github::PullRequestEvent>(&event_.detail))
      require_told(swept, own->pull_request.head.sha, log);
    return log;
  }

  /// The sweep comes first: what can't be audited must not keep statuses from being right. When it
  /// fails, what landed is audited all the same.
  std::string sweep_and_audit(GateRun& run, const github::PushEvent& push) {
    std::string log;
    std::exception_ptr failed;
    try {
      gate::Swept swept;
      log = run_sweep(run, swept);
    } catch (const std::exception&) {
      failed = std::current_exception();
    }
    is_audited_ = true;
    github_.client().keep(std::chrono::milliseconds(0));
    try {
      log += audit_landing(run, push);
    } catch (const gate::StatusRefused&) {
      say(log);
      throw;
    } catch (const Error& error) {
      log += fmt::format("what landed could not be audited: {}\n", error.what());
      tell_unaudited(run, push, error.what());
    }
    if (!failed) return log;
    say(log);
    std::rethrow_exception(failed);
  }

  /// What nobody judged keeps no green of an earlier run: a merge group's commit, and what landed
  /// and was not audited.
  void close_unjudged(const std::string& branch, const std::string& why) {
    const auto* group = std::get_if<github::MergeGroupEvent>(&event_.detail);
    const auto* push = std::get_if<github::PushEvent>(&event_.detail);
    if (group == nullptr && (push == nullptr || is_audited_ || push->after.empty())) return;
    github_.client().keep(std::chrono::milliseconds(0));
    github::Status status{context_for(branch), github::State::error, {}, run_url(environment_)};
    status.description =
        (group != nullptr ? "could not judge: " : "could not be audited: ") + visible_line(why);
    const std::string& commit = group != nullptr ? group->head_sha : push->after;
    const auto set = github::set_status(github_.client(), commit, status);
    if (!set)
      say(fmt::format("{}: the status can't be set: {}\n", commit,
                      github::with_hint(set.refusal())));
  }

  /// The job of a pull request whose own commit takes no status has not done its work.
  void require_told(const gate::Swept& swept, const std::string& head, const std::string& log) {
    const auto refused = swept.refused.find(head);
    if (refused == swept.refused.end()) return;
    say(log);
    throw Error(ErrorKind::github, head + ": " + refused->second,
                "a commit takes 1,000 statuses: push another commit, or run the job again");
  }

  git::FetchRequest server(const std::string& branch) {
    git::FetchRequest request = fetch_request(environment_, inputs_);
    request.references = {"refs/heads/" + branch};
    if (const auto* group = std::get_if<github::MergeGroupEvent>(&event_.detail)) {
      request.references.push_back("refs/heads/" + group->head_ref);
      heads_.push_back(group->head_sha);
    }
    const auto open = github::open_pull_requests(github_.client(), branch);
    if (!open) return request;
    for (const github::PullRequest& one : *open) {
      request.references.push_back(head_reference(one.number));
      heads_.push_back(one.head.sha);
    }
    return request;
  }

  /// Whatever will be judged is in the clone, or was fetched, or stays unjudged. Returns the tip;
  /// empty: the branch is gone, as that of a pull request on which others were stacked.
  std::string get_objects(Clone& clone, const std::string& branch) {
    const auto tip = must(github::get_ref(github_.client(), "heads/" + branch),
                          fmt::format("the tip of {} can't be read", branch));
    if (!tip && branch != event_.default_branch) return {};
    if (!tip)
      throw Error(ErrorKind::github, "there is no branch " + branch,
                  "may the token read the repository's contents?");
    heads_.push_back(*tip);
    for (const std::string& head : heads_) {
      try {
        (void)clone.repository().list(clone.repository().resolve(head));
      } catch (const Error& missing) {
        if (const auto why = clone.complete(git::MissingObject(missing.what())))
          say(fmt::format("{}: {}\n", missing.what(), *why));
        break;
      }
    }
    return *tip;
  }

  /// A configuration that can't be read closes every pull request that has to be judged by it, and
  /// keeps no administrator from overriding.
  void configure(GateRun& run, const std::string& tip) {
    try {
      Sides sides;
      sides.base = sides.before = sides.head = run.repository.resolve(tip);
      sides.base_files = sides.before_files = sides.head_files = run.repository.list(sides.base);
      CheckOptions check;
      check.config_path = run.where.config_path;
      check.folder = run.where.folder;
      check.schema = run.where.schema;
      const Config config = read_config(run.repository, sides, check);
      if (const auto mode = gate::mode_of(config.gate_mode)) run.sweep.rules.mode = *mode;
      run.sweep.rules.slot_ttl = config.gate_slot_hours * 3600;
      run.hub.approvals = config.gate_approvals;
      run.override_self = config.override_self;
      run.override_unparsed = config.override_unparsed;
    } catch (const Error& error) {
      say(fmt::format("{}\n", error.what()));
    }
  }

  CommonOptions common() const {
    CommonOptions common;
    common.postgres = inputs_.postgres;
    common.by_inputs = true;
    common.color = "never";
    common.no_rehearsal = true;
    return common;
  }

  void say(const std::string& log) const { print_text(log.empty() ? "nothing to do\n" : log); }

  const Environment& environment_;
  const ActionInputs& inputs_;
  const github::Event& event_;
  GitHubAccess github_;
  std::optional<GitHubAccess> ledger_;  ///< with the token that writes it, if it is another
  std::optional<gate::Standing> own_;   ///< where the event's pull request stands
  bool is_commented_open_ = false;      ///< the pull request that a comment is on
  bool is_own_swept_ = false;           ///< a sweep looked for it
  bool is_audited_ = false;             ///< what a push landed, or it was told that it could not be
  std::vector<std::string> heads_;
};

}  // namespace

bool is_for_the_gate(const github::Event& event, const ActionInputs& inputs) {
  const bool is_pull_request = std::holds_alternative<github::PullRequestEvent>(event.detail);
  // Without a token nothing can be swept: a pull request is then answered for by itself.
  if (inputs.command == ActionCommand::gate) return !is_pull_request || !inputs.token.empty();
  if (inputs.command == ActionCommand::check) return false;
  return !is_pull_request && !std::holds_alternative<github::MergeGroupEvent>(event.detail);
}

int run_gate_action(const Environment& environment, const ActionInputs& inputs,
                    const github::Event& event) {
  return GateAction(environment, inputs, event).run();
}

}  // namespace schemagate
