// SPDX-License-Identifier: MIT
// Where GitHub is: the addresses that its variables name, taken apart and held to the rules. Only
// https, except to this very machine; no user name, no password, nothing after the path.
#pragma once

#include <string>
#include <string_view>

namespace schemagate::github {

struct Address {
  std::string scheme;  ///< "https"; "http" to a loopback address only
  std::string host;    ///< lower case, IPv6 without brackets
  int port = 443;
  std::string path;  ///< what comes before every path of the API: "" or "/api/v3"

  /// "https://api.github.com", "http://127.0.0.1:4010": without the path.
  std::string origin() const;
  /// The same scheme, host and port: where a token for the one may go, too.
  bool same_origin(const Address& other) const;
};

/// `what` is the name of the setting that holds the URL, for the message. Throws Error{config}.
Address parse_address(std::string_view url, std::string_view what);

/// 127.0.0.0/8, ::1 and localhost: never reached through a proxy.
bool is_loopback(std::string_view host);

/// One segment of a path, or a value in a query: all but letters, digits and -._~ as %XX.
std::string url_encoded(std::string_view text);

}  // namespace schemagate::github
