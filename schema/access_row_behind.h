// SPDX-License-Identifier: MIT
// What runs without being called by its name. Private to the access_row files.
#pragma once

#include <string>
#include <vector>

#include "schema/catalog.h"

namespace schemagate::rows {

/// The functions of the operators and casts that the text may use, which names `references`.
/// Without a text: of any. Those in C work on no rows.
std::vector<QualifiedName> functions_behind(const Catalog& catalog, const std::string& text,
                                            const References& references);

/// Those of the aggregates of that name.
std::vector<QualifiedName> functions_of_aggregate(const Catalog& catalog, const std::string& name);

/// What a column gets that is left out: its own default, or its domain's. Null: none.
const Expression* default_behind(const Catalog& catalog, const Column& column);

/// As whom a statement runs.
struct Runner {
  bool is_set = false;  ///< SET ROLE: as somebody else, whatever that one owns
  std::string owner;    ///< of the function or view that it is in; empty: whoever runs migrations

  bool is_other_than(const std::string& table_owner) const {
    return is_set || (!owner.empty() && owner != table_owner);
  }
};
/// SET ROLE, SET SESSION AUTHORIZATION, or a call that does the same.
bool sets_role(const std::string& text);
/// With what it says about itself: SECURITY DEFINER, SET role.
Runner runner_of(const Function& one, const Runner& caller);

/// A function of the server that runs the text that it is given, or reads what that names.
bool runs_text(const QualifiedName& called);

/// Where a row is, and who wrote it last.
bool looks_at_system_columns(const References& references);

}  // namespace schemagate::rows
