// SPDX-License-Identifier: MIT
// Names inside canonical SQL text. The catalog keeps expressions, queries and definitions as text;
// when a name in there gets its schema, or its object another name, the text has to say so. Works
// on tokens, not on a tree: string constants, quoted identifiers and dollar quotes are left alone.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/name.h"

namespace schemagate {

/// How a name is used where it stands: the same word may be a table, a column and a type.
enum class NameUse {
  relation,  ///< after FROM, JOIN, INTO, UPDATE, ON, …
  type,      ///< after ::
  argument,  ///< a type in a function's head or a column list: "email citext DEFAULT …"
  function,  ///< before an opening parenthesis
  column,    ///< bare, or behind one qualifier
  sequence,  ///< in the constant of nextval('…')
};

struct NameChange {
  NameUse use = NameUse::relation;
  QualifiedName from;  ///< without a schema: only the bare name
  QualifiedName to;
};

/// `sql` with every changed name replaced where it is used that way.
std::string rewrite_names(std::string_view sql, const std::vector<NameChange>& changes);

}  // namespace schemagate
