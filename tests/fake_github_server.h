// SPDX-License-Identifier: MIT
// The server behind FakeGitHub: which request goes where, and which fails.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/fake_github_state.h"
#include "tests/repository.h"

namespace httplib {
class Server;
struct Request;
struct Response;
}  // namespace httplib

namespace schemagate::testing {

struct FakeGitHub::Impl {
  FakeState state;
  std::optional<TemporaryFolder> folder;  ///< of https: the certificate and its key
  std::unique_ptr<httplib::Server> server;
  std::thread thread;
  int port = 0;
  mutable std::mutex mutex;
  std::condition_variable released;
  std::condition_variable idle;
  int in_work = 0;  ///< requests that came and are not answered yet
  bool closing = false;
  std::vector<SentRequest> requests;
  std::set<std::size_t> accepted;  ///< which of them the fake judged, and found good
  std::vector<Fault> faults;
  std::optional<std::set<std::string>> permissions;
  std::map<std::string, std::set<std::string>> other_tokens;  ///< and what they may
  std::function<void(int)> callback;

  ~Impl();
  std::string origin() const;
  bool may(const std::string& token, const std::string& permission) const;
  /// Adds what was accepted to the file that SCHEMAGATE_REQUESTS names: scripts/test-contract
  /// sends it to a server that is made from GitHub's description.
  void keep_requests() const;
  void answer(const httplib::Request& request, httplib::Response& response);
  void answer(const httplib::Request& request, httplib::Response& response,
              std::unique_lock<std::mutex>& lock);
  SentRequest recorded(const httplib::Request& request) const;
  std::optional<Fault> next_fault(const SentRequest& sent);
  void run(const httplib::Request& request, const SentRequest& sent, httplib::Response& response);
  FakeAnswer dispatch(const SentRequest& sent, const std::string& wire, FakeCall& call);
  void give(const SentRequest& sent, const FakeCall& call, const FakeAnswer& answer,
            httplib::Response& response) const;
};

}  // namespace schemagate::testing
