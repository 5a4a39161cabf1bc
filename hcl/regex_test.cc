// SPDX-License-Identifier: MIT
#include "hcl/regex.h"

#include <catch2/catch_test_macros.hpp>

namespace schemagate::hcl {
namespace {

/// The match and its groups, "-" for one that took no part; "none".
std::string matched(std::string_view pattern, std::string_view text) {
  const Regex regex(pattern);
  const auto match = regex.search(text);
  if (!match) return "none";
  std::string out;
  for (std::size_t i = 0; i < match->size(); i += 2) {
    const bool took_part = (*match)[i] != std::string::npos && (*match)[i + 1] != std::string::npos;
    out += (i == 0 ? "" : "|") +
           (took_part ? std::string(text.substr((*match)[i], (*match)[i + 1] - (*match)[i])) : "-");
  }
  return out;
}

std::string all_of(std::string_view pattern, std::string_view text) {
  std::string out;
  for (const RegexMatch& match : Regex(pattern).all(text))
    out += "[" + std::string(text.substr(match[0], match[1] - match[0])) + "]";
  return out;
}

std::string refused(std::string_view pattern) {
  try {
    const Regex regex(pattern);
  } catch (const RegexError& error) {
    return error.message;
  }
  return "";
}

TEST_CASE("a regular expression finds what RE2 finds") {
  CHECK(matched("b+", "aabbbcb") == "bbb");
  CHECK(matched("b+?", "aabbbcb") == "b");
  CHECK(matched("a|ab", "ab") == "a");
  CHECK(matched("(a|ab)(c|bcd)", "abcd") == "abcd|a|bcd");
  CHECK(matched("(a+)(b+)?", "aac") == "aa|aa|-");
  CHECK(matched("(?P<x>[0-9]{2,3})-(\\w*)", "no 1234-ab_c!") == "234-ab_c|234|ab_c");
  CHECK(matched("^b", "ab") == "none");
  CHECK(matched("(?m)^b$", "a\nb\nc") == "b");
  CHECK(matched("(?i)ABC", "xabcx") == "abc");
  CHECK(matched("(?i:a)B", "aB AB Ab") == "aB");
  CHECK(matched("a.c", "a\nc abc") == "abc");
  CHECK(matched("(?s)a.c", "a\nc abc") == "a\nc");
  CHECK(matched("\\bcat\\b", "concat cat") == "cat");
  CHECK(matched("[^a-c\\d]+", "abc12xyz") == "xyz");
  CHECK(matched("[]a]+", "x]a]") == "]a]");
  CHECK(matched("x{,2}", "xx{,2}") == "x{,2}");
  CHECK(matched("(ab){2}", "ababab") == "abab|ab");
  CHECK(matched("(a*)*b", "aaab") == "aaab|aaa");
  CHECK(matched("(?:a|b|c|)d", "bd") == "bd");
  CHECK(matched("(a|b)*c|(a|ab)*c", "abc") == "abc|b|-");
  CHECK(matched("\\x41\\x{e4}", "A\xC3\xA4") == "A\xC3\xA4");
  CHECK(matched(".", "\xC3\xA4") == "\xC3\xA4");
  CHECK(matched("a*?$", "baa") == "aa");
  CHECK(matched("(foo|foobar)(bar)?$", "foobar") == "foobar|foo|bar");
  CHECK(matched("(?:(a)|(b)|(c))+", "abc") == "abc|a|b|c");
}

TEST_CASE("all matches, the empty ones too") {
  CHECK(all_of("[0-9]+", "a1b22c") == "[1][22]");
  CHECK(all_of("a*", "baab") == "[][aa][]");
  CHECK(all_of("x*", "axb") == "[][x][]");
  CHECK(all_of("", "ab") == "[][][]");
}

TEST_CASE("patterns that are wrong or not read say so") {
  CHECK(refused("(a") == "at character 3: a group does not end");
  CHECK(refused("a)") == "at character 2: there is a ) too many");
  CHECK(refused("*a") == "at character 2: there is nothing to repeat");
  CHECK(refused("a**") == "at character 3: a repetition is repeated");
  CHECK(refused("[z-a]") == "at character 5: a range that ends before it begins");
  CHECK(refused("(?=a)") == "at character 4: this kind of group is not read here");
  CHECK(refused("\\1") == "at character 3: this escape is not read here");
  CHECK(refused("\\pL") == "at character 3: this escape is not read here");
  CHECK(refused("(((a{100}){100}){100})") == "at character 16: the pattern is too long");
  CHECK(refused(std::string(200, '(')) == "at character 102: the groups are too deep");
}

TEST_CASE("what takes a backtracking search for ever takes this one no time") {
  CHECK(matched("(a*)*(a*)*(a*)*b", std::string(500, 'a')) == "none");
  CHECK(matched("(x+x+)+y", std::string(1000, 'x')) == "none");
}

}  // namespace
}  // namespace schemagate::hcl
