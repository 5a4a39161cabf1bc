// SPDX-License-Identifier: MIT
#include "bot/gate_audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "bot/gate.h"
#include "bot/must.h"
#include "bot/reviewed_judge.h"
#include "github/checks.h"
#include "report/utf8.h"

namespace schemagate {
namespace {

constexpr std::size_t most_steps = 100;  ///< that are looked at one by one

/// A step that can't be judged, or is broken.
constexpr const char* unjudged_plan = "?";

/// The plan of what lies between two commits; empty: no schema changed.
std::string plan_between(GateRun& run, const std::string& before, const std::string& after) {
  GateOptions options = run.where;
  options.merge_base = before;
  options.base_tree = before;
  options.head = after;
  try {
    const GateReport report = evaluate_gate(run.repository, options, run.common);
    // A broken statement is in no plan, so the rest might look like somebody's.
    if (report.gate == Gate::failed) return unjudged_plan;
    const bool is_nothing = report.gate == Gate::not_applicable && !writes_rows(report);
    return is_nothing ? std::string() : landing_plan(report);
  } catch (const Error&) {
    return unjudged_plan;
  }
}

/// From tip to tip along the first parents, oldest first, both included.
std::vector<std::string> steps_between(GateRun& run, const std::string& before,
                                       const std::string& after) {
  std::vector<std::string> steps{after};
  while (steps.back() != before) {
    if (steps.size() > most_steps)
      throw Error(ErrorKind::repository,
                  fmt::format("{} is not among the last {} commits of {}", before.substr(0, 12),
                              most_steps, after.substr(0, 12)));
    steps.push_back(run.repository.resolve(steps.back() + "~1"));
  }
  std::reverse(steps.begin(), steps.end());
  return steps;
}

/// The step is what git makes of landing that head there.
bool is_merge_of(GateRun& run, const std::string& from, const std::string& to,
                 const std::string& head) {
  try {
    const auto ancestors = run.repository.merge_bases(from, head);
    if (ancestors.size() != 1) return false;
    const git::MergedTree merged = run.repository.merge_trees(ancestors.front(), from, head);
    if (merged.tree.empty()) return false;
    const auto one = run.repository.list(merged.tree), other = run.repository.list(to);
    return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                      [](const git::TreeEntry& a, const git::TreeEntry& b) {
                        return a.path == b.path && a.blob == b.blob;
                      });
  } catch (const Error&) {
    return false;
  }
}

using MayLand = std::function<bool(const gate::Grant& grant, const std::string& from)>;

bool is_known(GateRun& run, const std::vector<gate::Grant>& grants, const std::string& from,
              const std::string& to, const MayLand& may_land) {
  const std::string plan = plan_between(run, from, to);
  if (plan.empty()) return true;
  // What was overridden may mean something else where it lands: it is known by its files.
  return std::any_of(grants.begin(), grants.end(), [&](const gate::Grant& grant) {
    const bool is_it =
        grant.plan == plan || (grant.overridden && is_merge_of(run, from, to, grant.head));
    return is_it && may_land(grant, from);
  });
}

/// The first commit that brings a change of nobody; empty: there is none. A rebase lands one pull
/// request as several commits: the longest known stretch counts.
std::string first_unknown(GateRun& run, const std::vector<gate::Grant>& grants,
                          const std::vector<std::string>& steps, const MayLand& may_land) {
  for (std::size_t at = 0; at + 1 < steps.size();) {
    std::size_t next = steps.size() - 1;
    while (next > at && !is_known(run, grants, steps[at], steps[next], may_land)) --next;
    if (next == at) return steps[at + 1];
    at = next;
  }
  return {};
}

/// An override of that head, whatever it was made for.
const gate::Override* find_override(const gate::Ledger& ledger, const gate::PullRequest& one) {
  for (const gate::Override& passed : ledger.overrides)
    if (passed.number == one.number && passed.head == one.head) return &passed;
  return nullptr;
}

/// Whether an administrator let exactly this through: the head, where it would land.
bool is_overridden(const gate::Ledger& ledger, const gate::PullRequest& one,
                   const gate::Verdict& verdict) {
  const gate::Override* passed = find_override(ledger, one);
  return passed != nullptr && passed->checksum == verdict.checksum;
}

/// Why one that would not land by itself must not land.
std::string refusal_of(const gate::Ledger& ledger, const gate::PullRequest& one,
                       const gate::Verdict& verdict) {
  const std::string why =
      verdict.reason.empty() ? std::string("it meets what lands before it") : verdict.reason;
  if (find_override(ledger, one) == nullptr) return why;
  return fmt::format("the override was for another checksum than {}: {}",
                     gate::short_checksum(verdict.checksum), why);
}

/// Why the group must not land; empty: it may. Throws Error where that can't be known.
std::string refusal_of(GateRun& run, const github::MergeGroupEvent& group) {
  const auto pull_request = must(github::pull_request(run.client, group.pull_request),
                                 fmt::format("#{} can't be read", group.pull_request));
  GitHubHub hub(run.client, run.hub);
  GitJudge judge(run.repository, run.where, run.common, run.limits, run.in_child);
  const gate::Ledger ledger = hub.read_ledger();
  const gate::PullRequest last{group.pull_request, pull_request.head.sha};
  // Those in front were asked for their approvals when they were granted.
  const std::map<int, std::string> authors{{group.pull_request, pull_request.author}};
  ReviewedJudge reviewed(judge, run.repository, run.client, authors, run.where, run.common,
                         run.limits);
  const gate::Verdict verdict = reviewed.evaluate(group.base_sha, last, false);
  const bool overridden = is_overridden(ledger, last, verdict);
  const auto is_good = [](const gate::Verdict& one) {
    return one.answer == gate::Answer::granted || one.answer == gate::Answer::not_applicable;
  };
  if (!overridden && !is_good(verdict)) return refusal_of(ledger, last, verdict);
  if (!overridden && !verdict.waits_for.empty())
    return "judged ok, lands when " + verdict.waits_for;
  // Those in front land with it, whatever became of their own groups.
  std::vector<gate::Grant> grants = ledger.grants;
  grants.push_back({last.number, last.head, group.base_sha, verdict.plan, 0, overridden});
  const std::string unknown = first_unknown(
      run, grants, steps_between(run, hub.base_tip(), group.head_sha),
      [&](const gate::Grant& grant, const std::string& from) {
        const gate::PullRequest one{grant.number, grant.head};
        const gate::Verdict there = judge.evaluate(from, one, false);
        return is_good(there) || (grant.overridden && is_overridden(ledger, one, there));
      });
  if (unknown.empty()) return {};
  if (unknown == group.head_sha) return "the group does not land what was judged";
  return fmt::format("{} in front of it must not land", unknown.substr(0, 12));
}

}  // namespace

