// SPDX-License-Identifier: MIT
// https://supabase.com/docs/guides/cli: supabase/migrations/<number>_<name>.sql, a pipeline.
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  const std::string folder = folder_of(path);
  if (!folder.ends_with("supabase/migrations") || !path.ends_with(".sql")) return std::nullopt;
  const std::string config = folder_of(folder) + "/config.toml";
  if (!repository.has(config)) return std::nullopt;
  return FolderSign{folder, config, Certainty::own_file};
}

std::optional<MigrationName> name_of(std::string_view path) {
  if (!numbered_name(path, ".sql")) return std::nullopt;
  return ordered_by_name(std::string(leading_digits(path)), path);
}

SendingChoice sending_of(std::string_view, const std::string&, const FolderView&) {
  return {Sending::pipeline, "Supabase sends a file as one pipeline"};
}

}  // namespace

extern const MigrationFormat supabase{
    .name = "supabase",
    .tool = "Supabase",
    .sign_of = sign_of,
    .name_of = name_of,
    .parts_of = all_up,
    .sending_of = sending_of,
    .duplicate_message = "Supabase refuses the second one: its version is in the history already",
    .late_message =
        "Supabase refuses to push: local migration files to be inserted before the last "
        "migration",
};

}  // namespace schemagate::format_rows
