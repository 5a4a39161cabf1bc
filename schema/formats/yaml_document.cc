// SPDX-License-Identifier: MIT
#include "schema/formats/yaml_document.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include "base/text.h"

namespace schemagate::format_rows {
namespace {

constexpr std::size_t nowhere = std::string_view::npos;

/// What aliases stand for, all together: aliases of aliases of aliases are text of a pull request.
constexpr std::size_t most_copied_bytes = std::size_t{8} << 20;

/// Writes a value of SQL without its escapes in the place of the value. What an escape had more is
/// made up by blanks, behind the SQL literal or name that it stands in.
class Unescape {
 public:
  Unescape(std::string& out, std::size_t at) : out_(out), at_(at) {}

  /// `taken` bytes of the document stand for `c`.
  void put(char c, std::size_t taken) {
    if (quote_ == 0 && (c != last_ || (c != '\'' && c != '"'))) fill();
    write(c);
    value_ += c;
    owed_ += taken - 1;
    if (quote_ == 0 && comment_ == nowhere && c == '-' && last_ == '-') comment_ = at_ - 2;
    if (c == '\n') comment_ = nowhere;
    if (comment_ == nowhere && (c == '\'' || c == '"'))
      quote_ = quote_ == 0 ? c : quote_ == c ? '\0' : quote_;
    last_ = c;
  }

  /// A line end that is written as an escape makes no line here: it would move all below it.
  void put_line_end(std::size_t taken) {
    if (comment_ != nowhere)
      std::fill(out_.begin() + static_cast<std::ptrdiff_t>(comment_),
                out_.begin() + static_cast<std::ptrdiff_t>(at_), ' ');
    comment_ = nowhere;
    put(' ', taken);
  }

  std::string finish() {
    fill();
    return std::move(value_);
  }

 private:
  void write(char c) { out_[at_++] = c; }
  void fill() {
    for (; owed_ > 0; --owed_) write(' ');
  }

