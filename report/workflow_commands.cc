// SPDX-License-Identifier: MIT
// ::error file=…,line=…::message for GitHub's runner, which shows them on the changed lines.
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "report/report.h"
#include "report/summary.h"
#include "report/utf8.h"

namespace schemagate {
namespace {

/// The runner shows so many of each kind and step on the page; all are in the log.
/// https://github.com/orgs/community/discussions/26680
constexpr std::size_t shown_of_each = 10;

/// As actions/toolkit escapes data: what would end the command or begin another one. ##[ is the
/// older form of a command, which the runner finds anywhere in a line.
std::string data(std::string text) {
  text = replace_all(std::move(text), "##[", "#\\x23[");
  text = replace_all(std::move(text), "%", "%25");
  text = replace_all(std::move(text), "\r", "%0D");
  return replace_all(std::move(text), "\n", "%0A");
}

std::string property(std::string_view text) {
  std::string safe = data(visible_line(text));
  safe = replace_all(std::move(safe), ":", "%3A");
  return replace_all(std::move(safe), ",", "%2C");
}

std::string_view command_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      return "notice";
  }
  return "notice";
}

/// Message, evidence and remedy; the runner shows the lines as lines.
std::string words(const Finding& finding) {
  std::string text = visible_line(finding.message);
  const auto evidence = to_words(finding.evidence);
  if (!evidence.empty()) text += "\n" + visible_line(join(evidence, "; "));
  if (finding.remedy) {
    text += "\ninstead: " + visible_line(finding.remedy->explanation);
    for (const auto& statement : finding.remedy->sql) text += "\n" + visible(statement) + ";";
  }
  return text;
}

std::string command(const ReportedFinding& reported) {
  const Finding& finding = reported.finding;
  const Place& place = reported.place;
  std::string properties;
  // What is gone has no line in the checked-out tree.
  if (!place.file.empty() && !place.old_side) {
    properties = "file=" + property(place.file) + ",";
    if (place.line > 0) {
      properties +=
          fmt::format("line={},endLine={},", place.line, std::max(place.line, place.end_line));
      if (place.column > 0 && place.end_line <= place.line) {
        properties += fmt::format("col={},endColumn={},", place.column,
                                  std::max(place.column, place.end_column));
      }
    }
  }
  std::string text = words(finding);
  if (place.old_side && !place.file.empty()) {
    text += fmt::format("\n{}:{} before this change", visible_line(place.file), place.line);
  }
  return fmt::format("::{} {}title={}::{}\n", command_of(finding.severity), properties,
                     property(finding.rule), data(text));
}

}  // namespace

std::string to_workflow_commands(const Report& report,
                                 const std::set<const ReportedFinding*>& shown) {
  constexpr std::array levels{Severity::error, Severity::warning, Severity::note};
  std::array<std::vector<const ReportedFinding*>, levels.size()> by_level;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    for (const DatabaseReport* database : worst_first(report)) {
      for (const auto& reported : database->findings) {
        const bool counts = reported.finding.allowed_because.empty() && shown.count(&reported) == 0;
        if (counts && reported.finding.severity == levels[i]) by_level[i].push_back(&reported);
      }
    }
  }
  std::string lines;
  for (const auto& some : by_level) {
    for (std::size_t i = 0; i < std::min(some.size(), shown_of_each); ++i)
      lines += command(*some[i]);
  }
  for (const auto& note : report.notes) {
    lines += "::notice title=schemagate::" + data(visible_line(note)) + "\n";
  }
  for (const DatabaseReport* database : worst_first(report)) {
    for (const auto& note : database->notes) {
      lines += fmt::format("::{} title={}::{}\n", database->judged ? "notice" : "error",
                           property("schemagate " + database->name), data(visible_line(note)));
    }
  }
  for (const auto& some : by_level) {
    for (std::size_t i = shown_of_each; i < some.size(); ++i) lines += command(*some[i]);
  }
  return lines;
}

}  // namespace schemagate
