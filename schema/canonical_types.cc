// SPDX-License-Identifier: MIT
// Names of types in canonical text: what people and servers write, as the server calls it inside.
#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "schema/canonical_parse.h"

namespace schemagate::canonical {

namespace {

const std::map<std::string, std::string, std::less<>> type_synonyms{
    {"int", "int4"},      {"integer", "int4"},     {"smallint", "int2"}, {"bigint", "int8"},
    {"real", "float4"},   {"float", "float8"},     {"boolean", "bool"},  {"decimal", "numeric"},
    {"dec", "numeric"},   {"character", "bpchar"}, {"char", "bpchar"},   {"nchar", "bpchar"},
    {"double", "float8"}, {"national", "bpchar"}};

}  // namespace

/// Of "character varying", "double precision", "timestamp (3) with time zone": internal names.
std::string Parser::type() {
  const bool quoted = peek().kind == TokenKind::quoted_word;
  std::vector<std::string> names = path();
  if (names.size() == 2 && (names[0] == "pg_catalog" || names[0] == "public"))
    names.erase(names.begin());
  std::string name = names.back();
  const bool plain = !quoted && names.size() == 1;
  if (plain && name == "setof") return "setof " + type();
  if (plain && name == "national") accept_word("character") || accept_word("char");
  const auto synonym = type_synonyms.find(name);
  if (plain && synonym != type_synonyms.end()) name = synonym->second;
  if (plain && name == "float8") accept_word("precision");
  if (plain && (name == "bpchar" || name == "bit") && accept_word("varying")) {
    name = name == "bit" ? "varbit" : "varchar";
  }
  std::string modifiers = type_modifiers();
  if (plain && (name == "timestamp" || name == "time")) {
    if (is_word("with") || is_word("without")) {
      if (take().text == "with") name += "tz";
      expect_word("time");
      expect_word("zone");
    }
  }
  if (plain && name == "interval") modifiers = interval_fields() + modifiers;
  if (plain && name == "bpchar" && modifiers.empty() && names.back() != "bpchar") modifiers = "(1)";
  names.back() = name;
  return join(names, ".") + modifiers + array_suffix();
}

std::string Parser::type_modifiers() {
  if (!accept_symbol("(")) return {};
  std::string text = "(";
  while (!is_symbol(")") && !at_end()) text += take().text;
  expect_symbol(")");
  return text + ")";
}

std::string Parser::interval_fields() {
  static constexpr std::array<std::string_view, 7> fields{"year",   "month",  "day", "hour",
                                                          "minute", "second", "to"};
  std::string text;
  while (peek().kind == TokenKind::word &&
         std::find(fields.begin(), fields.end(), peek().text) != fields.end()) {
    text += " " + take().text;
  }
  return text + type_modifiers();
}

std::string Parser::array_suffix() {
  std::string text;
  if (accept_word("array")) text = "[]";
  while (is_symbol("[") &&
         (is_symbol("]", 1) || (peek(1).kind == TokenKind::number && is_symbol("]", 2)))) {
    while (!accept_symbol("]")) take();
    text = "[]";  // the server ignores bounds and the number of dimensions
  }
  return text;
}

}  // namespace schemagate::canonical
