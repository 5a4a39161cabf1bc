// SPDX-License-Identifier: MIT
#include "github/json_reader.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace schemagate::github {

using nlohmann::json;

namespace {

/// JsonView::Node is never defined: a pointer to one is a pointer to json under another name, so
/// that the header needs no foreign one.
template <class Node>
const json& json_of(const Node* node) {
  return *reinterpret_cast<const json*>(node);
}

/// Payloads of GitHub are about ten levels deep.
constexpr int max_depth = 100;

json parse(std::string_view text, std::string_view what) {
  bool too_deep = false;
  const auto shallow = [&](int depth, json::parse_event_t, json&) {
    if (depth > max_depth) too_deep = true;
    return !too_deep;
  };
  try {
    auto value = json::parse(text, shallow);
    if (!too_deep) return value;
  } catch (const json::exception&) {
    if (!too_deep) throw Error(ErrorKind::github, fmt::format("{} is not JSON", what));
  }
  throw Error(ErrorKind::github, fmt::format("{} is nested too deeply", what));
}

[[noreturn]] void wrong(const std::string& path, std::string_view kind) {
  throw Error(ErrorKind::github, fmt::format("{} is not {}", path, kind));
}

}  // namespace

struct JsonDocument::Impl {
  json value;
  std::string what;
};

JsonDocument::JsonDocument(std::string_view text, std::string_view what)
    : impl_(new Impl{parse(text, what), std::string(what)}) {}
JsonDocument::~JsonDocument() = default;
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;

JsonView JsonDocument::root() const {
  return {reinterpret_cast<const JsonView::Node*>(&impl_->value), impl_->what + ":"};
}

std::string JsonView::path_of(std::string_view name) const {
  return path_.ends_with(':') ? fmt::format("{} {}", path_, name)
                              : fmt::format("{}.{}", path_, name);
}

const JsonView::Node* JsonView::field(std::string_view name) const {
  const json& value = json_of(node_);
  if (!value.is_object()) {
    wrong(path_.ends_with(':') ? path_.substr(0, path_.size() - 1) : path_, "an object");
  }
  const auto found = value.find(name);
  if (found == value.end() || found->is_null()) return nullptr;
  return reinterpret_cast<const Node*>(&*found);
}

bool JsonView::has(std::string_view name) const { return field(name) != nullptr; }

std::optional<JsonView> JsonView::find(std::string_view name) const {
  const auto* node = field(name);
  if (node == nullptr) return std::nullopt;
  return JsonView(node, path_of(name));
}

JsonView JsonView::at(std::string_view name) const {
  auto found = find(name);
  if (!found) throw Error(ErrorKind::github, fmt::format("{} is missing", path_of(name)));
  return *std::move(found);
}

std::string JsonView::text(std::string_view name) const {
  const auto value = at(name);
  if (!json_of(value.node_).is_string()) wrong(value.path_, "a text");
  return json_of(value.node_).get<std::string>();
}

std::string JsonView::id(std::string_view name) const {
  auto value = text(name);
  const bool hex = value.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!hex || (value.size() != 40 && value.size() != 64))
    wrong(path_of(name), "the id of an object");
  return value;
}

std::int64_t JsonView::number(std::string_view name) const {
  const auto value = at(name);
  if (!json_of(value.node_).is_number_integer()) wrong(value.path_, "a whole number");
  return json_of(value.node_).get<std::int64_t>();
}

int JsonView::number_from_one(std::string_view name) const {
  const std::int64_t value = number(name);
  if (value < 1 || value > std::numeric_limits<int>::max())
    wrong(path_of(name), fmt::format("a number that GitHub gives: {}", value));
  return static_cast<int>(value);
}

bool JsonView::truth(std::string_view name) const {
  const auto value = at(name);
  if (!json_of(value.node_).is_boolean()) wrong(value.path_, "true or false");
  return json_of(value.node_).get<bool>();
}

std::string JsonView::text_or(std::string_view name, std::string_view otherwise) const {
  return has(name) ? text(name) : std::string(otherwise);
}

std::int64_t JsonView::number_or(std::string_view name, std::int64_t otherwise) const {
  return has(name) ? number(name) : otherwise;
}

bool JsonView::truth_or(std::string_view name, bool otherwise) const {
  return has(name) ? truth(name) : otherwise;
}

bool JsonView::is_array() const { return json_of(node_).is_array(); }

std::optional<std::string> JsonView::as_text() const {
  const json& value = json_of(node_);
  if (!value.is_string()) return std::nullopt;
  return value.get<std::string>();
}

std::vector<JsonView> JsonView::elements() const {
  const json& value = json_of(node_);
  if (!value.is_array()) {
    wrong(path_.ends_with(':') ? path_.substr(0, path_.size() - 1) : path_, "an array");
  }
  std::vector<JsonView> all;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const json& element = value[i];
    all.push_back({reinterpret_cast<const Node*>(&element), fmt::format("{}[{}]", path_, i)});
  }
  return all;
}

std::map<std::string, std::string> JsonView::scalars() const {
  std::map<std::string, std::string> all;
  for (const auto& [name, value] : json_of(node_).items()) {
    if (value.is_string()) {
      all[name] = value.get<std::string>();
    } else if (value.is_number() || value.is_boolean()) {
      all[name] = value.dump();
    }
  }
  return all;
}

}  // namespace schemagate::github
