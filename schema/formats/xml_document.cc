// SPDX-License-Identifier: MIT
#include "schema/formats/xml_document.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "base/text.h"
#include "schema/formats_text.h"

namespace schemagate::format_rows {
namespace {

constexpr std::size_t nowhere = std::string_view::npos;

/// "&lt;", "&#39;", "&#x27;" at the start of `text`: the bytes that they stand for, and how many
/// they are written with. Nothing for other text.
struct XmlEntity {
  std::string stands_for;
  std::size_t length = 0;
};
std::optional<XmlEntity> entity_at(std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> named[] = {
      {"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}, {"&quot;", "\""}, {"&apos;", "'"}};
  for (const auto& [written, character] : named)
    if (text.starts_with(written)) return XmlEntity{std::string(character), written.size()};
  if (!text.starts_with("&#")) return std::nullopt;
  const bool hexadecimal = text.substr(2, 1) == "x";
  const std::size_t begin = hexadecimal ? 3 : 2, end = text.find(';', begin);
  unsigned code = 0;
  if (end == nowhere) return std::nullopt;
  const auto [stop, error] =
      std::from_chars(text.data() + begin, text.data() + end, code, hexadecimal ? 16 : 10);
  if (error != std::errc() || stop != text.data() + end) return std::nullopt;
  return XmlEntity{utf8_of(code), end + 1};
}

class XmlReader {
 public:
  explicit XmlReader(std::string_view text) : text_(text) { document_.text = text; }

  YamlDocument read() {
    for (std::size_t at = 0; at < text_.size();) {
      const std::size_t open = std::min(text_.find('<', at), text_.size());
      add_text(at, open, true);
      at = open < text_.size() ? markup(open) : open;
    }
    return std::move(document_);
  }

 private:
  std::size_t behind(std::string_view mark, std::size_t from) const {
    const std::size_t at = text_.find(mark, from);
    return at == nowhere ? text_.size() : at + mark.size();
  }

  void blank(std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i)
      if (text_[i] != '\n' && text_[i] != '\r') document_.text[i] = ' ';
  }

  /// Text of the element that is open, behind what it has already.
  void add_text(std::size_t begin, std::size_t end, bool has_entities) {
    const std::string_view text = trim(text_.substr(begin, end - begin));
    if (text.empty()) return;
    if (has_entities) replace_entities(begin, end);
    if (!continues_) document_.entries.push_back({"", "", {begin, end}, elements_.size()});
    continues_ = true;
    YamlEntry& entry = document_.entries.back();
    entry.value += entry.value.empty() ? "" : " ";
    entry.value += text;
    entry.at.second = end;
  }

  /// In their place, with blanks behind them: no byte moves.
  void replace_entities(std::size_t begin, std::size_t end) {
    for (std::size_t at = text_.find('&', begin); at < end; at = text_.find('&', at + 1)) {
      const auto entity = entity_at(text_.substr(at, end - at));
      if (!entity || entity->stands_for.size() > entity->length) continue;
      const bool line_end = entity->stands_for == "\n" || entity->stands_for == "\r";
      blank(at, at + entity->length);
      if (!line_end) document_.text.replace(at, entity->stands_for.size(), entity->stands_for);
    }
  }

  static std::string decoded(std::string_view written) {
    std::string out;
    for (std::size_t at = 0; at < written.size();) {
      const auto entity = entity_at(written.substr(at));
      out += entity ? entity->stands_for : std::string(written.substr(at, 1));
      at += entity ? entity->length : 1;
    }
    return out;
  }

  /// What begins with the '<' at `open`; returns where it ends.
  std::size_t markup(std::size_t open) {
    const std::string_view rest = text_.substr(open);
    if (rest.starts_with("<!--")) {
      const std::size_t end = behind("-->", open + 4);
      blank(open, end);
      return end;
    }
    if (rest.starts_with("<![CDATA[")) {
      constexpr std::size_t mark = 9;
      const std::size_t end = behind("]]>", open + mark);
      const std::size_t close = text_.substr(open, end - open).ends_with("]]>") ? end - 3 : end;
      blank(open, open + mark);
      blank(close, end);
      add_text(open + mark, close, false);
      return end;
    }
    if (rest.starts_with("<?") || rest.starts_with("<!")) return behind(">", open);
    return element(open);
  }

  /// Where a tag ends: '>' may stand in an attribute's value.
  std::size_t tag_end(std::size_t open) const {
    char quote = 0;
    for (std::size_t at = open; at < text_.size(); ++at) {
      const char c = text_[at];
      if (c == '"' || c == '\'') quote = quote == 0 ? c : quote == c ? '\0' : quote;
      if (c == '>' && quote == 0) return at;
      if (c == '<' && at > open) break;  // no tag ends in a tag
    }
    return std::min(text_.find('>', open), text_.size());
  }

  std::size_t element(std::size_t open) {
    const std::size_t close = tag_end(open), end = std::min(close + 1, text_.size());
    const std::string_view tag = text_.substr(open + 1, close - open - 1);
    if (tag.starts_with('/')) {
      if (!elements_.empty()) elements_.pop_back();
      continues_ = false;
      return end;
    }
    const std::size_t name_end = std::min(tag.find_first_of(" \t\r\n/"), tag.size());
    std::string name(tag.substr(0, name_end));
    const std::string written = name;
    if (const std::size_t colon = name.find(':'); colon != nowhere) name.erase(0, colon + 1);
    if (name == "comment" && !elements_.empty() && elements_.back() == "sql") {
      const std::size_t stop = tag.ends_with('/') ? end : behind("</" + written + ">", end);
      blank(open, stop);
      return stop;
    }
    continues_ = false;
    document_.entries.push_back({name, "", {open, close}, elements_.size()});
    attributes_of(tag, name_end, open + 1);
    if (!tag.ends_with('/')) elements_.push_back(std::move(name));
    return end;
  }

  void attributes_of(std::string_view tag, std::size_t from, std::size_t tag_begin) {
    for (std::size_t i = from; (i = tag.find('=', i)) != nowhere;) {
      const std::size_t quote = tag.find_first_of("\"'", i);
      if (quote == nowhere) return;
      const std::size_t end = tag.find(tag[quote], quote + 1);
      if (end == nowhere) return;
      std::string_view key = trim(tag.substr(from, i - from));
      key.remove_prefix(key.find_last_of(" \t\r\n") + 1);
      document_.entries.push_back({std::string(key),
                                   decoded(tag.substr(quote + 1, end - quote - 1)),
                                   {tag_begin + quote + 1, tag_begin + end},
                                   elements_.size() + 1});
      i = from = end + 1;
    }
  }

  std::string_view text_;
  YamlDocument document_;
  std::vector<std::string> elements_;  // that are open
  bool continues_ = false;             // the last entry is the open element's text
};

}  // namespace

YamlDocument read_xml(std::string_view text) { return XmlReader(text).read(); }

}  // namespace schemagate::format_rows
