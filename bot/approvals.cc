// SPDX-License-Identifier: MIT
#include "bot/approvals.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace schemagate {
namespace {

/// The report holds this very allowance, and the change that it is about is the same.
bool holds(const Report& judged, const DatabaseReport& database, const ReportedFinding& allowed) {
  return std::any_of(
      judged.databases.begin(), judged.databases.end(), [&](const DatabaseReport& other) {
        return other.name == database.name && other.plan_checksum == database.plan_checksum &&
               std::any_of(
                   other.findings.begin(), other.findings.end(), [&](const ReportedFinding& found) {
                     return found.fingerprint == allowed.fingerprint &&
                            found.finding.allowed_because == allowed.finding.allowed_because;
                   });
      });
}

void hold(ReportedFinding& found) {
  found.waits_with = std::move(found.finding.allowed_because);
  found.finding.allowed_because.clear();
  found.finding.message +=
      fmt::format("; allowed by the author ({}), waits for a reviewer", found.waits_with);
}

}  // namespace

bool needs_approval(const Report& report) {
  const auto waits = [](const ReportedFinding& found) { return found.needs_review; };
  return std::any_of(
      report.databases.begin(), report.databases.end(), [&](const DatabaseReport& database) {
        return std::any_of(database.findings.begin(), database.findings.end(), waits);
      });
}

github::Outcome<std::vector<Approval>> approvals(github::Client& client, int number,
                                                 const std::string& author) {
  auto reviews = github::reviews(client, number);
  if (!reviews) return reviews.refusal();
  std::map<std::string, std::string> approved;  // each reviewer's last word: the commit, or nothing
  for (const github::Review& review : *reviews)
    if (review.state != "COMMENTED" && review.state != "PENDING" && review.author != author)
      approved[review.author] = review.state == "APPROVED" ? review.commit : "";
  std::vector<Approval> counted;
  for (const auto& [login, commit] : approved) {
    if (commit.empty()) continue;
    const auto access = github::access_of(client, login);
    // Nobody by that name has rights here: an answer too.
    if (!access && access.refusal().kind != github::Refusal::Kind::not_found)
      return access.refusal();
    if (access && *access >= github::Access::write) counted.push_back({login, commit});
  }
  return counted;
}

void hold_unapproved(Report& report, const std::vector<Approval>& approved,
                     const JudgedAt& judged_at) {
  std::map<std::string, std::optional<Report>> judged;
  const auto approve = [&](const DatabaseReport& database, ReportedFinding& found) {
    const auto at = std::find_if(approved.begin(), approved.end(), [&](const Approval& approval) {
      if (approval.commit == report.head) return true;
      const auto [other, is_new] = judged.try_emplace(approval.commit);
      if (is_new) other->second = judged_at(approval.commit);
      return other->second && holds(*other->second, database, found);
    });
    if (at == approved.end()) return hold(found);
    found.approved_by = at->login;
  };
  for (DatabaseReport& database : report.databases) {
    for (ReportedFinding& found : database.findings)
      if (found.needs_review) approve(database, found);
    std::stable_sort(database.findings.begin(), database.findings.end(),
                     [](const ReportedFinding& a, const ReportedFinding& b) {
                       const auto rank = [](const ReportedFinding& found) {
                         return std::pair(!found.finding.allowed_because.empty(),
                                          -static_cast<int>(found.finding.severity));
                       };
                       return rank(a) < rank(b);
                     });
  }
  report.verdict = judge(report, report.fail_on);
}

}  // namespace schemagate
