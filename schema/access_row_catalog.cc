// SPDX-License-Identifier: MIT
#include "schema/access_row_catalog.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"
#include "schema/access_row_keys.h"

namespace schemagate::rows {
namespace {

/// Behind the names that are looked for: those of parts where their parent's is enough, and
/// everything.
constexpr const char *of_parts = "parts of ", *of_all = "*";

bool is_catalog(const std::string& word) {
  constexpr std::array<std::string_view, 30> catalogs{"information_schema",
                                                      "pg_attrdef",
                                                      "pg_attribute",
                                                      "pg_class",
                                                      "pg_collation",
                                                      "pg_constraint",
                                                      "pg_depend",
                                                      "pg_description",
                                                      "pg_enum",
                                                      "pg_extension",
                                                      "pg_index",
                                                      "pg_indexes",
                                                      "pg_inherits",
                                                      "pg_matviews",
                                                      "pg_namespace",
                                                      "pg_operator",
                                                      "pg_partitioned_table",
                                                      "pg_policies",
                                                      "pg_policy",
                                                      "pg_proc",
                                                      "pg_publication",
                                                      "pg_publication_tables",
                                                      "pg_rewrite",
                                                      "pg_rules",
                                                      "pg_sequence",
                                                      "pg_sequences",
                                                      "pg_tables",
                                                      "pg_trigger",
                                                      "pg_type",
                                                      "pg_views"};
  return std::find(catalogs.begin(), catalogs.end(), word) != catalogs.end();
}

/// "relname = …", "typname IN (…)": one of the columns is held against something.
template <class Columns>
bool compares(const std::string& text, const Columns& columns) {
  return std::any_of(columns.begin(), columns.end(), [&](const std::string_view column) {
    for (std::size_t at = text.find(column); at != std::string::npos;
         at = text.find(column, at + 1)) {
      const std::string_view behind = trim(std::string_view(text).substr(at + column.size()));
      if (behind.starts_with("=") || behind.starts_with("in ") || behind.starts_with("in("))
        return true;
    }
    return false;
  });
}

constexpr std::array<std::string_view, 10> names_of_parts{
    "attname",      "column_name", "conname",    "constraint_name", "tgname",
    "trigger_name", "polname",     "policyname", "enumlabel",       "rulename"};
constexpr std::array<std::string_view, 22> names_of_objects{
    "relname",  "table_name",  "tablename",    "indexname",    "viewname",      "matviewname",
    "typname",  "proname",     "routine_name", "sequencename", "sequence_name", "extname",
    "nspname",  "schema_name", "collname",     "oprname",      "pubname",       "conrelid",
    "attrelid", "tgrelid",     "indrelid",     "polrelid"};

}  // namespace

void look_into_catalog(const std::string& text, RowAccess& access) {
  const std::string lower = to_lower(text);
  const std::set<std::string> words = lower_case_words(lower);
  const bool asks = std::any_of(words.begin(), words.end(),
                                [](const std::string& word) { return word.starts_with("to_reg"); });
  if (!asks && std::none_of(words.begin(), words.end(), is_catalog)) return;
  const auto look = [&](const std::string& what) {
    access.reads.insert(std::string(cataloged) + what);
  };
  const bool by_part = compares(lower, names_of_parts);
  if (!asks && !by_part && !compares(lower, names_of_objects)) look(of_all);
  for (const std::string& word : words) {
    look(word);
    if (!by_part) look(of_parts + word);
  }
}

void show_in_catalog(const Change& change, const Catalog& before, const Catalog& after,
                     RowAccess& access) {
  const auto show = [&](const std::string& what) {
    access.signals.insert(std::string(cataloged) + what);
  };
  show(of_all);
  for (const std::string& word : lower_case_words(to_lower(change.part))) show(word);
  if (change.part.empty()) show(to_lower(change.relation.name));
  show(of_parts + to_lower(relation_of(before, after, change).name));
}

}  // namespace schemagate::rows
