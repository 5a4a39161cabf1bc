// SPDX-License-Identifier: MIT
#include "bot/reach.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "base/text.h"

namespace schemagate {
namespace {

/// Functions, roles and extensions that read or write files, run programs or call other servers.
/// https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-GENFILE
constexpr std::array reaching_names{"pg_read_file",
                                    "pg_read_binary_file",
                                    "pg_ls_dir",
                                    "pg_stat_file",
                                    "lo_import",
                                    "lo_export",
                                    "file_fdw",
                                    "dblink",
                                    "dblink_exec",
                                    "dblink_connect",
                                    "pg_file_write",
                                    "pg_execute_server_program",
                                    "pg_read_server_files",
                                    "pg_write_server_files",
                                    "adminpack",
                                    "plperlu",
                                    "plpythonu",
                                    "plpython3u",
                                    "pltclu"};

/// Kinds of statements whose text is looked through: those that run something, or name a language,
/// an extension or a server. Of all others only the functions count that they call.
bool may_reach(const Statement& statement) {
  if (const auto* data = statement.as<DataStatement>())
    return data->to_program_or_file || !data->references.functions.empty();
  return statement.as<CreateFunction>() || statement.as<DoBlock>() ||
         statement.as<CreateExtension>() || statement.as<CreateObject>() || statement.as<Grant>() ||
         statement.as<OtherStatement>();
}

/// The expressions and queries of a statement that defines something: what they call runs when the
/// view is filled or read, or when a row comes in.
std::vector<const References*> definitions_of(const Statement& statement) {
  std::vector<const References*> found;
  const auto add_constraint = [&](const ConstraintDefinition& constraint) {
    found.push_back(&constraint.expression.references);
  };
  const auto add_column = [&](const ColumnDefinition& column) {
    if (column.default_value) found.push_back(&column.default_value->references);
    found.push_back(&column.generation.references);
    std::for_each(column.constraints.begin(), column.constraints.end(), add_constraint);
  };
  if (const auto* view = statement.as<CreateView>()) found.push_back(&view->query.references);
  if (const auto* made = statement.as<CreateTableAs>()) found.push_back(&made->query.references);
  if (const auto* table = statement.as<CreateTable>()) {
    std::for_each(table->columns.begin(), table->columns.end(), add_column);
    std::for_each(table->constraints.begin(), table->constraints.end(), add_constraint);
  }
  if (const auto* alter = statement.as<AlterTable>())
    for (const AlterTableCommand& command : alter->commands) {
      found.push_back(&command.expression.references);
      if (command.column) add_column(*command.column);
      if (command.constraint) add_constraint(*command.constraint);
    }
  return found;
}

/// Functions that a definition calls, in lower case.
std::set<std::string> called_by(const Statement& statement) {
  std::set<std::string> names;
  for (const References* references : definitions_of(statement))
    for (const FunctionUse& use : references->functions) names.insert(to_lower(use.name.name));
  return names;
}

}  // namespace

std::string reach_of(const Statement& statement, std::string_view text) {
  const std::set<std::string> words =
      may_reach(statement) ? lower_case_words(text) : called_by(statement);
  std::vector<std::string> found;
  const auto* data = statement.as<DataStatement>();
  if ((data && data->to_program_or_file) ||
      (!data && words.count("copy") != 0 && words.count("program") != 0))
    found.emplace_back("COPY to or from a file or program");
  if (const auto* function = statement.as<CreateFunction>())
    if (const std::string language = to_lower(function->language);
        language == "c" || language == "internal")
      found.push_back("LANGUAGE " + (language == "c" ? std::string("C") : language));
  if (const auto* other = statement.as<OtherStatement>();
      other && (other->tag == "ALTER SYSTEM" || other->tag == "LOAD"))
    found.push_back(other->tag);
  if (words.empty()) return join(found, ", ");
  for (const char* name : reaching_names)
    if (words.count(name) != 0) found.emplace_back(name);
  return join(found, ", ");
}

}  // namespace schemagate
