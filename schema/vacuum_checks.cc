// SPDX-License-Identifier: MIT
#include "schema/vacuum_checks.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "base/text.h"

namespace schemagate {
namespace {

struct KnownOption {
  std::string_view name;
  int since = 14;
  bool analyze = false;  ///< ANALYZE has it too
};
constexpr std::array<KnownOption, 14> known_options{{
    {"analyze", 14},
    {"buffer_usage_limit", 16, true},
    {"disable_page_skipping", 14},
    {"freeze", 14},
    {"full", 14},
    {"index_cleanup", 14},
    {"only_database_stats", 16},
    {"parallel", 14},
    {"process_main", 16},
    {"process_toast", 14},
    {"skip_database_stats", 16},
    {"skip_locked", 14, true},
    {"truncate", 14},
    {"verbose", 14, true},
}};

bool is_on(const Vacuum& s, std::string_view name) {
  return std::any_of(s.options.begin(), s.options.end(), [&](const auto& option) {
    const std::string value = to_lower(option.second);
    return option.first == name && value != "false" && value != "off" && value != "0";
  });
}

bool has_columns(const Vacuum& s) {
  return std::any_of(s.columns.begin(), s.columns.end(),
                     [](const auto& columns) { return !columns.empty(); });
}

/// DISABLE_PAGE_SKIPPING is looked at before the transaction block since 16.
void refuse_page_skipping(ImpactBuilder& b, const Vacuum& s) {
  if (s.full && is_on(s, "disable_page_skipping")) {
    b.fail("0A000", "VACUUM option DISABLE_PAGE_SKIPPING cannot be used with FULL");
  }
}

}  // namespace

void check_vacuum_options(ImpactBuilder& b, const Vacuum& s) {
  const std::string command = s.vacuum ? "VACUUM" : "ANALYZE";
  for (const auto& [name, value] : s.options) {
    const auto known =
        std::find_if(known_options.begin(), known_options.end(),
                     [&, name = std::string_view(name)](const auto& o) { return o.name == name; });
    const bool here =
        known != known_options.end() && b.major() >= known->since && (s.vacuum || known->analyze);
    if (!here) b.fail("42601", "unrecognized " + command + " option " + quoted(name));
  }
  if (s.vacuum && s.full && is_on(s, "parallel")) {
    b.fail("0A000", "VACUUM FULL cannot be performed in parallel");
  }
  if (s.vacuum && !s.analyze && has_columns(s)) {
    b.fail("0A000", "ANALYZE option must be specified when a column list is provided");
  }
  if (b.major() >= 16) refuse_page_skipping(b, s);
  if (!b.failed() && s.vacuum) b.not_in_transaction("VACUUM");
  refuse_page_skipping(b, s);
}

void check_vacuum_columns(ImpactBuilder& b, const QualifiedName& name,
                          const std::vector<std::string>& columns) {
  const Table* table = b.table(name);
  if (!table || table->incomplete) return;
  std::set<std::string> seen;
  for (const std::string& column : columns) {
    const std::string of = "column " + quoted(column) + " of relation " + quoted(name.name);
    if (!table->column(column)) {
      b.fail("42703", of + " does not exist");
    } else if (!seen.insert(column).second) {
      b.fail("42701", of + " appears more than once");
    }
  }
}

}  // namespace schemagate
