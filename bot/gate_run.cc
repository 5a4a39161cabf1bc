// SPDX-License-Identifier: MIT
#include "bot/gate_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "bot/gate_strict.h"
#include "bot/output.h"
#include "bot/reviewed_judge.h"
#include "github/comments.h"
#include "github/sticky_comment.h"
#include "report/markdown_text.h"

namespace schemagate {
namespace {

using gate::Place;
using gate::Standing;

constexpr int most_comments = 50;  ///< of one sweep: they are a second apart
constexpr int most_looks = 20;     ///< of one sweep, at what an earlier head may have been told
constexpr std::size_t least_reason = 10, least_checksum = 12;

std::string what_now(const Standing& standing) {
  switch (standing.place) {
    case Place::waiting:
      return fmt::format(
          "It waits for #{}, which has the slot since {}{}. "
          "It turns green by itself. An administrator passes the slot on with "
          "`/schemagate yield #{}`.",
          standing.holder, iso_of(standing.holder_since),
          standing.holder_until == 0
              ? std::string()
              : " and, if nothing happens there, until " + iso_of(standing.holder_until),
          standing.pull_request.number);
    case Place::not_ready:
      return fmt::format(
          "{} {} {}.",
          standing.overridden ? "An administrator lets it through, and it"
                              : "It was judged well and",
          standing.mode == gate::Mode::slots ? "takes its slot when" : "is not green until",
          standing.verdict.reason);
    case Place::stale:
      return "The base has moved into this change since it was reviewed. Merge the base into the "
             "branch (or rebase), mend what meets, and have it reviewed again: the gate judges the "
             "new head by itself.";
    case Place::failed:
      return "What would land is broken or is not the schema that was meant. Mend it on the branch "
             "and push: the gate judges the new head by itself.";
    case Place::unjudged:
      return "Nobody knows what would land, so the gate is closed. Mend what is named below and "
             "push, "
             "or ask again with `/schemagate recheck`.";
    case Place::overridden:
      return "An administrator lets this commit land as it is.";
    default:
      return "It may land.";
  }
}

std::string_view dot(Place place) {
  switch (place) {
    case Place::waiting:
    case Place::not_ready:
      return "⏳";
    case Place::stale:
      return "🟠";
    case Place::failed:
      return "🔴";
    case Place::unjudged:
      return "⛔";
    default:
      return "🟢";
  }
}

std::string section_of(const Standing& standing) {
  const std::string holder =
      standing.place == Place::waiting ? fmt::format(" for #{}", standing.holder) : "";
  std::string text = fmt::format("### {} Gate: {}{}\n\n{}\n", dot(standing.place),
                                 to_string(standing.place), holder, what_now(standing));
  if (!standing.verdict.reason.empty() && standing.place != Place::not_ready)
    text += "\n> " + prose(standing.verdict.reason) + "\n";
  const bool closed = !standing.green() && !standing.verdict.checksum.empty();
  if (closed)
    text += fmt::format(
        "\nAn administrator can override: `/schemagate override {} <reason>`. It holds for this "
        "commit and this base only.\n",
        standing.verdict.checksum);
  return text;
}

/// What an override passes by, in full: a status has room for its begin only.
std::string bypassed_by(const Standing& standing) {
  const std::string& shown = standing.shown.description;
  return standing.verdict.reason.size() > shown.size() ? standing.verdict.reason : shown;
}

/// Only where the status changed to something that needs words, or that takes some back.
std::string say_on_pull_requests(GateRun& run, const gate::Swept& swept) {
  github::Identity self(run.client);
  std::string log;
  int comments = 0, looks = 0;
  for (const Standing& standing : swept.standings) {
    const std::string& head = standing.pull_request.head;
    if (swept.changed.count(head) == 0) continue;
    const int number = standing.pull_request.number;
    const bool needs_words = !standing.green() || standing.place == Place::overridden;
    if (needs_words && ++comments > most_comments) {
      log +=
          fmt::format("#{}: no comment: {} in one sweep are enough; `/schemagate explain` tells\n",
                      number, most_comments);
      continue;
    }
    if (!needs_words && swept.opened.count(head) == 0 && ++looks > most_looks) continue;
    const auto say = needs_words ? github::write_section : github::replace_section;
    const auto written =
        say(run.client, number, run.name, self, github::Section::gate, section_of(standing));
    if (!written)
      log += fmt::format("#{}: no comment: {}\n", number, github::with_hint(written.refusal()));
  }
  return log;
}

/// What went wrong, line by line.
std::vector<std::string> trouble_of(const gate::Swept& swept) {
  std::vector<std::string> lines;
  for (const auto& [head, why] : swept.refused) lines.push_back(fmt::format("{}: {}", head, why));
  for (const std::string& commit : swept.missing)
    lines.push_back(fmt::format("{} could not be fetched: {}", commit,
                                commit == swept.base ? "nothing was judged" : "it was not judged"));
  for (const std::string& head : swept.forged)
    lines.push_back(fmt::format("{}: green that no sweep wrote, taken back", head));
  return lines;
}

std::string log_of(const gate::Swept& swept, const std::string& branch) {
  std::string log = fmt::format("{} at {}: {} open, {} statuses written{}\n", branch,
                                swept.base.substr(0, 12), swept.standings.size(), swept.statuses,
                                swept.settled ? "" : ", not settled: the next sweep goes on");
  for (const Standing& standing : swept.standings)
    log += fmt::format("#{} {}: {}\n", standing.pull_request.number, to_string(standing.place),
                       standing.shown.description);
  for (const std::string& line : trouble_of(swept)) log += line + "\n";
  return log;
}

void reply(GateRun& run, int number, const std::string& text, std::string& log) {
  const auto posted = github::create_issue_comment(run.client, number, text);
  if (!posted) log += fmt::format("no reply: {}\n", github::with_hint(posted.refusal()));
}

/// Changes the ledger, however many others do so meanwhile.
bool change_ledger(GitHubHub& hub, const std::function<void(gate::Ledger&)>& change) {
  for (int attempt = 0; attempt < 5; ++attempt) {
    gate::Ledger ledger = hub.read_ledger();
    change(ledger);
    if (hub.swap_ledger(ledger)) return true;
  }
  return false;
}

/// The branch on GitHub, and who judges what is open there, approvals included.
struct Judges {
  explicit Judges(GateRun& run)
      : hub(run.client, run.hub),
        judge(run.repository, run.where, run.common, run.limits, run.in_child),
        reviewed(judge, run.repository, run.client, hub.authors(), run.where, run.common,
                 run.limits) {
    judge.fetch_by(run.fetch);
  }

