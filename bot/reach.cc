// SPDX-License-Identifier: MIT
#include "bot/reach.h"

#include <algorithm>
#include <array>
#include <bitset>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace schemagate {
namespace {

/// Functions, roles and extensions that read or write files, run programs or call other servers.
/// https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-GENFILE
constexpr std::array<std::string_view, 19> reaching_names{"pg_read_file",
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

/// Calls `see` with the expressions and queries of a statement that defines something: what they
/// call runs when the view is filled or read, or when a row comes in.
template <class See>
void each_definition(const Statement& statement, const See& see) {
  const auto see_constraint = [&](const ConstraintDefinition& constraint) {
    see(constraint.expression.references);
  };
  const auto see_column = [&](const ColumnDefinition& column) {
    if (column.default_value) see(column.default_value->references);
    see(column.generation.references);
    std::for_each(column.constraints.begin(), column.constraints.end(), see_constraint);
  };
  if (const auto* view = statement.as<CreateView>()) see(view->query.references);
  if (const auto* made = statement.as<CreateTableAs>()) see(made->query.references);
  if (const auto* table = statement.as<CreateTable>()) {
    std::for_each(table->columns.begin(), table->columns.end(), see_column);
    std::for_each(table->constraints.begin(), table->constraints.end(), see_constraint);
  }
  if (const auto* alter = statement.as<AlterTable>())
    for (const AlterTableCommand& command : alter->commands) {
      see(command.expression.references);
      if (command.column) see_column(*command.column);
      if (command.constraint) see_constraint(*command.constraint);
    }
}

/// Which of the words that matter stand in a statement.
struct Words {
  std::bitset<reaching_names.size()> names;
  bool copy = false, program = false;

  void see(std::string_view word) {
    constexpr std::size_t shortest = 4, longest = 25;
    constexpr std::string_view first_letters = "cpldfaCPLDFA";
    if (word.size() < shortest || word.size() > longest) return;
    if (first_letters.find(word.front()) == std::string_view::npos) return;
    const std::string lower = to_lower(word);
    copy = copy || lower == "copy";
    program = program || lower == "program";
    const auto found = std::find(reaching_names.begin(), reaching_names.end(), lower);
    if (found != reaching_names.end())
      names.set(static_cast<std::size_t>(found - reaching_names.begin()));
  }
};

Words words_of(const Statement& statement, std::string_view text) {
  Words words;
  if (may_reach(statement)) {
    for_each_word(text, [&](std::string_view word) { words.see(word); });
  } else {
    each_definition(statement, [&](const References& references) {
      for (const FunctionUse& use : references.functions) words.see(use.name.name);
    });
  }
  return words;
}

}  // namespace

std::string reach_of(const Statement& statement, std::string_view text) {
  const Words words = words_of(statement, text);
  std::vector<std::string> found;
  const auto* data = statement.as<DataStatement>();
  if ((data && data->to_program_or_file) || (!data && words.copy && words.program))
    found.emplace_back("COPY to or from a file or program");
  if (const auto* function = statement.as<CreateFunction>())
    if (const std::string language = to_lower(function->language);
        language == "c" || language == "internal")
      found.push_back("LANGUAGE " + (language == "c" ? std::string("C") : language));
  if (const auto* other = statement.as<OtherStatement>();
      other && (other->tag == "ALTER SYSTEM" || other->tag == "LOAD"))
    found.push_back(other->tag);
  for (std::size_t i = 0; i < reaching_names.size(); ++i)
    if (words.names.test(i)) found.emplace_back(reaching_names[i]);
  return join(found, ", ");
}

}  // namespace schemagate
