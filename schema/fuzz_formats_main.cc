// SPDX-License-Identifier: MIT
// A libFuzzer target: whatever the bytes are, a folder of such files is read as every tool would,
// and every place that is named lies inside of its file. A line names the tool; each file follows
// behind a byte 1 and a line with its path.
#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "schema/formats.h"
#include "schema/fuzz.h"

namespace schemagate {
namespace {

std::string line_of(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string line(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

/// Any other word is one of them, too.
std::string format_of(const std::string& word) {
  if (word == "auto" || find_format(word) != nullptr) return word;
  const std::size_t sum =
      std::accumulate(word.begin(), word.end(), std::size_t{0},
                      [](std::size_t all, char c) { return all + static_cast<unsigned char>(c); });
  return std::string(formats()[sum % formats().size()]->name);
}

void check(const SourceSet& sources, const MigrationFolder& folder, std::size_t size) {
  const auto inside = [&](Span where) {
    fuzz::must(where.file < sources.size() && where.begin <= where.end &&
               where.end <= std::max<std::size_t>(sources.file(where.file).text.size(), 1));
  };
  std::size_t kept = 0;
  for (const Migration& migration : folder.migrations) {
    const std::size_t length = sources.file(migration.file).text.size();
    kept += migration.up.size() + migration.down.size();
    fuzz::must(migration.up_begin <= length && migration.up.size() <= length);
    for (const Batch& batch : migration.batches)
      fuzz::must(batch.begin <= batch.end && batch.end <= length);
    inside(migration.at);
    content_of(migration);
  }
  // Each file once, some as often as a script of a few bytes names it.
  fuzz::must(kept <= 16 * size * (size + 16));
  for (const MigrationProblem& problem : folder.problems) inside(problem.where);
}

}  // namespace
}  // namespace schemagate

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace schemagate;
  const std::string text = fuzz::text_of(data, size);
  std::vector<std::string_view> parts = split(text, '\1');
  const std::string format = format_of(line_of(parts.front()));
  SourceSet sources;
  std::vector<std::uint32_t> files;
  std::vector<std::string> paths;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string path = "m/" + line_of(parts[i]);
    if (std::find(paths.begin(), paths.end(), path) != paths.end()) continue;
    paths.push_back(path);
    files.push_back(sources.add({paths.back(), std::string(parts[i]), {}}));
  }
  if (paths.empty()) return 0;
  for (const std::string& root : {std::string("m"), folder_of(paths.front())})
    check(sources, read_migrations(sources, files, root, format, paths), size);
  return 0;
}
