// SPDX-License-Identifier: MIT
// What the tools share whose migrations are programs: their history is read, their SQL is not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/formats_text.h"

namespace schemagate::format_rows {

/// A migration that is code: nothing of its text goes up.
void make_opaque(Listing& listing);

/// The same for those of the tool's migrations that are no SQL, by their names' ending.
void make_code_opaque(Listing& listing);
void make_opaque(ListedMigration& migration);
void arrange_code(const FolderView& folder, Listing& listing);

/// How SQL is had from programs of a tool that prints none.
constexpr std::string_view sql_instead =
    "migrations: {command: …} that prints the SQL of all migrations, or SQL files in its place";

/// Parents before children, else as they stand; parents that are not there don't count. Returns how
/// many could be put in order: those behind, which depend on each other in a ring, stay as they
/// stood.
std::size_t arrange_by_parents(std::vector<ListedMigration>& migrations);

/// Parents before children, ties by name; then says which migrations nothing depends on, when there
/// is more than one: `message` is what the tool says to that.
void arrange_graph(Listing& listing, std::string_view message);

/// The strings in quotes on the right of `name =` at a line's start, as Python writes them; nothing
/// when there is no such line. "None" gives no string.
std::optional<std::vector<std::string>> python_strings(std::string_view text,
                                                       std::string_view name);

/// Outside of a transaction when the text has the word.
SendingChoice code_sending(std::string_view text, std::string_view word, std::string_view tool);

}  // namespace schemagate::format_rows
