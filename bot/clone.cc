// SPDX-License-Identifier: MIT
#include "bot/clone.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "base/text.h"

namespace schemagate {
namespace {

std::string without_suffix(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  if (url.ends_with(".git")) url.resize(url.size() - 4);
  return url;
}

/// "refs/pull/12/head" in a workflow of pull request 12, whose own reference is its merge.
std::optional<std::string> pull_request_head(const std::string& reference) {
  const std::string_view suffix = "/merge";
  if (!reference.starts_with("refs/pull/") || !reference.ends_with(suffix)) return std::nullopt;
  return reference.substr(0, reference.size() - suffix.size()) + "/head";
}

/// With what to do about it.
std::string in_full(const Error& error) {
  return error.hint.empty() ? error.what() : fmt::format("{} ({})", error.what(), error.hint);
}

std::string what_is_fetched(const git::FetchRequest& server) {
  std::vector<std::string> names = server.references;
  if (server.all_branches_and_tags) names.insert(names.begin(), "all branches and tags");
  return join(names, ", ");
}

}  // namespace

Clone::Clone(const std::string& path, git::FetchRequest server) : server_(std::move(server)) {
  try {
    repository_ = git::Repository::open(path);
  } catch (const Error& error) {
    std::error_code ignored;
    const bool is_there = std::filesystem::exists(std::filesystem::path(path) / ".git", ignored);
    if (server_.url.empty() || is_there) throw;
    repository_ = git::Repository::fetch(server_);
    was_fetched_ = true;
    notes_.push_back(fmt::format(
        "there is no clone here: {} fetched; a step with actions/checkout and `fetch-depth: 0` "
        "before this one is faster",
        what_is_fetched(server_)));
  }
}

Clone Clone::with_origin(const std::string& path, const Environment& environment) {
  Clone clone(path, {});
  const std::optional<std::string> origin = clone.repository().origin_url();
  const std::string server = environment("GITHUB_SERVER_URL"),
                    name = environment("GITHUB_REPOSITORY");
  if (!origin) return clone;
  git::FetchRequest& request = clone.server_;
  request.all_branches_and_tags = true;
  request.ca_file = environment("SSL_CERT_FILE");
  if (!server.empty() && without_suffix(*origin) == without_suffix(server + "/" + name)) {
    request.url = server + "/" + name;
    request.token = environment("GITHUB_TOKEN");
    if (const auto head = pull_request_head(environment("GITHUB_REF")))
      request.references.push_back(*head);
  } else if (clone.repository().is_incomplete() && origin->starts_with("http")) {
    request.url = *origin;
  }
  return clone;
}

void Clone::fetch() {
  git::Repository fetched = git::Repository::fetch(server_, clone_ ? *clone_ : *repository_);
  if (!clone_) clone_ = std::move(*repository_);
  *repository_ = std::move(fetched);
  was_fetched_ = true;
}

std::optional<std::string> Clone::fetch_again(const std::vector<std::string>& references) {
  if (server_.url.empty()) return "nothing is known to fetch it from";
  for (const std::string& reference : references)
    if (std::find(server_.references.begin(), server_.references.end(), reference) ==
        server_.references.end())
      server_.references.push_back(reference);
  try {
    fetch();
  } catch (const Error& error) {
    return in_full(error);
  }
  return std::nullopt;
}

std::optional<std::string> Clone::complete(const git::MissingObject& missing) {
  if (server_.url.empty() || was_fetched_) return "nothing is known to fetch it from";
  try {
    fetch();
  } catch (const Error& error) {
    return in_full(error);
  }
  notes_.push_back(
      fmt::format("{}: {} fetched from {}; `fetch-depth: 0` in the actions/checkout step is faster",
                  missing.what(), what_is_fetched(server_), server_.url));
  return std::nullopt;
}

void Clone::complete_or_throw(const git::MissingObject& missing) {
  const bool was_fetched = was_fetched_ || server_.url.empty();
  const auto refused = complete(missing);
  if (!refused) return;
  if (was_fetched) throw missing;
  throw Error(ErrorKind::repository,
              fmt::format("{}, and it can't be got: {}", missing.what(), *refused), missing.hint);
}

}  // namespace schemagate
