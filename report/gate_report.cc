// SPDX-License-Identifier: MIT
#include "report/gate_report.h"

#include <fmt/format.h>

#include <array>

#include "report/json_writer.h"
#include "report/report.h"
#include "report/runner_text.h"
#include "report/utf8.h"

namespace schemagate {
namespace {

constexpr std::size_t shown_of_id = 12;

void write_database(JsonWriter& json, const DatabaseGate& database) {
  json.begin_object();
  json.key("name").string(database.name);
  json.key("grade").string(to_string(database.grade));
  json.key("interactions").begin_array();
  for (const Interaction& one : database.interactions) {
    json.begin_object();
    json.key("object").string(one.object);
    json.key("ours").string_or_null(one.ours);
    json.key("theirs").string_or_null(one.theirs);
    json.key("reason").string(one.reason);
    json.end_object();
  }
  json.end_array();
  json.key("merged_checksum").string_or_null(database.merged_checksum);
  json.key("plan_checksum").string_or_null(database.plan_checksum);
  if (database.not_applied) {
    json.key("not_applied");
    json.strings(*database.not_applied);
  }
  json.key("notes");
  json.strings(database.notes);
  json.end_object();
}

/// Nothing else keeps the pull request from landing.
bool waits_for_deployment(const GateReport& report) {
  return report.gate == Gate::stale && report.grade <= Grade::adjacent && report.notes.empty();
}

std::string_view explanation(const GateReport& report) {
  if (waits_for_deployment(report))
    return "the target database does not contain the change yet: apply it, then ask again";
  switch (report.gate) {
    case Gate::granted:
      return report.grade == Grade::adjacent
                 ? "what would land is what was judged; the base has changed the same tables, not "
                   "the same things of them"
                 : "what would land is what was judged";
    case Gate::not_applicable:
      return "the pull request changes no schema";
    case Gate::stale:
      if (report.awaits_deployment)
        return "what would land is what was judged, but it is not applied yet: apply it, then ask "
               "again";
      return "the base has moved: update the branch, then review it again";
    case Gate::failed:
      return "what would land is broken, or is not the schema that was judged: update the branch "
             "and "
             "look at what it makes there";
  }
  return "";
}

}  // namespace

std::string_view to_string(Gate gate) {
  constexpr std::array<std::string_view, 4> words{"granted", "stale", "failed", "not-applicable"};
  return words.at(static_cast<std::size_t>(gate));
}

std::string to_json(const GateReport& report) {
  JsonWriter json;
  json.begin_object();
  json.key("schema_version").integer(1);
  json.key("gate").string(to_string(report.gate));
  json.key("grade").string(to_string(report.grade));
  json.key("checksum").string(report.checksum);
  json.key("plan_checksum").string(report.plan_checksum);
  json.key("merge_base").string(report.merge_base);
  json.key("base").string(report.base);
  json.key("head").string(report.head);
  json.key("databases").begin_array();
  for (const DatabaseGate& database : report.databases) write_database(json, database);
  json.end_array();
  json.key("notes");
  json.strings(report.notes);
  json.end_object();
  return json.take();
}

std::string to_terminal(const GateReport& report) {
  std::string out =
      fmt::format("schemagate gate: {}: {}\n", to_string(report.gate), explanation(report));
  for (const DatabaseGate& database : report.databases) {
    out += fmt::format("\n{}: {}\n", visible_line(database.name), to_string(database.grade));
    for (const Interaction& one : database.interactions) {
      out += fmt::format("  {}: {}\n", visible_line(one.object), visible_line(one.reason));
      if (!one.ours.empty()) out += fmt::format("    pull request: {}\n", visible_line(one.ours));
      if (!one.theirs.empty())
        out += fmt::format("    base:         {}\n", visible_line(one.theirs));
    }
    for (const std::string& missing : database.not_applied.value_or(std::vector<std::string>{}))
      out += fmt::format("  not applied yet: {}\n", visible_line(missing));
    for (const std::string& note : database.notes)
      out += fmt::format("  note: {}\n", visible_line(note));
  }
  for (const std::string& note : report.notes) out += fmt::format("note: {}\n", visible_line(note));
  out +=
      fmt::format("\nchecksum {}\nplan {} · merge base {} · base {} · head {}\n", report.checksum,
                  short_checksum(report.plan_checksum), report.merge_base.substr(0, shown_of_id),
                  report.base.substr(0, shown_of_id), report.head.substr(0, shown_of_id));
  return without_workflow_commands(out);
}

}  // namespace schemagate
