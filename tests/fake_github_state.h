// SPDX-License-Identifier: MIT
// What FakeGitHub remembers, as the JSON that GitHub would show, and what it does with a request.
// Each function throws Refuse where GitHub refuses.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/fake_github.h"

namespace schemagate::testing {

using nlohmann::json;

/// A refusal as GitHub words it; `errors` is 422's list, or null.
struct Refuse {
  int status;
  std::string message;
  json errors = nullptr;
};
/// "Validation Failed" with one error.
Refuse invalid(const std::string& resource, const std::string& field, const std::string& message);

struct FakeCall {
  std::vector<std::string> path;  ///< what the parentheses of the route's pattern matched, decoded
  std::map<std::string, std::string> query;
  json body;
};

struct FakeAnswer {
  int status = 200;
  json body;
  bool paged = false;     ///< `body` is a list of which a page is given
  std::string list = {};  ///< … and stands in this field beside total_count
};

struct FakePull {
  json shown;  ///< as GitHub shows it
  FakeDiff diff;
  std::set<std::string> commits;
};

struct FakeState {
  FakeGitHubOptions options;
  std::map<int, FakePull> pulls;
  std::vector<json> issue_comments, review_comments, reviews, statuses, check_runs;
  std::map<std::string, json> blobs, trees, commits;  ///< by id; null: only known
  std::map<std::string, std::string> refs, access;
  std::set<std::string> up_to_date;                     ///< branches whose rules ask for that
  std::multimap<std::string, std::string> other_rules;  ///< types, by branch
  std::set<std::string> checked;  ///< branches whose older protection asks for a status
  std::int64_t next_id = 1001;
  int ticks = 0;
  std::optional<std::int64_t> clock;  ///< told to whoever asks anything

  FakeAnswer get_pull(const FakeCall& call);
  FakeAnswer list_pulls(const FakeCall& call);
  FakeAnswer list_reviews(const FakeCall& call);
  FakeAnswer permission(const FakeCall& call);
  FakeAnswer list_rules(const FakeCall& call);
  FakeAnswer get_branch(const FakeCall& call);
  FakeAnswer graphql(const FakeCall& call);

  FakeAnswer list_issue_comments(const FakeCall& call);
  FakeAnswer get_issue_comment(const FakeCall& call);
  FakeAnswer create_issue_comment(const FakeCall& call);
  FakeAnswer edit_issue_comment(const FakeCall& call);
  FakeAnswer delete_issue_comment(const FakeCall& call);
  FakeAnswer list_review_comments(const FakeCall& call);
  FakeAnswer create_review_comment(const FakeCall& call);
  FakeAnswer edit_review_comment(const FakeCall& call);
  FakeAnswer create_review(const FakeCall& call);

  FakeAnswer list_statuses(const FakeCall& call);
  FakeAnswer create_status(const FakeCall& call);
  FakeAnswer list_check_runs(const FakeCall& call);
  FakeAnswer get_check_run(const FakeCall& call);
  FakeAnswer create_check_run(const FakeCall& call);
  FakeAnswer update_check_run(const FakeCall& call);

  FakeAnswer get_object(const FakeCall& call);
  FakeAnswer create_blob(const FakeCall& call);
  FakeAnswer create_tree(const FakeCall& call);
  FakeAnswer create_commit(const FakeCall& call);
  FakeAnswer get_ref(const FakeCall& call);
  FakeAnswer create_ref(const FakeCall& call);
  FakeAnswer update_ref(const FakeCall& call);

  FakePull& pull(const std::string& number);
  json& known(std::vector<json>& list, const std::string& id);
  json user(const std::string& login) const;
  std::string now();       ///< by the clock; without one a minute later each time
  void touch(int number);  ///< something happened to that pull request
  json new_comment(const std::string& author, const std::string& body, const std::string& page);
};

/// The text in that field. Refuses when it is missing, no text, or empty.
std::string required_text(const json& body, const std::string& field, const std::string& resource);
/// Refuses a value that is none of `allowed`.
void require_one_of(const json& value, const std::set<std::string>& allowed,
                    const std::string& field, const std::string& resource);
/// Seconds since 1970 in words, as strftime's format says.
std::string date_of(std::int64_t seconds, const char* format);
/// Characters, not bytes.
std::size_t characters(const std::string& text);

}  // namespace schemagate::testing
