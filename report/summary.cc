// SPDX-License-Identifier: MIT
#include "report/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "base/text.h"

namespace schemagate {
namespace {

std::string plural(const std::string& noun) {
  if (noun.ends_with("ey") || noun.ends_with("ay")) return noun + "s";
  if (noun.ends_with("y")) return noun.substr(0, noun.size() - 1) + "ies";
  if (noun.ends_with("x") || noun.ends_with("s")) return noun + "es";
  return noun + "s";
}

std::string count_of(int number, const std::string& noun) {
  return fmt::format("{} {}", number, number == 1 ? noun : plural(noun));
}

constexpr std::string_view opaque = "opaque";

struct Noun {
  std::string_view kind, noun;
};
/// Kinds whose words don't name the thing that changes.
constexpr std::array other_kinds = std::to_array<Noun>({
    {"set-type", "column"},
    {"set-not-null", "column"},
    {"drop-not-null", "column"},
    {"set-default", "column"},
    {"drop-default", "column"},
    {"attach-partition", "partition"},
    {"grant", "privilege"},
    {"revoke", "privilege"},
    {"comment", "comment"},
    {"change-owner", "owner"},
    {opaque, "other statement"},
});

struct Kind {
  char sign;
  std::string noun;
};

Kind kind_of(const std::string& kind) {
  for (const auto& other : other_kinds) {
    if (other.kind == kind) return {'~', std::string(other.noun)};
  }
  const auto dash = kind.find('-');
  const std::string verb = kind.substr(0, dash);
  const std::string noun =
      dash == std::string::npos ? kind : replace_all(kind.substr(dash + 1), "-", " ");
  if (verb == "add") return {'+', noun};
  if (verb == "drop") return {'-', noun};
  return {'~', noun};
}

int order_of(char sign) { return sign == '+' ? 0 : sign == '~' ? 1 : 2; }

std::string joined_names(const std::vector<QualifiedName>& names) {
  std::vector<std::string> texts;
  for (const auto& name : names) texts.push_back(to_sql(name));
  return join(texts, ", ");
}

std::string sentence(std::string_view verb, const std::vector<QualifiedName>& names) {
  return names.empty() ? "" : std::string(verb) + " " + joined_names(names);
}

}  // namespace

char change_sign(const ReportedChange& change) { return kind_of(change.kind).sign; }

std::string change_words(const ReportedChange& change) {
  const Kind kind = kind_of(change.kind);
  const bool is_verb = kind.sign == '~' && change.kind != opaque;
  return is_verb ? replace_all(change.kind, "-", " ") : kind.noun;
}

std::string change_summary(const std::vector<ReportedChange>& changes) {
  std::map<std::tuple<int, std::string, char>, std::vector<std::string>> objects;
  for (const auto& change : changes) {
    const Kind kind = kind_of(change.kind);
    objects[{order_of(kind.sign), kind.noun, kind.sign}].push_back(change.object);
  }
  std::vector<std::string> parts;
  for (auto& [key, names] : objects) {
    const auto& [order, noun, sign] = key;
    std::sort(names.begin(), names.end());
    const auto distinct = std::unique(names.begin(), names.end()) - names.begin();
    parts.push_back(sign + count_of(static_cast<int>(distinct), noun));
  }
  return parts.empty() ? "no change" : join(parts, ", ");
}

std::string_view dot(Severity severity) {
  if (severity == Severity::error) return "🔴";
  return severity == Severity::warning ? "🟠" : "🔵";
}

Counts count_findings(const DatabaseReport& database) {
  Counts counts;
  for (const ReportedFinding& reported : database.findings) {
    const Finding& finding = reported.finding;
    if (!finding.allowed_because.empty()) {
      ++counts.allowed;
    } else if (finding.severity == Severity::error) {
      ++counts.errors;
    } else if (finding.severity == Severity::warning) {
      ++counts.warnings;
    } else {
      ++counts.notes;
    }
  }
  return counts;
}

Counts count_findings(const Report& report) {
  return {report.count(Severity::error), report.count(Severity::warning),
          report.count(Severity::note), report.allowed()};
}

std::string to_string(const Counts& counts) {
  std::vector<std::string> parts;
  if (counts.errors > 0) parts.push_back(count_of(counts.errors, "error"));
  if (counts.warnings > 0) parts.push_back(count_of(counts.warnings, "warning"));
  if (counts.notes > 0) parts.push_back(count_of(counts.notes, "note"));
  if (counts.allowed > 0) parts.push_back(fmt::format("{} allowed", counts.allowed));
  return parts.empty() ? "no findings" : join(parts, ", ");
}

std::string_view who_waits(LockMode mode) {
  if (blocks_reads(mode)) return "reads and writes";
  if (blocks_writes(mode)) return "writes";
  // https://www.postgresql.org/docs/current/explicit-locking.html
  return mode == LockMode::share_update_exclusive ? "VACUUM and other schema changes" : "";
}

bool is_at_the_end(const RelationLock& lock, const Impact& impact) {
  const auto is_index = [](const RelationLock& one) {
    return one.kind == RelationKind::index || one.kind == RelationKind::partitioned_index;
  };
  // VACUUM FULL, which can't run in a transaction block either, locks the table as well.
  return !impact.transactional && is_index(lock) && blocks_reads(lock.mode) &&
         std::all_of(impact.locks.begin(), impact.locks.end(), [&](const RelationLock& one) {
           return is_index(one) || !blocks_writes(one.mode);
         });
}

std::string lock_words(const RelationLock& lock, const Impact& impact) {
  const std::string words = fmt::format("{} on {}", to_sql(lock.mode), to_sql(lock.relation));
  if (is_at_the_end(lock, impact)) return fmt::format("{}, {}", words, at_the_end);
  const std::string_view who = who_waits(lock.mode);
  if (who.empty()) return words;
  return fmt::format("{}, blocks {} {}", words, who,
                     impact.work.empty() ? "for an instant" : "while it works");
}

std::string work_words(const Impact& impact) {
  const auto rewrites = impact.rewrites();
  const auto builds = impact.index_builds();
  auto scans = impact.scans();
  std::erase_if(scans, [&](const QualifiedName& name) {
    const bool rewritten = std::find(rewrites.begin(), rewrites.end(), name) != rewrites.end();
    const bool only_for_an_index = std::none_of(
        impact.work.begin(), impact.work.end(),
        [&](const Work& work) { return work.kind == WorkKind::scan && work.relation == name; });
    return rewritten || only_for_an_index;
  });
  std::vector<std::string> parts{sentence("rewrites", rewrites), sentence("reads all of", scans),
                                 sentence("builds", builds)};
  std::erase(parts, "");
  return join(parts, ", ");
}

std::string duration_words(const ReportedStatement& statement) {
  if (!statement.duration.empty()) return statement.duration;
  if (!statement.impact.known) return "unknown";
  return how_long(statement.impact, {});
}

ReportedStatement what_others_notice(ReportedStatement statement) {
  const auto is_new = [&](const QualifiedName& relation) {
    const auto& made = statement.new_relations;
    return std::find(made.begin(), made.end(), relation) != made.end();
  };
  std::erase_if(statement.impact.locks, [&](const RelationLock& lock) {
    // An index is vacuumed and changed with its table, whose own lock says it.
    const bool is_index =
        lock.kind == RelationKind::index || lock.kind == RelationKind::partitioned_index;
    return who_waits(lock.mode).empty() || is_new(lock.relation) ||
           (is_index && !blocks_writes(lock.mode));
  });
  std::erase_if(statement.impact.work, [&](const Work& work) { return is_new(work.relation); });
  return statement;
}

bool is_worth_showing(const ReportedStatement& statement) {
  const Impact impact = what_others_notice(statement).impact;
  return !impact.work.empty() || impact.fails || !impact.known || statement.measured ||
         blocks_writes(impact.strongest());
}

std::vector<std::string> to_words(const std::vector<Evidence>& evidence) {
  std::vector<std::string> words;
  std::string last;
  for (const auto& fact : evidence) {
    std::string value = fact.value;
    std::string name = fact.name;
    const bool whole = fact.number && !value.empty() && value.size() < 19 &&
                       value.find_first_not_of("0123456789") == std::string::npos;
    if (whole && name.ends_with("_bytes")) {
      name.resize(name.size() - 6);
      value = human_size(std::stoll(value));
    } else if (whole) {
      value = with_thousands(std::stoll(value));
    }
    const bool says_it_all = value.empty() || value == "true" || value == "yes";
    if (!words.empty() && fact.name == last && !says_it_all) {
      words.back() += ", " + value;
      continue;
    }
    last = fact.name;
    name = replace_all(name, "_", " ");
    words.push_back(says_it_all ? name : name + ": " + value);
  }
  return words;
}

bool is_named(const DatabaseReport& database) { return database.name != "-"; }

std::vector<Evidence> evidence_beside_message(const Finding& finding) {
  constexpr std::array<std::string_view, 4> always_said{"lock", "blocks", "size_unknown",
                                                        "statements"};
  std::vector<Evidence> rest;
  for (const Evidence& fact : finding.evidence) {
    if (std::find(always_said.begin(), always_said.end(), fact.name) != always_said.end()) continue;
    const std::string words = join(to_words({fact}), "");
    const std::string value =
        words.substr(words.find(": ") == std::string::npos ? words.size() : words.find(": ") + 2);
    if (value.empty() || finding.message.find(value) == std::string::npos) rest.push_back(fact);
  }
  return rest;
}

bool is_clean(const DatabaseReport& database) {
  return database.judged && database.findings.empty() && database.notes.empty();
}

std::vector<const DatabaseReport*> worst_first(const Report& report) {
  std::vector<const DatabaseReport*> shown;
  for (const auto& database : report.databases) {
    if (!is_clean(database)) shown.push_back(&database);
  }
  const auto rank = [](const DatabaseReport* database) {
    const Counts counts = count_findings(*database);
    return std::tuple(database->judged, -counts.errors, -counts.warnings, -counts.notes);
  };
  std::stable_sort(shown.begin(), shown.end(),
                   [&](const auto* a, const auto* b) { return rank(a) < rank(b); });
  return shown;
}

}  // namespace schemagate
