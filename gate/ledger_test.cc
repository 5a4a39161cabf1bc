// SPDX-License-Identifier: MIT
// The ledger as JSON: what earlier versions wrote is read, and what is no ledger opens nothing.
#include "gate/ledger.h"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace schemagate::gate {
namespace {

using nlohmann::json;

Ledger full_ledger() {
  Ledger ledger;
  ledger.version = "c1";
  ledger.grants = {{7, "h7", "b", "sg1:p7", 100, true, 150}};
  ledger.past = {{5, "h5", "a", "sg1:p5", 90, false, 90}};
  ledger.shown = {{"h7", {StatusState::success, "ok \"ü\""}}, {"h8", {StatusState::error, ""}}};
  ledger.unjudged = {{"h8", "b"}};
  ledger.overrides = {{7, "h7", "sg1:c7", "root", "it is 3 a.m.", "stale", 12, 140}};
  ledger.preferred = {8};
  ledger.lease = {"run1", 200};
  return ledger;
}

TEST_CASE("what is written into the ledger is read from it") {
  const Ledger ledger = full_ledger(), read = read_ledger(to_json(ledger), "c2");
  CHECK(read.same_content(ledger));
  CHECK(read.version == "c2");
}

TEST_CASE("a ledger that was written before heads had a time: each was seen with its slot") {
  json old = json::parse(to_json(full_ledger()));
  for (const char* list : {"grants", "past"})
    for (json& grant : old[list]) grant.erase("pushed");
  const Ledger read = read_ledger(old.dump(), "c1");
  CHECK(read.grants.at(0).pushed == 100);
  CHECK(read.past.at(0).pushed == 90);
}

TEST_CASE("slots that an earlier version passed to no pull request are passed to nobody") {
  json old = json::parse(to_json(full_ledger()));
  old["preferred"] = {0, 8, -1};
  CHECK(read_ledger(old.dump(), "c1").preferred == std::vector<int>{8});
}

/// The next step that the error names; empty: it was read.
std::string hint_for(const std::string& text) {
  try {
    (void)read_ledger(text, "c1");
  } catch (const Error& error) {
    CHECK(error.kind == ErrorKind::github);
    CHECK(std::string(error.what()).starts_with("the gate's ledger "));
    return error.hint;
  }
  return {};
}

TEST_CASE("a ledger with anything missing or of another kind is none, and the next step is named") {
  const std::string older = "docs/emergency.md";
  const json whole = json::parse(to_json(full_ledger()));
  for (const char* text : {"", "{}", "[1", "null", "[]", "\"x\"", "12"})
    CHECK(hint_for(text).find(older) != std::string::npos);
  const std::string text = whole.dump();
  for (std::size_t length = 0; length < text.size(); length += 7)
    CHECK(hint_for(text.substr(0, length)).find(older) != std::string::npos);
  for (const auto& [field, value] : whole.items()) {
    json gone = whole;
    gone.erase(field);
    CHECK(hint_for(gone.dump()) != "");
    json changed = whole;
    changed[field] = value.is_array() ? json::object() : json::array();
    CHECK(hint_for(changed.dump()) != "");
  }
  json flat = whole.flatten();
  flat.erase("/ledger_version");
  for (const auto& [pointer, value] : flat.items()) {
    INFO(pointer);
    const json::json_pointer at(pointer);
    json gone = whole;
    json& parent = gone.at(at.parent_pointer());
    // A list and a map of heads may have less.
    const bool is_needed = !parent.is_array() && at.back() != "pushed" && at.back() != "h8";
    if (is_needed) {
      parent.erase(at.back());
      CHECK(hint_for(gone.dump()) != "");
    }
    for (const json& other : {json(nullptr), json(json::array()), json(1.5), json(-1e300)}) {
      json changed = whole;
      changed.at(at) = other;
      CHECK(hint_for(changed.dump()) != "");
    }
    if (!value.is_number()) continue;
    json changed = whole;
    changed.at(at) = "text";
    CHECK(hint_for(changed.dump()) != "");
  }
}

TEST_CASE("a ledger of a newer schemagate is left to that one") {
  json newer = json::parse(to_json(full_ledger()));
  newer["ledger_version"] = 2;
  newer["grants"] = "elsewhere";
  CHECK(hint_for(newer.dump()).starts_with("take that version in this workflow, too"));
}

}  // namespace
}  // namespace schemagate::gate
