// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "analyzers/page.h"
#include "analyzers/rule.h"
#include "base/error.h"
#include "base/text.h"
#include "bot/commands.h"
#include "bot/output.h"
#include "report/json_writer.h"

namespace schemagate {
namespace {

const Rule& known_rule(const std::string& name) {
  if (const Rule* rule = find_rule(name)) return *rule;
  std::vector<std::string> names;
  for (const Rule* rule : all_rules()) names.emplace_back(rule->id);
  const auto near = nearest(name, names);
  throw Error(ErrorKind::usage, fmt::format("there is no rule '{}'", name),
              near ? fmt::format("did you mean '{}'?", *near) : "`schemagate rules` lists them");
}

void add_rule(JsonWriter& json, const Rule& rule) {
  json.begin_object();
  json.key("name").string(rule.id);
  json.key("severity").string(to_string(rule.severity));
  json.key("on_by_default").boolean(rule.on_by_default);
  json.key("summary").string(rule.summary);
  json.key("when").string(rule.when);
  json.key("effect").string(rule.effect);
  json.key("instead").string(rule.instead);
  json.key("reference").string(rule.reference);
  json.end_object();
}

std::string as_json(std::span<const Rule* const> rules) {
  JsonWriter json;
  json.begin_object();
  json.key("schema_version").integer(1);
  json.key("rules").begin_array();
  for (const Rule* rule : rules) add_rule(json, *rule);
  json.end_array();
  json.end_object();
  return json.take();
}

std::string list_of_rules() {
  std::size_t width = 0;
  for (const Rule* rule : all_rules()) width = std::max(width, rule->id.size());
  std::string out;
  for (const Rule* rule : all_rules())
    out += fmt::format("{:{}}  {:7}  {}\n", rule->id, width,
                       rule->on_by_default ? to_string(rule->severity) : "off", rule->summary);
  return out;
}

}  // namespace

int run_rules(const RulesOptions& options, const CommonOptions& common) {
  if (!options.write.empty()) {
    for (const auto& [file, text] : pages()) write_whole_file(options.write + "/" + file, text);
    return 0;
  }
  if (!options.name.empty()) {
    const Rule* const rule = &known_rule(options.name);
    deliver_text(common, "terminal", [&](const std::string& format, bool) {
      return format == "json" ? as_json({&rule, 1}) : page(*rule);
    });
    return 0;
  }
  deliver_text(common, "terminal", [](const std::string& format, bool) {
    if (format == "json") return as_json(all_rules());
    return format == "markdown" ? pages().at("README.md") : list_of_rules();
  });
  return 0;
}

}  // namespace schemagate
