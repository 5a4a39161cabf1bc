// SPDX-License-Identifier: MIT
#include "postgres/production.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <map>
#include <optional>
#include <utility>

#include "base/text.h"
#include "postgres/queries.h"
#include "postgres/session.h"

namespace schemagate::postgres {
namespace {

/// What happened; libpq asks a question in the lines behind it.
std::string first_line(const std::string& message) {
  return std::string(trim(message.substr(0, message.find('\n'))));
}

/// Rates over less than this say nothing about an ordinary day.
constexpr double shortest_period_seconds = 600;

std::string text(const std::optional<std::string>& value) { return value.value_or(""); }

std::optional<std::int64_t> integer(const std::optional<std::string>& value) {
  std::int64_t number = 0;
  if (!value ||
      std::from_chars(value->data(), value->data() + value->size(), number).ec != std::errc())
    return std::nullopt;
  return number;
}

Known unknown(std::string because) {
  return {.value = {}, .unknown_because = std::move(because), .at_least = false};
}
Known known(std::int64_t value) {
  return {.value = value, .unknown_because = {}, .at_least = false};
}

/// One connection, asked one question after the other.
class Source {
 public:
  Source(Session session, const ReadOptions& options)
      : session_(std::move(session)), options_(&options) {}

  Answer ask(const std::string& sql) {
    const auto milliseconds = [](auto duration) { return static_cast<int>(duration.count()); };
    Answer answer = session_.run(queries::begin(milliseconds(options_->statement_timeout),
                                                milliseconds(options_->lock_timeout)));
    if (!answer.error) answer = session_.run(sql);
    session_.run("ROLLBACK");
    return answer;
  }

 private:
  Session session_;
  const ReadOptions* options_;
};

class Reader {
 public:
  Reader(const std::string& url, const ReadOptions& options) : options_(options) {
    facts_.source = "production at " + server_of(url);
    facts_.taken_at = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
    data_ = connect(url, "the database can't be reached: ");
    if (data_)
      about_server();
    else
      facts_.source.clear();  // nothing came from there
    if (facts_.standby && !options.statistics_url.empty()) {
      statistics_ =
          connect(options.statistics_url, "the primary can't be reached for its statistics: ");
      if (statistics_) check_primary();
    }
  }

  Facts read(const std::vector<QualifiedName>& tables, const std::vector<Probe>& probes) {
    if (data_) {
      settings();
      all_tables(tables);
    }
    for (const Probe& probe : probes) {
      if (options_.progress) options_.progress(probe.key());
      facts_.probes[probe] = data_ ? answer(probe) : nothing(unreachable_);
    }
    return std::move(facts_);
  }

 private:
  std::optional<Source> connect(const std::string& url, const std::string& complaint) {
    auto opened = Session::open(with_defaults(url));
    if (auto* session = std::get_if<Session>(&opened)) return Source(std::move(*session), options_);
    unreachable_ = complaint + first_line(std::get<SqlError>(opened).message);
    facts_.notes.push_back(unreachable_);
    return std::nullopt;
  }

  void about_server() {
    const Answer about = data_->ask(queries::about_server());
    if (about.error || about.rows.empty()) {
      facts_.notes.push_back("the server does not say what it is: " +
                             (about.error ? about.error->message : "no answer"));
      return;
    }
    const Row& row = about.rows.front();
    facts_.database = text(row[0]);
    facts_.postgres = static_cast<int>(integer(row[1]).value_or(0));
    facts_.standby = row[2] == "t";
    reads_all_statistics_ = row[3] == "t";
    period_ = age_of_statistics(*data_);
    if (facts_.standby && options_.statistics_url.empty()) {
      no_statistics_ = "this is a standby, which does not know them";
      facts_.notes.emplace_back(
          "this is a standby: write rates, index use, sessions and statements are unknown; set "
          "facts.statistics_url to the primary");
    } else if (!reads_all_statistics_) {
      facts_.notes.emplace_back(
          "the role is no member of pg_read_all_stats: who uses a table, and long transactions, "
          "are unknown");
    }
  }

