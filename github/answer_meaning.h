// SPDX-License-Identifier: MIT
// What GitHub means by an answer: its words of refusal, how long it asks to wait, where the next
// page is, whether an address that it names is still GitHub.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "github/address.h"
#include "github/transport.h"

namespace schemagate::github {

/// What GitHub says in the body of a refusal: its message, and its list of errors. Empty when it is
/// not GitHub that speaks.
std::string message_of(const Response& response);

/// 429, and the kinds of 403 that mean "later" and not "never".
bool is_rate_limit(const Response& response);
/// How long GitHub asks to wait; `wall` is the time now, `earlier` how often it has asked before.
std::chrono::milliseconds asked_wait(const Response& response, std::chrono::seconds wall,
                                     int earlier);

/// The address of rel="next" in a Link header, empty on the last page.
std::string next_link(const std::string& header);
/// The path and query of a URL of the API, nothing when it is on another host. A fragment is cut.
std::optional<std::string> path_on(const Address& api, const std::string& url);

}  // namespace schemagate::github
