// SPDX-License-Identifier: MIT
// Expressions and queries as canonical text. Simple expressions, nearly all that migrations hold,
// are printed here; the rest by libpg_query. Both give the same text for the same tree.
#include <algorithm>
#include <array>

#include "base/text.h"
#include "schema/parse.h"
#include "schema/parse_tree.h"

extern "C" {
#include "nodes/value.h"
}

namespace schemagate::tree {
namespace {

// ---- the printer for simple ones ----

/// Appends the expression, or returns false when it is not simple: then `sql` is of no use.
class Simple {
 public:
  std::string sql;

  bool expression(const Node* node) {
    switch (tag_of(node)) {
      case T_BoolExpr:
        return logic(reinterpret_cast<const BoolExpr*>(node));
      case T_NullTest: {
        const auto* test = reinterpret_cast<const NullTest*>(node);
        if (!atom(reinterpret_cast<const Node*>(test->arg))) return false;
        sql += test->nulltesttype == IS_NULL ? " IS NULL" : " IS NOT NULL";
        return true;
      }
      case T_A_Expr:
        return comparison(reinterpret_cast<const A_Expr*>(node));
      default:
        return atom(node);
    }
  }

 private:
  bool logic(const BoolExpr* logic) {
    if (logic->boolop == NOT_EXPR) return false;
    const char* separator = "";
    for (const auto* argument : each<Node>(logic->args)) {
      if (tag_of(argument) == T_BoolExpr) return false;
      sql += separator;
      if (!expression(argument)) return false;
      separator = logic->boolop == AND_EXPR ? " AND " : " OR ";
    }
    return true;
  }

  bool comparison(const A_Expr* expr) {
    if (expr->lexpr == nullptr || expr->rexpr == nullptr || length(expr->name) != 1) return false;
    if (!atom(expr->lexpr)) return false;
    if (expr->kind == AEXPR_OP) {
      sql += " " + string_of(element<Node>(expr->name, 0)) + " ";
      return atom(expr->rexpr);
    }
    if (expr->kind != AEXPR_IN || tag_of(expr->rexpr) != T_List) return false;
    sql += string_of(element<Node>(expr->name, 0)) == "=" ? " IN (" : " NOT IN (";
    return list(reinterpret_cast<const List*>(expr->rexpr)) && (sql += ")", true);
  }

  bool list(const List* items) {
    const char* separator = "";
    for (const auto* item : each<Node>(items)) {
      sql += separator;
      if (!atom(item)) return false;
      separator = ", ";
    }
    return true;
  }

  bool atom(const Node* node) {
    switch (tag_of(node)) {
      case T_A_Const:
        return constant(reinterpret_cast<const A_Const*>(node));
      case T_ColumnRef:
        return names(reinterpret_cast<const ColumnRef*>(node)->fields);
      case T_TypeCast: {
        const auto* cast = reinterpret_cast<const TypeCast*>(node);
        const auto* inner = as<A_Const, T_A_Const>(cast->arg);
        // -1::int is -(1::int): signs are for the careful printer.
        if (inner == nullptr || (!inner->isnull && tag_of(&inner->val) != T_String)) return false;
        return constant(inner) && type(cast->typeName);
      }
      case T_FuncCall:
        return call(reinterpret_cast<const FuncCall*>(node));
      case T_SQLValueFunction:
        return value_function(reinterpret_cast<const SQLValueFunction*>(node));
      default:
        return false;
    }
  }

  bool constant(const A_Const* constant) {
    if (constant->isnull) {
      sql += "NULL";
      return true;
    }
    switch (tag_of(&constant->val)) {
      case T_Integer:
        sql += std::to_string(constant->val.ival.ival);
        return true;
      case T_Float:
        sql += constant->val.fval.fval;
        return true;
      case T_Boolean:
        sql += constant->val.boolval.boolval ? "true" : "false";
        return true;
      case T_String:
        sql += quote_literal(constant->val.sval.sval);
        return true;
      default:
        return false;
    }
  }

  bool names(const List* fields) {
    const char* separator = "";
    for (const auto* field : each<Node>(fields)) {
      if (tag_of(field) != T_String) return false;
      const std::string_view name = reinterpret_cast<const String*>(field)->sval;
      if (!is_plain_identifier(name)) return false;
      sql += separator;
      sql += name;
      separator = ".";
    }
    return true;
  }

  bool call(const FuncCall* call) {
    const bool plain = call->agg_order == nullptr && call->agg_filter == nullptr &&
                       call->over == nullptr && !call->agg_within_group && !call->agg_star &&
                       !call->agg_distinct && !call->func_variadic &&
                       call->funcformat == COERCE_EXPLICIT_CALL;
    if (!plain || length(call->funcname) > 2) return false;
    // libpg_query prints some functions of pg_catalog in SQL's own syntax.
    if (length(call->funcname) == 2 &&
        string_of(element<Node>(call->funcname, 0)) == "pg_catalog") {
      return false;
    }
    if (!names(call->funcname)) return false;
    sql += "(";
    return list(call->args) && (sql += ")", true);
  }

