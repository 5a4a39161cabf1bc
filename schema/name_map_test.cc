// SPDX-License-Identifier: MIT
#include "schema/name_map.h"

#include <catch2/catch_test_macros.hpp>
#include <random>

namespace schemagate {
namespace {

/// What a NameMap must agree with after any sequence of changes.
using Model = std::map<QualifiedName, int>;

void check_same(const NameMap<int>& map, const Model& model, const QualifiedName& asked) {
  REQUIRE(map.size() == model.size());
  REQUIRE(map.count(asked) == model.count(asked));
  const auto found = map.find(asked);
  REQUIRE((found == map.end()) == (model.count(asked) == 0));
  if (found != map.end()) REQUIRE(found->second == model.at(asked));
}

TEST_CASE("a map by name answers as a sorted map does, whatever is done to it") {
  std::mt19937 random(7);
  NameMap<int> map;
  Model model;
  for (int step = 0; step < 20'000; ++step) {
    const QualifiedName name{random() % 2 == 0 ? "public" : "audit",
                             "t" + std::to_string(random() % 300)};
    switch (random() % 6) {
      case 0:
        CHECK(map.emplace(name, step).second == model.emplace(name, step).second);
        break;
      case 1:
        map.insert_or_assign(name, step);
        model.insert_or_assign(name, step);
        break;
      case 2:
        CHECK(map.erase(name) == model.erase(name));
        break;
      case 3:
        CHECK(map.extract(name).empty() == (model.erase(name) == 0));
        break;
      case 4:
        map[name] = step;
        model[name] = step;
        break;
      default:
        if (step % 500 == 0) map = NameMap<int>(map);  // a copy has an index of its own
    }
    check_same(map, model, name);
  }
  CHECK(std::equal(map.begin(), map.end(), model.begin(), model.end()));
  const NameMap<int> copy = map;
  map.clear();
  CHECK(map.find(model.begin()->first) == map.end());
  CHECK(copy.at(model.begin()->first) == model.begin()->second);
  CHECK_THROWS_AS(copy.at({"public", "nobody"}), std::out_of_range);
}

struct Owned {
  QualifiedName name, owner;
};
using OwnedMap = NameMap<Owned, &Owned::owner>;

/// As `map` would answer if it looked at all its values.
std::vector<std::string> names_of(const std::map<QualifiedName, QualifiedName>& owners,
                                  const QualifiedName& owner) {
  std::vector<std::string> names;
  for (const auto& [name, of] : owners)
    if (of == owner) names.push_back(to_sql(name));
  return names;
}

TEST_CASE("a map by name with groups knows what belongs to whom, whatever is done to it") {
  std::mt19937 random(7);
  OwnedMap map;
  std::map<QualifiedName, QualifiedName> model;
  const auto draw = [&](const char* letter, unsigned most) {
    return QualifiedName{"public", letter + std::to_string(random() % most)};
  };
  for (int step = 0; step < 20'000; ++step) {
    const QualifiedName name = draw("i", 100), owner = draw("t", 10);
    switch (random() % 5) {
      case 0:
        map.emplace(name, Owned{name, owner});
        model.emplace(name, owner);
        break;
      case 1:
        map.insert_or_assign(name, Owned{name, owner});
        model.insert_or_assign(name, owner);
        break;
      case 2:
        map.erase(name);
        model.erase(name);
        break;
      case 3:
        if (!map.empty()) model.erase(map.begin()->first);
        if (!map.empty()) map.erase(map.begin());
        break;
      default:
        if (step % 500 == 0) map = OwnedMap(map);  // a copy points to values of its own
    }
    std::vector<std::string> names;
    for (const Owned* value : map.of(owner)) {
      REQUIRE(value == &map.at(value->name));
      names.push_back(to_sql(value->name));
    }
    REQUIRE(names == names_of(model, owner));
  }
  OwnedMap moved = std::move(map);
  CHECK_FALSE(moved.of(model.begin()->second).empty());
  moved.clear();
  CHECK(moved.of(model.begin()->second).empty());
}

TEST_CASE("what names no owner belongs to nobody") {
  OwnedMap map;
  map.emplace({"public", "i"}, Owned{{"public", "i"}, {}});
  CHECK(map.of({}).empty());
  map.erase({"public", "i"});
  CHECK(map.empty());
}

}  // namespace
}  // namespace schemagate
