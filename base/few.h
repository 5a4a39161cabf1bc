// SPDX-License-Identifier: MIT
// A std::vector that takes one pointer as long as it is empty: for members that mostly are.
#pragma once

#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

namespace schemagate {

/// The part of std::vector's interface that the program uses; reads as a std::vector where one is
/// asked for.
template <class T>
class Few {
  using Vector = std::vector<T>;

 public:
  using value_type = T;
  using iterator = T*;
  using const_iterator = const T*;

  Few() = default;
  Few(std::initializer_list<T> items) : Few(Vector(items)) {}
  Few(Vector items) {  // NOLINT: as a vector
    if (!items.empty()) items_ = std::make_unique<Vector>(std::move(items));
  }
  Few(const Few& other) {
    if (!other.empty()) items_ = std::make_unique<Vector>(*other.items_);
  }
  Few(Few&&) noexcept = default;
  Few& operator=(const Few& other) {
    if (this != &other) *this = Few(other);
    return *this;
  }
  Few& operator=(Few&&) noexcept = default;
  ~Few() = default;

  operator const Vector&() const {  // NOLINT: as a vector
    static const Vector none;
    return items_ ? *items_ : none;
  }

  bool empty() const { return !items_ || items_->empty(); }
  std::size_t size() const { return items_ ? items_->size() : 0; }
  iterator begin() { return items_ ? items_->data() : nullptr; }
  iterator end() { return begin() + size(); }
  const_iterator begin() const { return items_ ? items_->data() : nullptr; }
  const_iterator end() const { return begin() + size(); }
  T& operator[](std::size_t at) { return (*items_)[at]; }
  const T& operator[](std::size_t at) const { return (*items_)[at]; }
  T& at(std::size_t index) { return vector().at(index); }
  const T& at(std::size_t index) const { return static_cast<const Vector&>(*this).at(index); }
  /// Requires: not empty.
  T& front() { return items_->front(); }
  const T& front() const { return items_->front(); }
  T& back() { return items_->back(); }
  const T& back() const { return items_->back(); }

  void push_back(T item) { vector().push_back(std::move(item)); }
  template <class... Arguments>
  T& emplace_back(Arguments&&... arguments) {
    return vector().emplace_back(std::forward<Arguments>(arguments)...);
  }
  void pop_back() { items_->pop_back(); }
  void clear() { items_.reset(); }
  template <class Iterator>
  void insert(const_iterator before, Iterator first, Iterator last) {
    const auto at = before - begin();
    vector().insert(vector().begin() + at, first, last);
  }
  iterator insert(const_iterator before, T item) {
    const auto at = before - begin();
    vector().insert(vector().begin() + at, std::move(item));
    return begin() + at;
  }
  iterator erase(const_iterator first, const_iterator last) {
    const auto at = first - begin();
    if (first != last) items_->erase(items_->begin() + at, items_->begin() + (last - begin()));
    return begin() + at;
  }
  iterator erase(const_iterator item) { return erase(item, item + 1); }

  friend bool operator==(const Few& a, const Few& b) {
    return static_cast<const Vector&>(a) == static_cast<const Vector&>(b);
  }

 private:
  Vector& vector() {
    if (!items_) items_ = std::make_unique<Vector>();
    return *items_;
  }

  std::unique_ptr<Vector> items_;
};

}  // namespace schemagate
