// SPDX-License-Identifier: MIT
// Atlas HCL schemas: every block becomes the statements that Atlas would run to make it, parsed by
// the same parser as all other SQL, and with places in the HCL files. What can't be evaluated is a
// problem at its line; of a block that was opaque on one side of a change nothing is said but that.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"
#include "schema/parse.h"

namespace schemagate::hcl {

/// An HCL file that may describe a PostgreSQL schema: by its name, no test and no other database's.
bool is_schema_file(std::string_view path);
/// An .hcl file of Atlas's that describes no schema of PostgreSQL's: atlas.hcl, x.my.hcl,
/// x.test.hcl.
bool is_other_file(std::string_view path);

/// Values that Atlas would be given for `variable` blocks.
using Inputs = std::map<std::string, std::string>;

/// The files of one side, which share one namespace: one result per file, in their order.
std::vector<ParsedFile> parse_files(const SourceSet& sources,
                                    const std::vector<std::uint32_t>& files,
                                    const Inputs& inputs = {});

/// Both sides of a change. A block that can be read on one of them only is taken to be the same on
/// both, so that nothing is planned for it; it is a problem or a note of the side `after`.
struct BothSides {
  std::vector<ParsedFile> before, after;  ///< one per file, and one with what was taken over
};
BothSides parse_both(const SourceSet& sources, const std::vector<std::uint32_t>& before,
                     const std::vector<std::uint32_t>& after, const Inputs& inputs = {});

}  // namespace schemagate::hcl
