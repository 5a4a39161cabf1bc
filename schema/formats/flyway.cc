// SPDX-License-Identifier: MIT
// https://github.com/flyway/flyway: V1__name.sql, R__name.sql, a transaction per script.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "schema/formats/code.h"
#include "schema/formats/flyway_settings.h"

namespace schemagate::format_rows {
namespace {

/// The length of ".sql", or of a class's ending; 0: another file.
std::size_t ending_length(std::string_view name, const FlywayNaming& naming) {
  const std::string lower = to_lower(name);
  for (const std::string& ending : naming.suffixes)
    if (lower.ends_with(ending)) return ending.size();
  for (const std::string_view ending : {".java", ".kt", ".groovy", ".scala"})
    if (lower.ends_with(ending)) return ending.size();
  return 0;
}

/// Scripts that every `flyway migrate` runs: beforeMigrate.sql, afterEachMigrate__grants.sql.
std::optional<MigrationName> callback_name(std::string_view name, const FlywayNaming& naming) {
  const std::string_view event =
      name.substr(0, std::min(name.find(naming.separator), name.find('.')));
  const bool before = event.starts_with("before"), after = event.starts_with("after");
  if ((!before && !after) || !is_flyway_sql(name, naming) || event.ends_with("Error"))
    return std::nullopt;
  const std::string_view of = event.substr(before ? 6 : 5);
  for (const std::string_view known :
       {"Migrate", "EachMigrate", "EachMigrateStatement", "MigrateApplied", "Versioned",
        "Repeatables", "Validate", "Connect"})
    if (of == known)
      return MigrationName{std::string(name.substr(0, name.rfind('.'))),
                           before ? -1 : 2,
                           {},
                           std::string(name),
                           false,
                           true};
  return std::nullopt;
}

/// The numbers of "1_2" and "01.2.0"; nothing when it is no version.
std::optional<std::vector<std::string>> version_of(std::string_view written) {
  std::vector<std::string> parts;
  const std::string with_dots = replace_all(std::string(written), "_", ".");
  for (const std::string_view part : split(with_dots, '.')) {
    if (!all_digits(part)) return std::nullopt;
    parts.push_back(without_leading_zeros(part));
  }
  while (parts.size() > 1 && parts.back() == "0") parts.pop_back();
  return parts;
}

std::optional<MigrationName> name_by(std::string_view path, const FlywayNaming& naming) {
  const std::string_view name = file_of(path);
  const std::size_t ending = ending_length(name, naming);
  if (ending == 0) return std::nullopt;
  if (auto callback = callback_name(name, naming)) return callback;
  const std::size_t separator = name.find(naming.separator);
  if (separator == std::string_view::npos) return std::nullopt;
  const std::size_t begin = separator + naming.separator.size();
  if (begin + ending > name.size()) return std::nullopt;
  const std::string_view description = name.substr(begin, name.size() - begin - ending);
  const std::string_view front = name.substr(0, separator);
  if (front == naming.repeatable)
    return MigrationName{"R " + std::string(description), 1,     {},
                         std::string(description),        false, true};
  for (const std::string* prefix : {&naming.versioned, &naming.undo, &naming.baseline}) {
    if (!front.starts_with(*prefix)) continue;
    const auto parts = version_of(front.substr(prefix->size()));
    if (!parts) continue;
    const bool up = prefix == &naming.versioned;  // baselines only count on an empty database
    // A baseline is no way down from the version that it stands for.
    const std::string_view baseline = prefix == &naming.baseline ? " baseline" : "";
    return MigrationName{
        join(*parts, ".") + std::string(baseline), 0, *parts, std::string(name), !up, false};
  }
  return std::nullopt;
}

std::optional<MigrationName> name_of(std::string_view path) { return name_by(path, {}); }

std::optional<MigrationName> name_in(std::string_view path, const FolderView& folder) {
  const FlywayNaming naming = flyway_naming(folder);
  if (is_flyway_sql(path, naming) && !is_in_flyway_locations(path, folder)) return std::nullopt;
  return name_by(path, naming);
}

/// Of a list of locations those that are folders here.
std::vector<std::string> folders_in(std::string_view path, std::string_view locations,
                                    const RepositoryView& repository) {
  std::vector<std::string> folders;
  const std::string above = folder_of(path).empty() ? "" : folder_of(path) + "/";
  for (std::string_view location : split(locations, ',')) {
    location = trim(location);
    for (const std::string_view scheme : {"filesystem:", "classpath:", ""}) {
      const bool bare = location.find(':') == std::string_view::npos;
      if (!location.starts_with(scheme) || scheme.empty() != bare) continue;
      std::string folder(without_dots(location.substr(scheme.size())));
      folder = replace_all(folder, "{vendor}", "postgresql");
      while (folder.ends_with('/')) folder.pop_back();
      while (folder.starts_with('/')) folder.erase(0, 1);
      if (!folder.empty() && repository.has_below(above + folder + "/"))
        folders.push_back(above + folder);
    }
  }
  return folders;
}

/// The folder that holds both.
std::string common_folder(std::string one, const std::string& other) {
  while (!one.empty() && one != other && !other.starts_with(one + "/")) one = folder_of(one);
  return one;
}

/// The folder that Flyway's own configuration names, or Spring's; of several the one that holds
/// them all.
std::optional<FolderSign> configured_sign(std::string_view path, const RepositoryView& repository) {
  const auto settings = flyway_settings_of(path, repository.text_of(std::string(path)));
  const auto locations = settings.find("locations");
  if (locations == settings.end()) return std::nullopt;
  const std::vector<std::string> folders = folders_in(path, locations->second, repository);
  if (folders.empty()) return std::nullopt;
  std::string common = folders.front();
  for (const std::string& folder : folders) common = common_folder(common, folder);
  const bool is_one = folders.size() == 1 || common.empty() || common == folder_of(path);
  return FolderSign{is_one ? folders.front() : common,
                    fmt::format("{} names {}", path, is_one ? "it" : join(folders, " and ")),
                    Certainty::own_file};
}

std::optional<FolderSign> sign_of(std::string_view path, const RepositoryView& repository) {
  const std::string_view name = file_of(path);
  if (name == "flyway.toml" || name == "flyway.conf" || name == "application.yml" ||
      name == "application.yaml" || name == "application.properties")
    return configured_sign(path, repository);
  if ((!name.starts_with("V") && !name.starts_with("R__")) || !is_flyway_sql(name, {}) ||
      !name_of(path))
    return std::nullopt;
  return FolderSign{folder_of(path), std::string(path), Certainty::convention};
}

/// What Flyway itself recognises as not allowed in a transaction; the rest it runs in one and
/// fails.
bool leaves_transaction(const StatementStart& start) {
  for (const std::string_view word :
       {"create index concurrently", "create unique index concurrently", "drop index concurrently",
        "create database", "drop database", "create tablespace", "drop tablespace",
        "create subscription", "drop subscription", "alter system", "reindex schema",
        "reindex database", "reindex system", "reindex (verbose) schema",
        "reindex (verbose) database", "vacuum", "discard all"})
    if (start.words.starts_with(word)) return true;
  return false;
}

/// What the script's own configuration says: "true", "false", or nothing.
std::string execute_in_transaction(const std::string& path, const FolderView& folder) {
  return to_lower(setting_of(folder.text(path + ".conf"), "executeInTransaction").value_or(""));
}

SendingChoice sending_of(std::string_view text, const std::string& path, const FolderView& folder) {
  const std::string wanted = execute_in_transaction(path, folder);
  if (wanted == "true" || wanted == "false")
    return {wanted == "true" ? Sending::transaction : Sending::statements,
            "executeInTransaction=" + wanted + " in " + path + ".conf"};
  if (folder.setting("executeintransaction") == "false")
    return {Sending::statements, "executeInTransaction=false in Flyway's configuration"};
  const std::vector<StatementStart> starts = statement_starts(text);
  if (std::any_of(starts.begin(), starts.end(), leaves_transaction))
    return {Sending::statements,
            "Flyway runs a script with such a statement without a transaction"};
  return {Sending::transaction, "Flyway runs each script in a transaction"};
}

/// Files that Flyway silently ignores although they look like its own: V1_x.sql, v1__x.sql.
void find_misnamed(const FolderView& folder, Listing& listing) {
  const FlywayNaming naming = flyway_naming(folder);
  if (naming.versioned != "V" || naming.repeatable != "R" || naming.separator != "__") return;
  for (const FolderView::File& file : folder.files()) {
    const std::string_view name = file_of(file.path);
    if (!is_flyway_sql(name, naming) || name.size() < 2 || name_by(file.path, naming) ||
        !is_in_flyway_locations(file.path, folder))
      continue;
    const char first = name.front();
    if ((first != 'V' && first != 'v' && first != 'r' && first != 'R') ||
        (leading_digits(name.substr(1)).empty() && !name.substr(1).starts_with("__")))
      continue;
    listing.problems.push_back(
        {file.number, Span{file.number, 0, 0},
         "Flyway ignores this file: its name is not like V1__name.sql or R__name.sql", true});
  }
}

/// Statements that need a transaction and such that refuse one, in one script.
void check_file(const ListedMigration& migration, std::string_view text,
                std::vector<MigrationProblem>& problems) {
  std::vector<StatementStart> starts = statement_starts(text);
  std::erase_if(starts,
                [](const StatementStart& start) { return start.words.starts_with("set "); });
  const auto outside = std::find_if(starts.begin(), starts.end(), leaves_transaction);
  if (outside == starts.end() || std::all_of(starts.begin(), starts.end(), leaves_transaction))
    return;
  if (migration.may_mix) return;
  const auto at = static_cast<std::uint32_t>(outside->at);
  problems.push_back({migration.file, Span{migration.file, at, at},
                      "Flyway refuses the script: statements that run in a transaction and such "
                      "that can't are mixed (unless flyway.mixed=true)",
                      true});
}

bool builds_concurrently(const StatementStart& start) {
  return start.words.starts_with("create index concurrently") ||
         start.words.starts_with("create unique index concurrently");
}

/// Flyway keeps a transaction open for its own lock unless told otherwise, in a file that lies
/// elsewhere or is nobody's here. Said at the first build of a folder: later ones have seen it
/// work.
void note_own_lock(const FolderView& folder, Listing& listing) {
  for (const ListedMigration& migration : listing.migrations) {
    if (migration.opaque || migration.name.down ||
        execute_in_transaction(migration.path, folder) == "true")
      continue;
    const std::vector<StatementStart> starts = statement_starts(folder.text(migration.path));
    const auto found = std::find_if(starts.begin(), starts.end(), builds_concurrently);
    if (found == starts.end()) continue;
    const auto at = static_cast<std::uint32_t>(found->at);
    listing.problems.push_back(
        {migration.file, Span{migration.file, at, at},
         "the build waits for other transactions to end, also for the one in which Flyway holds "
         "its own lock, and that one waits for it: set "
         "flyway.postgresql.transactional.lock=false",
         false});
    return;
  }
}

void arrange(const FolderView& folder, Listing& listing) {
  find_misnamed(folder, listing);
  const FlywayNaming naming = flyway_naming(folder);
  const bool mixed = folder.setting("mixed") == "true";
  for (ListedMigration& migration : listing.migrations) {
    const std::string_view text = folder.text(migration.path);
    if (!is_flyway_sql(migration.path, naming)) {
      make_opaque(migration);
      continue;
    }
    migration.text = without_own_placeholders(text, folder);
    migration.sending = sending_of(text, migration.path, folder);
    migration.may_mix = mixed || migration.sending->reason.starts_with("executeInTransaction");
  }
  listing.takes_late = folder.setting("outoforder") == "true";
  if (folder.setting("postgresqltransactionallock") != "false") note_own_lock(folder, listing);
}

/// Maven's and Gradle's folders: classes lie beside scripts in one package, and on the disk apart.
std::vector<std::string> class_folders(std::string_view root) {
  constexpr std::string_view resources = "src/main/resources/";
  std::vector<std::string> folders;
  const std::size_t at = root.find(resources);
  if (at == std::string_view::npos || (at > 0 && root[at - 1] != '/')) return folders;
  for (const std::string_view language : {"java", "kotlin", "groovy", "scala"})
    folders.push_back(fmt::format("{}src/main/{}/{}", root.substr(0, at), language,
                                  root.substr(at + resources.size())));
  return folders;
}

/// CRC32 of the lines without their ends and without a byte order mark.
std::string summed_text(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string lines(text);
  std::erase_if(lines, [](char c) { return c == '\r' || c == '\n'; });
  return lines;
}

}  // namespace

extern const MigrationFormat flyway{
    .name = "flyway",
    .tool = "Flyway",
    .recursive = true,
    .sign_of = sign_of,
    .name_of = name_of,
    .name_in = name_in,
    .settings_of = flyway_settings,
    .parts_of = all_up,
    .sending_of = sending_of,
    .arrange = arrange,
    .check_file = check_file,
    .downs = Downs::optional,
    .duplicate_message =
        "Flyway refuses the folder: found more than one migration with this version",
    .gone_message = "Flyway refuses to migrate: detected applied migration not resolved locally",
    .late_message = "Flyway refuses to migrate: detected resolved migration not applied",
    .checksums = true,
    .summed_text = summed_text,
    .code_hint = sql_instead,
    .code_folders = class_folders,
};

}  // namespace schemagate::format_rows
