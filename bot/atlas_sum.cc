// SPDX-License-Identifier: MIT
#include "bot/atlas_sum.h"

#include <fmt/format.h>

#include "bot/trees.h"
#include "schema/atlas_sum.h"

namespace schemagate {

std::string atlas_sum_problem(const git::Repository& repository, const std::string& folder,
                              const std::vector<git::TreeEntry>& files) {
  std::string root = folder;
  while (root.ends_with('/')) root.pop_back();
  const std::string prefix = root.empty() || root == "." ? "" : root + "/";
  const git::TreeEntry* sum = nullptr;
  std::vector<SummedFile> summed;
  for (const git::TreeEntry& entry : files) {
    if (!entry.path.starts_with(prefix)) continue;
    const std::string name = entry.path.substr(prefix.size());
    if (name.find('/') != std::string::npos) continue;
    if (name == "atlas.sum") sum = &entry;
    if (!name.ends_with(".sql")) continue;
    const ReadEntry read = read_entry(repository, entry);
    summed.push_back({name, read.text.value_or("")});
  }
  if (sum == nullptr) return {};
  const std::string wrong =
      first_not_summed(read_entry(repository, *sum).text.value_or(""), summed);
  if (wrong.empty()) return {};
  return fmt::format(
      "{} does not fit the files beside it, from {} on: `atlas migrate hash` "
      "computes it anew",
      sum->path, wrong);
}

}  // namespace schemagate