std::string run_group(GateRun& run, const github::MergeGroupEvent& group, bool& passes) {
  const std::string why = refusal_of(run, group);
  passes = why.empty();
  const github::Status status{run.hub.context,
                              passes ? github::State::success : github::State::failure,
                              passes ? "ok with everything in front of it" : why, run.hub.run_url};
  run.client.keep(std::chrono::milliseconds(0));
  must(github::set_status(run.client, group.head_sha, status), "the status can't be set");
  return fmt::format("merge group {}: {}\n", group.head_sha.substr(0, 12), status.description);
}

namespace {

/// A forced push has no steps, and very many are not looked at one by one: then it is one.
std::vector<std::string> steps_of_push(GateRun& run, const github::PushEvent& push) {
  try {
    return steps_between(run, push.before, push.after);
  } catch (const Error&) {
    return {push.before, push.after};
  }
}

/// Throws gate::StatusRefused when GitHub does not take it.
void set_red(GateRun& run, const github::PushEvent& push, const std::string& why) {
  const auto set = github::set_status(
      run.client, push.after, {run.hub.context, github::State::failure, why, run.hub.run_url});
  if (!set)
    throw gate::StatusRefused(ErrorKind::github,
                              fmt::format("{}: {}: the status can't be set: {}", push.after, why,
                                          github::to_string(set.refusal())),
                              set.refusal().hint);
}

/// What nobody can compare is no less red than what nobody judged.
std::string why_unknown(GateRun& run, const github::PushEvent& push,
                        const std::vector<std::string>& steps, const std::string& unknown) {
  const auto step = std::find(steps.begin() + 1, steps.end(), unknown);
  if (plan_between(run, *(step - 1), unknown) == unjudged_plan)
    return fmt::format("{} landed, and what it changes could not be judged", unknown.substr(0, 12));
  if (push.forced)
    return fmt::format("a forced push from {} changes the schema without a grant",
                       push.before.substr(0, 12));
  return fmt::format("{} landed without a grant", unknown.substr(0, 12));
}

}  // namespace

void tell_unaudited(GateRun& run, const github::PushEvent& push, const std::string& why) {
  if (push.after.empty()) return;
  set_red(run, push, "what landed could not be audited: " + visible_line(why));
}

std::string audit_landing(GateRun& run, const github::PushEvent& push) {
  if (push.before.empty() || push.after.empty()) return {};
  if (run.hub.without_ledger) return "what landed is not audited: there is no ledger\n";
  const gate::Ledger ledger = GitHubHub(run.client, run.hub).read_ledger();
  std::vector<gate::Grant> grants = ledger.grants;
  grants.insert(grants.end(), ledger.past.begin(), ledger.past.end());
  const std::vector<std::string> steps = steps_of_push(run, push);
  const std::string unknown = first_unknown(
      run, grants, steps, [](const gate::Grant&, const std::string&) { return true; });
  if (unknown.empty()) return {};
  const std::string why = why_unknown(run, push, steps, unknown);
  set_red(run, push, why);
  return fmt::format("landing audit: {}: {}\n", unknown, why);
}

}  // namespace schemagate
