// SPDX-License-Identifier: MIT
// atlas.sum: a line for each migration with the running SHA-256 of all names and texts up to it,
// and a first line over the lines. Any edit, insertion or removal changes every line behind it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace schemagate {

struct SummedFile {
  std::string name, text;  ///< bytes as they are: line ends count
};

/// The content that atlas.sum must have for these files, in any order.
std::string atlas_sum_of(std::vector<SummedFile> files);

/// The first file that `sum` does not fit: edited, added, gone. "the first line" when all fit;
/// empty when everything does.
std::string first_not_summed(std::string_view sum, const std::vector<SummedFile>& files);

}  // namespace schemagate
