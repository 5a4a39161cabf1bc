// SPDX-License-Identifier: MIT
#include "postgres/rehearsal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "postgres/introspect.h"
#include "postgres/sandbox.h"
#include "schema/parse.h"

namespace schemagate::postgres {
namespace {

/// Something that the statement names is not there: after something was left out, no wonder.
bool misses_something(const SqlError& error) {
  constexpr std::array states{"42P01", "42704", "42883", "42703", "3F000",
                              "42P02", "42809", "0A000", "58P01"};
  return std::find(states.begin(), states.end(), error.sqlstate) != states.end();
}

std::string first_line(std::string_view sql) {
  const std::string_view line = trim(sql).substr(0, trim(sql).find('\n'));
  return std::string(line.size() > 100 ? line.substr(0, 100) : line) +
         (line.size() > 100 ? "…" : "");
}

std::vector<std::string> statements_of(std::string_view script) {
  std::vector<std::string> statements;
  for (const Statement& statement : parse_text(script).statements)
    statements.emplace_back(
        script.substr(statement.span.begin, statement.span.end - statement.span.begin));
  return statements;
}

class Run {
 public:
  Run(const EphemeralServer& server, const Plan& plan) : server_(server), plan_(plan) {
    rehearsal_.steps.resize(plan.steps.size());
  }

  Rehearsal all(const std::vector<std::string>& base) {
    return on_base(base, [&]() -> Rehearsal {
      run_steps();
      rehearsal_.summary = fmt::format("rehearsed {}on PostgreSQL {}", gave_up_ ? "in part " : "",
                                       server_.installation().version);
      return std::move(rehearsal_);
    });
  }

  WayBack back(const std::vector<std::string>& base, std::size_t down) {
    WayBack back;
    on_base(base, [&]() -> Rehearsal {
      const auto before = schema_now();
      run_steps();
      const auto after = schema_now();
      const auto& steps = rehearsal_.steps;
      const auto failed = std::find_if(
          steps.begin(), steps.end(), [](const Rehearsed& step) { return !step.sqlstate.empty(); });
      const auto at = static_cast<std::size_t>(failed - steps.begin());
      if (left_out_ || gave_up_ || !before || !after || (at < down && at < steps.size())) return {};
      back.tried = true;
      back.before = *before;
      back.after = *after;
      back.version = server_.installation().version;
      if (failed == steps.end()) return {};
      back.failed = at;
      back.message = failed->message;
      return {};
    });
    return back;
  }

 private:
  /// `rehearse`, with a session on a sandbox that holds the base; or why there is none.
  template <class Rehearse>
  Rehearsal on_base(const std::vector<std::string>& base, Rehearse&& rehearse) {
    std::vector<std::string> everything = base;
    for (const Step& step : plan_.steps) everything.push_back(step.sql);
    auto sandbox = Sandbox::create(server_, everything);
    if (const auto* refused = std::get_if<Refused>(&sandbox)) return nothing(refused->because);
    sandbox_ = &std::get<Sandbox>(sandbox);
    for (const std::string& name : sandbox_->missing_extensions())
      leave_out("extension " + name + " can't be had here");
    if (const auto failure = load(base)) return nothing(*failure);
    auto opened = sandbox_->connect();
    if (const auto* error = std::get_if<SqlError>(&opened)) return nothing(error->message);
    session_ = &std::get<Session>(opened);
    return rehearse();
  }

  std::optional<std::vector<std::string>> schema_now() {
    auto opened = sandbox_->connect();
    if (std::holds_alternative<SqlError>(opened)) return std::nullopt;
    auto read = introspect(std::get<Session>(opened), {.grants = true, .owners = false});
    if (auto* schema = std::get_if<Introspected>(&read)) return std::move(schema->statements);
    return std::nullopt;
  }

  Rehearsal nothing(const std::string& because) const {
    const std::string ended = server_.ended_because();
    return {.summary = "not rehearsed: " + (ended.empty() ? because : "the server " + ended),
            .steps = {},
            .notes = {}};
  }

  void leave_out(std::string note) {
    left_out_ = true;
    rehearsal_.notes.push_back("not rehearsed: " + std::move(note));
  }