  void check_primary() {
    const Answer about = statistics_->ask(queries::about_server());
    if (about.error || about.rows.empty() || about.rows.front()[2] == "t") {
      statistics_.reset();
      no_statistics_ = "facts.statistics_url does not lead to a primary";
      facts_.notes.push_back(no_statistics_);
      return;
    }
    reads_all_statistics_ = about.rows.front()[3] == "t";
    period_ = age_of_statistics(*statistics_);
  }

  /// In seconds; 0 when nobody knows. Statistics that were never reset are as old as the cluster.
  static double age_of_statistics(Source& source) {
    for (const std::string& sql : {queries::age_of_statistics(), queries::age_of_cluster()})
      if (const auto seconds = source.ask(sql).value())
        return std::strtod(seconds->c_str(), nullptr);
    return 0;
  }

  /// Where statistics come from; null when nobody knows them.
  Source* statistics() {
    if (!facts_.standby) return &*data_;
    return statistics_ ? &*statistics_ : nullptr;
  }
  std::string why_no_statistics() const {
    return no_statistics_.empty() ? "this is a standby, and its primary can't be reached"
                                  : no_statistics_;
  }

  void settings() {
    const Answer all = data_->ask(queries::settings());
    for (const Row& row : all.rows) facts_.settings[text(row[0])] = text(row[1]);
    if (all.error) facts_.notes.push_back("settings are unknown: " + all.error->message);
  }

  void all_tables(const std::vector<QualifiedName>& names) {
    const Answer found = data_->ask(queries::tables(names));
    for (const QualifiedName& name : names) {
      TableFacts& absent = facts_.tables[name];
      absent.exists = found.error.has_value();  // not known to be missing
      const std::string why =
          found.error ? found.error->message : "the table is not in the database";
      absent.rows = absent.bytes = absent.total_bytes = absent.oldest_transaction_seconds =
          unknown(why);
    }
    if (found.error) facts_.notes.push_back("tables are unknown: " + found.error->message);
    if (period_ > 0 && period_ < shortest_period_seconds && statistics())
      facts_.notes.push_back(
          fmt::format("statistics are only {:.0f} seconds old: rates are unknown", period_));
    for (const Row& row : found.rows) {
      const QualifiedName name{text(row[0]), text(row[1])};
      if (options_.progress) options_.progress(to_sql(name));
      facts_.tables[name] = table(name, text(row[2]));
    }
  }

  TableFacts table(const QualifiedName& name, const std::string& oid) {
    TableFacts facts;
    sizes(name, oid, facts);
    Source* source = statistics();
    if (!source) {
      facts.oldest_transaction_seconds = unknown(why_no_statistics());
      return facts;
    }
    // The standby's object ids are the primary's.
    const Answer activity = source->ask(queries::activity(oid));
    if (!activity.rows.empty() && period_ >= shortest_period_seconds) {
      if (const auto writes = integer(activity.rows.front()[0]))
        facts.writes_per_second = static_cast<double>(*writes) / period_;
      if (const auto reads = integer(activity.rows.front()[1]))
        facts.reads_per_second = static_cast<double>(*reads) / period_;
    }
    facts.oldest_transaction_seconds = reads_all_statistics_
                                           ? number(source->ask(queries::oldest_transaction(oid)))
                                           : unknown("the role is no member of pg_read_all_stats");
    return facts;
  }

