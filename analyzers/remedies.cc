// SPDX-License-Identifier: MIT
#include "analyzers/remedies.h"

#include <algorithm>

#include "base/text.h"
#include "schema/generated_names.h"
#include "schema/render.h"

namespace schemagate {
namespace {

constexpr int first_with_not_null_not_valid = 18;

/// Walks over SQL text and tells where it is not inside quotes, comments or brackets.
class TopLevel {
 public:
  explicit TopLevel(const std::string& text) : text_(text) {}

  /// The text with a blank for each comment.
  std::string without_comments() const {
    std::string result;
    for (std::size_t i = 0; i < text_.size();) {
      const std::size_t end = std::max(skip(i), i + 1);
      const bool comment = text_.compare(i, 2, "--") == 0 || text_.compare(i, 2, "/*") == 0;
      result += comment ? " " : text_.substr(i, end - i);
      i = end;
    }
    return result;
  }

  /// Offsets of the commas outside of everything.
  std::vector<std::size_t> commas() const {
    std::vector<std::size_t> found;
    int depth = 0;
    for (std::size_t i = 0; i < text_.size();) {
      const char c = text_[i];
      if (const std::size_t end = skip(i); end > i) {
        i = end;
        continue;
      }
      if (c == '(' || c == '[') ++depth;
      if (c == ')' || c == ']') --depth;
      if (c == ',' && depth == 0) found.push_back(i);
      ++i;
    }
    return found;
  }

 private:
  /// The end of the quoted text or comment that begins at `i`; `i` when none does.
  std::size_t skip(std::size_t i) const {
    const char c = text_[i];
    const char next = i + 1 < text_.size() ? text_[i + 1] : '\0';
    if (c == '\'' || c == '"') {
      const bool escapes = c == '\'' && i > 0 && (text_[i - 1] == 'E' || text_[i - 1] == 'e');
      return after_quote(i, escapes);
    }
    if (c == '-' && next == '-') return after("\n", i + 2);
    if (c == '/' && next == '*') return after("*/", i + 2);
    if (c == '$' &&
        (next == '$' || std::isalpha(static_cast<unsigned char>(next)) || next == '_')) {
      const std::size_t end = text_.find('$', i + 1);
      if (end != std::string::npos) return after(text_.substr(i, end + 1 - i), end + 1);
    }
    return i;
  }
  std::size_t after(const std::string& what, std::size_t from) const {
    const std::size_t found = text_.find(what, from);
    return found == std::string::npos ? text_.size() : found + what.size();
  }
  std::size_t after_quote(std::size_t begin, bool escapes) const {
    std::size_t i = begin + 1;
    while (i < text_.size()) {
      if (escapes && text_[i] == '\\') {
        i += 2;
      } else if (text_[i++] == text_[begin]) {
        return i;
      }
    }
    return text_.size();
  }

