// SPDX-License-Identifier: MIT
// The whole program, started by an event of a story's pull request.
#pragma once

#include <nlohmann/json.hpp>

#include "tests/job.h"
#include "tests/story.h"

namespace schemagate::testing {

/// A job on the story's newest push. Its reporters are status and summary, unless told otherwise.
class StoryJob : public Job {
 public:
  StoryJob(const std::string& program, Story& story)
      : Job(program, story.repository().path(), story.github()), story_(story) {
    set("INPUT_REPORTERS", "status, summary");
    event("pull_request", {{"action", "synchronize"}, {"pull_request", pull_request()}});
  }
  nlohmann::json pull_request() const { return shown(story_.pull_request()); }

  /// With everything that a workflow gets by default, but no rehearsal: the same on every machine.
  StoryJob& report_everything() {
    set("INPUT_REPORTERS", "");
    event("pull_request_target", {{"action", "synchronize"}, {"pull_request", pull_request()}});
    return *this;
  }

 private:
  const Story& story_;
};

}  // namespace schemagate::testing
