// SPDX-License-Identifier: MIT
// FakeGitHub as text: all that it has, for comparing what two histories led to, and all that it was
// asked, for golden files.
#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>

#include "base/text.h"
#include "tests/fake_github_server.h"

namespace schemagate::testing {
namespace {

/// Numbers and times say when something came, not what is there.
json timeless(json shown) {
  for (const char* field :
       {"id", "created_at", "updated_at", "submitted_at", "html_url", "pull_request_review_id"})
    shown.erase(field);
  return shown;
}

json all_of(const std::vector<json>& list) {
  json shown = json::array();
  for (const json& one : list) shown.push_back(timeless(one));
  return shown;
}

/// Which reviews its comments belong to, by place in the list; -1: posted alone.
json with_review(const json& comment, const std::vector<json>& reviews) {
  json shown = timeless(comment);
  const auto review = std::ranges::find_if(
      reviews, [&](const json& one) { return one["id"] == comment["pull_request_review_id"]; });
  shown["review"] = review == reviews.end() ? -1 : review - reviews.begin();
  return shown;
}

/// A value behind its name or its dash: text of many lines stands below, as do fields and elements.
std::string told(const json& value, const std::string& indent) {
  std::string out;
  if (value.is_object()) {
    for (const auto& [name, field] : value.items())
      out += "\n" + indent + name + ":" + told(field, indent + "  ");
  } else if (value.is_array()) {
    for (const json& element : value) out += "\n" + indent + "-" + told(element, indent + "  ");
  } else if (value.is_string() && value.get<std::string>().find('\n') != std::string::npos) {
    const auto text = value.get<std::string>();
    for (const std::string_view line : split(text, '\n'))
      out += fmt::format("\n{}|{}{}", indent, line.empty() ? "" : " ", line);
  } else {
    out = " " + (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return out;
}

/// With a blob's content as people read it.
json readable(json body) {
  if (!body.is_object() || body.value("encoding", "") != "base64") return body;
  const auto coded = body.at("content").get<std::string>();
  std::string bytes(coded.size(), '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                   reinterpret_cast<const unsigned char*>(coded.data()),
                                   static_cast<int>(coded.size()));
  bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  while (bytes.ends_with('\0')) bytes.pop_back();  // the padding's
  body["content"] = bytes;
  return body;
}

}  // namespace

std::string FakeGitHub::transcript() const {
  std::string out;
  for (const SentRequest& sent : requests()) {
    out += fmt::format("{} {} -> {}", sent.method, sent.target,
                       sent.status == 0 ? "closed" : std::to_string(sent.status));
    const json body = json::parse(sent.body, nullptr, false);
    if (!sent.body.empty())
      out += body.is_discarded() ? "\n" + sent.body : told(readable(body), "  ");
    out += "\n\n";
  }
  return out;
}

std::string FakeGitHub::everything() const {
  const std::lock_guard lock(impl_->mutex);
  const FakeState& state = impl_->state;
  json shown = {{"comments", all_of(state.issue_comments)},
                {"reviews", all_of(state.reviews)},
                {"check runs", all_of(state.check_runs)},
                {"review comments", json::array()},
                {"statuses", json::object()},
                {"references", state.refs}};
  for (const json& comment : state.review_comments)
    shown["review comments"].push_back(with_review(comment, state.reviews));
  for (const json& status : state.statuses)
    shown["statuses"][status["sha"]][status["context"]] = timeless(status);
  return shown.dump(2);
}

}  // namespace schemagate::testing
