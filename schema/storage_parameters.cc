// SPDX-License-Identifier: MIT
#include "schema/storage_parameters.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "base/text.h"

namespace schemagate {
namespace {

/// reloptions.c.
struct Parameter {
  std::string_view name;
  std::string_view owners;  ///< letters; 'T': also as toast.name
  char kind = 'n';          ///< 'b'oolean, 'n'umber between the bounds, 'o'ther
  double low = 0, high = 0;
  int since = 14;
};
constexpr double most = 2147483647, most_age = 2000000000;
constexpr auto parameters = std::to_array<Parameter>({
    {"fillfactor", "t", 'n', 10, 100},
    {"fillfactor", "bhgs", 'n', 10, 100},
    {"toast_tuple_target", "t", 'n', 128, 8160},
    {"parallel_workers", "t", 'n', 0, 1024},
    {"user_catalog_table", "t", 'b'},
    {"autovacuum_enabled", "tT", 'b'},
    {"autovacuum_vacuum_threshold", "tT", 'n', 0, most},
    {"autovacuum_vacuum_max_threshold", "tT", 'n', -1, most, 18},
    {"autovacuum_vacuum_insert_threshold", "tT", 'n', -1, most},
    {"autovacuum_analyze_threshold", "t", 'n', 0, most},
    {"autovacuum_vacuum_cost_limit", "tT", 'n', 1, 10000},
    {"autovacuum_vacuum_cost_delay", "tT", 'n', 0, 100},
    {"autovacuum_vacuum_scale_factor", "tT", 'n', 0, 100},
    {"autovacuum_vacuum_insert_scale_factor", "tT", 'n', 0, 100},
    {"autovacuum_analyze_scale_factor", "t", 'n', 0, 100},
    {"autovacuum_freeze_min_age", "tT", 'n', 0, 1000000000},
    {"autovacuum_freeze_max_age", "tT", 'n', 100000, most_age},
    {"autovacuum_freeze_table_age", "tT", 'n', 0, most_age},
    {"autovacuum_multixact_freeze_min_age", "tT", 'n', 0, 1000000000},
    {"autovacuum_multixact_freeze_max_age", "tT", 'n', 10000, most_age},
    {"autovacuum_multixact_freeze_table_age", "tT", 'n', 0, most_age},
    {"log_autovacuum_min_duration", "tT", 'n', -1, most},
    {"vacuum_index_cleanup", "tT", 'o'},
    {"vacuum_truncate", "tT", 'b'},
    {"vacuum_max_eager_freeze_failure_rate", "tT", 'n', 0, 1, 18},
    {"deduplicate_items", "b", 'b'},
    {"fastupdate", "i", 'b'},
    {"gin_pending_list_limit", "i", 'n', 64, most},
    {"buffering", "g", 'o'},
    {"pages_per_range", "r", 'n', 1, 131072},
    {"autosummarize", "r", 'b'},
    {"security_barrier", "v", 'b'},
    {"security_invoker", "v", 'b', 0, 0, 15},
    {"check_option", "v", 'o'},
    {"n_distinct", "c", 'n', -1, 1e308},
    {"n_distinct_inherited", "c", 'n', -1, 1e308},
});

bool is_boolean(std::string_view value) {
  const std::string text = to_lower(value);
  if (text.empty() || text == "1" || text == "0" || text == "on" || text == "of" || text == "off") {
    return true;
  }
  for (const std::string_view word : {"true", "false", "yes", "no"}) {
    if (word.starts_with(text)) return true;
  }
  return false;
}

void check_value(ImpactBuilder& b, const Parameter& p, const std::string& value) {
  if (p.kind == 'b' && !is_boolean(value)) {
    b.fail("22023", "invalid value for boolean option " + quoted(p.name) + ": " + value);
  }
  if (p.kind != 'n') return;
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (value.empty() || *end != '\0') return;  // units, and what only the server reads
  if (number < p.low || number > p.high) {
    b.fail("22023", "value " + value + " out of bounds for option " + quoted(p.name));
  }
}

}  // namespace

char letter_of_method(std::string_view method) {
  constexpr std::pair<std::string_view, char> letters[] = {
      {"btree", 'b'}, {"hash", 'h'}, {"gist", 'g'}, {"spgist", 's'}, {"gin", 'i'}, {"brin", 'r'}};
  for (const auto& [name, letter] : letters) {
    if (name == method) return letter;
  }
  return ' ';
}

void check_storage_parameters(ImpactBuilder& b, const Options& options, char owner) {
  if (owner == ' ') return;
  for (const auto& [written, value] : options) {
    if (written == "oids") continue;
    std::string_view name = written;
    const bool toast = name.starts_with("toast.");
    if (toast) name.remove_prefix(std::string_view("toast.").size());
    const auto* found = std::find_if(parameters.begin(), parameters.end(), [&](const Parameter& p) {
      return p.name == name && p.owners.find(toast ? 'T' : owner) != std::string_view::npos &&
             b.major() >= p.since;
    });
    if (found == parameters.end()) {
      b.fail("22023", "unrecognized parameter " + quoted(name));
    } else {
      check_value(b, *found, value);
    }
  }
}

}  // namespace schemagate
