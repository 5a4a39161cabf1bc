// SPDX-License-Identifier: MIT
#include "github/pull_request.h"

#include <fmt/format.h>

#include "base/error.h"
#include "github/address.h"
#include "github/answers.h"
#include "report/utf8.h"

namespace schemagate::github {
namespace {

std::string login_in(const JsonView& json, std::string_view name) {
  const auto user = json.find(name);
  return user ? user->text_or("login", "") : "";
}

Branch read_branch(const JsonView& json) {
  Branch branch;
  branch.sha = json.id("sha");
  branch.ref = json.text("ref");
  if (const auto repository = json.find("repo")) {
    branch.repository = repository->text_or("full_name", "");
  }
  return branch;
}

/// A state of which nobody knows what it means closes nothing, and opens nothing.
PullRequest read_listed(const JsonView& json) {
  PullRequest request;
  request.number = json.number_from_one("number");
  request.title = json.text_or("title", "");
  request.author = login_in(json, "user");
  request.author_association = json.text_or("author_association", "");
  const std::string state = json.text("state");
  request.open = state != "closed";
  if (request.open && state != "open") request.strange_state = shortened(visible_line(state), 40);
  request.draft = json.truth_or("draft", false);
  request.merged = json.truth_or("merged", json.has("merged_at"));
  request.merge_commit_sha = json.text_or("merge_commit_sha", "");
  if (const auto labels = json.find("labels")) {
    for (const auto& label : labels->elements()) request.labels.push_back(label.text("name"));
  }
  request.auto_merge = json.has("auto_merge");
  request.changed_files = static_cast<int>(json.number_or("changed_files", -1));
  request.head = read_branch(json.at("head"));
  request.base = read_branch(json.at("base"));
  request.created_at = json.text_or("created_at", "");
  request.updated_at = json.text_or("updated_at", "");
  return request;
}

Review read_review(const JsonView& json) {
  Review review;
  review.id = json.number("id");
  review.author = login_in(json, "user");
  review.state = json.text("state");
  review.commit = json.text_or("commit_id", "");
  review.body = json.text_or("body", "");
  review.submitted_at = json.text_or("submitted_at", "");
  if (const auto user = json.find("user")) review.by_program = user->text_or("type", "") == "Bot";
  return review;
}

Access read_access(const JsonView& json) {
  const auto word = json.text("permission");
  if (word == "admin") return Access::admin;
  if (word == "write") return Access::write;
  if (word == "read") return Access::read;
  if (word == "none") return Access::none;
  throw Error(ErrorKind::github, "GitHub's answer: permission is not one of its four words");
}

}  // namespace

PullRequest read_pull_request(const JsonView& json) {
  PullRequest request = read_listed(json);
  if (!request.strange_state.empty())
    throw Error(ErrorKind::github,
                "a pull request's state is neither open nor closed: " + request.strange_state);
  return request;
}

Outcome<PullRequest> pull_request(Client& client, int number) {
  return read_answer(client.get(client.in_repository(fmt::format("/pulls/{}", number)),
                                permission::read_pull_requests),
                     read_pull_request);
}

Outcome<std::vector<PullRequest>> open_pull_requests(Client& client, std::string_view base) {
  auto path = client.in_repository("/pulls?state=open&sort=created&direction=asc");
  if (!base.empty()) path += "&base=" + url_encoded(base);
  return read_pages(client.pages(path, permission::read_pull_requests), read_listed);
}

Outcome<std::vector<Review>> reviews(Client& client, int number) {
  return read_pages(client.pages(client.in_repository(fmt::format("/pulls/{}/reviews", number)),
                                 permission::read_pull_requests),
                    read_review);
}

Outcome<Access> access_of(Client& client, std::string_view login) {
  const auto path =
      client.in_repository(fmt::format("/collaborators/{}/permission", url_encoded(login)));
  return read_answer(client.get(path, permission::none), read_access);
}

Outcome<Viewer> viewer(Client& client) {
  return read_answer(client.graphql("query{viewer{login databaseId}}", "{}", permission::none),
                     [](const JsonView& json) {
                       const auto node = json.at("data").at("viewer");
                       return Viewer{node.text("login"), node.number_or("databaseId", 0)};
                     });
}

const Viewer& Identity::viewer() {
  if (!known_) {
    const auto told = github::viewer(client_);
    known_ = told ? *told : Viewer{"github-actions[bot]", 0};
  }
  return *known_;
}

}  // namespace schemagate::github
