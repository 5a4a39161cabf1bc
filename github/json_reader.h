// SPDX-License-Identifier: MIT
// Reads JSON that others wrote, field by field. What is missing or of another kind is an Error that
// names the field: "pull_request.head.sha is not a text". Null is the same as missing.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace schemagate::github {

/// A value inside a document, which must outlive it.
class JsonView {
 public:
  bool has(std::string_view name) const;
  /// The object or array in that field; throws when it is missing.
  JsonView at(std::string_view name) const;
  std::optional<JsonView> find(std::string_view name) const;

  std::string text(std::string_view name) const;
  /// The id of a git object: 40 or 64 hexadecimal digits.
  std::string id(std::string_view name) const;
  std::int64_t number(std::string_view name) const;
  /// The number of a pull request or an issue: from 1.
  int number_from_one(std::string_view name) const;
  bool truth(std::string_view name) const;
  /// … or this when the field is missing; still throws when it is of another kind.
  std::string text_or(std::string_view name, std::string_view otherwise) const;
  std::int64_t number_or(std::string_view name, std::int64_t otherwise) const;
  bool truth_or(std::string_view name, bool otherwise) const;

  bool is_array() const;
  /// The elements of an array; throws when it is none.
  std::vector<JsonView> elements() const;
  /// The value itself when it is a text, else nothing.
  std::optional<std::string> as_text() const;
  /// The fields of an object whose values are texts, numbers or truths, as texts.
  std::map<std::string, std::string> scalars() const;

 private:
  friend class JsonDocument;
  struct Node;
  JsonView(const Node* node, std::string path) : node_(node), path_(std::move(path)) {}
  const Node* field(std::string_view name) const;
  std::string path_of(std::string_view name) const;

  const Node* node_;
  std::string path_;  ///< "pull_request.head"; empty at the root
};

class JsonDocument {
 public:
  /// `what` begins the messages: "the event's payload". Throws Error{github}.
  JsonDocument(std::string_view text, std::string_view what);
  ~JsonDocument();
  JsonDocument(JsonDocument&&) noexcept;
  JsonView root() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace schemagate::github
