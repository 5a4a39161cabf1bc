// SPDX-License-Identifier: MIT
// Which folders of a repository are migrations, and of which tool. A folder is claimed once, by the
// surest sign; what lies below a claimed folder belongs to it.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "schema/dialect.h"
#include "schema/formats.h"

namespace schemagate {
namespace {

constexpr std::string_view skipped_folders[] = {"node_modules", "vendor",   ".venv",    "target",
                                                "dist",         "testdata", "examples", "fixtures"};

struct Claim {
  std::size_t row = 0;
  FolderSign sign;
};

bool is_surer(const Claim& one, const Claim& two) {
  if (one.sign.certainty != two.sign.certainty) return one.sign.certainty > two.sign.certainty;
  return one.row < two.row;
}

/// One of many in its folder that say the same; a journal or a master file is none.
bool comes_in_numbers(std::string_view path) {
  constexpr std::string_view endings[] = {".sql", ".py",   ".rb",   ".exs", ".js",
                                          ".ts",  ".json", ".yaml", ".yml"};
  const std::string name = to_lower(file_of(path));
  if (name == "_journal.json" || name.find("changelog") != std::string::npos) return false;
  return std::any_of(std::begin(endings), std::end(endings),
                     [&](std::string_view ending) { return name.ends_with(ending); });
}

/// The surest claim of each folder. A few files of a folder decide, not thousands.
std::map<std::string, Claim> claims_of(const std::vector<std::string>& paths,
                                       const RepositoryView& repository) {
  constexpr int enough = 12;
  std::map<std::string, Claim> claims;
  std::map<std::string, int> looked;
  const auto rows = formats();
  for (const std::string& path : paths) {
    if (is_skipped(path)) continue;
    if (comes_in_numbers(path) && ++looked[folder_of(path)] > enough) continue;
    for (std::size_t row = 0; row < rows.size(); ++row) {
      auto sign = rows[row]->sign_of(path, repository);
      if (!sign) continue;
      Claim claim{row, std::move(*sign)};
      const auto [at, added] = claims.emplace(claim.sign.folder, claim);
      if (!added && is_surer(claim, at->second)) at->second = std::move(claim);
    }
  }
  return claims;
}

/// A folder above is claimed by a tool that reads what lies below it.
bool belongs_to_another(const std::string& folder, const Claim& claim,
                        const std::map<std::string, Claim>& claims) {
  for (std::string above = folder; !above.empty();) {
    above = folder_of(above);
    const auto at = claims.find(above);
    if (at == claims.end() || !formats()[at->second.row]->recursive) continue;
    const bool same_tool = at->second.row == claim.row;
    if (same_tool || is_surer(at->second, claim)) return true;
  }
  return false;
}

}  // namespace

bool is_skipped(std::string_view path) {
  for (const std::string_view part : split(path, '/'))
    if (std::find(std::begin(skipped_folders), std::end(skipped_folders), part) !=
        std::end(skipped_folders))
      return true;
  return false;
}

std::vector<DetectedFolder> detect_migrations(
    const std::vector<std::string>& paths,
    const std::function<std::string(const std::string& path)>& text_of) {
  std::vector<std::string> sorted = paths;
  std::sort(sorted.begin(), sorted.end());
  const RepositoryView repository(sorted, text_of);
  const std::map<std::string, Claim> claims = claims_of(sorted, repository);
  std::vector<std::pair<Certainty, DetectedFolder>> found;
  for (const auto& [folder, claim] : claims) {
    if (belongs_to_another(folder, claim, claims)) continue;
    found.push_back({claim.sign.certainty,
                     {folder, std::string(formats()[claim.row]->name), claim.sign.reason,
                      dialect_of_folder(folder, sorted, repository)}});
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    const auto rank = [](const auto& one) { return std::min(one.first, Certainty::convention); };
    return rank(a) > rank(b);
  });
  std::vector<DetectedFolder> folders;
  for (auto& [certainty, folder] : found) folders.push_back(std::move(folder));
  return folders;
}

}  // namespace schemagate
