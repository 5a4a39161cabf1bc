// SPDX-License-Identifier: MIT
#include "bot/landing.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "bot/includes.h"

namespace schemagate {
namespace {

/// Who a finding is about. Those about no object are told apart by what they say.
std::string key_of(const ReportedFinding& found) {
  return found.fingerprint + (found.finding.object.empty() ? found.finding.message : "");
}

std::string blob_of(const std::vector<git::TreeEntry>& files, const std::string& path) {
  const auto at = std::find_if(files.begin(), files.end(),
                               [&](const git::TreeEntry& entry) { return entry.path == path; });
  return at == files.end() ? "" : at->blob;
}

}  // namespace

Landing::Landing(git::Repository& repository, const Sides& sides, const Config& config) {
  if (sides.base == sides.before || sides.head.empty()) return;
  for (const DatabasePair& pair :
       find_databases(repository, config, sides.before_files, sides.base_files))
    if (pair.changed) moved_.push_back(pair.config.name);
  if (moved_.empty()) return;
  const git::MergedTree merged = repository.merge_trees(sides.before, sides.base, sides.head);
  if (merged.tree.empty()) {
    unknown_ = fmt::format("{} in conflict with the base", join(merged.conflicts, ", "));
  } else if (!merged.doubts.empty()) {
    unknown_ = merged.doubts.front();
  } else {
    files_ = repository.list(merged.tree);
    pairs_ = find_databases(repository, config, sides.base_files, files_);
  }
}

bool Landing::concerns(const std::string& database) const {
  return std::find(moved_.begin(), moved_.end(), database) != moved_.end();
}

const DatabasePair* Landing::find(const std::string& database) const {
  const auto at = std::find_if(pairs_.begin(), pairs_.end(), [&](const DatabasePair& pair) {
    return pair.config.name == database;
  });
  return at == pairs_.end() ? nullptr : &*at;
}

void add_landing_findings(const DatabaseReport& landed, const std::vector<git::TreeEntry>& head,
                          const std::vector<git::TreeEntry>& merged, DatabaseReport& report) {
  std::set<std::string> known;
  for (const ReportedFinding& found : report.findings) known.insert(key_of(found));
  for (const ReportedFinding& found : landed.findings) {
    // An allowance that has nothing to do there is used where reviewers look.
    const bool is_idle =
        !found.finding.allowed_because.empty() || found.finding.rule == "unused-allowance";
    if (is_idle || !known.insert(key_of(found)).second) continue;
    ReportedFinding more = found;
    more.finding.message = "on the base's tip, which moved on: " + more.finding.message;
    more.finding.step = -1;
    more.rests_on.insert(Ground::landing);
    more.replacement.reset();
    const std::string& file = more.place.file;
    if (more.place.old_side || blob_of(head, file) != blob_of(merged, file)) more.place = Place{};
    report.findings.push_back(std::move(more));
  }
  std::stable_sort(report.findings.begin(), report.findings.end(),
                   [](const ReportedFinding& a, const ReportedFinding& b) {
                     const auto rank = [](const ReportedFinding& found) {
                       return std::make_pair(!found.finding.allowed_because.empty(),
                                             -static_cast<int>(found.finding.severity));
                     };
                     return rank(a) < rank(b);
                   });
}

}  // namespace schemagate
