// SPDX-License-Identifier: MIT
#include "bot/schema_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <numeric>

#include "base/error.h"
#include "base/text.h"
#include "bot/disk_includes.h"
#include "bot/output.h"
#include "bot/schema_files.h"
#include "git/repository.h"
#include "postgres/introspect.h"

namespace schemagate {
namespace {

bool is_url(const std::string& target) {
  return target.starts_with("postgresql://") || target.starts_with("postgres://");
}

/// git:REV or git:REV:PATH, in the repository around the current folder.
SourceSet read_from_git(const std::string& target) {
  const std::string rest = target.substr(std::string_view("git:").size());
  const std::size_t colon = rest.find(':');
  const std::string revision = rest.substr(0, colon);
  std::string path = colon == std::string::npos ? "" : rest.substr(colon + 1);
  while (path.ends_with('/')) path.pop_back();
  const git::Repository repository = git::Repository::open(".");
  SourceSet sources;
  for (const git::TreeEntry& entry : repository.list(repository.resolve(revision))) {
    const bool inside = path.empty() || entry.path == path || entry.path.starts_with(path + "/");
    if (!inside || entry.kind != git::FileKind::file) continue;
    if (entry.path != path && !is_schema_file(entry.path)) continue;
    std::optional<std::string> text = repository.read(entry.blob);
    if (!text)
      throw Error(ErrorKind::source, fmt::format("{} is larger than {}", entry.path,
                                                 human_size(git::Repository::read_limit)));
    sources.add({entry.path, std::move(*text), entry.blob});
  }
  if (sources.size() == 0)
    throw Error(ErrorKind::source, fmt::format("{} names no .sql or .hcl file", target),
                "does the path exist at that commit?");
  return sources;
}

/// Reads what files of that commit include.
ReadInclude reader_of_commit(const std::string& target) {
  const std::string rest = target.substr(std::string_view("git:").size());
  const std::string revision = rest.substr(0, rest.find(':'));
  return [revision](const std::string& path, const std::string&) -> std::optional<std::string> {
    const git::Repository repository = git::Repository::open(".");
    for (const git::TreeEntry& entry : repository.list(repository.resolve(revision)))
      if (entry.path == path && entry.kind == git::FileKind::file)
        return repository.read(entry.blob);
    return std::nullopt;
  };
}

std::string read_from_database(const std::string& url) {
  const auto read = postgres::introspect(url, {.grants = true, .owners = true});
  if (const auto* error = std::get_if<postgres::SqlError>(&read))
    throw Error(
        ErrorKind::database,
        fmt::format("can't read the schema of {}: {}", postgres::server_of(url), error->message),
        error->hint);
  return std::get<postgres::Introspected>(read).sql();
}

void refuse_unparsed(const SchemaSource& source, const std::string& target) {
  for (const ParsedFile& file : source.files)
    for (const ParseProblem& problem : file.problems) {
      const Position at = source.sources.begin(problem.where);
      throw Error(ErrorKind::source,
                  fmt::format("{}:{}:{}: {}", source.sources.path(problem.where), at.line,
                              at.column, problem.message),
                  fmt::format("{} must parse before it can be compared", target));
    }
}

}  // namespace

SourceSet read_schema_files(const std::string& path) {
  namespace fs = std::filesystem;
  SourceSet sources;
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    refuse_other_hcl(path);
    sources.add({path, read_whole_file(path), {}});
    return sources;
  }
  std::vector<std::string> files;
  for (const fs::directory_entry& entry :
       fs::recursive_directory_iterator(path, fs::directory_options::none, error))
    if (entry.is_regular_file(error) && !entry.is_symlink(error) &&
        is_schema_file(entry.path().generic_string()))
      files.push_back(entry.path().generic_string());
  std::sort(files.begin(), files.end());
  if (files.empty())
    throw Error(ErrorKind::source, fmt::format("there is no .sql or .hcl file in {}", path),
                "is that the folder with the schema?");
  for (const std::string& file : files) sources.add({file, read_whole_file(file), {}});
  return sources;
}

SchemaSource load_schema_source(const std::string& target, int postgres) {
  SchemaSource source;
  if (is_url(target))
    source.sources.add({postgres::server_of(target), read_from_database(target), {}});
  else if (target.starts_with("git:"))
    source.sources = read_from_git(target);
  else
    source.sources = read_schema_files(target);
  std::vector<std::uint32_t> files(source.sources.size());
  std::iota(files.begin(), files.end(), 0U);
  source.files = parse_schema(source.sources, files);
  if (!is_url(target))
    source.not_followed =
        follow_includes(source.sources, source.files,
                        target.starts_with("git:") ? reader_of_commit(target) : read_include)
            .not_followed;
  refuse_unparsed(source, target);
  source.schema = load_schema(source.files, postgres);
  return source;
}

std::vector<std::string> problems_of(const SchemaSource& source) {
  std::vector<std::string> texts;
  for (const ParseProblem& problem : source.not_followed)
    texts.push_back(fmt::format("{}:{}: {}", source.sources.path(problem.where),
                                source.sources.begin(problem.where).line, problem.message));
  for (const ParsedFile& file : source.files)
    for (const Skipped& skipped : file.skipped)
      if (skipped.kind == SkippedKind::unread)
        texts.push_back(fmt::format("{}:{}: {}", source.sources.path(skipped.span),
                                    source.sources.begin(skipped.span).line, skipped.text));
  for (const ApplyProblem& problem : source.schema.problems)
    if (problem.kind != ProblemKind::ignored)
      texts.push_back(fmt::format("{}:{}: {}", source.sources.path(problem.where),
                                  source.sources.begin(problem.where).line, problem.message));
  return texts;
}

}  // namespace schemagate
