// SPDX-License-Identifier: MIT
// The event that a workflow runs for: the file that GITHUB_EVENT_PATH names, read into one type.
// Branches are plain names ("main"), ids that are all zeroes are empty.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "github/pull_request.h"

namespace schemagate::github {

struct PullRequestEvent {
  bool target = false;  ///< pull_request_target: with the base's rights, and not about our files
  std::string action;   ///< "opened", "synchronize", …
  PullRequest pull_request;
  std::string before, after;  ///< the heads, of `synchronize` only
  std::string base_before;    ///< the branch it wanted to land on until now, of `edited` only
};

struct MergeGroupEvent {
  std::string action;  ///< "checks_requested"
  std::string head_sha, head_ref;
  std::string base_sha, base_ref;
  std::string tree;      ///< of the head commit
  int pull_request = 0;  ///< the one that was added last; 0: its name does not tell
};

struct PushEvent {
  std::string ref;     ///< "refs/heads/main", "refs/tags/v1"
  std::string branch;  ///< "main"; empty for a tag
  std::string before;  ///< empty: the ref is new
  std::string after;   ///< empty: the ref is gone
  bool created = false, deleted = false, forced = false;
  std::string pusher;
};

struct WorkflowDispatchEvent {
  std::string ref;
  std::map<std::string, std::string> inputs;
};

struct IssueCommentEvent {
  std::string action;
  int number = 0;
  bool on_pull_request = false;
  std::int64_t comment = 0;
  std::string body;
  std::string author, author_type;  ///< type: "User", "Bot", "Organization"
  std::string created_at, updated_at;
};

struct PullRequestReviewEvent {
  std::string action;
  std::string state;   ///< "approved", "changes_requested", "commented", "dismissed"
  std::string commit;  ///< empty when it is gone
  std::string author;
  PullRequest pull_request;
};

struct ScheduleEvent {
  std::string cron;
};

struct Event {
  std::string name;            ///< "pull_request", as GITHUB_EVENT_NAME
  std::string repository;      ///< "owner/name"; empty when the payload does not tell
  std::string default_branch;  ///< empty when the payload does not tell
  std::variant<PullRequestEvent, MergeGroupEvent, PushEvent, WorkflowDispatchEvent,
               IssueCommentEvent, PullRequestReviewEvent, ScheduleEvent>
      detail;
};

/// Throws Error{github}, which names the field that is missing or wrong, or the events there are.
Event read_event(std::string_view name, std::string_view payload);

}  // namespace schemagate::github
