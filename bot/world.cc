// SPDX-License-Identifier: MIT
#include "bot/world.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/error.h"
#include "base/text.h"
#include "bot/locked.h"
#include "bot/output.h"
#include "postgres/measure.h"
#include "postgres/production.h"
#include "postgres/rehearsal.h"
#include "report/facts_json.h"

namespace schemagate {
namespace {

bool is_url(const std::string& text) {
  return text.starts_with("postgresql://") || text.starts_with("postgres://");
}

/// Days since an ISO 8601 moment in UTC; huge when it can't be read.
double age_in_days(const std::string& taken_at) {
  std::tm parts{};
  if (!strptime(taken_at.c_str(), "%Y-%m-%dT%H:%M:%S", &parts)) return 1e9;
  return std::difftime(std::time(nullptr), timegm(&parts)) / 86400;
}

Facts read_snapshot(const std::string& text, const std::string& path, const std::string& database,
                    std::int64_t max_age_days) {
  Facts facts = facts_from_json(text, path, database);
  const double age = age_in_days(facts.taken_at);
  facts.stale = age > static_cast<double>(max_age_days);
  if (facts.stale)
    facts.notes.push_back(
        fmt::format("{} was taken on {}: older than {}, it may make a finding worse, never better",
                    path, facts.taken_at.substr(0, 10), counted(max_age_days, "day")));
  return facts;
}

/// A database that can't be asked leaves everything unknown, and says why.
Facts unknown_facts(const std::string& reason) {
  Facts facts;
  facts.notes.push_back("facts are unknown: " + reason);
  return facts;
}

/// A failure on another major than the configured one is a note.
void soften_other_major(int wanted, int used, postgres::Rehearsal& rehearsal) {
  if (wanted == used) return;
  for (Rehearsed& step : rehearsal.steps) {
    if (step.sqlstate.empty()) continue;
    rehearsal.notes.push_back(
        fmt::format("the rehearsal on PostgreSQL {} failed ({}), {} is configured", used,
                    step.message, wanted));
    step = Rehearsed{};
    step.not_run_because = "rehearsed on another major version";
  }
}

}  // namespace

int postgres_major(const DatabaseConfig& config, const CommonOptions& common) {
  return wished_postgres(config, common).value_or(config.postgres.value_or(17));
}

int postgres_major(const CommonOptions& common) {
  const int configured = postgres_major(DatabaseConfig{}, common);
  if (common.postgres || common.facts.empty()) return configured;
  const Facts facts = World(common).ask_facts({}, {})({}, {});
  return major_of_facts(facts, configured).value_or(configured);
}

AskFacts World::ask_facts(
    const DatabaseConfig& config,
    const std::function<std::optional<std::string>(const std::string&)>& read_base_file) const {
  FactsSetting setting = config.facts;
  if (!common_.facts.empty()) {
    setting = {};
    (is_url(common_.facts) ? setting.url : setting.file) = common_.facts;
  }
  if (setting.empty() || (common_.no_servers && !setting.url.empty())) return {};
  const std::int64_t max_age = config.facts_max_age_days;
  if (!setting.url.empty() && config.only_at_head && common_.no_commands && common_.facts.empty())
    return [](const std::vector<QualifiedName>&, const std::vector<Probe>&) {
      return unknown_facts(
          "only the pull request's own configuration names the server, and this job has the base's "
          "rights; it is asked after the merge");
    };
  if (!setting.url.empty())
    return [setting](const std::vector<QualifiedName>& tables, const std::vector<Probe>& probes) {
      try {
        postgres::ReadOptions options;
        if (!setting.statistics_url.empty())
          options.statistics_url = expand_environment(setting.statistics_url);
        return postgres::read_facts(expand_environment(setting.url), tables, probes, options);
      } catch (const Error& error) {
        return unknown_facts(error.what());
      }
    };
  const bool by_flag = !common_.facts.empty();
  const std::string name = by_flag ? "" : config.name;
  return [=](const std::vector<QualifiedName>&, const std::vector<Probe>&) {
    if (by_flag) return read_snapshot(read_whole_file(setting.file), setting.file, name, max_age);
    const auto text = read_base_file ? read_base_file(setting.file) : std::nullopt;
    if (!text) return unknown_facts(setting.file + " is not at the tip of the base");
    return read_snapshot(*text, setting.file, name, max_age);
  };
}

bool World::asks_server(const DatabaseConfig& config) const {
  return common_.facts.empty() ? !config.facts.url.empty() : is_url(common_.facts);
}

std::variant<const postgres::EphemeralServer*, std::string> World::server(int postgres) {
  const std::lock_guard<std::mutex> one_at_a_time(starting_);
  const std::vector<postgres::Installation> installed = postgres::installed_servers();
  const postgres::Installation* nearest = postgres::nearest(installed, postgres);
  if (!nearest) return "no PostgreSQL server is installed here";
  const auto running = servers_.find(nearest->major);
  if (running != servers_.end()) return &running->second;
  auto started = postgres::EphemeralServer::start(*nearest);
  if (auto* refused = std::get_if<postgres::Refused>(&started)) return refused->because;
  auto& server = std::get<postgres::EphemeralServer>(started);
  return &servers_.emplace(nearest->major, std::move(server)).first->second;
}

RehearseBack World::rehearse_back(const DatabaseConfig& config) {
  if (common_.no_rehearsal || !config.rehearsal) return {};
  return [this](const Catalog& before, const std::vector<Step>& steps, std::size_t down,
                int postgres) {
    const auto found = server(postgres);
    if (std::holds_alternative<std::string>(found)) return postgres::WayBack{};
    Plan plan;
    plan.postgres = postgres;
    plan.steps = steps;
    return postgres::rehearse_back(*std::get<const postgres::EphemeralServer*>(found),
                                   to_sql(before), plan, down);
  };
}

Rehearse World::rehearse(const DatabaseConfig& config) {
  if (common_.no_rehearsal || !config.rehearsal) return {};
  return [this](const Catalog& before, const std::vector<Step>& steps, int postgres) {
    RehearsalResult result;
    const auto found = server(postgres);
    if (const auto* reason = std::get_if<std::string>(&found)) {
      result.summary = "not rehearsed: " + *reason;
      return result;
    }
    const auto* running = std::get<const postgres::EphemeralServer*>(found);
    Plan plan;
    plan.postgres = postgres;
    plan.steps = steps;
    postgres::Rehearsal rehearsal = postgres::rehearse(*running, to_sql(before), plan);
    soften_other_major(postgres, running->installation().major, rehearsal);
    result.summary = std::move(rehearsal.summary);
    if (running->installation().major != postgres && result.summary.starts_with("rehearsed"))
      result.summary += fmt::format(
          ": there is no server of {} here, so what fails there is a note and no error", postgres);
    result.steps = std::move(rehearsal.steps);
    result.notes = std::move(rehearsal.notes);
    return result;
  };
}

namespace {

template <class Value>
bool same_set(std::vector<Value> one, std::vector<Value> two) {
  std::sort(one.begin(), one.end());
  std::sort(two.begin(), two.end());
  return one == two;
}

std::string locks_text(std::vector<RelationLock> locks) {
  std::sort(locks.begin(), locks.end(),
            [](const RelationLock& a, const RelationLock& b) { return a.relation < b.relation; });
  std::string text;
  for (const RelationLock& lock : locks)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", to_sql(lock.relation),
                        to_string(lock.mode));
  return text;
}

std::string names_text(const std::vector<QualifiedName>& names) {
  std::string text;
  for (const QualifiedName& name : names) text += (text.empty() ? "" : ", ") + to_sql(name);
  return text.empty() ? "nothing" : text;
}

/// What was predicted and not seen, in words; empty when both agree.
std::string difference(const Impact& predicted, const postgres::Measured& seen) {
  std::vector<std::string> parts;
  const std::string fails = predicted.fails ? predicted.fails->sqlstate : "";
  const std::string failed = seen.fails ? seen.fails->sqlstate : "";
  if (fails != failed)
    parts.push_back(fmt::format("predicted {}, saw {}",
                                fails.empty() ? "success" : "failure " + fails,
                                failed.empty() ? "success" : "failure " + failed));
  if (predicted.transactional != seen.transactional)
    parts.push_back(seen.transactional ? "may run in a transaction block"
                                       : "refuses a transaction block");
  if (fails.empty() && failed.empty()) {
    if (locks_text(predicted.locks) != locks_text(seen.locks))
      parts.push_back("predicted locks: " + locks_text(predicted.locks));
    if (!same_set(predicted.rewrites(), seen.rewrites))
      parts.push_back("predicted rewrites: " + names_text(predicted.rewrites()));
    if (!same_set(predicted.scans(), seen.scans))
      parts.push_back("predicted scans: " + names_text(predicted.scans()));
    if (!same_set(predicted.index_builds(), seen.index_builds))
      parts.push_back("predicted index builds: " + names_text(predicted.index_builds()));
  }
  return join(parts, "; ");
}

Impact as_impact(const postgres::Measured& seen) {
  Impact impact;
  impact.transactional = seen.transactional;
  impact.fails = seen.fails;
  impact.locks = seen.locks;
  impact.conditions = seen.notes;
  const auto add = [&](WorkKind kind, const std::vector<QualifiedName>& tables) {
    for (const QualifiedName& table : tables) {
      Work& work = impact.work.emplace_back();
      work.kind = kind;
      work.relation = table;
    }
  };
  add(WorkKind::rewrite, seen.rewrites);
  add(WorkKind::scan, seen.scans);
  for (std::size_t i = 0; i < seen.index_builds.size(); ++i) {
    add(WorkKind::index_build, {seen.built_on[i]});
    impact.work.back().index = seen.index_builds[i];
  }
  return impact;
}

}  // namespace

