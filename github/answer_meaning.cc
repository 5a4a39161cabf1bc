// SPDX-License-Identifier: MIT
#include "github/answer_meaning.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "github/json_reader.h"

namespace schemagate::github {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
constexpr milliseconds secondary_wait = seconds(60);

std::optional<std::int64_t> whole_number(const std::string& text) {
  std::int64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  constexpr std::int64_t most = 1'000'000'000'000;  // seconds: so that milliseconds fit
  if (problem != std::errc() || stop != end || number < 0 || number > most) return std::nullopt;
  return number;
}

/// "PullRequestReviewComment line invalid", of an element of "errors".
std::string error_words(const JsonView& error) {
  if (auto text = error.as_text()) return *text;
  const auto fields = error.scalars();
  std::vector<std::string> words;
  for (const char* name : {"resource", "field", "code", "message"}) {
    if (const auto found = fields.find(name); found != fields.end()) words.push_back(found->second);
  }
  return join(words, " ");
}

}  // namespace

std::string message_of(const Response& response) {
  try {
    const JsonDocument document(response.body, "the answer");
    std::vector<std::string> parts;
    if (auto message = document.root().text_or("message", ""); !message.empty()) {
      parts.push_back(std::move(message));
    }
    if (const auto errors = document.root().find("errors"); errors && errors->is_array()) {
      for (const auto& error : errors->elements()) parts.push_back(error_words(error));
    } else if (errors) {
      parts.push_back(error_words(*errors));
    }
    return join(parts, "; ");
  } catch (const Error&) {
    return {};
  }
}

bool is_rate_limit(const Response& response) {
  if (response.status == 429) return true;
  if (response.status != 403) return false;
  return !response.header("retry-after").empty() ||
         response.header("x-ratelimit-remaining") == "0" ||
         to_lower(message_of(response)).find("rate limit") != std::string::npos;
}

milliseconds asked_wait(const Response& response, seconds wall, int earlier) {
  if (const auto after = whole_number(response.header("retry-after"))) return seconds(*after);
  const auto reset = whole_number(response.header("x-ratelimit-reset"));
  if (response.header("x-ratelimit-remaining") == "0" && reset) {
    return std::max(seconds(0), seconds(*reset) - wall) + seconds(1);
  }
  return secondary_wait * (1 << earlier);
}

std::string next_link(const std::string& header) {
  for (std::size_t at = 0; at < header.size();) {
    const auto open = header.find('<', at);
    const auto close = header.find('>', open);
    if (close == std::string::npos) return {};
    const auto end = std::min(header.find(",", close), header.size());
    const auto parameters = header.substr(close + 1, end - close - 1);
    if (parameters.find("rel=\"next\"") != std::string::npos) {
      return header.substr(open + 1, close - open - 1);
    }
    at = end + 1;
  }
  return {};
}

std::optional<std::string> path_on(const Address& api, const std::string& url) {
  const auto is_visible = [](char c) { return c > ' ' && c < 0x7f; };
  if (!std::ranges::all_of(url, is_visible)) return std::nullopt;
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) {
    if (url.starts_with("/") && !url.starts_with("//")) return url;
    return std::nullopt;
  }
  const auto path = std::min(url.find_first_of("/?#", scheme + 3), url.size());
  try {
    if (!parse_address(url.substr(0, path), "the address").same_origin(api)) return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
  const auto fragment = std::min(url.find('#', path), url.size());
  auto found = url.substr(path, fragment - path);
  return found.starts_with("/") ? found : "/" + found;
}

}  // namespace schemagate::github
