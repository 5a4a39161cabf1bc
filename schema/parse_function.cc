// SPDX-License-Identifier: MIT
// CREATE FUNCTION, CREATE PROCEDURE and DO.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "schema/parse_lexer.h"
#include "schema/parse_tree.h"
#include "schema/plpgsql_parse.h"

extern "C" {
#include "nodes/value.h"
}

namespace schemagate::tree {
namespace {

FunctionArgument argument_of(const FunctionParameter* parameter) {
  FunctionArgument argument;
  argument.name = text_of(parameter->name);
  argument.type = type_of(parameter->argType);
  argument.mode = parameter->mode == FUNC_PARAM_DEFAULT ? 'i' : static_cast<char>(parameter->mode);
  if (parameter->defexpr != nullptr) argument.default_value = expression_of(parameter->defexpr);
  return argument;
}

std::string code_of(const DefElem* option) {
  const auto* parts = as<List, T_List>(option->arg);
  if (parts == nullptr) return string_of(option->arg);
  return length(parts) == 0 ? std::string() : string_of(element<Node>(parts, 0));
}

void add_option(CreateFunction& function, const DefElem* option) {
  const std::string_view name = option->defname;
  if (name == "language") function.language = to_lower(string_of(option->arg));
  if (name == "as") function.body = code_of(option);
  if (name == "strict") function.strict = flag_of(option);
  if (name == "security") function.security_definer = flag_of(option);
  if (name == "leakproof") function.leakproof = flag_of(option);
  if (name == "volatility") {
    const std::string volatility = string_of(option->arg);
    function.volatility = volatility == "immutable" ? Volatility::immutable
                          : volatility == "stable"  ? Volatility::stable
                                                    : Volatility::volatile_;
  }
}

/// The columns that an INSERT or UPDATE of a body gives values to; all of them where none is named.
void add_written_columns(References& references, Node* statement) {
  const auto* insert = as<InsertStmt, T_InsertStmt>(statement);
  const auto* update = as<UpdateStmt, T_UpdateStmt>(statement);
  if (insert == nullptr && update == nullptr) return;
  const RangeVar* relation = insert != nullptr ? insert->relation : update->relation;
  const std::string table =
      text_of(relation->alias != nullptr ? relation->alias->aliasname : relation->relname);
  const List* targets = insert != nullptr ? insert->cols : update->targetList;
  for (const auto* target : each<ResTarget>(targets))
    references.columns.push_back({table, text_of(target->name)});
  if (length(targets) == 0) references.columns.push_back({table, "*"});
}

/// RETURN expression, or BEGIN ATOMIC … END.
void add_sql_body(CreateFunction& function, Node* body) {
  auto* returned = as<ReturnStmt, T_ReturnStmt>(body);
  auto references = references_of(returned != nullptr ? returned->returnval : body);
  const auto append = [](auto& all, auto& more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
  };
  append(function.references.relations, references.relations);
  append(function.references.columns, references.columns);
  append(function.references.functions, references.functions);
  append(function.references.types, references.types);
  append(function.references.sequences, references.sequences);
  if (returned != nullptr) {
    function.body = "RETURN " + expression_of(returned->returnval).sql;
    return;
  }
  function.body = "BEGIN ATOMIC ";
  for (const auto* list : each<List>(reinterpret_cast<List*>(body))) {
    for (auto* statement : each<Node>(list)) {
      const auto sql = deparse(statement);
      if (!sql) throw Unprintable();
      function.body += *sql + "; ";
      add_written_columns(function.references, statement);
    }
  }
  function.body += "END";
}

/// Where an option stands in the canonical definition, and the value that need not be written.
struct OptionRank {
  std::string_view name;
  std::string_view unwritten;
};
constexpr std::array<OptionRank, 13> option_ranks = {{{"language", ""},
                                                      {"transform", ""},
                                                      {"window", "false"},
                                                      {"volatility", "volatile"},
                                                      {"leakproof", "false"},
                                                      {"strict", "false"},
                                                      {"security", "false"},
                                                      {"parallel", "unsafe"},
                                                      {"cost", ""},
                                                      {"rows", ""},
                                                      {"support", ""},
                                                      {"set", ""},
                                                      {"as", ""}}};

std::size_t rank_of(const DefElem* option) {
  const auto* row = std::find_if(option_ranks.begin(), option_ranks.end(),
                                 [&](const auto& rank) { return rank.name == option->defname; });
  return static_cast<std::size_t>(row - option_ranks.begin());
}

bool is_unwritten(const DefElem* option) {
  const std::size_t rank = rank_of(option);
  if (rank == option_ranks.size() || option_ranks.at(rank).unwritten.empty()) return false;
  const std::string value = tag_of(option->arg) == T_String ? string_of(option->arg)
                                                            : (flag_of(option) ? "true" : "false");
  return to_lower(value) == option_ranks.at(rank).unwritten;
}

/// The result that OUT parameters stand for, which the server prints: one is its type, several a
/// record.
::TypeName* implied_result(const CreateFunctionStmt* statement) {
  ::TypeName* result = nullptr;
  for (const auto* parameter : each<FunctionParameter>(statement->parameters)) {
    if (parameter->mode != FUNC_PARAM_OUT && parameter->mode != FUNC_PARAM_INOUT) continue;
    if (result == nullptr) {
      result = parameter->argType;
      continue;
    }
    auto* record = static_cast<::TypeName*>(copyObjectImpl(result));
    record->names = lappend(nullptr, makeString(pstrdup("record")));
    record->typmods = record->arrayBounds = nullptr;
    return record;
  }
  return result;
}

/// The order in which options are written, and defaults that are, make no difference.
void canonicalise(CreateFunctionStmt* statement) {
  statement->replace = true;
  if (statement->returnType == nullptr && !statement->is_procedure)
    statement->returnType = implied_result(statement);
  bool has_language = false;
  for (const auto* option : each<DefElem>(statement->options))
    has_language = has_language || text_of(option->defname) == "language";
  if (statement->sql_body != nullptr && !has_language) {
    auto* language = static_cast<DefElem*>(palloc0(sizeof(DefElem)));
    language->type = T_DefElem;
    language->defname = pstrdup("language");
    language->arg = reinterpret_cast<Node*>(makeString(pstrdup("sql")));
    language->location = -1;
    statement->options = lappend(statement->options, language);
  }
  if (statement->options == nullptr) return;
  auto* cells = statement->options->elements;
  auto* end = std::remove_if(cells, cells + statement->options->length, [](const ListCell& cell) {
    return is_unwritten(static_cast<DefElem*>(cell.ptr_value));
  });
  statement->options->length = static_cast<int>(end - cells);
  std::stable_sort(cells, end, [](const ListCell& a, const ListCell& b) {
    return rank_of(static_cast<DefElem*>(a.ptr_value)) <
           rank_of(static_cast<DefElem*>(b.ptr_value));
  });
  if (statement->options->length == 0) statement->options = nullptr;
}

}  // namespace

CreateFunction create_function(const Source& source, CreateFunctionStmt* statement) {
  CreateFunction function;
  function.name = name_of(statement->funcname);
  function.procedure = statement->is_procedure;
  function.or_replace = statement->replace;
  canonicalise(statement);
  function.returns = type_of(statement->returnType);
  for (const auto* parameter : each<FunctionParameter>(statement->parameters)) {
    function.arguments.push_back(argument_of(parameter));
    function.returns_table = function.returns_table || function.arguments.back().mode == 't';
    function.references.types.push_back(function.arguments.back().type);
  }
  if (!function.returns.empty()) function.references.types.push_back(function.returns);
  for (const auto* option : each<DefElem>(statement->options)) add_option(function, option);
  if (statement->sql_body != nullptr) {
    add_sql_body(function, statement->sql_body);
  } else if (function.language == "plpgsql") {
    auto embedded = embedded_sql(function.body);
    function.embedded = std::move(embedded.statements);
    function.has_dynamic_sql = embedded.has_dynamic_sql;
  } else if (function.language == "sql") {
    function.embedded = {function.body};
  } else {
    function.has_dynamic_sql = true;
  }
  auto definition = deparse(statement);
  function.definition =
      definition
          ? std::move(*definition)
          : collapse(
                std::string_view(source.text.sql).substr(source.begin, source.end - source.begin));
  return function;
}

DoBlock do_block(const DoStmt* statement) {
  DoBlock block;
  for (const auto* option : each<DefElem>(statement->args)) {
    if (text_of(option->defname) == "language") block.language = to_lower(string_of(option->arg));
    if (text_of(option->defname) == "as") block.body = string_of(option->arg);
  }
  if (block.language != "plpgsql") {
    block.has_dynamic_sql = true;
    return block;
  }
  auto embedded = embedded_sql(block.body);
  block.embedded = std::move(embedded.statements);
  block.has_dynamic_sql = embedded.has_dynamic_sql;
  return block;
}

}  // namespace schemagate::tree
