// SPDX-License-Identifier: MIT
#include "github/comments.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "github/answers.h"
#include "github/server_clock.h"
#include "report/json_writer.h"

namespace schemagate::github {
namespace {

Comment read_comment(const JsonView& json) {
  Comment comment;
  comment.id = json.number("id");
  if (const auto user = json.find("user")) {
    comment.author = user->text_or("login", "");
    comment.author_id = user->number_or("id", 0);
    comment.by_program = user->text_or("type", "") == "Bot";
  }
  comment.body = json.text_or("body", "");
  comment.url = json.text_or("html_url", "");
  comment.created_at = json.text_or("created_at", "");
  comment.updated_at = json.text_or("updated_at", "");
  return comment;
}

ReviewComment read_review_comment(const JsonView& json) {
  ReviewComment comment;
  static_cast<Comment&>(comment) = read_comment(json);
  comment.review = json.number_or("pull_request_review_id", 0);
  comment.reply_to = json.number_or("in_reply_to_id", 0);
  comment.path = json.text("path");
  comment.commit = json.text("commit_id");
  comment.original_commit = json.text_or("original_commit_id", comment.commit);
  comment.line = static_cast<int>(json.number_or("line", 0));
  comment.start_line = static_cast<int>(json.number_or("start_line", 0));
  comment.side = json.text_or("side", "RIGHT") == "LEFT" ? Side::left : Side::right;
  comment.on_file = json.text_or("subject_type", "line") == "file";
  return comment;
}

std::string body_only(std::string_view body) {
  JsonWriter json;
  json.begin_object().key("body").string(body).end_object();
  return json.take();
}

std::string_view word(Side side) { return side == Side::left ? "LEFT" : "RIGHT"; }

std::string to_json(const NewReview& review) {
  JsonWriter json;
  json.begin_object().key("commit_id").string(review.commit).key("event").string("COMMENT");
  if (!review.body.empty()) json.key("body").string(review.body);
  json.key("comments").begin_array();
  for (const auto& comment : review.comments) {
    json.begin_object().key("path").string(comment.path).key("body").string(comment.body);
    json.key("line").integer(comment.line).key("side").string(word(comment.side));
    // GitHub refuses a start that is not above the line.
    if (comment.start_line > 0 && comment.start_line < comment.line) {
      json.key("start_line").integer(comment.start_line);
      json.key("start_side").string(word(comment.side));
    }
    json.end_object();
  }
  json.end_array().end_object();
  return json.take();
}

/// The first review comment made on that commit and path with this text.
Outcome<std::optional<ReviewComment>> find_review_comment(Client& client, int number,
                                                          std::string_view commit,
                                                          std::string_view path,
                                                          std::string_view body) {
  const auto all = review_comments(client, number);
  if (!all) return all.refusal();
  const auto found = std::ranges::find_if(*all, [&](const ReviewComment& comment) {
    return comment.path == path && same_text(comment.body, body) &&
           (comment.commit == commit || comment.original_commit == commit);
  });
  if (found == all->end()) return std::optional<ReviewComment>();
  return std::optional(*found);
}

Outcome<std::optional<std::int64_t>> find_review(Client& client, int number,
                                                 const NewReview& review) {
  if (!review.comments.empty()) {
    const auto& first = review.comments.front();
    const auto found = find_review_comment(client, number, review.commit, first.path, first.body);
    if (!found) return found.refusal();
    return *found ? std::optional((*found)->review) : std::nullopt;
  }
  const auto path = client.in_repository(fmt::format("/pulls/{}/reviews", number));
  const auto ids =
      read_pages(client.pages(path, permission::write_pull_requests), [&](const JsonView& json) {
        const bool same = json.text_or("commit_id", "") == review.commit &&
                          same_text(json.text_or("body", ""), review.body);
        return same ? json.number("id") : 0;
      });
  if (!ids) return ids.refusal();
  const auto found = std::ranges::find_if(*ids, [](std::int64_t id) { return id != 0; });
  return found == ids->end() ? std::nullopt : std::optional(*found);
}

Call writing(std::string_view method, std::string path, std::string body) {
  return {.method = std::string(method),
          .path = std::move(path),
          .body = std::move(body),
          .permission = permission::write_pull_requests,
          .notifies = method == "POST"};
}

}  // namespace

bool same_text(std::string_view a, std::string_view b) {
  return trim(replace_all(std::string(a), "\r\n", "\n")) ==
         trim(replace_all(std::string(b), "\r\n", "\n"));
}

Outcome<std::vector<Comment>> issue_comments(Client& client, int number) {
  return read_pages(client.pages(client.in_repository(fmt::format("/issues/{}/comments", number)),
                                 permission::write_pull_requests),
                    read_comment);
}

Outcome<std::optional<Comment>> issue_comment(Client& client, std::int64_t id) {
  const auto path = client.in_repository(fmt::format("/issues/comments/{}", id));
  const auto answer = client.get(path, permission::read_pull_requests);
  if (!answer && answer.refusal().kind == Refusal::Kind::not_found)
    return {std::optional<Comment>()};
  return read_answer(answer,
                     [](const JsonView& json) { return std::optional(read_comment(json)); });
}

Outcome<Comment> create_issue_comment(Client& client, int number, std::string_view body) {
  std::optional<Comment> posted;
  // An older one that says the same is not this one. A second may be lost on the way.
  const auto begun = client.server_time();
  const std::string earliest = begun ? iso_time(*begun - std::chrono::seconds(1)) : "";
  const auto look = [&]() -> Outcome<bool> {
    const auto all = issue_comments(client, number);
    if (!all) return all.refusal();
    for (const auto& comment : *all) {
      if (same_text(comment.body, body) && comment.created_at >= earliest) posted = comment;
    }
    return posted.has_value();
  };
  const auto path = client.in_repository(fmt::format("/issues/{}/comments", number));
  const auto answer = client.once(writing("POST", path, body_only(body)), look);
  if (posted) return *posted;
  return read_answer(answer, read_comment);
}

Outcome<Comment> edit_issue_comment(Client& client, std::int64_t id, std::string_view body) {
  const auto path = client.in_repository(fmt::format("/issues/comments/{}", id));
  return read_answer(client.repeatable(writing("PATCH", path, body_only(body))), read_comment);
}

Outcome<Done> delete_issue_comment(Client& client, std::int64_t id) {
  const auto path = client.in_repository(fmt::format("/issues/comments/{}", id));
  const auto answer = client.repeatable(writing("DELETE", path, ""));
  if (!answer && answer.refusal().kind != Refusal::Kind::not_found) return answer.refusal();
  return Done{};
}

Outcome<std::vector<ReviewComment>> review_comments(Client& client, int number) {
  return read_pages(client.pages(client.in_repository(fmt::format("/pulls/{}/comments", number)),
                                 permission::write_pull_requests),
                    read_review_comment);
}

Outcome<ReviewComment> edit_review_comment(Client& client, std::int64_t id, std::string_view body) {
  const auto path = client.in_repository(fmt::format("/pulls/comments/{}", id));
  return read_answer(client.repeatable(writing("PATCH", path, body_only(body))),
                     read_review_comment);
}

Outcome<ReviewComment> create_file_comment(Client& client, int number, std::string_view commit,
                                           std::string_view path, std::string_view body) {
  JsonWriter json;
  json.begin_object().key("commit_id").string(commit).key("path").string(path);
  json.key("subject_type").string("file").key("body").string(body).end_object();
  std::optional<ReviewComment> posted;
  const auto look = [&]() -> Outcome<bool> {
    auto found = find_review_comment(client, number, commit, path, body);
    if (!found) return found.refusal();
    posted = *found;
    return posted.has_value();
  };
  const auto url = client.in_repository(fmt::format("/pulls/{}/comments", number));
  const auto answer = client.once(writing("POST", url, json.take()), look);
  if (posted) return *posted;
  return read_answer(answer, read_review_comment);
}

Outcome<std::int64_t> create_review(Client& client, int number, const NewReview& review) {
  std::optional<std::int64_t> posted;
  const auto look = [&]() -> Outcome<bool> {
    const auto found = find_review(client, number, review);
    if (!found) return found.refusal();
    posted = *found;
    return posted.has_value();
  };
  const auto path = client.in_repository(fmt::format("/pulls/{}/reviews", number));
  const auto answer = client.once(writing("POST", path, to_json(review)), look);
  if (posted) return *posted;
  return read_answer(answer, [](const JsonView& json) { return json.number("id"); });
}

}  // namespace schemagate::github
