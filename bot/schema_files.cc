// SPDX-License-Identifier: MIT
#include "bot/schema_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "hcl/atlas.h"
#include "schema/dialect.h"

namespace schemagate {
namespace {

bool is_hcl(const SourceSet& sources, std::uint32_t file) {
  return sources.file(file).path.ends_with(".hcl");
}

/// Files for another server among PostgreSQL's, by path and blob.
using LeftOut = std::set<std::string>;

/// Nothing of a file for another server is judged, and that is said. Only of one that PostgreSQL
/// does not parse, and with words of that server's; with `known` only of one that is in there:
/// what a change brings can't talk itself away from its judge.
ParsedFile parse_sql(const SourceSet& sources, std::uint32_t file, const LeftOut* known,
                     LeftOut* now) {
  ParsedFile parsed = parse(sources, file);
  if (parsed.problems.empty()) return parsed;
  const SourceFile& source = sources.file(file);
  if (known && known->count(source.path) == 0 && known->count(source.blob) == 0) return parsed;
  const std::string_view dialect = certain_dialect_of(source.text);
  if (dialect.empty()) return parsed;
  if (now) now->insert({source.path, source.blob});
  ParsedFile left_out;
  left_out.skipped.push_back(
      {SkippedKind::unread, Span{file, 0, 0},
       fmt::format("{} is left out: it is written for {}", source.path, dialect)});
  return left_out;
}

/// Parses the files of the older side, or of the only one. HCL files stay empty.
std::vector<ParsedFile> parse_all(const SourceSet& sources, const std::vector<std::uint32_t>& files,
                                  LeftOut* left_out) {
  std::vector<ParsedFile> all;
  all.reserve(files.size());
  for (const std::uint32_t file : files)
    all.push_back(is_hcl(sources, file) ? ParsedFile()
                                        : parse_sql(sources, file, nullptr, left_out));
  return all;
}

/// The same of the newer side: files of `done` (the older side's, in the order of `parsed`) are
/// parsed already.
std::vector<ParsedFile> parse_newer(const SourceSet& sources,
                                    const std::vector<std::uint32_t>& files,
                                    const std::vector<std::uint32_t>& done,
                                    const std::vector<ParsedFile>& parsed,
                                    const LeftOut& left_out) {
  std::map<std::uint32_t, std::size_t> places;
  for (std::size_t i = 0; i < done.size(); ++i) places.emplace(done[i], i);
  std::vector<ParsedFile> all;
  all.reserve(files.size());
  for (const std::uint32_t file : files) {
    const auto place = places.find(file);
    if (is_hcl(sources, file)) {
      all.emplace_back();
    } else if (place == places.end()) {
      all.push_back(parse_sql(sources, file, &left_out, nullptr));
    } else {
      all.push_back(parsed.at(place->second));
    }
  }
  return all;
}

std::vector<std::uint32_t> hcl_files(const SourceSet& sources,
                                     const std::vector<std::uint32_t>& files) {
  std::vector<std::uint32_t> found;
  for (const std::uint32_t file : files)
    if (is_hcl(sources, file)) found.push_back(file);
  return found;
}

/// Puts the results of the HCL files in their places; what is left over goes to the end.
void put(const SourceSet& sources, const std::vector<std::uint32_t>& files,
         std::vector<ParsedFile> hcl, std::vector<ParsedFile>& parsed) {
  std::size_t next = 0;
  for (std::size_t i = 0; i < files.size(); ++i)
    if (is_hcl(sources, files[i])) parsed[i] = std::move(hcl.at(next++));
  std::move(hcl.begin() + static_cast<long>(next), hcl.end(), std::back_inserter(parsed));
}

}  // namespace

bool is_schema_file(std::string_view path) {
  return path.ends_with(".sql") || hcl::is_schema_file(path);
}

void refuse_other_script(const std::string& path) {
  if (path.ends_with(".hcl"))
    throw Error(
        ErrorKind::usage, fmt::format("{} declares a schema: it is no script to run", path),
        fmt::format("`check` and `diff` judge its changes; --schema {} gives it to a script",
                    path));
  for (const std::string_view ending : {".xml", ".yaml", ".yml", ".json"})
    if (path.ends_with(ending))
      throw Error(
          ErrorKind::usage, fmt::format("{} is no script of SQL", path),
          "`check` reads changelogs of Liquibase and operations of pgroll, in the folder of "
          "migrations that they lie in");
}

void refuse_other_hcl(const std::string& path) {
  if (hcl::is_other_file(path))
    throw Error(ErrorKind::source, fmt::format("{} declares no schema of PostgreSQL's", path),
                "by its name it is a test, a setting, or another database's");
}

bool holds_hcl(const SourceSet& sources, const std::vector<std::uint32_t>& files) {
  return std::any_of(files.begin(), files.end(),
                     [&](std::uint32_t file) { return is_hcl(sources, file); });
}

std::vector<ParsedFile> parse_schema(const SourceSet& sources,
                                     const std::vector<std::uint32_t>& files,
                                     const std::map<std::string, std::string>& variables) {
  std::vector<ParsedFile> parsed = parse_all(sources, files, nullptr);
  if (holds_hcl(sources, files))
    put(sources, files, hcl::parse_files(sources, hcl_files(sources, files), variables), parsed);
  return parsed;
}

ParsedSides parse_schema(const SourceSet& sources, const std::vector<std::uint32_t>& before,
                         const std::vector<std::uint32_t>& after,
                         const std::map<std::string, std::string>& variables) {
  LeftOut left_out;
  ParsedSides sides{parse_all(sources, before, &left_out), {}};
  left_out.erase("");
  sides.after = parse_newer(sources, after, before, sides.before, left_out);
  const auto old_hcl = hcl_files(sources, before), new_hcl = hcl_files(sources, after);
  if (old_hcl.empty() && new_hcl.empty()) return sides;
  hcl::BothSides both = hcl::parse_both(sources, old_hcl, new_hcl, variables);
  put(sources, before, std::move(both.before), sides.before);
  put(sources, after, std::move(both.after), sides.after);
  return sides;
}

}  // namespace schemagate