  GitHubHub hub;
  GitJudge judge;
  ReviewedJudge reviewed;
};

/// Where one pull request stands, the others apart; nothing is written.
std::vector<Standing> judge_alone(GateRun& run, int number) {
  Judges judges(run);
  GitHubHub& hub = judges.hub;
  gate::View view{hub.base_tip(), hub.open_pull_requests(), hub.read_ledger(), hub.now()};
  std::erase_if(view.open, [&](const gate::PullRequest& one) { return one.number != number; });
  if (!judges.reviewed.missing(view.base, view.open).empty()) return {};
  return gate::decide(view, hub, judges.reviewed, run.sweep.rules);
}

/// One comment that is a command.
class Command {
 public:
  Command(GateRun& run, const github::IssueCommentEvent& comment)
      : run_(run), comment_(comment), hub_(run.client, run.hub) {
    const std::string line = comment.body.substr(0, comment.body.find_first_of("\r\n"));
    for (const std::string_view word : split(line, ' '))
      if (!word.empty()) words_.emplace_back(word);
  }

  std::string execute() {
    if (words_.size() < 2 || words_[0] != "/schemagate") return {};
    const std::string& word = words_[1];
    if (word == "override") return by_administrator([&] { return override_it(); });
    if (word == "yield") return by_administrator([&] { return yield(); });
    if (word == "recheck") return recheck();
    if (word == "explain") return explain();
    return answer(
        fmt::format("There is no command {}: override, yield, recheck, explain.", code_span(word)));
  }

