// SPDX-License-Identifier: MIT
// A map by qualified name, read in the order of the names and looked up by hash: a catalog of
// thousands of tables is asked for a name several times for each statement.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "schema/name.h"

namespace schemagate {

/// A name with its hash, for looking it up in several maps.
class HashedName {
 public:
  explicit HashedName(const QualifiedName& name)
      : name_(&name),
        hash_(std::hash<std::string>{}(name.name) * 31 + std::hash<std::string>{}(name.schema)) {}
  const QualifiedName& name() const { return *name_; }
  std::size_t hash() const { return hash_; }

 private:
  const QualifiedName* name_;  ///< not owned
  std::size_t hash_;
};

/// The part of std::map's interface that the program uses, with its guarantees: references and
/// iterators stay valid until their element goes.
template <class Value>
class NameMap {
  using Sorted = std::map<QualifiedName, Value>;

 public:
  using key_type = QualifiedName;
  using mapped_type = Value;
  using value_type = typename Sorted::value_type;
  using iterator = typename Sorted::iterator;
  using const_iterator = typename Sorted::const_iterator;
  using node_type = typename Sorted::node_type;

  NameMap() = default;
  NameMap(const NameMap& other) : sorted_(other.sorted_) { index_all(); }
  NameMap(NameMap&& other) noexcept { swap(other); }
  NameMap& operator=(NameMap other) noexcept {
    swap(other);
    return *this;
  }
  ~NameMap() = default;

  iterator begin() { return sorted_.begin(); }
  iterator end() { return sorted_.end(); }
  const_iterator begin() const { return sorted_.begin(); }
  const_iterator end() const { return sorted_.end(); }
  std::size_t size() const { return sorted_.size(); }
  bool empty() const { return sorted_.empty(); }

  iterator find(const HashedName& wanted) {
    const std::size_t slot = slot_of(wanted);
    return slot == none ? sorted_.end() : slots_[slot].element;
  }
  const_iterator find(const HashedName& wanted) const {
    const std::size_t slot = slot_of(wanted);
    return slot == none ? sorted_.end() : const_iterator(slots_[slot].element);
  }
  iterator find(const QualifiedName& name) { return find(HashedName(name)); }
  const_iterator find(const QualifiedName& name) const { return find(HashedName(name)); }
  const_iterator lower_bound(const QualifiedName& name) const { return sorted_.lower_bound(name); }
  bool contains(const QualifiedName& name) const { return slot_of(HashedName(name)) != none; }
  std::size_t count(const QualifiedName& name) const { return contains(name) ? 1 : 0; }
  /// Throws std::out_of_range, as std::map does.
  Value& at(const QualifiedName& name) { return const_cast<Value&>(std::as_const(*this).at(name)); }
  const Value& at(const QualifiedName& name) const {
    const auto found = find(name);
    return found == end() ? sorted_.at(name) : found->second;
  }
  Value& operator[](const QualifiedName& name) { return emplace(name, Value()).first->second; }

  template <class Made>
  std::pair<iterator, bool> emplace(const QualifiedName& name, Made&& value) {
    const auto result = sorted_.try_emplace(name, std::forward<Made>(value));
    if (result.second) add(result.first);
    return result;
  }
  std::pair<iterator, bool> insert(value_type value) {
    return emplace(value.first, std::move(value.second));
  }
  template <class Made>
  std::pair<iterator, bool> insert_or_assign(const QualifiedName& name, Made&& value) {
    const auto found = find(name);
    if (found == end()) return emplace(name, std::forward<Made>(value));
    found->second = std::forward<Made>(value);
    return {found, false};
  }
  std::size_t erase(const QualifiedName& name) { return extract(name).empty() ? 0 : 1; }
  iterator erase(const_iterator element) {
    remove(HashedName(element->first));
    return sorted_.erase(element);
  }
  node_type extract(const QualifiedName& name) {
    const auto found = find(name);
    if (found == end()) return {};
    remove(HashedName(found->first));
    return sorted_.extract(found);
  }
  void clear() {
    sorted_.clear();
    slots_.clear();
    used_ = 0;
  }
  void swap(NameMap& other) noexcept {
    sorted_.swap(other.sorted_);  // iterators follow the elements
    slots_.swap(other.slots_);
    std::swap(used_, other.used_);
  }

 private:
  enum class State : std::uint8_t { free, taken, removed };
  struct Slot {
    std::size_t hash = 0;
    iterator element;
    State state = State::free;
  };
  static constexpr std::size_t none = SIZE_MAX;

  std::size_t slot_of(const HashedName& wanted) const {
    if (slots_.empty()) return none;
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = wanted.hash() & mask;; at = (at + 1) & mask) {
      const Slot& slot = slots_[at];
      if (slot.state == State::free) return none;
      if (slot.state == State::taken && slot.hash == wanted.hash() &&
          slot.element->first == wanted.name())
        return at;
    }
  }
  void add(iterator element) {
    if ((used_ + 1) * 2 > slots_.size()) {
      index_all();  // counts the new element too
    } else {
      place(element);
    }
  }
  void place(iterator element) {
    const std::size_t mask = slots_.size() - 1, hash = HashedName(element->first).hash();
    std::size_t at = hash & mask;
    while (slots_[at].state != State::free) at = (at + 1) & mask;
    slots_[at] = {hash, element, State::taken};
    ++used_;
  }
  /// The slot stays used until all are placed anew, so that names behind it are still found.
  void remove(const HashedName& name) {
    const std::size_t at = slot_of(name);
    if (at != none) slots_[at].state = State::removed;
  }
  void index_all() {
    std::size_t size = 16;
    while (size < sorted_.size() * 4) size *= 2;
    slots_.assign(size, Slot());
    used_ = 0;
    for (auto element = sorted_.begin(); element != sorted_.end(); ++element) place(element);
  }

  Sorted sorted_;
  std::vector<Slot> slots_;  ///< open addressing; the size is a power of two, half are free
  std::size_t used_ = 0;     ///< slots that are not free
};

}  // namespace schemagate
