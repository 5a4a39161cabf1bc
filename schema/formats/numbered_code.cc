// SPDX-License-Identifier: MIT
// Tools whose migrations are programs in numbered files: Rails, Ecto, Sequelize, Knex, TypeORM.
// They differ in names and in what a transaction is; each is a row.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "schema/formats/code.h"

namespace schemagate::format_rows {
namespace {

std::optional<MigrationName> numbered(std::string_view path, std::string_view ending) {
  return numbered_name(path, ending);
}

bool is_script(std::string_view path) {
  if (path.ends_with(".d.ts")) return false;
  return path.ends_with(".js") || path.ends_with(".ts") || path.ends_with(".cjs") ||
         path.ends_with(".mjs");
}

/// A file name of digits, a separator and a script's ending; ordered by name.
std::optional<MigrationName> script_name(std::string_view path) {
  const std::string_view digits = leading_digits(path);
  if (digits.empty() || !is_script(path)) return std::nullopt;
  return ordered_by_name(std::string(path.substr(0, path.rfind('.'))), path);
}

std::optional<FolderSign> script_sign(std::string_view path, const RepositoryView& repository,
                                      std::string_view package) {
  const std::string folder = folder_of(path);
  if (file_of(folder).find("migration") == std::string_view::npos || !script_name(file_of(path)) ||
      !repository.depends_on(folder, "package.json", fmt::format("\"{}\"", package)))
    return std::nullopt;
  return FolderSign{
      folder, fmt::format("{} names {}", repository.nearest_above(folder, "package.json"), package),
      Certainty::convention};
}

void arrange(const FolderView&, Listing& listing) { make_opaque(listing); }

/// Two classes of one name stop Rails and Ecto as two versions do.
void arrange_named(const FolderView&, Listing& listing) {
  make_opaque(listing);
  std::map<std::string, const ListedMigration*> seen;
  for (const ListedMigration& migration : listing.migrations) {
    const std::size_t begin = migration.path.find('_');
    const auto [at, added] = seen.emplace(migration.path.substr(begin + 1), &migration);
    if (!added)
      listing.problems.push_back(
          {migration.file, Span{migration.file, 0, 1},
           "its name is that of " + at->second->path + " as well: the tool refuses duplicate names",
           true});
  }
}

}  // namespace

extern const MigrationFormat rails{
    .name = "rails",
    .tool = "Rails",
    .sign_of = [](std::string_view path,
                  const RepositoryView& repository) -> std::optional<FolderSign> {
      if (!path.ends_with(".rb") || leading_digits(file_of(path)).empty() ||
          !repository.mentions(std::string(path), "ActiveRecord::Migration"))
        return std::nullopt;
      return FolderSign{folder_of(path), std::string(path) + " is an ActiveRecord::Migration",
                        Certainty::own_file};
    },
    .name_of = [](std::string_view path) { return numbered(path, ".rb"); },
    .parts_of = all_up,
    .sending_of =
        [](std::string_view text, const std::string&, const FolderView&) {
          return code_sending(text, "disable_ddl_transaction!", "Rails");
        },
    .arrange = arrange_named,
    .duplicate_message = "Rails refuses the folder: DuplicateMigrationVersionError",
    .code_hint =
        "db/structure.sql shows where it leads: schema: db/structure.sql, or migrations: "
        "{command: …}",
    .is_code = true,
};

extern const MigrationFormat ecto{
    .name = "ecto",
    .tool = "Ecto",
    .sign_of = [](std::string_view path,
                  const RepositoryView& repository) -> std::optional<FolderSign> {
      if (!path.ends_with(".exs") || leading_digits(file_of(path)).empty() ||
          !repository.mentions(std::string(path), "Ecto.Migration"))
        return std::nullopt;
      return FolderSign{folder_of(path), std::string(path) + " uses Ecto.Migration",
                        Certainty::own_file};
    },
    .name_of = [](std::string_view path) { return numbered(path, ".exs"); },
    .parts_of = all_up,
    .sending_of =
        [](std::string_view text, const std::string&, const FolderView&) {
          return code_sending(text, "@disable_ddl_transaction true", "Ecto");
        },
    .arrange = arrange_named,
    .duplicate_message = "Ecto refuses the folder: two migrations with the same version",
    .code_hint = "priv/repo/structure.sql shows where it leads, or migrations: {command: …}",
    .is_code = true,
};

extern const MigrationFormat sequelize{
    .name = "sequelize",
    .tool = "Sequelize",
    .sign_of =
        [](std::string_view path, const RepositoryView& repository) {
          return script_sign(path, repository, "sequelize");
        },
    .name_of = script_name,
    .parts_of = all_up,
    .sending_of =
        [](std::string_view, const std::string&, const FolderView&) {
          return SendingChoice{Sending::statements, "Sequelize opens no transaction by itself"};
        },
    .arrange = arrange,
    .code_hint = "a recording connection prints it: migrations: {command: …}",
    .is_code = true,
};

extern const MigrationFormat knex{
    .name = "knex",
    .tool = "Knex",
    .sign_of =
        [](std::string_view path, const RepositoryView& repository) {
          return script_sign(path, repository, "knex");
        },
    .name_of = script_name,
    .parts_of = all_up,
    .sending_of =
        [](std::string_view text, const std::string&, const FolderView&) {
          return code_sending(text, "transaction: false", "Knex");
        },
    .arrange = arrange,
    .code_hint = "a recording client prints it: migrations: {command: …}",
    .is_code = true,
};

extern const MigrationFormat typeorm{
    .name = "typeorm",
    .tool = "TypeORM",
    .sign_of =
        [](std::string_view path, const RepositoryView& repository) {
          return script_sign(path, repository, "typeorm");
        },
    .name_of = script_name,
    .parts_of = all_up,
    .sending_of =
        [](std::string_view text, const std::string&, const FolderView&) {
          return code_sending(text, "transaction = false", "TypeORM");
        },
    .arrange = arrange,
    .code_hint = "a query runner that prints shows it: migrations: {command: …}",
    .is_code = true,
};

}  // namespace schemagate::format_rows