 private:
  std::string answer(const std::string& text) {
    run_.answer = text;
    std::string log = text + "\n";
    reply(run_, comment_.number, text, log);
    return log;
  }

  [[noreturn]] void nobody_knows(const github::Outcome<github::Access>& access) {
    const std::string why =
        fmt::format("GitHub does not say whether @{} is an administrator: {}", comment_.author,
                    prose(github::to_string(access.refusal())));
    (void)answer("Nothing was done. " + why + ". Write the command again.");
    throw Error(ErrorKind::github, why, access.refusal().hint);
  }

  /// Why the comment is no command any more; empty: it is. Jobs may wait for long, and meanwhile
  /// its author thinks better of it.
  std::string why_void() {
    const auto now = github::issue_comment(run_.client, comment_.comment);
    if (!now) {
      const std::string why = "GitHub does not say whether the command still stands: " +
                              prose(github::to_string(now.refusal()));
      (void)answer("Nothing was done. " + why + ". Write the command again.");
      throw Error(ErrorKind::github, why, now.refusal().hint);
    }
    if (!*now) return "Nothing was done: the comment is gone.";
    const bool is_edited = comment_.created_at != comment_.updated_at ||
                           (*now)->created_at != (*now)->updated_at ||
                           !github::same_text((*now)->body, comment_.body);
    return is_edited ? "An edited comment is no command: write a new one." : "";
  }

  template <class Work>
  std::string by_administrator(const Work& work) {
    if (const std::string why = why_void(); !why.empty()) return answer(why);
    const auto access = github::access_of(run_.client, comment_.author);
    if (!access && access.refusal().kind != github::Refusal::Kind::not_found) nobody_knows(access);
    if (!access || *access != github::Access::admin)
      return answer(
          fmt::format("Only an administrator can do that, and @{} is none.", comment_.author));
    try {
      return work();
    } catch (const LedgerRefused& refused) {
      return answer("Nothing was done: it could not be written down (" + prose(refused.why) +
                    "). The token needs `contents: write`.");
    }
  }

  std::optional<Standing> own(const std::vector<Standing>& standings) const {
    return of(standings, comment_.number);
  }

  static std::optional<Standing> of(const std::vector<Standing>& standings, int number) {
    for (const Standing& one : standings)
      if (one.pull_request.number == number) return one;
    return std::nullopt;
  }

  std::optional<Standing> standing(bool verify = false) {
    run_.sweep.verify = run_.sweep.verify || verify;
    swept_ = {};
    log_ += run_sweep(run_, swept_);
    return own(swept_.standings);
  }

  /// For an override, which does not wait for a sweep that may be dead.
  std::optional<Standing> standing_at_once() {
    const int looks = std::exchange(run_.busy_looks, 0);
    const std::optional<Standing> now = standing();
    run_.busy_looks = looks;
    return swept_.busy ? own(judge_alone(run_, comment_.number)) : now;
  }

  std::string until() const {
    return fmt::format("Another sweep is writing, or died while it was: until {}",
                       iso_of(swept_.busy_until));
  }

  /// Why there is no standing.
  std::string unknown() const {
    if (swept_.busy) return until() + " nobody else does. Ask again after that.";
    if (!swept_.missing.empty())
      return "What would land can't be fetched from the server now. Ask again in a minute.";
    return "This pull request does not want to land on a swept branch.";
  }

