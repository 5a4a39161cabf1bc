// SPDX-License-Identifier: MIT
// The gate as a job: the program, started by an event, in a checkout.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <string>

#include "tests/gate_team.h"
#include "tests/git_server.h"
#include "tests/job.h"

namespace schemagate::testing {

/// A job that writes little: from the ninth write on they are a second apart.
struct GateJob : Team {
  explicit GateJob(const Files& base) : Team(base) {
    github_.set_access("kim", "write");
    github_.set_access("root", "admin");
  }
  /// From now on the job has a clone as it is now, and what comes later is on the server only.
  void clone_now() {
    server_ =
        std::make_unique<GitServer>(repository_.git_dir(), GitServerOptions{.name = "acme/shop"});
    workspace_ = (folder_.path() / "clone").string();
    run_git(folder_.path(), {"clone", "-q", "file://" + repository_.path(), workspace_});
  }
  ProgramRun run_any(const std::string& event, const nlohmann::json& payload) {
    Job job(SCHEMAGATE_BINARY, workspace_.empty() ? repository_.path() : workspace_, github_);
    job.set("INPUT_COMMAND", "gate");
    if (server_) job.set("GITHUB_SERVER_URL", server_->root());
    for (const auto& [name, value] : inputs) job.set(name, value);
    job.event(event, payload);
    ProgramRun run = job.run();
    output = job.output();
    summary = job.summary();
    return run;
  }
  ProgramRun run(const std::string& event, const nlohmann::json& payload) {
    ProgramRun run = run_any(event, payload);
    INFO(run.out << run.err);
    CHECK(run.err == "");
    return run;
  }
  ProgramRun sweep_job() { return run("schedule", {{"schedule", "*/10 * * * *"}}); }
  nlohmann::json pull_request(int number, const std::string& base = "main") {
    github::PullRequest one;
    one.number = number;
    one.author = "kim";
    one.head = {heads.at(number), fmt::format("work{}", number), "acme/shop"};
    one.base = {repository_.tip("main"), base, "acme/shop"};
    return shown(one);
  }

  /// Somebody writes that: what the job gets that it starts.
  nlohmann::json written(int number, const std::string& author, const std::string& body) {
    const std::string time = "2026-11-28T00:00:00Z";
    return {{"action", "created"},
            {"issue", {{"number", number}, {"pull_request", nlohmann::json::object()}}},
            {"comment",
             {{"id", github_.add_comment(number, author, body)},
              {"body", body},
              {"user", {{"login", author}, {"type", "User"}}},
              {"created_at", time},
              {"updated_at", time}}}};
  }
  ProgramRun say(int number, const std::string& author, const std::string& body) {
    return run("issue_comment", written(number, author, body));
  }
  /// What a pull request's own job gets.
  nlohmann::json event(const std::string& action, int number, const std::string& base = "main") {
    return {{"action", action}, {"pull_request", pull_request(number, base)}};
  }

  std::map<std::string, std::string> inputs;  ///< INPUT_…
  std::string output, summary;                ///< of the last job

 private:
  TemporaryFolder folder_;
  std::string workspace_;
  std::unique_ptr<GitServer> server_;
};

}  // namespace schemagate::testing
