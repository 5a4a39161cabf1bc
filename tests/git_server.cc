// SPDX-License-Identifier: MIT
#include "tests/git_server.h"

#include <fmt/format.h>
#include <httplib.h>
#include <stdlib.h>

#include <mutex>
#include <thread>

#include "tests/case_file.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

std::string basic(const std::string& user, const std::string& password) {
  return httplib::make_basic_authentication_header(user, password).second;
}

/// Puts a CGI program's output into `response`.
void parse_cgi(const std::string& output, httplib::Response& response) {
  const auto end = output.find("\r\n\r\n");
  if (end == std::string::npos) throw std::runtime_error("git http-backend: " + output);
  std::string type;
  response.status = 200;
  for (std::size_t at = 0; at < end;) {
    const auto line_end = output.find("\r\n", at);
    const auto line = output.substr(at, line_end - at);
    const auto colon = line.find(": ");
    const auto name = line.substr(0, colon);
    const auto value = line.substr(colon + 2);
    if (name == "Status") {
      response.status = std::stoi(value);
    } else if (name == "Content-Type") {
      type = value;
    } else {
      response.set_header(name, value);
    }
    at = line_end + 2;
  }
  response.set_content(output.substr(end + 4), type);
}

std::unique_ptr<httplib::Server> make_server(bool https, const TemporaryFolder& folder) {
  if (!https) return std::make_unique<httplib::Server>();
  const auto certificate = (folder.path() / "certificate.pem").string();
  const auto key = (folder.path() / "key.pem").string();
  const auto command = fmt::format(
      "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
      "-addext subjectAltName=DNS:localhost,DNS:0.0.0.0,IP:0.0.0.0 -keyout '{}' -out '{}' 2> "
      "/dev/null",
      key, certificate);
  if (system(command.c_str()) != 0) throw std::runtime_error("openssl req failed");
  return std::make_unique<httplib::SSLServer>(certificate.c_str(), key.c_str());
}

}  // namespace

struct GitServer::Impl {
  std::string git_dir;
  GitServerOptions options;
  TemporaryFolder folder;
  std::unique_ptr<httplib::Server> server;
  std::thread thread;
  int port = 0;
  std::size_t prefix() const { return options.name.size() + 1; }
  mutable std::mutex mutex;
  std::vector<std::string> requests;

  void answer(const httplib::Request& request, httplib::Response& response) {
    const std::lock_guard lock(mutex);
    const bool has_token = request.has_header("Authorization");
    requests.push_back(
        fmt::format("{} {}{}", request.method, request.path, has_token ? " authorization" : ""));
    if (!options.redirect_to.empty()) {
      response.set_redirect(options.redirect_to + request.target.substr(prefix()));
    } else if (!options.token.empty() && request.get_header_value("Authorization") !=
                                             basic("x-access-token", options.token)) {
      response.status = 401;
      response.set_header("WWW-Authenticate", "Basic realm=\"git\"");
    } else {
      run_backend(request, response);
    }
  }

  void run_backend(const httplib::Request& request, httplib::Response& response) {
    const auto question = request.target.find('?');
    const auto query = question == std::string::npos ? "" : request.target.substr(question + 1);
    const auto body = folder.write("body", request.body);
    const auto output = (folder.path() / "output").string();
    const auto command = fmt::format(
        "env -i PATH=\"$PATH\" GIT_HTTP_EXPORT_ALL=1 GIT_PROJECT_ROOT='{}' PATH_INFO='{}' "
        "REQUEST_METHOD={} QUERY_STRING='{}' CONTENT_TYPE='{}' CONTENT_LENGTH={} GIT_PROTOCOL='{}' "
        "git http-backend < '{}' > '{}'",
        git_dir, request.path.substr(prefix()), request.method, query,
        request.get_header_value("Content-Type"), request.body.size(),
        request.get_header_value("Git-Protocol"), body, output);
    if (system(command.c_str()) != 0) throw std::runtime_error("git http-backend failed");
    parse_cgi(read_file(output), response);
  }
};

GitServer::GitServer(const std::string& git_dir, GitServerOptions options)
    : impl_(std::make_unique<Impl>()) {
  impl_->git_dir = git_dir;
  impl_->options = std::move(options);
  impl_->server = make_server(impl_->options.https, impl_->folder);
  const auto handler = [impl = impl_.get()](const httplib::Request& request,
                                            httplib::Response& response) {
    impl->answer(request, response);
  };
  impl_->server->Get(".*", handler);
  impl_->server->Post(".*", handler);
  impl_->port = impl_->server->bind_to_any_port("127.0.0.1");
  impl_->thread = std::thread([impl = impl_.get()] { impl->server->listen_after_bind(); });
  while (!impl_->server->is_running()) std::this_thread::yield();
}

GitServer::~GitServer() {
  impl_->server->stop();
  impl_->thread.join();
}

std::string GitServer::certificate() const {
  return (impl_->folder.path() / "certificate.pem").string();
}

std::string GitServer::root() const {
  const char* begin = !impl_->options.https ? "http://127.0.0.1"
                      : impl_->options.far  ? "https://0.0.0.0"
                                            : "https://localhost";
  return fmt::format("{}:{}", begin, impl_->port);
}

std::string GitServer::url() const { return root() + "/" + impl_->options.name; }

std::vector<std::string> GitServer::requests() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->requests;
}

}  // namespace schemagate::testing
