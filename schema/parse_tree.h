// SPDX-License-Identifier: MIT
// PostgreSQL's raw parse tree as the parser's own files see it, and what they share. Included by
// nobody else: beyond these files there are only our own statements.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

extern "C" {
#include "postgres.h"
}
extern "C" {
#include "nodes/parsenodes.h"
}
// PostgreSQL's port layer renames the C library; the C++ headers that follow must not see that.
#undef printf
#undef fprintf
#undef sprintf
#undef snprintf
#undef vprintf
#undef vfprintf
#undef vsprintf
#undef vsnprintf
#undef strerror
#undef strerror_r
#undef gettext
#undef _
#undef Min
#undef Max
#undef Abs

#include "schema/statement.h"

namespace schemagate::tree {

/// The text that was parsed; offsets in the tree count from its begin.
struct Text {
  std::uint32_t file = Span::nowhere;
  std::uint32_t offset = 0;  ///< where the text begins in the file
  const std::string& sql;

  Span span(std::size_t begin, std::size_t end) const {
    return {file, offset + static_cast<std::uint32_t>(begin),
            offset + static_cast<std::uint32_t>(end)};
  }
};

/// The tree is nested more deeply than max_nesting.
struct TooDeep {};
/// The statement has more than max_parts.
struct TooLarge {};
/// libpg_query's printer refused an expression.
struct Unprintable {};

/// Iterates over a List of pointers to T: for (const auto* node : each<Node>(list)).
template <class T>
class each {
 public:
  explicit each(const List* list) : list_(list) {}
  class iterator {
   public:
    explicit iterator(const ListCell* cell) : cell_(cell) {}
    T* operator*() const { return static_cast<T*>(cell_->ptr_value); }
    iterator& operator++() {
      ++cell_;
      return *this;
    }
    bool operator!=(const iterator& other) const { return cell_ != other.cell_; }

   private:
    const ListCell* cell_;
  };
  iterator begin() const { return iterator(list_ == nullptr ? nullptr : list_->elements); }
  iterator end() const {
    return iterator(list_ == nullptr ? nullptr : list_->elements + list_->length);
  }

