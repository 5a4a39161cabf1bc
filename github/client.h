// SPDX-License-Identifier: MIT
// Speaks with GitHub's REST and GraphQL interfaces for one repository: adds the token, waits where
// GitHub asks to wait, repeats what may be repeated, reads every page. Requests go one after the
// other. All of them together take no longer than the budget; after that each is refused at once.
// The token goes to the API's own host only and is in no message.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "github/address.h"
#include "github/outcome.h"
#include "github/permission.h"
#include "github/server_clock.h"
#include "github/transport.h"

namespace schemagate::github {

/// The clocks and the patience, so that tests take no time.
struct Timing {
  std::function<std::chrono::milliseconds()> elapsed;  ///< since some moment; never goes back
  std::function<std::chrono::seconds()> wall;          ///< since 1970, as x-ratelimit-reset
  std::function<void(std::chrono::milliseconds)> sleep;
  std::function<double()> jitter;  ///< 0 to 1
  static Timing real();
};

struct ClientOptions {
  Address api;                     ///< GITHUB_API_URL
  std::optional<Address> graphql;  ///< GITHUB_GRAPHQL_URL; without it, where GitHub documents it
  std::string repository;          ///< "owner/name"
  std::string token;               ///< empty: ask as nobody
  std::chrono::milliseconds budget{120'000};
  std::chrono::milliseconds request_timeout{30'000};
};

/// One call; made by the functions of the headers beside this one.
struct Call {
  std::string method;
  std::string path;  ///< below the API's root: "/repos/o/r/pulls/7"
  std::string body = {};
  std::string_view permission = permission::none;
  bool notifies = false;  ///< people get mail: many such calls are three seconds apart
};

/// Looks whether what a call creates is there, and says so. A POST that may have been seen is
/// repeated only after this said no.
using ReadBack = std::function<Outcome<bool>()>;

class Client {
 public:
  /// `transport` outlives the client and leads to `options.api`. Throws Error{config} for a
  /// repository, a token or a GraphQL address that can't be right.
  Client(Transport& transport, ClientOptions options, Timing timing = Timing::real());

  /// "/repos/owner/name" + `rest`
  std::string in_repository(std::string_view rest) const;

  Outcome<Response> get(std::string_view path, std::string_view permission);
  /// The bodies of all pages, following Link. `path` asks for 100 per page by itself.
  Outcome<std::vector<std::string>> pages(std::string_view path, std::string_view permission);
  /// A call that may be repeated as it is: PATCH, PUT, DELETE, or a POST of something that is named
  /// by its content.
  Outcome<Response> repeatable(const Call& call);
  /// A call that must take effect once. When `already_there` says yes, the answer's body is empty.
  /// Without a function to ask, nothing that GitHub may have seen is repeated.
  Outcome<Response> once(const Call& call, const ReadBack& already_there);
  /// `variables` is a JSON object. Errors that GraphQL reports with status 200 are refusals, too.
  Outcome<Response> graphql(std::string_view query, std::string_view variables,
                            std::string_view permission);

  /// So much of the budget is for what comes last; 0 gives it free again.
  void keep(std::chrono::milliseconds time) { kept_ = time; }

  const ClientOptions& options() const { return options_; }
  int requests() const { return requests_; }
  /// Seconds since 1970 by GitHub's clock, as far as it told the time.
  std::optional<std::chrono::seconds> server_time() const {
    return server_clock_.now(timing_.elapsed());
  }

 private:
  Outcome<Response> run(const Call& call, const std::string& wire_path, bool repeatable,
                        const ReadBack& already_there);
  std::variant<Response, NetworkTrouble> exchange(const Call& call, std::string path);
  Outcome<Response> redirected(const Call& call, const Response& response, bool repeatable,
                               const ReadBack& already_there);
  Refusal refused(const Call& call, const Response& response) const;
  Refusal unreachable(const Call& call, const NetworkTrouble& trouble) const;
  Refusal out_of_time(const Call& call) const;
  bool keep_distance(const Call& call);
  /// False, without waiting, when less time than that is left.
  bool wait(std::chrono::milliseconds time);
  std::chrono::milliseconds left() const { return options_.budget - kept_ - spent_; }
  std::string shown(std::string_view text) const;

  Transport& transport_;
  ClientOptions options_;
  Timing timing_;
  std::string graphql_path_;
  ServerClock server_clock_;
  std::chrono::milliseconds spent_{0}, kept_{0};
  std::optional<std::chrono::milliseconds> last_write_, last_notice_;
  int writes_ = 0;
  int requests_ = 0, redirects_ = 0;
};

}  // namespace schemagate::github
