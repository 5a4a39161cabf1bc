// SPDX-License-Identifier: MIT
// What a query demands of its rows: the comparisons that each row has to pass, and the order in
// which they come. A planner asks the same when it looks for an index.
#include <algorithm>
#include <utility>

#include "schema/parse_tree.h"

extern "C" {
#include "nodes/value.h"
}

namespace schemagate::tree {
namespace {

constexpr int deepest_condition = 64;

Node* without_cast(Node* node) {
  while (auto* cast = as<TypeCast, T_TypeCast>(node)) node = cast->arg;
  return node;
}

/// The text of a constant, empty for everything else.
std::string constant_text(Node* node) {
  const auto* constant = as<A_Const, T_A_Const>(without_cast(node));
  if (constant == nullptr || constant->isnull) return {};
  switch (tag_of(&constant->val)) {
    case T_Integer:
      return std::to_string(constant->val.ival.ival);
    case T_Float:
      return constant->val.fval.fval;
    case T_String:
      return constant->val.sval.sval;
    case T_Boolean:
      return constant->val.boolval.boolval ? "true" : "false";
    default:
      return {};
  }
}

std::string first_constant(Node* list) {
  const auto* values = as<List, T_List>(list);
  return length(values) == 0 ? std::string() : constant_text(element<Node>(values, 0));
}

std::string_view negation_of(std::string_view op) {
  constexpr std::string_view pairs[][2] = {{"<", ">="}, {">", "<="}, {"=", "<>"}};
  for (const auto& [one, other] : pairs) {
    if (op == one) return other;
    if (op == other) return one;
  }
  return {};
}

/// The operator seen from the right side.
std::string turned(const std::string& op) {
  if (op == "<") return ">";
  if (op == ">") return "<";
  if (op == "<=") return ">=";
  if (op == ">=") return "<=";
  if (op == "@>") return "<@";
  return op == "<@" ? "@>" : op;
}

class ConditionReader {
 public:
  ConditionReader(int query, Conditions& conditions) : query_(query), conditions_(conditions) {}

  void read(Node* node, bool negated = false, int depth = 0) {
    if (node == nullptr || depth > deepest_condition) return;
    switch (tag_of(node)) {
      case T_BoolExpr:
        return read_boolean(reinterpret_cast<BoolExpr*>(node), negated, depth);
      case T_A_Expr:
        return read_comparison(reinterpret_cast<A_Expr*>(node), negated);
      case T_NullTest: {
        const auto* test = reinterpret_cast<NullTest*>(node);
        const bool is_null = (test->nulltesttype == IS_NULL) != negated;
        return side(reinterpret_cast<Node*>(test->arg), is_null ? "IS NULL" : "IS NOT NULL");
      }
      case T_BooleanTest: {
        const auto* test = reinterpret_cast<BooleanTest*>(node);
        auto* tested = reinterpret_cast<Node*>(test->arg);
        if (!negated && test->booltesttype == IS_TRUE) side(tested, "TRUE");
        if (!negated && test->booltesttype == IS_FALSE) side(tested, "FALSE");
        return;
      }
      case T_SubLink:
        if (!negated) read_sublink(reinterpret_cast<SubLink*>(node));
        return;
      default:
        return side(node, negated ? "FALSE" : "TRUE");
    }
  }

  void side(Node* node, std::string op, std::string value = {}) {
    if (const auto* row = as<RowExpr, T_RowExpr>(node)) {
      for (auto* one : each<Node>(row->args)) side(one, op);
      return;
    }
    Comparison found{{}, {}, std::move(op), std::move(value), query_};
    if (const auto* column = as<ColumnRef, T_ColumnRef>(node)) {
      found.column = column_use(column);
    } else if (node == nullptr || !may_be_indexed(node)) {
      return;
    } else {
      found.expression = text(node);
    }
    if (!found.column.name.empty() || !found.expression.empty())
      conditions_.compared.push_back(std::move(found));
  }

