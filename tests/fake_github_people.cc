// SPDX-License-Identifier: MIT
// What people do on FakeGitHub, and what a test sees of it.
#include <fmt/format.h>

#include <algorithm>

#include "tests/fake_github_server.h"

namespace schemagate::testing {
namespace {

github::Comment read_comment(const json& from) {
  github::Comment comment;
  comment.id = from["id"];
  comment.author = from["user"]["login"];
  comment.author_id = from["user"]["id"];
  comment.body = from["body"];
  comment.url = from["html_url"];
  comment.created_at = from["created_at"];
  comment.updated_at = from["updated_at"];
  return comment;
}

int number_or_zero(const json& value) { return value.is_null() ? 0 : value.get<int>(); }

github::ReviewComment read_review_comment(const json& from) {
  github::ReviewComment comment;
  static_cast<github::Comment&>(comment) = read_comment(from);
  comment.review = from["pull_request_review_id"];
  comment.reply_to = from.value("in_reply_to_id", std::int64_t{0});
  comment.path = from["path"];
  comment.commit = from["commit_id"];
  comment.original_commit = from["original_commit_id"];
  comment.line = number_or_zero(from["line"]);
  comment.start_line = number_or_zero(from["start_line"]);
  comment.side = from["side"] == "LEFT" ? github::Side::left : github::Side::right;
  comment.on_file = from["subject_type"] == "file";
  return comment;
}

template <class Enum>
Enum value_of(const std::vector<std::string>& words, const json& word) {
  const auto found = std::ranges::find(words, word.is_string() ? word.get<std::string>() : "");
  return static_cast<Enum>(found == words.end() ? 0 : found - words.begin());
}

github::Annotation read_annotation(const json& from) {
  github::Annotation annotation;
  annotation.path = from["path"];
  annotation.start_line = from["start_line"];
  annotation.end_line = from["end_line"];
  annotation.start_column = from.value("start_column", 0);
  annotation.end_column = from.value("end_column", 0);
  annotation.level =
      value_of<github::AnnotationLevel>({"notice", "warning", "failure"}, from["annotation_level"]);
  annotation.title = from.value("title", "");
  annotation.message = from["message"];
  return annotation;
}

json shown_branch(const github::Branch& branch) {
  json repository = nullptr;
  if (!branch.repository.empty()) repository = {{"full_name", branch.repository}};
  return {{"sha", branch.sha}, {"ref", branch.ref}, {"repo", repository}};
}

std::string text_or_empty(const json& value) {
  return value.is_null() ? "" : value.get<std::string>();
}

/// The lines above it that it is on go with it; 0: its line has changed, and it has none.
void move(json& comment, int line) {
  const int from = number_or_zero(comment["line"]);
  if (line == 0 || from == 0) {
    comment["line"] = comment["start_line"] = nullptr;
    return;
  }
  if (!comment["start_line"].is_null())
    comment["start_line"] = comment["start_line"].get<int>() + line - from;
  comment["line"] = line;
}

bool is_in(const FakeDiff& diff, const json& comment) {
  const auto file = diff.find(comment["path"]);
  if (file == diff.end() || comment["line"].is_null()) return false;
  const int line = comment["line"];
  const bool left = comment["side"] == "LEFT";
  return std::ranges::any_of(file->second, [&](const FakeHunk& hunk) {
    const int start = left ? hunk.old_start : hunk.new_start;
    return line >= start && line < start + (left ? hunk.old_lines : hunk.new_lines);
  });
}

}  // namespace

void FakeGitHub::add(const github::PullRequest& request, FakeDiff diff) {
  const std::lock_guard lock(impl_->mutex);
  auto& state = impl_->state;
  json labels = json::array();
  for (const auto& label : request.labels) labels.push_back({{"name", label}});
  const auto time = state.now();
  FakePull pull;
  pull.shown = {{"number", request.number},
                {"title", request.title},
                {"user", state.user(request.author)},
                {"author_association", request.author_association},
                {"state", request.open ? "open" : "closed"},
                {"draft", request.draft},
                {"merged", request.merged},
                {"merge_commit_sha", request.merge_commit_sha},
                {"labels", labels},
                {"auto_merge", nullptr},
                {"changed_files", diff.size()},
                {"head", shown_branch(request.head)},
                {"base", shown_branch(request.base)},
                {"created_at", time},
                {"updated_at", time}};
  pull.diff = std::move(diff);
  pull.commits = {request.head.sha};
  state.commits.emplace(request.head.sha, nullptr);
  state.commits.emplace(request.base.sha, nullptr);
  state.pulls[request.number] = std::move(pull);
}

void FakeGitHub::push(int number, const std::string& sha, FakeDiff diff,
                      const std::map<std::int64_t, int>& moved) {
  const std::lock_guard lock(impl_->mutex);
  auto& state = impl_->state;
  auto& pull = state.pulls.at(number);
  pull.shown["head"]["sha"] = sha;
  pull.shown["updated_at"] = state.now();
  pull.shown["changed_files"] = diff.size();
  pull.commits.insert(sha);
  pull.diff = std::move(diff);
  state.commits.emplace(sha, nullptr);
  for (auto& comment : state.review_comments) {
    if (comment["number"] != number) continue;
    const auto to = moved.find(comment["id"].get<std::int64_t>());
    if (to != moved.end()) move(comment, to->second);
    if (comment["subject_type"] == "file" || is_in(pull.diff, comment)) {
      comment["commit_id"] = sha;
    } else {
      comment["line"] = comment["start_line"] = nullptr;
    }
  }
}

void FakeGitHub::know_commit(const std::string& sha) {
  const std::lock_guard lock(impl_->mutex);
  impl_->state.commits.emplace(sha, nullptr);
}

void FakeGitHub::set_access(const std::string& login, const std::string& access) {
  const std::lock_guard lock(impl_->mutex);
  impl_->state.access[login] = access;
}

void FakeGitHub::set_clock(std::int64_t seconds) {
  const std::lock_guard lock(impl_->mutex);
  impl_->state.clock = seconds;
}

void FakeGitHub::set_draft(int number, bool draft) {
  const std::lock_guard lock(impl_->mutex);
  impl_->state.pulls.at(number).shown["draft"] = draft;
  impl_->state.touch(number);
}

void FakeGitHub::require_up_to_date(const std::string& branch) {
  const std::lock_guard lock(impl_->mutex);
  impl_->state.up_to_date.insert(branch);
}

void FakeGitHub::add_rule(const std::string& branch, const std::string& type) {
  const std::lock_guard lock(impl_->mutex);
  impl_->state.other_rules.emplace(branch, type);
}

void FakeGitHub::set_state(int number, const std::string& word) {
  const std::lock_guard lock(impl_->mutex);
  impl_->state.pulls.at(number).shown["state"] = word;
}

void FakeGitHub::require_status(const std::string& branch) {
  const std::lock_guard lock(impl_->mutex);
  impl_->state.checked.insert(branch);
}

void FakeGitHub::change_comment(std::int64_t id, const std::string& body) {
  const std::lock_guard lock(impl_->mutex);
  auto& state = impl_->state;
  auto& comment = state.known(state.issue_comments, std::to_string(id));
  comment["body"] = body;
  comment["updated_at"] = state.now();
  if (body.empty())
    std::erase_if(state.issue_comments, [&](const json& one) { return one["id"] == id; });
}

std::int64_t FakeGitHub::add_comment(int number, const std::string& author,
                                     const std::string& body) {
  const std::lock_guard lock(impl_->mutex);
  auto& state = impl_->state;
  auto comment = state.new_comment(author, body, fmt::format("{}#issuecomment", number));
  comment["number"] = number;
  state.issue_comments.push_back(comment);
  state.touch(number);
  return comment["id"];
}

std::int64_t FakeGitHub::add_reply(std::int64_t review_comment, const std::string& author,
                                   const std::string& body) {
  const std::lock_guard lock(impl_->mutex);
  auto& state = impl_->state;
  const auto& first = state.known(state.review_comments, std::to_string(review_comment));
  auto reply = first;
  const int number = first["number"];
  reply.update(state.new_comment(author, body, fmt::format("{}#discussion_r", number)));
  reply["in_reply_to_id"] = review_comment;
  reply["pull_request_review_id"] = state.next_id++;
  state.review_comments.push_back(reply);
  return reply["id"];
}

void FakeGitHub::add_review(int number, const std::string& author, const std::string& state) {
  const std::lock_guard lock(impl_->mutex);
  auto& all = impl_->state;
  all.reviews.push_back({{"id", all.next_id++},
                         {"user", all.user(author)},
                         {"body", ""},
                         {"state", state},
                         {"commit_id", all.pulls.at(number).shown["head"]["sha"]},
                         {"submitted_at", all.now()},
                         {"number", number}});
  all.touch(number);
}

void FakeGitHub::add_statuses(const std::string& sha, const std::string& context, int count) {
  const std::lock_guard lock(impl_->mutex);
  for (int i = 0; i < count; ++i) {
    impl_->state.statuses.push_back({{"sha", sha},
                                     {"context", context},
                                     {"state", "pending"},
                                     {"description", nullptr},
                                     {"target_url", nullptr}});
  }
}

void FakeGitHub::know_token(const std::string& token, std::set<std::string> permissions) {
  const std::lock_guard lock(impl_->mutex);
  impl_->other_tokens[token] = std::move(permissions);
}

void FakeGitHub::allow_only(std::set<std::string> permissions) {
  const std::lock_guard lock(impl_->mutex);
  impl_->permissions = std::move(permissions);
}

void FakeGitHub::fail(Fault fault) {
  const std::lock_guard lock(impl_->mutex);
  impl_->faults.push_back(std::move(fault));
}

void FakeGitHub::forget_faults() {
  const std::lock_guard lock(impl_->mutex);
  impl_->faults.clear();
}

void FakeGitHub::wait_until_idle() const {
  std::unique_lock lock(impl_->mutex);
  impl_->idle.wait(lock, [this] { return impl_->in_work == 0; });
}

void FakeGitHub::on_request(std::function<void(int)> callback) {
  const std::lock_guard lock(impl_->mutex);
  impl_->callback = std::move(callback);
}

std::vector<SentRequest> FakeGitHub::requests() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->requests;
}

