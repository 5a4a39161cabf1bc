// SPDX-License-Identifier: MIT
// https://documentation.red-gate.com/flyway/reference/configuration
#include "schema/formats/flyway_settings.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "schema/formats/yaml_document.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

using Settings = FolderView::Settings;

/// "sqlmigrationprefix" of "flyway.sqlMigrationPrefix" and "spring.flyway.sql-migration-prefix";
/// empty: not Flyway's.
std::string plain_name(std::string_view written) {
  std::string name = to_lower(written);
  std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
  for (const std::string_view before : {"springflyway", "flyway"})
    if (name.starts_with(before)) return name.substr(before.size());
  return {};
}

/// Without quotes; what stands in a list with commas between.
std::string plain_value(std::string_view written) {
  std::string value(trim(written));
  if (value.starts_with('[')) {
    std::erase_if(
        value, [](char c) { return std::string_view("[] \"'").find(c) != std::string_view::npos; });
    return value;
  }
  if (value.size() > 1 && (value.front() == '"' || value.front() == '\'') &&
      value.back() == value.front())
    return value.substr(1, value.size() - 2);
  return value;
}

/// TOML's comments stand behind values, too.
std::string_view without_comment(std::string_view line) {
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote == 0 && c == '#') return line.substr(0, i);
    if (quote == '"' && c == '\\')
      ++i;
    else if (c == '"' || c == '\'')
      quote = quote == 0 ? c : quote == c ? '\0' : quote;
  }
  return line;
}

/// "classpath:db" of Spring's "${LOCATIONS:classpath:db}".
std::string with_defaults(std::string value) {
  constexpr std::size_t longest = 4096;  // of a value: each of its braces is looked for from each
  if (value.size() > longest) return value;
  for (std::size_t at = value.find("${"); at != std::string::npos; at = value.find("${", at + 1)) {
    std::size_t end = at + 2;
    for (int open = 1; end < value.size(); ++end) {
      open += value[end] == '{' ? 1 : value[end] == '}' ? -1 : 0;
      if (open == 0) break;
    }
    const std::size_t colon = value.find(':', at);
    if (end >= value.size() || colon > end) continue;
    value = value.substr(0, at) + value.substr(colon + 1, end - colon - 1) + value.substr(end + 1);
  }
  return value;
}

/// Puts settings into place; the items of a list follow each other.
class Setter {
 public:
  explicit Setter(Settings& settings) : settings_(settings) {}
  void set(const std::string& name, std::string_view written, bool item) {
    std::string value = plain_value(with_defaults(std::string(written)));
    if (item && name == list_)
      settings_[name] += "," + value;
    else
      settings_[name] = std::move(value);
    list_ = item ? name : "";
  }

 private:
  Settings& settings_;
  std::string list_;  // that the last item was of
};

void read_lines(std::string_view text, bool toml, Settings& settings) {
  std::string section;
  Setter setter(settings);
  each_line(text, [&](std::string_view line, std::size_t, std::size_t) {
    line = trim(toml ? without_comment(line) : line);
    if (line.empty() || line.front() == '#' || line.front() == '!') return;
    if (toml && line.front() == '[') {
      section = std::string(line.substr(1, line.find(']') - 1)) + ".";
      return;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) return;
    const std::string_view key = trim(line.substr(0, equals));
    const bool item = !toml && key.ends_with(']');  // "locations[0]"
    const std::string name =
        plain_name(section + std::string(item ? key.substr(0, key.rfind('[')) : key));
    if (!name.empty()) setter.set(name, line.substr(equals + 1), item);
  });
}

/// The documents of a file of Spring's, which a line of dashes (in properties "#---") divides.
std::vector<std::string_view> documents_of(std::string_view text) {
  std::vector<std::string_view> documents;
  std::size_t from = 0;
  each_line(text, [&](std::string_view line, std::size_t begin, std::size_t end) {
    line = trim(line);
    if (line != "---" && line != "#---" && line != "!---") return;
    documents.push_back(text.substr(from, begin - from));
    from = end;
  });
  documents.push_back(text.substr(from));
  return documents;
}

/// A document that counts only where somebody asks for it.
bool is_for_profile(std::string_view document) {
  bool found = false;
  each_line(document, [&](std::string_view line, std::size_t, std::size_t) {
    line = trim(line);
    for (const std::string_view key :
         {"on-profile:", "profiles:", "on-cloud-platform:", "spring.profiles=", "spring.profiles:",
          "spring.config.activate.", "onProfile:"})
      found = found || line.starts_with(key);
  });
  return found;
}

void read_yaml_settings(std::string_view text, Settings& settings) {
  constexpr std::size_t longest = 200;  // of a setting's path: whatever nests deeper is none
  struct Open {
    std::size_t depth = 0, path = 0;  // how long the path above it is
  };
  std::vector<Open> open;
  std::string path;
  Setter setter(settings);
  for (const YamlEntry& entry : read_yaml(text, YamlItems::with_empty_keys).entries) {
    while (!open.empty() && open.back().depth >= entry.depth) {
      path.resize(open.back().path);
      open.pop_back();
    }
    open.push_back({entry.depth, path.size()});
    path += entry.key + ".";
    if (path.size() > longest || entry.value.empty()) continue;
    if (const std::string name = plain_name(path); !name.empty())
      setter.set(name, entry.value, entry.key.empty());
  }
}