 private:
  const List* list_;
};

inline std::size_t length(const List* list) {
  return list == nullptr ? 0 : static_cast<std::size_t>(list->length);
}
/// Throws TooLarge for more than max_parts.
void check_length(const List* list);
template <class T>
T* element(const List* list, std::size_t index) {
  return static_cast<T*>(list->elements[index].ptr_value);
}

/// The node as T when it is one, else null. TAG is T's NodeTag.
template <class T, NodeTag tag>
T* as(void* node) {
  return node != nullptr && static_cast<Node*>(node)->type == tag ? static_cast<T*>(node) : nullptr;
}
inline NodeTag tag_of(const void* node) { return static_cast<const Node*>(node)->type; }

inline std::string text_of(const char* text) { return text == nullptr ? std::string() : text; }
/// The value of a String node; other nodes are "".
std::string string_of(const void* node);
/// The values of a List of String nodes.
std::vector<std::string> strings_of(const List* names);
/// The last one or two of a List of String nodes.
QualifiedName name_of(const List* names);
QualifiedName name_of(const RangeVar* relation);
/// "PUBLIC", "CURRENT_USER", … or the role's name.
std::string role_of(const RoleSpec* role);
std::vector<std::string> roles_of(const List* roles);

// ---- types and expressions ----

schemagate::TypeName type_of(const ::TypeName* type);

/// Throws TooDeep, TooLarge and Unprintable, as everything that holds an expression.
Expression expression_of(Node* node);
schemagate::Query query_of(Node* select);
/// What a walk over an expression or a query finds. Throws TooDeep and TooLarge where it could not
/// be printed either.
References references_of(void* node);
/// The same where nothing is printed: long chains are fine. `literals` receives string constants.
References references_of(void* node, std::vector<std::string>& literals);
/// And `compared` what each row of its queries has to fulfil, and in which order they come.
References references_of(void* node, std::vector<std::string>& literals,
                         std::vector<Comparison>& compared);

ColumnUse column_use(const ColumnRef* reference);
/// What conditions tell, and the subqueries that something is looked for in: x IN (SELECT …).
struct Conditions {
  std::vector<Comparison> compared;
  std::unordered_set<const Node*> looked_for;
};
/// Adds what a WHERE or ON demands of each row; nothing of what only one side of an OR says.
void read_condition(Node* condition, int query, Conditions& conditions);
/// One side of a comparison.
void read_compared(Node* side, std::string op, std::string value, int query,
                   Conditions& conditions);
/// Adds the column that the rows are ordered, grouped or looked through by first.
void read_order(const SelectStmt* select, int query, Conditions& conditions);

/// The statement printed by libpg_query, none when it can't. Requires: references_of accepted its
/// expressions.
std::optional<std::string> deparse(void* statement);
/// The expression through `deparse` alone, whatever it is.
std::string deparse_expression(Node* node);

/// A constant of any kind of node as text, without quotes; other nodes as SQL.
std::string plain_value(Node* value);
/// The value of a DefElem as text: "70", "true", "fillfactor's text".
std::string value_of(const DefElem* option);
/// Storage parameters: lower case, sorted by name.
Options options_of(const List* options);
/// OPTIONS (…) of foreign objects: names and values as written; "-name" is DROP name.
Options foreign_options_of(const List* options);
SequenceOptions sequence_options_of(const List* options);
bool flag_of(const DefElem* option);

// ---- parts of statements ----

ColumnDefinition column_of(const Text& text, const ColumnDef* column, std::size_t limit);
ConstraintDefinition constraint_of(const Text& text, const Constraint* constraint,
                                   std::size_t limit);
/// "C" in its quotes, pg_catalog left out: as SQL writes the name of a collation or operator class.
std::string collation_of(const List* names);
IndexElement index_element_of(const IndexElem* element);
PartitionBound bound_of(const PartitionBoundSpec* bound);

ObjectKind kind_of(ObjectType type);
/// The object that a DROP, COMMENT, RENAME, … of this type means by `object`.
ObjectName object_of(ObjectType type, Node* object);
/// The same where the statement names a relation and a part of it.
ObjectName object_of(ObjectType type, const RangeVar* relation, const char* part);
ObjectName named(ObjectKind kind, const std::string& name);
ObjectName named(ObjectKind kind, const char* name);
ObjectName named(ObjectKind kind, const List* names);
ObjectName user_mapping(const RoleSpec* user, const char* server);
/// Statements of the grammar give either a relation or an object.
ObjectName relation_or_object(ObjectType type, const RangeVar* relation, Node* object);

// ---- statements ----

/// What a conversion gets: the text, the statement with its place, and where it ends.
struct Source {
  const Text& text;
  const RawStmt* raw;
  std::size_t begin;
  std::size_t end;
};

/// The statement of any kind. Throws TooDeep.
StatementBody body_of(const Source& source, Node* statement);

Persistence persistence_of(const RangeVar* relation);
CreateTable create_table(const Source& source, const CreateStmt* statement);
AlterTable alter_table(const Source& source, const AlterTableStmt* statement);
CreateIndex create_index(const IndexStmt* statement);
CreateDomain create_domain(const Source& source, const CreateDomainStmt* statement);
AlterDomain alter_domain(const Source& source, const AlterDomainStmt* statement);
DoBlock do_block(const DoStmt* statement);
CreateFunction create_function(const Source& source, CreateFunctionStmt* statement);
DataStatement data_statement(Node* statement);
SetVariable set_variable(const VariableSetStmt* statement);
SetVariable set_constraints(const ConstraintsSetStmt* statement);
Transaction transaction(const TransactionStmt* statement);
Grant grant(const GrantStmt* statement);
Grant grant_role(const GrantRoleStmt* statement);
/// Kinds that only catalog and lists need as canonical text; none for the other tags.
std::optional<StatementBody> catalog_object(const Source& source, Node* statement);
/// RENAME, OWNER TO, SET SCHEMA, DROP, COMMENT; none for the other tags.
std::optional<StatementBody> object_statement(const Source& source, Node* statement);
OtherStatement other_statement(const Source& source, Node* statement);

}  // namespace schemagate::tree
