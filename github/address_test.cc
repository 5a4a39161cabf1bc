// SPDX-License-Identifier: MIT
#include "github/address.h"

#include <catch2/catch_test_macros.hpp>

#include "base/error.h"
#include "github/https_transport.h"

using namespace schemagate;
using namespace schemagate::github;

namespace {

std::string origin(std::string_view url) { return parse_address(url, "X").origin(); }

std::string refusal(std::string_view url) {
  try {
    parse_address(url, "GITHUB_API_URL");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST_CASE("addresses of GitHub and of servers of one's own") {
  CHECK(origin("https://api.github.com") == "https://api.github.com");
  CHECK(origin("HTTPS://GHES.Example:443/api/v3/") == "https://ghes.example");
  CHECK(parse_address("https://ghes.example/api/v3/", "X").path == "/api/v3");
  CHECK(origin("https://ghes.example:8443/api/v3") == "https://ghes.example:8443");
  CHECK(origin("http://127.0.0.1:4010") == "http://127.0.0.1:4010");
  CHECK(origin("http://[::1]:4010/x") == "http://[::1]:4010");
  CHECK(origin("http://localhost") == "http://localhost");
}

TEST_CASE("addresses that a token must not be sent to") {
  CHECK(refusal("http://api.github.com") ==
        "GITHUB_API_URL is not https: a token is sent in clear text to this machine only");
  CHECK(refusal("http://127.0.0.1.evil.example") ==
        "GITHUB_API_URL is not https: a token is sent in clear text to this machine only");
  CHECK(refusal("http://localhost.evil.example").find("is not https") != std::string::npos);
  CHECK(refusal("https://user:password@ghes.example") == "GITHUB_API_URL has a user name in it");
  CHECK(refusal("file:///etc/passwd") == "GITHUB_API_URL is neither https nor http");
  CHECK(refusal("api.github.com") == "GITHUB_API_URL is not a URL");
  CHECK(refusal("https://") == "GITHUB_API_URL does not name a host");
  CHECK(refusal("https://a b/") == "GITHUB_API_URL does not name a host");
  CHECK(refusal("https://ghes.example:0") == "GITHUB_API_URL does not name a host");
  CHECK(refusal("https://ghes.example:99999") == "GITHUB_API_URL does not name a host");
  CHECK(refusal("https://ghes.example/x?y=1") == "GITHUB_API_URL has a query in it");
  CHECK(refusal("https://ghes.example/x\r\nX: y") == "GITHUB_API_URL has a path that is not ASCII");
}

TEST_CASE("NO_PROXY") {
  const auto direct = [](std::string_view url, std::string_view no_proxy) {
    return bypasses_proxy(parse_address(url, "X"), no_proxy);
  };
  CHECK(direct("http://127.0.0.1:1", ""));
  CHECK(direct("https://localhost:1", ""));
  CHECK_FALSE(direct("https://ghes.example", ""));
  CHECK(direct("https://ghes.example", "*"));
  CHECK(direct("https://ghes.example", "a, ghes.example"));
  CHECK(direct("https://ghes.example", "GHES.EXAMPLE"));
  CHECK(direct("https://ghes.corp.example", ".corp.example"));
  CHECK(direct("https://ghes.corp.example", "corp.example"));
  CHECK(direct("https://ghes.corp.example", "*.corp.example"));
  CHECK_FALSE(direct("https://ghes.notcorp.example", "corp.example"));
  CHECK(direct("https://ghes.example:8443", "ghes.example:8443"));
  CHECK_FALSE(direct("https://ghes.example:8443", "ghes.example:443"));
  CHECK(direct("https://10.0.0.1", "10.0.0.1"));
  CHECK_FALSE(direct("https://ghes.example", ",, ,"));
}

TEST_CASE("segments of paths") {
  CHECK(url_encoded("feature/ä #1") == "feature%2F%C3%A4%20%231");
  CHECK(url_encoded("a-b_c.d~e") == "a-b_c.d~e");
}

}  // namespace
