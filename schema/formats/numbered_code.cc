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

/// "Users1700000000000" of "export class Users1700000000000", or what the class says is its name.
std::string class_name(std::string_view text) {
  std::string of_class, told;
  each_line(text, [&](std::string_view line, std::size_t, std::size_t) {
    const std::vector<std::string_view> words = split(trim(line), ' ');
    const std::size_t equals = line.find('='), open = line.find_first_of("'\"`", equals);
    const bool assigns = equals != std::string_view::npos && open != std::string_view::npos;
    for (std::size_t i = 0; i + 1 < words.size(); ++i)
      if (words[i] == "class" && of_class.empty())
        of_class = words[i + 1].substr(0, words[i + 1].find('{'));
    const bool names = std::any_of(words.begin(), words.end(), [](std::string_view word) {
      return word.substr(0, word.find_first_of(":=")) == "name";
    });
    if (told.empty() && assigns && names)
      told = line.substr(open + 1, line.find(line[open], open + 1) - open - 1);
  });
  return told.empty() ? of_class : told;
}

/// TypeORM goes by the time at the end of a class's name, whatever the file is called.
void arrange_classes(const FolderView& folder, Listing& listing) {
  make_opaque(listing);
  constexpr std::size_t digits_of_time = 13;
  for (ListedMigration& migration : listing.migrations) {
    const std::string name = class_name(folder.text(migration.path));
    if (name.size() <= digits_of_time || !all_digits(name.substr(name.size() - digits_of_time)))
      continue;
    migration.name.parts = {name.substr(name.size() - digits_of_time)};
    migration.name.version = name;
  }
  std::stable_sort(listing.migrations.begin(), listing.migrations.end(),
                   [](const ListedMigration& one, const ListedMigration& two) {
                     return one.name.parts < two.name.parts;
                   });
}

SendingChoice typeorm_sending(std::string_view text, const std::string&, const FolderView&) {
  if (text.find("transaction = false") != std::string_view::npos)
    return {Sending::statements,
            "transaction = false, which TypeORM refuses unless migrationsTransactionMode is each "
            "or none"};
  return {Sending::transaction,
          "TypeORM runs all pending migrations in one transaction unless "
          "migrationsTransactionMode says otherwise"};
}

SendingChoice knex_sending(std::string_view text, const std::string&, const FolderView&) {
  if (text.find("transaction: false") != std::string_view::npos)
    return {Sending::statements, "transaction: false"};
  return {Sending::transaction,
          "Knex runs all pending migrations in one transaction, or each in its own where one of "
          "them says transaction: false"};
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
    .without = {.up_and_down = "the way down is code", .templates = "code"},
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
    .without = {.up_and_down = "the way down is code", .templates = "code"},
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
    .without = {.up_and_down = "the way down is code",
                .templates = "code",
                .duplicate = "a file's name is its version"},
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
    .sending_of = knex_sending,
    .arrange = arrange,
    .one_transaction = true,
    .gone_message = "Knex refuses to go on: the migration directory is corrupt",
    .code_hint = "a recording client prints it: migrations: {command: …}",
    .is_code = true,
    .without = {.up_and_down = "the way down is code",
                .templates = "code",
                .duplicate = "a file's name is its version"},
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
    .sending_of = typeorm_sending,
    .arrange = arrange_classes,
    .one_transaction = true,
    .duplicate_message = "TypeORM refuses the folder: duplicate migrations",
    .code_hint = "a query runner that prints shows it: migrations: {command: …}",
    .is_code = true,
    .without = {.up_and_down = "the way down is code", .templates = "code"},
};

}  // namespace schemagate::format_rows
