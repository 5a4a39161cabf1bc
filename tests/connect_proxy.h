// SPDX-License-Identifier: MIT
// An HTTP proxy on 127.0.0.1 that understands CONNECT only. Whatever host is asked for, the tunnel
// ends at one port of this machine.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace schemagate::testing {

class ConnectProxy {
 public:
  /// Without a user it is open to all.
  explicit ConnectProxy(int target_port, std::string user = {}, std::string password = {});
  ~ConnectProxy();

  int port() const;
  /// The first line of each request: "CONNECT github.test:443 HTTP/1.1".
  std::vector<std::string> requests() const;
  /// All bytes of the requests, headers included.
  std::string seen() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace schemagate::testing
