// SPDX-License-Identifier: MIT
#include "bot/snapshot_news.h"

#include <algorithm>
#include <map>
#include <set>

#include "schema/access.h"

namespace schemagate {
namespace {

/// The places in `now` of the migrations that `before` did not run.
std::vector<std::size_t> new_places(const Snapshot& before, const Snapshot& now) {
  std::map<std::string, std::string> old;
  for (std::size_t i = 0; i < before.migrations.size(); ++i)
    old[before.migrations[i]] = before.blobs[i];
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < now.migrations.size(); ++i) {
    const auto was = old.find(now.migrations[i]);
    const bool repeated =
        was != old.end() && now.folder.migrations[i].repeatable && was->second != now.blobs[i];
    if (was == old.end() || repeated) found.push_back(i);
  }
  return found;
}

/// See SnapshotReader::expand().
std::string included_blobs(const std::string& blobs) {
  return blobs.substr(std::min(blobs.find(' '), blobs.size()));
}

bool has_row_work(const Script& script) {
  return std::any_of(script.statements.begin(), script.statements.end(),
                     [](const Statement& statement) {
                       const auto use = use_of(statement);
                       return use && works_on_rows(*use);
                     });
}

}  // namespace

std::vector<std::string> new_problems(const Snapshot& now,
                                      const std::vector<const Snapshot*>& others) {
  std::multiset<std::string> known;
  std::vector<std::string> found;
  for (const Snapshot* other : others) known.insert(other->problems.begin(), other->problems.end());
  for (std::size_t i = 0; i < now.problems.size(); ++i)
    if (known.count(now.problems[i]) == 0) found.push_back(now.opened[i]);
  return found;
}

std::vector<std::string> new_migrations(const Snapshot& before, const Snapshot& now) {
  std::vector<std::string> found;
  for (const std::size_t i : new_places(before, now)) found.push_back(now.migrations[i]);
  return found;
}

std::vector<Script> new_scripts(const Snapshot& before, const Snapshot& now) {
  std::vector<Script> found;
  for (const std::size_t i : new_places(before, now)) found.push_back(now.scripts[i]);
  return found;
}

std::vector<std::string> new_unread_migrations(const Snapshot& before, const Snapshot& now) {
  std::vector<std::string> found;
  for (const std::size_t i : new_places(before, now))
    if (now.folder.migrations[i].opaque) found.push_back(now.migrations[i]);
  return found;
}

std::vector<std::string> new_changed_includes(const Snapshot& before, const Snapshot& now,
                                              const Snapshot& landing) {
  std::map<std::string, std::string> lands;
  for (std::size_t i = 0; i < landing.migrations.size(); ++i)
    lands[landing.migrations[i]] = included_blobs(landing.blobs[i]);
  std::vector<std::string> found;
  for (const std::size_t i : new_places(before, now)) {
    const auto there = lands.find(now.migrations[i]);
    if (there != lands.end() && there->second != included_blobs(now.blobs[i]))
      found.push_back(now.migrations[i]);
  }
  return found;
}

std::vector<std::string> new_row_files(const Snapshot& before, const Snapshot& now) {
  const std::set<std::string> old(before.blobs.begin(), before.blobs.end());
  std::set<std::string> found;
  for (std::size_t i = 0; i < now.migrations.size(); ++i)
    if (old.count(now.blobs[i]) == 0 &&
        (now.folder.migrations[i].opaque || has_row_work(now.scripts[i])))
      found.insert(now.blobs[i]);
  return {found.begin(), found.end()};
}

}  // namespace schemagate
