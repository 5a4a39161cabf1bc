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
  if (test.part("yaml") != nullptr) return {};
  Files files = files_of(test, "ancestor");
  if (side != "ancestor")
    for (auto& [path, file] : files_of(test, side)) files[path] = file;
  std::string text;
  for (const auto& [path, file] : files)
    if (file && path.ends_with(".sql")) text += file->text;
  return text;
}

}  // namespace schemagate::testing