/// The folders of a list of locations, as far as they are written out; nothing where a part of one
/// is only known where Flyway runs.
std::vector<std::string> written_locations(std::string_view joined) {
  std::vector<std::string> folders;
  for (std::string_view location : split(joined, ',')) {
    location = trim(location);
    const std::size_t scheme = location.find(':');
    std::string folder(without_dots(location.substr(scheme + 1)));
    folder = replace_all(folder, "{vendor}", "postgresql");
    while (folder.ends_with('/')) folder.pop_back();
    while (folder.starts_with('/')) folder.erase(0, 1);
    constexpr std::size_t most = 64;  // each file is looked for in each
    if (folder.empty() || folders.size() == most ||
        folder.find_first_of("*?${") != std::string::npos)
      return {};
    folders.push_back(std::move(folder));
  }
  return folders;
}

/// Of several locations what lies below the folder that is read, joined by commas: "migration" of
/// "db/migration" in "resources/db". Empty where not each of them has a file in it: the folder is
/// another one, or one of them.
std::string locations_inside(const FolderView& folder, std::vector<std::string> locations) {
  while (locations.size() > 1) {
    const bool all = std::all_of(locations.begin(), locations.end(), [&](const auto& location) {
      return std::any_of(
          folder.files().begin(), folder.files().end(),
          [&](const FolderView::File& file) { return file.path.starts_with(location + "/"); });
    });
    if (all) return join(locations, ",");
    const std::string first = locations.front().substr(0, locations.front().find('/') + 1);
    for (std::string& location : locations) {
      if (first.empty() || !location.starts_with(first)) return {};
      location.erase(0, first.size());
    }
  }
  return {};
}

std::vector<std::string> list_of(std::string_view joined) {
  std::vector<std::string> list;
  for (const std::string_view one : split(joined, ','))
    if (!trim(one).empty()) list.push_back(to_lower(trim(one)));
  return list;
}

}  // namespace

Settings flyway_settings_of(std::string_view name, std::string_view text) {
  Settings settings;
  const std::vector<std::string_view> documents = documents_of(text);
  for (const std::string_view document : documents) {
    if (documents.size() > 1 && is_for_profile(document)) continue;
    if (name.ends_with(".yml") || name.ends_with(".yaml"))
      read_yaml_settings(document, settings);
    else
      read_lines(document, name.ends_with(".toml"), settings);
  }
  return settings;
}

Settings flyway_settings(const FolderView& folder) {
  Settings settings;
  for (const std::string_view name :
       {"application.yml", "application.yaml", "application.properties", "flyway.conf",
        "conf/flyway.conf", "flyway.toml"})
    for (auto& [key, value] : flyway_settings_of(name, folder.text_above(name)))
      settings[key] = value;
  if (const auto locations = settings.find("locations"); locations != settings.end()) {
    std::string inside = locations_inside(folder, written_locations(locations->second));
    if (!inside.empty()) settings["locations inside"] = std::move(inside);
  }
  return settings;
}

bool is_in_flyway_locations(std::string_view path, const FolderView& folder) {
  if (!folder.has_setting("locations inside")) return true;
  const std::string inside = folder.setting("locations inside");
  const std::vector<std::string_view> locations = split(inside, ',');
  return std::any_of(locations.begin(), locations.end(), [&](std::string_view location) {
    return path.starts_with(std::string(location) + "/");
  });
}

FlywayNaming flyway_naming(const FolderView& folder) {
  FlywayNaming naming;
  naming.versioned = folder.setting("sqlmigrationprefix", naming.versioned);
  naming.undo = folder.setting("undosqlmigrationprefix", naming.undo);
  naming.repeatable = folder.setting("repeatablesqlmigrationprefix", naming.repeatable);
  naming.baseline = folder.setting("baselinemigrationprefix", naming.baseline);
  naming.separator = folder.setting("sqlmigrationseparator", naming.separator);
  if (auto suffixes = list_of(folder.setting("sqlmigrationsuffixes")); !suffixes.empty())
    naming.suffixes = std::move(suffixes);
  if (naming.separator.empty()) naming.separator = "__";
  return naming;
}

bool is_flyway_sql(std::string_view path, const FlywayNaming& naming) {
  const std::string lower = to_lower(path);
  return std::any_of(naming.suffixes.begin(), naming.suffixes.end(),
                     [&](const std::string& suffix) { return lower.ends_with(suffix); });
}

std::string without_own_placeholders(std::string_view text, const FolderView& folder) {
  const std::string prefix = folder.setting("placeholderprefix", "${"),
                    suffix = folder.setting("placeholdersuffix", "}");
  if (prefix.empty() || suffix.empty() || (prefix == "${" && suffix == "}")) return {};
  std::string out(text);
  bool any = false;
  for (std::size_t at = text.find(prefix); at != std::string_view::npos;
       at = text.find(prefix, at)) {
    const std::size_t line_end = std::min(text.find('\n', at), text.size());
    const std::size_t end = text.substr(0, line_end).find(suffix, at + prefix.size());
    if (end == std::string_view::npos) {
      at = line_end;
      continue;
    }
    const std::size_t stop = end + suffix.size();
    for (std::size_t i = at; i < stop; ++i)
      if (std::isalnum(static_cast<unsigned char>(text[i])) == 0) out[i] = '_';
    any = true;
    at = stop;
  }
  return any ? out : std::string();
}

}  // namespace schemagate::format_rows
