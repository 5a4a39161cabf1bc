// SPDX-License-Identifier: MIT
// A pull request up to a job that is still to run. It is made once; each run begins there, on a
// GitHub of its own.
#pragma once

#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/faults.h"
#include "tests/story_job.h"

namespace schemagate::testing {

using Inputs = std::map<std::string, std::string>;  ///< by variable: "INPUT_DRAFT"

/// A run of the job: `begun` outlives it.
struct Played {
  explicit Played(const Story& begun, const Inputs& inputs = {})
      : story(begun), job(SCHEMAGATE_BINARY, story) {
    job.report_everything();
    job.set("INPUT_REPORT-FILE", report_file());
    for (const auto& [name, value] : inputs) job.set(name, value);
  }
  void play() { run = job.run(); }
  /// The workspace is the repository, which is the same for all.
  std::string report_file() const {
    return fmt::format(".schemagate/{}.json", story.github().port());
  }
  std::string report() const { return job.workspace(report_file()); }
  github::Status status() const { return story.github().status(story.head(), "schemagate"); }

  Story story;
  StoryJob job;
  ProgramRun run;
};

struct Pushes {
  std::vector<Files> before;  ///< each judged by a run that nothing disturbs
  Files last;
  Inputs inputs = {};
};

/// The last push is still to be judged.
class Begun : public Story {
 public:
  explicit Begun(const Pushes& pushes, const Files& base = shop_with_users()) : Story(base) {
    for (const Files& files : pushes.before) {
      begin(files);
      StoryJob job(SCHEMAGATE_BINARY, *this);
      job.report_everything();
      for (const auto& [name, value] : pushes.inputs) job.set(name, value);
      job.run();
    }
    begin(pushes.last);
    github().forget_requests();
  }

 private:
  void begin(const Files& files) {
    push(files);
    repository().reference("refs/remotes/origin/main", Story::base());
  }
};

/// The faults of a kind, and the requests that they meet.
struct Trouble {
  std::vector<NamedFault> faults;
  bool (*meets)(const SentRequest&) = [](const SentRequest&) { return true; };
};

/// Runs the job with each of the faults at each request of an undisturbed run, and hands both runs
/// to `check`.
template <class Check>
void at_every_request(const Story& begun, const Inputs& inputs, const Trouble& trouble,
                      const Check& check) {
  Inputs patient = inputs;  // nothing but trouble takes more time than there is
  patient.erase("INPUT_API-TIME-BUDGET");
  Played undisturbed(begun, patient);
  undisturbed.play();
  INFO(undisturbed.run.out << undisturbed.run.err);
  CHECK(undisturbed.run.out.find("not posted") == std::string::npos);
  auto kinds = kinds_of_requests(undisturbed.story.github());
  std::erase_if(kinds, [&](const SentRequest& one) { return !trouble.meets(one); });
  at_every_request(
      kinds, trouble.faults,
      [&](const Fault& fault) {
        auto played = std::make_unique<Played>(begun, inputs);
        played->story.github().fail(fault);
        played->play();
        return played;
      },
      [&](const Played& ended) { check(ended, undisturbed); });
}

}  // namespace schemagate::testing
