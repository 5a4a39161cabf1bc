// SPDX-License-Identifier: MIT
#include "schema/constant_values.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.h"
#include "schema/expression_analysis.h"
#include "schema/extension_content.h"
#include "schema/impact_types.h"

namespace schemagate {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool has_digit(std::string_view text) { return std::any_of(text.begin(), text.end(), is_digit); }

Failure syntax(std::string_view type, std::string_view text, std::string sqlstate = "22P02") {
  return {std::move(sqlstate), "invalid input syntax for type " +
                                   to_sql(TypeName{{"", std::string(type)}, {}, {}, 0, false}) +
                                   ": " + quoted(text)};
}

std::optional<Failure> refused_integer(const std::string& type, std::string_view text) {
  std::string_view digits = trim(text);
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.empty() || !is_digit(digits.front())) return syntax(type, text);
  if (!std::all_of(digits.begin(), digits.end(), is_digit)) {
    const bool other_base = std::all_of(digits.begin(), digits.end(), [](char c) {
      return is_digit(c) || is_letter(c) || c == '_';  // 0x1F, 1_000
    });
    return other_base ? std::nullopt : std::optional(syntax(type, text));
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const int bits = type == "int2" ? 15 : type == "int4" ? 31 : 63;
  const std::uint64_t limit = (std::uint64_t{1} << bits) - (negative ? 0 : 1);
  if (error == std::errc() && value <= limit) return std::nullopt;
  return Failure{"22003", "value " + quoted(text) + " is out of range for type " +
                              to_sql(TypeName{{"", type}, {}, {}, 0, false})};
}

bool reads_as_number(std::string_view text) {
  const std::string body = to_lower(trim(text));
  if (body == "nan" || body.ends_with("infinity") || body.ends_with("inf")) return true;
  char* end = nullptr;
  std::strtod(body.c_str(), &end);
  return !body.empty() && (*end == '\0' || body.find('_') != std::string::npos);
}

bool reads_as_boolean(std::string_view text) {
  const std::string body = to_lower(trim(text));
  if (body == "1" || body == "0" || body == "on" || body == "of" || body == "off") return true;
  constexpr auto words = std::to_array<std::string_view>({"true", "false", "yes", "no"});
  return !body.empty() && std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return word.starts_with(body);
  });
}

bool reads_as_uuid(std::string_view text) {
  const auto digits = std::count_if(text.begin(), text.end(),
                                    [](unsigned char c) { return std::isxdigit(c) != 0; });
  constexpr int uuid_digits = 32;
  const bool clean = std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isxdigit(c) != 0 || c == '-' || c == '{' || c == '}';
  });
  return digits == uuid_digits && clean;
}

/// A text with digits that is no date or time in any spelling.
bool is_no_time(std::string_view type, std::string_view word) {
  constexpr std::string_view never = "\\{}[]$&=";
  if (type != "interval" && word.find_first_of(never) != std::string_view::npos) return true;
  if (reads_as_uuid(word)) return true;
  const bool clock = type == "time" || type == "timetz";
  const bool iso = word.size() == std::string_view("2000-12-31").size() && word[4] == '-' &&
                   word[7] == '-' && is_digit(word[0]);
  if (clock && iso) return true;
  if (type == "interval") return false;
  const bool only_clock = word.find(':') != std::string_view::npos &&
                          word.find_first_not_of("0123456789:.") == std::string_view::npos;
  if (only_clock) return !clock;
  const bool digits = std::all_of(word.begin(), word.end(), is_digit);
  constexpr std::size_t hours_and_minutes = 4, most = 5;  // 6 are a date, or hours to seconds
  return digits && word.size() <= most && !(clock && word.size() == hours_and_minutes);
}

/// Dates and times have many spellings: refused are words and numbers that are none of theirs, and
/// months and days that no calendar has.
std::optional<Failure> refused_date(std::string_view type, const std::string& text) {
  const std::string word = to_lower(trim(text));
  if (has_digit(word) && is_no_time(type, word)) return syntax(type, text, "22007");
  if (!has_digit(word)) {
    constexpr auto words =
        std::to_array<std::string_view>({"now", "today", "tomorrow", "yesterday", "epoch",
                                         "infinity", "-infinity", "+infinity", "allballs"});
    const bool spoken = std::find(words.begin(), words.end(), word) != words.end() ||
                        word.find(' ') != std::string::npos;
    return spoken ? std::nullopt : std::optional(syntax(type, text, "22007"));
  }
  const bool iso = word.size() >= 10 && word[4] == '-' && word[7] == '-' &&
                   has_digit(word.substr(0, 1)) && type != "time" && type != "interval";
  if (!iso || (word.size() > 10 && is_digit(word[10]))) return std::nullopt;
  const int month = std::atoi(word.substr(5, 2).c_str());
  const int day = std::atoi(word.substr(8, 2).c_str());
  constexpr std::array<int, 13> days{31, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month >= 1 && month <= 12 && day >= 1 && day <= days[static_cast<std::size_t>(month)]) {
    return std::nullopt;
  }
  return Failure{"22008", "date/time field value out of range: " + quoted(text)};
}

