// SPDX-License-Identifier: MIT
#include <algorithm>

#include "analyzers/blocking.h"
#include "analyzers/remedies.h"
#include "analyzers/words.h"

namespace schemagate::rules {
namespace {

/// Tables that are read because a column has the domain.
std::vector<QualifiedName> tables_of(const Subject& subject) {
  std::vector<QualifiedName> tables;
  for (const Work& work : subject.impact.work) {
    const auto lock = subject.lock_on(work.relation);
    if (work.cause != Cause::domain_constraint || !lock || !blocks_writes(*lock)) continue;
    if (!subject.is_idle(work.relation)) tables.push_back(work.relation);
  }
  return tables;
}

/// Whether it makes the server look at every value that is there.
bool looks_at_values(const AlterDomain& alter) {
  if (alter.action == AlterDomainAction::add_constraint)
    return alter.constraint && !alter.constraint->not_valid;
  return alter.action == AlterDomainAction::set_not_null ||
         alter.action == AlterDomainAction::validate_constraint;
}

void remedy(Findings::Added& added, const Subject& subject, const AlterDomain& alter) {
  if (alter.action == AlterDomainAction::validate_constraint) {
    added.remedy("do it in a quiet hour: there is no way around the lock");
    return;
  }
  const bool check = alter.action == AlterDomainAction::add_constraint;
  Sql sql;
  if (check && alter.constraint && alter.constraint->kind == ConstraintKind::check)
    sql = with_lock_timeout(subject, {subject.text() + " NOT VALID"});
  added.remedy(
      check ? "add it NOT VALID: that keeps new values out and reads nothing; validate it in "
              "a quiet hour"
            : "add CHECK (VALUE IS NOT NULL) NOT VALID instead: that keeps new NULLs out and "
              "reads nothing",
      std::move(sql));
}

/// Without the schema nobody knows the tables, but there is hardly a domain without one.
void check_unknown(const Subject& subject, const AlterDomain& alter, Findings& findings) {
  if (subject.complete || !looks_at_values(alter)) return;
  if (resolve_type(subject.before, subject.session, alter.name)) return;
  auto added = findings.add(subject, object_of(creation_name(subject.session, alter.name)),
                            "reads every table that has a column of the domain " +
                                shown(creation_name(subject.session, alter.name)) +
                                " (not known here) under SHARE: nobody can write to them until it "
                                "is done");
  remedy(added, subject, alter);
}

void check(const Subject& subject, Findings& findings) {
  const auto* alter = subject.statement.as<AlterDomain>();
  if (!alter) return;
  const std::vector<QualifiedName> tables = tables_of(subject);
  if (tables.empty()) return check_unknown(subject, *alter, findings);
  std::vector<std::string> described;
  for (const QualifiedName& table : tables) described.push_back(subject.describe(table));
  const auto domain = resolve_type(subject.before, subject.session, alter->name);
  auto added = findings.add(
      subject, object_of(domain.value_or(alter->name)),
      "reads all of " + enumerate(described) + " under " +
          std::string(to_sql(*subject.lock_on(tables.front()))) +
          (tables.size() == 1 ? ", because it has a column of this domain: nobody can write to it "
                              : ", because they have columns of this domain: nobody can write to "
                                "them ") +
          "until it is done");
  added.lock(subject, tables.front());
  if (std::all_of(tables.begin(), tables.end(),
                  [&](const QualifiedName& table) { return subject.is_small(table); })) {
    added.severity(Severity::note);
  }
  remedy(added, subject, *alter);
}

}  // namespace

extern const Rule domain_constraint_scan{
    .id = "domain-constraint-scan",
    .severity = Severity::error,
    .summary = "a domain's new constraint reads every table that uses the domain",
    .when =
        "ALTER DOMAIN adds a CHECK without NOT VALID, sets NOT NULL or validates a constraint, and "
        "existing tables have columns of the domain",
    .effect =
        "SHARE is held on all these tables while they are read one after another: writes queue",
    .instead = "add the CHECK NOT VALID",
    .reference = "https://www.postgresql.org/docs/current/sql-alterdomain.html",
    .statements = kinds<AlterDomain>,
    .check_step = check,
};

}  // namespace schemagate::rules
