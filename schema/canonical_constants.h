// SPDX-License-Identifier: MIT
// Constants of one type in one spelling; private to the canonical_* files.
#pragma once

#include <string>
#include <string_view>

#include "schema/canonical_tree.h"

namespace schemagate::canonical {

/// text, varchar, char, name: casts between them are only shown by the server, never meant.
bool is_text_type(std::string_view type);
/// "varchar" of "varchar(50)".
std::string base_type(std::string_view type);
/// Order of implicit casts between numbers, 1 for int2; 0 for other types.
int number_rank(std::string_view type);
/// The number as the server prints it: 1.5e3 is the numeric 1500.
Node number_constant(const std::string& text);
/// The bits of the token "b101" or "x1F", as the server prints them: '101'::"bit".
Node bit_constant(const std::string& text);
/// The string constant as the type reads it: 't' is TRUE for bool, '-1' a number for int4.
Node typed_constant(const std::string& text, const std::string& type);

}  // namespace schemagate::canonical
