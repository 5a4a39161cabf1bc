// SPDX-License-Identifier: MIT
#include "bot/config.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"

namespace schemagate {
namespace {

/// Of a glob or a folder: what is matched with every path of a repository.
constexpr std::size_t longest_path = 1000;

[[noreturn]] void refuse(const std::string& file, const YAML::Node& node,
                         const std::string& message, const std::string& hint = {}) {
  throw Error(ErrorKind::config, fmt::format("{}:{}: {}", file, node.Mark().line + 1, message),
              hint);
}

/// One value of the file, with the words for a message about it.
struct Value {
  const YAML::Node& node;
  const std::string& file;
  std::string_view name;

  std::string scalar() const {
    if (!node.IsScalar()) refuse(file, node, fmt::format("{} must be a single value", name));
    return node.Scalar();
  }
  std::vector<std::string> list() const {
    if (node.IsScalar()) return {node.Scalar()};
    if (!node.IsSequence()) refuse(file, node, fmt::format("{} must be a value or a list", name));
    std::vector<std::string> values;
    for (const YAML::Node& item : node) values.push_back(Value{item, file, name}.scalar());
    return values;
  }
  bool boolean() const {
    const std::string text = to_lower(scalar());
    if (text != "true" && text != "false")
      refuse(file, node, fmt::format("{} must be true or false", name));
    return text == "true";
  }
  /// A number with one of the units, multiplied by the unit's factor.
  double amount(const std::vector<std::pair<std::string_view, double>>& units,
                std::string_view example) const {
    const std::string text = scalar();
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    const std::string unit = to_lower(trim(end));
    for (const auto& [word, factor] : units)
      if (unit == word && end != text.c_str() && value >= 0) return value * factor;
    refuse(file, node, fmt::format("{} can't be '{}'", name, text),
           fmt::format("{}, for example", example));
  }
  std::string one_of(const std::vector<std::string>& words) const {
    std::string text = scalar();
    if (std::find(words.begin(), words.end(), text) == words.end())
      refuse(file, node, fmt::format("{} can't be '{}'", name, text),
             "one of " + join(words, ", "));
    return text;
  }
};

template <class Target>
struct Key {
  std::string_view name;
  void (*read)(const Value& value, Target& target);
};

[[noreturn]] void refuse_key(const Value& key, const std::string& name,
                             const std::vector<std::string>& known, std::string_view where) {
  const auto near = nearest(name, known);
  refuse(key.file, key.node, fmt::format("unknown key '{}'{}", name, where),
         near ? fmt::format("did you mean '{}'?", *near) : "known keys: " + join(known, ", "));
}

template <class Target, std::size_t count>
const Key<Target>* find_key(const Key<Target> (&keys)[count], std::string_view name) {
  const auto* found = std::find_if(std::begin(keys), std::end(keys),
                                   [&](const Key<Target>& key) { return key.name == name; });
  return found == std::end(keys) ? nullptr : found;
}

template <class Target, std::size_t count>
void read_mapping(const Value& value, Target& target, const Key<Target> (&keys)[count]) {
  if (!value.node.IsMap())
    refuse(value.file, value.node, fmt::format("{} must be a mapping", value.name));
  for (const auto& entry : value.node) {
    const Value key{entry.first, value.file, "a key"};
    const std::string name = key.scalar();
    const Key<Target>* found = find_key(keys, name);
    if (!found) {
      std::vector<std::string> known;
      for (const Key<Target>& candidate : keys) known.emplace_back(candidate.name);
      refuse_key(key, name, known, fmt::format(" in {}", value.name));
    }
    found->read(Value{entry.second, value.file, found->name}, target);
  }
}

void read_severity(const Value& value, RuleSetting& setting) {
  const std::string word = value.one_of({"error", "warning", "note", "off"});
  setting.off = word == "off";
  if (word == "error") setting.severity = Severity::error;
  if (word == "warning") setting.severity = Severity::warning;
  if (word == "note") setting.severity = Severity::note;
}

WhoMayAllow who_of(const Value& value) {
  const std::string word = value.one_of({"anyone", "reviewed", "nobody"});
  if (word == "anyone") return WhoMayAllow::anyone;
  return word == "reviewed" ? WhoMayAllow::reviewed : WhoMayAllow::nobody;
}

constexpr Key<RuleSetting> rule_keys[] = {
    {"severity", read_severity},
    {"allow", [](const Value& value, RuleSetting& to) { to.allow = who_of(value); }},
    {"except", [](const Value& value, RuleSetting& to) { to.except = value.list(); }},
};

void read_rules(const Value& value, std::map<std::string, RuleSetting>& rules) {
  if (!value.node.IsMap()) refuse(value.file, value.node, "rules must be a mapping");
  for (const auto& entry : value.node) {
    const std::string name = Value{entry.first, value.file, "a rule's name"}.scalar();
    if (!find_rule(name)) {
      std::vector<std::string> known;
      for (const Rule* rule : all_rules()) known.emplace_back(rule->id);
      const auto near = nearest(name, known);
      refuse(value.file, entry.first, fmt::format("unknown rule '{}'", name),
             near ? fmt::format("did you mean '{}'?", *near) : "`schemagate rules` lists them");
    }
    RuleSetting setting;
    const Value rule{entry.second, value.file, name};
    if (entry.second.IsMap())
      read_mapping(rule, setting, rule_keys);
    else
      read_severity(rule, setting);
    if (name == "syntax-error" && setting.off) {  // that it was not judged is said in any case
      setting.off = false;
      setting.severity = Severity::note;
    }
    rules[name] = setting;
  }
}

constexpr Key<FactsSetting> facts_keys[] = {
    {"url", [](const Value& value, FactsSetting& to) { to.url = value.scalar(); }},
    {"statistics_url",
     [](const Value& value, FactsSetting& to) { to.statistics_url = value.scalar(); }},
    {"file", [](const Value& value, FactsSetting& to) { to.file = value.scalar(); }},
};

constexpr Key<MigrationsSetting> migration_keys[] = {
    {"path", [](const Value& value, MigrationsSetting& to) { to.path = value.scalar(); }},
    {"format", [](const Value& value, MigrationsSetting& to) { to.format = value.scalar(); }},
    {"command", [](const Value& value, MigrationsSetting& to) { to.command = value.scalar(); }},
    {"transactions",
     [](const Value& value, MigrationsSetting& to) {
       to.transactions = value.one_of({"file", "all", "none"});
     }},
};

constexpr Key<Thresholds> threshold_keys[] = {
    {"small_table",
     [](const Value& value, Thresholds& to) {
       to.small_table_bytes = static_cast<std::int64_t>(value.amount(
           {{"", 1}, {"b", 1}, {"kb", 1024}, {"mb", 1048576}, {"gb", 1073741824}}, "16MB"));
     }},
    {"small_table_rows",
     [](const Value& value, Thresholds& to) {
       to.small_table_rows = static_cast<std::int64_t>(value.amount({{"", 1}}, "1000"));
     }},
    {"busy_table",
     [](const Value& value, Thresholds& to) {
       to.busy_table_writes_per_second = value.amount({{"", 1}, {"writes/s", 1}}, "100 writes/s");
     }},
};

void read_migrations_key(const Value& value, DatabaseConfig& to) {
  if (value.node.IsScalar())
    to.migrations.path = value.node.Scalar();
  else
    read_mapping(value, to.migrations, migration_keys);
  if (!to.migrations.command.empty() && to.migrations.path.empty())
    refuse(value.file, value.node, "migrations with a command need a path",
           "where is the code? {path: alembic/versions, command: …}");
  while (to.migrations.path.ends_with('/')) to.migrations.path.pop_back();
}

/// Every one of them may stand at the top, for all databases, or in an entry.
constexpr Key<DatabaseConfig> database_keys[] = {
    {"name", [](const Value& value, DatabaseConfig& to) { to.name = value.scalar(); }},
    {"schema", [](const Value& value, DatabaseConfig& to) { to.schema = value.list(); }},
    {"variables",
     [](const Value& value, DatabaseConfig& to) {
       if (!value.node.IsMap()) refuse(value.file, value.node, "variables must be a mapping");
       for (const auto& entry : value.node)
         to.variables[entry.first.Scalar()] = Value{entry.second, value.file, "variables"}.scalar();
     }},
    {"migrations", read_migrations_key},
    {"facts",
     [](const Value& value, DatabaseConfig& to) {
       to.facts = {};
       read_mapping(value, to.facts, facts_keys);
     }},
    {"applied", [](const Value& value, DatabaseConfig& to) { to.applied = value.scalar(); }},
    {"postgres",
     [](const Value& value, DatabaseConfig& to) {
       to.postgres = std::stoi(value.one_of({"14", "15", "16", "17", "18"}));
     }},
    {"apply",
     [](const Value& value, DatabaseConfig& to) {
       to.apply_online = value.one_of({"direct", "online"}) == "online";
     }},
    {"rehearsal", [](const Value& value, DatabaseConfig& to) { to.rehearsal = value.boolean(); }},
    {"rules", [](const Value& value, DatabaseConfig& to) { read_rules(value, to.rules); }},
    {"allow", [](const Value& value, DatabaseConfig& to) { to.allow = who_of(value); }},
    {"other_tools",
     [](const Value& value, DatabaseConfig& to) { to.other_tools = value.boolean(); }},
    {"thresholds", [](const Value& value,
                      DatabaseConfig& to) { read_mapping(value, to.thresholds, threshold_keys); }},
    {"facts_max_age",
     [](const Value& value, DatabaseConfig& to) {
       to.facts_max_age_days = static_cast<std::int64_t>(
           value.amount({{"", 1}, {"d", 1}, {"day", 1}, {"days", 1}}, "7 days"));
     }},
    {"locked", [](const Value& value, DatabaseConfig& to) { to.locked = value.boolean(); }},
};

struct TopLevel {
  DatabaseConfig defaults;
  Config config;
  YAML::Node databases{YAML::NodeType::Null};
};

constexpr Key<Config> override_keys[] = {
    {"self", [](const Value& value, Config& to) { to.override_self = value.boolean(); }},
    {"unparsed", [](const Value& value, Config& to) { to.override_unparsed = value.boolean(); }},
};

constexpr Key<Config> gate_keys[] = {
    {"approvals",
     [](const Value& value, Config& to) {
       to.gate_approvals = static_cast<int>(std::min(value.amount({{"", 1}}, "1"), 100.0));
     }},
    {"slot_ttl",
     [](const Value& value, Config& to) {
       to.gate_slot_hours = static_cast<std::int64_t>(
           value.amount({{"h", 1}, {"hours", 1}, {"d", 24}, {"days", 24}}, "24h"));
     }},
    {"override", [](const Value& value, Config& to) { read_mapping(value, to, override_keys); }},
    {"mode",
     [](const Value& value, Config& to) {
       to.gate_mode = value.one_of({"queue", "slots", "strict", "off"});
     }},
};

constexpr Key<TopLevel> top_keys[] = {
    {"databases",
     [](const Value& value, TopLevel& to) {
       if (!value.node.IsSequence() || value.node.size() == 0)
         refuse(value.file, value.node, "databases must be a list with at least one entry");
       to.databases = value.node;
     }},
    {"gate", [](const Value& value, TopLevel& to) { read_mapping(value, to.config, gate_keys); }},
    {"fail_on",
     [](const Value& value, TopLevel& to) {
       const std::string word = value.one_of({"error", "warning", "never"});
       to.config.fail_on = word == "error"     ? FailOn::error
                           : word == "warning" ? FailOn::warning
                                               : FailOn::never;
     }},
};

void read_top(const YAML::Node& root, TopLevel& top, const std::string& file) {
  for (const auto& entry : root) {
    const Value key{entry.first, file, "a key"};
    const std::string name = key.scalar();
    if (name != "databases") top.config.top_texts[name] = YAML::Dump(entry.second);
    if (const auto* own = find_key(top_keys, name)) {
      own->read(Value{entry.second, file, own->name}, top);
    } else if (const auto* common = find_key(database_keys, name)) {
      common->read(Value{entry.second, file, common->name}, top.defaults);
    } else {
      refuse_key(key, name, config_keys(), "");
    }
  }
  top.config.locked = top.defaults.locked;
}

void add_database(Config& config, DatabaseConfig database, const YAML::Node& node) {
  const std::string& file = config.file;
  for (std::string& glob : database.schema) glob = std::string(without_dots(glob));
  if (const auto path = std::string(without_dots(database.migrations.path)); !path.empty())
    database.migrations.path = path;
  if (database.name.empty()) refuse(file, node, "a database has no name", "add `name: …`");
  if (database.schema.empty() && database.migrations.empty())
    refuse(file, node,
           fmt::format("database '{}' has neither schema nor migrations", database.name),
           "add `schema: path/*.sql` or `migrations: {path: …}`");
  std::vector<std::string> paths = database.schema;
  paths.push_back(database.migrations.path);
  for (const std::string& path : paths)
    if (path.size() > longest_path)
      refuse(file, node,
             fmt::format("a path of database '{}' is longer than {} characters", database.name,
                         longest_path));
  for (const DatabaseConfig& other : config.databases)
    if (other.name == database.name)
      refuse(file, node, fmt::format("database '{}' is declared twice", database.name));
  database.text = YAML::Dump(node);
  config.databases.push_back(std::move(database));
}

YAML::Node load_yaml(std::string_view text, const std::string& file) {
  try {
    return YAML::Load(std::string(text));
  } catch (const YAML::Exception& error) {
    throw Error(ErrorKind::config, fmt::format("{}:{}: {}", file, error.mark.line + 1, error.msg),
                "is the indentation right?");
  }
}

}  // namespace

Config parse_config(std::string_view text, const std::string& file) {
  const YAML::Node root = load_yaml(text, file);
  if (!root.IsMap())
    throw Error(ErrorKind::config, file + " is not a mapping", "`schemagate init` writes one");
  TopLevel top;
  top.config.file = file;
  read_top(root, top, file);
  if (top.databases.IsSequence()) {
    for (const YAML::Node& node : top.databases) {
      DatabaseConfig database = top.defaults;
      read_mapping(Value{node, file, "databases"}, database, database_keys);
      add_database(top.config, std::move(database), node);
    }
  } else {
    if (top.defaults.name.empty()) top.defaults.name = "default";
    add_database(top.config, std::move(top.defaults), root);
    top.config.databases.back().text.clear();  // the top keys are all there is
  }
  return std::move(top.config);
}

std::vector<std::string> config_keys() {
  std::vector<std::string> keys;
  for (const auto& key : top_keys) keys.emplace_back(key.name);
  for (const auto& key : database_keys) keys.emplace_back(key.name);
  return keys;
}

std::string expand_environment(const std::string& text) {
  if (!text.starts_with('$')) return text;
  std::string name = text.substr(1);
  if (name.starts_with('{') && name.ends_with('}')) name = name.substr(1, name.size() - 2);
  const char* value = std::getenv(name.c_str());
  if (!value || !*value)
    throw Error(ErrorKind::config, fmt::format("environment variable {} is not set", name),
                "is the secret passed to this job with `env:`?");
  return value;
}

}  // namespace schemagate