  /// Why the base schema does not load, if so.
  std::optional<std::string> load(const std::vector<std::string>& base) {
    auto opened = sandbox_->connect();
    if (const auto* error = std::get_if<SqlError>(&opened)) return error->message;
    Session& session = std::get<Session>(opened);
    // Bodies may speak of what comes later; pg_dump loads them the same way.
    session.run("SET check_function_bodies = off");
    if (!left_out_ && sandbox_->run_all_providing(session, base).ok()) return std::nullopt;
    for (const std::string& sql : base) {
      const Answer answer = sandbox_->run_providing(session, sql);
      if (!answer.error) continue;
      if (needs_superuser(*answer.error)) {
        leave_out(fmt::format("{}: needs superuser: {}", answer.error->message, first_line(sql)));
      } else if (left_out_ && misses_something(*answer.error)) {
        leave_out(fmt::format("{}: {}", answer.error->message, first_line(sql)));
      } else {
        return fmt::format("the base schema does not load: {}: {}", answer.error->message,
                           first_line(sql));
      }
    }
    return std::nullopt;
  }

  void run_steps() {
    const auto& steps = plan_.steps;
    for (std::size_t begin = 0; begin < steps.size();) {
      std::size_t end = begin + 1;
      while (steps[begin].group >= 0 && end < steps.size() &&
             steps[end].group == steps[begin].group)
        ++end;
      if (stopped_.empty()) run_group(begin, end);
      begin = end;
    }
    for (Rehearsed& step : rehearsal_.steps)
      if (!step.ran && step.not_run_because.empty()) step.not_run_because = stopped_;
  }

  /// Runs the steps as one transaction. What is missing and can be made is made, what only a
  /// superuser may do is left out; both start the transaction again.
  void run_group(std::size_t begin, std::size_t end) {
    const bool transaction = plan_.steps[begin].group >= 0;
    for (;;) {
      if (transaction) session_->run("BEGIN");
      std::size_t last = begin;
      Answer answer;
      for (std::size_t i = begin; i < end && !answer.error; ++i) {
        if (!rehearsal_.steps[i].not_run_because.empty()) continue;
        answer = sandbox_->run(*session_, plan_.steps[i].sql);
        rehearsal_.steps[i].ran = true;
        last = i;
      }
      if (transaction) {
        const Answer ended = session_->run(answer.error ? "ROLLBACK" : "COMMIT");
        if (!answer.error) answer.error = ended.error;
      }
      if (!answer.error) return;
      for (std::size_t i = begin; i < end; ++i)
        rehearsal_.steps[i].ran = rehearsal_.steps[i].ran && i <= last;
      if (sandbox_->provide(*answer.error)) continue;
      if (!note_failure(last, *answer.error)) return;
    }
  }

  /// True when the group may be tried again without that step.
  bool note_failure(std::size_t i, const SqlError& error) {
    Rehearsed& step = rehearsal_.steps[i];
    const std::string ended = server_.ended_because();
    if (!session_->is_open() || is_servers_trouble(error)) {
      step.ran = false;
      step.not_run_because = !ended.empty() ? "the server " + ended : error.message;
      stopped_ = "an earlier step could not be rehearsed";
      gave_up_ = true;
      rehearsal_.notes.push_back(
          fmt::format("the rehearsal stopped at \"{}\": {}; this statement and those after it were "
                      "not rehearsed",
                      first_line(plan_.steps[i].sql), step.not_run_because));
      return false;
    }
    if (needs_superuser(error) || (left_out_ && misses_something(error))) {
      step.ran = false;
      step.not_run_because = needs_superuser(error)
                                 ? "needs superuser: " + error.message
                                 : "depends on what was left out: " + error.message;
      leave_out(step.not_run_because + ": " + first_line(plan_.steps[i].sql));
      return true;
    }
    step.sqlstate = error.sqlstate;
    step.message = error.message;
    stopped_ = "an earlier step failed";
    return false;
  }

  const EphemeralServer& server_;
  const Plan& plan_;
  Sandbox* sandbox_ = nullptr;
  Session* session_ = nullptr;
  Rehearsal rehearsal_;
  bool left_out_ = false;
  std::string stopped_;   ///< why the steps that come now are not run
  bool gave_up_ = false;  ///< the server had to be stopped, or stopped by itself
};

}  // namespace

Rehearsal rehearse(const EphemeralServer& server, std::string_view base, const Plan& plan) {
  return Run(server, plan).all(statements_of(base));
}

WayBack rehearse_back(const EphemeralServer& server, std::string_view base, const Plan& plan,
                      std::size_t down) {
  return Run(server, plan).back(statements_of(base), down);
}

}  // namespace schemagate::postgres
