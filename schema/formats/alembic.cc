// SPDX-License-Identifier: MIT
// https://alembic.sqlalchemy.org: versions/*.py, each with its revision and the one below it.
#include <algorithm>

#include "schema/formats/code.h"

namespace schemagate::format_rows {
namespace {

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  if (!path.ends_with(".py")) return std::nullopt;
  const std::string folder = folder_of(path);
  if (file_of(folder) != "versions" && !repository.has(folder_of(folder) + "/env.py"))
    return std::nullopt;
  const std::string& text = repository.text_of(std::string(path));
  if (!python_strings(text, "down_revision") || !python_strings(text, "revision"))
    return std::nullopt;
  return FolderSign{folder_of(path), std::string(path) + " has a down_revision",
                    Certainty::own_file};
}

std::optional<MigrationName> name_of(std::string_view path) {
  if (!path.ends_with(".py") || file_of(path) == "__init__.py") return std::nullopt;
  return ordered_by_name(std::string(path), path);
}

SendingChoice sending_of(std::string_view text, const std::string&, const FolderView&) {
  if (text.find("autocommit_block") != std::string_view::npos)
    return {Sending::statements, "autocommit_block"};
  return {Sending::transaction,
          "Alembic runs all pending revisions in one transaction unless env.py sets "
          "transaction_per_migration"};
}

void arrange(const FolderView& folder, Listing& listing) {
  bool labelled = false;
  std::erase_if(listing.migrations, [&](ListedMigration& migration) {
    const std::string_view text = folder.text(migration.path);
    const auto revision = python_strings(text, "revision");
    if (!revision || revision->empty()) return true;
    migration.name.version = revision->front();
    migration.parents = python_strings(text, "down_revision").value_or(std::vector<std::string>{});
    labelled = labelled ||
               !python_strings(text, "branch_labels").value_or(std::vector<std::string>{}).empty();
    return false;
  });
  arrange_graph(listing, "alembic upgrade head fails, multiple head revisions are present");
  // Branches with labels are meant to have a head each.
  if (labelled)
    for (MigrationProblem& problem : listing.problems) problem.certain_failure = false;
}

}  // namespace

extern const MigrationFormat alembic{
    .name = "alembic",
    .tool = "Alembic",
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange,
    .duplicate_message = "Alembic refuses the folder: a revision is present more than once",
    .code_hint =
        "`alembic upgrade base:head --sql` prints it without a database: migrations: "
        "{command: …}",
    .is_code = true,
    .without = {.up_and_down = "the way down is code", .templates = "code"},
};

}  // namespace schemagate::format_rows
