// SPDX-License-Identifier: MIT
#include "github/https_transport.h"

#include <fmt/format.h>
#include <httplib.h>
#include <signal.h>

#include <fstream>
#include <optional>

#include "base/error.h"
#include "base/text.h"

namespace schemagate::github {
namespace {

using Clock = std::chrono::steady_clock;

/// A peer that hangs up while we write must not end the program: OpenSSL writes to the socket
/// without MSG_NOSIGNAL. The signal is blocked for this thread and taken back if it came.
class NoBrokenPipe {
 public:
  NoBrokenPipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoBrokenPipe() {
    const timespec now{0, 0};
    if (!was_pending_) {
      while (sigtimedwait(&pipe_, nullptr, &now) == -1 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;

 private:
  sigset_t pipe_, before_;
  bool was_pending_ = false;
};

struct Proxy {
  std::string host;
  int port = 80;
  std::string user, password;
};

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digits = text.substr(i, 3);
    if (digits.size() == 3 && digits[0] == '%' && isxdigit(digits[1]) && isxdigit(digits[2])) {
      out += static_cast<char>(std::stoi(std::string(digits.substr(1)), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// The value itself is never repeated in a message: it may hold a password.
Proxy parse_proxy(std::string_view url) {
  const Error unusable(ErrorKind::config, "the proxy of HTTPS_PROXY can't be used",
                       "is it like http://proxy.example:3128? a proxy that is itself reached "
                       "by https or socks is not supported");
  if (const auto scheme = url.find("://"); scheme != std::string_view::npos) {
    if (to_lower(url.substr(0, scheme)) != "http") throw unusable;
    url.remove_prefix(scheme + 3);
  }
  url = url.substr(0, url.find('/'));
  Proxy proxy;
  if (const auto at = url.rfind('@'); at != std::string_view::npos) {
    const auto colon = std::min(url.find(':'), at);
    proxy.user = percent_decoded(url.substr(0, colon));
    if (colon < at) proxy.password = percent_decoded(url.substr(colon + 1, at - colon - 1));
    url.remove_prefix(at + 1);
  }
  // Only the host and the port are of interest; a loopback host would do with http as well.
  try {
    const bool has_port =
        url.find(':', url.rfind(']') == url.npos ? 0 : url.rfind(']')) != url.npos;
    const auto address = parse_address("https://" + std::string(url), "HTTPS_PROXY");
    proxy.host = address.host;
    proxy.port = has_port ? address.port : 80;
  } catch (const Error&) {
    throw unusable;
  }
  return proxy;
}

/// Newer versions of the library tell apart more kinds of trouble with TLS: their names are asked.
bool is_tls(httplib::Error error) { return httplib::to_string(error).starts_with("SSL"); }

bool is_not_trusted(httplib::Error error) {
  return is_tls(error) && to_lower(httplib::to_string(error)).find("verif") != std::string::npos;
}

std::string words(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
      return "no connection";
    case httplib::Error::ConnectionTimeout:
      return "no connection in time";
    case httplib::Error::Read:
      return "no complete answer: the connection was closed, or time ran out";
    case httplib::Error::Write:
      return "the request could not be sent";
    case httplib::Error::SSLLoadingCerts:
      return "the certificates of SSL_CERT_FILE could not be loaded";
    default:
      break;
  }
  if (is_not_trusted(error)) {
    return "the certificate is for another host or signed by nobody we trust (SSL_CERT_FILE, or "
           "the input ca-file, names those we trust)";
  }
  return is_tls(error) ? "no TLS connection" : "network trouble: " + httplib::to_string(error);
}

/// GitHub can't have seen the request when there was no connection to it.
bool may_have_been_sent(httplib::Error error) {
  return error != httplib::Error::Connection && error != httplib::Error::ConnectionTimeout &&
         !is_tls(error);
}

/// One that refuses does so again; one in trouble may be better in a moment.
NetworkTrouble answer_of_proxy(int status) {
  return {fmt::format("the proxy answered {}", status), false, status / 100 == 4};
}

/// Why the proxy opens no way to `behind`. It is asked on a connection of its own: the library
/// waits for itself for ever when a proxy closes the connection with its answer, as most do that
/// refuse.
std::optional<NetworkTrouble> refusal_of(const Proxy& proxy, const std::string& behind,
                                         std::chrono::milliseconds timeout) {
  httplib::Client client(proxy.host, proxy.port);
  client.set_url_encode(false);
  client.set_connection_timeout(std::min(timeout, std::chrono::milliseconds(10'000)));
  client.set_read_timeout(timeout);
  client.set_write_timeout(timeout);
  httplib::Request request;
  request.method = "CONNECT";
  request.path = behind;
  request.headers.emplace("Host", behind);
  if (!proxy.user.empty())
    request.headers.insert(
        httplib::make_basic_authentication_header(proxy.user, proxy.password, true));
  const auto result = client.send(request);
  if (!result) return NetworkTrouble{"the proxy: " + words(result.error()), false};
  if (result->status != 200) return answer_of_proxy(result->status);
  const bool is_old = result->version == "HTTP/1.0" && result->reason != "Connection established";
  if (is_old || to_lower(result->get_header_value("Connection")) == "close")
    return NetworkTrouble{"the proxy says that it closes the connection it was asked for", false};
  return std::nullopt;
}

Response taken_over(const httplib::Response& from, std::string body) {
  Response response;
  response.status = from.status;
  for (const auto& [name, value] : from.headers) response.headers[to_lower(name)] = value;
  response.body = std::move(body);
  return response;
}

}  // namespace

bool bypasses_proxy(const Address& address, std::string_view no_proxy) {
  if (is_loopback(address.host)) return true;
  for (auto entry : split(no_proxy, ',')) {
    auto name = to_lower(trim(entry));
    if (name == "*") return true;
    const auto colon = name.rfind(':');
    if (colon != std::string::npos && name.find(':') == colon) {
      if (name.substr(colon + 1) != std::to_string(address.port)) continue;
      name.resize(colon);
    }
    if (name.starts_with("*")) name.erase(0, 1);
    if (name.starts_with(".")) name.erase(0, 1);
    if (name.empty()) continue;
    if (address.host == name || address.host.ends_with("." + name)) return true;
  }
  return false;
}

struct HttpsTransport::Impl {
  explicit Impl(const Address& api) : client(api.origin()) {}
  httplib::Client client;
  std::optional<Proxy> proxy;
  std::string behind;  ///< of the proxy: "api.github.com:443"
};

HttpsTransport::HttpsTransport(const Address& api, const HttpsOptions& options)
    : impl_(std::make_unique<Impl>(api)) {
  auto& client = impl_->client;
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true);
  client.set_follow_location(false);
  client.set_url_encode(false);  // paths come from Link headers and are sent as they came
  client.set_decompress(false);
  if (api.scheme == "https") {
    client.enable_server_certificate_verification(true);
    if (!options.ca_file.empty()) {
      if (!std::ifstream(options.ca_file)) {
        throw Error(ErrorKind::config,
                    fmt::format("can't read the certificates in {}", options.ca_file),
                    "does SSL_CERT_FILE, or the input ca-file, name a PEM file?");
      }
      client.set_ca_cert_path(options.ca_file);
    }
  }
  if (!options.proxy.empty() && !bypasses_proxy(api, options.no_proxy)) {
    impl_->proxy = parse_proxy(options.proxy);
    impl_->behind = fmt::format("{}:{}", api.host, api.port);
    const Proxy& proxy = *impl_->proxy;
    client.set_proxy(proxy.host, proxy.port);
    if (!proxy.user.empty()) client.set_proxy_basic_auth(proxy.user, proxy.password);
  }
}

HttpsTransport::~HttpsTransport() = default;

std::variant<Response, NetworkTrouble> HttpsTransport::exchange(const Request& request) {
  const NoBrokenPipe guard;
  const auto end = Clock::now() + request.timeout;
  auto& client = impl_->client;
  if (impl_->proxy && client.is_socket_open() == 0)
    if (const auto refused = refusal_of(*impl_->proxy, impl_->behind, request.timeout))
      return *refused;
  client.set_connection_timeout(std::min(request.timeout, std::chrono::milliseconds(10'000)));
  client.set_read_timeout(request.timeout);
  client.set_write_timeout(request.timeout);

  std::string body;
  std::string refused;
  httplib::Request out;
  out.method = request.method;
  out.path = request.path;
  out.body = request.body;
  for (const auto& [name, value] : request.headers) out.headers.emplace(name, value);
  out.headers.emplace("Accept-Encoding", "identity");  // nothing packed: no bombs
  out.content_receiver = [&](const char* data, std::size_t size, auto...) {
    if (body.size() + size > max_response) refused = "the answer has more than 32 MiB";
    if (Clock::now() > end) refused = "the answer did not end in time";
    if (refused.empty()) body.append(data, size);
    return refused.empty();
  };
  const auto result = client.send(out);
  if (!refused.empty()) return NetworkTrouble{refused, true};
  if (!result)
    return NetworkTrouble{words(result.error()), may_have_been_sent(result.error()),
                          is_not_trusted(result.error())};
  if (impl_->proxy && (result.error() != httplib::Error::Success || result->status == 407)) {
    return answer_of_proxy(result->status);
  }
  return taken_over(*result, std::move(body));
}

}  // namespace schemagate::github