void FakeGitHub::forget_requests() {
  const std::lock_guard lock(impl_->mutex);
  impl_->keep_requests();
  impl_->requests.clear();
  impl_->accepted.clear();
}

std::vector<github::Comment> FakeGitHub::comments(int number) const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<github::Comment> found;
  for (const auto& comment : impl_->state.issue_comments) {
    if (comment["number"] == number) found.push_back(read_comment(comment));
  }
  return found;
}

std::vector<github::ReviewComment> FakeGitHub::review_comments(int number) const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<github::ReviewComment> found;
  for (const auto& comment : impl_->state.review_comments) {
    if (comment["number"] == number) found.push_back(read_review_comment(comment));
  }
  return found;
}

std::vector<github::Review> FakeGitHub::reviews(int number) const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<github::Review> found;
  for (const auto& review : impl_->state.reviews) {
    if (review["number"] != number) continue;
    found.push_back({review["id"], review["user"]["login"], review["state"], review["commit_id"],
                     review["body"], review["submitted_at"]});
  }
  return found;
}

std::vector<github::Status> FakeGitHub::statuses(const std::string& sha) const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<github::Status> found;
  for (const auto& status : impl_->state.statuses) {
    if (status["sha"] != sha) continue;
    const auto word =
        value_of<github::State>({"error", "failure", "pending", "success"}, status["state"]);
    found.insert(found.begin(), {status["context"], word, text_or_empty(status["description"]),
                                 text_or_empty(status["target_url"])});
  }
  return found;
}

