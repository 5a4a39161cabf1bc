// SPDX-License-Identifier: MIT
#include "base/source.h"

#include <catch2/catch_test_macros.hpp>

#include "base/error.h"
#include "base/sha256.h"

namespace schemagate {
namespace {

TEST_CASE("positions count code points, lines end with LF or CRLF") {
  SourceSet sources;
  const auto file = sources.add({"a.sql", "größe int;\r\nb\n", ""});
  CHECK(sources.begin({file, 0, 7}) == Position{1, 1});
  CHECK(sources.end({file, 0, 7}) == Position{1, 6});
  CHECK(sources.begin({file, 14, 15}) == Position{2, 1});
  CHECK(sources.line(file, 1) == "größe int;");
  CHECK(sources.line(file, 2) == "b");
  CHECK(sources.line(file, 3).empty());
  CHECK(sources.line(file, 4).empty());
  CHECK(sources.text({file, 14, 15}) == "b");
  CHECK(sources.path({file, 0, 1}) == "a.sql");
}

TEST_CASE("columns far inside a line are those that counting from its start gives") {
  std::string text = "a\n";
  while (text.size() < 5000) text += "aé𝛑 ";
  const std::string all = text + "\n" + text;
  SourceSet sources;
  const auto file = sources.add({"a.sql", all, ""});
  int line = 1, column = 1;
  for (std::uint32_t at = 0; at < all.size(); ++at) {
    if ((static_cast<unsigned char>(all[at]) & 0xC0) == 0x80) continue;
    if (sources.begin({file, at, at}) != Position{line, column}) FAIL(at);
    ++column;
    if (all[at] == '\n') ++line, column = 1;
  }
  CHECK(sources.end({file, 0, static_cast<std::uint32_t>(all.size())}) == Position{line, column});
}

TEST_CASE("a byte order mark takes no column") {
  SourceSet sources;
  const auto file = sources.add({"a.sql", "\xEF\xBB\xBFSELECT", ""});
  CHECK(sources.begin({file, 3, 9}) == Position{1, 1});
}

TEST_CASE("a span that points nowhere has no text, path or position") {
  const SourceSet sources;
  CHECK(sources.text({}).empty());
  CHECK(sources.path({}).empty());
  CHECK(sources.begin({}) == Position{});
}

TEST_CASE("SHA-256 and error kinds") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_string(ErrorKind::database) == "database");
}

}  // namespace
}  // namespace schemagate
