// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "hcl/functions.h"

namespace schemagate::hcl {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void refuse_long(std::size_t size) {
  if (size > longest_result) throw WrongArgument{"the text gets too long"};
}

/// Where each code point begins.
std::vector<std::size_t> code_points(const std::string& text) {
  std::vector<std::size_t> begins;
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) begins.push_back(i);
  return begins;
}

std::string upper_case(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

Value lower(const Arguments& a, Span) { return make_text(to_lower(text_at(a, 0))); }
Value upper(const Arguments& a, Span) { return make_text(upper_case(text_at(a, 0))); }

Value title(const Arguments& a, Span) {
  std::string text = text_at(a, 0);
  bool first = true;
  for (char& c : text) {
    if (first && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    first = is_space(c);
  }
  return make_text(std::move(text));
}

Value chomp(const Arguments& a, Span) {
  std::string text = text_at(a, 0);
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return make_text(std::move(text));
}

/// The verbs %s %d %v %q %f %t and %%, with a width or a precision: what names are made with.
std::string formatted(const Arguments& a, std::size_t next) {
  const std::string pattern = text_at(a, 0);
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      out += pattern[i];
      continue;
    }
    const std::size_t end = pattern.find_first_not_of("0123456789.-+# ", i + 1);
    if (end == std::string::npos) throw WrongArgument{"the pattern ends inside of a verb"};
    const std::string flags = pattern.substr(i + 1, end - i - 1);
    const char verb = pattern[end];
    i = end;
    if (verb == '%') {
      out += '%';
      continue;
    }
    if (next >= a.size()) throw WrongArgument{"there are fewer values than verbs"};
    const bool zeros = flags.starts_with('0') && verb == 'd';
    if (!flags.empty() && !(zeros && flags.size() == 2))
      throw WrongArgument{fmt::format("%{}{} is not evaluated here", flags, verb)};
    std::string value;
    if (verb == 's' || verb == 'v' || verb == 't') {
      value = text_at(a, next++);
    } else if (verb == 'd') {
      value = make_integer(whole_at(a, next++)).text;
      if (zeros && !value.starts_with('-'))
        value.insert(0,
                     std::max<std::size_t>(value.size(), static_cast<std::size_t>(flags[1] - '0')) -
                         value.size(),
                     '0');
    } else if (verb == 'q') {
      value = '"' + text_at(a, next++) + '"';
      if (value.find_first_of("\"\\\n", 1) != value.size() - 1)
        throw WrongArgument{"%q of such a text is not evaluated here"};
    } else {
      throw WrongArgument{fmt::format("%{} is not evaluated here", verb)};
    }
    out += value;
    refuse_long(out.size());
  }
  if (next < a.size()) throw WrongArgument{"there are more values than verbs"};
  return out;
}
Value format_text(const Arguments& a, Span) { return make_text(formatted(a, 1)); }

Value format_list(const Arguments& a, Span where) {
  std::size_t count = 1;
  bool has_list = false;
  for (const Value& argument : a)
    if (argument.is(ValueKind::list)) {
      if (has_list && argument.items.size() != count)
        throw WrongArgument{"the lists are of different lengths"};
      count = argument.items.size();
      has_list = true;
    }
  std::vector<Value> out;
  for (std::size_t i = 0; i < count; ++i) {
    Arguments row;
    for (const Value& argument : a)
      row.push_back(argument.is(ValueKind::list) ? argument.items[i] : argument);
    out.push_back(make_text(formatted(row, 1)));
  }
  return make_list(std::move(out), where);
}

Value indent(const Arguments& a, Span) {
  const long spaces = whole_at(a, 0);
  const std::string text = text_at(a, 1);
  if (spaces < 0) throw WrongArgument{"less than no spaces"};
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  refuse_long(text.size() + lines * static_cast<std::size_t>(spaces));
  return make_text(
      replace_all(text, "\n", "\n" + std::string(static_cast<std::size_t>(spaces), ' ')));
}

Value join_texts(const Arguments& a, Span) {
  const std::string separator = text_at(a, 0);
  std::string out;
  bool first = true;
  for (std::size_t i = 1; i < a.size(); ++i)
    for (std::size_t item = 0; item < list_at(a, i).size(); ++item) {
      out += (first ? "" : separator) + text_at(list_at(a, i), item);
      first = false;
      refuse_long(out.size());
    }
  return make_text(std::move(out));
}

Value split_text(const Arguments& a, Span where) {
  const std::string separator = text_at(a, 0), text = text_at(a, 1);
  std::vector<Value> out;
  if (separator.empty()) {
    const auto begins = code_points(text);
    for (std::size_t i = 0; i < begins.size(); ++i) {
      const std::size_t end = i + 1 < begins.size() ? begins[i + 1] : text.size();
      out.push_back(make_text(text.substr(begins[i], end - begins[i])));
    }
    return make_list(std::move(out), where);
  }
  std::size_t at = 0;
  for (std::size_t next = text.find(separator); next != std::string::npos;
       next = text.find(separator, at)) {
    out.push_back(make_text(text.substr(at, next - at)));
    at = next + separator.size();
  }
  out.push_back(make_text(text.substr(at)));
  return make_list(std::move(out), where);
}

