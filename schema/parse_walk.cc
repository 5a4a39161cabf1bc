// SPDX-License-Identifier: MIT
// The walk over expressions and queries that finds the names they depend on. PostgreSQL's own
// raw_expression_tree_walker knows the children of every node; what they mean is known here.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "schema/parse.h"
#include "schema/parse_lexer.h"
#include "schema/parse_tree.h"

extern "C" {
#include "nodes/nodeFuncs.h"
bool pg_query_raw_tree_walker_supports(Node* node);
}

namespace schemagate::tree {
namespace {

const char* name_of(const SQLValueFunction* function) {
  switch (function->op) {
    case SVFOP_CURRENT_DATE:
      return "current_date";
    case SVFOP_CURRENT_TIME:
    case SVFOP_CURRENT_TIME_N:
      return "current_time";
    case SVFOP_CURRENT_TIMESTAMP:
    case SVFOP_CURRENT_TIMESTAMP_N:
      return "current_timestamp";
    case SVFOP_LOCALTIME:
    case SVFOP_LOCALTIME_N:
      return "localtime";
    case SVFOP_LOCALTIMESTAMP:
    case SVFOP_LOCALTIMESTAMP_N:
      return "localtimestamp";
    case SVFOP_CURRENT_ROLE:
      return "current_role";
    case SVFOP_CURRENT_USER:
      return "current_user";
    case SVFOP_USER:
      return "user";
    case SVFOP_SESSION_USER:
      return "session_user";
    case SVFOP_CURRENT_CATALOG:
      return "current_catalog";
    case SVFOP_CURRENT_SCHEMA:
      return "current_schema";
  }
  return "";
}

/// The name inside a text like 'public.users_id_seq' or '"Odd".name'.
QualifiedName name_in(std::string_view text) {
  QualifiedName name;
  for (Token token = next_token(text, 0); token.kind != TokenKind::end;
       token = next_token(text, token.end)) {
    if (token.kind == TokenKind::symbol) continue;
    name.schema = std::move(name.name);
    name.name = text.substr(token.begin, token.end - token.begin);
    if (token.kind == TokenKind::quoted_identifier && !token.unterminated) {
      name.name = name.name.substr(1, name.name.size() - 2);
    } else {
      for (char& c : name.name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
  }
  return name;
}

class Walker {
 public:
  explicit Walker(std::vector<std::string>* string_constants) : literals(string_constants) {}

  void walk(void* node) { visit(static_cast<Node*>(node), this); }

  References found;
  std::vector<ColumnUse> compared;     ///< what conditions compare: an index may serve them
  std::vector<std::string>* literals;  ///< receives string constants, may be null
  int deepest = 0;
  std::size_t nodes = 0;
  bool too_deep = false;

 private:
  static bool visit(Node* node, void* context) {
    return static_cast<Walker*>(context)->enter(node);
  }

  bool enter(Node* node) {
    if (node == nullptr || too_deep) return too_deep;
    if (tag_of(node) == T_List) return children(node);
    if (depth_ >= max_nesting) {
      too_deep = true;
      return true;
    }
    ++nodes;
    ++depth_;
    deepest = std::max(deepest, depth_);
    meet(node);
    --depth_;
    return too_deep;
  }

  bool children(Node* node) {
    if (!pg_query_raw_tree_walker_supports(node)) return too_deep;
    return raw_expression_tree_walker_impl(node, reinterpret_cast<tree_walker_callback>(visit),
                                           this);
  }

  void meet(Node* node) {
    switch (tag_of(node)) {
      case T_A_Const:
        return constant(reinterpret_cast<A_Const*>(node));
      case T_ColumnRef:
        return column(reinterpret_cast<ColumnRef*>(node));
      case T_RangeVar:
        return relation(reinterpret_cast<RangeVar*>(node));
      case T_TypeName:
        found.types.push_back(type_of(reinterpret_cast<::TypeName*>(node)));
        return;
      case T_SQLValueFunction:
        found.functions.push_back({{"", name_of(reinterpret_cast<SQLValueFunction*>(node))}, 0});
        return;
      case T_FuncCall:
        function(reinterpret_cast<FuncCall*>(node));
        break;
      case T_A_Expr:
        return operators(reinterpret_cast<A_Expr*>(node));
      case T_JoinExpr:
        join(reinterpret_cast<JoinExpr*>(node));
        break;
      // Names of the query's own tables, the target of SELECT INTO, and what was walked before.
      case T_LockingClause:
      case T_IntoClause:
      case T_WithClause:
        return;
      case T_SelectStmt:
        return select(reinterpret_cast<SelectStmt*>(node));
      case T_InsertStmt:
        return write(node, reinterpret_cast<InsertStmt*>(node));
      case T_UpdateStmt:
        condition(reinterpret_cast<UpdateStmt*>(node)->whereClause);
        return write(node, reinterpret_cast<UpdateStmt*>(node));
      case T_DeleteStmt:
        condition(reinterpret_cast<DeleteStmt*>(node)->whereClause);
        return write(node, reinterpret_cast<DeleteStmt*>(node));
      case T_MergeStmt:
        condition(reinterpret_cast<MergeStmt*>(node)->joinCondition);
        return write(node, reinterpret_cast<MergeStmt*>(node));
      default:
        break;
    }
    children(node);
  }

  void constant(const A_Const* constant) const {
    if (literals != nullptr && !constant->isnull && tag_of(&constant->val) == T_String) {
      literals->emplace_back(constant->val.sval.sval);
    }
  }

  static ColumnUse use_of(const ColumnRef* reference) {
    const std::size_t size = length(reference->fields);
    if (size == 0) return {};
    const auto* last = element<Node>(reference->fields, size - 1);
    ColumnUse use;
    use.name = tag_of(last) == T_A_Star ? "*" : string_of(last);
    if (size > 1) use.qualifier = string_of(element<Node>(reference->fields, size - 2));
    return use;
  }

  void column(const ColumnRef* reference) {
    ColumnUse use = use_of(reference);
    if (!use.name.empty()) found.columns.push_back(std::move(use));
  }

  void join(const JoinExpr* join) {
    for (const auto* name : each<Node>(join->usingClause)) {
      found.columns.push_back({"", string_of(name)});
      compared.push_back({"", string_of(name)});
    }
    condition(join->quals);
  }

  void compare(Node* side) {
    const auto* reference = as<ColumnRef, T_ColumnRef>(side);
    if (reference != nullptr) compared.push_back(use_of(reference));
  }

  /// Columns that a WHERE or ON compares with something, where each comparison must hold.
  void condition(Node* node, int depth = 0) {
    constexpr int deepest_condition = 64;
    if (node == nullptr || depth > deepest_condition) return;
    switch (tag_of(node)) {
      case T_BoolExpr: {
        const auto* parts = reinterpret_cast<BoolExpr*>(node);
        if (parts->boolop == OR_EXPR) return;
        for (auto* part : each<Node>(parts->args)) condition(part, depth + 1);
        return;
      }
      case T_A_Expr: {
        const auto* comparison = reinterpret_cast<A_Expr*>(node);
        if (!may_use_index(comparison)) return;
        compare(comparison->lexpr);
        compare(comparison->rexpr);
        return;
      }
      case T_NullTest:
        return compare(reinterpret_cast<Node*>(reinterpret_cast<NullTest*>(node)->arg));
      case T_SubLink: {
        const auto* link = reinterpret_cast<SubLink*>(node);
        if (link->subLinkType != ANY_SUBLINK) return;
        compare(link->testexpr);
        const auto* query = as<SelectStmt, T_SelectStmt>(link->subselect);
        if (query == nullptr || query->op != SETOP_NONE) return;
        for (const auto* target : each<ResTarget>(query->targetList)) compare(target->val);
        return;
      }
      default:
        return compare(node);
    }
  }

  /// =, <, >, <=, >=, BETWEEN, IN and = ANY of the types' own operators.
  static bool may_use_index(const A_Expr* comparison) {
    if (comparison->kind == AEXPR_IN || comparison->kind == AEXPR_OP_ANY ||
        comparison->kind == AEXPR_OP) {
      const std::string name = tree::name_of(comparison->name).name;
      return name == "=" || name == "<" || name == ">" || name == "<=" || name == ">=";
    }
    return comparison->kind == AEXPR_BETWEEN;
  }

  void relation(const RangeVar* range) {
    const bool written = range == written_;  // a table, also where a WITH query has its name
    if (!written && range->schemaname == nullptr && is_cte(range->relname)) return;
    RelationUse use;
    use.name = tree::name_of(range);
    use.alias = text_of(range->alias == nullptr ? range->relname : range->alias->aliasname);
    use.only = !range->inh;
    use.mode = written ? 3 : 1;
    use.inserted = written && inserts_;
    found.relations.push_back(std::move(use));
  }

  /// INSERT, UPDATE, DELETE, MERGE: their relation is written.
  template <class Statement>
  void write(Node* node, const Statement* statement) {
    const std::size_t outside = ctes_.size();
    names(statement->withClause);
    const RangeVar* outer = std::exchange(written_, statement->relation);
    const bool outer_inserts = std::exchange(inserts_, tag_of(node) == T_InsertStmt);
    children(node);
    inserts_ = outer_inserts;
    written_ = outer;
    hide_after(outside);
  }

  /// FOR UPDATE and its kin: the relations found since `first`, or those named.
  void lock(const SelectStmt* statement, std::size_t first) {
    for (const auto* clause : each<LockingClause>(statement->lockingClause)) {
      for (std::size_t i = first; i < found.relations.size(); ++i) {
        RelationUse& use = found.relations[i];
        bool named = length(clause->lockedRels) == 0;
        for (const auto* relation : each<RangeVar>(clause->lockedRels)) {
          named = named || use.alias == relation->relname;
        }
        if (named) use.mode = std::max(use.mode, 2);
      }
    }
  }

  bool is_cte(const char* name) const { return !visible_.empty() && visible_.contains(name); }

  void show(const char* cte) {
    ctes_.push_back(cte);
    visible_.insert(cte);
  }
  /// Forgets all but the first `count` names.
  void hide_after(std::size_t count) {
    for (; ctes_.size() > count; ctes_.pop_back()) visible_.erase(visible_.find(ctes_.back()));
  }

  void function(const FuncCall* call) {
    FunctionUse use{tree::name_of(call->funcname), static_cast<int>(length(call->args))};
    if (use.name.schema == "pg_catalog") use.name.schema.clear();
    const std::string& name = use.name.name;
    const bool of_sequence = name == "nextval" || name == "currval" || name == "setval";
    if (of_sequence && use.name.schema.empty() && use.arguments >= 1) {
      Node* argument = element<Node>(call->args, 0);
      if (auto* cast = as<TypeCast, T_TypeCast>(argument)) argument = cast->arg;
      const auto* constant = as<A_Const, T_A_Const>(argument);
      if (constant != nullptr && !constant->isnull && tag_of(&constant->val) == T_String) {
        found.sequences.push_back(name_in(constant->val.sval.sval));
      }
    }
    found.functions.push_back(std::move(use));
  }

  /// a || b || c || … leans to the left: a loop, so that its length costs no stack.
  void operators(A_Expr* top) {
    std::vector<Node*> rights;
    Node* left = reinterpret_cast<Node*>(top);
    while (auto* chained = as<A_Expr, T_A_Expr>(left)) {
      rights.push_back(chained->rexpr);
      left = chained->lexpr;
    }
    const int lean = static_cast<int>(rights.size());
    deepest = std::max(deepest, depth_ + lean);
    enter(left);
    for (auto right = rights.rbegin(); right != rights.rend(); ++right) enter(*right);
  }

  /// So does SELECT … UNION ALL SELECT … UNION ALL ….
  void select(SelectStmt* top) {
    const std::size_t outside = ctes_.size();
    std::vector<std::pair<SelectStmt*, std::size_t>> unions;
    SelectStmt* first = top;
    for (; first->op != SETOP_NONE && first->larg != nullptr; first = first->larg) {
      names(first->withClause);
      unions.emplace_back(first, ctes_.size());
    }
    deepest = std::max(deepest, depth_ + static_cast<int>(unions.size()));
    names(first->withClause);
    const std::size_t own_relations = found.relations.size();
    condition(first->whereClause);
    children(reinterpret_cast<Node*>(first));
    lock(first, own_relations);
    for (auto one = unions.rbegin(); one != unions.rend(); ++one) {
      hide_after(one->second);
      SelectStmt* statement = one->first;
      enter(reinterpret_cast<Node*>(statement->rarg));
      for (void* part :
           {static_cast<void*>(statement->sortClause), static_cast<void*>(statement->limitOffset),
            static_cast<void*>(statement->limitCount)}) {
        enter(static_cast<Node*>(part));
      }
    }
    hide_after(outside);
  }

  /// Walks the WITH queries. A query sees those before it, with RECURSIVE all of them:
  /// WITH users AS (SELECT … FROM users) reads the table.
  void names(const WithClause* clause) {
    if (clause == nullptr) return;
    if (clause->recursive) {
      for (const auto* cte : each<CommonTableExpr>(clause->ctes)) show(cte->ctename);
    }
    for (const auto* cte : each<CommonTableExpr>(clause->ctes)) {
      enter(cte->ctequery);
      if (!clause->recursive) show(cte->ctename);
    }
  }

  std::vector<const char*> ctes_;  ///< in the order in which they became visible
  std::unordered_multiset<std::string_view> visible_;  ///< the same names; the tree holds the text
  const RangeVar* written_ = nullptr;  ///< target of the statement that is being walked
  bool inserts_ = false;               ///< which is an INSERT
  int depth_ = 0;
};

}  // namespace

void check_length(const List* list) {
  if (length(list) > max_parts) throw TooLarge();
}

References references_of(void* node) {
  Walker walker(nullptr);
  walker.walk(node);
  if (walker.too_deep || walker.deepest > max_nesting) throw TooDeep();
  if (walker.nodes > max_parts) throw TooLarge();
  return std::move(walker.found);
}

References references_of(void* node, std::vector<std::string>& literals) {
  std::vector<ColumnUse> compared;
  return references_of(node, literals, compared);
}

References references_of(void* node, std::vector<std::string>& literals,
                         std::vector<ColumnUse>& compared) {
  Walker walker(&literals);
  walker.walk(node);
  if (walker.too_deep) throw TooDeep();
  compared = std::move(walker.compared);
  return std::move(walker.found);
}

}  // namespace schemagate::tree
