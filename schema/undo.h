// SPDX-License-Identifier: MIT
// What puts a catalog back to an earlier moment: for ROLLBACK, and for a statement that is refused
// after it has changed something. Only what was saved before a change is put back.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "schema/catalog.h"

namespace schemagate {

class Undo {
 public:
  /// Remembers the value of `map` at `key`, or that there is none.
  template <class Map>
  void save(Map Catalog::*map, const Catalog& catalog, const typename Map::key_type& key) {
    const auto found = (catalog.*map).find(key);
    if (found == (catalog.*map).end()) {
      steps_.push_back([map, key](Catalog& to) { (to.*map).erase(key); });
    } else {
      restore(map, key, found->second);
    }
  }

  /// Remembers `value` as what `map` had at `key`, for an object that was taken out of it.
  template <class Map>
  void restore(Map Catalog::*map, const typename Map::key_type& key,
               typename Map::mapped_type value) {
    steps_.push_back(
        [map, key, old = std::move(value)](Catalog& to) { (to.*map).insert_or_assign(key, old); });
  }

  void add(std::function<void(Catalog&)> step) { steps_.push_back(std::move(step)); }

  std::size_t mark() const { return steps_.size(); }
  void roll_back_to(std::size_t mark, Catalog& catalog) {
    while (steps_.size() > mark) {
      steps_.back()(catalog);
      steps_.pop_back();
    }
  }
  void forget() { steps_.clear(); }

 private:
  std::vector<std::function<void(Catalog&)>> steps_;
};

}  // namespace schemagate
