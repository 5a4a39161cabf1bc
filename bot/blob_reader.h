// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/source.h"
#include "git/repository.h"

namespace schemagate {

/// Reads files of trees into `sources`, a path's blob once, however many commits have it.
class BlobReader {
 public:
  BlobReader(const git::Repository& repository, SourceSet& sources)
      : repository_(repository), sources_(sources) {}

  /// Why an entry is not read; the file that stands for it, where one does.
  using Refused =
      std::function<std::optional<std::uint32_t>(const git::TreeEntry&, const std::string& why)>;
  std::vector<std::uint32_t> read(const std::vector<git::TreeEntry>& entries,
                                  const Refused& refused);

 private:
  const git::Repository& repository_;
  SourceSet& sources_;
  std::map<std::pair<std::string, std::string>, std::uint32_t> files_;  ///< path, blob → file
};

}  // namespace schemagate
