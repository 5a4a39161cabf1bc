// SPDX-License-Identifier: MIT
// What ALTER COLUMN … TYPE has to do with the rows: which casts keep the bytes as they are.
// The matrix behind it was measured on 14 to 18 (testdata/impact holds the cases).
#pragma once

#include <string>

#include "schema/impact_builder.h"

namespace schemagate {

struct TypeChange {
  bool allowed = true;   ///< false: no automatic cast (42804)
  bool rewrite = false;  ///< every row is computed anew
  bool same_operators =
      true;  ///< indexes and foreign keys on the column keep their operator classes
  bool hangs_on_timezone = false;  ///< timestamp ↔ timestamptz: no rewrite only in UTC
  bool guessed = false;            ///< a type that is neither PostgreSQL's nor the catalog's
};

/// A type with its domains taken off.
struct BaseType {
  TypeName type;                 ///< of the catalog's types with its schema
  const Type* domain = nullptr;  ///< the outermost one
  bool constrained = false;      ///< one of the domains has NOT NULL or CHECK
  bool user_defined = false;     ///< enum, composite, range of the catalog
  bool known = true;             ///< false: neither PostgreSQL's nor the catalog's
};
BaseType base_type(const ImpactBuilder& b, const TypeName& type);

/// From one type to another as an assignment cast does it, domains looked through.
TypeChange change_of_type(const ImpactBuilder& b, const TypeName& from, const TypeName& to);

/// The same for ALTER COLUMN `column` TYPE `to` [USING `expression`].
TypeChange change_of_column(const ImpactBuilder& b, const Column& column, const TypeName& to,
                            const Expression& expression);

/// The column's default can be cast to the new type without being asked (else 42804).
bool default_can_follow(const ImpactBuilder& b, const Column& column, const TypeName& to);

/// A domain with NOT NULL or CHECK, itself or below it.
bool is_constrained_domain(const ImpactBuilder& b, const TypeName& type);

/// smallint, integer, bigint and domains over them.
bool is_integer_type(const ImpactBuilder& b, const TypeName& type);

}  // namespace schemagate
