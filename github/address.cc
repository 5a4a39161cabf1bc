// SPDX-License-Identifier: MIT
#include "github/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/error.h"
#include "base/text.h"

namespace schemagate::github {
namespace {

[[noreturn]] void refuse(std::string_view what, std::string_view why) {
  // The URL itself is not repeated: it may hold a password.
  throw Error(ErrorKind::config, fmt::format("{} {}", what, why),
              "is it an address like https://api.github.com or https://HOST/api/v3?");
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

std::optional<int> port_number(std::string_view text) {
  int port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (problem != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535) {
    return std::nullopt;
  }
  return port;
}

/// Puts "host:port" or "[v6]:port" into `address`; false when it is neither.
bool read_authority(std::string_view authority, Address& address) {
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return false;
    address.host = to_lower(authority.substr(1, close - 1));
    in6_addr ignored{};
    if (inet_pton(AF_INET6, address.host.c_str(), &ignored) != 1) return false;
    port = authority.substr(close + 1);
    if (!port.empty() && !port.starts_with(':')) return false;
  } else {
    const auto colon = authority.find(':');
    address.host = to_lower(authority.substr(0, colon));
    if (colon != std::string_view::npos) port = authority.substr(colon);
    if (address.host.empty() || !std::ranges::all_of(address.host, is_host_character)) return false;
  }
  address.port = address.scheme == "https" ? 443 : 80;
  if (port.empty()) return true;
  const auto number = port_number(port.substr(1));
  if (number) address.port = *number;
  return number.has_value();
}

}  // namespace

std::string Address::origin() const {
  const auto shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  const bool usual = port == (scheme == "https" ? 443 : 80);
  return usual ? fmt::format("{}://{}", scheme, shown)
               : fmt::format("{}://{}:{}", scheme, shown, port);
}

bool Address::same_origin(const Address& other) const {
  return scheme == other.scheme && host == other.host && port == other.port;
}

bool is_loopback(std::string_view host) {
  const std::string name(host);
  in_addr v4{};
  if (inet_pton(AF_INET, name.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  return name == "localhost" || name == "::1";
}

Address parse_address(std::string_view url, std::string_view what) {
  Address address;
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) refuse(what, "is not a URL");
  address.scheme = to_lower(url.substr(0, colon));
  const auto rest = url.substr(colon + 3);
  const auto slash = std::min(rest.find_first_of("/?#"), rest.size());
  const auto authority = rest.substr(0, slash);
  if (address.scheme != "https" && address.scheme != "http") {
    refuse(what, "is neither https nor http");
  }
  if (authority.find('@') != std::string_view::npos) refuse(what, "has a user name in it");
  if (!read_authority(authority, address)) refuse(what, "does not name a host");
  if (address.scheme == "http" && !is_loopback(address.host)) {
    refuse(what, "is not https: a token is sent in clear text to this machine only");
  }
  address.path = rest.substr(slash);
  const auto printable = [](char c) { return c > ' ' && c < 0x7f; };
  if (!std::ranges::all_of(address.path, printable)) refuse(what, "has a path that is not ASCII");
  if (address.path.find_first_of("?#") != std::string::npos) refuse(what, "has a query in it");
  while (address.path.ends_with('/')) address.path.pop_back();
  return address;
}

std::string url_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace schemagate::github