MeasuredOn World::measure(const Catalog& before, std::vector<ReportedStatement>& statements,
                          int postgres) {
  const auto found = server(postgres);
  if (const auto* reason = std::get_if<std::string>(&found))
    throw Error(ErrorKind::database, "can't measure: " + *reason,
                "install PostgreSQL's server programs, or name their folder in "
                "SCHEMAGATE_POSTGRES_BIN");
  const auto* running = std::get<const postgres::EphemeralServer*>(found);
  std::vector<std::string> schema, sql;
  const std::string script = to_sql(before);
  for (const Statement& statement : parse_text(script).statements)
    schema.push_back(
        script.substr(statement.span.begin, statement.span.end - statement.span.begin));
  for (const ReportedStatement& statement : statements) sql.push_back(statement.sql);
  auto measured = postgres::measure(*running, schema, sql);
  if (auto* refused = std::get_if<postgres::Refused>(&measured))
    throw Error(ErrorKind::database, "can't measure: " + refused->because);
  const auto& results = std::get<postgres::MeasuredScript>(measured);
  for (std::size_t i = 0; i < statements.size() && i < results.statements.size(); ++i) {
    const postgres::Measured& seen = results.statements[i];
    if (!seen.not_measured_because.empty()) {
      statements[i].impact.conditions.push_back("not measured: " + seen.not_measured_because);
      continue;
    }
    statements[i].measured = difference(statements[i].impact, seen);
    statements[i].impact = as_impact(seen);
  }
  return {running->installation().version, results.notes};
}

std::string take_snapshot(const std::string& url) {
  const Facts facts = postgres::read_facts(expand_environment(url), {}, {});
  if (!facts.postgres)
    throw Error(ErrorKind::database,
                facts.notes.empty() ? "the database could not be asked" : facts.notes.front(),
                "is it reachable from here, and may the role connect?");
  return facts_to_json(facts);
}

}  // namespace schemagate
