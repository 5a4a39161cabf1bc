// SPDX-License-Identifier: MIT
// SARIF 2.1.0, as GitHub's code scanning takes it.
// https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "analyzers/rule.h"
#include "base/text.h"
#include "report/markdown_text.h"
#include "report/report.h"
#include "report/summary.h"
#include "report/utf8.h"

namespace schemagate {
namespace {

using nlohmann::json;

/// GitHub keeps the first so many results of a run.
/// https://docs.github.com/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
constexpr std::size_t most_results = 5000;

std::string_view level(Severity severity) { return to_string(severity); }

/// "[words](target)" in a message is a link (SARIF 3.11.6): not when the pull request wrote it.
json message(std::string_view text) { return {{"text", replace_all(visible(text), "](", "] (")}}; }

json rule_metadata(const Rule& rule) {
  json made = {
      {"id", rule.id},
      {"shortDescription", {{"text", rule.summary}}},
      {"fullDescription", {{"text", rule.effect}}},
      {"help", {{"text", std::string(rule.when) + "\n\n" + std::string(rule.instead)}}},
      {"defaultConfiguration", {{"enabled", rule.on_by_default}, {"level", level(rule.severity)}}},
      {"properties", {{"tags", json::array({"postgresql", "schema"})}}}};
  if (!rule.reference.empty()) made["helpUri"] = rule.reference;
  return made;
}

json location(const Place& place, const std::string& object) {
  const json logical = {{"fullyQualifiedName", visible_line(object)}};
  json made = {{"logicalLocations", json::array({logical})}};
  if (place.file.empty()) return made;
  json physical = {{"artifactLocation", {{"uri", url_path(place.file)}}}};
  if (place.line > 0) {
    json region = {{"startLine", place.line}};
    if (place.column > 0) region["startColumn"] = place.column;
    if (place.end_line >= place.line) region["endLine"] = place.end_line;
    const bool after_begin = place.end_line > place.line || place.end_column >= place.column;
    if (place.end_column > 0 && after_begin) region["endColumn"] = place.end_column;
    physical["region"] = region;
  }
  made["physicalLocation"] = physical;
  return made;
}

std::string words(const Finding& finding, const Place& place) {
  std::string text = finding.message;
  if (place.old_side) text += " (the line is that of the schema before this change)";
  const auto evidence = to_words(finding.evidence);
  if (!evidence.empty()) text += "\n" + join(evidence, "; ");
  if (finding.remedy) {
    text += "\ninstead: " + finding.remedy->explanation;
    for (const auto& statement : finding.remedy->sql) text += "\n" + statement + ";";
  }
  return text;
}

/// The rules that the results of a run name, each once.
class Rules {
 public:
  std::size_t index(const std::string& id) {
    const auto [found, is_new] = indexes_.try_emplace(id, list_.size());
    if (is_new) {
      const Rule* rule = find_rule(id);
      list_.push_back(rule != nullptr ? rule_metadata(*rule) : json{{"id", id}});
    }
    return found->second;
  }
  json take() { return std::move(list_); }

 private:
  json list_ = json::array();
  std::map<std::string, std::size_t> indexes_;
};

json result(const ReportedFinding& reported, const DatabaseReport& database, Rules& rules) {
  const Finding& finding = reported.finding;
  const Place& place = reported.place;
  json made = {{"ruleId", finding.rule},
               {"ruleIndex", rules.index(finding.rule)},
               {"level", level(finding.severity)},
               {"message", message(words(finding, place))},
               {"locations", json::array({location(place, finding.object)})},
               {"partialFingerprints", {{"schemagate/v1", reported.fingerprint}}},
               {"properties",
                {{"database", visible_line(database.name)},
                 {"object", visible_line(finding.object)},
                 {"side", place.old_side ? "old" : "new"}}}};
  if (!finding.allowed_because.empty()) {
    const json suppression = {{"kind", "inSource"},
                              {"justification", visible(finding.allowed_because)}};
    made["suppressions"] = json::array({suppression});
  }
  return made;
}

/// Errors, then warnings, then notes, then what is allowed.
int rank(const ReportedFinding& reported) {
  const Finding& finding = reported.finding;
  return finding.allowed_because.empty() ? -static_cast<int>(finding.severity) : 1;
}

json notifications(const Report& report) {
  json list = json::array();
  const auto add = [&](std::string_view level_name, const std::string& text) {
    list.push_back({{"level", level_name}, {"message", message(text)}});
  };
  for (const auto& note : report.notes) add("note", note);
  for (const auto& database : report.databases) {
    for (const auto& note : database.notes) {
      add(database.judged ? "note" : "error", database.name + ": " + note);
    }
  }
  return list;
}

}  // namespace

std::string to_sarif(const Report& report) {
  struct Item {
    const ReportedFinding* finding;
    const DatabaseReport* database;
  };
  std::vector<Item> items;
  for (const auto& database : report.databases) {
    for (const auto& finding : database.findings) items.push_back({&finding, &database});
  }
  std::stable_sort(items.begin(), items.end(), [](const Item& a, const Item& b) {
    return rank(*a.finding) < rank(*b.finding);
  });
  if (items.size() > most_results) items.resize(most_results);
  Rules rules;
  json results = json::array();
  for (const auto& item : items) results.push_back(result(*item.finding, *item.database, rules));
  json driver = {{"name", "schemagate"}, {"rules", rules.take()}};
  if (!report.version.empty()) driver["semanticVersion"] = report.version;
  const json invocation = {{"executionSuccessful", report.verdict != Verdict::error},
                           {"toolExecutionNotifications", notifications(report)}};
  const json run = {{"tool", {{"driver", driver}}},
                    {"columnKind", "unicodeCodePoints"},
                    {"results", results},
                    {"invocations", json::array({invocation})}};
  const json document = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                         {"version", "2.1.0"},
                         {"runs", json::array({run})}};
  // ##[ is a command for a GitHub runner that sees the output.
  return replace_all(document.dump(1, ' ', false, json::error_handler_t::replace), "##[",
                     "\\u0023#[") +
         "\n";
}

}  // namespace schemagate
