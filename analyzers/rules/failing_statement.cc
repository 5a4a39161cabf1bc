// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>
#include <set>

#include "analyzers/rule.h"
#include "analyzers/words.h"
#include "schema/dependencies.h"

namespace schemagate::rules {
namespace {

/// Steps, and places in the schema files, of which a rule that knows more says that and why they
/// fail.
struct Explained {
  std::set<int> steps;
  std::vector<Span> places;

  bool has(const JudgedStep& step, int index) const {
    return steps.count(index) != 0 || std::any_of(places.begin(), places.end(), [&](Span place) {
             return place.file == step.where.file && place.begin < step.where.end &&
                    step.where.begin < place.end;
           });
  }
};

Explained explained(const WholeSubject& whole) {
  Explained known;
  for (const Finding& finding : whole.findings) {
    for (const Evidence& evidence : finding.evidence) {
      if (evidence.name == "sqlstate") known.steps.insert(finding.step);
    }
  }
  for (const ApplyProblem& problem : whole.schema_problems)
    if (!problem.sqlstate.empty() && problem.where.is_somewhere())
      known.places.push_back(problem.where);
  return known;
}

using Kind = ObjectRef::Kind;

/// What the statement would drop, of which the server says no more than that something is in the
/// way.
std::vector<ObjectRef> dropped_by(const WholeSubject& whole, std::size_t step) {
  std::vector<ObjectRef> dropped;
  const Statement& statement = *whole.steps[step].statement;
  if (const auto* alter = statement.as<AlterTable>()) {
    const QualifiedName table = whole.existing(step, alter->name);
    for (const AlterTableCommand& command : alter->commands)
      if (command.action == AlterTableAction::drop_column)
        dropped.push_back({Kind::column, table, command.name});
  }
  const auto* drop = statement.as<Drop>();
  if (!drop) return dropped;
  const std::map<ObjectKind, Kind> kinds{{ObjectKind::table, Kind::table},
                                         {ObjectKind::view, Kind::view},
                                         {ObjectKind::materialized_view, Kind::view},
                                         {ObjectKind::sequence, Kind::sequence},
                                         {ObjectKind::type, Kind::type},
                                         {ObjectKind::domain, Kind::type}};
  for (const ObjectName& object : drop->objects)
    if (const auto kind = kinds.find(object.kind); kind != kinds.end())
      dropped.push_back({kind->second, whole.existing(step, object.name), ""});
  return dropped;
}

/// "view names", of each object that keeps the step from dropping what it drops.
std::vector<std::string> in_the_way(const WholeSubject& whole, std::size_t step) {
  std::vector<std::string> found;
  const std::vector<ObjectRef> dropped = dropped_by(whole, step);
  for (const ObjectRef& object : dropped)
    for (const Dependent& dependent : dependents_of(whole.after, object)) {
      const bool goes_too =
          std::find(dropped.begin(), dropped.end(), dependent.object) != dropped.end();
      if (!dependent.automatic && !goes_too)
        found.push_back(describe(whole.after, dependent.object, {"public"}));
    }
  return found;
}

void report(const WholeSubject& whole, std::size_t step, const Failure& failure,
            Findings& findings) {
  const std::vector<std::string> others =
      failure.sqlstate == "2BP01" ? in_the_way(whole, step) : std::vector<std::string>{};
  auto added =
      findings.add(whole, static_cast<int>(step), "",
                   "fails: " + failure.reason + (others.empty() ? "" : ": " + enumerate(others)));
  added.evidence("sqlstate", failure.sqlstate);
  if (others.empty()) return;
  added.remedy("drop or change first what depends on it; CASCADE would drop that along, unseen");
}

bool looks_again(const JudgedStep& step) { return step.impact.fails.has_value(); }

void check_all(const WholeSubject& whole, Findings& findings) {
  const Explained known = explained(whole);
  for (std::size_t i = 0; i < whole.steps.size(); ++i) {
    const JudgedStep& step = whole.steps[i];
    const int index = static_cast<int>(i);
    if (known.has(step, index)) continue;
    if (step.impact.fails) {
      report(whole, i, *step.impact.fails, findings);
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
    .looks_again = looks_again,
    .always_fails = true,
};

}  // namespace schemagate::rules
