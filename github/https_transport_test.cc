// SPDX-License-Identifier: MIT
#include "github/https_transport.h"

#include <httplib.h>

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers.hpp>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "tests/connect_proxy.h"
#include "tests/fake_github.h"

using namespace schemagate;
using namespace schemagate::github;
using namespace schemagate::testing;
using namespace std::chrono_literals;

namespace {

Request get_pull(const FakeGitHub& github) {
  return {
      "GET", "/repos/acme/shop/pulls/7", {{"Authorization", "Bearer " + github.token()}}, "", 5s};
}

Request get_pull(const FakeGitHub& github, std::chrono::milliseconds timeout) {
  auto request = get_pull(github);
  request.timeout = timeout;
  return request;
}

void add_pull(FakeGitHub& github) {
  PullRequest request;
  request.number = 7;
  request.head = {std::string(40, 'a'), "email", "acme/shop"};
  request.base = {std::string(40, 'b'), "main", "acme/shop"};
  github.add(request, {});
}

HttpsTransport connect(const FakeGitHub& github, const HttpsOptions& options = {}) {
  return {parse_address(github.url(), "X"), options};
}

NetworkTrouble trouble(HttpsTransport& transport, const Request& request) {
  const auto answer = transport.exchange(request);
  REQUIRE(std::holds_alternative<NetworkTrouble>(answer));
  return std::get<NetworkTrouble>(answer);
}

int status(HttpsTransport& transport, const Request& request) {
  const auto answer = transport.exchange(request);
  if (const auto* nobody = std::get_if<NetworkTrouble>(&answer)) FAIL(nobody->what);
  return std::get<Response>(answer).status;
}

/// Answers one path with anything.
class OddServer {
 public:
  explicit OddServer(httplib::Server::Handler handler) {
    server_.Get(".*", std::move(handler));
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~OddServer() {
    server_.stop();
    thread_.join();
  }
  HttpsTransport connect() const {
    return {parse_address("http://127.0.0.1:" + std::to_string(port_), "X"), {}};
  }

 private:
  httplib::Server server_;
  std::thread thread_;
  int port_ = 0;
};

TEST_CASE("one exchange: status, headers in lower case, body") {
  FakeGitHub github;
  add_pull(github);
  auto transport = connect(github);
  const auto answer = std::get<Response>(transport.exchange(get_pull(github)));
  CHECK(answer.status == 200);
  CHECK(answer.header("x-ratelimit-remaining") == "900");
  CHECK(answer.header("content-type") == "application/json; charset=utf-8");
  CHECK(answer.header("nothing").empty());
  CHECK(answer.body.find("\"ref\":\"email\"") != std::string::npos);
  CHECK(github.requests().at(0).headers.at("accept-encoding") == "identity");
}

TEST_CASE("several requests go over one connection, also after one that failed") {
  FakeGitHub github;
  add_pull(github);
  github.fail({.kind = Fault::Kind::drop_before, .skip = 2});
  auto transport = connect(github);
  CHECK(status(transport, get_pull(github)) == 200);
  CHECK(status(transport, get_pull(github)) == 200);
  CHECK(trouble(transport, get_pull(github)).sent);
  CHECK(status(transport, get_pull(github)) == 200);
}

TEST_CASE("silence ends with the request's time") {
  FakeGitHub github;
  github.fail({.kind = Fault::Kind::silence});
  auto transport = connect(github);
  const auto start = std::chrono::steady_clock::now();
  const auto nobody = trouble(transport, get_pull(github, 100ms));
  CHECK(nobody.what == "no complete answer: the connection was closed, or time ran out");
  CHECK(nobody.sent);
  // The fake would say nothing for 20 s.
  CHECK(std::chrono::steady_clock::now() - start < 15s);
}

TEST_CASE("an answer that drips for ever ends with the request's time") {
  const OddServer server([](const httplib::Request&, httplib::Response& response) {
    response.set_chunked_content_provider("text/plain", [](std::size_t, httplib::DataSink& sink) {
      std::this_thread::sleep_for(10ms);
      return sink.write("x", 1);
    });
  });
  auto transport = server.connect();
  CHECK(trouble(transport, {"GET", "/", {}, "", 2s}).what == "the answer did not end in time");
}

TEST_CASE("an answer without measure is cut off") {
  const OddServer server([](const httplib::Request&, httplib::Response& response) {
    response.set_content(std::string(max_response + 1, 'x'), "text/plain");
  });
  auto transport = server.connect();
  CHECK(trouble(transport, {"GET", "/", {}, "", 30s}).what == "the answer has more than 32 MiB");
}

TEST_CASE("a packed answer stays packed: no bombs") {
  const OddServer server([](const httplib::Request&, httplib::Response& response) {
    response.set_header("Content-Encoding", "gzip");
    response.set_content("\x1f\x8b", "text/plain");
  });
  auto transport = server.connect();
  const auto answer = std::get<Response>(transport.exchange({"GET", "/", {}, "", 5s}));
  CHECK(answer.body == "\x1f\x8b");
}

TEST_CASE("a redirect is handed back, not followed") {
  FakeGitHub elsewhere;
  const OddServer server([&](const httplib::Request&, httplib::Response& response) {
    response.set_redirect(elsewhere.url() + "/steal");
  });
  auto transport = server.connect();
  const auto answer = std::get<Response>(
      transport.exchange({"GET", "/", {{"Authorization", "Bearer ghs_fake"}}, "", 5s}));
  CHECK(answer.status == 302);
  CHECK(answer.header("location") == elsewhere.url() + "/steal");
  CHECK(elsewhere.requests().empty());
}

TEST_CASE("nobody listens: certainly not sent") {
  HttpsTransport transport(parse_address("http://127.0.0.1:1", "X"), {});
  const auto nobody = trouble(transport, {"POST", "/", {}, "{}", 5s});
  CHECK(nobody.what == "no connection");
  CHECK_FALSE(nobody.sent);
}

TEST_CASE("TLS: the certificate is checked, always") {
  FakeGitHub github({.https = true});
  add_pull(github);
  SECTION("signed by the authority that we were told of") {
    auto transport = connect(github, {.ca_file = github.certificate()});
    CHECK(status(transport, get_pull(github)) == 200);
    CHECK(status(transport, get_pull(github)) == 200);
  }
  SECTION("signed by nobody that we know") {
    auto transport = connect(github);
    const auto nobody = trouble(transport, get_pull(github));
    CHECK(nobody.what.find("certificate") != std::string::npos);
    CHECK_FALSE(nobody.sent);
  }
  SECTION("signed, but for another name") {
    auto address = parse_address(github.url(), "X");
    address.host = "127.0.0.1";
    HttpsTransport transport(address, {.ca_file = github.certificate()});
    const auto nobody = trouble(transport, get_pull(github));
    CHECK(nobody.what.find("certificate is for another host") != std::string::npos);
    CHECK(nobody.lasts);
    CHECK_FALSE(nobody.sent);
  }
  SECTION("signed by another authority") {
    FakeGitHub other({.https = true});
    auto transport = connect(github, {.ca_file = other.certificate()});
    CHECK_FALSE(trouble(transport, get_pull(github)).sent);
  }
  CHECK(github.requests().size() == (github.requests().empty() ? 0 : 2));
}

TEST_CASE("TLS: certificates that can't be read are named") {
  FakeGitHub github({.https = true});
  const HttpsOptions options{.ca_file = "/no/such/file.pem"};
  CHECK_THROWS_WITH(connect(github, options), "can't read the certificates in /no/such/file.pem");
}

TEST_CASE("a connection that breaks while we write does not end the program") {
  FakeGitHub github({.https = true});
  github.fail({.kind = Fault::Kind::drop_before, .times = 3});
  auto transport = connect(github, {.ca_file = github.certificate()});
  auto request = get_pull(github);
  request.method = "POST";
  request.body = std::string(8 * 1024 * 1024, ' ');
  for (int i = 0; i < 3; ++i) CHECK(trouble(transport, request).sent);
}

TEST_CASE("through a proxy") {
  FakeGitHub github({.https = true});
  add_pull(github);
  const Address address{"https", "github.test", 443, ""};
  const HttpsOptions known{.ca_file = github.certificate()};
  SECTION("open to all") {
    const ConnectProxy proxy(github.port());
    auto options = known;
    options.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
    HttpsTransport transport(address, options);
    CHECK(status(transport, get_pull(github)) == 200);
    REQUIRE(!proxy.requests().empty());
    for (const std::string& one : proxy.requests())
      CHECK(one == "CONNECT github.test:443 HTTP/1.1");
    CHECK(proxy.seen().find("ghs_fake") == std::string::npos);
  }
  SECTION("with a user and a password") {
    const ConnectProxy proxy(github.port(), "kim", "p@ss");
    auto options = known;
    options.proxy = "http://kim:p%40ss@127.0.0.1:" + std::to_string(proxy.port()) + "/";
    HttpsTransport transport(address, options);
    CHECK(status(transport, get_pull(github)) == 200);
    CHECK(proxy.seen().find("ghs_fake") == std::string::npos);
  }
  SECTION("that refuses us: not taken for GitHub's answer") {
    const ConnectProxy proxy(github.port(), "kim", "secret");
    auto options = known;
    options.proxy = "127.0.0.1:" + std::to_string(proxy.port());
    HttpsTransport transport(address, options);
    const auto nobody = trouble(transport, get_pull(github));
    CHECK(nobody.what == "the proxy answered 407");
    CHECK(nobody.lasts);
    CHECK_FALSE(nobody.sent);
    CHECK(github.requests().empty());
  }
  SECTION("the machine itself is reached directly") {
    const ConnectProxy proxy(github.port());
    auto options = known;
    options.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
    auto transport = connect(github, options);
    CHECK(status(transport, get_pull(github)) == 200);
    CHECK(proxy.requests().empty());
  }
}

TEST_CASE("proxies that can't be used: the message has no password in it") {
  const Address address{"https", "github.test", 443, ""};
  for (const char* proxy : {"https://kim:secret@proxy.example:3128", "socks5://kim:secret@proxy",
                            "http://kim:secret@", "http://kim:secret@proxy:port"}) {
    try {
      HttpsTransport transport(address, {.proxy = proxy});
      FAIL("accepted: " << proxy);
    } catch (const Error& error) {
      CHECK(std::string(error.what()) == "the proxy of HTTPS_PROXY can't be used");
      CHECK(error.hint.find("secret") == std::string::npos);
    }
  }
}

}  // namespace
