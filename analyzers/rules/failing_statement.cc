// SPDX-License-Identifier: MIT
#include <set>

#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// Steps of which a rule that knows more says that and why they fail.
std::set<int> explained(const WholeSubject& whole) {
  std::set<int> steps;
  for (const Finding& finding : whole.findings) {
    for (const Evidence& evidence : finding.evidence) {
      if (evidence.name == "sqlstate") steps.insert(finding.step);
    }
  }
  return steps;
}

void check_all(const WholeSubject& whole, Findings& findings) {
  const std::set<int> known = explained(whole);
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const JudgedStep& step = whole.steps[i];
    const int index = static_cast<int>(i);
    if (known.count(index)) continue;
    if (step.impact.fails) {
      findings.add(whole, index, "", "fails: " + step.impact.fails->reason)
          .evidence("sqlstate", step.impact.fails->sqlstate);
    } else if (step.rehearsed && step.rehearsed->ran && !step.rehearsed->message.empty()) {
      findings
          .add(whole, index, "",
               "failed when it was rehearsed on PostgreSQL " + std::to_string(whole.postgres) +
                   ": " + step.rehearsed->message)
          .evidence("sqlstate", step.rehearsed->sqlstate);
    }
  }
}

}  // namespace

extern const Rule failing_statement{
    .id = "failing-statement",
    .severity = Severity::error,
    .summary = "a statement that PostgreSQL refuses",
    .when = "the schema proves that a statement fails, or the rehearsal saw it fail",
    .effect = "the deployment stops here, perhaps half done",
    .instead = "see the server's message",
    .reference = "https://www.postgresql.org/docs/current/errcodes-appendix.html",
    .check_all = check_all,
    .always_fails = true,
};

}  // namespace schemagate::rules
