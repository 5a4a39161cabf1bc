// SPDX-License-Identifier: MIT
// What became of a request to GitHub. A refusal is expected (a fork's token may not write, a limit
// is reached) and therefore a value: whoever asked has a plan B, and says why it was needed.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace schemagate::github {

struct Refusal {
  enum class Kind {
    permission,    ///< 401, 403: this token may not
    not_found,     ///< 404, 410: not there, or not for this token
    invalid,       ///< 409, 422 and other 4xx: GitHub does not take what was sent
    rate_limited,  ///< waiting would take longer than the time that is left
    out_of_time,   ///< the budget for all requests was used up before this one
    server,        ///< 5xx, repeatedly
    network,       ///< nobody answered, repeatedly
    unreadable,    ///< an answer that is not what GitHub documents
  };

  Kind kind = Kind::network;
  int status = 0;          ///< HTTP status, 0 when there was no answer
  std::string message;     ///< GitHub's words on one line, its list of errors included
  std::string permission;  ///< what was needed: "pull-requests: write"; empty for none
  std::string hint;        ///< the next step, for people; may be empty
};

/// "403: Resource not accessible by integration"
std::string to_string(const Refusal& refusal);
/// The same, and behind it what to do, where that is known.
std::string with_hint(const Refusal& refusal);

/// A T, or why there is none.
template <class T>
class [[nodiscard]] Outcome {
 public:
  Outcome(T value) : state_(std::move(value)) {}            // NOLINT: as std::optional
  Outcome(Refusal refusal) : state_(std::move(refusal)) {}  // NOLINT

  bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }
  /// Requires: ok().
  const T& operator*() const { return std::get<T>(state_); }
  T& operator*() { return std::get<T>(state_); }
  const T* operator->() const { return &std::get<T>(state_); }
  T* operator->() { return &std::get<T>(state_); }
  /// Requires: !ok().
  const Refusal& refusal() const { return std::get<Refusal>(state_); }

 private:
  std::variant<T, Refusal> state_;
};

/// What a request has to say that answers nothing but "done".
struct Done {};

}  // namespace schemagate::github
