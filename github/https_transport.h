// SPDX-License-Identifier: MIT
// Transport over the wire: one connection to one host, kept open. The certificate is always
// checked; redirects are handed back, never followed; no more than `max_response` bytes are taken
// and nothing is unpacked.
#pragma once

#include <memory>
#include <string>

#include "github/address.h"
#include "github/transport.h"

namespace schemagate::github {

inline constexpr std::size_t max_response = 32 * 1024 * 1024;

struct HttpsOptions {
  std::string ca_file = {};   ///< PEM; empty: the system's, or OpenSSL's own SSL_CERT_FILE
  std::string proxy = {};     ///< HTTPS_PROXY: "http://user:password@proxy:3128", or empty
  std::string no_proxy = {};  ///< NO_PROXY: "internal.example,10.0.0.1", "*"
};

class HttpsTransport : public Transport {
 public:
  /// Throws Error{config} for a proxy or a certificate file that can't be used.
  HttpsTransport(const Address& api, const HttpsOptions& options);
  ~HttpsTransport() override;
  std::variant<Response, NetworkTrouble> exchange(const Request& request) override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// True when NO_PROXY says to reach the host directly; loopback addresses always are.
bool bypasses_proxy(const Address& address, std::string_view no_proxy);

}  // namespace schemagate::github
