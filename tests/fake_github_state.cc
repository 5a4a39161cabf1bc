// SPDX-License-Identifier: MIT
#include "tests/fake_github_state.h"

#include <fmt/format.h>

#include <algorithm>

namespace schemagate::testing {

Refuse invalid(const std::string& resource, const std::string& field, const std::string& message) {
  return {422,
          "Validation Failed",
          {{{"resource", resource}, {"field", field}, {"code", "custom"}, {"message", message}}}};
}

std::string required_text(const json& body, const std::string& field, const std::string& resource) {
  const auto found = body.find(field);
  if (found != body.end() && found->is_string() && *found != "") return *found;
  const auto message = fmt::format("\"{}\" wasn't supplied.", field);
  throw Refuse{422,
               "Invalid request.\n\n" + message,
               {{{"resource", resource},
                 {"field", field},
                 {"code", "missing_field"},
                 {"message", message}}}};
}

void require_one_of(const json& value, const std::set<std::string>& allowed,
                    const std::string& field, const std::string& resource) {
  if (value.is_string() && allowed.contains(value.get<std::string>())) return;
  throw invalid(resource, field, value.dump() + " is not a possible value.");
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](unsigned char c) { return (c & 0xc0) != 0x80; }));
}

FakePull& FakeState::pull(const std::string& number) {
  const auto found = pulls.find(std::stoi(number));
  if (found == pulls.end()) throw Refuse{404, "Not Found"};
  return found->second;
}

json& FakeState::known(std::vector<json>& list, const std::string& id) {
  for (auto& one : list) {
    if (std::to_string(one.at("id").get<std::int64_t>()) == id) return one;
  }
  throw Refuse{404, "Not Found"};
}

json FakeState::user(const std::string& login) const {
  if (login == options.viewer) {
    return {{"login", login}, {"id", options.viewer_id}, {"type", "Bot"}};
  }
  return {{"login", login},
          {"id", std::hash<std::string>()(login) % 100'000},
          {"type", login.ends_with("[bot]") ? "Bot" : "User"}};
}

std::string FakeState::now() {
  const int minute = ticks++;
  return fmt::format("2026-03-{:02}T{:02}:{:02}:00Z", 2 + minute / 1440, minute / 60 % 24,
                     minute % 60);
}

FakeAnswer FakeState::get_pull(const FakeCall& call) { return {200, pull(call.path[0]).shown}; }

FakeAnswer FakeState::list_pulls(const FakeCall& call) {
  json found = json::array();
  const auto base = call.query.find("base");
  const auto state = call.query.find("state");
  for (const auto& [number, request] : pulls) {
    const auto& shown = request.shown;
    if (state != call.query.end() && shown["state"] != state->second) continue;
    if (base == call.query.end() || shown["base"]["ref"] == base->second) found.push_back(shown);
  }
  return {200, found, true};
}

FakeAnswer FakeState::permission(const FakeCall& call) {
  const auto found = access.find(call.path[0]);
  const auto word = found == access.end() ? "read" : found->second;
  return {200, {{"permission", word}, {"role_name", word}, {"user", user(call.path[0])}}};
}

FakeAnswer FakeState::list_rules(const FakeCall& call) {
  json rules = json::array({{{"type", "deletion"}, {"ruleset_id", 42}}});
  if (up_to_date.count(call.path[0]) != 0)
    rules.push_back({{"type", "required_status_checks"},
                     {"ruleset_id", 43},
                     {"parameters",
                      {{"strict_required_status_checks_policy", true},
                       {"required_status_checks", {{{"context", "schemagate/gate"}}}}}}});
  return {200, rules, true};
}

FakeAnswer FakeState::graphql(const FakeCall& call) {
  if (call.body.value("query", "").find("viewer") == std::string::npos)
    return {200, {{"errors", {{{"message", "the fake knows no such query"}}}}}};
  return {200,
          {{"data", {{"viewer", {{"login", options.viewer}, {"databaseId", options.viewer_id}}}}}}};
}

}  // namespace schemagate::testing