  void sizes(const QualifiedName& name, const std::string& oid, TableFacts& facts) {
    const Answer sizes = data_->ask(queries::sizes(oid));
    if (sizes.error || sizes.rows.empty()) {
      facts.rows = facts.bytes = facts.total_bytes =
          unknown(sizes.error ? sizes.error->message : "no answer");
      return;
    }
    const Row& row = sizes.rows.front();
    facts.bytes =
        known(integer(row[0]).value_or(0));  // a partitioned table without partitions has none
    facts.total_bytes = known(integer(row[1]).value_or(0));
    facts.rows = row[2] == "f" ? unknown("the table was never analyzed")
                               : known(integer(row[3]).value_or(0));
    if (*facts.bytes.value > options_.count_below || counting_ > options_.count_budget) return;
    const auto begin = std::chrono::steady_clock::now();
    const Answer count = data_->ask(queries::exact_rows(name));
    counting_ += std::chrono::steady_clock::now() - begin;
    if (const auto rows = integer(count.value())) facts.rows = known(*rows);
  }

  static Known number(const Answer& answer) {
    if (answer.error) return unknown(answer.error->message);
    const auto value = integer(answer.value());
    return value ? known(*value) : unknown("no answer");
  }

  Known limited(const Answer& answer) const { return limited(number(answer)); }
  Known limited(Known count) const {
    if (count.value && *count.value > options_.exact_rows)
      return {.value = options_.exact_rows, .unknown_because = {}, .at_least = true};
    return count;
  }

  static ProbeAnswer nothing(const std::string& why) {
    return {.rows = unknown(why), .groups = unknown(why), .users = {}};
  }

  /// Why the whole table is not to be read for this, or nothing.
  std::optional<std::string> too_large(const Probe& probe, bool index_helps) {
    const Answer found = data_->ask(queries::tables({probe.table}));
    if (found.error) return found.error->message;
    if (found.rows.empty()) return "the table is not in the database";
    const Answer sizes = data_->ask(queries::sizes(text(found.rows.front()[2])));
    if (sizes.error) return sizes.error->message;
    const std::int64_t bytes = sizes.rows.empty() ? 0 : integer(sizes.rows.front()[0]).value_or(0);
    if (bytes <= options_.probe_limit) return std::nullopt;
    if (index_helps && data_->ask(queries::has_index(probe.table, probe.columns)).value() == "t")
      return std::nullopt;
    return fmt::format("not asked: the table has {} and no index helps", human_size(bytes));
  }

  ProbeAnswer answer(const Probe& probe) {
    switch (probe.kind) {
      case ProbeKind::column_users:
      case ProbeKind::table_users:
        return users(probe);
      case ProbeKind::index_scans:
        return index_scans(probe);
      default:
        break;
    }
    if (!probe.condition.empty())
      if (const auto why = queries::objection(probe.condition))
        return nothing("not asked: " + *why);
    const bool index_helps =
        probe.kind != ProbeKind::check_violations && probe.kind != ProbeKind::type_misfits;
    if (const auto why = too_large(probe, index_helps)) return nothing(*why);
    switch (probe.kind) {
      case ProbeKind::nulls:
        return {.rows = limited(data_->ask(queries::nulls(probe, options_.exact_rows))),
                .groups = {},
                .users = {}};
      case ProbeKind::duplicates:
        return duplicates(probe);
      case ProbeKind::orphans:
        return orphans(probe);
      case ProbeKind::check_violations:
        return {.rows = limited(data_->ask(queries::check_violations(probe, options_.exact_rows))),
                .groups = {},
                .users = {}};
      default:
        return type_misfits(probe);
    }
  }

  ProbeAnswer duplicates(const Probe& probe) {
    const Answer any = data_->ask(queries::has_duplicates(probe));
    if (any.error) return nothing(any.error->message);
    if (any.value() == "f") return {.rows = known(0), .groups = known(0), .users = {}};
    const Answer counts = data_->ask(queries::duplicates(probe, options_.exact_rows));
    if (counts.error || counts.rows.empty()) {
      // They are there; only how many is not known.
      return {.rows = {.value = 2, .unknown_because = {}, .at_least = true},
              .groups = {.value = 1, .unknown_because = {}, .at_least = true},
              .users = {}};
    }
    ProbeAnswer answer;
    answer.groups = limited(known(integer(counts.rows.front()[0]).value_or(0)));
    answer.rows = known(integer(counts.rows.front()[1]).value_or(0));
    answer.rows.at_least = answer.groups.at_least;
    return answer;
  }

