// SPDX-License-Identifier: MIT
// docs/checksum.md tells the truth: its example is what the program prints, and a second
// implementation, written after the document, computes the same sums from the listed objects.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include "base/sha256.h"
#include "base/text.h"
#include "tests/case_file.h"
#include "tests/program.h"
#include "tests/repository.h"

namespace schemagate::testing {
namespace {

using nlohmann::json;

std::string netstring(const std::string& text) {
  return std::to_string(text.size()) + ":" + text + ",";
}

std::string leaf(const json& object) {
  std::string bytes = netstring("schemagate/object/v1") + netstring(object.at("kind")) +
                      netstring(object.at("name"));
  const std::map<std::string, std::string> properties = object.at("properties");
  for (const auto& [property, value] : properties) bytes += netstring(property) + netstring(value);
  return sha256_hex(bytes);
}

/// From below: pairs of subtrees, an odd last one goes up as it is. The same tree as the
/// document's.
std::string root(std::vector<std::string> level) {
  if (level.empty()) return "";
  while (level.size() > 1) {
    std::vector<std::string> above;
    for (std::size_t i = 0; i < level.size(); i += 2)
      above.push_back(i + 1 == level.size()
                          ? level[i]
                          : sha256_hex(netstring("schemagate/node/v1") + netstring(level[i]) +
                                       netstring(level[i + 1])));
    level = std::move(above);
  }
  return level.front();
}

std::string checksum_of(const json& document) {
  std::vector<std::string> leaves;
  for (const json& object : document.at("objects")) leaves.push_back(leaf(object));
  return "sg1:" + sha256_hex(netstring("schemagate/schema/v1") + netstring(root(leaves)));
}

json inspected(const std::string& sql, const std::vector<std::string>& more = {}) {
  const TemporaryFolder folder;
  const std::string path = folder.write("schema.sql", sql);
  std::vector<std::string> arguments{"inspect", path, "--checksum", "--format", "json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  const ProgramRun run = run_program(SCHEMAGATE_BINARY, arguments);
  CHECK(run.exit_code == 0);
  const ProgramRun bare = run_program(SCHEMAGATE_BINARY, {"inspect", path, "--checksum"});
  const json document = json::parse(run.out);
  CHECK(bare.out == document.at("checksum").get<std::string>() + "\n");
  return document;
}

/// The text between ``` and ``` behind `mark`.
std::string block(const std::string& text, const std::string& mark) {
  const std::size_t begin = text.find("\n", text.find(mark) + mark.size()) + 1;
  return text.substr(begin, text.find("\n```", begin) - begin);
}

TEST_CASE("the example of docs/checksum.md is what the program prints") {
  const std::string page = read_file(source_path("docs/checksum.md"));
  const json document = inspected(block(page, "```sql"));
  CHECK(json::parse(block(page, "```json")) == document);
  CHECK(checksum_of(document) == document.at("checksum"));
  const std::string steps = block(page, "first steps are\n\n```");
  const json& first = document.at("objects").front();
  CHECK(steps.find(first.at("fingerprint").get<std::string>()) != std::string::npos);
}

TEST_CASE("a second implementation computes the same checksums from the document's words") {
  const CaseFile file(source_path("testdata/checksums.md"));
  for (const Case& test : file.cases()) {
    INFO(test.title);
    for (const char* part : {"sql one", "sql two"}) {
      const json document = inspected(test.text(part));
      CHECK(checksum_of(document) == document.at("checksum"));
      for (const json& object : document.at("objects"))
        CHECK(leaf(object) == object.at("fingerprint"));
    }
  }
}

TEST_CASE("check prints the checksums of base, head and plan") {
  TestRepository repository;
  repository.commit("main", {{"schema.sql", File("CREATE TABLE t (a int);\n")}});
  repository.branch("ours", repository.tip("main"));
  repository.commit("ours", {{"schema.sql", File("CREATE TABLE t (a int, b int);\n")}});
  const auto check = [&](const std::string& format) {
    return run_program(SCHEMAGATE_BINARY, {"check", "--repo", repository.path(), "--base", "main",
                                           "--head", "ours", "--no-rehearsal", "--format", format})
        .out;
  };
  const json database = json::parse(check("json")).at("databases").front();
  const std::string terminal = check("terminal"), comment = check("markdown");
  const auto sum = [&](const char* key) { return database.at(key).get<std::string>(); };
  CHECK(sum("base_checksum") == inspected("CREATE TABLE t (a int);").at("checksum"));
  CHECK(sum("head_checksum") == inspected("CREATE TABLE t (a int, b int);").at("checksum"));
  CHECK(sum("plan_checksum") != sum("base_checksum"));
  for (const char* key : {"base_checksum", "head_checksum", "plan_checksum"}) {
    const std::string shown = sum(key).substr(0, 16);
    CHECK(terminal.find(shown) != std::string::npos);
    CHECK(comment.find(shown) != std::string::npos);
  }
}

}  // namespace
}  // namespace schemagate::testing
