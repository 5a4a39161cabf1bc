// SPDX-License-Identifier: MIT
#include "report/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "analyzers/duration.h"
#include "base/text.h"

namespace schemagate {
std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::fail:
      return "fail";
    case Verdict::error:
      return "error";
  }
  return "error";
}

int Report::count(Severity severity) const {
  int sum = 0;
  for (const auto& database : databases) {
    sum += static_cast<int>(std::count_if(
        database.findings.begin(), database.findings.end(), [&](const ReportedFinding& reported) {
          return reported.finding.severity == severity && reported.finding.allowed_because.empty();
        }));
  }
  return sum;
}

int Report::allowed() const {
  int sum = 0;
  for (const auto& database : databases) {
    sum += static_cast<int>(std::count_if(
        database.findings.begin(), database.findings.end(),
        [](const ReportedFinding& reported) { return !reported.finding.allowed_because.empty(); }));
  }
  return sum;
}

std::string short_checksum(const std::string& checksum) { return checksum.substr(0, 16); }

Verdict judge(const Report& report, FailOn fail_on) {
  const auto& databases = report.databases;
  const bool judged = std::all_of(databases.begin(), databases.end(),
                                  [](const DatabaseReport& database) { return database.judged; });
  if (!judged) return Verdict::error;
  if (fail_on == FailOn::never) return Verdict::pass;
  const bool fails = report.count(Severity::error) > 0 ||
                     (fail_on == FailOn::warning && report.count(Severity::warning) > 0);
  return fails ? Verdict::fail : Verdict::pass;
}

std::string how_long(const Impact& impact, const Facts& facts) {
  std::map<QualifiedName, std::optional<std::int64_t>> tables;  // size, nothing: unknown
  std::int64_t bytes = 0;
  bool known = true;
  for (const auto& work : impact.work) {
    const TableFacts* table = facts.table(work.relation);
    const auto worked = table != nullptr
                            ? bytes_of(work.kind, table->bytes.value, table->total_bytes.value)
                            : std::nullopt;
    tables[work.relation] = worked ? table->bytes.value : std::nullopt;
    bytes += worked.value_or(0);
    known = known && worked;
  }
  if (tables.empty()) return "instant";
  std::vector<std::string> names;
  for (const auto& [name, size] : tables) {
    names.push_back(
        fmt::format("{} ({})", to_sql(name), size ? human_size(*size) : "size unknown"));
  }
  const std::string grows = "grows with " + join(names, ", ");
  if (!known) return grows;
  return fmt::format("{}: {} at {} MB/s", grows, duration_in_words(bytes),
                     assumed_megabytes_per_second);
}

}  // namespace schemagate
