// SPDX-License-Identifier: MIT
#include "base/text.h"
#include "schema/plan.h"

namespace schemagate {
namespace {

/// Text of a pull request as a comment: it can't end it.
std::string comment_line(const std::string& text) {
  return "-- " + replace_all(replace_all(text, "\r", " "), "\n", " ") + "\n";
}

}  // namespace

std::string to_sql(const Plan& plan) {
  std::string script;
  for (const std::string& note : plan.notes) script += comment_line(note);
  for (std::size_t i = 0; i < plan.steps.size();) {
    std::size_t end = i + 1;
    const int group = plan.steps[i].group;
    while (group >= 0 && end < plan.steps.size() && plan.steps[end].group == group) ++end;
    const bool block = end - i > 1;
    if (block) script += "BEGIN;\n";
    for (; i < end; ++i) script += plan.steps[i].sql + ";\n";
    if (block) script += "COMMIT;\n";
  }
  return script;
}

}  // namespace schemagate
