// SPDX-License-Identifier: MIT
#include "tests/connect_proxy.h"

#include <arpa/inet.h>
#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <stdexcept>
#include <thread>

namespace schemagate::testing {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

void send_all(int to, const std::string& text) {
  if (send(to, text.data(), text.size(), MSG_NOSIGNAL) < 0) return;
}

/// Copies what can be read; false at the end.
bool pump(int from, int to) {
  char buffer[16 * 1024];
  const auto size = recv(from, buffer, sizeof buffer, 0);
  if (size <= 0) return false;
  return send(to, buffer, static_cast<std::size_t>(size), MSG_NOSIGNAL) == size;
}

}  // namespace

struct ConnectProxy::Impl {
  int target_port = 0, listener = -1, port = 0, stop[2] = {-1, -1};
  std::pair<std::string, std::string> credentials;
  std::thread thread;
  mutable std::mutex mutex;
  std::string seen;
  std::vector<std::string> requests;

  /// The request up to the empty line; empty when the client went away.
  std::string read_request(int client) {
    std::string text;
    char c = 0;
    while (!text.ends_with("\r\n\r\n")) {
      if (recv(client, &c, 1, 0) != 1) return {};
      text += c;
    }
    const std::lock_guard lock(mutex);
    seen += text;
    requests.push_back(text.substr(0, text.find("\r\n")));
    return text;
  }

  void tunnel(int client) {
    const int target = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(target_port);
    if (connect(target, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      send_all(client, "HTTP/1.1 200 Connection established\r\n\r\n");
      pollfd watched[] = {{client, POLLIN, 0}, {target, POLLIN, 0}, {stop[0], POLLIN, 0}};
      while (poll(watched, 3, -1) > 0 && watched[2].revents == 0) {
        if (watched[0].revents != 0 && !pump(client, target)) break;
        if (watched[1].revents != 0 && !pump(target, client)) break;
      }
    }
    close(target);
  }

  void serve(int client) {
    const auto request = read_request(client);
    const auto [user, password] = credentials;
    const auto wanted = httplib::make_basic_authentication_header(user, password);
    const bool may =
        user.empty() || request.find("Proxy-Authorization: " + wanted.second) != request.npos;
    if (may && request.starts_with("CONNECT ")) {
      tunnel(client);
    } else if (!request.empty()) {
      send_all(client,
               "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic "
               "realm=\"proxy\"\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    }
    close(client);
  }

  void run() {
    pollfd watched[] = {{listener, POLLIN, 0}, {stop[0], POLLIN, 0}};
    while (poll(watched, 2, -1) > 0 && watched[1].revents == 0) {
      const int client = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
      if (client >= 0) serve(client);
    }
  }
};

ConnectProxy::ConnectProxy(int target_port, std::string user, std::string password)
    : impl_(std::make_unique<Impl>()) {
  impl_->target_port = target_port;
  impl_->credentials = {std::move(user), std::move(password)};
  impl_->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  if (bind(impl_->listener, raw, size) != 0 || listen(impl_->listener, 8) != 0 ||
      getsockname(impl_->listener, raw, &size) != 0 || pipe(impl_->stop) != 0) {
    throw std::runtime_error("the proxy can't listen");
  }
  impl_->port = ntohs(address.sin_port);
  impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
}

ConnectProxy::~ConnectProxy() {
  close(impl_->stop[1]);
  impl_->thread.join();
  close(impl_->stop[0]);
  close(impl_->listener);
}

int ConnectProxy::port() const { return impl_->port; }

std::vector<std::string> ConnectProxy::requests() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->requests;
}

std::string ConnectProxy::seen() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->seen;
}

}  // namespace schemagate::testing
