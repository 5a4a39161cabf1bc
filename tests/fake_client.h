// SPDX-License-Identifier: MIT
// The program's own client for a GitHub of tests, without a process around it.
#pragma once

#include <chrono>

#include "github/client.h"
#include "github/https_transport.h"
#include "tests/fake_github.h"

namespace schemagate::testing {

github::Address address_of(const FakeGitHub& github);

/// Time passes only by waiting: it is added to `now`, which must outlive the client.
github::Client client_of(const FakeGitHub& github, github::Transport& transport,
                         std::chrono::milliseconds& now);

}  // namespace schemagate::testing
