// SPDX-License-Identifier: MIT
// The difference between two catalogs, as values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"
#include "schema/statement.h"

namespace schemagate {

/// What kind of thing happened. to_string gives the JSON contract's word: "add-column".
enum class ChangeKind {
  add_schema,
  drop_schema,
  add_extension,
  drop_extension,
  alter_extension,
  add_table,
  drop_table,
  rename_table,
  alter_table,  ///< alter_table: options, persistence, owner, row security, replica identity, …
  add_column,
  drop_column,
  rename_column,
  set_type,
  set_not_null,
  drop_not_null,
  set_default,
  drop_default,
  alter_column,
  add_constraint,
  drop_constraint,
  rename_constraint,
  alter_constraint,
  validate_constraint,
  add_index,
  drop_index,
  rename_index,
  alter_index,
  add_sequence,
  drop_sequence,
  rename_sequence,
  alter_sequence,
  add_type,
  drop_type,
  rename_type,
  alter_type,
  add_enum_value,
  drop_enum_value,
  rename_enum_value,
  add_view,
  drop_view,
  rename_view,
  replace_view,
  alter_view,
  add_function,
  drop_function,
  replace_function,
  alter_function,
  add_trigger,
  drop_trigger,
  alter_trigger,
  add_policy,
  drop_policy,
  alter_policy,
  add_rule,
  drop_rule,
  alter_rule,
  attach_partition,
  detach_partition,
  alter_inheritance,
  add_object,
  drop_object,
  alter_object,
  grant,
  revoke,
  comment,
  change_owner,
  opaque,
};
std::string_view to_string(ChangeKind kind);

struct Change {
  ChangeKind kind = ChangeKind::opaque;
  ObjectKind object_kind = ObjectKind::other;
  QualifiedName relation;  ///< the table, view, type, sequence, index … (its new name when renamed)
  std::string part;        ///< column, constraint, trigger, value …; new name when renamed
  std::string object;      ///< "public.users.email": qualified, quoted only where SQL needs it
  std::string detail;      ///< what of it changed where the kind does not say: "storage", "options"
  std::string before,
      after;  ///< canonical text of the definition on either side, empty where there is none
  Span where_old, where_new;  ///< in the base's and the head's sources
  bool fragile = false;       ///< drop and add that look like a rename (see diff's hints)
};

}  // namespace schemagate
