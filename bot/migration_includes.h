// SPDX-License-Identifier: MIT
// psql's commands in migrations. Where psql runs a file, what \i and \ir name runs in their place;
// other tools send such a line to the server, which knows no such command.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "schema/parse.h"

namespace schemagate {

/// The number of the file with that path, in the SourceSet that the migrations are in.
using FindFile = std::function<std::optional<std::uint32_t>(const std::string& path)>;

/// A command that was not carried out.
struct LostCommand {
  Span where;
  std::string message;
  bool certain_failure = false;  ///< nobody could carry it out
};

/// Puts the statements of included files in the place of the commands that name them, as deep as
/// they include others. A file of `own` paths is left where it is: it runs by itself.
std::vector<LostCommand> expand_includes(const SourceSet& sources, const FindFile& find,
                                         const std::set<std::string>& own, ParsedFile& file);

/// Of a tool that does not run psql: its commands that the server refuses. They are taken out.
std::vector<LostCommand> refuse_psql_commands(std::string_view tool, ParsedFile& file);

}  // namespace schemagate
