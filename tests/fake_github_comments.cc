// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "tests/fake_github_state.h"

namespace schemagate::testing {
namespace {

constexpr std::size_t longest_body = 65'536;

/// Refuses an empty body and one that is too long.
std::string checked_body(const json& body, const std::string& resource) {
  auto text = required_text(body, "body", resource);
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    throw invalid(resource, "body", "body can't be blank");
  }
  if (characters(text) > longest_body) {
    throw invalid(resource, "body", "body is too long (maximum is 65536 characters)");
  }
  return text;
}

/// The hunk's number that holds the line on that side, or -1.
int hunk_of(const std::vector<FakeHunk>& hunks, const std::string& side, int line) {
  for (std::size_t i = 0; i < hunks.size(); ++i) {
    const auto& hunk = hunks[i];
    const int start = side == "LEFT" ? hunk.old_start : hunk.new_start;
    const int lines = side == "LEFT" ? hunk.old_lines : hunk.new_lines;
    if (line >= start && line < start + lines) return static_cast<int>(i);
  }
  return -1;
}

void check_lines(const json& comment, const std::vector<FakeHunk>& hunks) {
  const std::string resource = "PullRequestReviewComment";
  if (!comment.contains("line") || !comment["line"].is_number_integer()) {
    throw invalid(resource, "line", "line is missing");
  }
  const auto side = comment.value("side", "RIGHT");
  require_one_of(side, {"LEFT", "RIGHT"}, "side", resource);
  const int line = comment["line"];
  const int hunk = hunk_of(hunks, side, line);
  if (hunk < 0) {
    throw invalid(resource, "pull_request_review_thread.line",
                  "pull_request_review_thread.line must be part of the diff");
  }
  if (!comment.contains("start_line") || comment["start_line"].is_null()) return;
  const int start = comment["start_line"];
  if (start >= line) {
    throw invalid(resource, "pull_request_review_thread.start_line",
                  "pull_request_review_thread.start_line must precede the end line.");
  }
  if (hunk_of(hunks, comment.value("start_side", side), start) != hunk) {
    throw invalid(resource, "pull_request_review_thread.start_line",
                  "pull_request_review_thread.start_line must be part of the same hunk as the "
                  "line.");
  }
}

/// Refuses a comment that has no place in the diff.
void check_place(const json& comment, const FakePull& pull) {
  const std::string resource = "PullRequestReviewComment";
  checked_body(comment, resource);
  const auto path = required_text(comment, "path", resource);
  const auto file = pull.diff.find(path);
  if (file == pull.diff.end()) {
    throw invalid(resource, "pull_request_review_thread.path",
                  "pull_request_review_thread.path is invalid");
  }
  const auto subject = comment.value("subject_type", "line");
  require_one_of(subject, {"line", "file"}, "subject_type", resource);
  if (subject == "line") check_lines(comment, file->second);
}

std::string checked_commit(const json& body, const FakePull& pull, const std::string& resource) {
  const auto commit = required_text(body, "commit_id", resource);
  if (!pull.commits.contains(commit)) {
    throw invalid(resource, "commit_id", "commit_id is not part of the pull request");
  }
  return commit;
}

json placed(json shown, const json& comment, const std::string& commit, const json& number) {
  const bool on_file = comment.value("subject_type", "line") == "file";
  shown["path"] = comment["path"];
  shown["commit_id"] = shown["original_commit_id"] = commit;
  shown["subject_type"] = on_file ? "file" : "line";
  shown["side"] = comment.value("side", "RIGHT");
  shown["line"] = shown["original_line"] = on_file ? json(nullptr) : comment["line"];
  shown["start_line"] = comment.value("start_line", json(nullptr));
  shown["start_side"] = comment.value("start_side", json(nullptr));
  shown["number"] = number;  // ours: of the pull request
  return shown;
}

std::vector<json> of_pull(const std::vector<json>& all, const std::string& number) {
  std::vector<json> found;
  for (const auto& one : all) {
    if (std::to_string(one.at("number").get<int>()) == number) found.push_back(one);
  }
  return found;
}

}  // namespace

json FakeState::new_comment(const std::string& author, const std::string& body,
                            const std::string& page) {
  const auto id = next_id++;
  const auto time = now();
  return {
      {"id", id},
      {"user", user(author)},
      {"body", body},
      {"html_url", fmt::format("https://github.com/{}/pull/{}-{}", options.repository, page, id)},
      {"created_at", time},
      {"updated_at", time}};
}

