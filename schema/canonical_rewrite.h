// SPDX-License-Identifier: MIT
// Brings trees of equal meaning to one form; private to the canonical_* files.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schema/canonical_tree.h"
#include "schema/catalog.h"

namespace schemagate::canonical {

/// The internal spelling of a type, as casts in a Node have it: "varchar(50)", "mood[]".
std::string type_text(const TypeName& type);

/// One relation in FROM, or the table an expression belongs to.
struct Source {
  std::string alias;
  std::string mark;    ///< replaces the alias: aliases have no meaning; empty: bare names
  bool known = false;  ///< all columns are in `columns`
  std::vector<std::pair<std::string, std::string>> columns;  ///< name, type (empty: can't be told)
};
using Columns = std::vector<std::pair<std::string, std::string>>;
/// What views return, each found out once; nothing while it is being found out (a circle).
using ViewColumns = std::map<QualifiedName, std::optional<Columns>>;

/// A column that FROM gives: what a bare star stands for. The name "*": more that are not known.
struct Visible {
  std::string name, mark;  ///< no mark: merged from both sides of a FULL JOIN
};

struct Frame {
  const Frame* outer = nullptr;
  std::vector<Source> sources;
  std::vector<Visible> visible = {};
  std::map<std::string, std::string> merged = {};  ///< column of USING → the mark it stands for
  std::map<std::string, Columns> common_tables;
};

/// Bare names are columns of `table`; nothing is known when it is null.
/// What a domain is made of is its columns' type: the server shows that it converts them.
Frame frame_of(const Table* table, const Catalog* catalog);

class Normaliser {
 public:
  explicit Normaliser(const Catalog* catalog) : catalog_(catalog) {}
  /// For a query inside a query; `views` is the outer one's.
  Normaliser(const Catalog* catalog, ViewColumns& views) : catalog_(catalog), views_(&views) {}

  Node expression(Node node, const Frame& frame);
  /// As stored in a column of that type ("" for unknown).
  Node stored(Node node, const Frame& frame, const std::string& target);
  Node query(Node node, const Frame* outer);
  /// The columns that a normalised query returns.
  Columns columns_of(const Node& query) const;
  std::string type_of(const Node& node, const Frame& frame) const;

 private:
  /// What a domain is made of, at the bottom; any other type as it is.
  std::string bottom_of(const std::string& type) const;
  Node name(Node node, const Frame& frame) const;
  Node call(Node node, const Frame& frame);
  void drop_argument_casts(Node& call, const Frame& frame) const;
  void drop_builtin_casts(Node& call, const Frame& frame) const;
  Node cast(Node node, const Frame& frame) const;
  Node operation(Node node, const Frame& frame);
  bool is_shown(const Node& operand, const std::string& other_type, bool comparison, bool in_power,
                const Frame& frame) const;
  void drop_common_casts(std::vector<Node*> list, const Frame& frame) const;
  Node quantified(Node node, const Frame& frame) const;
  std::string operation_type(const Node& node, const Frame& frame) const;
  /// The catalog's only function of that name, or null.
  const Function* declared(const Node& call) const;
  std::string declared_result(const Node& call) const;
  /// What a call in FROM gives, with the alias that stands behind it.
  Columns function_columns(const Node& call, const std::string& alias, const Frame& frame) const;
  std::string call_type(const Node& node, const Frame& frame) const;

  Node select(Node node, const Frame* outer, Node* order_by, const Frame& common);
  Node item(Node node, const Frame& frame);
  std::vector<Node> items(Node clause, const Frame& frame);
  Node from(Node node, Frame& frame, std::vector<Visible>& visible);
  Node joined(Node node, Frame& frame, std::vector<Visible>& visible);
  void add_source(const Node& source, Frame& frame);
  Columns relation_columns(const std::vector<std::string>& names, const Frame& frame, bool& known);
  const std::optional<Columns>& view_columns(const View& view);
  Node ordering(Node node, const Frame& frame, const std::vector<Node>& items);

  const Catalog* catalog_;
  ViewColumns own_views_;
  ViewColumns* views_ = nullptr;  ///< the outer query's, else own_views_
  int marks_ = 0;
};

/// The name the server gives to a column without AS (FigureColname).
std::string implied_name(const Node& node);

/// A normalised INSERT, UPDATE or DELETE, with `outer`'s names in scope as well; nothing where it
/// has more than this small grammar knows or changes what the catalog does not have. An INSERT
/// without a list of columns gets one if `names_columns`, by the order that the catalog has.
std::optional<Node> parse_change(const std::vector<Token>& tokens, const Catalog& catalog,
                                 const Frame& outer, bool names_columns);

/// As text, where NULL of a type is NULL: the server writes types that people don't.
std::string meaning_of(Node node);

/// Equal, where a constant without a cast equals the same constant with one: the server resolves
/// its type.
bool same_tree(const Node& a, const Node& b);

}  // namespace schemagate::canonical
