// SPDX-License-Identifier: MIT
// A client for the GitHub that the workflow runs on.
#pragma once

#include "bot/action_inputs.h"
#include "git/repository.h"
#include "github/client.h"
#include "github/https_transport.h"

namespace schemagate {

class GitHubAccess {
 public:
  /// Throws Error{config}: an address or a token that can't be right.
  GitHubAccess(const Environment& environment, const ActionInputs& inputs);
  github::Client& client() { return client_; }

 private:
  github::HttpsTransport transport_;
  github::Client client_;
};

/// The page of this run of the workflow.
std::string run_url(const Environment& environment);

/// How git objects are had from the same GitHub; the references are left to the caller.
git::FetchRequest fetch_request(const Environment& environment, const ActionInputs& inputs);

}  // namespace schemagate
