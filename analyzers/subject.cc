// SPDX-License-Identifier: MIT
#include "analyzers/subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "analyzers/duration.h"
#include "analyzers/words.h"
#include "base/text.h"

namespace schemagate {
namespace {

void add(std::optional<std::int64_t>& sum, const Known& known) {
  if (sum && known.value) {
    *sum += *known.value;
  } else {
    sum.reset();
  }
}

/// The number in front of a setting's unit: zero and garbage are no timeout.
bool is_positive(const std::string& setting) {
  const std::string_view text = trim(setting);
  return !text.empty() && text.front() != '-' &&
         std::any_of(text.begin(), text.end(), [](char c) { return c >= '1' && c <= '9'; });
}

bool has_columns(const Catalog& catalog, const QualifiedName& table,
                 const std::vector<std::string>& columns) {
  const auto found = catalog.tables.find(table);
  if (found == catalog.tables.end()) return false;
  return std::all_of(columns.begin(), columns.end(), [&](const std::string& column) {
    return found->second.column(column) != nullptr;
  });
}

}  // namespace

const Subject::LookedUp& Subject::look_up(const QualifiedName& written) const {
  if (last && last->written.name == written.name && last->written.schema == written.schema)
    return *last;
  auto found = resolve_relation(before, session, written);
  QualifiedName name = found ? std::move(*found) : creation_name(session, written);
  const auto table = before.tables.find(name);
  last =
      LookedUp{written, std::move(name), table == before.tables.end() ? nullptr : &table->second};
  return *last;
}

QualifiedName Subject::resolve(const QualifiedName& written) const { return look_up(written).name; }

const Table* Subject::table(const QualifiedName& written) const { return look_up(written).table; }

bool Subject::is_new(const QualifiedName& relation) const {
  return session.created.count(relation) > 0;
}

bool Subject::is_idle(const QualifiedName& relation) const {
  if (is_new(relation)) return true;
  const auto found = before.tables.find(relation);
  if (found != before.tables.end() && found->second.persistence == Persistence::temporary) {
    return true;
  }
  return !known.stale && size(relation).rows == 0;
}

bool Subject::is_small(const QualifiedName& relation) const {
  if (known.stale) return false;
  const Size found = size(relation);
  if (found.total_bytes && *found.total_bytes <= thresholds.small_table_bytes) return true;
  return found.rows && *found.rows <= thresholds.small_table_rows;
}

Size Subject::size(const QualifiedName& relation) const {
  if (known.tables.empty() && !wanted_tables) return {};
  std::vector<QualifiedName> parts;
  if (before.tables.count(relation)) {
    for (const Table* part : before.tree_of(relation)) {
      if (part->kind != RelationKind::partitioned_table) parts.push_back(part->name);
    }
  } else {
    parts.push_back(relation);
  }
  Size sum{0, 0, 0, ""};
  for (const QualifiedName& part : parts) {
    const TableFacts* found = facts(part);
    const TableFacts unknown;
    if (!found) found = &unknown;
    add(sum.rows, found->rows);
    add(sum.bytes, found->bytes);
    add(sum.total_bytes, found->total_bytes);
    for (const Known* known_part : {&found->rows, &found->bytes}) {
      if (sum.unknown_because.empty()) sum.unknown_because = known_part->unknown_because;
    }
  }
  return parts.empty() ? Size{} : sum;
}

const TableFacts* Subject::facts(const QualifiedName& relation) const {
  if (wanted_tables) wanted_tables->push_back(relation);
  return known.table(relation);
}

bool Subject::is_written(const QualifiedName& relation) const {
  return anything_written || (changed_rows && changed_rows->count(relation) > 0);
}

const ProbeAnswer* Subject::ask(const Probe& probe) const {
  if (is_new(probe.table)) return nullptr;
  if (complete && !has_columns(base, probe.table, probe.columns)) return nullptr;
  if (wanted_probes) wanted_probes->push_back(probe);
  return known.answer(probe);
}

std::optional<LockMode> Subject::lock_on(const QualifiedName& relation) const {
  for (const RelationLock& lock : impact.locks) {
    if (lock.relation == relation) return lock.mode;
  }
  return std::nullopt;
}

bool Subject::has_lock_timeout() const { return is_positive(session.setting("lock_timeout")); }

std::string Subject::describe(const QualifiedName& relation) const {
  return shown(relation) + " (" + size_in_words(relation) + ")";
}

std::string Subject::size_in_words(const QualifiedName& relation) const {
  std::vector<std::string> details;
  const auto found = before.tables.find(relation);
  if (found != before.tables.end() && found->second.kind == RelationKind::partitioned_table) {
    const std::size_t partitions = before.tree_of(relation).size() - 1;
    details.push_back(counted(static_cast<long long>(partitions), "partition"));
  }
  const Size total = size(relation);
  if (total.rows) details.push_back(counted(*total.rows, "row"));
  if (total.bytes) details.push_back(human_size(*total.bytes));
  if (!total.is_known()) {
    details.push_back("size unknown" +
                      (total.unknown_because.empty() ? "" : ": " + total.unknown_because));
  } else if (known.stale) {
    details.push_back("as of " + known.taken_at.substr(0, 10));
  }
  return join(details, ", ");
}

std::string Subject::how_long(const QualifiedName& relation, WorkKind kind) const {
  const Size total = size(relation);
  const auto bytes = bytes_of(kind, total.bytes, total.total_bytes);
  if (!bytes) return "until it is done";
  return fmt::format("for {} (at {} MB/s)", duration_in_words(*bytes),
                     assumed_megabytes_per_second);
}

Span Subject::command_span(int index) const {
  const auto* alter = statement.as<AlterTable>();
  if (!alter || index < 0 || static_cast<std::size_t>(index) >= alter->commands.size())
    return where;
  const AlterTableCommand& command = alter->commands[static_cast<std::size_t>(index)];
  if (command.column && command.column->span.is_somewhere()) return command.column->span;
  if (command.constraint && command.constraint->span.is_somewhere())
    return command.constraint->span;
  if (!sources || statement.span != where) return where;
  const std::vector<Span> spans = command_spans(*sources, statement);
  const auto at = static_cast<std::size_t>(index);
  return at < spans.size() ? spans[at] : where;
}

QualifiedName WholeSubject::existing(std::size_t step, const QualifiedName& written) const {
  static const Session usual;
  const bool other = !steps[step].search_path.empty();
  const std::vector<std::string>& path = other ? steps[step].search_path : usual.search_path;
  if (auto found = resolve_relation(base, path, written)) return std::move(*found);
  if (auto found = resolve_type(base, path, written)) return std::move(*found);
  return creation_name(path, written);
}

bool WholeSubject::is_stranger(std::size_t step, const QualifiedName& name) const {
  const std::vector<QualifiedName>& all = steps[step].strangers;
  return std::find(all.begin(), all.end(), name) != all.end();
}

const ProbeAnswer* WholeSubject::ask(const Probe& probe) const {
  if (wanted_probes) wanted_probes->push_back(probe);
  return known.answer(probe);
}

std::string WholeSubject::users(const Probe& probe) const {
  const ProbeAnswer* answer = ask(probe);
  if (!answer || answer->users.empty()) return {};
  return "; the running database uses it in " + enumerate(answer->users);
}

std::string Subject::text() const {
  if (sql) return *sql;
  return sources ? std::string(sources->text(statement.span)) : std::string();
}

}  // namespace schemagate
