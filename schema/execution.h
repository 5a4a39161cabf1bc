// SPDX-License-Identifier: MIT
// One statement while it is being applied: what the functions behind apply() share. It looks names
// up along the search path, remembers what it changes so that a refused statement leaves nothing
// behind, and collects what the server would say. Only apply's own files use it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "schema/apply.h"
#include "schema/rewrite_names.h"

namespace schemagate {

/// What the files of a declarative schema define anywhere: a name may be used before its
/// definition.
struct Declared {
  NameSet relations, types, functions;
  std::map<std::string, std::string> extensions;  ///< name → schema
};

class Execution {
 public:
  Execution(Catalog& target, Session& in, Span statement, const Declared* everything = nullptr);

  Catalog& catalog;
  Session& session;
  const Span span;                 ///< of the statement
  const Declared* const declared;  ///< null in a script
  std::vector<ApplyProblem> problems;
  std::vector<std::string> waits_for;  ///< names that were missing, without schema
  std::vector<std::string> made;       ///< names that came into being; only filled with `declared`

  // ---- what the server would say
  // ------------------------------------------------------------------

  void refuse(std::string sqlstate, std::string message, Span at = {});
  void refuse_duplicate(std::string sqlstate, std::string message, Span at, Span first);
  /// CREATE OR REPLACE over a different definition: fine within a file; of two files of a
  /// declarative schema nobody knows which one is meant.
  void note_replaced(std::string sqlstate, std::string message, Span first);
  /// `name` is what somebody else may still define.
  void refuse_missing(std::string sqlstate, std::string message, const std::string& name,
                      Span at = {});
  /// The same of an object that a schema holds: where the schema is missing, that is said (3F000).
  void refuse_missing(std::string sqlstate, std::string message, const QualifiedName& name,
                      Span at = {});
  /// `relation "x" does not exist`; a note only when the catalog is partial.
  void missing_relation(const QualifiedName& written, Span at = {});
  bool refused() const { return refused_; }
  /// The name as the server's messages show it: with its schema when the search path does not find
  /// it.
  std::string shown(const QualifiedName& name) const;

  // ---- names
  // --------------------------------------------------------------------------------------

  std::optional<QualifiedName> relation(const QualifiedName& written) const;
  std::optional<QualifiedName> type(const QualifiedName& written) const;
  /// A relation that is there or that the files define later.
  std::optional<QualifiedName> relation_or_declared(const QualifiedName& written) const;
  std::optional<QualifiedName> function_name(const QualifiedName& written) const;
  /// The key of the one function that is meant; nothing when there is none (or, without signature,
  /// several).
  std::optional<std::string> function(const QualifiedName& written,
                                      const std::string& signature) const;
  QualifiedName new_name(const QualifiedName& written) const {
    return creation_name(session, written);
  }
  bool relation_name_taken(const QualifiedName& name) const {
    return catalog.relation_kind(name).has_value();
  }
  bool constraint_name_taken(const std::string& schema, const std::string& name) const;
  /// A schema that a new object goes to; makes it when nobody has to say so. False: refused.
  bool use_schema(const std::string& schema);

  /// The type with its schema; refuses one that does not exist.
  TypeName resolved(TypeName type, Span at = {});
  /// Types in a signature such as "(mood, integer)" as they are resolved.
  std::string resolved_signature(const std::string& signature);
  /// Names in `sql` get their schema; `references` are resolved with it.
  void resolve(std::string& sql, References& references, NameUse types = NameUse::type);
  void resolve(Expression& expression) { resolve(expression.sql, expression.references); }
  void resolve(std::vector<IndexElement>& elements);
  /// The schema of a collation that is not the server's own; empty for the default one.
  std::string resolved_collation(const std::string& written) const;

  // ---- changes, each undone when the statement is refused
  // -----------------------------------------

  /// The statement has several parts: what it alters must be saved as well.
  void save_everything() { saves_changes_ = true; }

  /// The object, about to be changed; null when there is none.
  template <class Map>
  typename Map::mapped_type* change(Map Catalog::*map, const typename Map::key_type& key) {
    const auto found = (catalog.*map).find(key);
    if (found == (catalog.*map).end()) return nullptr;
    if (saves_changes_ && saved_.insert(&found->second).second)
      session.undo.save(map, catalog, key);
    return &found->second;
  }
  /// Makes or replaces an object.
  template <class Map, class Value>
  typename Map::mapped_type& put(Map Catalog::*map, const typename Map::key_type& key,
                                 Value&& value) {
    session.undo.save(map, catalog, key);
    return (catalog.*map).insert_or_assign(key, std::forward<Value>(value)).first->second;
  }
  /// Takes an object out; nothing when there is none.
  template <class Map>
  std::optional<typename Map::mapped_type> take(Map Catalog::*map,
                                                const typename Map::key_type& key) {
    auto node = (catalog.*map).extract(key);
    if (node.empty()) return std::nullopt;
    session.undo.restore(map, key, node.mapped());
    return std::move(node.mapped());
  }
  template <class Map>
  void erase(Map Catalog::*map, const typename Map::key_type& key) {
    auto node = (catalog.*map).extract(key);
    if (!node.empty()) session.undo.restore(map, key, std::move(node.mapped()));
  }

  void created(const QualifiedName& name);
  void put_index(Index&& index);
  void put_sequence(Sequence&& sequence);
  /// Registers whom the table uses: parents, types, referenced tables, constraint names, functions.
  void link(const Table& table);
  void link(const QualifiedName& table, const Column& column);
  void link(const QualifiedName& table, const Constraint& constraint);
  void link(const View& view);
  /// `holder` calls the functions, reads the relations and sequences and casts to the types.
  void link(const QualifiedName& holder, const References& references);

 private:
  /// The first name along the search path that `has` knows.
  template <class Has>
  std::optional<QualifiedName> on_path(const QualifiedName& written, const Has& has) const;

  bool refused_ = false;
  bool saves_changes_ = false;
  std::set<const void*> saved_;  ///< what change() has saved: once is enough
};

/// Applies one statement; what apply() and load_schema() share.
void execute(Execution& run, const Statement& statement);

}  // namespace schemagate
