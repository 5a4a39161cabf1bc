// SPDX-License-Identifier: MIT
// The seam to GitHub: one request goes out, one answer comes back. Whatever the network does is a
// value here; retries, limits, pages and the token are the business of Client.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace schemagate::github {

struct Request {
  std::string method;  ///< "GET", "POST", "PATCH", "PUT", "DELETE"
  std::string path;    ///< from the host's root, with query: "/api/v3/repos/o/r/pulls/7"
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;                           ///< JSON, or empty
  std::chrono::milliseconds timeout{30'000};  ///< for the whole exchange
};

/// GitHub, or something in its place, answered.
struct Response {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case; the last one of each name
  std::string body;

  /// Empty when there is no such header. `name` in lower case.
  std::string header(const std::string& name) const;
};

/// Nobody answered.
struct NetworkTrouble {
  std::string what;    ///< "connection refused", for people
  bool sent = true;    ///< false: GitHub has certainly not seen the request
  bool lasts = false;  ///< no second try is worth the wait: a certificate that nobody trusts
};

class Transport {
 public:
  virtual ~Transport() = default;
  virtual std::variant<Response, NetworkTrouble> exchange(const Request& request) = 0;
};

}  // namespace schemagate::github
