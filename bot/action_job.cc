// SPDX-License-Identifier: MIT
#include "bot/action_job.h"

#include <fmt/format.h>

namespace schemagate {
namespace {

void add(ActionJob& job, const github::PullRequest& pull_request, const ActionInputs& inputs) {
  job.pull_request = pull_request.number;
  job.author = pull_request.author;
  job.check.head = pull_request.head.sha;
  job.base_branch = inputs.base.empty() ? pull_request.base.ref : inputs.base;
  job.base_of_event = pull_request.base.sha;
  job.references = {"refs/heads/" + pull_request.base.ref,
                    fmt::format("refs/pull/{}/head", pull_request.number)};
  if (!pull_request.open) job.not_because = "the pull request is closed";
  if (pull_request.draft && inputs.skip_drafts)
    job.not_because = "the pull request is a draft, and drafts are skipped";
}

void add(ActionJob& job, const github::PullRequestEvent& event, const ActionInputs& inputs) {
  add(job, event.pull_request, inputs);
  job.trusted = !event.target;
  if (event.action == "closed") job.not_because = "the pull request is closed";
}

void add(ActionJob& job, const github::MergeGroupEvent& event) {
  job.trusted = false;
  job.check.head = event.head_sha;
  job.check.base = event.base_sha;
  job.references = {event.base_ref, event.head_ref};
}

}  // namespace

ActionJob job_of(const github::Event& event, const ActionInputs& inputs,
                 const std::string& folder) {
  ActionJob job;
  job.command = inputs.command == ActionCommand::automatic ? ActionCommand::check : inputs.command;
  job.check.config_path = inputs.config;
  job.check.folder = folder;
  job.check.schema = inputs.schema;
  job.check.databases = inputs.databases;
  job.check.databases_by_input = true;
  if (const auto* opened = std::get_if<github::PullRequestEvent>(&event.detail)) {
    add(job, *opened, inputs);
  } else if (const auto* reviewed = std::get_if<github::PullRequestReviewEvent>(&event.detail)) {
    add(job, reviewed->pull_request, inputs);
  } else if (const auto* group = std::get_if<github::MergeGroupEvent>(&event.detail)) {
    add(job, *group);
  } else {
    job.not_because = "the event " + event.name + " brings no pull request to judge";
  }
  return job;
}

}  // namespace schemagate
