// SPDX-License-Identifier: MIT
// Columns that pass from serial to identity and back: nobody may insert between the two, nor while
// the new sequence does not know yet which values are taken. Private to the plan* files.
#pragma once

#include "schema/plan_parts.h"

namespace schemagate::planning {

/// The sequences of a serial column that becomes an identity; they go in the same step.
std::vector<const Sequence*> sequences_giving_way(const Context& context,
                                                  const QualifiedName& table,
                                                  const std::string& column);
/// The sequence of an identity column that becomes serial; it comes in the same step.
const Sequence* sequence_taking_over(const Context& context, const QualifiedName& table,
                                     const std::string& column);

/// DROP DEFAULT and DROP SEQUENCE, before the identity comes.
std::vector<PlannedStatement> before_identity(const Context& context, const QualifiedName& table,
                                              const std::string& column);
/// The sequence with its value, and the default, after the identity went.
std::vector<PlannedStatement> after_identity(const Context& context, const QualifiedName& table,
                                             const std::string& column);

/// CREATE SEQUENCE with comment and owner, without OWNED BY.
std::vector<PlannedStatement> creation_steps(const Sequence& sequence);
/// "SET INCREMENT BY 2 SET NO MAXVALUE" of ALTER COLUMN.
std::string identity_options(const SequenceOptions& was, const SequenceOptions& now);

}  // namespace schemagate::planning