github::Status FakeGitHub::status(const std::string& sha, const std::string& context) const {
  for (const auto& status : statuses(sha)) {
    if (status.context == context) return status;
  }
  return {};
}

std::vector<github::CheckRun> FakeGitHub::check_runs(const std::string& sha) const {
  const std::lock_guard lock(impl_->mutex);
  std::vector<github::CheckRun> found;
  for (const auto& from : impl_->state.check_runs) {
    if (from["head_sha"] != sha) continue;
    github::CheckRun run;
    run.name = from["name"];
    run.head_sha = sha;
    run.external_id = from["external_id"];
    run.details_url = from.value("details_url", "");
    run.conclusion = value_of<github::Conclusion>(
        {"", "success", "failure", "neutral", "skipped", "action_required"}, from["conclusion"]);
    run.title = text_or_empty(from["output"].value("title", json(nullptr)));
    run.summary = text_or_empty(from["output"].value("summary", json(nullptr)));
    run.text = text_or_empty(from["output"].value("text", json(nullptr)));
    for (const auto& one : from["annotations"]) run.annotations.push_back(read_annotation(one));
    found.push_back(std::move(run));
  }
  return found;
}

std::string FakeGitHub::ref(const std::string& name) const {
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->state.refs.find(name);
  return found == impl_->state.refs.end() ? "" : found->second;
}

void FakeGitHub::set_ref(const std::string& name, const std::string& sha) {
  const std::lock_guard lock(impl_->mutex);
  if (sha.empty()) {
    impl_->state.refs.erase(name);
    return;
  }
  impl_->state.commits.emplace(sha, nullptr);
  impl_->state.refs[name] = sha;
}

}  // namespace schemagate::testing
