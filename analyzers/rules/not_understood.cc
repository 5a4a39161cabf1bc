// SPDX-License-Identifier: MIT
#include "analyzers/rule.h"
#include "base/text.h"

namespace schemagate::rules {
namespace {

void check(const Subject& subject, Findings& findings) {
  if (subject.impact.known) return;
  if (const auto* block = subject.statement.as<DoBlock>()) {
    if (!block->has_dynamic_sql && block->language == "plpgsql") return;
  }
  if (subject.rehearsed && subject.rehearsed->ran && subject.rehearsed->message.empty()) return;
  const std::string what = join(subject.impact.conditions, ", ");
  auto added = findings.add(subject, "",
                            "what this does can't be known beforehand" +
                                (what.empty() ? "" : " (" + what + ")") + ": nothing was checked");
  if (subject.rehearsed && !subject.rehearsed->ran) {
    added.evidence("not_rehearsed", subject.rehearsed->not_run_because);
  }
  added.remedy("write the statements out, or look at it yourself and allow it with the reason");
}

}  // namespace

extern const Rule not_understood{
    .id = "not-understood",
    .severity = Severity::warning,
    .summary = "a statement whose effect can't be known beforehand",
    .when =
        "a DO block or function that builds its SQL at run time, CALL of a procedure, a statement "
        "that is not modelled; silent when the rehearsal ran it",
    .effect = "it may lock, rewrite or drop anything, and nobody looked",
    .instead = "write the statements out as plain SQL",
    .reference = "https://www.postgresql.org/docs/current/sql-do.html",
    .check_step = check,
};

}  // namespace schemagate::rules
