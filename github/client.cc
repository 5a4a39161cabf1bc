// SPDX-License-Identifier: MIT
#include "github/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <random>
#include <thread>

#include "base/error.h"
#include "base/text.h"
#include "github/answer_meaning.h"
#include "github/json_reader.h"
#include "report/json_writer.h"
#include "report/utf8.h"

namespace schemagate::github {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int max_failures = 3;    ///< repetitions after 5xx and network trouble: 1, 2, 4 s later
constexpr int max_rate_waits = 3;  ///< "continuing … may result in the banning of your integration"
constexpr int max_redirects = 3;
constexpr int max_pages = 300;
constexpr std::size_t max_message = 600;
constexpr std::string_view graphql_name = "GraphQL";

// https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
constexpr milliseconds between_writes = seconds(1);
constexpr milliseconds between_notices = seconds(3);
constexpr int few_writes = 8;  ///< what one check needs: that many don't wait for each other

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 307 || status == 308;
}

void check_options(const ClientOptions& options) {
  const auto is_visible = [](char c) { return c > ' ' && c < 0x7f; };
  if (!std::ranges::all_of(options.token, is_visible)) {
    throw Error(ErrorKind::config, "the GitHub token has characters that no token has",
                "is there a line end in the secret?");
  }
  const auto is_name = [](std::string_view name) {
    return !name.empty() && name != "." && name != ".." && url_encoded(name) == name;
  };
  const auto parts = split(options.repository, '/');
  if (parts.size() != 2 || !is_name(parts[0]) || !is_name(parts[1])) {
    throw Error(ErrorKind::config, "the repository is not named as owner/name",
                "does GITHUB_REPOSITORY say which repository this is?");
  }
}

std::string graphql_path(const ClientOptions& options) {
  if (options.graphql) {
    if (options.graphql->same_origin(options.api)) return options.graphql->path;
    throw Error(ErrorKind::config,
                "GITHUB_GRAPHQL_URL is on another host than GITHUB_API_URL: the token goes to one "
                "host only");
  }
  // https://docs.github.com/enterprise-server/graphql/guides/forming-calls-with-graphql
  constexpr std::string_view rest = "/api/v3";
  const auto& path = options.api.path;
  if (path.ends_with(rest)) return path.substr(0, path.size() - rest.size()) + "/api/graphql";
  return path + "/graphql";
}

}  // namespace

Timing Timing::real() {
  return {
      [] {
        return std::chrono::duration_cast<milliseconds>(
            std::chrono::steady_clock::now().time_since_epoch());
      },
      [] {
        return std::chrono::duration_cast<seconds>(
            std::chrono::system_clock::now().time_since_epoch());
      },
      [](milliseconds time) { std::this_thread::sleep_for(time); },
      [] {
        std::random_device device;
        return std::uniform_real_distribution<>()(device);
      },
  };
}

std::string to_string(const Refusal& refusal) {
  return refusal.status == 0 ? refusal.message
                             : fmt::format("{}: {}", refusal.status, refusal.message);
}

std::string with_hint(const Refusal& refusal) {
  return to_string(refusal) + (refusal.hint.empty() ? "" : ": " + refusal.hint);
}

Client::Client(Transport& transport, ClientOptions options, Timing timing)
    : transport_(transport), options_(std::move(options)), timing_(std::move(timing)) {
  check_options(options_);
  graphql_path_ = graphql_path(options_);
}

std::string Client::in_repository(std::string_view rest) const {
  return fmt::format("/repos/{}{}", options_.repository, rest);
}

Outcome<Response> Client::get(std::string_view path, std::string_view permission) {
  const Call call{.method = "GET", .path = std::string(path), .permission = permission};
  return run(call, options_.api.path + call.path, true, {});
}

Outcome<Response> Client::repeatable(const Call& call) {
  return run(call, options_.api.path + call.path, true, {});
}

Outcome<Response> Client::once(const Call& call, const ReadBack& already_there) {
  return run(call, options_.api.path + call.path, false, already_there);
}