FakeAnswer FakeState::list_issue_comments(const FakeCall& call) {
  pull(call.path[0]);
  return {200, of_pull(issue_comments, call.path[0]), true};
}

FakeAnswer FakeState::get_issue_comment(const FakeCall& call) {
  return {200, known(issue_comments, call.path[0])};
}

FakeAnswer FakeState::create_issue_comment(const FakeCall& call) {
  pull(call.path[0]);
  const auto body = checked_body(call.body, "IssueComment");
  auto comment = new_comment(options.viewer, body, call.path[0] + "#issuecomment");
  comment["number"] = std::stoi(call.path[0]);
  issue_comments.push_back(comment);
  touch(comment["number"]);
  return {201, comment};
}

FakeAnswer FakeState::edit_issue_comment(const FakeCall& call) {
  auto& comment = known(issue_comments, call.path[0]);
  if (comment["user"]["login"] != options.viewer) {
    throw Refuse{403, "Resource not accessible by integration"};
  }
  comment["body"] = checked_body(call.body, "IssueComment");
  comment["updated_at"] = now();
  return {200, comment};
}

FakeAnswer FakeState::delete_issue_comment(const FakeCall& call) {
  const auto& comment = known(issue_comments, call.path[0]);
  if (comment["user"]["login"] != options.viewer) {
    throw Refuse{403, "Resource not accessible by integration"};
  }
  std::erase_if(issue_comments, [id = comment["id"]](const json& one) { return one["id"] == id; });
  return {204, nullptr};
}

FakeAnswer FakeState::list_review_comments(const FakeCall& call) {
  pull(call.path[0]);
  return {200, of_pull(review_comments, call.path[0]), true};
}

FakeAnswer FakeState::create_review_comment(const FakeCall& call) {
  const auto& request = pull(call.path[0]);
  const auto commit = checked_commit(call.body, request, "PullRequestReviewComment");
  check_place(call.body, request);
  auto shown =
      placed(new_comment(options.viewer, call.body["body"], call.path[0] + "#discussion_r"),
             call.body, commit, request.shown["number"]);
  shown["pull_request_review_id"] = next_id++;
  review_comments.push_back(shown);
  return {201, shown};
}

FakeAnswer FakeState::edit_review_comment(const FakeCall& call) {
  auto& comment = known(review_comments, call.path[0]);
  if (comment["user"]["login"] != options.viewer) {
    throw Refuse{403, "Resource not accessible by integration"};
  }
  comment["body"] = checked_body(call.body, "PullRequestReviewComment");
  comment["updated_at"] = now();
  return {200, comment};
}

FakeAnswer FakeState::create_review(const FakeCall& call) {
  const auto& request = pull(call.path[0]);
  const auto commit = checked_commit(call.body, request, "PullRequestReview");
  require_one_of(call.body.value("event", "PENDING"), {"APPROVE", "REQUEST_CHANGES", "COMMENT"},
                 "event", "PullRequestReview");
  const auto body = call.body.value("body", "");
  const auto comments = call.body.value("comments", json::array());
  if (characters(body) > longest_body) {
    throw invalid("PullRequestReview", "body", "body is too long (maximum is 65536 characters)");
  }
  if (body.empty() && comments.empty()) {
    throw Refuse{422, "Unprocessable Entity", {"Review body is required"}};
  }
  for (const auto& comment : comments) {
    try {
      check_place(comment, request);
    } catch (const Refuse& refusal) {
      // GitHub does not tell which comment it was.
      throw Refuse{422, "Unprocessable Entity", {refusal.errors[0]["message"]}};
    }
  }
  const auto id = next_id++;
  for (const auto& comment : comments) {
    auto shown =
        placed(new_comment(options.viewer, comment["body"], call.path[0] + "#discussion_r"),
               comment, commit, request.shown["number"]);
    shown["pull_request_review_id"] = id;
    review_comments.push_back(shown);
  }
  const json review = {{"id", id},
                       {"user", user(options.viewer)},
                       {"body", body},
                       {"state", "COMMENTED"},
                       {"commit_id", commit},
                       {"submitted_at", now()},
                       {"number", request.shown["number"]}};
  reviews.push_back(review);
  return {200, review};
}

FakeAnswer FakeState::list_reviews(const FakeCall& call) {
  pull(call.path[0]);
  return {200, of_pull(reviews, call.path[0]), true};
}

}  // namespace schemagate::testing
