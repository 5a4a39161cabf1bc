// SPDX-License-Identifier: MIT
#include "schema/formats/code.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <span>
#include <utility>

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

/// For each migration the different versions among `numbers` that it waits for, and for each
/// version who waits for it.
struct Waiting {
  std::vector<std::size_t> left;
  std::map<std::string, std::vector<std::size_t>> behind;
};
Waiting waiting_of(const std::vector<ListedMigration>& migrations) {
  Waiting waiting;
  for (const ListedMigration& migration : migrations) waiting.behind[migration.name.version];
  for (std::size_t i = 0; i < migrations.size(); ++i) {
    const std::set<std::string_view> parents(migrations[i].parents.begin(),
                                             migrations[i].parents.end());
    waiting.left.push_back(0);
    for (const std::string_view parent : parents)
      if (const auto at = waiting.behind.find(std::string(parent)); at != waiting.behind.end()) {
        at->second.push_back(i);
        ++waiting.left.back();
      }
  }
  return waiting;
}

/// The first names, and how many more there are: of thousands each would be said thousands of
/// times.
std::string first_names(const std::vector<std::string>& names) {
  constexpr std::size_t enough = 10;
  if (names.size() <= enough) return join(names, ", ");
  return fmt::format("{} and {} more", join(std::span(names).first(enough), ", "),
                     names.size() - enough);
}

}  // namespace

std::size_t arrange_by_parents(std::vector<ListedMigration>& migrations) {
  Waiting waiting = waiting_of(migrations);
  std::set<std::size_t> ready;
  for (std::size_t i = 0; i < migrations.size(); ++i)
    if (waiting.left[i] == 0) ready.insert(i);
  std::vector<char> taken(migrations.size());
  std::vector<ListedMigration> ordered;
  while (!ready.empty()) {
    const std::size_t next = ready.extract(ready.begin()).value();
    taken[next] = 1;
    for (const std::size_t i : std::exchange(waiting.behind[migrations[next].name.version], {}))
      if (--waiting.left[i] == 0) ready.insert(i);
    ordered.push_back(std::move(migrations[next]));
  }
  const std::size_t done = ordered.size();
  for (std::size_t i = 0; i < migrations.size(); ++i)
    if (taken[i] == 0) ordered.push_back(std::move(migrations[i]));
  migrations = std::move(ordered);
  return done;
}

void arrange_graph(Listing& listing, std::string_view message) {
  make_opaque(listing);
  std::set<std::string> parents;
  for (const ListedMigration& migration : listing.migrations)
    parents.insert(migration.parents.begin(), migration.parents.end());
  arrange_by_parents(listing.migrations);
  std::vector<const ListedMigration*> heads;
  for (const ListedMigration& migration : listing.migrations)
    if (parents.count(migration.name.version) == 0) heads.push_back(&migration);
  if (heads.size() < 2) return;
  std::vector<std::string> names;
  for (const ListedMigration* head : heads) names.push_back(head->name.version);
  const std::string said = fmt::format("{}: {}", message, first_names(names));
  for (const ListedMigration* head : heads)
    listing.problems.push_back({head->file, Span{head->file, 0, 1}, said, true});
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
