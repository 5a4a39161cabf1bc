// SPDX-License-Identifier: MIT
#include "github/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "github/address.h"
#include "github/answers.h"
#include "report/json_writer.h"
#include "report/utf8.h"

namespace schemagate::github {
namespace {

constexpr std::array<std::string_view, 6> conclusions = {"",        "success", "failure",
                                                         "neutral", "skipped", "action_required"};
constexpr std::array<std::string_view, 3> levels = {"notice", "warning", "failure"};
constexpr std::array<std::string_view, 4> states = {"error", "failure", "pending", "success"};

/// The value whose word it is, the first one for a word that we never send.
template <class Enum, std::size_t N>
Enum value_of(const std::array<std::string_view, N>& words, std::string_view word) {
  const auto found = std::ranges::find(words, word);
  return static_cast<Enum>(found == words.end() ? 0 : found - words.begin());
}

template <class Enum, std::size_t N>
std::string_view word_of(const std::array<std::string_view, N>& words, Enum value) {
  return words.at(static_cast<std::size_t>(value));
}

void write_annotation(JsonWriter& json, const Annotation& annotation) {
  json.begin_object().key("path").string(annotation.path);
  json.key("start_line").integer(annotation.start_line);
  json.key("end_line").integer(annotation.end_line);
  if (annotation.start_line == annotation.end_line && annotation.start_column > 0) {
    json.key("start_column").integer(annotation.start_column);
    json.key("end_column").integer(std::max(annotation.start_column, annotation.end_column));
  }
  json.key("annotation_level").string(word_of(levels, annotation.level));
  if (!annotation.title.empty()) {
    json.key("title").string(shortened(annotation.title, max_annotation_title));
  }
  // https://docs.github.com/rest/checks/runs: 64 KB
  json.key("message").string(shortened(annotation.message, 64'000)).end_object();
}

/// `head_sha` is told when the run is created only.
std::string to_json(const CheckRun& run, std::span<const Annotation> annotations, bool created) {
  JsonWriter json;
  json.begin_object().key("name").string(run.name);
  if (created) json.key("head_sha").string(run.head_sha);
  if (!run.external_id.empty()) json.key("external_id").string(run.external_id);
  if (!run.details_url.empty()) json.key("details_url").string(run.details_url);
  if (run.conclusion == Conclusion::none) {
    json.key("status").string("in_progress");
  } else {
    json.key("status").string("completed");
    json.key("conclusion").string(word_of(conclusions, run.conclusion));
  }
  json.key("output").begin_object().key("title").string(run.title);
  json.key("summary").string(shortened(run.summary, max_check_text));
  if (!run.text.empty()) json.key("text").string(shortened(run.text, max_check_text));
  if (!annotations.empty()) {
    json.key("annotations").begin_array();
    for (const auto& annotation : annotations) write_annotation(json, annotation);
    json.end_array();
  }
  json.end_object().end_object();
  return json.take();
}

PostedCheckRun read_check_run(const JsonView& json) {
  PostedCheckRun run;
  run.id = json.number("id");
  run.name = json.text("name");
  run.external_id = json.text_or("external_id", "");
  run.url = json.text_or("html_url", "");
  run.conclusion = value_of<Conclusion>(conclusions, json.text_or("conclusion", ""));
  run.annotations = static_cast<int>(json.at("output").number_or("annotations_count", 0));
  return run;
}

Status read_status(const JsonView& json) {
  return {json.text("context"), value_of<State>(states, json.text("state")),
          json.text_or("description", ""), json.text_or("target_url", "")};
}

Call writing(std::string_view method, std::string path, std::string body,
             std::string_view permission) {
  return {.method = std::string(method),
          .path = std::move(path),
          .body = std::move(body),
          .permission = permission};
}

std::string path_of(const Client& client, std::int64_t id) {
  return client.in_repository(fmt::format("/check-runs/{}", id));
}

/// One update. Annotations add up, so it is repeated only when the run still has as many as before.
Outcome<PostedCheckRun> update_once(Client& client, const PostedCheckRun& before,
                                    const CheckRun& run, std::span<const Annotation> annotations) {
  const auto path = path_of(client, before.id);
  const auto call =
      writing("PATCH", path, to_json(run, annotations, false), permission::write_checks);
  if (annotations.empty()) return read_answer(client.repeatable(call), read_check_run);
  std::optional<PostedCheckRun> posted;
  const auto look = [&]() -> Outcome<bool> {
    auto now = read_answer(client.get(path, permission::write_checks), read_check_run);
    if (!now) return now.refusal();
    if (now->annotations > before.annotations) posted = *now;
    return posted.has_value();
  };
  const auto answer = client.once(call, look);
  if (posted) return *posted;
  return read_answer(answer, read_check_run);
}

/// The next ones to send when so many are there.
std::span<const Annotation> batch_after(const CheckRun& run, std::size_t sent) {
  const std::span all(run.annotations);
  return all.subspan(sent, std::min(max_annotations, all.size() - sent));
}

/// Sends the annotations after the first `sent`, batch by batch.
PostedCheckRun add_annotations(Client& client, PostedCheckRun posted, const CheckRun& run,
                               std::size_t sent) {
  while (sent < run.annotations.size()) {
    const auto batch = batch_after(run, sent);
    auto updated = update_once(client, posted, run, batch);
    if (!updated) {
      posted.incomplete = updated.refusal();
      return posted;
    }
    // GitHub may count late: what it took is what we sent.
    updated->annotations =
        std::max(updated->annotations, posted.annotations + static_cast<int>(batch.size()));
    posted = *updated;
    sent += batch.size();
  }
  return posted;
}

}  // namespace

std::string_view to_string(State state) { return word_of(states, state); }

Outcome<std::vector<PostedCheckRun>> check_runs(Client& client, std::string_view sha,
                                                std::string_view name) {
  const auto path = client.in_repository(
      fmt::format("/commits/{}/check-runs?check_name={}", url_encoded(sha), url_encoded(name)));
  auto runs = read_pages(client.pages(path, permission::read_checks), read_check_run, "check_runs");
  if (runs) std::ranges::sort(*runs, std::greater(), &PostedCheckRun::id);
  return runs;
}

Outcome<PostedCheckRun> create_check_run(Client& client, const CheckRun& run) {
  std::optional<PostedCheckRun> found;
  ReadBack look;
  if (!run.external_id.empty()) {
    look = [&]() -> Outcome<bool> {
      const auto runs = check_runs(client, run.head_sha, run.name);
      if (!runs) return runs.refusal();
      for (const auto& one : *runs) {
        if (one.external_id == run.external_id) found = one;
      }
      return found.has_value();
    };
  }
  const auto batch = batch_after(run, 0);
  const auto answer = client.once(writing("POST", client.in_repository("/check-runs"),
                                          to_json(run, batch, true), permission::write_checks),
                                  look);
  auto posted = found ? Outcome<PostedCheckRun>(*found) : read_answer(answer, read_check_run);
  if (!posted) return posted;
  posted->annotations = std::max(posted->annotations, static_cast<int>(batch.size()));
  return add_annotations(client, *posted, run, batch.size());
}

Outcome<PostedCheckRun> complete_check_run(Client& client, const PostedCheckRun& posted,
                                           const CheckRun& run) {
  const auto there = std::min(static_cast<std::size_t>(posted.annotations), run.annotations.size());
  const auto batch = batch_after(run, there);
  const auto updated = update_once(client, posted, run, batch);
  if (!updated) return updated;
  return add_annotations(client, *updated, run, there + batch.size());
}

Outcome<std::vector<Status>> statuses(Client& client, std::string_view sha) {
  const auto path = client.in_repository(fmt::format("/commits/{}/statuses", url_encoded(sha)));
  return read_pages(client.pages(path, permission::read_statuses), read_status);
}

Outcome<Done> set_status(Client& client, std::string_view sha, const Status& status) {
  const auto description = shortened(visible_line(status.description), max_description);
  JsonWriter json;
  json.begin_object().key("state").string(to_string(status.state));
  json.key("context").string(status.context).key("description").string(description);
  if (!status.target_url.empty()) json.key("target_url").string(status.target_url);
  json.end_object();
  bool is_there = false;
  const auto look = [&]() -> Outcome<bool> {
    const auto all = statuses(client, sha);
    if (!all) return all.refusal();
    const auto newest = std::ranges::find(*all, status.context, &Status::context);
    is_there = newest != all->end() && newest->state == status.state &&
               newest->description == description && newest->target_url == status.target_url;
    return is_there;
  };
  const auto path = client.in_repository(fmt::format("/statuses/{}", url_encoded(sha)));
  const auto answer =
      client.once(writing("POST", path, json.take(), permission::write_statuses), look);
  if (!answer) return answer.refusal();
  if (is_there) return Done{};
  const auto set = read_answer(answer, read_status);
  if (!set) return set.refusal();
  return Done{};
}

}  // namespace schemagate::github
