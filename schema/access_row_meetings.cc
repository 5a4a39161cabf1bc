// SPDX-License-Identifier: MIT
// Where two sides meet about rows, in words.
#include <fmt/format.h>

#include <algorithm>

#include "schema/access_row_keys.h"

namespace schemagate {
namespace rows {
namespace {

std::string object_of(const AccessKey& met) {
  const std::string name = met.substr(met.find(':') + 1);
  return name.substr(0, name.find(" ("));
}

bool is_of_column(const AccessKey& met) {
  for (const std::string_view kind : {values, given, empty, defaulted, identity})
    if (met.starts_with(kind)) return true;
  return false;
}

std::string relation_of_key(const AccessKey& met) {
  const std::string name = object_of(met);
  return is_of_column(met) ? name.substr(0, name.rfind('.')) : name;
}

std::string what_of(const AccessKey& met) {
  if (met.starts_with(added)) return "adds rows";
  if (met.starts_with(removed)) return "removes rows";
  if (met.starts_with(sequence)) return "sets the value";
  return "changes values";
}

const AccessKey* first_shared(const std::set<AccessKey>& one, const std::set<AccessKey>& other,
                              const std::set<std::string>& known = {}) {
  for (const AccessKey& met : one)
    if (other.count(met) != 0 && known.count(relation_of_key(met)) == 0) return &met;
  return nullptr;
}

// ---- one row, or two

/// The values of the columns that are literals on both sides, row by row.
std::set<std::vector<std::string>> literals_of(const KeyedRows& rows,
                                               const std::vector<std::size_t>& places) {
  std::set<std::vector<std::string>> all;
  for (std::size_t row = 0; row < rows.columns[places.front()].literals.size(); ++row) {
    std::vector<std::string> one;
    for (const std::size_t place : places) {
      const auto& literals = rows.columns[place].literals;
      if (row < literals.size()) one.push_back(literals[row]);
    }
    all.insert(std::move(one));
  }
  return all;
}

bool are_apart(const KeyedRows& one, const KeyedRows& other) {
  using Kind = KeyColumn::Kind;
  if (one.columns.size() != other.columns.size()) return false;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < one.columns.size(); ++i) {
    const Kind mine = one.columns[i].kind, yours = other.columns[i].kind;
    const auto is_either = [&](Kind kind) { return mine == kind || yours == kind; };
    if (is_either(Kind::empty) || is_either(Kind::fresh)) return true;
    if (mine == Kind::drawn && yours == Kind::drawn) return true;
    if (mine == Kind::literal && yours == Kind::literal) places.push_back(i);
  }
  if (places.empty()) return false;
  const auto mine = literals_of(one, places), yours = literals_of(other, places);
  return std::none_of(mine.begin(), mine.end(),
                      [&](const auto& values_of_row) { return yours.count(values_of_row) != 0; });
}

const AccessKey* shared_key(const RowAccess& ours, const RowAccess& theirs,
                            const std::set<std::string>& known) {
  for (const KeyedRows& one : ours.keys)
    for (const KeyedRows& other : theirs.keys)
      if (one.key == other.key && known.count(relation_of_key(one.key)) == 0 &&
          !are_apart(one, other))
        return &one.key;
  return nullptr;
}

// ---- a change and statements

/// What the change does to `met`, which statements rely on.
std::string relied_on(const AccessKey& met, std::string_view changing, std::string_view working) {
  const std::string relying = fmt::format("a migration of {}", working);
  if (met.starts_with(fires))
    return fmt::format("{} changes what runs when {} writes rows", changing, relying);
  if (met.starts_with(function))
    return fmt::format("{} changes a function that runs when {} works on rows", changing, relying);
  if (met.starts_with(defaulted) || met.starts_with(identity))
    return fmt::format("{} changes what the column gets by itself where {} writes rows", changing,
                       relying);
  if (met.starts_with(unique))
    return fmt::format("{} changes a unique key that {} looks for rows in the way by", changing,
                       relying);
  if (met.starts_with(policies))
    return fmt::format("{} changes who sees which rows where {} works on some", changing, relying);
  if (met.starts_with(cataloged))
    return fmt::format("{} changes what {} looks for in the server's catalog", changing, relying);
  if (met.starts_with(members))
    return fmt::format("{} changes whose rows those are that {} works on", changing, relying);
  return fmt::format("{} changes what {} works on", changing, relying);
}

/// What the statements do to rows that the change looks at.
std::string looked_at(const AccessKey& met, std::string_view changing, std::string_view working) {
  if (met == any_text || met == any_trigger_text)
    return fmt::format(
        "a migration of {} runs text that is made when it runs: it may mean what {} "
        "changes",
        working, changing);
  const std::string does = met.starts_with(added)       ? "adds rows"
                           : met.starts_with(removed)   ? "removes rows"
                           : met.starts_with(truncated) ? "truncates a table"
                           : met.starts_with(empty)     ? "may leave values empty"
                                                        : "writes values";
  const std::string_view looks = met.starts_with(truncated) ? "refers to" : "looks at";
  return fmt::format("a migration of {} {} that {}'s change {}", working, does, changing, looks);
}

}  // namespace
}  // namespace rows

