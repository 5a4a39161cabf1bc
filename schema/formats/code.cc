// SPDX-License-Identifier: MIT
#include "schema/formats/code.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"

namespace schemagate::format_rows {

void make_opaque(ListedMigration& migration) {
  migration.opaque = true;
  migration.parts = {};
}

void make_opaque(Listing& listing) {
  for (ListedMigration& migration : listing.migrations) make_opaque(migration);
}

void make_code_opaque(Listing& listing) {
  for (ListedMigration& migration : listing.migrations)
    if (!to_lower(migration.path).ends_with(".sql")) make_opaque(migration);
}

void arrange_code(const FolderView&, Listing& listing) { make_code_opaque(listing); }

namespace {

/// Moves to `ordered` the first migration whose parents are all there, or not in this folder.
bool move_next(std::vector<ListedMigration>& left, const std::set<std::string>& known,
               std::set<std::string>& done, std::vector<ListedMigration>& ordered) {
  const auto at = std::find_if(left.begin(), left.end(), [&](const ListedMigration& migration) {
    return std::all_of(migration.parents.begin(), migration.parents.end(),
                       [&](const std::string& parent) {
                         return done.count(parent) != 0 || known.count(parent) == 0;
                       });
  });
  if (at == left.end()) return false;
  done.insert(at->name.version);
  ordered.push_back(std::move(*at));
  left.erase(at);
  return true;
}

}  // namespace

void arrange_graph(Listing& listing, std::string_view message) {
  make_opaque(listing);
  std::set<std::string> known, done, parents;
  for (const ListedMigration& migration : listing.migrations) {
    known.insert(migration.name.version);
    parents.insert(migration.parents.begin(), migration.parents.end());
  }
  std::vector<ListedMigration> ordered;
  while (move_next(listing.migrations, known, done, ordered)) continue;
  for (ListedMigration& migration : listing.migrations) ordered.push_back(std::move(migration));
  listing.migrations = std::move(ordered);
  std::vector<const ListedMigration*> heads;
  for (const ListedMigration& migration : listing.migrations)
    if (parents.count(migration.name.version) == 0) heads.push_back(&migration);
  if (heads.size() < 2) return;
  std::vector<std::string> names;
  for (const ListedMigration* head : heads) names.push_back(head->name.version);
  for (const ListedMigration* head : heads)
    listing.problems.push_back({head->file, Span{head->file, 0, 1},
                                fmt::format("{}: {}", message, join(names, ", ")), true});
}

std::optional<std::vector<std::string>> python_strings(std::string_view text,
                                                       std::string_view name) {
  std::optional<std::vector<std::string>> found;
  each_line(text, [&](std::string_view line, std::size_t begin, std::size_t) {
    if (found || !line.starts_with(name)) return;
    const std::string_view rest = line.substr(name.size());
    const std::size_t equals = rest.find('=');
    if (equals == std::string_view::npos ||
        (rest.front() != ' ' && rest.front() != '=' && rest.front() != ':'))
      return;
    std::string_view value = text.substr(begin + name.size() + equals + 1);
    const std::size_t open = value.find_first_not_of(" \t");
    const bool several = open != std::string_view::npos &&
                         (value[open] == '(' || value[open] == '[' || value[open] == '{');
    const std::size_t end = several ? value.find_first_of(")]}") : value.find('\n');
    value = value.substr(0, end);
    found.emplace();
    for (std::size_t at = value.find_first_of("'\""); at != std::string_view::npos;
         at = value.find_first_of("'\"", at)) {
      const std::size_t close = value.find(value[at], at + 1);
      if (close == std::string_view::npos) break;
      found->emplace_back(value.substr(at + 1, close - at - 1));
      at = close + 1;
    }
  });
  return found;
}

SendingChoice code_sending(std::string_view text, std::string_view word, std::string_view tool) {
  if (!word.empty() && text.find(word) != std::string_view::npos)
    return {Sending::statements, std::string(word)};
  return {Sending::transaction, fmt::format("{} runs each migration in a transaction", tool)};
}

}  // namespace schemagate::format_rows