 private:
  void read_boolean(const BoolExpr* node, bool negated, int depth) {
    if (node->boolop == NOT_EXPR) return read(element<Node>(node->args, 0), !negated, depth + 1);
    if ((node->boolop == OR_EXPR) != negated) return read_alternatives(node, negated, depth);
    for (auto* part : each<Node>(node->args)) read(part, negated, depth + 1);
  }

  /// a = 1 OR a = 2 is a comparison of a.
  void read_alternatives(const BoolExpr* node, bool negated, int depth) {
    std::vector<Comparison> common;
    bool first = true;
    for (auto* part : each<Node>(node->args)) {
      Conditions one;
      ConditionReader(query_, one).read(part, negated, depth + 1);
      if (std::exchange(first, false)) {
        common = std::move(one.compared);
        continue;
      }
      std::erase_if(common, [&](const Comparison& c) {
        return std::none_of(one.compared.begin(), one.compared.end(), [&](const Comparison& o) {
          return o.column == c.column && o.expression == c.expression && o.op == c.op;
        });
      });
    }
    for (Comparison& one : common) {
      one.value.clear();
      if (one.op != "<>") conditions_.compared.push_back(std::move(one));
    }
  }

  void read_comparison(const A_Expr* node, bool negated) {
    std::string op = name_of(node->name).name;
    switch (node->kind) {
      case AEXPR_OP:
        if (negated) op = negation_of(op);
        break;
      case AEXPR_IN:  // NOT IN is <>
        if (negated == (op == "=")) return;
        return side(node->lexpr, "IN", first_constant(node->rexpr));
      case AEXPR_OP_ANY:
        if (negated) return;
        return side(node->lexpr, op);
      case AEXPR_BETWEEN:
        if (negated) return;
        return side(node->lexpr, ">=", first_constant(node->rexpr));
      case AEXPR_LIKE:
      case AEXPR_ILIKE:
        if (op.starts_with('!') != negated) return;
        op = node->kind == AEXPR_LIKE ? "~~" : "~~*";
        break;
      default:
        return;
    }
    if (op.empty()) return;
    const bool single = node->kind == AEXPR_OP;
    const std::string right = single ? constant_text(node->rexpr) : std::string();
    side(node->lexpr, op, right);
    if (single) side(node->rexpr, turned(op), constant_text(node->lexpr));
  }

  void read_sublink(const SubLink* link) {
    if (link->subLinkType != ANY_SUBLINK) return;
    const auto* query = as<SelectStmt, T_SelectStmt>(link->subselect);
    side(link->testexpr, "=");
    // Of others the rows are all made before one is looked for.
    const bool joins = query != nullptr && query->op == SETOP_NONE &&
                       query->limitCount == nullptr && query->limitOffset == nullptr &&
                       length(query->groupClause) == 0 && query->havingClause == nullptr &&
                       length(query->distinctClause) == 0;
    if (joins) conditions_.looked_for.insert(link->subselect);
  }

  static bool may_be_indexed(const Node* node) {
    const NodeTag tag = tag_of(node);
    return tag == T_FuncCall || tag == T_A_Expr || tag == T_TypeCast || tag == T_CoalesceExpr;
  }

  static std::string text(Node* node) {
    try {
      Expression expression = expression_of(node);
      return expression.references.columns.empty() ? std::string() : std::move(expression.sql);
    } catch (const TooDeep&) {
    } catch (const TooLarge&) {
    } catch (const Unprintable&) {
    }
    return {};
  }

