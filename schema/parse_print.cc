// SPDX-License-Identifier: MIT
// SQL from a parse tree, by libpg_query's printer. It leaves out parentheses that it should write:
// (NOT a) IS NULL comes out as NOT a IS NULL, which means something else. So operands get their
// parentheses here beforehand, and whatever was printed is parsed again and compared with the tree:
// text that means anything else is never used.
#include "schema/parse_tree.h"

extern "C" {
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "pg_query.h"
#include "utils/elog.h"
bool pg_query_raw_tree_walker_supports(Node* node);
}
extern "C" {
#include "pg_query_internal.h"
}

namespace schemagate::tree {
namespace {

// ---- parentheses ----

/// Expressions that no operator or clause around them can take apart.
bool is_closed(const Node* node) {
  switch (tag_of(node)) {
    case T_A_Const: {
      const auto* constant = reinterpret_cast<const A_Const*>(node);
      const bool number = !constant->isnull && (tag_of(&constant->val) == T_Integer ||
                                                tag_of(&constant->val) == T_Float);
      if (!number) return true;
      return tag_of(&constant->val) == T_Integer ? constant->val.ival.ival >= 0
                                                 : constant->val.fval.fval[0] != '-';
    }
    case T_FuncCall:
      return reinterpret_cast<const FuncCall*>(node)->funcformat != COERCE_SQL_SYNTAX;
    case T_SubLink: {
      const auto type = reinterpret_cast<const SubLink*>(node)->subLinkType;
      return type != ANY_SUBLINK && type != ALL_SUBLINK;
    }
    case T_XmlExpr:
      return reinterpret_cast<const XmlExpr*>(node)->op != IS_DOCUMENT;
    case T_TypeCast:  // printed as operand::type, which binds tighter than all but [] and .
    case T_ColumnRef:
    case T_ParamRef:
    case T_A_ArrayExpr:
    case T_A_Indirection:
    case T_CaseExpr:
    case T_CoalesceExpr:
    case T_MinMaxExpr:
    case T_RowExpr:
    case T_SQLValueFunction:
    case T_List:
      return true;
    default:
      return false;
  }
}

/// The printer writes a row of one column as the column in parentheses.
Node* in_parentheses(Node* node) {
  RowExpr* row = makeNode(RowExpr);
  row->args = lappend(nullptr, node);
  row->row_format = COERCE_IMPLICIT_CAST;
  row->location = -1;
  return reinterpret_cast<Node*>(row);
}

/// The operand, in parentheses where it is not closed.
Node* closed(Node* operand) {
  return operand == nullptr || is_closed(operand) ? operand : in_parentheses(operand);
}
Expr* closed(Expr* operand) {
  return reinterpret_cast<Expr*>(closed(reinterpret_cast<Node*>(operand)));
}

void close_all(List* operands) {
  for (int i = 0; operands != nullptr && i < operands->length; ++i) {
    ListCell& cell = operands->elements[i];
    cell.ptr_value = closed(static_cast<Node*>(cell.ptr_value));
  }
}

void close_operators(A_Expr* expression) {
  // A sign binds tighter than any operator: a > -1.
  const auto operand = [](Node* node) {
    return node != nullptr && tag_of(node) == T_A_Const ? node : closed(node);
  };
  expression->lexpr = operand(expression->lexpr);
  Node* right = expression->rexpr;
  if (right == nullptr) return;
  const bool between = expression->kind >= AEXPR_BETWEEN;
  if (tag_of(right) == T_List && between) return close_all(reinterpret_cast<List*>(right));
  const bool in_own_parentheses = expression->kind == AEXPR_OP_ANY ||
                                  expression->kind == AEXPR_OP_ALL ||
                                  expression->kind == AEXPR_NULLIF || tag_of(right) == T_List;
  if (!in_own_parentheses) expression->rexpr = operand(right);
  // x SIMILAR TO y is x ~ similar_to_escape(y), printed without the function.
  auto* pattern = as<FuncCall, T_FuncCall>(right);
  if (expression->kind == AEXPR_SIMILAR && pattern != nullptr) close_all(pattern->args);
}

/// [] and . bind tighter than everything: only names and calls go without parentheses.
void close_base(A_Indirection* indirection) {
  const NodeTag tag = tag_of(indirection->arg);
  if (tag == T_ColumnRef) {
    const List* fields = reinterpret_cast<ColumnRef*>(indirection->arg)->fields;
    const bool star = tag_of(element<Node>(fields, length(fields) - 1)) == T_A_Star;
    if (star) indirection->arg = in_parentheses(indirection->arg);
    return;
  }
  const bool printed_with_parentheses = tag == T_FuncCall || tag == T_A_Expr || tag == T_TypeCast ||
                                        tag == T_RowExpr || tag == T_A_Indirection;
  if (!printed_with_parentheses) indirection->arg = in_parentheses(indirection->arg);
}

void close_operands(Node* node) {
  switch (tag_of(node)) {
    case T_NullTest:
      reinterpret_cast<NullTest*>(node)->arg = closed(reinterpret_cast<NullTest*>(node)->arg);
      return;
    case T_BooleanTest:
      reinterpret_cast<BooleanTest*>(node)->arg = closed(reinterpret_cast<BooleanTest*>(node)->arg);
      return;
    case T_JsonIsPredicate:
      reinterpret_cast<JsonIsPredicate*>(node)->expr =
          closed(reinterpret_cast<JsonIsPredicate*>(node)->expr);
      return;
    case T_CollateClause:
      reinterpret_cast<CollateClause*>(node)->arg =
          closed(reinterpret_cast<CollateClause*>(node)->arg);
      return;
    case T_TypeCast:
      reinterpret_cast<TypeCast*>(node)->arg = closed(reinterpret_cast<TypeCast*>(node)->arg);
      return;
    case T_A_Expr:
      return close_operators(reinterpret_cast<A_Expr*>(node));
    case T_A_Indirection:
      return close_base(reinterpret_cast<A_Indirection*>(node));
    case T_XmlExpr:
      if (reinterpret_cast<XmlExpr*>(node)->op == IS_DOCUMENT) {
        close_all(reinterpret_cast<XmlExpr*>(node)->args);
      }
      return;
    case T_SubLink:
      reinterpret_cast<SubLink*>(node)->testexpr =
          closed(reinterpret_cast<SubLink*>(node)->testexpr);
      return;
    case T_FuncCall:
      if (reinterpret_cast<FuncCall*>(node)->funcformat == COERCE_SQL_SYNTAX) {
        close_all(reinterpret_cast<FuncCall*>(node)->args);
      }
      return;
    case T_BoolExpr:
      if (reinterpret_cast<BoolExpr*>(node)->boolop == NOT_EXPR) {
        close_all(reinterpret_cast<BoolExpr*>(node)->args);
      }
      return;
    default:
      return;
  }
}

bool parenthesise(Node* node, void* context) {
  if (node == nullptr || !pg_query_raw_tree_walker_supports(node)) return false;
  close_operands(node);
  return raw_expression_tree_walker_impl(node, parenthesise, context);
}

/// The expressions of a statement that is not itself an expression or a query.
void parenthesise_statement(Node* node) {
  const auto visit = [](void* part) { parenthesise(static_cast<Node*>(part), nullptr); };
  switch (tag_of(node)) {
    case T_CreatePolicyStmt:
      visit(reinterpret_cast<CreatePolicyStmt*>(node)->qual);
      return visit(reinterpret_cast<CreatePolicyStmt*>(node)->with_check);
    case T_AlterPolicyStmt:
      visit(reinterpret_cast<AlterPolicyStmt*>(node)->qual);
      return visit(reinterpret_cast<AlterPolicyStmt*>(node)->with_check);
    case T_CreateTrigStmt:
      return visit(reinterpret_cast<CreateTrigStmt*>(node)->whenClause);
    case T_RuleStmt:
      visit(reinterpret_cast<RuleStmt*>(node)->whereClause);
      return visit(reinterpret_cast<RuleStmt*>(node)->actions);
    case T_CreateStatsStmt:
      for (auto* part : each<StatsElem>(reinterpret_cast<CreateStatsStmt*>(node)->exprs)) {
        visit(part->expr);
      }
      return;
    case T_CreatePublicationStmt:
      for (auto* part :
           each<PublicationObjSpec>(reinterpret_cast<CreatePublicationStmt*>(node)->pubobjects)) {
        if (part->pubtable != nullptr) visit(part->pubtable->whereClause);
      }
      return;
    case T_CreateFunctionStmt:
      for (auto* part :
           each<FunctionParameter>(reinterpret_cast<CreateFunctionStmt*>(node)->parameters)) {
        visit(part->defexpr);
      }
      return visit(reinterpret_cast<CreateFunctionStmt*>(node)->sql_body);
    case T_ExplainStmt:
      return visit(reinterpret_cast<ExplainStmt*>(node)->query);
    case T_PrepareStmt:
      return visit(reinterpret_cast<PrepareStmt*>(node)->query);
    case T_DeclareCursorStmt:
      return visit(reinterpret_cast<DeclareCursorStmt*>(node)->query);
    default:
      return visit(node);
  }
}

// ---- printing ----

/// True when `sql` parses to exactly this statement.
bool means(const char* sql, const Node* statement) {
  auto parsed = pg_query_raw_parse(sql, PG_QUERY_DISABLE_ESCAPE_STRING_WARNING);
  std::free(parsed.stderr_buffer);
  if (parsed.error != nullptr) {
    pg_query_free_error(parsed.error);
    return false;
  }
  return length(parsed.tree) == 1 && equal(element<RawStmt>(parsed.tree, 0)->stmt, statement);
}

/// PostgreSQL's errors arrive by longjmp: no object in here may need destruction.
bool print(StringInfo out, Node* statement) {
  const MemoryContext context = CurrentMemoryContext;
  volatile bool printed = false;
  PG_TRY();
  {
    initStringInfo(out);
    RawStmt raw{};
    raw.type = T_RawStmt;
    raw.stmt = static_cast<Node*>(copyObjectImpl(statement));
    parenthesise_statement(raw.stmt);
    deparseRawStmt(out, &raw);
    printed = means(out->data, statement);
  }
  PG_CATCH();
  {
    MemoryContextSwitchTo(context);
    FlushErrorState();
  }
  PG_END_TRY();
  return printed;
}

}  // namespace

std::optional<std::string> deparse(void* statement) {
  StringInfoData out{};
  if (!print(&out, static_cast<Node*>(statement))) return std::nullopt;
  return std::string(out.data, static_cast<std::size_t>(out.len));
}

std::string deparse_expression(Node* node) {
  ResTarget target{};
  target.type = T_ResTarget;
  target.val = node;
  target.location = -1;
  SelectStmt select{};
  select.type = T_SelectStmt;
  select.targetList = lappend(nullptr, &target);
  auto sql = deparse(&select);
  constexpr std::string_view prefix = "SELECT ";
  if (!sql || !sql->starts_with(prefix)) throw Unprintable();
  return sql->substr(prefix.size());
}

}  // namespace schemagate::tree
