// SPDX-License-Identifier: MIT
#include "tests/fake_github.h"

#include <fmt/format.h>
#include <git2.h>
#include <httplib.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <algorithm>
#include <fstream>
#include <regex>

#include "tests/fake_github_server.h"

namespace schemagate::testing {
namespace {

struct Route {
  const char* method;
  const char* pattern;  ///< below /repos/owner/name
  const char* permission;
  FakeAnswer (FakeState::*run)(const FakeCall&);
  std::regex expression = std::regex(pattern);
};

const std::vector<Route>& routes() {
  static const std::vector<Route> table = {
      {"GET", "/pulls/(\\d+)", "pull-requests: read", &FakeState::get_pull},
      {"GET", "/pulls", "pull-requests: read", &FakeState::list_pulls},
      {"GET", "/pulls/(\\d+)/reviews", "pull-requests: read", &FakeState::list_reviews},
      {"POST", "/pulls/(\\d+)/reviews", "pull-requests: write", &FakeState::create_review},
      {"GET", "/pulls/(\\d+)/comments", "pull-requests: read", &FakeState::list_review_comments},
      {"POST", "/pulls/(\\d+)/comments", "pull-requests: write", &FakeState::create_review_comment},
      {"PATCH", "/pulls/comments/(\\d+)", "pull-requests: write", &FakeState::edit_review_comment},
      {"GET", "/issues/(\\d+)/comments", "pull-requests: read", &FakeState::list_issue_comments},
      {"POST", "/issues/(\\d+)/comments", "pull-requests: write", &FakeState::create_issue_comment},
      {"GET", "/issues/comments/(\\d+)", "pull-requests: read", &FakeState::get_issue_comment},
      {"PATCH", "/issues/comments/(\\d+)", "pull-requests: write", &FakeState::edit_issue_comment},
      {"DELETE", "/issues/comments/(\\d+)", "pull-requests: write",
       &FakeState::delete_issue_comment},
      {"GET", "/commits/([^/]+)/statuses", "statuses: read", &FakeState::list_statuses},
      {"POST", "/statuses/([^/]+)", "statuses: write", &FakeState::create_status},
      {"GET", "/commits/([^/]+)/check-runs", "checks: read", &FakeState::list_check_runs},
      {"GET", "/check-runs/(\\d+)", "checks: read", &FakeState::get_check_run},
      {"POST", "/check-runs", "checks: write", &FakeState::create_check_run},
      {"PATCH", "/check-runs/(\\d+)", "checks: write", &FakeState::update_check_run},
      {"GET", "/collaborators/([^/]+)/permission", "", &FakeState::permission},
      {"GET", "/rules/branches/(.+)", "", &FakeState::list_rules},
      {"GET", "/branches/(.+)", "contents: read", &FakeState::get_branch},
      {"GET", "/git/(blobs|trees|commits)/([^/]+)", "contents: read", &FakeState::get_object},
      {"POST", "/git/blobs", "contents: write", &FakeState::create_blob},
      {"POST", "/git/trees", "contents: write", &FakeState::create_tree},
      {"POST", "/git/commits", "contents: write", &FakeState::create_commit},
      {"GET", "/git/ref/(.+)", "contents: read", &FakeState::get_ref},
      {"POST", "/git/refs", "contents: write", &FakeState::create_ref},
      {"PATCH", "/git/refs/(.+)", "contents: write", &FakeState::update_ref},
  };
  return table;
}

/// Closes the connection that the request came on, as far as the client can see.
void hang_up(const httplib::Request& request, int server_port) {
  for (int fd = 3; fd < 4096; ++fd) {
    sockaddr_in peer{}, own{};
    socklen_t size = sizeof peer;
    if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
    size = sizeof own;
    getsockname(fd, reinterpret_cast<sockaddr*>(&own), &size);
    if (peer.sin_family == AF_INET && ntohs(peer.sin_port) == request.remote_port &&
        ntohs(own.sin_port) == server_port) {
      shutdown(fd, SHUT_RDWR);
    }
  }
}

std::string decoded(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

/// The query without the page, each parameter with "&" behind it.
std::string query_without_page(const std::string& target) {
  std::string out;
  const auto question = target.find('?');
  for (auto at = question; at != std::string::npos;) {
    const auto end = target.find('&', at + 1);
    const auto parameter = target.substr(at + 1, end - at - 1);
    if (!parameter.starts_with("page=")) out += parameter + "&";
    at = end;
  }
  return out;
}

json parsed(const std::string& text) {
  if (text.empty()) return json::object();
  auto body = json::parse(text, nullptr, false);
  if (!body.is_object()) throw Refuse{400, "Problems parsing JSON"};
  return body;
}

void refuse(httplib::Response& response, const Refuse& refusal) {
  json body = {{"message", refusal.message},
               {"documentation_url", "https://docs.github.com/rest"},
               {"status", std::to_string(refusal.status)}};
  if (!refusal.errors.is_null()) body["errors"] = refusal.errors;
  response.status = refusal.status;
  response.set_content(body.dump(), "application/json; charset=utf-8");
}

std::unique_ptr<httplib::Server> make_https_server(const TemporaryFolder& folder) {
  const auto certificate = (folder.path() / "certificate.pem").string();
  const auto key = (folder.path() / "key.pem").string();
  const auto command = fmt::format(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
      "-subj /CN=localhost -addext subjectAltName=DNS:localhost,DNS:github.test -keyout '{}' -out "
      "'{}' "
      "2> /dev/null",
      key, certificate);
  if (system(command.c_str()) != 0) throw std::runtime_error("openssl req failed");
  return std::make_unique<httplib::SSLServer>(certificate.c_str(), key.c_str());
}

}  // namespace

Fault Fault::secondary_limit(int retry_after) {
  Fault fault;
  fault.status = 403;
  fault.message = "You have exceeded a secondary rate limit. Please wait a few minutes.";
  fault.headers = {{"retry-after", std::to_string(retry_after)}};
  return fault;
}

Fault Fault::no_permission() {
  Fault fault;
  fault.status = 403;
  fault.message = "Resource not accessible by integration";
  return fault;
}

FakeGitHub::Impl::~Impl() = default;

std::string FakeGitHub::Impl::origin() const {
  return state.options.https ? fmt::format("https://localhost:{}", port)
                             : fmt::format("http://127.0.0.1:{}", port);
}

bool FakeGitHub::Impl::may(const std::string& token, const std::string& permission) const {
  const auto other = other_tokens.find(token);
  const auto* all = other != other_tokens.end() ? &other->second
                    : permissions               ? &*permissions
                                                : nullptr;
  if (permission.empty() || all == nullptr || all->contains(permission)) return true;
  const auto colon = permission.find(": read");
  return colon != std::string::npos && all->contains(permission.substr(0, colon) + ": write");
}

namespace {
constexpr std::string_view bearer = "Bearer ";
}

SentRequest FakeGitHub::Impl::recorded(const httplib::Request& request) const {
  SentRequest sent{request.method, request.target, request.body, {}, 0};
  const auto& base = state.options.base_path;
  if (sent.target.starts_with(base)) sent.target.erase(0, base.size());
  for (const auto& [name, value] : request.headers) {
    std::string lower = name;
    for (auto& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    sent.headers[lower] = value;
  }
  return sent;
}

void FakeGitHub::Impl::answer(const httplib::Request& request, httplib::Response& response) {
  std::unique_lock lock(mutex);
  ++in_work;
  answer(request, response, lock);
  --in_work;
  idle.notify_all();
}

void FakeGitHub::Impl::answer(const httplib::Request& request, httplib::Response& response,
                              std::unique_lock<std::mutex>& lock) {
  const auto sent = recorded(request);
  const auto index = requests.size();
  requests.push_back(sent);
  if (const auto call = callback) {
    lock.unlock();  // it may ask and change what is there
    call(static_cast<int>(index) + 1);
    lock.lock();
  }
  const auto fault = next_fault(sent);
  using Kind = Fault::Kind;
  if (!fault || fault->kind == Kind::answer_after || fault->kind == Kind::drop_after) {
    run(request, sent, response);
    if (response.status < 400) accepted.insert(index);
  }
  if (fault && fault->kind == Kind::silence) {
    released.wait_for(lock, std::chrono::seconds(20), [&] { return closing; });
  }
  if (fault && (fault->kind == Kind::answer || fault->kind == Kind::answer_after)) {
    refuse(response, {fault->status, fault->message});
    for (const auto& [name, value] : fault->headers) response.set_header(name, value);
  } else if (fault && fault->kind == Fault::Kind::garbage) {
    response.status = 200;
    response.set_content("<html>Welcome! Sign in to use this network.</html>", "text/html");
  } else if (fault) {
    hang_up(request, port);
    return;
  }
  requests[index].status = response.status;
}

void FakeGitHub::Impl::keep_requests() const {
  const char* file = std::getenv("SCHEMAGATE_REQUESTS");
  if (file == nullptr) return;
  static std::mutex one_at_a_time;  // fakes of runs side by side write into one file
  const std::lock_guard lock(one_at_a_time);
  std::ofstream out(file, std::ios::app);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto& sent = requests[i];
    if (!accepted.contains(i)) continue;
    json headers;
    for (const char* name : {"accept", "content-type", "x-github-api-version", "user-agent"}) {
      const auto found = sent.headers.find(name);
      if (found != sent.headers.end()) headers[name] = found->second;
    }
    const json line = {{"method", sent.method},
                       {"target", sent.target},
                       {"body", sent.body},
                       {"headers", headers}};
    out << line.dump() << "\n";
  }
}

std::optional<Fault> FakeGitHub::Impl::next_fault(const SentRequest& sent) {
  for (auto& fault : faults) {
    if (!fault.method.empty() && fault.method != sent.method) continue;
    if (sent.target.find(fault.path) == std::string::npos || fault.times == 0) continue;
    if (fault.whole_path && sent.target.substr(0, sent.target.find('?')) != fault.path) continue;
    if (fault.skip > 0) {
      --fault.skip;
      continue;
    }
    --fault.times;
    return fault;
  }
  return std::nullopt;
}

void FakeGitHub::Impl::run(const httplib::Request& request, const SentRequest& sent,
                           httplib::Response& response) {
  response.set_header("x-ratelimit-limit", "1000");
  response.set_header("x-ratelimit-remaining", "900");
  if (state.clock) response.set_header("Date", date_of(*state.clock, "%a, %d %b %Y %H:%M:%S GMT"));
  try {
    const std::string said = request.get_header_value("Authorization");
    const bool is_known =
        said.starts_with(bearer) && (said.substr(bearer.size()) == state.options.token ||
                                     other_tokens.contains(said.substr(bearer.size())));
    if (!is_known) throw Refuse{401, "Bad credentials"};
    FakeCall call;
    call.body = parsed(request.body);
    for (const auto& [name, value] : request.params) call.query[name] = value;
    give(sent, call, dispatch(sent, request.target, call), response);
  } catch (const Refuse& refusal) {
    refuse(response, refusal);
  } catch (const json::exception& error) {
    refuse(response, {422, std::string("Invalid request. ") + error.what()});
  }
}

FakeAnswer FakeGitHub::Impl::dispatch(const SentRequest& sent, const std::string& wire,
                                      FakeCall& call) {
  const auto& base = state.options.base_path;
  const auto graphql = base == "/api/v3" ? "/api/graphql" : base + "/graphql";
  if (sent.method == "POST" && wire == graphql) return state.graphql(call);
  const auto root = "/repos/" + state.options.repository;
  auto path = sent.target.substr(0, sent.target.find('?'));
  if (!wire.starts_with(base) || !path.starts_with(root)) throw Refuse{404, "Not Found"};
  path.erase(0, root.size());
  for (const auto& route : routes()) {
    std::smatch match;
    if (sent.method != route.method) continue;
    if (!std::regex_match(path, match, route.expression)) continue;
    const auto said = sent.headers.find("authorization");
    const auto token = said == sent.headers.end() ? "" : said->second.substr(bearer.size());
    if (!may(token, route.permission)) throw Refuse{403, "Resource not accessible by integration"};
    for (std::size_t i = 1; i < match.size(); ++i) call.path.push_back(decoded(match[i].str()));
    return (state.*route.run)(call);
  }
  throw Refuse{404, "Not Found"};
}

/// Writes the answer; of a list one page, with a link to the next one.
void FakeGitHub::Impl::give(const SentRequest& sent, const FakeCall& call, const FakeAnswer& answer,
                            httplib::Response& response) const {
  response.status = answer.status;
  json body = answer.body;
  if (answer.paged) {
    const auto asked = call.query.find("page");
    const auto page = asked == call.query.end() ? 1UL : std::stoul(asked->second);
    const auto size = static_cast<std::size_t>(state.options.page_size);
    body = json::array();
    for (auto i = (page - 1) * size; i < std::min(page * size, answer.body.size()); ++i) {
      body.push_back(answer.body[i]);
    }
    if (page * size < answer.body.size()) {
      const auto address =
          origin() + state.options.base_path + sent.target.substr(0, sent.target.find('?'));
      response.set_header(
          "Link", fmt::format("<{}>; rel=\"last\", <{}?{}page={}>; rel=\"next\"", address, address,
                              query_without_page(sent.target), page + 1));
    }
    if (!answer.list.empty()) {
      body = {{"total_count", answer.body.size()}, {answer.list, body}};
    }
  }
  response.set_content(body.dump(), "application/json; charset=utf-8");
}

FakeGitHub::FakeGitHub(FakeGitHubOptions options) : impl_(std::make_unique<Impl>()) {
  git_libgit2_init();
  impl_->state.options = std::move(options);
  listen();
}

FakeGitHub::FakeGitHub(const FakeGitHub& other) : impl_(std::make_unique<Impl>()) {
  {
    const std::lock_guard lock(other.impl_->mutex);
    impl_->state = other.impl_->state;
    impl_->permissions = other.impl_->permissions;
  }
  listen();
}

void FakeGitHub::listen() {
  if (impl_->state.options.https) {
    impl_->folder.emplace();
    impl_->server = make_https_server(*impl_->folder);
  } else {
    impl_->server = std::make_unique<httplib::Server>();
  }
  const auto handler = [impl = impl_.get()](const httplib::Request& request,
                                            httplib::Response& response) {
    impl->answer(request, response);
  };
  auto& server = *impl_->server;
  server.Get(".*", handler).Post(".*", handler).Patch(".*", handler);
  server.Put(".*", handler).Delete(".*", handler);
  server.set_tcp_nodelay(true);
  server.new_task_queue = [] { return new httplib::ThreadPool(4); };
  impl_->port = server.bind_to_any_port("127.0.0.1");
  impl_->thread = std::thread([impl = impl_.get()] { impl->server->listen_after_bind(); });
  while (!server.is_running()) std::this_thread::yield();
}

FakeGitHub::~FakeGitHub() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->closing = true;
  }
  impl_->released.notify_all();
  impl_->server->stop();
  impl_->thread.join();
  impl_->keep_requests();
}

std::string FakeGitHub::url() const { return impl_->origin() + impl_->state.options.base_path; }
int FakeGitHub::port() const { return impl_->port; }
std::string FakeGitHub::certificate() const {
  return (impl_->folder.value().path() / "certificate.pem").string();
}
std::string FakeGitHub::token() const { return impl_->state.options.token; }

}  // namespace schemagate::testing
