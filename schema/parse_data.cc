// SPDX-License-Identifier: MIT
// Statements that read or change rows, and those that speak to the session.
#include <algorithm>

#include "base/text.h"
#include "schema/parse_tree.h"

extern "C" {
#include "nodes/value.h"
}

namespace schemagate::tree {
namespace {

/// A column that is set part by part (a[1], a.field) once, one that is set twice as a whole twice.
std::vector<std::string> target_columns(const List* targets) {
  std::vector<std::string> columns;
  for (const auto* target : each<ResTarget>(targets)) {
    std::string name = text_of(target->name);
    const bool part = length(target->indirection) > 0;
    if (part && std::find(columns.begin(), columns.end(), name) != columns.end()) continue;
    columns.push_back(std::move(name));
  }
  return columns;
}

/// A condition that holds for every row: TRUE, 1 = 1.
bool is_always_true(Node* condition) {
  if (const auto* constant = as<A_Const, T_A_Const>(condition))
    return !constant->isnull && tag_of(&constant->val) == T_Boolean &&
           constant->val.boolval.boolval;
  const auto* comparison = as<A_Expr, T_A_Expr>(condition);
  if (comparison == nullptr || comparison->kind != AEXPR_OP ||
      strings_of(comparison->name) != std::vector<std::string>{"="})
    return false;
  const auto* left = as<A_Const, T_A_Const>(comparison->lexpr);
  const auto* right = as<A_Const, T_A_Const>(comparison->rexpr);
  return left != nullptr && right != nullptr && !left->isnull && !right->isnull &&
         tag_of(&left->val) == T_Integer && tag_of(&right->val) == T_Integer &&
         left->val.ival.ival == right->val.ival.ival;
}

bool leaves_rows_out(Node* condition) { return condition != nullptr && !is_always_true(condition); }

bool is_constant(Node* node) {
  if (const auto* cast = as<TypeCast, T_TypeCast>(node)) return is_constant(cast->arg);
  return as<A_Const, T_A_Const>(node) != nullptr;
}

bool are_few_constants(Node* node) {
  constexpr int most = 100;
  const auto* list = as<List, T_List>(node);
  if (list == nullptr || length(list) > most) return false;
  for (auto* item : each<Node>(list))
    if (!is_constant(item)) return false;
  return true;
}

std::string compared_column(Node* node) {
  const auto* column = as<ColumnRef, T_ColumnRef>(node);
  if (column == nullptr || length(column->fields) == 0) return "";
  const auto* last = element<String>(column->fields, length(column->fields) - 1);
  return tag_of(last) == T_String ? text_of(last->sval) : "";
}

/// Columns that each row the condition is true for has one of a few constants in: a = 1 AND b IN
/// (2, 3).
void add_fixed(Node* condition, std::vector<std::string>& columns) {
  if (const auto* all = as<BoolExpr, T_BoolExpr>(condition)) {
    if (all->boolop != AND_EXPR) return;
    for (auto* part : each<Node>(all->args)) add_fixed(part, columns);
    return;
  }
  const auto* comparison = as<A_Expr, T_A_Expr>(condition);
  if (comparison == nullptr || strings_of(comparison->name) != std::vector<std::string>{"="})
    return;
  const bool one = comparison->kind == AEXPR_OP &&
                   (is_constant(comparison->rexpr) || is_constant(comparison->lexpr));
  const bool few = comparison->kind == AEXPR_IN && are_few_constants(comparison->rexpr);
  if (!one && !few) return;
  std::string name = compared_column(comparison->lexpr);
  if (name.empty()) name = compared_column(comparison->rexpr);
  if (!name.empty()) columns.push_back(std::move(name));
}

DataStatement select(SelectStmt* statement) {
  DataStatement data;
  data.kind = DataKind::select;
  data.for_update = length(statement->lockingClause) > 0;
  data.has_where = statement->whereClause != nullptr;
  return data;
}

/// Values of each row, -1 where a star or a query's shape hides their number.
int number_of_values(Node* source) {
  if (source == nullptr) return 0;
  const auto* query = as<SelectStmt, T_SelectStmt>(source);
  if (query == nullptr || query->op != SETOP_NONE) return -1;
  if (query->valuesLists != nullptr) {
    return static_cast<int>(length(element<List>(query->valuesLists, 0)));
  }
  for (const auto* target : each<ResTarget>(query->targetList)) {
    const auto* column = as<ColumnRef, T_ColumnRef>(target->val);
    if (column == nullptr || length(column->fields) == 0) continue;
    const auto* last = element<Node>(column->fields, length(column->fields) - 1);
    if (tag_of(last) == T_A_Star) return -1;
  }
  return static_cast<int>(length(query->targetList));
}

DataStatement insert(const InsertStmt* statement) {
  DataStatement data;
  data.kind = DataKind::insert;
  data.target = name_of(statement->relation);
  data.columns = target_columns(statement->cols);
  const bool in_parts = data.columns.size() < static_cast<std::size_t>(length(statement->cols));
  data.values = in_parts ? -1 : number_of_values(statement->selectStmt);
  const auto* conflict = statement->onConflictClause;
  data.on_conflict = conflict != nullptr;
  data.updates_on_conflict = conflict != nullptr && conflict->action == ONCONFLICT_UPDATE;
  if (conflict != nullptr && conflict->infer != nullptr) {
    data.arbiter_constraint = text_of(conflict->infer->conname);
    data.arbiter = data.arbiter_constraint.empty();
  }
  return data;
}

DataStatement update(const UpdateStmt* statement) {
  DataStatement data;
  data.kind = DataKind::update;
  data.target = name_of(statement->relation);
  data.columns = target_columns(statement->targetList);
  data.has_where = leaves_rows_out(statement->whereClause);
  if (statement->fromClause == nullptr) add_fixed(statement->whereClause, data.fixed);
  return data;
}

DataStatement remove(const DeleteStmt* statement) {
  DataStatement data;
  data.kind = DataKind::delete_;
  data.target = name_of(statement->relation);
  data.has_where = leaves_rows_out(statement->whereClause);
  if (statement->usingClause == nullptr) add_fixed(statement->whereClause, data.fixed);
  return data;
}

DataStatement merge(const MergeStmt* statement) {
  DataStatement data;
  data.kind = DataKind::merge;
  data.target = name_of(statement->relation);
  for (const auto* clause : each<MergeWhenClause>(statement->mergeWhenClauses)) {
    for (auto& column : target_columns(clause->targetList))
      data.columns.push_back(std::move(column));
  }
  return data;
}

DataStatement copy(CopyStmt* statement) {
  DataStatement data;
  data.kind = statement->is_from ? DataKind::copy_from : DataKind::copy_to;
  data.target = name_of(statement->relation);
  data.columns = strings_of(statement->attlist);
  data.to_program_or_file = statement->is_program || statement->filename != nullptr;
  data.copy_stdin = statement->is_from && statement->filename == nullptr;
  data.has_where = statement->whereClause != nullptr;
  data.references = references_of(statement->query, data.literals, data.compared);
  if (!data.target.empty()) data.references.relations.push_back({data.target, data.target.name});
  return data;
}

DataStatement call(CallStmt* statement) {
  DataStatement data;
  data.kind = DataKind::call;
  data.references = references_of(statement->funccall, data.literals);
  return data;
}

std::string setting_value(Node* argument) {
  if (auto* cast = as<TypeCast, T_TypeCast>(argument))
    argument = cast->arg;  // SET TIME ZONE INTERVAL
  const auto* constant = as<A_Const, T_A_Const>(argument);
  if (constant == nullptr || constant->isnull) return expression_of(argument).sql;
  DefElem option{};
  option.arg = argument;
  return value_of(&option);
}

/// SET TRANSACTION ISOLATION LEVEL …: options, not values.
void add_transaction_modes(SetVariable& set, const List* options) {
  for (const auto* option : each<DefElem>(options)) {
    set.values.push_back(text_of(option->defname) + " " + value_of(option));
  }
}

}  // namespace

DataStatement data_statement(Node* statement) {
  DataStatement data;
  switch (tag_of(statement)) {
    case T_CopyStmt:
      return copy(reinterpret_cast<CopyStmt*>(statement));
    case T_CallStmt:
      return call(reinterpret_cast<CallStmt*>(statement));
    case T_InsertStmt:
      data = insert(reinterpret_cast<InsertStmt*>(statement));
      break;
    case T_UpdateStmt:
      data = update(reinterpret_cast<UpdateStmt*>(statement));
      break;
    case T_DeleteStmt:
      data = remove(reinterpret_cast<DeleteStmt*>(statement));
      break;
    case T_MergeStmt:
      data = merge(reinterpret_cast<MergeStmt*>(statement));
      break;
    default:
      data = select(reinterpret_cast<SelectStmt*>(statement));
      break;
  }
  data.references = references_of(statement, data.literals, data.compared);
  return data;
}

SetVariable set_variable(const VariableSetStmt* statement) {
  SetVariable set;
  set.name = to_lower(text_of(statement->name));
  set.local = statement->is_local;
  set.reset_all = statement->kind == VAR_RESET_ALL;
  if (statement->kind == VAR_SET_MULTI && set.name != "transaction snapshot") {
    add_transaction_modes(set, statement->args);
  } else if (statement->kind == VAR_SET_VALUE || statement->kind == VAR_SET_MULTI) {
    for (auto* argument : each<Node>(statement->args))
      set.values.push_back(setting_value(argument));
  } else if (statement->kind == VAR_SET_CURRENT) {
    set.values.emplace_back("CURRENT");
  }
  if (!set.values.empty()) set.value = join(set.values, ", ");
  return set;
}

SetVariable set_constraints(const ConstraintsSetStmt* statement) {
  SetVariable set;
  set.name = "constraints";
  set.local = true;
  set.value = statement->deferred ? "deferred" : "immediate";
  for (const auto* constraint : each<RangeVar>(statement->constraints)) {
    set.values.push_back(to_sql(name_of(constraint)));
  }
  return set;
}

Transaction transaction(const TransactionStmt* statement) {
  Transaction transaction;
  transaction.chain = statement->chain;
  transaction.savepoint = text_of(statement->savepoint_name);
  switch (statement->kind) {
    case TRANS_STMT_BEGIN:
    case TRANS_STMT_START:
      transaction.kind = TransactionKind::begin;
      break;
    case TRANS_STMT_COMMIT:
      transaction.kind = TransactionKind::commit;
      break;
    case TRANS_STMT_ROLLBACK:
      transaction.kind = TransactionKind::rollback;
      break;
    case TRANS_STMT_SAVEPOINT:
      transaction.kind = TransactionKind::savepoint;
      break;
    case TRANS_STMT_RELEASE:
      transaction.kind = TransactionKind::release;
      break;
    case TRANS_STMT_ROLLBACK_TO:
      transaction.kind = TransactionKind::rollback_to;
      break;
    case TRANS_STMT_PREPARE:
      transaction.kind = TransactionKind::prepare;
      break;
    case TRANS_STMT_COMMIT_PREPARED:
    case TRANS_STMT_ROLLBACK_PREPARED:
      transaction.kind = TransactionKind::other;
      break;
  }
  return transaction;
}

}  // namespace schemagate::tree
