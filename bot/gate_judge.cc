// SPDX-License-Identifier: MIT
#include "bot/gate_judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/sha256.h"
#include "base/text.h"
#include "bot/gate.h"
#include "report/utf8.h"

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

/// What an open gate waits for: that the databases contain the change.
std::string wait_of(const GateReport& report) {
  if (!report.awaits_deployment) return {};
  for (const DatabaseGate& database : report.databases) {
    if (!database.not_applied || database.not_applied->empty()) continue;
    const std::vector<std::string>& lacks = *database.not_applied;
    const std::string more =
        lacks.size() > 1 ? fmt::format(" and {} more", lacks.size() - 1) : std::string();
    return fmt::format("{} has the change (it lacks {}{})", database.name, lacks.front(), more);
  }
  return {};
}

std::string one_merge_base(const git::Repository& repository, const std::string& base,
                           const std::string& head) {
  const std::vector<std::string> all = repository.merge_bases(base, head);
  if (all.size() != 1) throw Error(ErrorKind::repository, "several merge bases");
  return all.front();
}

struct Landing {
  enum class Kind { lands, git_refuses, meets } kind = Kind::meets;
  std::string reason = {};  ///< of meets
};

/// `head` on a tree that `base` may become.
Landing landing_on(git::Repository& repository, const std::string& base, const std::string& tree,
                   const std::string& head, GateOptions options, const CommonOptions& common) {
  options.merge_base = one_merge_base(repository, base, head);
  options.base_tree = tree;
  options.head = head;
  const git::MergedTree both = repository.merge_trees(options.merge_base, tree, head);
  if (!both.doubts.empty()) return {Landing::Kind::meets, both.doubts.front()};
  if (!both.conflicts.empty()) return {Landing::Kind::git_refuses};
  const GateReport report = evaluate_gate(repository, options, common);
  if (report.gate == Gate::granted || report.gate == Gate::not_applicable)
    return {Landing::Kind::lands};
  return {Landing::Kind::meets, visible_line(reason_of(report))};
}

/// The tree of `base` when `head` has landed on `tree`; empty when that can't be told.
std::string with_head(git::Repository& repository, const std::string& base, const std::string& tree,
                      const std::string& head) {
  const git::MergedTree merged =
      repository.merge_trees(one_merge_base(repository, base, head), tree, head);
  return merged.doubts.empty() ? merged.tree : std::string();
}

/// The head can't land on `base`: git refuses it.
bool is_refused(git::Repository& repository, const std::string& base, const std::string& head) {
  const git::MergedTree merged =
      repository.merge_trees(one_merge_base(repository, base, head), base, head);
  return merged.doubts.empty() && !merged.conflicts.empty();
}

/// `second` where `first` has landed.
Landing landing_after(git::Repository& repository, const std::string& base,
                      const std::string& first, const std::string& second,
                      const GateOptions& options, const CommonOptions& common) {
  const std::string tree = with_head(repository, base, base, first);
  if (tree.empty()) return {};
  return landing_on(repository, base, tree, second, options, common);
}

/// Heads of which each may land after all those before it. That says nothing of the other order: a
/// migration with a later number may follow where the earlier one may not.
class Row {
 public:
  Row(git::Repository& repository, std::string base, const GateOptions& options,
      const CommonOptions& common)
      : repository_(repository), base_(std::move(base)), options_(options), common_(common) {
    trees_.push_back(base_);
  }

  /// Adds the head if it may land after all of them; otherwise returns after how many of the
  /// first ones it may.
  std::optional<std::size_t> add(const std::string& head) {
    std::size_t may = 0, may_not = trees_.size() - 1;
    if (lands(head, may_not)) {
      trees_.push_back(with_head(repository_, base_, trees_.back(), head));
      return std::nullopt;
    }
    while (may + 1 < may_not) {
      const std::size_t middle = (may + may_not) / 2;
      (lands(head, middle) ? may : may_not) = middle;
    }
    return may;
  }

 private:
  bool lands(const std::string& head, std::size_t after) {
    return landing_on(repository_, base_, trees_[after], head, options_, common_).kind ==
           Landing::Kind::lands;
  }

  git::Repository& repository_;
  const std::string base_;
  const GateOptions& options_;
  const CommonOptions& common_;
  std::vector<std::string> trees_;  ///< of the base with the first ones, from none on
};

