// SPDX-License-Identifier: MIT
// The JSON contract: every key below is one that others script against.
#include <algorithm>

#include "report/json_writer.h"
#include "report/report.h"

namespace schemagate {
namespace {

constexpr std::int64_t schema_version = 1;

void write_names(JsonWriter& json, const std::vector<QualifiedName>& names) {
  json.begin_array();
  for (const auto& name : names) json.string(to_sql(name));
  json.end_array();
}

void write_side(JsonWriter& json, const Place& place) {
  json.key("side").string(place.old_side ? "old" : "new");
}

void write_value(JsonWriter& json, const Evidence& evidence) {
  if (evidence.number && is_json_number(evidence.value)) {
    json.raw(evidence.value);
  } else {
    json.string(evidence.value);
  }
}

/// An object from names to values; what is said more than once becomes an array.
void write_evidence(JsonWriter& json, const std::vector<Evidence>& evidence) {
  json.begin_object();
  for (auto it = evidence.begin(); it != evidence.end(); ++it) {
    const auto same = [&](const Evidence& other) { return other.name == it->name; };
    if (std::any_of(evidence.begin(), it, same)) continue;
    json.key(it->name);
    if (std::none_of(it + 1, evidence.end(), same)) {
      write_value(json, *it);
      continue;
    }
    json.begin_array();
    for (auto again = it; again != evidence.end(); ++again) {
      if (same(*again)) write_value(json, *again);
    }
    json.end_array();
  }
  json.end_object();
}

void write_remedy(JsonWriter& json, const std::optional<Remedy>& remedy) {
  if (!remedy) {
    json.null();
    return;
  }
  json.begin_object();
  json.key("explanation").string(remedy->explanation);
  json.key("sql");
  json.strings(remedy->sql);
  json.end_object();
}

void write_finding(JsonWriter& json, const ReportedFinding& reported) {
  const Finding& finding = reported.finding;
  const Place& place = reported.place;
  json.begin_object();
  json.key("rule").string(finding.rule);
  json.key("severity").string(to_string(finding.severity));
  json.key("message").string(finding.message);
  json.key("file").string_or_null(place.file);
  json.key("line").positive_or_null(place.line);
  json.key("column").positive_or_null(place.column);
  json.key("end_line").positive_or_null(place.end_line);
  json.key("end_column").positive_or_null(place.end_column);
  write_side(json, place);
  json.key("object").string(finding.object);
  json.key("statement");
  if (finding.step >= 0) {
    json.integer(finding.step);
  } else {
    json.null();
  }
  json.key("evidence");
  write_evidence(json, finding.evidence);
  json.key("remedy");
  write_remedy(json, finding.remedy);
  json.key("fingerprint").string(reported.fingerprint);
  if (!finding.allowed_because.empty()) json.key("allowed").string(finding.allowed_because);
  if (!reported.waits_with.empty()) json.key("waits_for_review").string(reported.waits_with);
  json.end_object();
}

/// `findings` are those that count; what a comment allows is a list of its own.
void write_findings(JsonWriter& json, const std::vector<ReportedFinding>& findings) {
  const auto write = [&](bool allowed) {
    for (const auto& reported : findings)
      if (reported.finding.allowed_because.empty() != allowed) write_finding(json, reported);
  };
  json.key("findings").begin_array();
  write(false);
  json.end_array();
  if (std::all_of(findings.begin(), findings.end(), [](const ReportedFinding& reported) {
        return reported.finding.allowed_because.empty();
      }))
    return;
  json.key("allowed").begin_array();
  write(true);
  json.end_array();
}

void write_change(JsonWriter& json, const ReportedChange& change) {
  json.begin_object();
  json.key("kind").string(change.kind);
  json.key("object").string(change.object);
  json.key("file").string_or_null(change.place.file);
  json.key("line").positive_or_null(change.place.line);
  write_side(json, change.place);
  json.key("before").string_or_null(change.before);
  json.key("after").string_or_null(change.after);
  json.end_object();
}

void write_locks(JsonWriter& json, const std::vector<RelationLock>& locks) {
  json.begin_array();
  for (const auto& lock : locks) {
    json.begin_object();
    json.key("relation").string(to_sql(lock.relation));
    json.key("kind").string(to_string(lock.kind));
    json.key("mode").string(to_string(lock.mode));
    json.end_object();
  }
  json.end_array();
}

void write_statement(JsonWriter& json, const ReportedStatement& statement) {
  const Impact& impact = statement.impact;
  json.begin_object();
  json.key("sql").string(statement.sql);
  json.key("file").string_or_null(statement.place.file);
  json.key("line").positive_or_null(statement.place.line);
  json.key("transactional").boolean(impact.transactional);
  json.key("fails");
  if (impact.fails) {
    json.begin_object();
    json.key("sqlstate").string(impact.fails->sqlstate);
    json.key("reason").string(impact.fails->reason);
    json.end_object();
  } else {
    json.null();
  }
  json.key("locks");
  write_locks(json, impact.locks);
  json.key("rewrites");
  write_names(json, impact.rewrites());
  json.key("scans");
  write_names(json, impact.scans());
  json.key("index_builds");
  write_names(json, impact.index_builds());
  if (!impact.known) json.key("known").boolean(false);
  if (!impact.conditions.empty()) {
    json.key("conditions");
    json.strings(impact.conditions);
  }
  if (statement.measured) json.key("differs").string_or_null(*statement.measured);
  json.end_object();
}

void write_statements(JsonWriter& json, const std::vector<ReportedStatement>& statements) {
  json.key("statements").begin_array();
  for (const auto& statement : statements) write_statement(json, statement);
  json.end_array();
}

void write_changes(JsonWriter& json, const std::vector<ReportedChange>& changes) {
  json.key("changes").begin_array();
  for (const auto& change : changes) write_change(json, change);
  json.end_array();
}

void write_database(JsonWriter& json, const DatabaseReport& database, bool with_statements) {
  json.begin_object();
  json.key("name").string(database.name);
  json.key("base_checksum").string_or_null(database.base_checksum);
  json.key("head_checksum").string_or_null(database.head_checksum);
  json.key("plan_checksum").string_or_null(database.plan_checksum);
  write_changes(json, database.changes);
  if (with_statements) write_statements(json, database.statements);
  write_findings(json, database.findings);
  json.key("notes");
  json.strings(database.notes);
  json.end_object();
}

}  // namespace

std::string to_json(const Report& report, bool with_statements) {
  std::size_t items = 1;
  for (const auto& database : report.databases) {
    items += database.findings.size() + database.changes.size();
    if (with_statements) items += database.statements.size();
  }
  JsonWriter json(items * 512);
  json.begin_object();
  json.key("schema_version").integer(schema_version);
  json.key("verdict").string(to_string(report.verdict));
  json.key("databases").begin_array();
  for (const auto& database : report.databases) write_database(json, database, with_statements);
  json.end_array();
  json.key("notes");
  json.strings(report.notes);
  json.end_object();
  return json.take();
}

std::string statements_to_json(int postgres, const std::vector<ReportedStatement>& statements,
                               const std::string& measured_on,
                               const std::vector<std::string>& notes) {
  JsonWriter json;
  json.begin_object();
  json.key("schema_version").integer(schema_version);
  json.key("postgres").integer(postgres);
  json.key("measured_on").string_or_null(measured_on);
  write_statements(json, statements);
  json.key("notes");
  json.strings(notes);
  json.end_object();
  return json.take();
}

std::string inspected_to_json(int postgres, std::string_view checksum, std::string_view sql,
                              const std::vector<std::string>& notes) {
  JsonWriter json;
  json.begin_object();
  json.key("schema_version").integer(schema_version);
  json.key("postgres").integer(postgres);
  json.key("checksum").string(checksum);
  json.key("sql").string(sql);
  json.key("notes");
  json.strings(notes);
  json.end_object();
  return json.take();
}

std::string difference_to_json(const std::vector<ReportedChange>& changes,
                               const std::vector<ReportedStatement>& statements,
                               const std::vector<std::string>& notes) {
  JsonWriter json;
  json.begin_object();
  json.key("schema_version").integer(schema_version);
  write_changes(json, changes);
  write_statements(json, statements);
  json.key("notes");
  json.strings(notes);
  json.end_object();
  return json.take();
}

std::string error_to_json(std::string_view kind, std::string_view message, std::string_view hint) {
  JsonWriter json;
  json.begin_object();
  json.key("schema_version").integer(schema_version);
  json.key("verdict").string(to_string(Verdict::error));
  json.key("error").begin_object();
  json.key("kind").string(kind);
  json.key("message").string(message);
  json.key("hint").string(hint);
  json.end_object();
  json.end_object();
  return json.take();
}

}  // namespace schemagate
