// SPDX-License-Identifier: MIT
#include "bot/gate_judge.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/sha256.h"
#include "base/text.h"
#include "bot/gate.h"

namespace schemagate {
namespace {

using gate::Answer;

/// Between the fields and the lists that a child process answers with; no path and no name has it.
constexpr char field_end = '\x1f', item_end = '\x1e';

Answer answer_of(Gate gate) {
  switch (gate) {
    case Gate::granted:
      return Answer::granted;
    case Gate::stale:
      return Answer::stale;
    case Gate::failed:
      return Answer::failed;
    case Gate::not_applicable:
      break;
  }
  return Answer::not_applicable;
}

/// In a few words, for a status: where it fails first.
std::string reason_of(const GateReport& report) {
  for (const DatabaseGate& database : report.databases)
    for (const Interaction& row : database.interactions)
      return fmt::format("{}: {}", row.object, row.reason);
  for (const DatabaseGate& database : report.databases)
    if (!database.notes.empty()) return database.notes.front();
  return report.notes.empty() ? std::string() : report.notes.front();
}

std::string unjudged_checksum(const std::string& base, const std::string& head) {
  return "sg1:" + sha256_hex("schemagate/unjudged/v1\n" + base + "\n" + head + "\n");
}

gate::Verdict unjudged(const std::string& base, const std::string& head, std::string reason,
                       bool remember) {
  return {Answer::unjudged, "", unjudged_checksum(base, head), std::move(reason), false, remember};
}

std::string one_merge_base(const git::Repository& repository, const std::string& base,
                           const std::string& head) {
  const std::vector<std::string> all = repository.merge_bases(base, head);
  if (all.size() != 1) throw Error(ErrorKind::repository, "several merge bases");
  return all.front();
}

/// "y": `second` may land where `first` has landed, or git refuses it by itself.
std::string lands_after(git::Repository& repository, const std::string& base,
                        const std::string& first, const std::string& second, GateOptions options,
                        const CommonOptions& common) {
  const git::MergedTree with_first =
      repository.merge_trees(one_merge_base(repository, base, first), base, first);
  if (with_first.tree.empty() || !with_first.doubts.empty()) return "n";
  options.merge_base = one_merge_base(repository, base, second);
  options.base_tree = with_first.tree;
  options.head = second;
  const git::MergedTree both = repository.merge_trees(options.merge_base, with_first.tree, second);
  if (!both.doubts.empty()) return "n";
  if (!both.conflicts.empty()) return "y";
  const GateReport report = evaluate_gate(repository, options, common);
  return report.gate == Gate::granted || report.gate == Gate::not_applicable ? "y" : "n";
}

/// What `evaluate` makes of one head, as a child process says it.
std::string judged(git::Repository& repository, const std::string& base, const std::string& head,
                   GateOptions options, const CommonOptions& common) {
  options.base = base;
  options.head = head;
  const GateReport report = evaluate_gate(repository, options, common);
  std::string text =
      fmt::format("{}{}{}{}{}{}{}{}{}{}", static_cast<int>(answer_of(report.gate)), field_end,
                  report.plan_checksum, field_end, report.checksum, field_end, reason_of(report),
                  field_end, report.merge_base == base ? 1 : 0, field_end);
  for (const DatabaseGate& database : report.databases) text += database.name + item_end;
  text += field_end;
  bool renames = false;
  for (const git::ChangedFile& file : repository.changed_files(report.merge_base, head)) {
    renames = renames || file.status == git::FileStatus::renamed;
    text += (file.after.path.empty() ? file.before.path : file.after.path) + item_end;
  }
  return text + field_end + (renames ? "1" : "0");
}

std::set<std::string> items(std::string_view text) {
  std::set<std::string> found;
  for (const std::string_view item : split(text, item_end))
    if (!item.empty()) found.emplace(item);
  return found;
}

bool meet(const std::set<std::string>& one, const std::set<std::string>& other) {
  return std::any_of(one.begin(), one.end(),
                     [&](const std::string& name) { return other.count(name) != 0; });
}

}  // namespace

gate::Verdict GitJudge::evaluate(const std::string& base, const gate::PullRequest& pull_request,
                                 bool died) {
  const std::string& head = pull_request.head;
  if (died)
    return unjudged(base, head, "its evaluation died, see the log of the sweep before", true);
  const auto known = verdicts_.find({base, head});
  if (known != verdicts_.end()) {
    touched_[head] = known->second.second;
    return known->second.first;
  }
  touched_[head] = {};
  const Isolated child = run_isolated(
      [&]() -> std::string {
        try {
          return judged(repository_, base, head, where_, common_);
        } catch (const Error& error) {
          return std::string("!") + error.what();
        }
      },
      limits_);
  gate::Verdict verdict;
  if (!child.ended) {
    verdict = unjudged(base, head, "its evaluation " + child.death, true);
  } else if (child.result.starts_with('!')) {
    verdict = unjudged(base, head, child.result.substr(1), false);
  } else {
    const auto fields = split(child.result, field_end);
    if (fields.size() != 8) throw Error(ErrorKind::internal, "a child process answered nonsense");
    verdict.answer = static_cast<Answer>(fields[0].at(0) - '0');
    verdict.plan = fields[1];
    verdict.checksum = fields[2];
    verdict.reason = fields[3];
    verdict.contains_base = fields[4] == "1";
    touched_[head] = {true, fields[7] == "1", items(fields[6]), items(fields[5])};
  }
  verdicts_[{base, head}] = {verdict, touched_[head]};
  return verdict;
}

bool GitJudge::are_apart(const std::string& one, const std::string& other) const {
  const auto a = touched_.find(one), b = touched_.find(other);
  if (a == touched_.end() || b == touched_.end()) return false;
  const Touched &ours = a->second, &theirs = b->second;
  const std::string config = where_.folder + where_.config_path;
  return ours.known && theirs.known && !ours.renames && !theirs.renames &&
         ours.files.count(config) == 0 && theirs.files.count(config) == 0 &&
         !meet(ours.files, theirs.files) && !meet(ours.databases, theirs.databases);
}

bool GitJudge::commute(const std::string& base, const std::string& one, const std::string& other) {
  if (are_apart(one, other)) return true;
  const std::string key = base + std::min(one, other) + std::max(one, other);
  const auto known = pairs_.find(key);
  if (known != pairs_.end()) return known->second;
  const Isolated child = run_isolated(
      [&]() -> std::string {
        try {
          return lands_after(repository_, base, one, other, where_, common_) +
                 lands_after(repository_, base, other, one, where_, common_);
        } catch (const Error&) {
          return "nn";
        }
      },
      limits_);
  return pairs_[key] = child.ended && child.result == "yy";
}

}  // namespace schemagate
