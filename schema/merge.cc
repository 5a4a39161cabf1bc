// SPDX-License-Identifier: MIT
#include "schema/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <set>
#include <tuple>

#include "schema/access_rows.h"
#include "schema/impact.h"
#include "schema/merge_work.h"
#include "schema/parse.h"

namespace schemagate {
namespace {

using merging::PassingChange;
using merging::SideWork;

std::string described(const Change& change) {
  return fmt::format("{} {}", to_string(change.kind), change.object);
}

bool same_change(const Change& one, const Change& two) {
  return one.kind == two.kind && one.object == two.object && one.detail == two.detail &&
         one.part == two.part && one.after == two.after;
}

/// Whether `key` is in `keys`; a write of everything meets whatever there is.
bool meets(const std::set<AccessKey>& keys, const AccessKey& key) {
  return keys.count(key) != 0 || (key == everything && !keys.empty());
}

std::optional<AccessKey> first_common(const std::set<AccessKey>& writes,
                                      const std::set<AccessKey>& others) {
  for (const AccessKey& key : writes)
    if (meets(others, key)) return key;
  return std::nullopt;
}

bool begins_with(ChangeKind kind, std::string_view word) {
  return to_string(kind).starts_with(word);
}

/// Both write `key`.
std::string reason_of_writes(const Change& ours, const Change& theirs) {
  if (same_change(ours, theirs)) return "the base has made the same change already";
  if (begins_with(ours.kind, "add-") && begins_with(theirs.kind, "add-"))
    return "both add something of that name";
  if (begins_with(theirs.kind, "drop-")) return "the base drops it, the pull request changes it";
  if (begins_with(ours.kind, "drop-")) return "the pull request drops it, the base changes it";
  if (begins_with(theirs.kind, "rename-"))
    return "the base renames it, the pull request changes it";
  if (begins_with(ours.kind, "rename-")) return "the pull request renames it, the base changes it";
  return "both change it";
}

std::string verb(const Change& change) {
  for (const auto& [word, says] :
       {std::pair{"drop-", "drops"}, {"rename-", "renames"}, {"add-", "adds"}})
    if (begins_with(change.kind, word)) return says;
  return "changes";
}

/// One side changes what the other relies on.
std::string reason_of_reads(const AccessKey& key, std::string_view changing, const Change& change,
                            std::string_view relying) {
  if (is_requirement(key))
    return fmt::format("{} makes a value compulsory that new rows of {} leave out", changing,
                       relying);
  if (is_restriction(key))
    return fmt::format("{} restricts values that {} writes", changing, relying);
  if (is_fired(key))
    return fmt::format("{} {} what runs when {} writes rows", changing, verb(change), relying);
  if (is_bare_name(key))
    return fmt::format("{} has another relation of a name that {} finds by the search path",
                       changing, relying);
  return fmt::format("{} {} what {} relies on", changing, verb(change), relying);
}

/// Where the changes of the two sides meet: a row for each pair, by what they have in common.
class Meeting {
 public:
  Meeting(const std::vector<Change>& ours, const std::vector<ChangeAccess>& our_access,
          const std::vector<Change>& theirs, const std::vector<ChangeAccess>& their_access)
      : ours_(ours), our_access_(our_access), theirs_(theirs), their_access_(their_access) {}

  std::vector<Interaction> find() {
    for (std::size_t i = 0; i < ours_.size(); ++i)
      for (std::size_t j = 0; j < theirs_.size(); ++j) pair(i, j);
    return std::move(found_);
  }

