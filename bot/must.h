// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "base/error.h"
#include "github/outcome.h"

namespace schemagate {

/// What GitHub gave. Throws Error{github} "WHAT: why GitHub refused" with what to do where it gave
/// nothing.
template <class T>
T must(github::Outcome<T> outcome, std::string_view what) {
  if (outcome) return std::move(*outcome);
  throw Error(ErrorKind::github, fmt::format("{}: {}", what, github::to_string(outcome.refusal())),
              outcome.refusal().hint);
}

}  // namespace schemagate