  const std::string& text_;
};

/// Where the first command begins: after ALTER TABLE [IF EXISTS] [ONLY] name [*].
std::size_t after_head(const std::string& text) {
  const std::string lower = to_lower(text);
  std::size_t at = 0;
  const auto skip_blanks = [&] {
    while (at < text.size() && std::isspace(static_cast<unsigned char>(text[at]))) ++at;
  };
  const auto take_keyword = [&](std::string_view word) {
    skip_blanks();
    if (lower.compare(at, word.size(), word) != 0) return false;
    const std::size_t end = at + word.size();
    if (end < text.size() && !std::isspace(static_cast<unsigned char>(text[end]))) return false;
    at = end;
    return true;
  };
  const auto take_identifier = [&] {
    skip_blanks();
    if (at < text.size() && text[at] == '"') {
      const std::size_t end = text.find('"', at + 1);
      at = end == std::string::npos ? text.size() : end + 1;
      return;
    }
    while (at < text.size() && !std::isspace(static_cast<unsigned char>(text[at])) &&
           text[at] != '.' && text[at] != '"' && text[at] != '*') {
      ++at;
    }
  };
  if (!take_keyword("alter")) return std::string::npos;
  take_keyword("foreign");
  if (!take_keyword("table")) return std::string::npos;
  if (take_keyword("if")) take_keyword("exists");
  take_keyword("only");
  take_identifier();
  skip_blanks();
  while (at < text.size() && text[at] == '.') {
    ++at;
    take_identifier();
    skip_blanks();
  }
  if (at < text.size() && text[at] == '*') ++at;
  return at;
}

void copy_table(const Subject& subject, const QualifiedName& name, Catalog& into) {
  for (const Table* table : subject.before.tree_of(name)) into.tables.emplace(table->name, *table);
  if (const auto found = subject.before.tables.find(name); found != subject.before.tables.end()) {
    into.tables.emplace(name, found->second);
    if (!found->second.partition_of.empty() && !into.tables.count(found->second.partition_of)) {
      copy_table(subject, found->second.partition_of, into);
    }
  }
}

/// Indexes and sequences of a table, and the links that find them.
void copy_what_hangs_on(const Catalog& from, const QualifiedName& table, Catalog& into) {
  for (const Index* index : from.indexes_of(table)) into.indexes.emplace(index->name, *index);
  for (const Sequence* sequence : from.sequences_owned_by(table)) {
    into.sequences.emplace(sequence->name, *sequence);
  }
  using Map = Links::Users Links::*;
  for (const Map map : {&Links::children, &Links::referrers, &Links::sequences}) {
    const auto found = (from.links.*map).find(table);
    if (found != (from.links.*map).end()) (into.links.*map).insert(*found);
  }
  for (const Constraint& constraint : into.tables.at(table).constraints) {
    into.links.constraints[{table.schema, constraint.definition.name}].insert(table);
  }
}

std::string alter(const QualifiedName& table) { return "ALTER TABLE " + to_sql(table) + " "; }

bool looks_like(const ConstraintDefinition& made, const ConstraintDefinition& wanted) {
  if (made.kind != wanted.kind) return false;
  if (made.kind == ConstraintKind::check) return made.expression.sql == wanted.expression.sql;
  return wanted.columns.empty() || made.columns == wanted.columns;
}

std::string using_index(const ConstraintDefinition& definition, const QualifiedName& table,
                        const std::string& index) {
  std::string sql = alter(table) + "ADD CONSTRAINT " + quote_identifier(index);
  sql += definition.kind == ConstraintKind::primary_key ? " PRIMARY KEY" : " UNIQUE";
  sql += " USING INDEX " + quote_identifier(index);
  if (definition.deferrable) sql += " DEFERRABLE";
  if (definition.initially_deferred) sql += " INITIALLY DEFERRED";
  return sql;
}

std::string attach(const QualifiedName& index, const QualifiedName& part) {
  return "ALTER INDEX " + to_sql(index) + " ATTACH PARTITION " + to_sql(part);
}

/// The indexes below a partitioned index. `make` says how the index of one partition comes to be.
template <class Make>
void add_parts(const Catalog& outcome, const QualifiedName& index, Make make, Sql& sql) {
  for (const auto& [name, part] : outcome.indexes) {
    if (part.parent != index) continue;
    const auto table = outcome.tables.find(part.table);
    const bool leaf =
        table == outcome.tables.end() || table->second.kind != RelationKind::partitioned_table;
    for (std::string& statement : make(part, leaf)) sql.push_back(std::move(statement));
    if (!leaf) add_parts(outcome, name, make, sql);
    sql.push_back(attach(index, name));
  }
}

std::string create_only(Index index) {
  index.valid = false;
  index.constraint.clear();
  return create_sql(index);
}

std::string create_concurrently(Index index) {
  index.valid = true;
  index.constraint.clear();
  return create_sql(index, true);
}

}  // namespace

AlterTableText cut_alter_table(const std::string& written, std::size_t commands) {
  const std::string text = TopLevel(written).without_comments();
  const std::size_t start = after_head(text);
  if (start == std::string::npos) return {};
  AlterTableText result;
  result.head = trim(text.substr(0, start));
  std::size_t begin = start;
  for (const std::size_t comma : TopLevel(text).commas()) {
    if (comma < start) return {};
    result.commands.emplace_back(trim(text.substr(begin, comma - begin)));
    begin = comma + 1;
  }
  result.commands.emplace_back(trim(text.substr(begin)));
  return result.commands.size() == commands ? result : AlterTableText{};
}

Sql replace_commands(const Subject& subject, const std::map<int, Sql>& replacements) {
  const auto* alter = subject.statement.as<AlterTable>();
  if (!alter) return {};
  Sql result;
  if (alter->commands.size() == replacements.size()) {
    for (const auto& [command, statements] : replacements) {
      result.insert(result.end(), statements.begin(), statements.end());
    }
    return result;
  }
  const AlterTableText text = cut_alter_table(subject.text(), alter->commands.size());
  std::string kept;
  const auto flush = [&] {
    if (!kept.empty()) result.push_back(text.head + " " + kept);
    kept.clear();
  };
  for (std::size_t i = 0; i < text.commands.size(); ++i) {
    const auto replaced = replacements.find(static_cast<int>(i));
    if (replaced == replacements.end()) {
      kept += (kept.empty() ? "" : ", ") + text.commands[i];
      continue;
    }
    flush();
    result.insert(result.end(), replaced->second.begin(), replaced->second.end());
  }
  flush();
  return result;
}

namespace {

Sql with_lock_timeout(const std::string& setting, Sql statements) {
  Sql result;
  bool set = false;
  for (std::string& statement : statements) {
    const bool concurrent = statement.find(" CONCURRENTLY ") != std::string::npos;
    if (concurrent && set) result.push_back("RESET lock_timeout");
    if (!concurrent && !set) result.push_back(setting);
    set = !concurrent;
    result.push_back(std::move(statement));
  }
  return result;
}

}  // namespace

Sql with_lock_timeout(const Subject& subject, Sql statements) {
  if (subject.has_lock_timeout()) return statements;
  return with_lock_timeout("SET lock_timeout = '5s'", std::move(statements));
}

Catalog outcome(const Subject& subject) { return outcome(subject, subject.statement); }

Catalog outcome(const Subject& subject, const Statement& statement) {
  Catalog catalog;
  catalog.types = subject.before.types;
  catalog.schemas = subject.before.schemas;
  const auto copy = [&](const QualifiedName& written) {
    copy_table(subject, subject.resolve(written), catalog);
  };
  const auto copy_referenced = [&](const std::vector<ConstraintDefinition>& constraints) {
    for (const ConstraintDefinition& constraint : constraints) {
      if (!constraint.referenced.empty()) copy(constraint.referenced);
    }
  };
  if (const auto* alter = statement.as<AlterTable>()) {
    copy(alter->name);
    for (const AlterTableCommand& command : alter->commands) {
      if (command.column) copy_referenced(command.column->constraints);
      if (command.constraint) copy_referenced({*command.constraint});
    }
  }
  if (const auto* create = statement.as<CreateIndex>()) copy(create->table);
  for (const auto& [name, table] : catalog.tables)
    copy_what_hangs_on(subject.before, name, catalog);
  Session session;
  session.postgres = subject.postgres;
  session.search_path = subject.session.search_path;
  session.partial = true;
  apply(catalog, session, statement);
  return catalog;
}

const Constraint* constraint_made(const Catalog& outcome, const Subject& subject,
                                  const ConstraintDefinition& definition) {
  const auto* alter = subject.statement.as<AlterTable>();
  if (!alter) return nullptr;
  const auto found = outcome.tables.find(subject.resolve(alter->name));
  if (found == outcome.tables.end()) return nullptr;
  if (!definition.name.empty()) return found->second.constraint(definition.name);
  const Table* before = subject.table(alter->name);
  for (const Constraint& constraint : found->second.constraints) {
    if (before && before->constraint(constraint.definition.name)) continue;
    if (looks_like(constraint.definition, definition)) return &constraint;
  }
  return nullptr;
}

std::string constraint_name(const Table& table, const std::string& column, const char* suffix) {
  const std::string tail = std::string("_") + suffix;
  const std::string stem = (table.name.name + "_" + column).substr(0, max_name_bytes - tail.size());
  std::string name = stem + tail;
  for (int number = 1; table.constraint(name); ++number) {
    name = stem.substr(0, max_name_bytes - tail.size() - 3) + tail + std::to_string(number);
  }
  return name;
}

Sql not_null_steps(const Table& table, const std::vector<std::string>& columns, int postgres) {
  Sql first, second, third, fourth;
  for (const std::string& column : columns) {
    const std::string quoted = quote_identifier(column);
    const std::string name = quote_identifier(constraint_name(table, column, "not_null"));
    const bool by_constraint = postgres >= first_with_not_null_not_valid;
    first.push_back(
        alter(table.name) + "ADD CONSTRAINT " + name +
        (by_constraint ? " NOT NULL " + quoted : " CHECK (" + quoted + " IS NOT NULL)") +
        " NOT VALID");
    second.push_back(alter(table.name) + "VALIDATE CONSTRAINT " + name);
    if (by_constraint) continue;
    third.push_back(alter(table.name) + "ALTER COLUMN " + quoted + " SET NOT NULL");
    fourth.push_back(alter(table.name) + "DROP CONSTRAINT " + name);
  }
  for (const Sql* more : {&second, &third, &fourth}) {
    first.insert(first.end(), more->begin(), more->end());
  }
  return first;
}

Sql outside_of_transaction(const Subject& subject, Sql statements) {
  if (subject.tool_transaction || subject.single_query || subject.in_block || statements.empty())
    return {};
  const Session& session = subject.session;
  if (!session.savepoints.empty() || session.path_before_local) return {};
  Sql again;
  for (const auto& [name, value] : session.local_settings) {
    const std::string setting = name + " = " + quote_literal(value);
    again.push_back("SET LOCAL " + setting);
    if (name == "lock_timeout") statements = with_lock_timeout("SET " + setting, statements);
  }
  statements.insert(statements.begin(), "COMMIT");
  statements.push_back("BEGIN");
  statements.insert(statements.end(), again.begin(), again.end());
  return statements;
}

void take_out_of_transaction(const Subject& subject, Remedy& remedy) {
  if (!remedy.separate_transactions || subject.declarative || !subject.in_transaction) return;
  Sql outside = outside_of_transaction(subject, remedy.sql);
  if (outside.empty()) return;
  remedy.sql = std::move(outside);
  remedy.explanation += "; COMMIT comes first: what stands above is done for good by then";
}

Sql not_valid_steps(const ConstraintDefinition& definition, const QualifiedName& table) {
  const std::string name = quote_identifier(definition.name);
  return {alter(table) + "ADD CONSTRAINT " + name + " " + constraint_sql(definition, true),
          alter(table) + "VALIDATE CONSTRAINT " + name};
}

Sql unique_steps(const Catalog& outcome, const Constraint& constraint, const QualifiedName& table) {
  const std::string& name = constraint.definition.name;
  const auto index = outcome.indexes.find({table.schema, name});
  if (index == outcome.indexes.end()) return {};
  return {create_concurrently(index->second), using_index(constraint.definition, table, name)};
}

Sql partitioned_index_steps(const Catalog& outcome, const QualifiedName& index) {
  const auto found = outcome.indexes.find(index);
  if (found == outcome.indexes.end()) return {};
  Sql sql{create_only(found->second)};
  add_parts(
      outcome, index,
      [](const Index& part, bool leaf) {
        return Sql{leaf ? create_concurrently(part) : create_only(part)};
      },
      sql);
  return sql;
}

Sql partitioned_unique_steps(const Catalog& outcome, const Constraint& constraint,
                             const QualifiedName& table) {
  const ConstraintDefinition& definition = constraint.definition;
  const auto add_only = [&](const QualifiedName& to, const std::string& name) {
    return "ALTER TABLE ONLY " + to_sql(to) + " ADD CONSTRAINT " + quote_identifier(name) + " " +
           constraint_sql(definition);
  };
  Sql sql{add_only(table, definition.name)};
  add_parts(
      outcome, {table.schema, definition.name},
      [&](const Index& part, bool leaf) {
        if (!leaf) return Sql{add_only(part.table, part.name.name)};
        return Sql{create_concurrently(part), using_index(definition, part.table, part.name.name)};
      },
      sql);
  return sql.size() > 1 ? sql : Sql{};
}

std::string bound_condition(const PartitionKey& key, const PartitionBound& bound) {
  if (key.elements.size() != 1 || key.elements.front().column.empty() || bound.is_default)
    return {};
  const std::string column = quote_identifier(key.elements.front().column);
  // The text between the parentheses that begin behind `word`.
  const auto behind = [&](const std::string& word) {
    const std::size_t begin = bound.sql.find(word + " (");
    if (begin == std::string::npos) return std::string();
    const std::size_t open = begin + word.size() + 2;
    int depth = 1;
    std::size_t end = open;
    bool quoted = false;
    for (; end < bound.sql.size() && depth > 0; ++end) {
      if (bound.sql[end] == '\'') quoted = !quoted;
      if (!quoted && bound.sql[end] == '(') ++depth;
      if (!quoted && bound.sql[end] == ')') --depth;
    }
    return bound.sql.substr(open, end - 1 - open);
  };
  if (key.strategy == "list") {
    const std::string values = behind("IN");
    const bool has_null = to_lower(values).find("null") != std::string::npos;
    if (values.empty() || has_null) return {};
    return column + " IS NOT NULL AND " + column + " IN (" + values + ")";
  }
  if (key.strategy != "range") return {};
  const std::string from = behind("FROM"), to = behind("TO");
  if (from.empty() || to.empty()) return {};
  std::string condition = column + " IS NOT NULL";
  if (from != "MINVALUE") condition += " AND " + column + " >= " + from;
  if (to != "MAXVALUE") condition += " AND " + column + " < " + to;
  return condition;
}

Sql proven_steps(const Table& table, const std::string& condition, const std::string& statement) {
  if (condition.empty() || statement.empty()) return {};
  const std::string name = quote_identifier(constraint_name(table, "partition", "check"));
  return {alter(table.name) + "ADD CONSTRAINT " + name + " CHECK (" + condition + ") NOT VALID",
          alter(table.name) + "VALIDATE CONSTRAINT " + name, statement,
          alter(table.name) + "DROP CONSTRAINT " + name};
}

}  // namespace schemagate
