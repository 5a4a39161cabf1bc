// SPDX-License-Identifier: MIT
#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "schema/plan_parts.h"

namespace schemagate::planning {

std::string relation_thing(const QualifiedName& name) {
  return "r:" + name.schema + "." + name.name;
}
std::string column_thing(const QualifiedName& relation, const std::string& column) {
  return "c:" + relation.schema + "." + relation.name + "." + column;
}
std::string column_type_thing(const QualifiedName& relation, const std::string& column) {
  return "ct:" + relation.schema + "." + relation.name + "." + column;
}
std::string not_null_thing(const QualifiedName& relation, const std::string& column) {
  return "nn:" + relation.schema + "." + relation.name + "." + column;
}
std::string constraint_thing(const QualifiedName& relation, const std::string& constraint) {
  return "k:" + relation.schema + "." + relation.name + "." + constraint;
}
/// Without schema: names in expressions are not always resolved.
std::string function_thing(const QualifiedName& name) { return "f:" + name.name; }
std::string schema_thing(const std::string& name) { return "s:" + name; }
std::string object_thing(const std::string& key) { return "o:" + key; }

void append(Things& things, Things more) {
  std::move(more.begin(), more.end(), std::back_inserter(things));
}

Action& Context::add(Rank rank, int change, const std::string& name, std::string sql) {
  Action& action = actions.emplace_back();
  action.rank = rank;
  action.change = change;
  action.name = name;
  if (!sql.empty()) action.statements.push_back({std::move(sql)});
  return action;
}

namespace {

using ActionIndex = std::unordered_map<std::string, std::vector<std::size_t>>;

class Graph {
 public:
  explicit Graph(const std::vector<Action>& actions)
      : actions_(actions), next_(actions.size()), waits_(actions.size()) {
    ActionIndex makers, takers;
    for (std::size_t i = 0; i < actions.size(); ++i) {
      for (const std::string& thing : actions[i].makes) makers[thing].push_back(i);
      for (const std::string& thing : actions[i].takes) takers[thing].push_back(i);
    }
    for (std::size_t i = 0; i < actions.size(); ++i) {
      for (const std::string& thing : actions[i].needs) edges_from(makers, thing, i);
      for (const std::string& thing : actions[i].releases) edges_to(takers, thing, i);
      for (const std::string& thing : actions[i].takes) {
        if (thing.rfind("f:", 0) != 0) edges_to(makers, thing, i);
      }
    }
  }

  std::vector<std::size_t> order() {
    std::set<Key> free, waiting;
    for (std::size_t i = 0; i < actions_.size(); ++i)
      (waits_[i] == 0 ? free : waiting).insert(key(i));
    std::vector<std::size_t> result;
    while (!free.empty() || !waiting.empty()) {
      std::set<Key>& from = free.empty() ? waiting : free;  // a cycle is broken at its lowest rank
      const std::size_t i = std::get<2>(*from.begin());
      from.erase(from.begin());
      waits_[i] = 0;
      result.push_back(i);
      for (const std::size_t follower : next_[i]) {
        if (waits_[follower] == 0 || --waits_[follower] > 0) continue;
        waiting.erase(key(follower));
        free.insert(key(follower));
      }
    }
    return result;
  }

 private:
  using Key = std::tuple<int, std::string, std::size_t>;
  Key key(std::size_t i) const { return {static_cast<int>(actions_[i].rank), actions_[i].name, i}; }

  void edge(std::size_t first, std::size_t second) {
    if (first == second) return;
    next_[first].push_back(second);
    ++waits_[second];
  }
  void edges_from(const ActionIndex& index, const std::string& thing, std::size_t second) {
    const auto found = index.find(thing);
    if (found == index.end()) return;
    for (const std::size_t first : found->second) edge(first, second);
  }
  void edges_to(const ActionIndex& index, const std::string& thing, std::size_t first) {
    const auto found = index.find(thing);
    if (found == index.end()) return;
    for (const std::size_t second : found->second) edge(first, second);
  }

  const std::vector<Action>& actions_;
  std::vector<std::vector<std::size_t>> next_;
  std::vector<std::size_t> waits_;
};

}  // namespace

std::vector<Action> order_actions(std::vector<Action> actions) {
  const std::vector<std::size_t> order = Graph(actions).order();
  std::vector<Action> sorted;
  sorted.reserve(actions.size());
  for (const std::size_t i : order) sorted.push_back(std::move(actions[i]));
  return sorted;
}

}  // namespace schemagate::planning
