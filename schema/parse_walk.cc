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
  Conditions conditions;
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
    if (tag_of(node) == T_List) return node == locked_list_ ? locked_sources(node) : children(node);
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
        return write(node, reinterpret_cast<InsertStmt*>(node), nullptr);
      case T_UpdateStmt:
        return write(node, reinterpret_cast<UpdateStmt*>(node),
                     reinterpret_cast<UpdateStmt*>(node)->whereClause);
      case T_DeleteStmt:
        return write(node, reinterpret_cast<DeleteStmt*>(node),
                     reinterpret_cast<DeleteStmt*>(node)->whereClause);
      case T_MergeStmt:
        return write(node, reinterpret_cast<MergeStmt*>(node),
                     reinterpret_cast<MergeStmt*>(node)->joinCondition);
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

  void column(const ColumnRef* reference) {
    ColumnUse use = column_use(reference);
    if (!use.name.empty()) found.columns.push_back(std::move(use));
  }

  void join(const JoinExpr* join) {
    for (const auto* name : each<Node>(join->usingClause)) {
      found.columns.push_back({"", string_of(name)});
      conditions.compared.push_back({{"", string_of(name)}, {}, "=", {}, query_});
    }
    read_condition(join->quals, query_, conditions);
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
    use.query = query_;
    found.relations.push_back(std::move(use));
  }

  /// INSERT, UPDATE, DELETE, MERGE: their relation is written.
  template <class Statement>
  void write(Node* node, const Statement* statement, Node* where) {
    const std::size_t outside = ctes_.size();
    names(statement->withClause);
    const int outer_query = std::exchange(query_, ++queries_);
    read_condition(where, query_, conditions);
    const RangeVar* outer = std::exchange(written_, statement->relation);
    const bool outer_inserts = std::exchange(inserts_, tag_of(node) == T_InsertStmt);
    children(node);
    inserts_ = outer_inserts;
    written_ = outer;
    query_ = outer_query;
    hide_after(outside);
  }

  /// The FROM list of a SELECT … FOR UPDATE.
  bool locked_sources(Node* list) {
    locked_.first = found.relations.size();
    children(list);
    locked_.second = found.relations.size();
    return too_deep;
  }

  /// FOR UPDATE and its kin: the relations of FROM, or those named; not those of subqueries in
  /// expressions (transformLockingClause).
  void lock(const SelectStmt* statement) {
    for (const auto* clause : each<LockingClause>(statement->lockingClause)) {
      for (std::size_t i = locked_.first; i < locked_.second; ++i) {
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
    const int outer_query = std::exchange(query_, ++queries_);
    if (conditions.looked_for.contains(reinterpret_cast<Node*>(first))) {
      for (const auto* target : each<ResTarget>(first->targetList))
        read_compared(target->val, "=", {}, query_, conditions);
    }
    read_condition(first->whereClause, query_, conditions);
    if (unions.empty()) read_order(first, query_, conditions);
    const bool locks = length(first->lockingClause) > 0;
    Node* list = locks ? reinterpret_cast<Node*>(first->fromClause) : nullptr;
    Node* outer_list = std::exchange(locked_list_, list);
    const auto outer_locked = std::exchange(locked_, {});
    children(reinterpret_cast<Node*>(first));
    query_ = outer_query;
    if (locks) lock(first);
    locked_list_ = outer_list;
    locked_ = outer_locked;
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
  Node* locked_list_ = nullptr;                 ///< FROM, of a query with FOR UPDATE
  std::pair<std::size_t, std::size_t> locked_;  ///< which of the relations found are in it
  int query_ = 0, queries_ = 0;                 ///< the query that is being walked; the last one
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
  std::vector<Comparison> compared;
  return references_of(node, literals, compared);
}

References references_of(void* node, std::vector<std::string>& literals,
                         std::vector<Comparison>& compared) {
  Walker walker(&literals);
  walker.walk(node);
  if (walker.too_deep) throw TooDeep();
  compared = std::move(walker.conditions.compared);
  return std::move(walker.found);
}

}  // namespace schemagate::tree