Outcome<std::vector<std::string>> Client::pages(std::string_view path,
                                                std::string_view permission) {
  const Call call{.method = "GET", .path = std::string(path), .permission = permission};
  auto wire_path = fmt::format("{}{}{}per_page=100", options_.api.path, path,
                               path.find('?') == std::string_view::npos ? '?' : '&');
  std::vector<std::string> bodies;
  while (bodies.size() < max_pages) {
    auto page = run(call, wire_path, true, {});
    if (!page) return page.refusal();
    bodies.push_back(std::move(page->body));
    const auto next = next_link(page->header("link"));
    if (next.empty()) return bodies;
    const auto next_path = path_on(options_.api, next);
    if (!next_path) {
      return Refusal{Refusal::Kind::unreadable, page->status,
                     "the next page is said to be on another host", std::string(permission),
                     "is GITHUB_API_URL the address that the server itself uses?"};
    }
    wire_path = *next_path;
  }
  return Refusal{Refusal::Kind::unreadable, 200,
                 fmt::format("{} has more than {} pages", path, max_pages), std::string(permission),
                 ""};
}

Outcome<Response> Client::graphql(std::string_view query, std::string_view variables,
                                  std::string_view permission) {
  JsonWriter body;
  body.begin_object().key("query").string(query).key("variables").raw(variables).end_object();
  const Call call{.method = "POST",
                  .path = std::string(graphql_name),
                  .body = body.take(),
                  .permission = permission};
  auto answer = run(call, graphql_path_, true, {});
  if (!answer) return answer;
  try {
    const JsonDocument document(answer->body, "GraphQL's answer");
    if (!document.root().has("errors")) return answer;
  } catch (const Error& error) {
    return Refusal{Refusal::Kind::unreadable, answer->status, error.what(), std::string(permission),
                   ""};
  }
  const auto says = [&](std::string_view word) {
    return answer->body.find(word) != std::string::npos;
  };
  Refusal refusal{Refusal::Kind::invalid, answer->status, shown(message_of(*answer)),
                  std::string(permission), ""};
  if (says("\"FORBIDDEN\"") || says("not accessible")) {
    refusal.kind = Refusal::Kind::permission;
    refusal.hint = permission_hint(permission);
  } else if (says("\"RATE_LIMITED\"")) {
    refusal.kind = Refusal::Kind::rate_limited;
  } else if (says("\"NOT_FOUND\"")) {
    refusal.kind = Refusal::Kind::not_found;
  }
  return refusal;
}

std::variant<Response, NetworkTrouble> Client::exchange(const Call& call, std::string path) {
  Request request;
  request.method = call.method;
  request.path = std::move(path);
  request.body = call.body;
  request.timeout = std::min(options_.request_timeout, left());
  request.headers = {{"Accept", "application/vnd.github+json"},
                     {"X-GitHub-Api-Version", "2022-11-28"},
                     {"User-Agent", "schemagate"}};
  if (!options_.token.empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + options_.token);
  }
  if (!call.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  ++requests_;
  const auto start = timing_.elapsed();
  auto answer = transport_.exchange(request);
  spent_ += timing_.elapsed() - start;
  if (const auto* response = std::get_if<Response>(&answer))
    server_clock_.hear(*response, timing_.elapsed());
  return answer;
}

bool Client::wait(milliseconds time) {
  if (time >= left()) return false;
  const auto start = timing_.elapsed();
  timing_.sleep(time);
  spent_ += std::max(time, timing_.elapsed() - start);
  return true;
}

bool Client::keep_distance(const Call& call) {
  if (call.method == "GET" || call.path == graphql_name) return true;
  if (is_loopback(options_.api.host)) return true;  // a stand-in for GitHub on this machine
  auto time = milliseconds(0);
  const auto now = timing_.elapsed();
  const bool many = ++writes_ > few_writes;
  if (many && last_write_) time = *last_write_ + between_writes - now;
  if (many && call.notifies && last_notice_)
    time = std::max(time, *last_notice_ + between_notices - now);
  if (time > milliseconds(0) && !wait(time)) return false;
  last_write_ = timing_.elapsed();
  if (call.notifies) last_notice_ = last_write_;
  return true;
}

std::string Client::shown(std::string_view text) const {
  std::string safe(text);
  if (!options_.token.empty()) safe = replace_all(std::move(safe), options_.token, "***");
  return shortened(visible_line(safe), max_message);
}