 private:
  void pair(std::size_t i, std::size_t j) {
    const ChangeAccess &mine = our_access_[i], &other = their_access_[j];
    if (const auto key = first_common(mine.writes, other.writes))
      return add(*key, i, j, reason_of_writes(ours_[i], theirs_[j]));
    if (const auto key = first_common(other.writes, mine.writes))
      return add(*key, i, j, reason_of_writes(ours_[i], theirs_[j]));
    for (const auto* changed : {&other.writes, &other.signals})
      if (const auto key = first_common(*changed, mine.reads))
        return add(*key, i, j, reason_of_reads(*key, "the base", theirs_[j], "the pull request"),
                   theirs_[j].object);
    for (const auto* changed : {&mine.writes, &mine.signals})
      if (const auto key = first_common(*changed, other.reads))
        return add(
            *key, i, j,
            is_requirement(*key) || is_bare_name(*key)
                ? reason_of_reads(*key, "the pull request", ours_[i], "the base")
                : fmt::format("the pull request {} what the base now relies on", verb(ours_[i])),
            ours_[i].object);
  }

  /// The key names what is met, a relation or a part of one; otherwise `changed` does.
  void add(const AccessKey& key, std::size_t i, std::size_t j, std::string reason,
           std::string changed = {}) {
    const bool is_named = key.starts_with("r:") || key.starts_with("c:") || changed.empty();
    if (key == everything) changed = theirs_[j].object;
    found_.push_back({is_named && key != everything ? to_words(key) : changed, described(ours_[i]),
                      described(theirs_[j]), std::move(reason)});
  }

  const std::vector<Change>& ours_;
  const std::vector<ChangeAccess>& our_access_;
  const std::vector<Change>& theirs_;
  const std::vector<ChangeAccess>& their_access_;
  std::vector<Interaction> found_;
};

/// That the change meets something has been said.
bool is_known(const Change& change, bool is_theirs, const std::vector<Interaction>& found) {
  return std::any_of(found.begin(), found.end(), [&](const Interaction& row) {
    return (is_theirs ? row.theirs : row.ours) == described(change);
  });
}

/// The changes of a side, with those on the way.
struct AllChanges {
  std::vector<Change> changes;
  std::vector<ChangeAccess> access;
};
AllChanges with_passing(const std::vector<Change>& changes, const std::vector<ChangeAccess>& access,
                        const std::vector<PassingChange>& passing) {
  AllChanges all{changes, access};
  for (const PassingChange& one : passing) {
    all.changes.push_back(one.change);
    all.access.push_back(one.names);
  }
  return all;
}

/// What takes values along, even if all looks the same again.
std::vector<PassingChange> losing(const std::vector<PassingChange>& passing) {
  std::vector<PassingChange> found;
  std::copy_if(passing.begin(), passing.end(), std::back_inserter(found),
               [](const PassingChange& one) {
                 return one.change.kind == ChangeKind::drop_column ||
                        one.change.kind == ChangeKind::drop_table;
               });
  return found;
}

/// Statements of one side against the changes of the other.
void add_statements(const SideWork& work, const AllChanges& all, bool are_ours,
                    std::vector<Interaction>& found) {
  const auto& [changes, access] = all;
  for (std::size_t at = 0; at < work.statements.size(); ++at) {
    const StatementUse& use = work.statements[at];
    const ChangeAccess& statement = work.relied[at];
    for (std::size_t i = 0; i < changes.size(); ++i) {
      auto key = first_common(access[i].writes, statement.reads);
      if (!key) key = first_common(access[i].signals, statement.reads);
      if (!key || (use.changes_schema && is_known(changes[i], are_ours, found))) continue;
      Interaction row{to_words(*key), "", "", ""};
      (are_ours ? row.theirs : row.ours) = described(changes[i]);
      (are_ours ? row.ours : row.theirs) = "a statement of a migration";
      row.reason =
          are_ours
              ? reason_of_reads(*key, "the base", changes[i], "a migration of the pull request")
              : reason_of_reads(*key, "the pull request", changes[i], "a migration of the base");
      found.push_back(std::move(row));
      break;
    }
  }
}

/// What changes of one side ask of rows, and do to them, against the statements of the other.
class RowChanges {
 public:
  RowChanges(const SideWork& working, bool we_work, std::vector<Interaction>& found)
      : working_(working), we_work_(we_work), found_(found) {
    for (const Interaction& row : found) known_.insert(we_work ? row.theirs : row.ours);
  }