namespace rows {
namespace {

std::vector<RowMeeting> meetings_between(const RowAccess& ours, const RowAccess& theirs) {
  const std::string statement = "a statement of a migration";
  std::vector<RowMeeting> found;
  std::set<std::string> known;
  const auto meet = [&](const AccessKey& met, std::string reason) {
    known.insert(relation_of_key(met));
    found.push_back({object_of(met), statement, statement, std::move(reason)});
  };
  const auto all = [&](const std::set<AccessKey>& one, const std::set<AccessKey>& other,
                       const auto& says) {
    while (const AccessKey* met = first_shared(one, other, known)) meet(*met, says(*met));
  };
  while (const AccessKey* met = shared_key(ours, theirs, known))
    meet(*met, "both may insert a row with one unique key");
  all(ours.writes, theirs.writes, [](const AccessKey& met) -> std::string {
    return met.starts_with(sequence) ? "both set it" : "migrations of both change its rows";
  });
  for (const auto* set : {&theirs.writes, &theirs.signals})
    all(*set, ours.reads, [](const AccessKey& met) {
      return fmt::format("a migration of the base {} that one of the pull request reads",
                         what_of(met));
    });
  for (const auto* set : {&ours.writes, &ours.signals})
    all(*set, theirs.reads, [](const AccessKey& met) {
      return fmt::format("a migration of the pull request {} that one of the base reads",
                         what_of(met));
    });
  for (const auto& [one, other] : {std::pair{&ours, &theirs}, std::pair{&theirs, &ours}}) {
    const bool works = !other->writes.empty() || !other->signals.empty() || !other->reads.empty();
    if (one->writes.count(any_rows) != 0 && works && found.empty())
      meet(any_rows, "a block runs text that is made when it runs: it may mean rows of the other");
  }
  return found;
}

/// A unique key by which no row is both's.
const AccessKey* key_apart(const KeptRows& ours, const KeptRows& theirs) {
  for (const auto& [name, mine] : ours.keys) {
    const auto yours = theirs.keys.find(name);
    if (yours == theirs.keys.end()) continue;
    if (std::none_of(mine.begin(), mine.end(),
                     [&](const auto& row) { return yours->second.count(row) != 0; }))
      return &name;
  }
  return nullptr;
}

/// What is left of it for who works on other rows of the table: its other unique keys.
RowAccess elsewhere(RowAccess access, const std::string& relation, const AccessKey& apart) {
  const auto is_here = [&](const AccessKey& one) { return relation_of_key(one) == relation; };
  for (auto* set : {&access.writes, &access.signals, &access.reads}) std::erase_if(*set, is_here);
  std::erase_if(access.keys, [&](const KeyedRows& one) { return one.key == apart; });
  return access;
}

bool all_apart(const SideRows& ours, const SideRows& theirs) {
  if (!meetings_between(ours.loose, theirs.all).empty()) return false;
  for (const auto& [mine, my_access] : ours.kept) {
    if (!meetings_between(my_access, theirs.loose).empty()) return false;
    for (const auto& [yours, your_access] : theirs.kept) {
      const AccessKey* apart = mine.relation == yours.relation ? key_apart(mine, yours) : nullptr;
      const auto met = apart == nullptr
                           ? meetings_between(my_access, your_access)
                           : meetings_between(elsewhere(my_access, mine.relation, *apart),
                                              elsewhere(your_access, yours.relation, *apart));
      if (!met.empty()) return false;
    }
  }
  return true;
}

}  // namespace
}  // namespace rows

std::vector<RowMeeting> meetings_of(const SideRows& ours, const SideRows& theirs) {
  auto found = rows::meetings_between(ours.all, theirs.all);
  const bool may_be_apart = !found.empty() && !ours.kept.empty() && !theirs.kept.empty();
  if (may_be_apart && rows::all_apart(ours, theirs)) found.clear();
  return found;
}

std::optional<ChangeMeeting> meeting_of(const RowAccess& change, std::string_view changing,
                                        const RowAccess& statements, std::string_view working) {
  using namespace rows;
  for (const auto* set : {&change.writes, &change.signals})
    if (const AccessKey* met = first_shared(*set, statements.reads))
      return ChangeMeeting{object_of(*met), relied_on(*met, changing, working)};
  for (const auto* set : {&statements.writes, &statements.signals})
    if (const AccessKey* met = first_shared(*set, change.reads))
      return ChangeMeeting{object_of(*met), looked_at(*met, changing, working)};
  if (const AccessKey* met = first_shared(change.writes, statements.writes))
    return ChangeMeeting{object_of(*met), relied_on(*met, changing, working)};
  return std::nullopt;
}

}  // namespace schemagate
