// SPDX-License-Identifier: MIT
#include "bot/github_access.h"

#include <fmt/format.h>

namespace schemagate {
namespace {

github::ClientOptions client_options(const Environment& environment, const ActionInputs& inputs) {
  github::ClientOptions options;
  const std::string api = environment("GITHUB_API_URL");
  options.api =
      github::parse_address(api.empty() ? "https://api.github.com" : api, "GITHUB_API_URL");
  if (const std::string url = environment("GITHUB_GRAPHQL_URL"); !url.empty())
    options.graphql = github::parse_address(url, "GITHUB_GRAPHQL_URL");
  options.repository = environment("GITHUB_REPOSITORY");
  options.token = inputs.token;
  options.budget = std::chrono::seconds(inputs.api_seconds);
  return options;
}

github::HttpsOptions https_options(const Environment& environment, const ActionInputs& inputs) {
  github::HttpsOptions https;
  https.ca_file = inputs.ca_file;
  // Small letters first, as git and libgit2 do.
  const auto either = [&](const char* small, const char* large) {
    const std::string value = environment(small);
    return value.empty() ? environment(large) : value;
  };
  https.proxy = either("https_proxy", "HTTPS_PROXY");
  https.no_proxy = either("no_proxy", "NO_PROXY");
  return https;
}

}  // namespace

GitHubAccess::GitHubAccess(const Environment& environment, const ActionInputs& inputs)
    : transport_(client_options(environment, inputs).api, https_options(environment, inputs)),
      client_(transport_, client_options(environment, inputs)) {}

std::string run_url(const Environment& environment) {
  const std::string server = environment("GITHUB_SERVER_URL");
  return fmt::format("{}/{}/actions/runs/{}", server.empty() ? "https://github.com" : server,
                     environment("GITHUB_REPOSITORY"), environment("GITHUB_RUN_ID"));
}

git::FetchRequest fetch_request(const Environment& environment, const ActionInputs& inputs) {
  git::FetchRequest request;
  const std::string url = environment("GITHUB_SERVER_URL"), name = environment("GITHUB_REPOSITORY");
  if (!url.empty() && !name.empty()) request.url = url + "/" + name;
  request.token = inputs.token;
  // OpenSSL reads that variable by itself; libgit2 may be built on another library.
  request.ca_file = inputs.ca_file.empty() ? environment("SSL_CERT_FILE") : inputs.ca_file;
  return request;
}

}  // namespace schemagate
