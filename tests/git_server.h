// SPDX-License-Identifier: MIT
// A git server on 127.0.0.1 for tests: git's own http-backend behind a few lines of HTTP.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace schemagate::testing {

struct GitServerOptions {
  std::string token = {};  ///< asked for as the password of x-access-token; empty: open to all
  std::string redirect_to = {};     ///< answers everything with a redirect there
  std::string name = "owner/name";  ///< the repository's path there
  bool https = false;               ///< with a certificate of its own, see certificate()
  bool far = false;  ///< of https: url() is https://0.0.0.0:…, which is no loopback address by name
};

class GitServer {
 public:
  /// Serves the repository with this .git folder, until destroyed.
  explicit GitServer(const std::string& git_dir, GitServerOptions options = {});
  ~GitServer();

  /// "http://127.0.0.1:PORT/owner/name", or "https://localhost:…"
  std::string url() const;
  /// The same without the repository's path.
  std::string root() const;
  /// The file with the certificate that signs its own, in PEM.
  std::string certificate() const;
  /// "GET /owner/name/info/refs authorization", one for each request that came, the last word only
  /// if it carried an Authorization header.
  std::vector<std::string> requests() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace schemagate::testing