  std::string override_it() {
    std::string reason;
    for (std::size_t i = 3; i < words_.size(); ++i) reason += (i > 3 ? " " : "") + words_[i];
    if (words_.size() < 3 || reason.size() < least_reason)
      return answer(
          "Say which checksum, and why: `/schemagate override sg1:… <reason>`, the "
          "reason in ten characters or more.");
    const std::optional<Standing> now = standing_at_once();
    if (!now) return log_ + answer(unknown());
    const std::string& checksum = now->verdict.checksum;
    if (words_[2].size() < std::string_view("sg1:").size() + least_checksum ||
        !checksum.starts_with(words_[2]))
      return log_ + answer(fmt::format("What would land now has another checksum: `{}`. Look at it "
                                       "again, then override that.",
                                       checksum));
    const bool is_unknown = now->place == Place::unjudged || now->place == Place::failed;
    if (is_unknown && !run_.override_unparsed)
      return log_ + answer(
                        "The configuration (`gate.override.unparsed: false`) forbids to "
                        "override what does not parse, is broken or could not be judged.");
    const auto pull_request = github::pull_request(run_.client, comment_.number);
    if (!run_.override_self && (!pull_request || pull_request->author == comment_.author))
      return log_ + answer("The configuration asks for another administrator than the author.");
    gate::Override passed{
        comment_.number, now->pull_request.head, checksum,         comment_.author,
        reason,          bypassed_by(*now),      comment_.comment, hub_.now()};
    const bool written = change_ledger(hub_, [&](gate::Ledger& ledger) {
      std::erase_if(ledger.overrides,
                    [&](const gate::Override& one) { return one.number == passed.number; });
      ledger.overrides.push_back(passed);
      ledger.preferred.clear();  // the later word of an administrator counts
    });
    if (!written) return log_ + answer("Too much happens at once: please try again.");
    const std::optional<Standing> then = standing();
    const bool green = then && then->place == Place::overridden;
    return log_ + answer(fmt::format(
                      "@{} overrides the gate for {}.\n\nReason: {}\n\nBypassed: {}\n\nChecksum "
                      "`{}`. {}",
                      passed.by, passed.head, prose(reason), prose(passed.bypassed), checksum,
                      green  ? "A push, or a base that changes what would land, voids it."
                      : then ? "It is written down. " + what_now(*then)
                             : not_yet()));
  }

  std::string not_yet() const {
    if (!swept_.busy) return "It is written down; the status follows with the next sweep.";
    return "It is written down. " + until() +
           " no status changes; the first sweep after that makes it green, also one that "
           "`/schemagate recheck` starts.";
  }