/// What `evaluate` makes of one head, as a child process says it. Names are written so that they
/// can be shown; then none has the characters in it that separate them.
std::string judged(git::Repository& repository, const std::string& base, const std::string& head,
                   GateOptions options, const CommonOptions& common) {
  options.base = base;
  options.head = head;
  options.asks_applied = true;
  const GateReport report = evaluate_gate(repository, options, common);
  const Answer answer = report.awaits_deployment ? Answer::granted : answer_of(report.gate);
  std::string text = fmt::format(
      "{}{}{}{}{}{}{}{}{}{}{}{}", static_cast<int>(answer), field_end, landing_plan(report),
      field_end, report.checksum, field_end, visible_line(reason_of(report)), field_end,
      report.merge_base == base ? 1 : 0, field_end, visible_line(wait_of(report)), field_end);
  for (const DatabaseGate& database : report.databases)
    text += visible_line(database.name) + item_end;
  text += field_end;
  bool renames = false;
  for (const git::ChangedFile& file : repository.changed_files(report.merge_base, head)) {
    renames = renames || file.status == git::FileStatus::renamed;
    for (const std::string& path : {file.before.path, file.after.path})
      if (!path.empty()) text += visible_line(path) + item_end;
  }
  return text + field_end + (renames ? "1" : "0");
}

std::set<std::string> items(std::string_view text) {
  std::set<std::string> found;
  for (const std::string_view item : split(text, item_end))
    if (!item.empty()) found.emplace(item);
  return found;
}

std::string pair_key(const std::string& base, const std::string& one, const std::string& other) {
  return base + std::min(one, other) + std::max(one, other);
}

bool is_there(const git::Repository& repository, const std::string& commit) {
  try {
    (void)repository.list(commit, [](std::string_view) { return false; });
    return true;
  } catch (const git::MissingObject&) {
    return false;
  }
}

bool meet(const std::set<std::string>& one, const std::set<std::string>& other) {
  return std::any_of(one.begin(), one.end(),
                     [&](const std::string& name) { return other.count(name) != 0; });
}

/// Who may land after whom, by the answers of a row to `heads`: "all", or after how many.
std::set<std::pair<std::string, std::string>> followers(
    const std::vector<std::string_view>& answers, const std::vector<std::string>& heads) {
  std::set<std::pair<std::string, std::string>> found;
  std::vector<std::string> row;
  for (std::size_t i = 0; i < heads.size(); ++i) {
    const bool is_in = answers[i] == "all";
    const std::size_t count = is_in ? row.size() : std::stoul(std::string(answers[i]));
    for (std::size_t k = 0; k < count; ++k) found.emplace(row[k], heads[i]);
    if (is_in) row.push_back(heads[i]);
  }
  return found;
}

}  // namespace

gate::Verdict unjudged(const std::string& base, const std::string& head, std::string reason,
                       bool remember) {
  const std::string checksum =
      "sg1:" + sha256_hex("schemagate/unjudged/v1\n" + base + "\n" + head + "\n");
  return {Answer::unjudged, "", checksum, std::move(reason), false, remember};
}

std::set<std::string> GitJudge::missing(const std::string& base,
                                        const std::vector<gate::PullRequest>& open) {
  const auto look = [&] {
    std::set<std::string> lacks;
    if (!is_there(repository_, base)) lacks.insert(base);
    for (const gate::PullRequest& one : open)
      if (!is_there(repository_, one.head)) lacks.insert(one.head);
    return lacks;
  };
  std::set<std::string> lacks = look();
  if (lacks.empty() || !fetch_) return lacks;
  std::vector<int> numbers;
  for (const gate::PullRequest& one : open) numbers.push_back(one.number);
  fetch_(numbers);
  return look();
}

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
  const Isolated child = ask_isolated(
      [&] {
        if (in_child_) in_child_(head);
        return judged(repository_, base, head, where_, common_);
      },
      limits_);
  gate::Verdict verdict;
  if (!child.ended) {
    verdict = unjudged(base, head, "its evaluation " + child.death, true);
  } else if (child.error) {
    verdict = unjudged(base, head, visible_line(*child.error), false);
  } else {
    const auto fields = split(child.result, field_end);
    if (fields.size() != 9) throw Error(ErrorKind::internal, "a child process answered nonsense");
    verdict.answer = static_cast<Answer>(fields[0].at(0) - '0');
    verdict.plan = fields[1];
    verdict.checksum = fields[2];
    verdict.reason = fields[3];
    verdict.contains_base = fields[4] == "1";
    verdict.waits_for = fields[5];
    touched_[head] = {true, fields[8] == "1", items(fields[7]), items(fields[6])};
  }
  verdicts_[{base, head}] = {verdict, touched_[head]};
  return verdict;
}

