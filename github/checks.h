// SPDX-License-Identifier: MIT
// What is shown at a commit: check runs with annotations, and statuses. Both are always put on the
// head of a pull request, never on the merge commit that GITHUB_SHA names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "github/client.h"

namespace schemagate::github {

inline constexpr std::size_t max_annotations = 50;  ///< in one request; more by update, they add up
inline constexpr std::size_t max_check_text = 65'535;     ///< of summary and of text, characters
inline constexpr std::size_t max_description = 140;       ///< of a status, characters
inline constexpr std::size_t max_annotation_title = 255;  ///< characters

enum class AnnotationLevel { notice, warning, failure };

struct Annotation {
  std::string path;
  int start_line = 1, end_line = 1;
  int start_column = 0, end_column = 0;  ///< 0: the whole line; sent only when the lines are equal
  AnnotationLevel level = AnnotationLevel::warning;
  std::string title, message;
};

enum class Conclusion {
  none,
  success,
  failure,
  neutral,
  skipped,
  action_required
};  ///< none: it still runs

struct CheckRun {
  std::string name;
  std::string head_sha;
  std::string external_id;  ///< of the caller's choice: finds the run again
  std::string details_url;  ///< may be empty
  Conclusion conclusion = Conclusion::none;
  std::string title, summary, text;     ///< Markdown; text may be empty
  std::vector<Annotation> annotations;  ///< any number: the rest is sent by updates
};

struct PostedCheckRun {
  std::int64_t id = 0;
  std::string name, external_id, url;
  Conclusion conclusion = Conclusion::none;
  int annotations = 0;                     ///< how many it has
  std::optional<Refusal> incomplete = {};  ///< why it does not have them all
};

/// Those of that name at the commit, newest first.
Outcome<std::vector<PostedCheckRun>> check_runs(Client& client, std::string_view sha,
                                                std::string_view name);
Outcome<PostedCheckRun> create_check_run(Client& client, const CheckRun& run);
/// Replaces conclusion, title, summary and text, and adds the annotations that are missing: those
/// that `posted` has are the first ones of `run`.
Outcome<PostedCheckRun> complete_check_run(Client& client, const PostedCheckRun& posted,
                                           const CheckRun& run);

enum class State { error, failure, pending, success };
std::string_view to_string(State state);  ///< GitHub's own word

struct Status {
  std::string context;
  State state = State::pending;
  std::string description;  ///< cut to `max_description`
  std::string target_url;   ///< may be empty
};

/// All that were set on the commit, newest first: the first one of a context holds.
Outcome<std::vector<Status>> statuses(Client& client, std::string_view sha);
/// The 1,001st of a context at a commit is refused (Refusal::Kind::invalid).
Outcome<Done> set_status(Client& client, std::string_view sha, const Status& status);

}  // namespace schemagate::github