Refusal Client::refused(const Call& call, const Response& response) const {
  Refusal refusal{Refusal::Kind::invalid, response.status, shown(message_of(response)),
                  std::string(call.permission), ""};
  if (refusal.message.empty()) {
    refusal.message = fmt::format("{} {} was not answered as GitHub does", call.method, call.path);
  }
  const auto status = response.status;
  if (status == 401) {
    refusal.kind = Refusal::Kind::permission;
    refusal.hint = "is the token valid, and for this host?";
  } else if (is_rate_limit(response)) {
    refusal.kind = Refusal::Kind::rate_limited;
    refusal.hint = "GitHub wants us to wait for longer than a job should: run it again later";
  } else if (status == 403) {
    refusal.kind = Refusal::Kind::permission;
    refusal.hint = permission_hint(call.permission);
  } else if (status == 404 || status == 410) {
    refusal.kind = Refusal::Kind::not_found;
    refusal.hint = call.permission.empty()
                       ? "is it there, and may the token see it?"
                       : fmt::format("is it there, and does the token have `{}`?", call.permission);
  } else if (status >= 500) {
    refusal.kind = Refusal::Kind::server;
    refusal.hint = "does https://www.githubstatus.com tell of trouble?";
  } else {
    refusal.hint = "did the pull request change meanwhile? run the job again";
  }
  return refusal;
}

Outcome<Response> Client::redirected(const Call& call, const Response& response, bool repeatable,
                                     const ReadBack& already_there) {
  const auto path = path_on(options_.api, response.header("location"));
  if (!path || redirects_ >= max_redirects) {
    return Refusal{Refusal::Kind::unreadable, response.status,
                   path ? "GitHub redirects in a circle" : "GitHub redirects to another host",
                   std::string(call.permission),
                   "is GITHUB_API_URL the address that the server itself uses?"};
  }
  ++redirects_;
  auto outcome = run(call, *path, repeatable, already_there);
  --redirects_;
  return outcome;
}

Refusal Client::out_of_time(const Call& call) const {
  return {Refusal::Kind::out_of_time, 0,
          fmt::format("the {} s for talking to GitHub are used up", options_.budget.count() / 1000),
          std::string(call.permission), "is GitHub slow today? run the job again"};
}

Refusal Client::unreachable(const Call& call, const NetworkTrouble& trouble) const {
  return {Refusal::Kind::network, 0, shown(trouble.what), std::string(call.permission),
          fmt::format("can this machine reach {}?", options_.api.origin())};
}

Outcome<Response> Client::run(const Call& call, const std::string& wire_path, bool repeatable,
                              const ReadBack& already_there) {
  std::optional<Refusal> last;
  for (int failures = 0, rate_waits = 0;;) {
    if (left() <= milliseconds(0) || !keep_distance(call)) return last.value_or(out_of_time(call));
    auto answer = exchange(call, wire_path);
    bool had_effect = false;  // or may have had
    if (auto* response = std::get_if<Response>(&answer)) {
      if (response->status >= 200 && response->status < 300) return std::move(*response);
      if (is_redirect(response->status)) {
        return redirected(call, *response, repeatable, already_there);
      }
      last = refused(call, *response);
      if (last->kind == Refusal::Kind::rate_limited) {
        const auto time = asked_wait(*response, timing_.wall(), rate_waits);
        if (rate_waits++ == max_rate_waits || !wait(time)) return *last;
        continue;
      }
      if (last->kind != Refusal::Kind::server) return *last;
      had_effect = true;
    } else {
      const auto& trouble = std::get<NetworkTrouble>(answer);
      last = unreachable(call, trouble);
      if (trouble.lasts) return *last;
      had_effect = trouble.sent;
    }
    const bool read_back = had_effect && !repeatable;
    if (read_back && !already_there) return *last;
    const bool is_last = failures == max_failures;
    if (is_last && !read_back) return *last;
    const auto jitter = milliseconds(static_cast<int>(1000 * timing_.jitter()));
    const bool waited = wait(seconds(1 << failures++) + jitter);
    if (!waited && !read_back) return *last;
    if (read_back) {
      auto found = already_there();
      if (!found) return *last;
      if (*found) return Response{201, {}, {}};
      if (is_last || !waited) return *last;
    }
  }
}

}  // namespace schemagate::github