bool GitJudge::are_apart(const std::string& one, const std::string& other) const {
  const auto a = touched_.find(one), b = touched_.find(other);
  if (a == touched_.end() || b == touched_.end()) return false;
  const Touched &ours = a->second, &theirs = b->second;
  return ours.known && theirs.known && !ours.renames && !theirs.renames &&
         !changes_configuration(ours) && !changes_configuration(theirs) &&
         !meet(ours.files, theirs.files) && !meet(ours.databases, theirs.databases);
}

bool GitJudge::changes_no_schema(const std::string& head) const {
  const auto at = touched_.find(head);
  return at != touched_.end() && at->second.known && at->second.databases.empty() &&
         !changes_configuration(at->second);
}

bool GitJudge::changes_configuration(const Touched& head) const {
  return head.files.count(where_.folder + where_.config_path) != 0;
}

bool GitJudge::commute(const std::string& base, const std::string& one, const std::string& other) {
  // What one of them does is not known: no question that would end otherwise.
  for (const std::string& head : {one, other})
    if (const auto at = touched_.find(head); at != touched_.end() && !at->second.known)
      return false;
  if (are_apart(one, other)) return true;
  const std::string key = pair_key(base, one, other);
  const auto known = pairs_.find(key);
  if (known != pairs_.end()) return known->second;
  const Isolated child = run_isolated(
      [&]() -> std::string {
        try {
          for (const auto& [first, second] : {std::pair{one, other}, std::pair{other, one}}) {
            // Should git take it one day, after others, it is still no matter of schemas.
            if (changes_no_schema(first) && is_refused(repository_, base, first)) continue;
            const Landing landing =
                landing_after(repository_, base, first, second, where_, common_);
            // The other way round the words would be about the wrong side.
            if (landing.kind == Landing::Kind::meets)
              return "n" + (first == one ? landing.reason : std::string());
          }
          return "y";
        } catch (const Error&) {
          return "n";
        }
      },
      limits_);
  const bool commutes = child.ended && child.result == "y";
  if (!commutes && child.ended) meetings_[key] = child.result.substr(1);
  return pairs_[key] = commutes;
}

std::string GitJudge::meeting(const std::string& base, const std::string& one,
                              const std::string& other) {
  const auto known = meetings_.find(pair_key(base, one, other));
  return known == meetings_.end() ? std::string() : known->second;
}

bool GitJudge::is_in_doubt(const std::string& head, const std::vector<std::string>& heads) const {
  const auto at = touched_.find(head);
  // By what another configuration says, one head may mend what another one breaks.
  if (at == touched_.end() || !at->second.known || changes_configuration(at->second)) return false;
  return std::any_of(heads.begin(), heads.end(), [&](const std::string& other) {
    return other != head && !are_apart(head, other);
  });
}

void GitJudge::expect(const std::string& base, const std::vector<std::string>& heads) {
  std::vector<std::string> close;
  for (const std::string& head : heads)
    if (std::find(close.begin(), close.end(), head) == close.end() && is_in_doubt(head, heads))
      close.push_back(head);
  if (close.size() < 3) return;
  const std::vector<std::string> backwards(close.rbegin(), close.rend());
  Limits limits = limits_;
  limits.processor *= 8;
  limits.wall *= 8;
  const Isolated child = run_isolated(
      [&] {
        std::string text;
        for (const auto& order : {close, backwards}) {
          Row row(repository_, base, where_, common_);
          for (const std::string& head : order) {
            const std::optional<std::size_t> after = row.add(head);
            text += (after ? std::to_string(*after) : std::string("all")) + item_end;
          }
        }
        return text;
      },
      limits);
  if (!child.ended) return;  // then each pair is asked about by itself
  const auto answers = split(child.result, item_end);
  const auto half = answers.begin() + static_cast<std::ptrdiff_t>(close.size());
  const auto there = followers({answers.begin(), half}, close),
             back = followers({half, answers.end()}, backwards);
  for (const auto& [first, second] : there)
    if (back.count({second, first}) != 0) pairs_[pair_key(base, first, second)] = true;
}

}  // namespace schemagate
