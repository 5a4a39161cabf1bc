// SPDX-License-Identifier: MIT
// Variables and templates in SQL that are filled in when it runs: psql's :a, :'a' and :"a", ${a} of
// Flyway, Liquibase and goose, goose's $A, {{a}} of tern and Atlas. For the parser names of the
// same length stand in their place; people read what is written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace schemagate {

/// The text with names in the place of its placeholders, no byte moved but those of the word that a
/// placeholder begins; none when there are no placeholders. One placeholder has one name, however
/// blanks are set in it.
std::optional<std::string> without_placeholders(std::string_view text);

/// There is nothing but placeholders and semicolons in the text, and at least one of those.
bool is_only_placeholders(std::string_view text);

/// A quoted name holds one: such text may parse, and still mean something else.
bool quotes_placeholder(std::string_view text);

/// A name that stands there for ${a} or {{a}}.
bool is_stand_in(std::string_view name);

/// The words name something by a name like that, in quotes.
bool names_stand_in(std::string_view words);

/// What stood in `text` instead of each such name, in `words` that were made of it.
std::string with_placeholders(std::string words, std::string_view text);

}  // namespace schemagate
