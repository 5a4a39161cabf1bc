// SPDX-License-Identifier: MIT
#include "github/event.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"
#include "base/text.h"
#include "github/json_reader.h"
#include "report/utf8.h"

namespace schemagate::github {
namespace {

std::string branch_of(std::string ref) {
  constexpr std::string_view prefix = "refs/heads/";
  if (ref.starts_with(prefix)) ref.erase(0, prefix.size());
  return ref;
}

/// Forty zeroes, or sixty-four, stand for "nothing there".
std::string id_or_nothing(std::string id) {
  return id.find_first_not_of('0') == std::string::npos ? "" : id;
}

std::string login_in(const JsonView& json) {
  const auto user = json.find("user");
  return user ? user->text_or("login", "") : "";
}

/// 12 from "gh-readonly-queue/release/1/pr-12-<id of the base>", else 0.
int queued_pull_request(std::string_view branch) {
  if (!branch.starts_with("gh-readonly-queue/")) return 0;
  const auto slash = branch.rfind("/pr-");
  if (slash == std::string_view::npos) return 0;
  const auto name = branch.substr(slash + 4);
  const auto dash = name.find('-');
  if (dash == std::string_view::npos) return 0;
  const auto id = name.substr(dash + 1);
  if (id.size() != 40 || id.find_first_not_of("0123456789abcdef") != id.npos) return 0;
  int number = 0;
  const auto [end, problem] = std::from_chars(name.data(), name.data() + dash, number);
  return problem == std::errc() && end == name.data() + dash && number > 0 ? number : 0;
}

PullRequestEvent read_pull_request_event(const JsonView& json) {
  PullRequestEvent event;
  event.action = json.text("action");
  event.pull_request = read_pull_request(json.at("pull_request"));
  if (json.has("before")) event.before = id_or_nothing(json.id("before"));
  if (json.has("after")) event.after = id_or_nothing(json.id("after"));
  if (const auto changes = json.find("changes")) {
    const auto base = changes->find("base");
    if (base) event.base_before = branch_of(base->at("ref").text("from"));
  }
  return event;
}

MergeGroupEvent read_merge_group(const JsonView& json) {
  const auto group = json.at("merge_group");
  MergeGroupEvent event;
  event.action = json.text("action");
  event.head_sha = group.id("head_sha");
  event.head_ref = branch_of(group.text("head_ref"));
  event.base_sha = group.id("base_sha");
  event.base_ref = branch_of(group.text("base_ref"));
  if (const auto commit = group.find("head_commit")) event.tree = commit->text_or("tree_id", "");
  event.pull_request = queued_pull_request(event.head_ref);
  return event;
}

PushEvent read_push(const JsonView& json) {
  PushEvent event;
  event.ref = json.text("ref");
  if (event.ref.starts_with("refs/heads/")) event.branch = branch_of(event.ref);
  event.before = id_or_nothing(json.id("before"));
  event.after = id_or_nothing(json.id("after"));
  event.created = json.truth_or("created", event.before.empty());
  event.deleted = json.truth_or("deleted", event.after.empty());
  event.forced = json.truth_or("forced", false);
  if (const auto pusher = json.find("pusher")) event.pusher = pusher->text_or("name", "");
  return event;
}

WorkflowDispatchEvent read_dispatch(const JsonView& json) {
  WorkflowDispatchEvent event;
  event.ref = json.text("ref");
  if (const auto inputs = json.find("inputs")) event.inputs = inputs->scalars();
  return event;
}

IssueCommentEvent read_issue_comment(const JsonView& json) {
  const auto issue = json.at("issue");
  const auto comment = json.at("comment");
  IssueCommentEvent event;
  event.action = json.text("action");
  event.number = issue.number_from_one("number");
  event.on_pull_request = issue.has("pull_request");
  event.comment = comment.number("id");
  event.body = comment.text_or("body", "");
  event.author = login_in(comment);
  if (const auto user = comment.find("user")) event.author_type = user->text_or("type", "");
  event.created_at = comment.text("created_at");
  event.updated_at = comment.text("updated_at");
  return event;
}

PullRequestReviewEvent read_review_event(const JsonView& json) {
  const auto review = json.at("review");
  PullRequestReviewEvent event;
  event.action = json.text("action");
  event.state = to_lower(review.text("state"));
  event.commit = review.text_or("commit_id", "");
  event.author = login_in(review);
  event.pull_request = read_pull_request(json.at("pull_request"));
  return event;
}

using Detail = decltype(Event::detail);

struct Kind {
  std::string_view name;
  Detail (*read)(const JsonView&);
};

constexpr std::array<Kind, 8> kinds = {{
    {"pull_request", [](const JsonView& json) -> Detail { return read_pull_request_event(json); }},
    {"pull_request_target",
     [](const JsonView& json) -> Detail {
       auto event = read_pull_request_event(json);
       event.target = true;
       return event;
     }},
    {"merge_group", [](const JsonView& json) -> Detail { return read_merge_group(json); }},
    {"push", [](const JsonView& json) -> Detail { return read_push(json); }},
    {"workflow_dispatch", [](const JsonView& json) -> Detail { return read_dispatch(json); }},
    {"issue_comment", [](const JsonView& json) -> Detail { return read_issue_comment(json); }},
    {"pull_request_review", [](const JsonView& json) -> Detail { return read_review_event(json); }},
    {"schedule",
     [](const JsonView& json) -> Detail { return ScheduleEvent{json.text_or("schedule", "")}; }},
}};

std::string known_names() {
  std::vector<std::string> names;
  for (const auto& kind : kinds) names.emplace_back(kind.name);
  return join(names, ", ");
}

}  // namespace

Event read_event(std::string_view name, std::string_view payload) {
  const auto kind = std::ranges::find(kinds, name, &Kind::name);
  if (kind == kinds.end()) {
    throw Error(ErrorKind::github,
                fmt::format("the event {} is none that schemagate knows", visible_line(name)),
                "it runs for: " + known_names());
  }
  Event event;
  event.name = name;
  try {
    const JsonDocument document(payload, fmt::format("the payload of {}", name));
    const auto root = document.root();
    if (const auto repository = root.find("repository")) {
      event.repository = repository->text_or("full_name", "");
      event.default_branch = repository->text_or("default_branch", "");
    }
    event.detail = kind->read(root);
  } catch (const Error& error) {
    throw Error(error.kind, error.what(),
                "did GitHub's runner write the file that GITHUB_EVENT_PATH names, for the event in "
                "GITHUB_EVENT_NAME? start the job again");
  }
  return event;
}

}  // namespace schemagate::github
