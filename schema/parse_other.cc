// SPDX-License-Identifier: MIT
// Statements without a struct of their own: their command tag, and whether PostgreSQL refuses them
// inside a transaction block (PreventInTransactionBlock).
#include <algorithm>

#include "base/text.h"
#include "schema/parse_lexer.h"
#include "schema/parse_tree.h"

namespace schemagate::tree {
namespace {

struct Tag {
  NodeTag node;
  std::string_view name;
  bool forbidden_in_transaction;
};

constexpr Tag tags[] = {
    {T_AlterDatabaseRefreshCollStmt, "ALTER DATABASE", false},
    {T_AlterDatabaseSetStmt, "ALTER DATABASE", false},
    {T_AlterDatabaseStmt, "ALTER DATABASE", false},
    {T_AlterRoleSetStmt, "ALTER ROLE", false},
    {T_AlterRoleStmt, "ALTER ROLE", false},
    {T_AlterSubscriptionStmt, "ALTER SUBSCRIPTION", false},
    {T_AlterSystemStmt, "ALTER SYSTEM", true},
    {T_AlterTableMoveAllStmt, "ALTER TABLE", false},
    {T_AlterTableSpaceOptionsStmt, "ALTER TABLESPACE", false},
    {T_CheckPointStmt, "CHECKPOINT", false},
    {T_ClosePortalStmt, "CLOSE CURSOR", false},
    {T_CreateRoleStmt, "CREATE ROLE", false},
    {T_CreateSubscriptionStmt, "CREATE SUBSCRIPTION", true},
    {T_CreateTableSpaceStmt, "CREATE TABLESPACE", true},
    {T_CreatedbStmt, "CREATE DATABASE", true},
    {T_DeallocateStmt, "DEALLOCATE", false},
    {T_DeclareCursorStmt, "DECLARE CURSOR", false},
    {T_DiscardStmt, "DISCARD", false},
    {T_DropOwnedStmt, "DROP OWNED", false},
    {T_DropSubscriptionStmt, "DROP SUBSCRIPTION", true},
    {T_DropTableSpaceStmt, "DROP TABLESPACE", true},
    {T_DropdbStmt, "DROP DATABASE", true},
    {T_ExecuteStmt, "EXECUTE", false},
    {T_ExplainStmt, "EXPLAIN", false},
    {T_FetchStmt, "FETCH", false},
    {T_ImportForeignSchemaStmt, "IMPORT FOREIGN SCHEMA", false},
    {T_ListenStmt, "LISTEN", false},
    {T_LoadStmt, "LOAD", false},
    {T_NotifyStmt, "NOTIFY", false},
    {T_PrepareStmt, "PREPARE", false},
    {T_ReassignOwnedStmt, "REASSIGN OWNED", false},
    {T_SecLabelStmt, "SECURITY LABEL", false},
    {T_UnlistenStmt, "UNLISTEN", false},
    {T_VariableShowStmt, "SHOW", false},
};

const DefElem* option(const List* options, std::string_view name) {
  for (const auto* one : each<DefElem>(options)) {
    if (name == one->defname) return one;
  }
  return nullptr;
}

bool is_off(const List* options, std::string_view name) {
  const DefElem* found = option(options, name);
  return found != nullptr && !flag_of(found);
}

/// What refuses a transaction block only in some of its forms.
bool forbidden(Node* statement, bool otherwise) {
  switch (tag_of(statement)) {
    case T_AlterDatabaseStmt:
      return option(reinterpret_cast<AlterDatabaseStmt*>(statement)->options, "tablespace") !=
             nullptr;
    case T_DiscardStmt:
      return reinterpret_cast<DiscardStmt*>(statement)->target == DISCARD_ALL;
    case T_CreateSubscriptionStmt: {
      const List* options = reinterpret_cast<CreateSubscriptionStmt*>(statement)->options;
      return !is_off(options, "create_slot") && !is_off(options, "connect");
    }
    case T_AlterSubscriptionStmt: {
      const auto* alter = reinterpret_cast<AlterSubscriptionStmt*>(statement);
      const bool changes_publications = alter->kind == ALTER_SUBSCRIPTION_SET_PUBLICATION ||
                                        alter->kind == ALTER_SUBSCRIPTION_ADD_PUBLICATION ||
                                        alter->kind == ALTER_SUBSCRIPTION_DROP_PUBLICATION;
      return alter->kind == ALTER_SUBSCRIPTION_REFRESH ||
             (changes_publications && !is_off(alter->options, "refresh"));
    }
    default:
      return otherwise;
  }
}

/// The statement's own query, where it has one.
Node* query_inside(Node* statement) {
  switch (tag_of(statement)) {
    case T_ExplainStmt:
      return reinterpret_cast<ExplainStmt*>(statement)->query;
    case T_PrepareStmt:
      return reinterpret_cast<PrepareStmt*>(statement)->query;
    case T_DeclareCursorStmt:
      return reinterpret_cast<DeclareCursorStmt*>(statement)->query;
    case T_ExecuteStmt:
      return reinterpret_cast<Node*>(reinterpret_cast<ExecuteStmt*>(statement)->params);
    default:
      return nullptr;
  }
}

std::string first_words(std::string_view text) {
  const Token first = next_significant(text, 0);
  std::string word(text.substr(first.begin, first.end - first.begin));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return word;
}

}  // namespace

OtherStatement other_statement(const Source& source, Node* statement) {
  OtherStatement other;
  const auto* row = std::find_if(std::begin(tags), std::end(tags),
                                 [&](const Tag& tag) { return tag.node == tag_of(statement); });
  const auto text =
      std::string_view(source.text.sql).substr(source.begin, source.end - source.begin);
  const bool known = row != std::end(tags);
  other.tag = known ? std::string(row->name) : first_words(text);
  if (const auto* move = as<AlterTableMoveAllStmt, T_AlterTableMoveAllStmt>(statement)) {
    other.tag = "ALTER " + std::string(to_sql(kind_of(move->objtype)));
  }
  other.forbidden_in_transaction = forbidden(statement, known && row->forbidden_in_transaction);
  other.references = references_of(query_inside(statement));
  auto sql = deparse(statement);
  other.definition = sql ? std::move(*sql) : collapse(text);
  return other;
}

}  // namespace schemagate::tree