  std::string& out_;
  std::size_t at_;
  std::size_t owed_ = 0;
  std::size_t comment_ = nowhere;  // where it begins
  char quote_ = 0, last_ = 0;
  std::string value_;
};

/// The number behind "\u", "\x" or "\U", which has that many digits.
std::optional<unsigned> number_in(std::string_view digits, std::size_t count) {
  unsigned code = 0;
  digits = digits.substr(0, count);
  const auto [stop, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
  const bool whole = error == std::errc() && stop == digits.data() + count;
  return whole ? std::optional(code) : std::nullopt;
}

/// The character of an escape with a number, and how long that is; JSON writes some as two.
struct NumberedEscape {
  std::string character;
  std::size_t length = 0;
};
std::optional<NumberedEscape> numbered_escape(std::string_view text) {
  const char c = text.substr(1, 1) == "" ? '\0' : text[1];
  const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  if (digits == 0) return std::nullopt;
  auto code = number_in(text.substr(2), digits);
  if (!code) return std::nullopt;
  std::size_t length = 2 + digits;
  if (*code >= 0xD800 && *code < 0xDC00 && text.substr(length, 2) == "\\u") {
    const auto low = number_in(text.substr(length + 2), digits);
    if (low && *low >= 0xDC00 && *low < 0xE000) {
      code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
      length += 2 + digits;
    }
  }
  std::string character = utf8_of(*code);
  if (character.empty() || character.size() > length) character = "_";
  return NumberedEscape{std::move(character), length};
}

/// What the escape at the start of `text` stands for; returns how long it is.
std::size_t put_escape(std::string_view text, Unescape& out) {
  if (const auto numbered = numbered_escape(text)) {
    const std::string& character = numbered->character;
    if (character == "\n" || character == "\r") {
      out.put_line_end(numbered->length);
      return numbered->length;
    }
    for (std::size_t i = 0; i + 1 < character.size(); ++i) out.put(character[i], 1);
    out.put(character.back(), numbered->length - (character.size() - 1));
    return numbered->length;
  }
  const char c = text[1];
  if (c == 'n' || c == 'r')
    out.put_line_end(2);
  else
    out.put(c == 't' ? ' ' : c, 2);
  return 2;
}

class Reader {
 public:
  Reader(std::string_view text, YamlItems items) : text_(text), items_(items) {
    document_.text = text;
  }

  YamlDocument read() {
    for (std::size_t at = 0; at < text_.size();) at = line(at);
    return std::move(document_);
  }

 private:
  char at(std::size_t place) const { return place < text_.size() ? text_[place] : '\0'; }
  bool is_end(std::size_t place) const {
    return place >= text_.size() || text_[place] == '\n' || text_[place] == '\r';
  }
  bool is_blank(std::size_t place) const {
    return is_end(place) || text_[place] == ' ' || text_[place] == '\t';
  }
  std::size_t line_end(std::size_t place) const {
    return std::min(text_.find('\n', place), text_.size());
  }
  std::size_t next_line(std::size_t place) const {
    return std::min(line_end(place) + 1, text_.size());
  }
  std::size_t skip(std::size_t place, std::string_view signs) const {
    return std::min(text_.find_first_not_of(signs, place), text_.size());
  }
  /// A colon that ends a key.
  bool is_colon(std::size_t place) const { return at(place) == ':' && is_blank(place + 1); }

  YamlEntry& add(std::size_t begin, std::size_t end, std::size_t depth) {
    return document_.entries.emplace_back(
        YamlEntry{std::string(trim(text_.substr(begin, end - begin))), "", {begin, end}, depth});
  }

  /// An item of a list that is no more than a value on its line.
  void add_item(std::size_t place, std::size_t depth) {
    if (items_ == YamlItems::left_out) return;
    const bool quoted = at(place) == '"' || at(place) == '\'';
    const std::size_t begin = quoted ? place + 1 : place;
    const std::size_t end =
        quoted ? quoted_end(place)
               : std::min(text_.substr(0, line_end(place)).find(" #", place), line_end(place));
    add(place, place, depth);
    set_value(begin, end, std::string(trim(text_.substr(begin, end - begin))));
  }

  /// The line that begins at `begin`, with all that belongs to its value; returns where the next
  /// one begins.
  std::size_t line(std::size_t begin) {
    std::size_t place = skip(begin, " ");
    if (!is_end(place) && at(place) != '#') close_anchors(place - begin, is_dash(place));
    const bool in_list = is_dash(place);
    while (is_dash(place)) {
      const std::size_t dash = place - begin;
      place = skip(place + 1, " ");
      if (at(place) == '&') place = open_anchor(place, nowhere, dash);
    }
    if (is_end(place) || at(place) == '#') return next_line(place);
    const std::size_t depth = place - begin;
    if (at(place) == '*' && put_alias(place, depth)) return next_line(place);
    if (at(place) == '?' && is_blank(place + 1)) not_read(place);
    if (at(place) == '{' || at(place) == '[') return next_line(flow(place, depth));
    std::size_t key = place, key_end = place, colon = place;
    if (at(place) == '"' || at(place) == '\'') {
      key = place + 1;
      key_end = quoted_end(place);
      colon = skip(std::min(key_end + 1, text_.size()), " ");
    } else {
      while (!is_end(colon) && !is_colon(colon)) ++colon;
      key_end = colon;
    }
    if (!is_colon(colon)) {
      if (in_list) add_item(place, depth);
      return next_line(place);
    }
    add(key, std::max(key, key_end), depth);
    return value(skip(colon + 1, " \t"), depth);
  }

  bool is_dash(std::size_t place) const { return at(place) == '-' && is_blank(place + 1); }

  void not_read(std::size_t place) {
    if (!document_.unread) document_.unread = TextRange{place, line_end(place)};
  }

  /// The word behind '&' or '*'.
  std::string_view name_at(std::size_t place) const {
    std::size_t end = place;
    while (!is_blank(end) && std::string_view(",{}[]").find(text_[end]) == nowhere) ++end;
    return text_.substr(place + 1, end - place - 1);
  }

  /// "&name" at `place`, of the last entry or (`own` is nowhere) of an item of a list; returns what
  /// comes behind it.
  std::size_t open_anchor(std::size_t place, std::size_t own, std::size_t base) {
    const std::string_view name = name_at(place);
    anchors_[std::string(name)] = {own, document_.entries.size(), nowhere, base};
    open_.emplace_back(name);
    return skip(place + 1 + name.size(), " \t");
  }

  /// Ends what is not above a line that begins in that column.
  void close_anchors(std::size_t column, bool dash) {
    std::erase_if(open_, [&](const std::string& name) {
      Anchor& anchor = anchors_[name];
      const bool same_list = dash && anchor.own != nowhere;  // its list is not farther in
      if (column > anchor.base || (same_list && column == anchor.base)) return false;
      anchor.end = document_.entries.size();
      return true;
    });
  }

  /// Puts what an alias at `place` stands for behind the last entry, the first of it at `depth`;
  /// false: it is no alias.
  bool put_alias(std::size_t place, std::size_t depth) {
    const std::string_view name = name_at(place);
    if (!is_end(skip(place + 1 + name.size(), " \t")) &&
        at(skip(place + 1 + name.size(), " \t")) != '#')
      return false;
    const auto found = anchors_.find(name);
    if (found == anchors_.end() || found->second.end == nowhere) {
      not_read(place);
      return true;
    }
    const Anchor& anchor = found->second;
    constexpr std::size_t of_entry = 64;
    for (std::size_t i = anchor.first; i < anchor.end; ++i) {
      copied_ += of_entry + document_.entries[i].value.size();
      if (copied_ > most_copied_bytes) {
        not_read(place);
        return true;
      }
      YamlEntry copy = document_.entries[i];
      copy.depth = copy.depth - document_.entries[anchor.first].depth + depth;
      document_.entries.push_back(std::move(copy));
    }
    return true;
  }

  /// "key: *name", with the key as the last entry.
  void set_alias(std::size_t place, std::size_t depth) {
    close_anchors(depth, false);
    if (document_.entries.back().key == "<<") {
      document_.entries.pop_back();
      put_alias(place, depth);
      return;
    }
    const auto found = anchors_.find(name_at(place));
    if (found != anchors_.end() && found->second.own != nowhere) {
      copied_ += document_.entries[found->second.own].value.size();
      if (copied_ > most_copied_bytes) return not_read(place);
      document_.entries.back().value = document_.entries[found->second.own].value;
      document_.entries.back().at = document_.entries[found->second.own].at;
    }
    put_alias(place, depth + 1);
  }

  /// The value of the last entry, from `place`; returns where the next line begins.
  std::size_t value(std::size_t place, std::size_t depth) {
    while (at(place) == '&' || at(place) == '!')
      if (at(place) == '&') {
        place = open_anchor(place, document_.entries.size() - 1, depth);
      } else {
        while (!is_blank(place)) ++place;
        place = skip(place, " \t");
      }
    if (at(place) == '*') {
      set_alias(place, depth);
      return next_line(place);
    }
    if (is_end(place) || at(place) == '#') return next_line(place);
    if (at(place) == '|' || at(place) == '>') return block(next_line(place), depth);
    if (at(place) == '"' || at(place) == '\'') return next_line(set_quoted(place));
    if (at(place) == '{' || at(place) == '[') return next_line(flow(place, depth));
    return plain(place, depth);
  }

  /// Lines that stand farther in than their key.
  std::size_t indented_end(std::size_t begin, std::size_t depth) const {
    std::size_t end = begin;
    for (std::size_t place = begin; place < text_.size(); place = next_line(place)) {
      const std::size_t first = skip(place, " ");
      if (is_end(first)) continue;
      if (first - place <= depth) break;
      end = next_line(place);
    }
    return end;
  }

  void set_value(std::size_t begin, std::size_t end, std::string value) {
    document_.entries.back().value = std::move(value);
    document_.entries.back().at = {begin, end};
  }

  std::size_t block(std::size_t begin, std::size_t depth) {
    const std::size_t end = indented_end(begin, depth);
    set_value(begin, end, std::string(text_.substr(begin, end - begin)));
    return end;
  }

  std::size_t plain(std::size_t begin, std::size_t depth) {
    std::size_t end = line_end(begin);
    const std::size_t comment = text_.substr(0, end).find(" #", begin);
    if (comment == nowhere) end = std::max(end, indented_end(next_line(begin), depth));
    const std::string_view value = trim(text_.substr(begin, std::min(comment, end) - begin));
    set_value(begin, begin + value.size(), std::string(value));
    return comment == nowhere && end > line_end(begin) ? end : next_line(begin);
  }

  /// The quote that ends what begins at `begin`.
  std::size_t quoted_end(std::size_t begin) const {
    const char quote = text_[begin];
    std::size_t place = begin + 1;
    for (; place < text_.size(); ++place) {
      if (quote == '"' && text_[place] == '\\')
        ++place;
      else if (text_[place] == quote && quote == '\'' && at(place + 1) == quote)
        ++place;
      else if (text_[place] == quote)
        break;
    }
    return std::min(place, text_.size());
  }

  /// Returns where the quoted text ends.
  std::size_t set_quoted(std::size_t begin) {
    const std::size_t end = quoted_end(begin);
    const char quote = text_[begin];
    Unescape out(document_.text, begin + 1);
    for (std::size_t place = begin + 1; place < end;) {
      const char c = text_[place];
      const bool doubled = quote == '\'' && c == quote;
      const bool escape = quote == '"' && c == '\\' && place + 1 < end;
      const std::size_t taken = doubled ? 2 : 1;
      if (!escape) out.put(c, taken);
      place += escape ? put_escape(text_.substr(place, end - place), out) : taken;
    }
    set_value(begin + 1, end, out.finish());
    return std::min(end + 1, text_.size());
  }

  /// "{a: 1, b: [c, d]}" over as many lines as it has; returns where it ends.
  std::size_t flow(std::size_t begin, std::size_t depth) {
    std::size_t level = depth;
    bool wants_value = false;
    for (std::size_t place = begin; place < text_.size();) {
      const char c = text_[place];
      if (c == '{' || c == '[') ++level;
      if (c == '}' || c == ']') --level;
      const bool sign = c == '{' || c == '[' || c == '}' || c == ']' || c == ',';
      if (sign) wants_value = false;
      if (level == depth) return place + 1;
      if (sign || is_blank(place) || c == ':') {
        ++place;
      } else if (c == '#') {
        place = next_line(place);
      } else {
        place = flow_scalar(place, level, wants_value);
      }
    }
    return text_.size();
  }

  /// A key, or the value of the one before it.
  std::size_t flow_scalar(std::size_t begin, std::size_t level, bool& wants_value) {
    const bool quoted = text_[begin] == '"' || text_[begin] == '\'';
    std::size_t end = begin;
    if (quoted)
      end = quoted_end(begin);
    else
      while (end < text_.size() && text_.substr(end, 1).find_first_of(",{}[]") == nowhere &&
             !is_colon(end) && !is_end(end))
        ++end;
    const std::size_t behind = std::min(quoted ? end + 1 : end, text_.size());
    const std::size_t colon = skip(behind, " \t\r\n");
    const bool is_key = at(colon) == ':' && (quoted || is_blank(colon + 1));
    if (is_key) {
      add(quoted ? begin + 1 : begin, end, level);
      wants_value = true;
      return colon + 1;
    }
    if (!quoted && text_[begin] == '*') not_read(begin);
    if (!std::exchange(wants_value, false)) {
      if (items_ == YamlItems::left_out) return std::max(behind, begin + 1);
      add(begin, begin, level);
    }
    if (quoted) return set_quoted(begin);
    const std::string_view value = trim(text_.substr(begin, end - begin));
    set_value(begin, begin + value.size(), std::string(value));
    return std::max(behind, begin + 1);
  }

  /// What a name stands for: an entry's value, and what lies below it.
  struct Anchor {
    std::size_t own = nowhere;             // the entry; nowhere: an item of a list
    std::size_t first = 0, end = nowhere;  // of the entries below; nowhere: it is still open
    std::size_t base = 0;                  // the column that it is farther in than
  };

  std::string_view text_;
  YamlItems items_;
  YamlDocument document_;
  std::map<std::string, Anchor, std::less<>> anchors_;
  std::vector<std::string> open_;
  std::size_t copied_ = 0;
};

}  // namespace

std::string utf8_of(unsigned code) {
  const auto byte = [](unsigned bits) { return static_cast<char>(bits); };
  if (code == 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return {};
  if (code < 0x80) return {byte(code)};
  if (code < 0x800) return {byte(0xC0 | code >> 6), byte(0x80 | (code & 0x3F))};
  if (code < 0x10000)
    return {byte(0xE0 | code >> 12), byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F))};
  return {byte(0xF0 | code >> 18), byte(0x80 | (code >> 12 & 0x3F)),
          byte(0x80 | (code >> 6 & 0x3F)), byte(0x80 | (code & 0x3F))};
}

YamlDocument read_yaml(std::string_view text, YamlItems items) {
  return Reader(text, items).read();
}

}  // namespace schemagate::format_rows
