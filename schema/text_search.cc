// SPDX-License-Identifier: MIT
#include "schema/text_search.h"

#include <algorithm>
#include <map>
#include <vector>

#include "base/text.h"
#include "schema/canonical_tree.h"

namespace schemagate {
namespace {

using canonical::Token;
using canonical::TokenKind;
using Names = std::vector<std::string>;
using Mappings = std::map<std::string, Names>;

/// What PostgreSQL's own configurations make of the words of a language. The rest is simple.
Mappings copied(const std::string& own) {
  const std::string stem = own == "simple" ? own : own + "_stem";
  // Words of Latin letters are not of these languages.
  const std::string ascii = own == "russian" || own == "hindi" ? "english_stem" : stem;
  Mappings result;
  for (const char* type : {"asciihword", "asciiword", "hword_asciipart"}) result[type] = {ascii};
  for (const char* type : {"hword", "hword_part", "word"}) result[type] = {stem};
  for (const char* type : {"email", "file", "float", "host", "hword_numpart", "int", "numhword",
                           "numword", "sfloat", "uint", "url", "url_path", "version"})
    result[type] = {"simple"};
  return result;
}

class Reader {
 public:
  explicit Reader(const std::string& definition) : tokens_(canonical::tokenize(definition)) {}

  std::optional<std::string> run() {
    while (understood_ && tokens_[at_].kind != canonical::TokenKind::end) statement();
    if (!understood_) return std::nullopt;
    std::string text = parser_;
    for (const auto& [type, dictionaries] : mappings_)
      text += "; " + type + ": " + join(dictionaries, " ");
    return text;
  }

 private:
  bool is(std::string_view text, std::size_t ahead = 0) const {
    return at_ + ahead < tokens_.size() && tokens_[at_ + ahead].text == text;
  }
  bool accept(std::string_view text) {
    if (!is(text)) return false;
    ++at_;
    return true;
  }
  bool at_end() const { return tokens_[at_].kind == canonical::TokenKind::end || is(";"); }

  /// "stem" of public.stem and pg_catalog.stem.
  std::string name() {
    std::string text = tokens_[at_++].text;
    while (accept(".")) {
      const bool usual = text == "public" || text == "pg_catalog";
      text = (usual ? "" : text + ".") + tokens_[at_++].text;
    }
    return text;
  }
  Names names() {
    Names list{name()};
    while (accept(",")) list.push_back(name());
    return list;
  }

  void statement() {
    const bool creates = is("create");
    while (!at_end() && !accept("configuration")) ++at_;
    if (at_end()) {
      understood_ = false;
      return;
    }
    name();
    creates ? start() : alter();
    understood_ = understood_ && at_end();
    accept(";");
  }

  /// "(copy = pg_catalog.german)" or "(parser = pg_catalog.default)"
  void start() {
    accept("(");
    const bool copies = is("copy");
    at_ += 2;
    const bool own = !is("public") && (!is(".", 1) || is("pg_catalog"));
    const std::string from = name();
    parser_ = copies ? "default" : from;
    if (copies) mappings_ = copied(from);
    understood_ = accept(")") && own;
  }

  void alter() {
    const bool drops = is("drop");
    ++at_;
    if (!accept("mapping")) {
      understood_ = false;
      return;
    }
    if (accept("if")) accept("exists");
    if (!accept("for")) {
      understood_ = false;
      return;
    }
    const Names types = names();
    if (drops) {
      for (const std::string& type : types) mappings_.erase(type);
      return;
    }
    understood_ = accept("with");
    if (!understood_) return;
    const Names dictionaries = names();
    for (const std::string& type : types) mappings_[type] = dictionaries;
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::string parser_;
  Mappings mappings_;
  bool understood_ = true;
};

}  // namespace

std::optional<std::string> configuration_meaning(const std::string& definition) {
  return Reader(definition).run();
}

std::string dictionary_meaning(const std::string& definition) {
  const std::string text = replace_all(replace_all(definition, "'", ""), "pg_catalog.", "");
  const auto open = text.find(" (");
  if (open == std::string::npos || !text.ends_with(")") || text.find(";") != std::string::npos)
    return text;
  Names options;
  const std::string list = text.substr(open + 2, text.size() - open - 3);
  for (const std::string_view option : split(list, ',')) options.emplace_back(trim(option));
  std::sort(options.begin(), options.end());
  return text.substr(0, open) + " (" + join(options, ", ") + ")";
}

std::string with_dictionaries(
    const std::string& mapping,
    const std::function<std::optional<std::string>(const QualifiedName&)>& key_of) {
  std::size_t begin = mapping.rfind(" WITH ");
  const std::size_t replaced = mapping.rfind(" REPLACE ", begin);
  if (begin == std::string::npos) return mapping;
  const auto named = [&](std::string_view text) {
    const auto tokens = canonical::tokenize(text);
    const bool bare = tokens.size() == 2 && tokens[0].kind != canonical::TokenKind::symbol;
    const auto key = bare ? key_of({"", tokens[0].text}) : std::nullopt;
    return key ? key->substr(std::string_view("TEXT SEARCH DICTIONARY ").size())
               : std::string(text);
  };
  Names dictionaries;
  const std::string list = mapping.substr(begin + 6);
  for (const std::string_view name : split(list, ',')) dictionaries.push_back(named(trim(name)));
  std::string start = mapping.substr(0, begin);
  if (replaced != std::string::npos)
    start = mapping.substr(0, replaced + 9) + named(trim(start.substr(replaced + 9)));
  return start + " WITH " + join(dictionaries, ", ");
}

}  // namespace schemagate
