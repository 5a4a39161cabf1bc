// SPDX-License-Identifier: MIT
// A map by qualified name, read in the order of the names and looked up by hash: a catalog of
// thousands of tables is asked for a name several times for each statement.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "schema/name.h"

namespace schemagate {

/// A name with its hash, for looking it up in several maps. It does not own the texts.
class HashedName {
 public:
  explicit HashedName(const QualifiedName& name)
      : name_(name.name), hash_of_name_(hash_of(name_) * 31) {
    set_schema(name.schema);
  }
  /// The same name in another schema.
  void set_schema(std::string_view schema) {
    schema_ = schema;
    hash_ = hash_of_name_ + hash_of(schema);
  }
  std::string_view schema() const { return schema_; }
  std::string_view name() const { return name_; }
  std::size_t hash() const { return hash_; }
  QualifiedName qualified() const { return {std::string(schema_), std::string(name_)}; }
  bool is(const QualifiedName& other) const {
    return other.name == name_ && other.schema == schema_;
  }

 private:
  /// Names are short: eight bytes at a time, mixed by multiplication.
  static std::size_t hash_of(std::string_view text) {
    constexpr std::uint64_t odd = 0x9e3779b97f4a7c15;
    std::uint64_t hash = text.size() * odd;
    const auto add = [&](std::size_t at, std::size_t size) {
      std::uint64_t word = 0;
      std::memcpy(&word, text.data() + at, size);
      hash = (hash ^ word) * odd;
      hash ^= hash >> 29;
    };
    std::size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) add(at, 8);
    if (text.size() - at >= 4) {
      add(at, 4);
      at += 4;
    }
    std::uint64_t rest = 0;
    for (; at < text.size(); ++at) rest = rest << 8 | static_cast<unsigned char>(text[at]);
    hash = (hash ^ rest) * odd;
    return hash ^ hash >> 32;
  }

  std::string_view schema_, name_;
  std::size_t hash_of_name_, hash_ = 0;
};

struct NameHash {
  using is_transparent = void;
  std::size_t operator()(const QualifiedName& name) const { return HashedName(name).hash(); }
  std::size_t operator()(const HashedName& name) const { return name.hash(); }
};
struct SameName {
  using is_transparent = void;
  bool operator()(const QualifiedName& a, const QualifiedName& z) const { return a == z; }
  bool operator()(const HashedName& a, const QualifiedName& z) const { return a.is(z); }
};
/// For membership alone: it has no order.
using NameSet = std::unordered_set<QualifiedName, NameHash, SameName>;

/// The part of std::map's interface that the program uses, with its guarantees: references and
/// iterators stay valid until their element goes. With `group`, a member that names what the value
/// belongs to, it also knows the values of each group; that member may not change in its place.
template <class Value, auto group = nullptr>
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
  bool contains(const HashedName& name) const { return slot_of(name) != none; }
  bool contains(const QualifiedName& name) const { return contains(HashedName(name)); }
  std::size_t count(const QualifiedName& name) const { return contains(name) ? 1 : 0; }
  /// The values that belong to `owner`, in the order of their names. Valid until the map changes.
  const std::vector<const Value*>& of(const QualifiedName& owner) const {
    static const std::vector<const Value*> nobody;
    const auto found = groups_.find(owner);
    return found == groups_.end() ? nobody : found->second;
  }
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
    leave_group(found->second);
    found->second = std::forward<Made>(value);
    join_group(found->second);
    return {found, false};
  }
  std::size_t erase(const QualifiedName& name) { return extract(name).empty() ? 0 : 1; }
  iterator erase(const_iterator element) {
    remove(element);
    return sorted_.erase(element);
  }
  node_type extract(const QualifiedName& name) {
    const auto found = find(name);
    if (found == end()) return {};
    remove(found);
    return sorted_.extract(found);
  }
  void clear() {
    sorted_.clear();
    slots_.clear();
    groups_.clear();
    used_ = 0;
  }
  void swap(NameMap& other) noexcept {
    sorted_.swap(other.sorted_);  // iterators follow the elements
    slots_.swap(other.slots_);
    groups_.swap(other.groups_);
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
          wanted.is(slot.element->first))
        return at;
    }
  }
  void add(iterator element) {
    if ((used_ + 1) * 2 > slots_.size()) grow();
    place(element, HashedName(element->first).hash());
    join_group(element->second);
  }
  void place(iterator element, std::size_t hash) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    while (slots_[at].state != State::free) at = (at + 1) & mask;
    slots_[at] = {hash, element, State::taken};
    ++used_;
  }
  /// The slot stays used until all are placed anew, so that names behind it are still found.
  void remove(const_iterator element) {
    const std::size_t at = slot_of(HashedName(element->first));
    if (at != none) slots_[at].state = State::removed;
    leave_group(element->second);
  }
  /// Empty slots, enough for all elements.
  void make_room() {
    std::size_t size = 16;
    while (size < sorted_.size() * 4) size *= 2;
    slots_.assign(size, Slot());
    used_ = 0;
  }
  void grow() {
    const std::vector<Slot> old = std::move(slots_);
    make_room();
    for (const Slot& slot : old)
      if (slot.state == State::taken) place(slot.element, slot.hash);
  }
  void index_all() {
    make_room();
    for (auto element = sorted_.begin(); element != sorted_.end(); ++element) {
      place(element, HashedName(element->first).hash());
      join_group(element->second);
    }
  }

  void join_group(const Value& value) {
    if constexpr (is_grouped) {
      if ((value.*group).empty()) return;
      auto& members = groups_[value.*group];
      members.insert(place_in(members, value), &value);
    }
  }
  void leave_group(const Value& value) {
    if constexpr (is_grouped) {
      if ((value.*group).empty()) return;
      auto& members = groups_[value.*group];
      members.erase(place_in(members, value));
    }
  }
  static auto place_in(std::vector<const Value*>& members, const Value& value) {
    return std::lower_bound(members.begin(), members.end(), value,
                            [](const Value* a, const Value& z) { return a->name < z.name; });
  }

  static constexpr bool is_grouped = !std::is_null_pointer_v<decltype(group)>;

  Sorted sorted_;
  std::vector<Slot> slots_;  ///< open addressing; the size is a power of two, half are free
  std::size_t used_ = 0;     ///< slots that are not free
  std::unordered_map<QualifiedName, std::vector<const Value*>, NameHash, SameName> groups_;
};

}  // namespace schemagate