  void add(const Change& change, const RowAccess& rows) {
    if (known_.count(described(change)) != 0) return;
    const std::string_view us = "the pull request", them = "the base";
    auto met = meeting_of(rows, we_work_ ? them : us, working_.rows.all, we_work_ ? us : them);
    if (!met) return;
    known_.insert(described(change));
    Interaction row{std::move(met->object), "a statement of a migration", described(change),
                    std::move(met->reason)};
    if (!we_work_) std::swap(row.ours, row.theirs);
    found_.push_back(std::move(row));
  }

 private:
  const SideWork& working_;
  bool we_work_;
  std::vector<Interaction>& found_;
  std::set<std::string> known_;
};

void add_row_changes(const Catalog& ancestor, const SideWork& working, const Catalog& changed,
                     const std::vector<Change>& changes, const std::vector<PassingChange>& passing,
                     bool we_work, std::vector<Interaction>& found) {
  const auto works = [](const StatementUse& use) {
    return use.work != RowWork::none || use.restarts;
  };
  if (std::none_of(working.statements.begin(), working.statements.end(), works)) return;
  RowChanges rows(working, we_work, found);
  for (const Change& change : changes) rows.add(change, row_access_of(ancestor, changed, change));
  for (const PassingChange& one : passing) rows.add(one.change, one.rows);
}

/// Statements of one side against those of the other.
void add_rows(const SideWork& ours, const SideWork& theirs, std::vector<Interaction>& found) {
  for (RowMeeting& met : meetings_of(ours.rows, theirs.rows))
    found.push_back(
        {std::move(met.object), std::move(met.ours), std::move(met.theirs), std::move(met.reason)});
}

bool does_nothing(const SideWork& work) { return work.statements.empty() && work.passing.empty(); }

bool share_a_relation(const Catalog& ancestor, const Merge& merge, const Catalog& ours,
                      const Catalog& theirs) {
  std::set<QualifiedName> touched;
  for (const Change& change : merge.ours) {
    const QualifiedName name = relation_of(ancestor, ours, change);
    if (!name.empty()) touched.insert(name);
  }
  return std::any_of(merge.theirs.begin(), merge.theirs.end(), [&](const Change& change) {
    return touched.count(relation_of(ancestor, theirs, change)) != 0;
  });
}

/// A schema with the statements of a plan run on it.
struct Outcome {
  Catalog catalog;
  std::string refused;  ///< the first statement that a server would refuse, and why
};

Outcome run(Catalog catalog, const Plan& plan, int postgres) {
  Outcome outcome{std::move(catalog), ""};
  Session session;
  session.postgres = postgres;
  for (const Step& step : plan.steps) {
    for (const Statement& statement : parse_text(step.sql).statements) {
      const Impact impact = predict_and_apply(outcome.catalog, session, statement).impact;
      // What rows are there has nothing to do with the order of two changes.
      const bool fails = impact.fails && !depends_on_rows(*impact.fails);
      if (fails && outcome.refused.empty()) outcome.refused = impact.fails->reason;
    }
  }
  return outcome;
}

/// The first change of `object`, or of something it is part of, else the first of all.
const Change& about(const std::vector<Change>& changes, const std::string& object) {
  const auto at = std::find_if(changes.begin(), changes.end(), [&](const Change& change) {
    return change.object == object || change.object.starts_with(object + ".") ||
           object.starts_with(change.object + ".");
  });
  return at == changes.end() ? changes.front() : *at;
}

/// Both changes made one after the other, in either order: one schema, or not.
void try_both_orders(const Catalog& ancestor, const MergeSide& ours, const MergeSide& theirs,
                     int postgres, Merge& result) {
  const auto plan = [&](const MergeSide& side) {
    return make_plan(ancestor, side.catalog, diff(ancestor, side.catalog, side.hints),
                     Strategy::direct, postgres);
  };
  Outcome on_theirs = run(theirs.catalog, plan(ours), postgres);
  const Outcome on_ours = run(ours.catalog, plan(theirs), postgres);
  const auto meet = [&](const std::string& object, const std::string& reason) {
    result.grade = Grade::interacting;
    result.interactions.push_back({object, described(about(result.ours, object)),
                                   described(about(result.theirs, object)), reason});
  };
  if (!on_theirs.refused.empty()) {
    meet(result.ours.front().object,
         "after the base's changes a server refuses those of the pull request: " +
             on_theirs.refused);
  } else if (!on_ours.refused.empty()) {
    meet(result.ours.front().object,
         "after the pull request's changes a server would have refused those of the base: " +
             on_ours.refused);
  } else if (const auto differs = differences(on_theirs.catalog, on_ours.catalog);
             !differs.empty()) {
    meet(differs.front().object, "made in another order, the two give another schema");
  }
  result.merged = std::move(on_theirs.catalog);
}

}  // namespace

std::string_view to_string(Grade grade) {
  constexpr std::array<std::string_view, 5> words{"none", "disjoint", "adjacent", "interacting",
                                                  "broken"};
  return words.at(static_cast<std::size_t>(grade));
}

Merge merge(const Catalog& ancestor, const MergeSide& ours, const MergeSide& theirs, int postgres) {
  Merge result;
  result.ours = diff(ancestor, ours.catalog, ours.hints).changes;
  result.theirs = diff(ancestor, theirs.catalog, theirs.hints).changes;
  result.merged = theirs.catalog;
  const SideWork our_work = merging::work_of(ancestor, ours, result.ours, postgres);
  if (result.ours.empty() && does_nothing(our_work)) return result;
  const SideWork their_work = merging::work_of(ancestor, theirs, result.theirs, postgres);
  if (result.theirs.empty()) {
    result.grade = Grade::disjoint;
    result.merged = ours.catalog;
    if (does_nothing(their_work)) return result;
  }
  const auto our_access = accesses(ancestor, ours.catalog, result.ours);
  const auto their_access = accesses(ancestor, theirs.catalog, result.theirs);
  const AllChanges mine = with_passing(result.ours, our_access, our_work.passing),
                   other = with_passing(result.theirs, their_access, their_work.passing);
  result.interactions = Meeting(mine.changes, mine.access, other.changes, other.access).find();
  const AllChanges our_losing = with_passing(result.ours, our_access, losing(our_work.passing)),
                   their_losing =
                       with_passing(result.theirs, their_access, losing(their_work.passing));
  add_statements(our_work, their_losing, true, result.interactions);
  add_statements(their_work, our_losing, false, result.interactions);
  add_row_changes(ancestor, our_work, theirs.catalog, result.theirs, their_work.passing, true,
                  result.interactions);
  add_row_changes(ancestor, their_work, ours.catalog, result.ours, our_work.passing, false,
                  result.interactions);
  add_rows(our_work, their_work, result.interactions);
  if (!result.interactions.empty()) {
    result.grade = Grade::interacting;
    return result;
  }
  result.grade = share_a_relation(ancestor, result, ours.catalog, theirs.catalog) ? Grade::adjacent
                                                                                  : Grade::disjoint;
  if (!result.ours.empty() && !result.theirs.empty())
    try_both_orders(ancestor, ours, theirs, postgres, result);
  return result;
}

std::vector<Change> differences(const Catalog& one, const Catalog& two) {
  std::vector<Change> changes = diff(one, two).changes;
  if (!changes.empty() && diff(two, one).changes.empty()) changes.clear();
  return changes;
}

bool same_changes(const std::vector<Change>& one, const std::vector<Change>& two) {
  const auto sorted = [](const std::vector<Change>& changes) {
    std::vector<std::tuple<ChangeKind, std::string, std::string, std::string, std::string>> keys;
    for (const Change& change : changes)
      keys.emplace_back(change.kind, change.object, change.part, change.detail, change.after);
    std::sort(keys.begin(), keys.end());
    return keys;
  };
  return sorted(one) == sorted(two);
}

}  // namespace schemagate