  ProbeAnswer orphans(const Probe& probe) {
    if (probe.columns.size() != probe.referenced_columns.size() || probe.columns.empty())
      return nothing("not asked: the columns referred to are not known");
    std::vector<std::string> equals;
    for (const std::string& column : probe.columns)
      equals.push_back(data_->ask(queries::equality(probe.table, column)).value().value_or("="));
    return {.rows = limited(data_->ask(queries::orphans(probe, equals, options_.exact_rows))),
            .groups = {},
            .users = {}};
  }

  ProbeAnswer type_misfits(const Probe& probe) {
    const Answer types = data_->ask(queries::column_types(probe.table, probe.columns));
    if (types.error) return nothing(types.error->message);
    if (types.rows.size() != 1) return nothing("the column is not in the database");
    const std::string present = types.rows.front()[1] == "t" ? text(types.rows.front()[0]) : "";
    const auto sql =
        queries::type_misfits(probe, present, facts_.postgres.value_or(0), options_.exact_rows);
    if (!sql)
      return nothing(fmt::format("not asked: there is no safe way to ask which {} values fit {}",
                                 text(types.rows.front()[0]), to_sql(probe.type)));
    return {.rows = limited(data_->ask(*sql)), .groups = {}, .users = {}};
  }

  ProbeAnswer users(const Probe& probe) {
    const std::string column = probe.kind == ProbeKind::column_users && !probe.columns.empty()
                                   ? probe.columns.front()
                                   : "";
    ProbeAnswer answer;
    const auto list = [&](const std::string& sql) {
      const Answer found = data_->ask(sql);
      for (const Row& row : found.rows) answer.users.push_back(text(row[0]));
      if (found.error) answer.rows = unknown(found.error->message);
    };
    list(column.empty() ? queries::table_users(probe.table)
                        : queries::column_users(probe.table, column));
    list(queries::functions_naming(probe.table, column));
    statements(probe, column, answer);
    if (answer.rows.unknown_because.empty())
      answer.rows = known(static_cast<std::int64_t>(answer.users.size()));
    return answer;
  }

  void statements(const Probe& probe, const std::string& column, ProbeAnswer& answer) {
    Source* source = statistics();
    if (!source || !reads_all_statistics_) {
      answer.rows =
          unknown(!source ? why_no_statistics() : "the role is no member of pg_read_all_stats");
      return;
    }
    const Answer schema = source->ask(queries::statements_schema());
    if (!schema.value()) {
      answer.rows =
          unknown(schema.error ? schema.error->message : "pg_stat_statements is not installed");
      return;
    }
    const Known count =
        number(source->ask(queries::statements_naming(*schema.value(), probe.table, column)));
    if (!count.value) answer.rows = unknown(count.unknown_because);
    if (count.value.value_or(0) > 0)
      answer.users.push_back(counted(*count.value, "statement") + " in pg_stat_statements");
  }

  ProbeAnswer index_scans(const Probe& probe) {
    if (!statistics()) return nothing(why_no_statistics());
    if (probe.columns.empty()) return nothing("not asked: no index is named");
    const Answer scans =
        statistics()->ask(queries::index_scans({probe.table.schema, probe.columns.front()}));
    if (!scans.error && scans.rows.empty()) return nothing("the index is not in the database");
    return {.rows = number(scans), .groups = {}, .users = {}};
  }

  const ReadOptions& options_;
  Facts facts_;
  std::optional<Source> data_, statistics_;
  std::string unreachable_, no_statistics_;
  bool reads_all_statistics_ = false;
  double period_ = 0;  ///< seconds that the statistics cover
  std::chrono::steady_clock::duration counting_{};
};

}  // namespace

Facts read_facts(const std::string& url, const std::vector<QualifiedName>& tables,
                 const std::vector<Probe>& probes, const ReadOptions& options) {
  return Reader(url, options).read(tables, probes);
}

}  // namespace schemagate::postgres