  bool value_function(const SQLValueFunction* function) {
    switch (function->op) {
      case SVFOP_CURRENT_DATE:
        sql += "current_date";
        return true;
      case SVFOP_CURRENT_TIMESTAMP:
        sql += "current_timestamp";
        return true;
      case SVFOP_CURRENT_USER:
        sql += "current_user";
        return true;
      default:
        return false;
    }
  }

  bool type(const ::TypeName* type) {
    if (type->typmods != nullptr || type->setof || type->pct_type) return false;
    std::string name = string_of(element<Node>(type->names, length(type->names) - 1));
    if (length(type->names) == 2 && string_of(element<Node>(type->names, 0)) == "pg_catalog") {
      const auto* row = std::find_if(std::begin(builtin), std::end(builtin),
                                     [&](const auto& pair) { return name == pair.first; });
      if (row == std::end(builtin)) return false;
      name = row->second;
    } else if (length(type->names) != 1 || !is_plain_identifier(name)) {
      return false;
    }
    sql += "::" + name;
    for (const auto* bound : each<Node>(type->arrayBounds)) {
      if (tag_of(bound) != T_Integer || intVal(bound) >= 0) return false;
      sql += "[]";
    }
    return true;
  }

  static constexpr std::pair<std::string_view, std::string_view> builtin[] = {
      {"bool", "boolean"},    {"float4", "real"},    {"float8", "double precision"},
      {"int2", "smallint"},   {"int4", "int"},       {"int8", "bigint"},
      {"numeric", "numeric"}, {"varchar", "varchar"}};
};

ExpressionKind kind_of_expression(const Node* node) {
  while (tag_of(node) == T_TypeCast) node = reinterpret_cast<const TypeCast*>(node)->arg;
  if (tag_of(node) == T_A_Const) {
    return reinterpret_cast<const A_Const*>(node)->isnull ? ExpressionKind::null_constant
                                                          : ExpressionKind::constant;
  }
  if (tag_of(node) == T_A_Expr) {  // + 1, - '1'::int
    const auto* sign = reinterpret_cast<const A_Expr*>(node);
    if (sign->kind != AEXPR_OP || sign->lexpr != nullptr) return ExpressionKind::other;
    const std::string name = string_of(element<Node>(sign->name, length(sign->name) - 1));
    if (name != "+" && name != "-") return ExpressionKind::other;
    const Node* number = sign->rexpr;
    while (tag_of(number) == T_TypeCast) number = reinterpret_cast<const TypeCast*>(number)->arg;
    if (tag_of(number) == T_A_Const) return ExpressionKind::constant;
  }
  return ExpressionKind::other;
}

// ---- names of a query's columns ----

std::string column_name(const Node* node);

std::string last_string(const List* names) {
  std::string last;
  for (const auto* name : each<Node>(names)) {
    if (tag_of(name) == T_String) last = string_of(name);
    if (tag_of(name) == T_A_Star) last = "*";
  }
  return last;
}

std::string sublink_name(const SubLink* link) {
  switch (link->subLinkType) {
    case EXISTS_SUBLINK:
      return "exists";
    case ARRAY_SUBLINK:
      return "array";
    case EXPR_SUBLINK: {
      const auto* select = as<SelectStmt, T_SelectStmt>(link->subselect);
      if (select == nullptr || length(select->targetList) == 0) return {};
      const auto* target = element<ResTarget>(select->targetList, 0);
      return target->name != nullptr ? target->name : column_name(target->val);
    }
    default:
      return {};
  }
}

/// What parse analysis calls a column without AS (FigureColname); "" where it says "?column?".
std::string column_name(const Node* node) {
  if (node == nullptr) return {};
  switch (tag_of(node)) {
    case T_ColumnRef:
      return last_string(reinterpret_cast<const ColumnRef*>(node)->fields);
    case T_A_Indirection: {
      const auto* indirection = reinterpret_cast<const A_Indirection*>(node);
      std::string name = last_string(indirection->indirection);
      return name.empty() ? column_name(indirection->arg) : name;
    }
    case T_FuncCall:
      return last_string(reinterpret_cast<const FuncCall*>(node)->funcname);
    case T_A_Expr:
      return reinterpret_cast<const A_Expr*>(node)->kind == AEXPR_NULLIF ? "nullif" : "";
    case T_TypeCast: {
      const auto* cast = reinterpret_cast<const TypeCast*>(node);
      std::string name = column_name(cast->arg);
      return name.empty() ? last_string(cast->typeName->names) : name;
    }
    case T_CollateClause:
      return column_name(reinterpret_cast<const CollateClause*>(node)->arg);
    case T_SubLink:
      return sublink_name(reinterpret_cast<const SubLink*>(node));
    case T_CaseExpr: {
      std::string name = column_name(
          reinterpret_cast<const Node*>(reinterpret_cast<const CaseExpr*>(node)->defresult));
      return name.empty() ? "case" : name;
    }
    case T_A_ArrayExpr:
      return "array";
    case T_RowExpr:
      return "row";
    case T_CoalesceExpr:
      return "coalesce";
    case T_MinMaxExpr:
      return reinterpret_cast<const MinMaxExpr*>(node)->op == IS_GREATEST ? "greatest" : "least";
    case T_GroupingFunc:
      return "grouping";
    case T_SQLValueFunction:
      return references_of(const_cast<Node*>(node)).functions.at(0).name.name;
    default:
      return {};
  }
}

std::vector<std::string> output_columns(const SelectStmt* select) {
  while (select->op != SETOP_NONE && select->larg != nullptr) select = select->larg;
  std::vector<std::string> names;
  if (length(select->valuesLists) > 0) {
    const auto width = length(element<List>(select->valuesLists, 0));
    for (std::size_t i = 1; i <= width; ++i) names.push_back("column" + std::to_string(i));
  }
  for (const auto* target : each<ResTarget>(select->targetList)) {
    names.push_back(target->name != nullptr ? target->name : column_name(target->val));
  }
  return names;
}

std::string interval_fields(int mask) {
  constexpr std::array<std::pair<int, std::string_view>, 6> units = {
      {{2, "year"}, {1, "month"}, {3, "day"}, {10, "hour"}, {11, "minute"}, {12, "second"}}};
  if (mask == 0x7FFF) return {};
  std::string_view first;
  std::string_view last;
  for (const auto& [bit, name] : units) {
    if ((mask & (1 << bit)) == 0) continue;
    if (first.empty()) first = name;
    last = name;
  }
  return std::string(first) + (first == last ? "" : " to " + std::string(last));
}

std::string modifier(Node* node) {
  if (const auto* constant = as<A_Const, T_A_Const>(node);
      constant != nullptr && !constant->isnull) {
    if (tag_of(&constant->val) == T_Integer) return std::to_string(constant->val.ival.ival);
  }
  if (const auto* word = as<ColumnRef, T_ColumnRef>(node)) return last_string(word->fields);
  const auto* text = as<A_Const, T_A_Const>(node);
  Simple simple;
  return text != nullptr && simple.expression(node) ? simple.sql : std::string("?");
}

}  // namespace

schemagate::TypeName type_of(const ::TypeName* type) {
  schemagate::TypeName result;
  if (type == nullptr) return result;
  result.name = name_of(type->names);
  result.setof = type->setof;
  result.array_dimensions = static_cast<int>(length(type->arrayBounds));
  if (type->pct_type) {
    result.name = {"", join(strings_of(type->names), ".") + "%TYPE"};
    return result;
  }
  const bool builtin = result.name.schema == "pg_catalog";
  if (builtin) result.name.schema.clear();
  auto& name = result.name.name;
  if (length(type->names) == 1) {
    if (name == "serial4") name = "serial";
    if (name == "serial8") name = "bigserial";
    if (name == "serial2") name = "smallserial";
  }
  std::size_t first = 0;
  if (builtin && name == "interval" && length(type->typmods) > 0) {
    const auto* mask = as<A_Const, T_A_Const>(element<Node>(type->typmods, 0));
    if (mask != nullptr && tag_of(&mask->val) == T_Integer) {
      result.interval_fields = interval_fields(mask->val.ival.ival);
    }
    first = 1;
  }
  for (std::size_t i = first; i < length(type->typmods); ++i) {
    result.modifiers.push_back(modifier(element<Node>(type->typmods, i)));
  }
  // numeric(10) is numeric(10,0). https://www.postgresql.org/docs/18/datatype-numeric.html
  if (builtin && name == "numeric" && result.modifiers.size() == 1) result.modifiers.push_back("0");
  return result;
}

Expression expression_of(Node* node) {
  Expression expression;
  if (node == nullptr) return expression;
  if (!IsA(node, A_Const)) expression.references = references_of(node);
  expression.kind = kind_of_expression(node);
  Simple simple;
  expression.sql = simple.expression(node) ? std::move(simple.sql) : deparse_expression(node);
  return expression;
}

schemagate::Query query_of(Node* select) {
  schemagate::Query query;
  if (select == nullptr) return query;
  query.references = references_of(select);
  auto sql = deparse(select);
  if (!sql) throw Unprintable();
  query.sql = std::move(*sql);
  if (const auto* statement = as<SelectStmt, T_SelectStmt>(select)) {
    query.output_columns = output_columns(statement);
  }
  return query;
}

}  // namespace schemagate::tree
