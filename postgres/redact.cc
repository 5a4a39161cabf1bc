// SPDX-License-Identifier: MIT
// What messages may say of a connection. Texts may be as long as a pull request makes them: they
// are scanned, a regular expression of the standard library would use the stack for each character.
#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "postgres/session.h"

namespace schemagate::postgres {
namespace {

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto hex = [](char c) {
      return std::string_view("0123456789abcdef").find(static_cast<char>(c | 0x20));
    };
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) < 16 && hex(text[i + 2]) < 16) {
      decoded += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

/// What stands for a password in a URL or key=value string: as written, and decoded.
std::vector<std::string> passwords_of(std::string_view conninfo) {
  std::vector<std::string> found;
  const auto add = [&](std::string_view raw) {
    if (raw.empty()) return;
    found.emplace_back(raw);
    if (std::string decoded = percent_decoded(raw); decoded != raw)
      found.push_back(std::move(decoded));
    // libpq cuts a URL whose password is not encoded in the wrong places and quotes the pieces.
    for (auto rest = raw; !rest.empty();) {
      const auto end = std::min(rest.size(), rest.find_first_of(":/@?#&"));
      if (end > 2) found.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(rest.size(), end + 1));
    }
  };
  if (const auto scheme = conninfo.find("://"); scheme != conninfo.npos) {
    const auto authority = conninfo.substr(scheme + 3);
    // A password may hold '/' or '@' unescaped: libpq refuses it, but it must not be printed
    // either.
    const auto at = authority.rfind('@');
    const auto colon = authority.find(':');
    if (at != authority.npos && colon < at) add(authority.substr(colon + 1, at - colon - 1));
  }
  for (auto at = conninfo.find("password"); at != conninfo.npos;
       at = conninfo.find("password", at + 8)) {
    auto rest = conninfo.substr(at + 8);
    const auto equals = rest.find_first_not_of(" \t");
    if (equals == rest.npos || rest[equals] != '=') continue;
    rest = trim(rest.substr(equals + 1));
    if (rest.starts_with('\'')) {
      const auto end = rest.find('\'', 1);
      add(rest.substr(1, end == rest.npos ? end : end - 1));
    } else {
      add(rest.substr(0, rest.find_first_of(" \t&")));
    }
  }
  return found;
}

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_of_scheme(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '.' || c == '-';
}

std::size_t end_of_word(std::string_view text, std::size_t from) {
  while (from < text.size() && !is_space(text[from])) ++from;
  return from;
}

/// scheme://user:PASSWORD@…, as far as the last @ of the word.
std::string without_url_passwords(std::string_view text) {
  std::string safe;
  std::size_t done = 0, end = 0, last = text.npos;  // of the word, and the last @ in it
  for (auto at = text.find("://"); at != text.npos; at = text.find("://", std::max(at + 3, done))) {
    std::size_t scheme = at;
    while (scheme > done && is_of_scheme(text[scheme - 1])) --scheme;
    while (scheme < at && !is_letter(text[scheme])) ++scheme;
    if (at >= end) {
      end = end_of_word(text, at);
      last = text.substr(0, end).rfind('@');
    }
    std::size_t colon = at + 3;
    while (colon < end && std::string_view(":/?#").find(text[colon]) == std::string_view::npos)
      ++colon;
    if (scheme == at || colon >= end || text[colon] != ':' || last == text.npos || last < colon)
      continue;
    safe.append(text.substr(done, colon + 1 - done)).append("***");
    done = last;
  }
  return safe.append(text.substr(done));
}

/// Where the value of `name = value` behind `at` begins and ends; nothing where none is.
struct Value {
  std::size_t begin = 0, end = 0;
};
std::optional<Value> value_behind(std::string_view text, std::size_t at, std::string_view ends) {
  const auto skip = [&] {
    while (at < text.size() && is_space(text[at])) ++at;
  };
  skip();
  if (at == text.size() || text[at] != '=') return std::nullopt;
  ++at;
  skip();
  if (at == text.size()) return std::nullopt;
  Value value{at, at};
  if (text[at] == '\'') {
    value.end = std::min(text.find('\'', at + 1), text.size() - 1) + 1;
  } else {
    while (value.end < text.size() && !is_space(text[value.end]) &&
           ends.find(text[value.end]) == ends.npos)
      ++value.end;
  }
  if (value.begin == value.end) return std::nullopt;
  return value;
}

/// password = VALUE, as in a key=value string or in a URL's query.
std::string without_password_pairs(std::string_view text) {
  constexpr std::string_view word = "password";
  const std::string lower = to_lower(text);
  std::string safe;
  std::size_t done = 0;
  for (auto at = lower.find(word); at != lower.npos;
       at = lower.find(word, std::max(at + word.size(), done))) {
    const auto value = value_behind(text, at + word.size(), "&");
    if (!value) continue;
    safe.append(text.substr(done, value->begin - done)).append("***");
    done = value->end;
  }
  return safe.append(text.substr(done));
}

/// What stands behind is the name of something that was looked for.
bool names_something(std::string_view before) {
  for (const std::string_view word :
       {"at ", "name ", "user ", "role ", "database ", "socket ", "file ", "address "})
    if (before.ends_with(word) &&
        (before.size() == word.size() || !is_letter(before[before.size() - word.size() - 1])))
      return true;
  return false;
}

}  // namespace

std::string redact(std::string text, std::string_view conninfo) {
  for (const std::string& password : passwords_of(conninfo))
    text = replace_all(std::move(text), password, "***");
  return without_password_pairs(without_url_passwords(text));
}

std::string without_pieces(std::string_view message, const std::string& conninfo) {
  const std::string known = conninfo + "\n" + percent_decoded(conninfo);
  std::string safe;
  std::size_t done = 0;
  for (auto open = message.find('"'); open != message.npos; open = message.find('"', done)) {
    const std::size_t close = message.find('"', open + 1);
    if (close == message.npos) break;
    const std::string_view piece = message.substr(open + 1, close - open - 1);
    const bool stays = names_something(message.substr(0, open)) || piece.size() < 2 ||
                       known.find(piece) == known.npos;
    safe.append(message.substr(done, open - done));
    safe.append(stays ? message.substr(open, close + 1 - open) : "\"***\"");
    done = close + 1;
  }
  return safe.append(message.substr(done));
}

std::string server_of(std::string_view conninfo) {
  std::string host, port;
  if (const auto scheme = conninfo.find("://"); scheme != conninfo.npos) {
    auto authority = conninfo.substr(scheme + 3);
    if (const auto at = authority.rfind('@'); at != authority.npos) authority.remove_prefix(at + 1);
    authority = authority.substr(0, authority.find_first_of("/?"));
    host = percent_decoded(authority);
  } else {
    for (const std::string_view name : {"host", "port"})
      for (auto at = conninfo.find(name); at != conninfo.npos; at = conninfo.find(name, at + 4)) {
        const auto value = value_behind(conninfo, at + name.size(), "");
        if (!value) continue;
        std::string& found = name == "host" ? host : port;
        found = conninfo.substr(value->begin, value->end - value->begin);
        found = replace_all(std::move(found), "'", "");
      }
  }
  if (host.empty() || host.starts_with('/')) return "local socket";
  return port.empty() ? host : host + ":" + port;
}

}  // namespace schemagate::postgres