  std::string yield() {
    const std::string to = words_.size() > 2 ? words_[2] : "";
    const std::string digits = to.starts_with('#') ? to.substr(1) : to;
    if (digits.empty() || digits.size() > 9 ||
        !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
      return answer("To whom? `/schemagate yield #12`");
    const int number = std::stoi(digits);
    if (number == 0) return answer("There is no pull request #0. `/schemagate yield #12`");
    if (!change_ledger(hub_, [&](gate::Ledger& ledger) { ledger.preferred = {number}; }))
      return answer("Too much happens at once: please try again.");
    (void)standing();
    const std::optional<Standing> then = of(swept_.standings, number);
    if (!swept_.settled || !swept_.missing.empty())
      return log_ + answer("It is written down; the next sweep does it.");
    return log_ + answer(then ? fmt::format("@{} passes the slot on to #{}: {}", comment_.author,
                                            number, after_yield(*then))
                              : fmt::format("There is no open pull request #{} that wants to land "
                                            "on {}: nothing was passed on.",
                                            number, run_.hub.branch));
  }

  std::string after_yield(const Standing& then) const {
    const int number = then.pull_request.number;
    if (run_.sweep.rules.mode != gate::Mode::slots)
      return fmt::format("but there are no slots in mode {}.", to_string(run_.sweep.rules.mode));
    if (then.green()) return fmt::format("#{} has the slot.", number);
    if (then.place == Place::waiting)
      return fmt::format("but #{} still waits for #{}.", number, then.holder);
    if (then.place == Place::not_ready)
      return fmt::format("#{} takes it when {}.", number, prose(then.verdict.reason));
    return fmt::format("but the gate is closed for #{}: {}", number, prose(then.shown.description));
  }

  std::string recheck() {
    const std::optional<Standing> now = standing(true);
    return log_ + answer(now ? section_of(*now) : unknown());
  }

  std::string explain() {
    const std::optional<Standing> now = standing();
    return log_ + answer(now ? section_of(*now) : unknown());
  }

  GateRun& run_;
  const github::IssueCommentEvent& comment_;
  GitHubHub hub_;
  gate::Swept swept_;  ///< the last one
  std::vector<std::string> words_;
  std::string log_;
};

/// Without the ledger a pull request is green only where the branch wants it to be up to date.
/// `log` gets why, unless the configuration asks for that anyway: then the rules were looked at.
void sweep_strictly(GateRun& run, Judges& judges, gate::Swept& swept, std::string& log) {
  run.hub.without_ledger = true;
  if (run.sweep.rules.mode != gate::Mode::strict) log += require_tip_rule(run);
  run.sweep.verify = true;
  GitHubHub strict(run.client, run.hub);
  const std::set<std::string> changed = swept.changed;
  gate::sweep(strict, judges.reviewed, run.sweep, swept);
  swept.forged.clear();
  swept.changed.insert(changed.begin(), changed.end());
}

/// With the ledger or, where it can't be written, without; `log` gets what there is to say of that.
void sweep_either_way(GateRun& run, gate::Swept& swept, std::string& log) {
  if (run.sweep.rules.mode == gate::Mode::strict && !run.hub.without_ledger)
    log += ask_for_tip_rule(run);
  Judges judges(run);
  try {
    gate::sweep(judges.hub, judges.reviewed, run.sweep, swept);
    // Another one is writing: it may have begun before what this one was started for.
    for (int look = 0; swept.busy && look < run.busy_looks; ++look) {
      std::this_thread::sleep_for(std::chrono::seconds(5));
      gate::sweep(judges.hub, judges.reviewed, run.sweep, swept);
    }
  } catch (const LedgerRefused& refused) {
    if (run.sweep.rules.mode != gate::Mode::strict) log += "slots are off, strict is used: ";
    log += "the ledger can't be written: " + refused.why + "\n";
    sweep_strictly(run, judges, swept, log);
  }
}

}  // namespace

std::string page_of(const gate::Swept& swept, const std::string& branch) {
  std::string page =
      fmt::format("### Gate of {} at {}\n\n", code_span(branch), swept.base.substr(0, 12));
  if (swept.standings.empty()) page += "No pull request was judged.\n";
  if (!swept.standings.empty()) page += "| pull request | gate | status |\n|---|---|---|\n";
  for (const Standing& standing : swept.standings)
    page += fmt::format("| #{} | {} {} | {} |\n", standing.pull_request.number, dot(standing.place),
                        to_string(standing.place), prose(standing.shown.description));
  page += "\n";
  for (const std::string& line : trouble_of(swept)) page += "- " + prose(line) + "\n";
  return page + "\n";
}

std::string run_sweep(GateRun& run, gate::Swept& swept) {
  std::string log;
  try {
    sweep_either_way(run, swept, log);
  } catch (const std::exception&) {
    // Nobody else will say what has changed so far.
    attempt("the pull requests could not be told",
            [&] { log += say_on_pull_requests(run, swept); });
    if (run.say && !log.empty()) attempt("the log can't be written", [&] { run.say(log); });
    throw;
  }
  if (run.told) run.told(swept);
  log += log_of(swept, run.hub.branch);
  return log + say_on_pull_requests(run, swept);
}

std::string run_command(GateRun& run, const github::IssueCommentEvent& comment) {
  if (!comment.on_pull_request || comment.action != "created" || comment.author_type == "Bot")
    return {};
  return Command(run, comment).execute();
}

}  // namespace schemagate
