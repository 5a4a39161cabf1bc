// SPDX-License-Identifier: MIT
#include "tests/fake_github_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

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

std::string date_of(std::int64_t seconds, const char* format) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
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

void FakeState::touch(int number) {
  if (clock) pulls.at(number).shown["updated_at"] = now();
}

std::string FakeState::now() {
  if (clock) return date_of(*clock, "%Y-%m-%dT%H:%M:%SZ");
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
    const bool is_closed = shown["state"] == "closed";
    if (state != call.query.end() && is_closed != (state->second == "closed")) continue;
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
  const auto [first, last] = other_rules.equal_range(call.path[0]);
  for (auto one = first; one != last; ++one)
    rules.push_back({{"type", one->second}, {"ruleset_id", 44}});
  return {200, rules, true};
}

FakeAnswer FakeState::get_branch(const FakeCall& call) {
  const std::string& name = call.path[0];
  const auto at = refs.find("heads/" + name);
  if (at == refs.end()) throw Refuse{404, "Branch not found"};
  const bool is_checked = checked.count(name) != 0;
  const json contexts = is_checked ? json{"schemagate/gate"} : json::array();
  // Whether they are strict is for administrators.
  return {200,
          {{"name", name},
           {"commit", {{"sha", at->second}}},
           {"protected", is_checked || up_to_date.count(name) != 0},
           {"protection",
            {{"enabled", is_checked},
             {"required_status_checks",
              {{"enforcement_level", is_checked ? "non_admins" : "off"},
               {"contexts", contexts},
               {"checks", json::array()}}}}}}};
}

FakeAnswer FakeState::graphql(const FakeCall& call) {
  if (call.body.value("query", "").find("viewer") == std::string::npos)
    return {200, {{"errors", {{{"message", "the fake knows no such query"}}}}}};
  return {200,
          {{"data", {{"viewer", {{"login", options.viewer}, {"databaseId", options.viewer_id}}}}}}};
}

}  // namespace schemagate::testing