/// JSON as RFC 8259 has it; `at` moves behind what was read.
class JsonReader {
 public:
  explicit JsonReader(std::string_view source) : text(source) {}
  bool whole() {
    if (!value(0)) return false;
    blanks();
    return at == text.size();
  }

 private:
  char next() const { return at < text.size() ? text[at] : '\0'; }
  bool take(char c) { return next() == c && (++at, true); }
  void blanks() {
    while (at < text.size() && std::string_view(" \t\r\n").find(text[at]) != text.npos) ++at;
  }
  bool string() {
    if (!take('"')) return false;
    while (at < text.size() && text[at] != '"') {
      if (static_cast<unsigned char>(text[at]) < ' ') return false;
      at += text[at] == '\\' ? 2 : 1;
    }
    return take('"');
  }
  bool number() {
    take('-');
    const std::size_t begin = at;
    while (is_digit(next()) ||
           (at > begin && std::string_view(".eE+-").find(next()) != text.npos && next() != '\0')) {
      ++at;
    }
    return at > begin && is_digit(text[at - 1]);
  }
  bool word(std::string_view expected) {
    if (text.substr(at, expected.size()) != expected) return false;
    at += expected.size();
    return true;
  }
  bool members(char close, bool named, int depth) {
    ++at;
    blanks();
    if (take(close)) return true;
    while (true) {
      blanks();
      if (named && !string()) return false;
      blanks();
      if (named && !take(':')) return false;
      if (!value(depth + 1)) return false;
      blanks();
      if (take(close)) return true;
      if (!take(',')) return false;
    }
  }
  bool value(int depth) {
    constexpr int deepest = 200;
    if (depth > deepest) return true;
    blanks();
    switch (next()) {
      case '{':
        return members('}', true, depth);
      case '[':
        return members(']', false, depth);
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  std::string_view text;
  std::size_t at = 0;
};

/// IPv4 and IPv6 have no other characters than these; a cidr no bits behind its mask.
std::optional<Failure> refused_address(const std::string& type, const std::string& text) {
  const Failure failure{"22P02", "invalid input syntax for type " + type + ": " + quoted(text)};
  const std::string body(trim(text));
  const bool clean = !body.empty() && std::all_of(body.begin(), body.end(), [](unsigned char c) {
    return std::isxdigit(c) != 0 || c == '.' || c == ':' || c == '/';
  });
  if (!clean) return failure;
  unsigned parts[4] = {0, 0, 0, 0};
  int bits = 32, read = 0;
  const int fields = std::sscanf(body.c_str(), "%3u.%3u.%3u.%3u/%2d%n", &parts[0], &parts[1],
                                 &parts[2], &parts[3], &bits, &read);
  if (type != "cidr" || fields != 5 || static_cast<std::size_t>(read) != body.size() || bits > 31 ||
      bits < 0) {
    return std::nullopt;
  }
  std::uint32_t address = 0;
  for (const unsigned part : parts) address = address << 8 | (part & 255U);
  const std::uint32_t host =
      bits == 0 ? address : address & ((std::uint32_t{1} << (32 - bits)) - 1);
  if (host == 0) return std::nullopt;
  return Failure{"22P02", "invalid cidr value: " + quoted(text)};
}

std::optional<Failure> refused_array(const ImpactBuilder& b, TypeName type,
                                     const std::string& text) {
  const std::string_view body = trim(text);
  if (!body.starts_with('{') && !body.starts_with('[')) {
    return Failure{"22P02", "malformed array literal: " + quoted(text)};
  }
  const bool simple = body.starts_with('{') && body.ends_with('}') &&
                      body.find_first_of("{}\"\\", 1) == body.size() - 1;
  if (!simple || body.size() == 2) return std::nullopt;
  type.array_dimensions = 0;
  for (const std::string_view element : split(body.substr(1, body.size() - 2), ',')) {
    const std::string_view one = trim(element);
    if (one.empty()) return Failure{"22P02", "malformed array literal: " + quoted(text)};
    if (to_lower(one) == "null") continue;
    if (auto refused = refused_constant(b, type, std::string(one))) return refused;
  }
  return std::nullopt;
}

/// A relation by its name. Unclear where the text is more than one or two plain names.
std::optional<Failure> refused_relation(const ImpactBuilder& b, const std::string& text) {
  if (has_digit(text.substr(0, 1)) || b.session().partial || may_bring_relations(b.catalog())) {
    return std::nullopt;
  }
  const auto point = text.find('.');
  QualifiedName name{"", text};
  if (point != std::string::npos) name = {text.substr(0, point), text.substr(point + 1)};
  const bool of_system = name.schema == "pg_catalog" || name.schema == "information_schema" ||
                         name.name.starts_with("pg_");
  const bool plain =
      is_plain_identifier(name.name) && (name.schema.empty() || is_plain_identifier(name.schema));
  if (of_system || !plain || b.resolve(name)) return std::nullopt;
  return Failure{"42P01", "relation " + quoted(text) + " does not exist"};
}

std::optional<Failure> refused_oid(const std::string& text) {
  std::string_view digits = trim(text);
  if (digits.starts_with('-') || digits.starts_with('+')) digits.remove_prefix(1);
  const bool reads = !digits.empty() && std::all_of(digits.begin(), digits.end(), [](char c) {
    return is_digit(c) || is_letter(c) || c == '_';  // 0x1F, 1_000
  });
  return reads && is_digit(digits.front()) ? std::nullopt : std::optional(syntax("oid", text));
}

/// Only what begins with \x is held to anything here.
std::optional<Failure> refused_bytes(const std::string& text) {
  if (!text.starts_with("\\x")) return std::nullopt;
  std::size_t digits = 0;
  for (const char c : text.substr(2)) {
    if (std::isspace(static_cast<unsigned char>(c)) != 0) continue;
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0)
      return Failure{"22023", "invalid hexadecimal digit: " + quoted(std::string(1, c))};
    ++digits;
  }
  if (digits % 2 == 0) return std::nullopt;
  return Failure{"22023", "invalid hexadecimal data: odd number of digits"};
}

std::optional<Failure> refused_bits(const std::string& text) {
  const bool marked = !text.empty() && std::string_view("bBxX").find(text[0]) != std::string::npos;
  if (marked || text.find_first_not_of("01") == std::string::npos) return std::nullopt;
  return Failure{"22P02", quoted(text) + " is no constant of binary digits"};
}

std::optional<Failure> refused_builtin(const ImpactBuilder& b, const std::string& type,
                                       const std::string& text) {
  if (type == "int2" || type == "int4" || type == "int8") return refused_integer(type, text);
  if (type == "date" || type == "timestamp" || type == "timestamptz" || type == "time" ||
      type == "timetz" || type == "interval") {
    return refused_date(type, text);
  }
  if (type == "inet" || type == "cidr") return refused_address(type, text);
  if (type == "regclass") return refused_relation(b, text);
  if (type == "oid") return refused_oid(text);
  if (type == "bytea") return refused_bytes(text);
  if (type == "bit" || type == "varbit") return refused_bits(text);
  const bool number = type == "numeric" || type == "float4" || type == "float8";
  const bool range = type.ends_with("range") && !type.ends_with("multirange");
  const std::string_view body = trim(text);
  if ((number && !reads_as_number(text)) || (type == "bool" && !reads_as_boolean(text)) ||
      (type == "uuid" && !reads_as_uuid(text)) ||
      (range && !body.starts_with('[') && !body.starts_with('(') && to_lower(body) != "empty")) {
    return syntax(type, text);
  }
  if ((type == "json" || type == "jsonb") && !JsonReader(text).whole()) {
    return Failure{"22P02", "invalid input syntax for type json"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Failure> refused_constant(const ImpactBuilder& b, const TypeName& type,
                                        const std::string& text) {
  if (type.array_dimensions > 0) return refused_array(b, type, text);
  if (const std::string name = builtin_name(b, type); name.ends_with("[]")) {
    return refused_array(b, TypeName{{"", name.substr(0, name.size() - 2)}, {}, {}, 1, false},
                         text);
  } else if (!name.empty()) {
    return refused_builtin(b, name, text);
  }
  const auto resolved = resolve_type(b.catalog(), b.session(), type.name);
  const auto found = resolved ? b.catalog().types.find(*resolved) : b.catalog().types.end();
  if (found == b.catalog().types.end() || found->second.kind != TypeKind::enumeration) {
    return std::nullopt;
  }
  if (contains(found->second.values, text)) return std::nullopt;
  return Failure{"22P02", "invalid input value for enum " + resolved->name + ": " + quoted(text)};
}

namespace {

int modifier(const TypeName& type, std::size_t at, int otherwise) {
  if (at >= type.modifiers.size()) return otherwise;
  return std::atoi(type.modifiers[at].c_str());
}

/// How many characters UTF-8 text has.
std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::optional<Failure> unfit_text(const TypeName& type, std::string text) {
  const int most = modifier(type, 0, type.name.name == "bpchar" ? 1 : 0);
  if (most <= 0) return std::nullopt;
  while (!text.empty() && text.back() == ' ') text.pop_back();  // only blanks may be cut off
  if (characters(text) <= static_cast<std::size_t>(most)) return std::nullopt;
  return Failure{"22001", "value too long for type " + to_sql(type)};
}

std::optional<Failure> unfit_bits(const TypeName& type, std::size_t count) {
  const auto wanted = static_cast<std::size_t>(modifier(type, 0, type.name.name == "bit" ? 1 : 0));
  if (type.name.name == "bit" && count != wanted) {
    return Failure{"22026", "bit string length " + std::to_string(count) + " does not match type " +
                                to_sql(type)};
  }
  if (type.name.name == "varbit" && wanted > 0 && count > wanted) {
    return Failure{"22001", "bit string too long for type " + to_sql(type)};
  }
  return std::nullopt;
}

std::optional<Failure> unfit_number(const TypeName& type, const std::string& sql) {
  const std::string& name = type.name.name;
  if (sql.find_first_not_of("0123456789.-") != std::string::npos) return std::nullopt;
  const double value = std::abs(std::atof(sql.c_str()));
  if (name == "numeric" && !type.modifiers.empty()) {
    const int whole = modifier(type, 0, 0) - modifier(type, 1, 0);
    double limit = 1;
    for (int i = 0; i < std::abs(whole); ++i) limit = whole > 0 ? limit * 10 : limit / 10;
    double half = 0.5;
    for (int i = 0; i < modifier(type, 1, 0); ++i) half /= 10;
    constexpr int exact_digits = 15;
    if (static_cast<int>(sql.size()) > exact_digits && value < limit * 1.1) return std::nullopt;
    if (value + half < limit) return std::nullopt;
    return Failure{"22003", "numeric field overflow"};
  }
  const int bits = name == "int2" ? 15 : name == "int4" ? 31 : name == "int8" ? 63 : 0;
  if (bits == 0) return std::nullopt;
  double limit = 1;
  for (int i = 0; i < bits; ++i) limit *= 2;
  const bool negative = sql.starts_with('-');
  if (negative ? value <= limit : value < limit) return std::nullopt;
  return Failure{"22003", to_sql(type) + " out of range"};
}

}  // namespace

std::optional<Failure> unfit_constant(const ImpactBuilder& b, const TypeName& written,
                                      const std::string& sql) {
  const TypeName type = base_type(b, written).type;
  const std::string& name = type.name.name;
  if (type.array_dimensions > 0 || !type.name.schema.empty() || sql.empty()) return std::nullopt;
  const bool plain = sql.size() >= 2 && sql.front() == '\'' && sql.find('\'', 1) == sql.size() - 1;
  const std::string inner = plain ? sql.substr(1, sql.size() - 2) : std::string();
  const bool bits = name == "bit" || name == "varbit";
  if (plain && (name == "varchar" || name == "bpchar")) return unfit_text(type, inner);
  if (plain && bits && inner.find_first_not_of("01") == std::string::npos) {
    return unfit_bits(type, inner.size());
  }
  if (bits && (sql.starts_with("b'") || sql.starts_with("B'")) && sql.ends_with('\'')) {
    return unfit_bits(type, sql.size() - 3);
  }
  if (plain) return unfit_number(type, inner);
  return is_digit(sql.front()) || sql.front() == '-' || sql.front() == '.' ? unfit_number(type, sql)
                                                                           : std::nullopt;
}

}  // namespace schemagate
