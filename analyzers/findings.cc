// SPDX-License-Identifier: MIT
#include <algorithm>

#include "analyzers/rule.h"
#include "analyzers/words.h"

namespace schemagate {

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "";
}

const Rule* find_rule(std::string_view id) {
  for (const Rule* rule : all_rules()) {
    if (rule->id == id) return rule;
  }
  return nullptr;
}

Findings::Added Findings::add(const Subject& subject, std::string object, std::string message,
                              int command) {
  Added added =
      add(subject.command_span(command), subject.old_side, std::move(object), std::move(message));
  out_.back().step = subject.step;
  return added;
}

Findings::Added Findings::add(const WholeSubject& subject, int step, std::string object,
                              std::string message) {
  const JudgedStep& judged = subject.steps[static_cast<std::size_t>(step)];
  Added added = add(judged.where, judged.old_side, std::move(object), std::move(message));
  out_.back().step = step;
  return added;
}

Findings::Added Findings::add(Span where, bool old_side, std::string object, std::string message) {
  Finding finding;
  finding.rule = rule_.id;
  finding.severity = rule_.severity;
  finding.message = std::move(message);
  finding.where = where;
  finding.old_side = old_side;
  finding.object = std::move(object);
  out_.push_back(std::move(finding));
  return Added(out_, out_.size() - 1);
}

Findings::Added& Findings::Added::severity(Severity severity) {
  finding().severity = severity;
  return *this;
}

Findings::Added& Findings::Added::evidence(std::string name, std::string value) {
  finding().evidence.push_back({std::move(name), std::move(value), false});
  return *this;
}

Findings::Added& Findings::Added::evidence(std::string name, std::int64_t value) {
  finding().evidence.push_back({std::move(name), std::to_string(value), true});
  return *this;
}

Findings::Added& Findings::Added::remedy(std::string explanation, std::vector<std::string> sql,
                                         bool separate_transactions) {
  finding().remedy = Remedy{std::move(explanation), std::move(sql), separate_transactions};
  return *this;
}

Findings::Added& Findings::Added::lock(const Subject& subject, const QualifiedName& relation) {
  if (const auto mode = subject.lock_on(relation)) {
    evidence("lock", std::string(to_string(*mode)));
    evidence("blocks", std::string(blocked_by(*mode)));
  }
  const Size size = subject.size(relation);
  if (size.rows) evidence("table_rows", *size.rows);
  if (size.total_bytes) {
    evidence("table_bytes", *size.total_bytes);
  } else if (size.bytes) {
    evidence("table_bytes", *size.bytes);
  }
  return *this;
}

Findings::Added& Findings::Added::soften_if_small(const Subject& subject,
                                                  const QualifiedName& relation) {
  if (subject.is_small(relation)) finding().severity = Severity::note;
  if (!subject.size(relation).is_known()) evidence("size_unknown", std::string("yes"));
  return *this;
}

}  // namespace schemagate
