// SPDX-License-Identifier: MIT
// Which function a call means: PostgreSQL's rules of type conversion.
// https://www.postgresql.org/docs/current/typeconv-func.html
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/builtins.h"

namespace schemagate {

/// A value of type `from` can be given where `to` is wanted. Empty names are types that are not
/// known: true. `context`: 'i'mplicit, 'a'ssignment or 'e'xplicit.
bool can_coerce(std::string_view from, std::string_view to, char context, int major);

enum class Resolution { found, none, ambiguous, unclear };
struct ResolvedCall {
  Resolution resolution = Resolution::unclear;
  std::string result;  ///< empty: not known
  char volatility = '?';
  char kind = 'f';
  bool returns_set = false;
  std::vector<std::string> arguments;  ///< the types that the arguments are converted to
};

/// func_get_detail: candidates are all functions of the name. `unclear` when types of arguments are
/// not known.
ResolvedCall resolve_function(const std::vector<builtins::BuiltinFunction>& candidates,
                              const std::vector<std::string>& arguments, int major);
/// oper(): one or two arguments. `unclear` when PostgreSQL has no operator of that name.
ResolvedCall resolve_operator(std::string_view name, const std::vector<std::string>& arguments,
                              int major);

/// The type that several values get in CASE, ARRAY, COALESCE: empty when it is not known, "-" when
/// they can't be matched (select_common_type).
std::string common_type(const std::vector<std::string>& types, int major);

}  // namespace schemagate
