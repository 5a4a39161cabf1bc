// SPDX-License-Identifier: MIT
// An optional value on the heap: std::optional where values are large and mostly absent, so that
// the structs that hold them stay small. Copies are deep, as of any value.
#pragma once

#include <memory>
#include <optional>
#include <utility>

namespace schemagate {

template <class T>
class Box {
 public:
  Box() = default;
  Box(std::nullopt_t) {}                                             // NOLINT: as std::optional
  Box(const T& value) : value_(std::make_unique<T>(value)) {}        // NOLINT
  Box(T&& value) : value_(std::make_unique<T>(std::move(value))) {}  // NOLINT
  /// The value that `make` returns, built in its place.
  template <class Make>
  static Box made_by(Make make) {
    Box box;
    box.value_.reset(new T(make()));
    return box;
  }
  Box(const Box& other) : value_(other ? std::make_unique<T>(*other) : nullptr) {}
  Box(Box&&) noexcept = default;
  Box& operator=(const Box& other) {
    value_ = other ? std::make_unique<T>(*other) : nullptr;
    return *this;
  }
  Box& operator=(Box&&) noexcept = default;
  ~Box() = default;

  bool has_value() const { return value_ != nullptr; }
  explicit operator bool() const { return value_ != nullptr; }
  /// Requires: has_value().
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }
  T value_or(T other) const { return value_ == nullptr ? std::move(other) : *value_; }
  void reset() { value_.reset(); }

  friend bool operator==(const Box& a, const Box& b) {
    return a.has_value() == b.has_value() && (!a.has_value() || *a == *b);
  }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace schemagate
