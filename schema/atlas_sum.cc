// SPDX-License-Identifier: MIT
#include "schema/atlas_sum.h"

#include <algorithm>

#include "base/sha256.h"
#include "base/text.h"

namespace schemagate {
namespace {

/// `-- atlas:sum ignore` among the comments that a file begins with: its text is not summed.
bool is_ignored(std::string_view text) {
  for (std::string_view line : split(text, '\n')) {
    line = trim(line);
    if (!line.starts_with("--") && !line.starts_with("#")) return false;
    const std::size_t mark = line.find("atlas:sum");
    if (mark != std::string_view::npos && trim(line.substr(mark + 9)) == "ignore") return true;
  }
  return false;
}

std::vector<std::string> lines_of(std::string_view sum) {
  std::vector<std::string> lines;
  for (const std::string_view line : split(sum, '\n'))
    if (!trim(line).empty()) lines.emplace_back(trim(line));
  return lines;
}

}  // namespace

std::string atlas_sum_of(std::vector<SummedFile> files) {
  std::sort(files.begin(), files.end(),
            [](const SummedFile& a, const SummedFile& b) { return a.name < b.name; });
  std::vector<std::string> parts;
  for (const SummedFile& file : files)
    parts.push_back(is_ignored(file.text) ? file.name : file.name + file.text);
  const std::vector<std::string> digests = running_sha256_base64(parts);
  std::string lines, all;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (is_ignored(files[i].text)) continue;
    lines += files[i].name + " h1:" + digests[i] + "\n";
    all += files[i].name + digests[i];
  }
  return "h1:" + running_sha256_base64({all}).front() + "\n" + lines;
}

std::string first_not_summed(std::string_view sum, const std::vector<SummedFile>& files) {
  const std::vector<std::string> is = lines_of(sum), wanted = lines_of(atlas_sum_of(files));
  if (is == wanted) return {};
  for (std::size_t i = 1; i < std::max(is.size(), wanted.size()); ++i) {
    const std::string there = i < is.size() ? is[i] : "", here = i < wanted.size() ? wanted[i] : "";
    if (there == here) continue;
    const std::string &one = here.empty() ? there : here, &other = there.empty() ? here : there;
    // Of an inserted or a missing line: the one that only one of the two has.
    const std::string& first = std::min(one, other);
    return first.substr(0, first.rfind(" h1:"));
  }
  return "the first line";
}

}  // namespace schemagate
