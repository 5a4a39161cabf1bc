// SPDX-License-Identifier: MIT
#include "bot/reviewed_judge.h"

#include <fmt/format.h>

#include "base/text.h"
#include "bot/approvals.h"
#include "bot/gate_judge.h"
#include "report/utf8.h"

namespace schemagate {
namespace {

using gate::Answer;

/// Between the fields that a child process answers with. Names and reasons are written so that they
/// can be shown: then none has them.
constexpr char field_end = '\x1f', item_end = '\x1e';

std::string written(const AllowedWork& work) {
  std::string text;
  for (const auto& [key, words] : work)
    text += visible_line(key) + field_end + visible_line(words) + item_end;
  return text;
}

AllowedWork read(const std::string& text) {
  AllowedWork work;
  for (const std::string_view item : split(text, item_end)) {
    const std::size_t end = item.find(field_end);
    if (end != std::string_view::npos)
      work.emplace(std::string(item.substr(0, end)), std::string(item.substr(end + 1)));
  }
  return work;
}

}  // namespace

const ReviewedJudge::Answered& ReviewedJudge::allowed(const std::string& base,
                                                      const std::string& head) {
  const auto [at, is_new] = known_.try_emplace({base, head});
  Answered& answer = at->second;
  if (!is_new) return answer;
  GateOptions options = where_;
  options.base = base;
  options.head = head;
  const Isolated child =
      ask_isolated([&] { return written(allowed_work(repository_, options, common_)); }, limits_);
  answer.crashed = !child.ended;
  answer.death =
      child.ended ? visible_line(child.error.value_or("")) : "its evaluation " + child.death;
  if (answer.death.empty()) answer.work = read(child.result);
  return answer;
}

std::string ReviewedJudge::unapproved(const std::string& base,
                                      const gate::PullRequest& pull_request, AllowedWork left) {
  const auto author = authors_.find(pull_request.number);
  const auto read =
      approvals(client_, pull_request.number, author == authors_.end() ? "" : author->second);
  if (!read) return "its reviews can be read: " + github::to_string(read.refusal());
  for (const Approval& approval : *read) {
    if (approval.commit == pull_request.head) return {};
    for (const auto& [key, words] : allowed(base, approval.commit).work) left.erase(key);
  }
  if (left.empty()) return {};
  const std::string more =
      left.size() > 1 ? fmt::format(" and {} more", left.size() - 1) : std::string();
  return fmt::format("somebody else approves what it allows: {}{}", left.begin()->second, more);
}

gate::Verdict ReviewedJudge::evaluate(const std::string& base,
                                      const gate::PullRequest& pull_request, bool died) {
  gate::Verdict verdict = judge_.evaluate(base, pull_request, died);
  const bool may_land =
      verdict.answer == Answer::granted || verdict.answer == Answer::not_applicable;
  if (!may_land || !verdict.waits_for.empty()) return verdict;
  const Answered& answer = allowed(base, pull_request.head);
  if (!answer.death.empty()) return unjudged(base, pull_request.head, answer.death, answer.crashed);
  if (answer.work.empty()) return verdict;
  verdict.waits_for = unapproved(base, pull_request, answer.work);
  // Rows that are lost are no change of the schema; they wait all the same.
  if (!verdict.waits_for.empty()) verdict.answer = Answer::granted;
  return verdict;
}

}  // namespace schemagate
