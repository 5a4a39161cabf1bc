// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "tests/fake_github_state.h"

namespace schemagate::testing {
namespace {

constexpr std::size_t most_statuses = 1000;
constexpr std::size_t most_annotations = 50;
constexpr std::size_t longest_text = 65'535;
constexpr std::size_t longest_message = 64 * 1024;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

void check_annotation(const json& annotation) {
  const std::string resource = "CheckRun";
  required_text(annotation, "path", resource);
  if (required_text(annotation, "message", resource).size() > longest_message) {
    throw invalid(resource, "message", "message exceeds 64 KB");
  }
  require_one_of(annotation.value("annotation_level", ""), {"notice", "warning", "failure"},
                 "annotation_level", resource);
  const int start = annotation.value("start_line", 0);
  const int end = annotation.value("end_line", 0);
  if (start < 1 || end < start) throw invalid(resource, "end_line", "lines are out of order");
  const bool columns = annotation.contains("start_column") || annotation.contains("end_column");
  if (columns && start != end) {
    throw invalid(resource, "start_column", "columns need start_line and end_line to be equal");
  }
  if (characters(annotation.value("title", "")) > 255) {
    throw invalid(resource, "title", "title is too long (maximum is 255 characters)");
  }
}

void check_output(const json& output) {
  const std::string resource = "CheckRun";
  required_text(output, "title", resource);
  const auto summary = required_text(output, "summary", resource);
  if (characters(summary) > longest_text || characters(output.value("text", "")) > longest_text) {
    throw invalid(resource, "output", "Only 65535 characters are allowed");
  }
  const auto annotations = output.value("annotations", json::array());
  if (annotations.size() > most_annotations) {
    throw Refuse{422, fmt::format("Invalid request.\n\nNo more than 50 items are allowed; {} were "
                                  "supplied.",
                                  annotations.size())};
  }
  for (const auto& annotation : annotations) check_annotation(annotation);
}

void check_run(const json& body) {
  const std::string resource = "CheckRun";
  const auto status = body.value("status", "queued");
  require_one_of(status, {"queued", "in_progress", "completed"}, "status", resource);
  if (status == "completed" || body.contains("conclusion")) {
    require_one_of(
        body.value("conclusion", ""),
        {"action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"},
        "conclusion", resource);
  }
  if (body.contains("output")) check_output(body["output"]);
}

/// Takes over what a request gives; annotations add up.
void update(json& run, const json& body) {
  for (const char* field : {"name", "status", "conclusion", "external_id", "details_url"}) {
    if (body.contains(field)) run[field] = body[field];
  }
  if (!body.contains("output")) return;
  for (const char* field : {"title", "summary", "text"}) {
    run["output"][field] = body["output"].value(field, json(nullptr));
  }
  for (const auto& annotation : body["output"].value("annotations", json::array())) {
    run["annotations"].push_back(annotation);  // ours
  }
  run["output"]["annotations_count"] = run["annotations"].size();
}

}  // namespace

FakeAnswer FakeState::list_statuses(const FakeCall& call) {
  json found = json::array();
  for (auto status = statuses.rbegin(); status != statuses.rend(); ++status) {
    if ((*status)["sha"] == call.path[0]) found.push_back(*status);
  }
  return {200, found, true};
}

FakeAnswer FakeState::create_status(const FakeCall& call) {
  const std::string resource = "Status";
  if (!commits.contains(call.path[0])) {
    throw Refuse{422, "No commit found for SHA: " + call.path[0]};
  }
  require_one_of(call.body.value("state", ""), {"error", "failure", "pending", "success"}, "state",
                 resource);
  const auto context = call.body.value("context", "default");
  if (characters(call.body.value("description", "")) > 140) {
    throw invalid(resource, "description", "description is too long (maximum is 140 characters)");
  }
  const auto same = std::ranges::count_if(statuses, [&](const json& status) {
    return status["sha"] == call.path[0] && lower(status["context"]) == lower(context);
  });
  if (static_cast<std::size_t>(same) >= most_statuses) {
    throw invalid(resource, "base",
                  "This SHA and context has reached the maximum number of statuses.");
  }
  statuses.push_back({{"id", next_id++},
                      {"sha", call.path[0]},
                      {"context", context},
                      {"state", call.body["state"]},
                      {"description", call.body.value("description", json(nullptr))},
                      {"target_url", call.body.value("target_url", json(nullptr))},
                      {"creator", user(options.viewer)},
                      {"created_at", now()}});
  return {201, statuses.back()};
}

FakeAnswer FakeState::list_check_runs(const FakeCall& call) {
  json found = json::array();
  const auto name = call.query.find("check_name");
  for (const auto& run : check_runs) {
    if (run["head_sha"] != call.path[0]) continue;
    if (name == call.query.end() || run["name"] == name->second) found.push_back(run);
  }
  return {200, found, true, "check_runs"};
}

FakeAnswer FakeState::get_check_run(const FakeCall& call) {
  return {200, known(check_runs, call.path[0])};
}

FakeAnswer FakeState::create_check_run(const FakeCall& call) {
  const auto sha = required_text(call.body, "head_sha", "CheckRun");
  required_text(call.body, "name", "CheckRun");
  if (!commits.contains(sha)) throw Refuse{422, "No commit found for SHA: " + sha};
  check_run(call.body);
  const auto id = next_id++;
  json run = {{"id", id},
              {"head_sha", sha},
              {"status", "queued"},
              {"conclusion", nullptr},
              {"external_id", ""},
              {"html_url", fmt::format("https://github.com/{}/runs/{}", options.repository, id)},
              {"output", {{"annotations_count", 0}}},
              {"annotations", json::array()}};
  update(run, call.body);
  check_runs.push_back(run);
  return {201, run};
}

FakeAnswer FakeState::update_check_run(const FakeCall& call) {
  auto& run = known(check_runs, call.path[0]);
  check_run(call.body);
  update(run, call.body);
  return {200, run};
}

}  // namespace schemagate::testing
