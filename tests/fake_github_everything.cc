// SPDX-License-Identifier: MIT
// All that FakeGitHub has, for comparing what two histories led to.
#include <algorithm>

#include "tests/fake_github_server.h"

namespace schemagate::testing {
namespace {

/// Numbers and times say when something came, not what is there.
json timeless(json shown) {
  for (const char* field :
       {"id", "created_at", "updated_at", "submitted_at", "html_url", "pull_request_review_id"})
    shown.erase(field);
  return shown;
}

json all_of(const std::vector<json>& list) {
  json shown = json::array();
  for (const json& one : list) shown.push_back(timeless(one));
  return shown;
}

/// Which reviews its comments belong to, by place in the list; -1: posted alone.
json with_review(const json& comment, const std::vector<json>& reviews) {
  json shown = timeless(comment);
  const auto review = std::ranges::find_if(
      reviews, [&](const json& one) { return one["id"] == comment["pull_request_review_id"]; });
  shown["review"] = review == reviews.end() ? -1 : review - reviews.begin();
  return shown;
}

}  // namespace

std::string FakeGitHub::everything() const {
  const std::lock_guard lock(impl_->mutex);
  const FakeState& state = impl_->state;
  json shown = {{"comments", all_of(state.issue_comments)},
                {"reviews", all_of(state.reviews)},
                {"check runs", all_of(state.check_runs)},
                {"review comments", json::array()},
                {"statuses", json::object()},
                {"references", state.refs}};
  for (const json& comment : state.review_comments)
    shown["review comments"].push_back(with_review(comment, state.reviews));
  for (const json& status : state.statuses)
    shown["statuses"][status["sha"]][status["context"]] = timeless(status);
  return shown.dump(2);
}

}  // namespace schemagate::testing
