// SPDX-License-Identifier: MIT
#include "tests/gate_case.h"

#include <map>
#include <sstream>

namespace schemagate::testing {
namespace {

constexpr const char* declarative = "databases:\n  - name: crm\n    schema: db/**/*.sql\n";

/// The files that a side changes.
Files files_of(const Case& test, const std::string& side) {
  Files files;
  for (const CasePart& part : test.parts)
    if (part.name.starts_with("sql " + side + " ") || part.name.starts_with("hcl " + side + " "))
      files[part.name.substr(5 + side.size())] = File(part.text);  // both words are as long
  std::istringstream gone(test.text("gone " + side));
  for (std::string path; std::getline(gone, path);) files[path] = std::nullopt;
  return files;
}

bool is_versioned(const Case& test) {
  return test.text("yaml").find("migrations:") != std::string::npos;
}

/// What runs on the way up.
std::string up_part(const std::string& text) {
  return text.substr(0, text.find("-- migrate:down"));
}

/// By their numbers, which these cases write with as many digits; what Flyway repeats comes last.
std::vector<MigrationFile> in_order(const Files& files) {
  std::vector<MigrationFile> once, repeated;
  for (const auto& [path, file] : files)
    if (file && path.ends_with(".sql"))
      (path.find("/R__") != std::string::npos ? repeated : once)
          .push_back({path, up_part(file->text)});
  once.insert(once.end(), repeated.begin(), repeated.end());
  return once;
}

}  // namespace

void commit_gate_case(const Case& test, TestRepository& repository) {
  Files ancestor = files_of(test, "ancestor");
  const std::string* config = test.part("yaml");
  ancestor[".schemagate.yml"] = File(config != nullptr ? *config : declarative);
  repository.commit("main", ancestor, "ancestor");
  repository.branch("ours", repository.tip("main"));
  repository.commit("ours", files_of(test, "ours"), "ours");
  repository.commit("main", files_of(test, "theirs"), "theirs");
}

std::string declared_schema(const Case& test, const std::string& side) {
  if (is_versioned(test)) return {};
  Files files = files_of(test, "ancestor");
  if (side != "ancestor")
    for (auto& [path, file] : files_of(test, side)) files[path] = file;
  std::string text;
  for (const auto& [path, file] : files)
    if (file && (path.ends_with(".sql") || path.ends_with(".hcl"))) text += file->text;
  return text;
}

std::vector<MigrationFile> migrations_of(const Case& test, const std::string& side) {
  return is_versioned(test) ? in_order(files_of(test, side)) : std::vector<MigrationFile>();
}

std::vector<MigrationFile> merged_migrations(const Case& test) {
  Files files = files_of(test, "ancestor");
  for (const char* side : {"theirs", "ours"})
    for (auto& [path, file] : files_of(test, side)) files[path] = file;
  return is_versioned(test) ? in_order(files) : std::vector<MigrationFile>();
}

}  // namespace schemagate::testing
