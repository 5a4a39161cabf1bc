// SPDX-License-Identifier: MIT
// PostgreSQL's own types, functions, operators and casts, as the servers of the majors 14 to 18
// have them. The tables were read from servers (tests/builtins_postgres_test.cc).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace schemagate::builtins {

/// A type that is no pseudo-type. Arrays are not listed: they are the element's name and "[]".
struct BuiltinType {
  char category = 'U';  ///< pg_type.typcategory
  bool preferred = false;
  bool collatable = false;
  char storage = 'p';  ///< pg_type.typstorage
  char reads = 'i';    ///< volatility of the input function
  char prints = 'i';   ///< of the output function
};
std::optional<BuiltinType> type(std::string_view name, int major);

struct BuiltinFunction {
  char kind = 'f';        ///< 'f'unction, 'a'ggregate, 'w'indow function
  char volatility = 'i';  ///< 'i', 's' or 'v'; of operators too
  bool returns_set = false, variadic = false;
  int defaults = 0;  ///< how many of the last arguments may be left out
  std::string_view result;
  std::vector<std::string_view> arguments;  ///< a variadic one as its array type
};
std::vector<BuiltinFunction> functions(std::string_view name, int major);
bool is_function(std::string_view name, int major);
bool may_return_set(std::string_view name, int major);
/// Operators as functions of one or two arguments.
std::vector<BuiltinFunction> operators(std::string_view name, int major);
/// The operator of exactly these types, without a look at the others of the name.
std::optional<BuiltinFunction> exact_operator(std::string_view name, std::string_view left,
                                              std::string_view right, int major);

struct BuiltinCast {
  char context = 'e';  ///< 'i'mplicit, 'a'ssignment, 'e'xplicit
  char method = 'f';   ///< 'f'unction, 'b'inary coercible, 'i': by the text form
  char volatility = 'i';
};
std::optional<BuiltinCast> cast(std::string_view from, std::string_view to, int major);

/// The access method has a default operator class for exactly this type.
bool has_default_class(std::string_view method, std::string_view type, int major);

/// The types of the operator classes of that name for the access method; empty: there is none.
std::vector<std::string_view> types_of_class(std::string_view name, std::string_view method,
                                             int major);

}  // namespace schemagate::builtins