Value replace_text(const Arguments& a, Span) {
  const std::string text = text_at(a, 0), from = text_at(a, 1), to = text_at(a, 2);
  if (from.size() > 1 && from.starts_with('/') && from.ends_with('/'))
    throw WrongArgument{"regular expressions are not evaluated here"};
  if (from.empty()) throw WrongArgument{"there is nothing to look for"};
  if (text.size() / from.size() * to.size() + text.size() > longest_result)
    throw WrongArgument{"the text gets too long"};
  return make_text(replace_all(text, from, to));
}

Value reverse_text(const Arguments& a, Span) {
  const std::string text = text_at(a, 0);
  const auto begins = code_points(text);
  std::string out;
  std::size_t end = text.size();
  for (auto at = begins.rbegin(); at != begins.rend(); ++at) {
    out += text.substr(*at, end - *at);
    end = *at;
  }
  return make_text(std::move(out));
}

Value starts_with(const Arguments& a, Span) {
  return make_boolean(text_at(a, 0).starts_with(text_at(a, 1)));
}
Value ends_with(const Arguments& a, Span) {
  return make_boolean(text_at(a, 0).ends_with(text_at(a, 1)));
}

Value substring(const Arguments& a, Span) {
  const std::string text = text_at(a, 0);
  const auto begins = code_points(text);
  const long count = static_cast<long>(begins.size());
  long from = whole_at(a, 1), length = whole_at(a, 2);
  if (from < 0) from += count;
  if (from < 0 || from >= count || length == 0) return make_text("");
  if (length < 0 || length > count - from) length = count - from;
  const auto offset = [&](long index) {
    return index >= count ? text.size() : begins[static_cast<std::size_t>(index)];
  };
  return make_text(text.substr(offset(from), offset(from + length) - offset(from)));
}

std::string trimmed(std::string text, std::string_view characters) {
  const std::size_t begin = text.find_first_not_of(characters);
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(characters) - begin + 1);
}
Value trim_characters(const Arguments& a, Span) {
  return make_text(trimmed(text_at(a, 0), text_at(a, 1)));
}
Value trim_space(const Arguments& a, Span) {
  return make_text(trimmed(text_at(a, 0), " \t\n\r\v\f"));
}

Value trim_prefix(const Arguments& a, Span) {
  const std::string text = text_at(a, 0), prefix = text_at(a, 1);
  return make_text(text.starts_with(prefix) ? text.substr(prefix.size()) : text);
}
Value trim_suffix(const Arguments& a, Span) {
  const std::string text = text_at(a, 0), suffix = text_at(a, 1);
  return make_text(text.ends_with(suffix) ? text.substr(0, text.size() - suffix.size()) : text);
}

void append_json_text(const std::string& text, std::string& out) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      out += std::string("\\") + c;
    else if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (c == '\r')
      out += "\\r";
    else if (byte < 0x20 || c == '<' || c == '>' || c == '&')
      out += fmt::format("\\u{:04x}", byte);
    else
      out += c;
  }
  out += '"';
}

void append_json(const Value& value, std::string& out) {
  refuse_long(out.size());
  if (value.is(ValueKind::null)) {
    out += "null";
  } else if (value.is(ValueKind::number) || value.is(ValueKind::boolean)) {
    out += value.text;
  } else if (value.is(ValueKind::text)) {
    append_json_text(value.text, out);
  } else if (value.is(ValueKind::list) || value.is(ValueKind::object)) {
    const bool is_list = value.is(ValueKind::list);
    out += is_list ? '[' : '{';
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      if (i > 0) out += ',';
      if (!is_list) {
        append_json_text(value.keys[i], out);
        out += ':';
      }
      append_json(value.items[i], out);
    }
    out += is_list ? ']' : '}';
  } else {
    throw WrongArgument{fmt::format("{} is no JSON", kind_name(value))};
  }
}
Value json_encode(const Arguments& a, Span) {
  std::string out;
  append_json(a[0], out);
  return make_text(std::move(out));
}

constexpr Function text_entries[] = {
    {"chomp", 1, 1, chomp},
    {"endswith", 2, 2, ends_with},
    {"format", 1, any_number, format_text},
    {"formatlist", 1, any_number, format_list},
    {"indent", 2, 2, indent},
    {"join", 2, any_number, join_texts},
    {"jsonencode", 1, 1, json_encode},
    {"lower", 1, 1, lower},
    {"replace", 3, 3, replace_text},
    {"split", 2, 2, split_text},
    {"startswith", 2, 2, starts_with},
    {"strrev", 1, 1, reverse_text},
    {"substr", 3, 3, substring},
    {"title", 1, 1, title},
    {"trim", 2, 2, trim_characters},
    {"trimprefix", 2, 2, trim_prefix},
    {"trimspace", 1, 1, trim_space},
    {"trimsuffix", 2, 2, trim_suffix},
    {"upper", 1, 1, upper},
};

}  // namespace

std::span<const Function> text_functions() { return text_entries; }

}  // namespace schemagate::hcl
