// SPDX-License-Identifier: MIT
// The image's build sees what it needs and nothing else; scripts/test-container builds it.
#include <catch2/catch_test_macros.hpp>
#include <regex>
#include <set>

#include "tests/case_file.h"
#include "tests/read_file.h"

namespace schemagate::testing {
namespace {

std::set<std::string> matches(const std::string& file, const std::string& pattern) {
  const std::string text = read_file(source_path(file));
  const std::regex word(pattern);
  std::set<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at)
    found.insert((*at)[1]);
  return found;
}

TEST_CASE("every folder of the program and every script that builds it is in the image's build") {
  const std::set<std::string> sent = matches(".dockerignore", "\n!([^\n]+)");
  for (const std::string& folder : matches("CMakeLists.txt", "\nschemagate_folder\\(([a-z]+)")) {
    INFO(folder);
    CHECK(sent.count(folder) == 1);
  }
  std::set<std::string> scripts = matches("Dockerfile", "(scripts/[a-z-]+)");
  for (const char* script : {"scripts/install-deps", "scripts/image-root"})
    for (const std::string& used : matches(script, "\\$\\((scripts/[a-z-]+)\\)"))
      scripts.insert(used);
  for (const std::string& name : sent)
    if (name.rfind("scripts", 0) == 0) CHECK(scripts.count(name) == 1);
  for (const std::string& script : scripts) {
    INFO(script);
    CHECK(sent.count(script) == 1);
  }
}

}  // namespace
}  // namespace schemagate::testing
