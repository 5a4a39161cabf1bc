// SPDX-License-Identifier: MIT
#include "gate/ledger.h"

#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace schemagate::gate {
namespace {

using nlohmann::json;

constexpr int format_version = 1;
constexpr std::array<std::string_view, 4> state_words{"pending", "success", "failure", "error"};

[[noreturn]] void unreadable() {
  throw Error(ErrorKind::github, "the gate's ledger can't be read",
              "what may be green is not known: docs/emergency.md puts an older one back");
}

StatusState state_of(const std::string& word) {
  for (std::size_t i = 0; i < state_words.size(); ++i)
    if (state_words.at(i) == word) return static_cast<StatusState>(i);
  unreadable();
}

/// Without it a fraction would be cut, and a huge one be anything.
std::int64_t whole(const json& value) {
  if (!value.is_number_integer()) unreadable();
  return value.get<std::int64_t>();
}

/// An empty list would be read from an object, too.
const json& part(const json& document, const char* name, json::value_t kind) {
  const json& found = document.at(name);
  if (found.type() != kind) unreadable();
  return found;
}

int number_of(const json& value) {
  const std::int64_t number = whole(value);
  if (number < 1 || number > std::numeric_limits<int>::max()) unreadable();
  return static_cast<int>(number);
}

json to_document(const Grant& grant) {
  return {{"number", grant.number}, {"head", grant.head},   {"base", grant.base},
          {"plan", grant.plan},     {"since", grant.since}, {"overridden", grant.overridden},
          {"pushed", grant.pushed}};
}
Grant grant_of(const json& one) {
  const std::int64_t since = whole(one.at("since"));
  return {number_of(one.at("number")),
          one.at("head"),
          one.at("base"),
          one.at("plan"),
          since,
          one.at("overridden"),
          one.contains("pushed") ? whole(one.at("pushed")) : since};
}

json to_document(const Override& one) {
  return {{"number", one.number},   {"head", one.head},     {"checksum", one.checksum},
          {"by", one.by},           {"reason", one.reason}, {"bypassed", one.bypassed},
          {"comment", one.comment}, {"at", one.at}};
}
Override override_of(const json& one) {
  return {number_of(one.at("number")),
          one.at("head"),
          one.at("checksum"),
          one.at("by"),
          one.at("reason"),
          one.at("bypassed"),
          whole(one.at("comment")),
          whole(one.at("at"))};
}

template <class T>
json list(const std::vector<T>& all) {
  json out = json::array();
  for (const T& one : all) out.push_back(to_document(one));
  return out;
}

Ledger from_document(const json& document) {
  const std::int64_t version = whole(document.at("ledger_version"));
  if (version > format_version)
    throw Error(ErrorKind::github, "the gate's ledger was written by a newer version of schemagate",
                "take that version in this workflow, too: all workflows of a repository take one");
  if (version < format_version) unreadable();
  Ledger ledger;
  for (const json& one : part(document, "grants", json::value_t::array))
    ledger.grants.push_back(grant_of(one));
  for (const json& one : part(document, "past", json::value_t::array))
    ledger.past.push_back(grant_of(one));
  for (const json& one : part(document, "overrides", json::value_t::array))
    ledger.overrides.push_back(override_of(one));
  for (const auto& [head, shown] : part(document, "shown", json::value_t::object).items())
    ledger.shown[head] = {state_of(shown.at("state")), shown.at("description")};
  for (const auto& [head, base] : part(document, "unjudged", json::value_t::object).items())
    ledger.unjudged[head] = base;
  // Earlier versions wrote down whatever number an administrator had named.
  for (const json& one : part(document, "preferred", json::value_t::array))
    if (whole(one) > 0) ledger.preferred.push_back(number_of(one));
  ledger.lease = {document.at("lease").at("run"), whole(document.at("lease").at("until"))};
  return ledger;
}

}  // namespace

std::string_view to_string(StatusState state) {
  return state_words.at(static_cast<std::size_t>(state));
}

bool Ledger::same_content(const Ledger& other) const {
  return grants == other.grants && past == other.past && shown == other.shown &&
         unjudged == other.unjudged && overrides == other.overrides &&
         preferred == other.preferred && lease == other.lease;
}

std::string to_json(const Ledger& ledger) {
  json shown = json::object();
  for (const auto& [head, one] : ledger.shown)
    shown[head] = {{"state", to_string(one.state)}, {"description", one.description}};
  const json document = {{"ledger_version", format_version},
                         {"grants", list(ledger.grants)},
                         {"past", list(ledger.past)},
                         {"overrides", list(ledger.overrides)},
                         {"shown", shown},
                         {"unjudged", ledger.unjudged},
                         {"preferred", ledger.preferred},
                         {"lease", {{"run", ledger.lease.run}, {"until", ledger.lease.until}}}};
  return document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

Ledger read_ledger(std::string_view text, std::string version) {
  try {
    Ledger ledger = from_document(json::parse(text));
    ledger.version = std::move(version);
    return ledger;
  } catch (const json::exception&) {
    unreadable();
  }
}

}  // namespace schemagate::gate
