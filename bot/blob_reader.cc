// SPDX-License-Identifier: MIT
#include "bot/blob_reader.h"

#include "bot/trees.h"

namespace schemagate {

std::vector<std::uint32_t> BlobReader::read(const std::vector<git::TreeEntry>& entries,
                                            const Refused& refused) {
  std::vector<std::uint32_t> files;
  for (const git::TreeEntry& entry : entries) {
    const auto key = std::make_pair(entry.path, entry.blob);
    const auto known = files_.find(key);
    if (known != files_.end()) {
      files.push_back(known->second);
      continue;
    }
    ReadEntry read = read_entry(repository_, entry);
    const std::optional<std::uint32_t> file =
        read.text ? sources_.add({entry.path, std::move(*read.text), entry.blob})
                  : refused(entry, read.refused);
    if (!file) continue;
    files_.emplace(key, *file);
    files.push_back(*file);
  }
  return files;
}

}  // namespace schemagate
