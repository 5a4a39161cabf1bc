// SPDX-License-Identifier: MIT
// The functions that HCL and Atlas bring, as rows of tables. Internal to the evaluator.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hcl/value.h"

namespace schemagate::hcl {

using Arguments = std::vector<Value>;

struct Function {
  std::string_view name;
  std::size_t least = 0, most = 0;  ///< arguments
  Value (*run)(const Arguments& arguments, Span where);
};
inline constexpr std::size_t any_number = 100'000;

std::span<const Function> text_functions();
std::span<const Function> list_functions();
std::span<const Function> number_functions();
std::span<const Function> json_functions();
std::span<const Function> regex_functions();

/// Thrown by the readers below, caught by call_function(): an argument is not what it must be.
struct WrongArgument {
  std::string message;
};

std::string text_at(const Arguments& arguments, std::size_t index);
double number_at(const Arguments& arguments, std::size_t index);
/// A whole number of at most a million either way.
long whole_at(const Arguments& arguments, std::size_t index);
const std::vector<Value>& list_at(const Arguments& arguments, std::size_t index);
const Value& object_at(const Arguments& arguments, std::size_t index);

/// What may not grow over all bounds in one call.
inline constexpr std::size_t longest_result = 4U << 20;

}  // namespace schemagate::hcl
