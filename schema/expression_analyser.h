// SPDX-License-Identifier: MIT
// How an expression is analysed, node by node; expression_analysis.h is its face.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/canonical_tree.h"
#include "schema/expression_analysis.h"
#include "schema/resolve_call.h"

namespace schemagate {

/// The type of a constant without a type.
constexpr std::string_view unknown_type = "unknown";

/// "cannot use subquery in {}", "aggregate functions are not allowed in {}".
struct PlaceWords {
  std::string_view one, many;
};
PlaceWords words_of(ExpressionPlace place);

/// What no longer is certain about functions, operators or casts when the catalog has its own.
bool has_objects(const ImpactBuilder& b, ObjectKind kind, std::string_view name = {});

/// Walks one expression as the server's parse analysis does: the first mistake counts. The node's
/// methods return its type.
class ExpressionAnalyser {
 public:
  using Types = std::vector<std::string>;  ///< internal names; empty: not told

  ExpressionAnalyser(const ImpactBuilder& builder, ExpressionPlace where,
                     const ExpressionColumns& known)
      : b(builder), place(where), columns(known) {}

  std::string type_of(const canonical::Node& node);
  void want_boolean(const canonical::Node& node, const std::string& type, std::string_view of);
  bool failed() const { return fails.has_value(); }

  std::optional<Failure> fails;
  char volatility = 'i';

 private:
  void fail(std::string sqlstate, std::string reason) {
    if (!fails) fails = Failure{std::move(sqlstate), std::move(reason)};
  }
  void add_volatility(char more);
  Types types_of(const std::vector<canonical::Node>& nodes, std::size_t from = 0);
  std::string column(const canonical::Node& node);
  std::string constant(const canonical::Node& node);
  std::string operation(const canonical::Node& node);
  Types with_stored_types(const std::string& symbol, Types types,
                          const std::vector<const canonical::Node*>& operands) const;
  /// The type of the column that a name stands for, or null.
  const TypeName* declared(const canonical::Node* node) const;
  /// Of a type of the catalog.
  std::optional<TypeKind> own_kind(const TypeName* written) const;
  bool prints_own(const Types& types, const std::vector<const canonical::Node*>& operands) const;
  void compare_with_stored_enum(const std::string& symbol, const Types& types,
                                const std::vector<const canonical::Node*>& operands);
  void compare_with_enum(const std::string& symbol, const Types& types,
                         const std::vector<const canonical::Node*>& operands);
  std::string operate(const std::string& symbol, const Types& types,
                      const std::vector<const canonical::Node*>& operands);
  std::string cast(const canonical::Node& node);
  bool is_whole_row(const canonical::Node& node) const;
  void refuse_cast_to_own(const std::string& from, const TypeName& target,
                          const std::optional<QualifiedName>& type);
  std::string call(const canonical::Node& node);
  std::string builtin_call(const canonical::Node& node, const std::string& name,
                           const Types& types);
  std::optional<std::string> call_as_cast(const canonical::Node& node, const std::string& name,
                                          const std::string& from);
  std::string own_call(const std::vector<const Function*>& own, bool may_be_others,
                       const std::string& name, const Types& types);
  std::string special_form(const std::string& name, const canonical::Node& node, bool& known);
  std::string case_expression(const canonical::Node& node);
  std::string quantified(const canonical::Node& node);
  std::string collate(const canonical::Node& node);
  char volatility_of_text(const std::string& type, bool prints) const;
  void convert(const std::string& from, const std::string& to);
  std::string common(const Types& types, std::string_view construct);
  void refuse_kind(const ResolvedCall& call, bool over);
  void read_constant(const canonical::Node& node, const std::string& type);
  bool names_are_known() const;
  bool is_nowhere(const QualifiedName& name) const;
  std::string shown(const std::string& name, const Types& types) const;

  const ImpactBuilder& b;
  const ExpressionPlace place;
  const ExpressionColumns& columns;
};

}  // namespace schemagate
