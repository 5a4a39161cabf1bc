// SPDX-License-Identifier: MIT
// Is an expression volatile? As contain_volatile_functions() sees it after SQL functions are
// inlined.
#pragma once

#include <optional>
#include <string>

#include "schema/impact_builder.h"

namespace schemagate {

/// The first volatile function that the expression calls, as SQL ("gen_random_uuid()"), or nothing.
/// Functions that neither the catalog nor PostgreSQL nor a known extension has count as not
/// volatile: the server would refuse the statement.
std::optional<std::string> volatile_call(const ImpactBuilder& b, const Expression& expression);

/// A function of that name is in the catalog where a call looks for it, whatever its arguments.
bool has_function_named(const ImpactBuilder& b, const QualifiedName& name);

/// Functions of the catalog that a call may mean, by name and number of arguments.
std::vector<const Function*> functions_called(const ImpactBuilder& b, const FunctionUse& use);

/// What the expression calls by which the server replaces a call of that SQL function
/// (inline_function); nothing where it calls the function.
std::optional<References> inlined_body(const Function& function);

}  // namespace schemagate