  int query_;
  Conditions& conditions_;
};

/// ORDER BY 1 and ORDER BY name speak of the result's columns.
Node* result_column(const SelectStmt* select, Node* written) {
  if (const auto* place = as<A_Const, T_A_Const>(written);
      place != nullptr && tag_of(&place->val) == T_Integer) {
    const auto at = static_cast<std::size_t>(place->val.ival.ival);
    if (at < 1 || at > length(select->targetList)) return nullptr;
    return element<ResTarget>(select->targetList, at - 1)->val;
  }
  const auto* column = as<ColumnRef, T_ColumnRef>(written);
  if (column == nullptr || length(column->fields) != 1) return written;
  const std::string name = column_use(column).name;
  for (const auto* target : each<ResTarget>(select->targetList)) {
    if (target->name != nullptr && name == target->name) return target->val;
  }
  return written;
}

/// The arguments of min() and max() in an expression; false: there is another aggregate, or
/// something that may be one.
bool extremes(Node* node, std::vector<Node*>& found, int depth = 0) {
  if (node == nullptr || depth > deepest_condition) return node == nullptr;
  const auto all = [&](const List* parts) {
    bool fine = true;
    for (auto* part : each<Node>(parts)) fine = extremes(part, found, depth + 1) && fine;
    return fine;
  };
  switch (tag_of(node)) {
    case T_A_Const:
      return true;
    case T_TypeCast:
      return extremes(reinterpret_cast<TypeCast*>(node)->arg, found, depth + 1);
    case T_CoalesceExpr:
      return all(reinterpret_cast<CoalesceExpr*>(node)->args);
    case T_A_Expr: {
      const auto* operation = reinterpret_cast<A_Expr*>(node);
      const bool left = extremes(operation->lexpr, found, depth + 1);
      return extremes(operation->rexpr, found, depth + 1) && left;
    }
    case T_FuncCall: {
      const auto* call = reinterpret_cast<FuncCall*>(node);
      const std::string name = name_of(call->funcname).name;
      if (call->agg_filter != nullptr || call->over != nullptr || call->agg_star) return false;
      if ((name == "min" || name == "max") && length(call->args) == 1) {
        found.push_back(element<Node>(call->args, 0));
        return true;
      }
      const bool plain = name == "setval" || name == "pg_get_serial_sequence" || name == "greatest";
      return plain && all(call->args);
    }
    default:
      return false;
  }
}

}  // namespace

ColumnUse column_use(const ColumnRef* reference) {
  const std::size_t size = length(reference->fields);
  if (size == 0) return {};
  const auto* last = element<Node>(reference->fields, size - 1);
  ColumnUse use;
  use.name = tag_of(last) == T_A_Star ? "*" : string_of(last);
  if (size > 1) use.qualifier = string_of(element<Node>(reference->fields, size - 2));
  return use;
}

void read_condition(Node* condition, int query, Conditions& conditions) {
  ConditionReader(query, conditions).read(condition);
}

void read_compared(Node* side, std::string op, std::string value, int query,
                   Conditions& conditions) {
  ConditionReader(query, conditions).side(side, std::move(op), std::move(value));
}

void read_order(const SelectStmt* select, int query, Conditions& conditions) {
  ConditionReader reader(query, conditions);
  const auto ordered = [&](Node* by) {
    if (auto* column = result_column(select, by)) reader.side(column, "ORDER");
  };
  if (length(select->sortClause) > 0) {
    const auto* by = element<SortBy>(select->sortClause, 0);
    const SortByNulls usual =
        by->sortby_dir == SORTBY_DESC ? SORTBY_NULLS_FIRST : SORTBY_NULLS_LAST;
    if (by->sortby_nulls == SORTBY_NULLS_DEFAULT || by->sortby_nulls == usual) ordered(by->node);
  }
  if (length(select->groupClause) > 0) return ordered(element<Node>(select->groupClause, 0));
  if (length(select->distinctClause) > 0 && length(select->targetList) > 0) {
    auto* first = element<Node>(select->distinctClause, 0);
    return ordered(first != nullptr ? first : element<ResTarget>(select->targetList, 0)->val);
  }
  std::vector<Node*> arguments;
  bool only = length(select->fromClause) == 1 &&
              as<RangeVar, T_RangeVar>(element<Node>(select->fromClause, 0)) != nullptr;
  for (const auto* target : each<ResTarget>(select->targetList))
    only = only && extremes(target->val, arguments);
  if (only && arguments.size() == 1) reader.side(arguments.front(), "ORDER");
}

}  // namespace schemagate::tree
