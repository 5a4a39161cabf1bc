// SPDX-License-Identifier: MIT
// Transactions and settings: what changes the session, not the catalog.
#include <algorithm>

#include "base/text.h"
#include "schema/apply_parts.h"

namespace schemagate {
namespace {

void begin(Session& session) {
  if (session.in_transaction) return;  // a warning on the server
  session.in_transaction = true;
  session.at_begin = {session.search_path, session.settings};
  session.created_in_transaction.clear();
  session.uncommitted_enum_values.clear();
  session.savepoints.clear();
  session.undo.forget();
}

void end(Session& session) {
  session.in_transaction = session.aborted = false;
  session.at_begin.reset();
  if (session.path_before_local) session.search_path = *session.path_before_local;
  session.path_before_local.reset();
  session.local_settings.clear();
  session.held_locks.clear();
  session.uncommitted_enum_values.clear();
  session.created_in_transaction.clear();
  session.savepoints.clear();
  session.undo.forget();
  std::erase_if(session.cursors, [](const auto& cursor) { return !cursor.second.holds; });
}

void roll_back(Execution& run) {
  auto& session = run.session;
  if (!session.in_transaction) return;
  if (session.can_roll_back) {
    session.undo.roll_back_to(0, run.catalog);
    for (const auto& name : session.created_in_transaction) session.created.erase(name);
  }
  if (session.at_begin) {
    session.search_path = session.at_begin->search_path;
    session.settings = session.at_begin->settings;
    session.path_before_local.reset();
  }
  end(session);
}

/// 'app, "Other"' as the elements of a search path.
std::vector<std::string> path_elements(std::string_view text) {
  std::vector<std::string> path;
  for (const auto part : split(text, ',')) {
    std::string name(trim(part));
    if (name.size() > 1 && name.front() == '"') {
      name = replace_all(name.substr(1, name.size() - 2), "\"\"", "\"");
    } else {
      name = to_lower(name);
    }
    if (!name.empty()) path.push_back(std::move(name));
  }
  return path;
}

std::vector<std::string> default_path() { return {"public"}; }

void set_path(Session& session, std::vector<std::string> path, bool local) {
  std::erase(path, "");
  if (local && session.in_transaction && !session.path_before_local) {
    session.path_before_local = session.search_path;
  } else if (!local) {
    session.path_before_local.reset();
  }
  session.search_path = std::move(path);
}

}  // namespace

namespace {

/// Forgets the savepoints after the last one of that name.
void forget_savepoints(Session& session, const std::string& name) {
  auto& all = session.savepoints;
  const auto named =
      std::find_if(all.rbegin(), all.rend(), [&](const auto& one) { return one.first == name; });
  if (named != all.rend()) all.erase(named.base(), all.end());
}

}  // namespace

void perform(Execution& run, const Transaction& statement) {
  auto& session = run.session;
  switch (statement.kind) {
    case TransactionKind::begin:
      return begin(session);
    case TransactionKind::commit:
    case TransactionKind::prepare:
      if (session.aborted) {
        roll_back(run);
      } else {
        end(session);
      }
      break;
    case TransactionKind::rollback:
      roll_back(run);
      break;
    case TransactionKind::savepoint:
      session.savepoints.emplace_back(statement.savepoint, session.undo.mark());
      return;
    case TransactionKind::release:
      forget_savepoints(session, statement.savepoint);
      if (!session.savepoints.empty()) session.savepoints.pop_back();
      return;
    case TransactionKind::rollback_to:
      forget_savepoints(session, statement.savepoint);
      session.aborted = false;
      if (!session.savepoints.empty() && session.can_roll_back) {
        session.undo.roll_back_to(session.savepoints.back().second, run.catalog);
      }
      return;
    case TransactionKind::other:
      return;
  }
  if (statement.chain) begin(session);
}

void perform(Execution& run, const SetVariable& statement) {
  auto& session = run.session;
  if (statement.reset_all) {
    session.settings.clear();
    return set_path(session, default_path(), false);
  }
  if (statement.name == "search_path") {
    set_path(session, statement.value ? statement.values : default_path(), statement.local);
  }
  if (statement.local) {
    // Outside of a transaction SET LOCAL does nothing.
    if (session.in_transaction && statement.value)
      session.local_settings[statement.name] = *statement.value;
    return;
  }
  session.local_settings.erase(statement.name);
  if (statement.value) {
    session.settings[statement.name] = *statement.value;
  } else {
    session.settings.erase(statement.name);
  }
}

/// The one statement about data that matters: SELECT set_config('search_path', '', false), as dumps
/// have it.
void perform(Execution& run, const DataStatement& statement) {
  const auto& functions = statement.references.functions;
  const bool sets = std::any_of(functions.begin(), functions.end(), [](const FunctionUse& use) {
    return use.name.name == "set_config";
  });
  if (!sets || statement.literals.size() < 2) return;
  const std::string name = to_lower(statement.literals[0]);
  const std::string& value = statement.literals[1];
  run.session.settings[name] = value;
  if (name == "search_path") set_path(run.session, path_elements(value), false);
}

}  // namespace schemagate
