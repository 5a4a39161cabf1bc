// SPDX-License-Identifier: MIT
// https://github.com/salsita/node-pg-migrate: <timestamp>_<name>.sql, -- Up Migration, one
// transaction.
#include "base/text.h"
#include "schema/formats/code.h"

namespace schemagate::format_rows {
namespace {

/// "up" or "down" of a line like "-- Up Migration" or "---- down migration".
std::string direction(std::string_view line) {
  line = trim(line);
  if (!line.starts_with("--")) return {};
  line.remove_prefix(std::min(line.find_first_not_of("- \t"), line.size()));
  const std::string words = to_lower(line);
  for (const std::string_view word : {"up", "down"})
    if (words.starts_with(word) &&
        trim(std::string_view(words).substr(word.size())).starts_with("migration"))
      return std::string(word);
  return {};
}

std::optional<MigrationName> name_of(std::string_view path) {
  const std::string_view digits = leading_digits(path);
  const bool code = path.ends_with(".js") || path.ends_with(".ts") || path.ends_with(".cjs") ||
                    path.ends_with(".mjs");
  if (digits.empty() || (!path.ends_with(".sql") && !code)) return std::nullopt;
  MigrationName name = ordered_by_name(std::string(path.substr(0, path.rfind('.'))), path);
  name.parts = {without_leading_zeros(digits)};
  return name;
}

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  const std::string folder = folder_of(path);
  if (!name_of(file_of(path)) || file_of(folder) != "migrations" ||
      !repository.depends_on(folder, "package.json", "\"node-pg-migrate\""))
    return std::nullopt;
  return FolderSign{folder,
                    repository.nearest_above(folder, "package.json") + " names node-pg-migrate",
                    Certainty::own_file};
}

MigrationParts parts_of(std::string_view text) {
  return cut_at(text, 'u', [](std::string_view line) -> char {
    const std::string word = direction(line);
    return word == "up" ? 'u' : word == "down" ? 'd' : '\0';
  });
}

SendingChoice sending_of(std::string_view, const std::string&, const FolderView&) {
  return {Sending::transaction,
          "node-pg-migrate runs all pending migrations in one transaction, unless it is told "
          "--no-single-transaction"};
}

}  // namespace

extern const MigrationFormat node_pg_migrate{
    .name = "node-pg-migrate",
    .tool = "node-pg-migrate",
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = parts_of,
    .sending_of = sending_of,
    .arrange = arrange_code,
    .one_transaction = true,
    .downs = Downs::wanted,
    .late_message = "node-pg-migrate refuses to go on: the migration precedes one that has run",
    .code_hint = "migrations: {command: …} that runs node-pg-migrate against a recording client",
    .sends_mark = true,
};

}  // namespace schemagate::format_rows
