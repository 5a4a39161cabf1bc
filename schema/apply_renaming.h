// SPDX-License-Identifier: MIT
// What a new name changes elsewhere: references and canonical text of everything that mentions the
// object.
#pragma once

#include <functional>
#include <set>

#include "schema/apply_parts.h"

namespace schemagate {

/// A piece of canonical SQL with what it mentions.
using TextVisitor = std::function<void(std::string& sql, References& references)>;

/// Visits every expression, query and definition of what is called `holder`: tables with their
/// indexes, views, types, functions, other objects.
void visit_texts(Execution& run, const QualifiedName& holder, const TextVisitor& visit);

/// Carries the changes out in the texts of everything that `users` lists.
void rewrite_users(Execution& run, const std::set<QualifiedName>& users,
                   const std::vector<NameChange>& changes);

/// Gives a relation (table, view, index, sequence, composite type) another name or schema,
/// everywhere.
void rename_relation(Execution& run, const QualifiedName& from, const QualifiedName& to);
void rename_type(Execution& run, const QualifiedName& from, const QualifiedName& to);
/// `key` is the function's in Catalog::functions.
void rename_function(Execution& run, const std::string& key, const QualifiedName& to);
void rename_column(Execution& run, Table& table, const std::string& from, const std::string& to);
/// With the index behind it and the constraints that children inherited.
void rename_constraint(Execution& run, Table& table, const std::string& from,
                       const std::string& to);

}  // namespace schemagate
