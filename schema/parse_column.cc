// SPDX-License-Identifier: MIT
// Columns, constraints, index elements and partition bounds.
#include <algorithm>

#include "base/text.h"
#include "schema/parse_lexer.h"
#include "schema/parse_tree.h"

extern "C" {
#include "nodes/value.h"
}

namespace schemagate::tree {
namespace {

std::string action_of(char action) {
  switch (action) {
    case FKCONSTR_ACTION_RESTRICT:
      return "RESTRICT";
    case FKCONSTR_ACTION_CASCADE:
      return "CASCADE";
    case FKCONSTR_ACTION_SETNULL:
      return "SET NULL";
    case FKCONSTR_ACTION_SETDEFAULT:
      return "SET DEFAULT";
    default:
      return {};
  }
}

ConstraintKind constraint_kind(ConstrType type) {
  switch (type) {
    case CONSTR_NOTNULL:
      return ConstraintKind::not_null;
    case CONSTR_PRIMARY:
      return ConstraintKind::primary_key;
    case CONSTR_UNIQUE:
      return ConstraintKind::unique;
    case CONSTR_EXCLUSION:
      return ConstraintKind::exclusion;
    case CONSTR_FOREIGN:
      return ConstraintKind::foreign_key;
    default:
      return ConstraintKind::check;
  }
}

void add_foreign_key(ConstraintDefinition& result, const Constraint* constraint) {
  result.columns = strings_of(constraint->fk_attrs);
  result.referenced = name_of(constraint->pktable);
  result.referenced_columns = strings_of(constraint->pk_attrs);
  result.match = constraint->fk_matchtype == FKCONSTR_MATCH_FULL ? 'f' : 's';
  result.on_update = action_of(constraint->fk_upd_action);
  result.on_delete = action_of(constraint->fk_del_action);
  result.set_columns = strings_of(constraint->fk_del_set_cols);
  result.without_overlaps = constraint->fk_with_period;
}

void add_exclusion(ConstraintDefinition& result, const Constraint* constraint) {
  result.access_method = text_of(constraint->access_method);
  for (const auto* pair : each<List>(constraint->exclusions)) {
    auto element_with_operator = index_element_of(element<IndexElem>(pair, 0));
    const auto name = name_of(element<List>(pair, 1));
    element_with_operator.exclusion_operator =
        name.schema.empty() ? name.name
                            : "OPERATOR(" + quote_identifier(name.schema) + "." + name.name + ")";
    result.exclusion.push_back(std::move(element_with_operator));
  }
  result.where = expression_of(constraint->where_clause);
}

/// DEFERRABLE, INITIALLY …, [NOT] ENFORCED behind an inline constraint: nodes of their own.
bool apply_attribute(ConstraintDefinition& constraint, ConstrType type) {
  switch (type) {
    case CONSTR_ATTR_DEFERRABLE:
      constraint.deferrable = true;
      return true;
    case CONSTR_ATTR_DEFERRED:
      constraint.deferrable = constraint.initially_deferred = true;
      return true;
    case CONSTR_ATTR_NOT_ENFORCED:
      constraint.not_enforced = constraint.not_valid = true;
      return true;
    case CONSTR_ATTR_NOT_DEFERRABLE:
    case CONSTR_ATTR_IMMEDIATE:
    case CONSTR_ATTR_ENFORCED:
      return true;
    default:
      return false;
  }
}

bool is_attribute(ConstrType type) { return type >= CONSTR_ATTR_DEFERRABLE; }

void add_identity(ColumnDefinition& column, const Constraint* constraint) {
  column.identity = constraint->generated_when == 'a' ? Identity::always : Identity::by_default;
  column.identity_options = sequence_options_of(constraint->options);
}

/// True when STORED or VIRTUAL follows the expression: the tree says VIRTUAL for both "VIRTUAL" and
/// nothing.
bool kind_is_written(std::string_view sql, std::size_t begin, std::size_t end) {
  sql = sql.substr(0, end);
  Token last;
  for (Token token = next_significant(sql, begin); token.kind != TokenKind::end;
       token = next_significant(sql, token.end)) {
    if (token.is('(', sql)) {
      int depth = 0;
      do {
        if (token.is('(', sql)) ++depth;
        if (token.is(')', sql)) --depth;
        if (depth > 0) token = next_significant(sql, token.end);
      } while (depth > 0 && token.kind != TokenKind::end);
      last = next_significant(sql, token.end);
      break;
    }
  }
  return is_word(sql, last, "virtual") || is_word(sql, last, "stored");
}

void add_generation(const Text& text, ColumnDefinition& column, const Constraint* constraint,
                    std::size_t end) {
  column.generation = expression_of(constraint->raw_expr);
  column.generated = constraint->generated_kind == 's' ? Generated::stored : Generated::virtual_;
  column.generated_kind_written =
      column.generated == Generated::stored ||
      kind_is_written(text.sql, static_cast<std::size_t>(constraint->location), end);
}

/// Where the clauses of the column begin that have a place in the tree, in order.
std::vector<int> clauses_of(const ColumnDef* column) {
  std::vector<int> clauses;
  for (const auto* constraint : each<Constraint>(column->constraints)) {
    if (!is_attribute(constraint->contype)) clauses.push_back(constraint->location);
  }
  if (column->collClause != nullptr) clauses.push_back(column->collClause->location);
  std::sort(clauses.begin(), clauses.end());
  return clauses;
}

/// Where the clause ends that begins at `location`: before the next one, or with the column.
std::size_t clause_limit(const std::vector<int>& clauses, int location, std::size_t end) {
  const auto next = std::upper_bound(clauses.begin(), clauses.end(), location);
  return next == clauses.end() ? end : static_cast<std::size_t>(*next);
}

void add_constraint(const Text& text, ColumnDefinition& result, const std::vector<int>& clauses,
                    const Constraint* constraint, std::size_t end) {
  switch (constraint->contype) {
    case CONSTR_NULL:
      result.explicit_null = true;
      return;
    case CONSTR_DEFAULT:
      result.repeats_default = result.default_value.has_value();
      result.default_value = expression_of(constraint->raw_expr);
      return;
    case CONSTR_IDENTITY:
      add_identity(result, constraint);
      return;
    case CONSTR_GENERATED:
      add_generation(text, result, constraint, end);
      return;
    default:
      break;
  }
  if (is_attribute(constraint->contype)) {
    if (!result.constraints.empty())
      apply_attribute(result.constraints.back(), constraint->contype);
    return;
  }
  auto definition =
      constraint_of(text, constraint, clause_limit(clauses, constraint->location, end));
  if (definition.kind != ConstraintKind::check && definition.kind != ConstraintKind::exclusion) {
    definition.columns = {result.name};
  }
  if (definition.kind == ConstraintKind::not_null) result.not_null = true;
  result.constraints.push_back(std::move(definition));
}

}  // namespace

ConstraintDefinition constraint_of(const Text& text, const Constraint* constraint,
                                   std::size_t limit) {
  ConstraintDefinition result;
  if (constraint->location >= 0) {
    const auto begin = static_cast<std::size_t>(constraint->location);
    result.span = text.span(begin, element_end(text.sql, begin, limit));
  }
  result.kind = constraint_kind(constraint->contype);
  result.name = text_of(constraint->conname);
  result.columns = strings_of(constraint->keys);
  result.include = strings_of(constraint->including);
  result.expression = expression_of(constraint->raw_expr);
  if (result.kind == ConstraintKind::foreign_key) add_foreign_key(result, constraint);
  if (result.kind == ConstraintKind::exclusion) add_exclusion(result, constraint);
  result.using_index = text_of(constraint->indexname);
  result.options = options_of(constraint->options);
  result.tablespace = text_of(constraint->indexspace);
  result.deferrable = constraint->deferrable;
  result.initially_deferred = constraint->initdeferred;
  const bool enforceable =
      result.kind == ConstraintKind::check || result.kind == ConstraintKind::foreign_key;
  result.not_enforced = enforceable && !constraint->is_enforced;
  result.not_valid = constraint->skip_validation;
  result.no_inherit = constraint->is_no_inherit;
  result.nulls_not_distinct = constraint->nulls_not_distinct;
  result.without_overlaps = result.without_overlaps || constraint->without_overlaps;
  return result;
}

ColumnDefinition column_of(const Text& text, const ColumnDef* column, std::size_t limit) {
  ColumnDefinition result;
  std::size_t end = limit;
  if (column->location >= 0) {
    const auto begin = static_cast<std::size_t>(column->location);
    end = element_end(text.sql, begin, limit);
    result.span = text.span(begin, end);
  }
  result.name = text_of(column->colname);
  result.type = type_of(column->typeName);
  if (column->collClause != nullptr) result.collation = collation_of(column->collClause->collname);
  result.storage = to_lower(text_of(column->storage_name));
  result.compression = to_lower(text_of(column->compression));
  result.options = foreign_options_of(column->fdwoptions);
  check_length(column->constraints);
  const auto clauses = clauses_of(column);
  result.constraints.reserve(clauses.size());
  for (const auto* constraint : each<Constraint>(column->constraints)) {
    add_constraint(text, result, clauses, constraint, end);
  }
  return result;
}

std::string collation_of(const List* names) {
  auto name = name_of(names);
  if (name.schema == "pg_catalog") name.schema.clear();
  return name.empty() ? std::string() : to_sql(name);
}

IndexElement index_element_of(const IndexElem* index_element) {
  IndexElement result;
  result.column = text_of(index_element->name);
  result.expression = expression_of(index_element->expr);
  result.collation = collation_of(index_element->collation);
  result.operator_class = collation_of(index_element->opclass);
  result.operator_class_options = options_of(index_element->opclassopts);
  result.descending = index_element->ordering == SORTBY_DESC;
  if (index_element->nulls_ordering != SORTBY_NULLS_DEFAULT) {
    result.nulls_first = index_element->nulls_ordering == SORTBY_NULLS_FIRST;
  }
  return result;
}

namespace {

std::string datums(const List* values) {
  std::vector<std::string> texts;
  for (auto* value : each<Node>(values)) {
    // MINVALUE and MAXVALUE are no keywords here: analysis recognises the column reference.
    const auto* word = as<ColumnRef, T_ColumnRef>(value);
    const Node* field =
        word != nullptr ? element<Node>(word->fields, length(word->fields) - 1) : nullptr;
    const std::string name = string_of(field);
    if (name == "minvalue" || name == "maxvalue") {
      texts.emplace_back(name == "minvalue" ? "MINVALUE" : "MAXVALUE");
    } else {
      texts.push_back(expression_of(value).sql);
    }
  }
  return "(" + join(texts, ", ") + ")";
}

}  // namespace

PartitionBound bound_of(const PartitionBoundSpec* bound) {
  if (bound->is_default) return {true, "DEFAULT"};
  switch (bound->strategy) {
    case PARTITION_STRATEGY_HASH:
      return {false, "FOR VALUES WITH (MODULUS " + std::to_string(bound->modulus) + ", REMAINDER " +
                         std::to_string(bound->remainder) + ")"};
    case PARTITION_STRATEGY_LIST:
      return {false, "FOR VALUES IN " + datums(bound->listdatums)};
    default:
      return {false, "FOR VALUES FROM " + datums(bound->lowerdatums) + " TO " +
                         datums(bound->upperdatums)};
  }
}

}  // namespace schemagate::tree
