// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "analyzers/rule.h"
#include "base/error.h"
#include "base/text.h"
#include "bot/commands.h"
#include "bot/output.h"
#include "report/rules_pages.h"

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

}  // namespace

int run_rules(const RulesOptions& options, const CommonOptions& common) {
  if (!options.write.empty()) {
    for (const auto& [file, text] : rule_pages())
      write_whole_file(options.write + "/" + file, text);
    return 0;
  }
  if (!options.name.empty()) {
    const Rule& rule = known_rule(options.name);
    print(common.format == "json" ? rule_to_json(rule) + "\n" : rule_page(rule));
    return 0;
  }
  print(common.format == "json"       ? rules_to_json() + "\n"
        : common.format == "markdown" ? rules_table()
                                      : rules_to_terminal());
  return 0;
}

}  // namespace schemagate
