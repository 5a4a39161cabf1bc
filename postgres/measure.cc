// SPDX-License-Identifier: MIT
#include "postgres/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "postgres/stage.h"

namespace schemagate::postgres {
namespace {

/// Everything that could be seen of one run of a statement.
struct Seen {
  Relations before, after;
  Locks locks;
};

RelationKind kind_of(char relkind) {
  switch (relkind) {
    case 'p':
      return RelationKind::partitioned_table;
    case 'f':
      return RelationKind::foreign_table;
    case 'i':
      return RelationKind::index;
    case 'I':
      return RelationKind::partitioned_index;
    case 'S':
      return RelationKind::sequence;
    case 'v':
      return RelationKind::view;
    case 'm':
      return RelationKind::materialized_view;
    case 'c':
      return RelationKind::composite_type;
    default:
      return RelationKind::table;
  }
}

std::vector<RelationLock> lock_list(const Relations& before, const Locks& locks) {
  std::map<QualifiedName, RelationLock> strongest;
  for (const auto& [oid, mode] : locks) {
    const auto relation = before.find(oid);
    if (relation == before.end()) continue;  // new, or of the system
    const QualifiedName& name = relation->second.name;
    auto [it, is_new] =
        strongest.try_emplace(name, RelationLock{name, kind_of(relation->second.kind), mode});
    if (!is_new) it->second.mode = std::max(it->second.mode, mode);
  }
  std::vector<RelationLock> list;
  for (auto& [name, lock] : strongest) list.push_back(std::move(lock));
  return list;
}

bool holds_rows(char relkind) { return relkind == 'r' || relkind == 'm'; }

/// Storage with rows was thrown away and nothing was read to fill the new one.
bool was_emptied(const Relation& before, const Relation& after) {
  return before.pages > 0 && after.pages == 0 && after.rows_read == before.rows_read;
}

/// Turns what was seen into the contract's words.
void describe(const Seen& seen, bool truncates, Measured& measured) {
  std::set<QualifiedName> rewrites, scans;
  std::map<QualifiedName, QualifiedName> builds;  // by index
  std::set<std::string> emptied;
  for (const auto& [oid, before] : seen.before) {
    const auto now = seen.after.find(oid);
    if (now == seen.after.end() || !holds_rows(before.kind)) continue;
    const Relation& after = now->second;
    if (before.file != after.file && (truncates || was_emptied(before, after))) {
      emptied.insert(oid);
    } else if (before.file != after.file) {
      rewrites.insert(before.name);
      scans.insert(before.name);
    } else if (after.scans > before.scans) {
      scans.insert(before.name);
    }
  }
  std::set<std::string> old_files;
  for (const auto& [oid, before] : seen.before) old_files.insert(before.file);
  for (const auto& [oid, after] : seen.after) {
    const auto table = seen.before.find(after.table);
    if (after.kind != 'i' || table == seen.before.end() || emptied.count(after.table) ||
        old_files.count(after.file))
      continue;
    builds.emplace(after.name, table->second.name);
    scans.insert(table->second.name);
  }
  measured.rewrites.assign(rewrites.begin(), rewrites.end());
  measured.scans.assign(scans.begin(), scans.end());
  for (const auto& [index, table] : builds) {
    measured.index_builds.push_back(index);
    measured.built_on.push_back(table);
  }
}

bool refuses_transaction_block(const SqlError& error) {
  return error.message.find("cannot run inside a transaction block") != std::string::npos ||
         error.sqlstate == "2D000";  // a procedure or DO block that commits
}

/// Failures that other rows might not cause.
bool depends_on_values(const SqlError& error) {
  return error.sqlstate.starts_with("22") || error.sqlstate.starts_with("23");
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Contains commands that check foreign keys over all rows: reading tables in full is their way.
bool checks_keys(const std::string& sql) {
  const std::string text = to_lower(sql);
  return is_one_of(first_words(sql, 1), {"do", "call", "select"}) &&
         (text.find("references ") != std::string::npos ||
          text.find("validate ") != std::string::npos ||
          text.find("attach ") != std::string::npos || text.find(" type ") != std::string::npos);
}

/// SELECT … INTO makes a table, as CREATE TABLE AS does.
bool selects_into(const std::string& sql) {
  return first_words(sql, 1) == "select" && to_lower(sql).find(" into ") != std::string::npos;
}

/// INSERT, UPDATE and the like, which may find no row to work on.
bool writes_rows(const std::string& sql) {
  const std::string word = first_words(sql, 1);
  if (word != "with") return is_one_of(word, {"insert", "update", "delete", "merge"});
  const std::string text = to_lower(sql);
  return text.find("insert ") != std::string::npos || text.find("update ") != std::string::npos ||
         text.find("delete ") != std::string::npos;
}

/// UPDATE without WHERE, refused for what it writes: no row can be given that.
bool refused_for_every_row(const std::string& sql, const std::optional<Failure>& fails) {
  return fails && (fails->sqlstate == "23502" || fails->sqlstate == "23514") &&
         first_words(sql, 1) == "update" && to_lower(sql).find("where") == std::string::npos;
}

/// A planner chooses how tables are read.
bool is_planned(const std::string& sql) {
  const std::string text = to_lower(sql);
  for (const std::string_view word :
       {"select", "update", "delete", "merge", "references", "validate", "attach", "do "})
    if (text.find(word) != std::string::npos) return true;
  return false;
}

class Measurement {
 public:
  Measurement(const EphemeralServer& server, const std::vector<std::string>& schema,
              const std::vector<std::string>& statements)
      : server_(server), schema_(schema), statements_(statements) {}

  std::variant<MeasuredScript, Refused> all() {
    if (auto refused = rebuild(Rows::distinct, 0, 0)) return *refused;
    script_.notes = stage_->notes();
    for (std::size_t i = 0; i < statements_.size(); ++i) script_.statements.push_back(one(i));
    if (refused_) return *refused_;
    return std::move(script_);
  }

  std::variant<MeasuredScript, Refused> each() {
    rolls_back_ = true;
    for (const std::string& sql : schema_)
      has_partitions_ = has_partitions_ || to_lower(sql).find("partition") != std::string::npos;
    std::map<Rows, Stage> stages;
    for (std::size_t i = 0; i < statements_.size() && !refused_; ++i) {
      std::string message;
      bool failed = false;
      for (const Rows rows : all_rows) {
        if (rows == Rows::lone && !writes_rows(statements_[i])) continue;
        if (rows > Rows::lone && !failed) break;
        if (rows == Rows::none &&
            refused_for_every_row(statements_[i], script_.statements.back().fails))
          break;
        Measured measured = one_of(stages, rows, i);
        if (refused_) break;
        if (rows == Rows::distinct) {
          script_.statements.push_back(measured);
          failed = values_failed_;
          if (failed) message = measured.fails->reason;
        } else if (failed || !(values_failed_ || missed_)) {
          measured.notes.push_back(on_other_rows(rows) + message);
          script_.statements.back() = measured;
        }
        if (!values_failed_ && !(missed_ && !failed)) break;
      }
    }
    if (refused_) return *refused_;
    return std::move(script_);
  }

 private:
  static constexpr Rows all_rows[] = {Rows::distinct, Rows::fitting, Rows::lone, Rows::nulls,
                                      Rows::none};

  static std::string on_other_rows(Rows rows) {
    switch (rows) {
      case Rows::fitting:
      case Rows::lone:
        return "measured on rows with the statement's values: on others ";
      case Rows::nulls:
        return "measured on rows of NULLs: on others ";
      default:
        return "measured on empty tables: with rows ";
    }
  }

  /// Statement `i` on the stage with such rows, which is made when it is not there yet and thrown
  /// away when the statement could not be rolled back.
  Measured one_of(std::map<Rows, Stage>& stages, Rows rows, std::size_t i) {
    // Rows that fit a statement are put in for each anew.
    const bool fits = rows == Rows::fitting || rows == Rows::lone;
    const Rows key = fits ? Rows::fitting : rows;
    if (const auto kept = stages.find(key); kept != stages.end()) {
      stage_.emplace(std::move(kept->second));
      stages.erase(kept);
      rows_ = rows;
      // An index build leaves the table's size in the catalog, also when it is rolled back.
      const bool stale = is_planned(statements_[i]) && built_.erase(rows) > 0;
      if (fits || stale) stage_->refill(rows, statements_[i]);
      // A session that has checked a row against a partition's bounds does not look again.
      if (has_partitions_ && writes_rows(statements_[i])) stage_->renew_session();
    } else if ((refused_ = rebuild(rows, 0, i))) {
      return {};
    }
    Measured measured = attempt(i);
    const bool for_all = measured.transactional;
    if (!for_all) built_.erase(rows);
    if (for_all && !measured.index_builds.empty()) built_.insert(rows);
    if (for_all) stages.emplace(key, std::move(*stage_));
    stage_.reset();
    return measured;
  }

  /// Loads the schema, runs what comes before statement `end` and puts rows in: into empty tables,
  /// so that what ran on other rows before runs again. Those inside an open transaction come before
  /// it.
  std::variant<Stage, Refused> stage_before(std::size_t end, Rows rows, std::size_t fitted) {
    auto made = Stage::make(server_, schema_, statements_);
    if (std::holds_alternative<Refused>(made)) return made;
    Stage& stage = std::get<Stage>(made);
    const std::size_t committed = in_transaction_ ? std::min(end, transaction_begin_) : end;
    repeat(stage, 0, committed);
    stage.refill(rows, fitted < statements_.size() ? statements_[fitted] : std::string());
    repeat(stage, committed, end);
    return made;
  }

  /// Runs the statements once more that succeeded; one that broke its transaction is replaced.
  void repeat(Stage& stage, std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const Measured& measured = script_.statements[i];
      if (!measured.fails && measured.not_measured_because.empty()) {
        stage.run(statements_[i]);
      } else if (broke_transaction_.count(i)) {
        stage.run("SELECT 1 / 0");
      }
    }
  }

  /// `fitted`: the statement that Rows::fitting are made for.
  std::optional<Refused> rebuild(Rows rows, std::size_t end, std::size_t fitted) {
    stage_.reset();
    auto made = stage_before(end, rows, fitted);
    if (auto* refused = std::get_if<Refused>(&made)) return *refused;
    stage_.emplace(std::get<Stage>(std::move(made)));
    rows_ = rows;
    aborted_ = false;
    return std::nullopt;
  }

  Measured one(std::size_t i) {
    if (rows_ != Rows::distinct && !in_transaction_) stage_->refill(rows_ = Rows::distinct);
    Measured measured = attempt(i);
    // Rows that a made-up value does not suit tell nothing about other rows.
    for (const Rows rows : {Rows::fitting, Rows::lone, Rows::nulls, Rows::none}) {
      if (!values_failed_ || rows <= rows_ || refused_) break;
      if (rows == Rows::none && refused_for_every_row(statements_[i], measured.fails)) break;
      if (rows == Rows::lone && (in_transaction_ || !writes_rows(statements_[i]))) continue;
      const std::string message = measured.fails->reason;
      refused_ = rebuild(rows, i, i);
      if (refused_) break;
      measured = attempt(i);
      measured.notes.push_back(on_other_rows(rows) + message);
    }
    return measured;
  }

  Measured attempt(std::size_t i) {
    values_failed_ = missed_ = false;
    const std::string word = first_words(statements_[i], 1), words = first_words(statements_[i], 2);
    if (is_one_of(word, {"begin", "start", "commit", "end", "rollback", "abort", "savepoint",
                         "release"}) ||
        is_one_of(words,
                  {"prepare transaction", "set transaction", "set constraints", "set session"}))
      return control(i, word);
    if (aborted_) return plain(i);
    if (in_transaction_) return inside_transaction(i);
    if (is_one_of(word, {"lock", "declare"}))
      return plain(i);  // refused outside a transaction block
    return autocommit(*stage_, statements_[i], {});
  }

  /// Runs a statement that touches no relation.
  Measured plain(std::size_t i) {
    Measured measured;
    if (const Answer answer = stage_->run(statements_[i]); answer.error)
      fail(measured, *answer.error, statements_[i]);
    return measured;
  }

  Measured control(std::size_t i, std::string_view word) {
    const std::string words = first_words(statements_[i], 3);
    const bool to_savepoint = words.starts_with("rollback to") || words == "rollback work to" ||
                              words == "rollback transaction to";
    Measured measured = plain(i);
    if (is_one_of(word, {"begin", "start"})) {
      if (!in_transaction_) start_split(i);
      in_transaction_ = true;
      transaction_begin_ = i;
    } else if (is_one_of(word, {"commit", "end", "rollback", "abort"}) && !to_savepoint) {
      in_transaction_ = to_lower(statements_[i]).find("and chain") != std::string::npos;
      aborted_ = unknown_ = false;
      split_.reset();
      locals_.clear();
    } else if (to_savepoint) {
      aborted_ = false;
      split_.reset();  // it has no savepoints
    } else if (is_one_of(word, {"set"})) {
      locals_.push_back(statements_[i]);
    }
    return measured;
  }

  /// The second database: everything before the transaction is in it, and each of its statements is
  /// committed.
  void start_split(std::size_t begin) {
    auto made = stage_before(begin, rows_, begin);
    if (auto* stage = std::get_if<Stage>(&made)) split_.emplace(std::move(*stage));
  }

  Measured inside_transaction(std::size_t i) {
    Measured measured;
    const std::string& sql = statements_[i];
    prepare(*stage_, sql);
    Seen seen;
    seen.before = stage_->relations();
    const Locks held = stage_->locks();
    const Answer answer = stage_->run(sql);
    if (answer.error && stage_->provide(*answer.error)) {
      refused_ = rebuild(rows_, i, i);
      return refused_ ? measured : inside_transaction(i);
    }
    if (answer.error) {
      aborted_ = true;
      broke_transaction_.insert(i);
      measured.transactional = !refuses_transaction_block(*answer.error);
      fail(measured, *answer.error, sql);
      return measured;
    }
    const Locks now = stage_->locks();
    std::set_difference(now.begin(), now.end(), held.begin(), held.end(),
                        std::inserter(seen.locks, seen.locks.end()));
    seen.after = stage_->relations();
    describe(seen, first_words(sql, 1) == "truncate", measured);
    measured.locks = lock_list(seen.before, seen.locks);
    if (first_words(sql, 2) == "set local") {
      locals_.push_back(sql);
    } else if (split_) {
      Measured alone = autocommit(*split_, sql, locals_);
      values_failed_ = false;
      if (!alone.fails && alone.not_measured_because.empty())
        measured.locks = std::move(alone.locks);
    }
    return measured;
  }

  Measured autocommit(Stage& stage, const std::string& sql,
                      const std::vector<std::string>& locals) {
    Measured measured;
    prepare(stage, sql);
    for (;;) {
      stage.run("BEGIN");
      for (const std::string& local : locals) stage.run(local);
      Seen seen;
      seen.before = stage.relations();
      Answer answer = stage.run(sql);
      if (!answer.error) {
        seen.locks = stage.locks();
        seen.after = stage.relations();
        missed_ = answer.affected == 0 && writes_rows(sql);
        answer = finish(stage);
      } else {
        stage.run("ROLLBACK");
        if (stage.provide(*answer.error)) continue;
        if (refuses_transaction_block(*answer.error)) return outside_transaction(stage, sql);
        // Refused only because we looked around in this transaction before it.
        if (answer.error->sqlstate == "25001") answer = stage.run(sql);
      }
      if (answer.error) {
        fail(measured, *answer.error, sql);
        return measured;
      }
      describe(seen, first_words(sql, 1) == "truncate", measured);
      measured.locks = lock_list(seen.before, seen.locks);
      return measured;
    }
  }

  /// COMMIT, or a look at what COMMIT would say, then ROLLBACK.
  Answer finish(Stage& stage) {
    if (!rolls_back_) return stage.run("COMMIT");
    Answer answer = stage.run("SET CONSTRAINTS ALL IMMEDIATE");
    stage.run("ROLLBACK");
    return answer;
  }

  Measured outside_transaction(Stage& stage, const std::string& sql) {
    Measured measured;
    measured.transactional = false;
    Seen seen;
    seen.before = stage.relations();
    const Answer answer = stage.run_stopping(
        sql, [&](const Locks& locks) { seen.locks.insert(locks.begin(), locks.end()); });
    if (answer.error) {
      fail(measured, *answer.error, sql);
      return measured;
    }
    seen.after = stage.relations();
    // The counters of an earlier transaction say nothing.
    for (auto& [oid, relation] : seen.after)
      relation.scans = seen.before.count(oid) ? seen.before[oid].scans : 0;
    describe(seen, false, measured);
    add_passing_locks(stage, sql, seen);
    measured.locks = lock_list(seen.before, seen.locks);
    return measured;
  }

  /// Adds the locks that were given back before the first commit that waits, on relations of which
  /// none was seen: a transaction that changes nothing does not wait. Statements that would do
  /// something else the second time (DROP INDEX) have changed something.
  void add_passing_locks(Stage& stage, const std::string& sql, Seen& seen) {
    const bool vacuum = first_words(sql, 1) == "vacuum";
    const bool repeatable = vacuum || is_one_of(first_words(sql, 1), {"cluster", "reindex"});
    if (!repeatable && !seen.locks.empty()) return;
    // Partitions are looked for under locks that are given back before the work begins.
    std::set<std::string> locked;
    for (const auto& [oid, mode] : seen.locks) {
      if (mode != LockMode::share_update_exclusive) locked.insert(oid);
    }
    for (const auto& [oid, relation] : seen.before) {
      const bool can_be_held =
          is_one_of(std::string_view(&relation.kind, 1), {"r", "p", "m", "i", "I"});
      // VACUUM (ANALYZE) shows the locks of ANALYZE only.
      if (!can_be_held || (locked.count(oid) && !vacuum)) continue;
      const Locks waited_for = stage.run_blocked(sql, relation);
      seen.locks.insert(waited_for.begin(), waited_for.end());
    }
  }

  /// The server says what it reads and writes; and it is not to find a way around reading.
  void prepare(Stage& stage, const std::string& sql) {
    const bool data = is_one_of(first_words(sql, 1),
                                {"select", "insert", "update", "delete", "merge", "with", "values",
                                 "table", "do", "call", "explain", "execute", "copy", "declare"}) &&
                      !checks_keys(sql) && !selects_into(sql);
    stage.run(fmt::format(
        "SET client_min_messages = debug1; SET enable_seqscan = {}; SET enable_indexscan = {};"
        "SET enable_indexonlyscan = off; SET enable_bitmapscan = {}",
        data ? "off" : "on", data ? "on" : "off", data ? "on" : "off"));
  }

  void fail(Measured& measured, const SqlError& error, const std::string& sql) {
    if (needs_superuser(error) || is_servers_trouble(error)) {
      measured.not_measured_because =
          (needs_superuser(error) ? "needs superuser: " : "") + error.message;
      unknown_ = in_transaction_;
    } else if (unknown_ && error.sqlstate == "25P02") {
      measured.not_measured_because = "an earlier statement of the transaction was not measured";
    } else {
      measured.fails = Failure{error.sqlstate, error.message};
      values_failed_ = depends_on_values(error) && !certain(error, sql);
    }
  }

  /// A column that the statement adds is NULL in every row there may be.
  bool certain(const SqlError& error, const std::string& sql) {
    if (error.sqlstate != "23502") return false;
    if (error.message.starts_with("domain ")) return is_of_new_column(error.message, sql);
    const auto begin = error.message.find("column \""), end = error.message.find("\" of relation");
    if (begin == std::string::npos || end == std::string::npos) return false;
    const std::string column = error.message.substr(begin + 8, end - begin - 8);
    if (in_transaction_) return rows_ == Rows::distinct;
    const Answer known = stage_->run(
        "SELECT FROM pg_catalog.pg_attribute WHERE attnum > 0 AND attrelid >= 16384 AND attname "
        "= " +
        quote_literal(column));
    return known.rows.empty();
  }

  /// "domain x does not allow null values", and no column that is there already has that type.
  bool is_of_new_column(const std::string& message, const std::string& sql) {
    if (first_words(sql, 2) == "alter table" && rows_ == Rows::distinct) return true;
    const std::size_t begin = std::string_view("domain ").size();
    const auto end = message.find(" does not allow null values");
    if (end == std::string::npos || in_transaction_) return false;
    const Answer users = stage_->run(
        "SELECT FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid "
        "WHERE a.attnum > 0 AND a.attrelid >= 16384 AND pg_catalog.format_type(t.oid, NULL) = " +
        quote_literal(message.substr(begin, end - begin)));
    return users.rows.empty();
  }

  const EphemeralServer& server_;
  const std::vector<std::string>& schema_;
  const std::vector<std::string>& statements_;
  MeasuredScript script_;
  std::optional<Stage> stage_;  ///< runs the script as it is
  std::optional<Stage> split_;  ///< runs each statement of the open transaction by itself
  Rows rows_ = Rows::distinct;
  bool in_transaction_ = false, aborted_ = false, values_failed_ = false;
  bool missed_ = false;      ///< the statement that ran last found no row to write
  bool unknown_ = false;     ///< what aborted the transaction need not abort it elsewhere
  bool rolls_back_ = false;  ///< nothing of a statement stays for the next
  bool has_partitions_ = false;
  std::set<Rows> built_;  ///< stages on which an index was built since the rows were put in
  std::size_t transaction_begin_ = 0;
  std::set<std::size_t> broke_transaction_;
  std::vector<std::string> locals_;  ///< SET LOCAL of the open transaction
  std::optional<Refused> refused_;
};

}  // namespace

std::variant<MeasuredScript, Refused> measure(const EphemeralServer& server,
                                              const std::vector<std::string>& schema,
                                              const std::vector<std::string>& statements) {
  return Measurement(server, schema, statements).all();
}

std::variant<MeasuredScript, Refused> measure_each(const EphemeralServer& server,
                                                   const std::vector<std::string>& schema,
                                                   const std::vector<std::string>& statements) {
  return Measurement(server, schema, statements).each();
}

}  // namespace schemagate::postgres
