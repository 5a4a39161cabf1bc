// SPDX-License-Identifier: MIT
#include "tests/job.h"

#include <atomic>
#include <csignal>
#include <thread>

namespace schemagate::testing {
namespace {

using nlohmann::json;

json shown(const github::Branch& branch, bool fork) {
  return {{"sha", branch.sha},
          {"ref", branch.ref},
          {"repo", {{"full_name", branch.repository}, {"fork", fork}}}};
}

}  // namespace

json shown(const github::PullRequest& pull_request) {
  const bool fork = pull_request.head.repository != pull_request.base.repository;
  return {{"number", pull_request.number},
          {"title", pull_request.title},
          {"state", "open"},
          {"draft", pull_request.draft},
          {"merged", false},
          {"user", {{"login", pull_request.author}}},
          {"author_association", "MEMBER"},
          {"labels", json::array()},
          {"head", shown(pull_request.head, fork)},
          {"base", shown(pull_request.base, false)},
          {"created_at", "2026-11-28T00:00:00Z"},
          {"updated_at", "2026-11-28T00:00:00Z"}};
}

Job::Job(std::string program, const std::string& workspace, const FakeGitHub& github)
    : program_(std::move(program)), workspace_(workspace) {
  settings_.environment = {{"GITHUB_ACTIONS", "true"},
                           {"GITHUB_WORKSPACE", workspace},
                           {"GITHUB_REPOSITORY", "acme/shop"},
                           {"GITHUB_API_URL", github.url()},
                           {"GITHUB_SERVER_URL", "https://github.com"},
                           {"GITHUB_RUN_ID", "42"},
                           {"GITHUB_OUTPUT", folder_.write("output", "")},
                           {"GITHUB_STEP_SUMMARY", folder_.write("summary", "")},
                           {"INPUT_GITHUB-TOKEN", github.token()}};
}

void Job::event(const std::string& name, json payload) {
  payload["repository"] = {{"full_name", "acme/shop"}, {"default_branch", "main"}};
  set("GITHUB_EVENT_NAME", name);
  set("GITHUB_EVENT_PATH", folder_.write("event.json", payload.dump()));
}

ProgramRun Job::run() const { return run_program(program_, {}, settings_); }

ProgramRun Job::run_killed(FakeGitHub& github, int at) const {
  std::atomic<int> process = 0;
  const auto before = static_cast<int>(github.requests().size());
  github.on_request([&](int number) {
    while (process == 0) std::this_thread::yield();  // its number may come after its request
    if (number - before == at) kill(process, SIGKILL);
  });
  ProgramSettings settings = settings_;
  settings.started = [&](int number) { process = number; };
  ProgramRun run = run_program(program_, {}, settings);
  github.wait_until_idle();
  github.on_request({});
  return run;
}

}  // namespace schemagate::testing
