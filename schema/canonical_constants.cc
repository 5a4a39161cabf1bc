// SPDX-License-Identifier: MIT
#include "schema/canonical_constants.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <optional>

#include "base/text.h"

namespace schemagate::canonical {
namespace {

std::optional<std::string> boolean(const std::string& text) {
  const std::string word = to_lower(trim(text));
  for (const std::string_view yes : {"t", "true", "y", "yes", "on", "1"}) {
    if (word == yes) return "TRUE";
  }
  for (const std::string_view no : {"f", "false", "n", "no", "off", "0"}) {
    if (word == no) return "FALSE";
  }
  return std::nullopt;
}

bool is_number(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  bool digits = false;
  for (const char c : text) {
    if (std::isdigit(static_cast<unsigned char>(c)) == 0 && c != '.') return false;
    digits = digits || c != '.';
  }
  return digits;
}

struct Unit {
  std::string_view prefix;
  long long months, days, microseconds;
};
constexpr long long second = 1'000'000;
constexpr std::array<Unit, 15> units{{{"microsecond", 0, 0, 1},
                                      {"us", 0, 0, 1},
                                      {"millisecond", 0, 0, 1000},
                                      {"ms", 0, 0, 1000},
                                      {"second", 0, 0, second},
                                      {"sec", 0, 0, second},
                                      {"minute", 0, 0, 60 * second},
                                      {"min", 0, 0, 60 * second},
                                      {"hour", 0, 0, 3600 * second},
                                      {"day", 0, 1, 0},
                                      {"week", 0, 7, 0},
                                      {"month", 1, 0, 0},
                                      {"mon", 1, 0, 0},
                                      {"year", 12, 0, 0},
                                      {"decade", 120, 0, 0}}};

const Unit* find_unit(std::string_view word) {
  if (word == "s") word = "second";
  if (word == "h") word = "hour";
  if (word == "d") word = "day";
  if (word == "y") word = "year";
  if (word.size() > 3 && word.back() == 's') word.remove_suffix(1);
  for (const Unit& unit : units) {
    if (word == unit.prefix) return &unit;
  }
  return nullptr;
}

/// "-01:30:05" in microseconds.
std::optional<long long> clock(std::string_view text) {
  long long sign = 1;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
  }
  const auto parts = split(text, ':');
  if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
  double seconds = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string part(i < parts.size() ? parts[i] : "0");
    if (!is_number(part)) return std::nullopt;
    seconds = seconds * 60 + std::strtod(part.c_str(), nullptr);
  }
  return sign * static_cast<long long>(seconds * static_cast<double>(second));
}

/// "1 day 02:00:00" as months, days and microseconds; nothing where the text is not that simple.
std::optional<std::string> interval(const std::string& text) {
  long long months = 0, days = 0, microseconds = 0;
  std::optional<double> amount;
  const std::string lower = to_lower(text);
  for (const std::string_view word : split(lower, ' ')) {
    if (word.empty()) continue;
    std::size_t digits = 0;
    while (digits < word.size() &&
           std::string_view("+-.0123456789").find(word[digits]) != std::string_view::npos)
      ++digits;
    if (const auto time = clock(word)) {
      microseconds += *time;
      continue;
    }
    std::string_view unit_word = word;
    if (digits > 0) {
      if (amount || !is_number(word.substr(0, digits))) return std::nullopt;
      amount = std::strtod(std::string(word.substr(0, digits)).c_str(), nullptr);
      unit_word = word.substr(digits);
      if (unit_word.empty()) continue;
    }
    const Unit* unit = find_unit(unit_word);
    if (unit == nullptr || !amount) return std::nullopt;
    if (unit->microseconds == 0 && *amount != static_cast<double>(static_cast<long long>(*amount)))
      return std::nullopt;
    months += static_cast<long long>(*amount) * unit->months;
    days += static_cast<long long>(*amount) * unit->days;
    microseconds += static_cast<long long>(*amount * static_cast<double>(unit->microseconds));
    amount.reset();
  }
  if (amount) return std::nullopt;
  return std::to_string(months) + " months " + std::to_string(days) + " days " +
         std::to_string(microseconds) + " us";
}

std::string without_json_space(const std::string& text) {
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      out += c;
      if (c == '\\' && i + 1 < text.size()) out += text[++i];
      if (c == '"') in_string = false;
    } else if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      in_string = c == '"';
      out += c;
    }
  }
  return out;
}

/// Digits up to `width` of them, taken off the front.
std::optional<int> number(std::string_view& text, std::size_t width) {
  std::size_t digits = 0;
  int value = 0;
  while (digits < width && digits < text.size() &&
         std::isdigit(static_cast<unsigned char>(text[digits])) != 0)
    value = value * 10 + (text[digits++] - '0');
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}
bool skip(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// ":MM" and ":SS.ffffff" behind the hour; microseconds since midnight.
std::optional<long long> time_of_day(std::string_view& text) {
  const auto hour = number(text, 2);
  long long minute = 0, seconds = 0, fraction = 0;
  if (!hour || !skip(text, ':')) return std::nullopt;
  const auto minutes = number(text, 2);
  if (!minutes) return std::nullopt;
  minute = *minutes;
  if (skip(text, ':')) {
    const auto read = number(text, 2);
    if (!read) return std::nullopt;
    seconds = *read;
    if (skip(text, '.')) {
      long long unit = second / 10;
      for (; !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0;
           text.remove_prefix(1), unit /= 10)
        fraction += unit * (text.front() - '0');
    }
  }
  return ((*hour * 60LL + minute) * 60 + seconds) * second + fraction;
}

/// "12:00" and "12:00:00" as one; nothing where it is written otherwise.
std::optional<std::string> wall_clock(std::string_view text) {
  text = trim(text);
  const auto read = time_of_day(text);
  if (!read || !text.empty()) return std::nullopt;
  return "us " + std::to_string(*read);
}

/// "+05:30", "Z", "UTC": microseconds east of UTC; none is said: UTC, as servers commonly run.
std::optional<long long> zone_of(std::string_view text) {
  const std::string word = to_lower(trim(text));
  if (word.empty() || word == "z" || word == "utc" || word == "gmt") return 0;
  const long long sign = word.front() == '-' ? -1 : 1;
  std::string_view rest = word;
  if (!skip(rest, '+') && !skip(rest, '-')) return std::nullopt;
  const auto hours = number(rest, 2);
  skip(rest, ':');
  const auto minutes = number(rest, 2);
  if (!hours || !rest.empty()) return std::nullopt;
  return sign * (*hours * 60LL + minutes.value_or(0)) * 60 * second;
}

/// "10:00+02" and "10:00:00+02" as one.
std::optional<std::string> zoned_clock(std::string_view text) {
  text = trim(text);
  const auto read = time_of_day(text);
  const auto zone = zone_of(text);
  if (!read || !zone) return std::nullopt;
  return "us " + std::to_string(*read) + " east " + std::to_string(*zone);
}

/// "\\000a" and "\\x0061" as one, in hexadecimal digits.
std::optional<std::string> bytes(std::string_view text) {
  static constexpr std::string_view digits = "0123456789abcdef";
  if (text.starts_with("\\x")) return to_lower(text);
  std::string hex = "\\x";
  while (!text.empty()) {
    auto byte = static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    if (byte == '\\' && !skip(text, '\\')) {
      if (text.size() < 3) return std::nullopt;
      byte = 0;
      for (const char c : text.substr(0, 3)) {
        if (c < '0' || c > '7') return std::nullopt;
        byte = static_cast<unsigned char>(byte * 8 + (c - '0'));
      }
      text.remove_prefix(3);
    }
    hex += digits[byte / 16];
    hex += digits[byte % 16];
  }
  return hex;
}

/// "2024-01-31 10:00:00+02" as days and microseconds of UTC; nothing where it is written otherwise.
std::optional<std::string> moment(std::string_view text, bool with_zone) {
  text = trim(text);
  const auto year = number(text, 4);
  if (!year || !skip(text, '-')) return std::nullopt;
  const auto month = number(text, 2);
  if (!month || !skip(text, '-')) return std::nullopt;
  const auto day = number(text, 2);
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(day.value_or(0)))};
  if (!date.ok()) return std::nullopt;
  long long time = 0;
  if (!text.empty() && (skip(text, ' ') || skip(text, 'T'))) {
    const auto read = time_of_day(text);
    if (!read) return std::nullopt;
    time = *read;
  }
  const auto zone = zone_of(text);
  if (!zone) return std::nullopt;
  if (with_zone) time -= *zone;
  constexpr long long whole_day = 86'400 * second;
  long long days = std::chrono::sys_days(date).time_since_epoch().count() + time / whole_day;
  time %= whole_day;
  if (time < 0) {
    time += whole_day;
    --days;
  }
  return "day " + std::to_string(days) + " us " + std::to_string(time);
}

/// "public.users_id_seq" and "users_id_seq" name the same relation or function.
std::string without_public(const std::string& text) {
  const auto tokens = tokenize(text);
  const bool is_public = tokens.size() == 4 && tokens[0].text == "public" && tokens[1].text == ".";
  if (is_public) return tokens[2].text;
  if (tokens.size() == 2 && tokens[0].kind != TokenKind::symbol) return tokens[0].text;
  return text;
}

}  // namespace

bool is_text_type(std::string_view type) {
  return type == "text" || type == "name" || type == "citext" || type.ends_with(".citext") ||
         type.substr(0, 7) == "varchar" || type.substr(0, 6) == "bpchar";
}

std::string base_type(std::string_view type) {
  return std::string(type.substr(0, type.find_first_of(" (")));
}

int number_rank(std::string_view type) {
  static constexpr std::array<std::string_view, 6> ladder{"int2",    "int4",   "int8",
                                                          "numeric", "float4", "float8"};
  const std::string base = base_type(type);
  for (std::size_t i = 0; i < ladder.size(); ++i) {
    if (base == ladder[i]) return static_cast<int>(i) + 1;
  }
  return 0;
}

Node number_constant(const std::string& text) {
  const std::size_t exponent = text.find_first_of("eE");
  if (exponent == std::string::npos || text.front() == '0') return make(NodeKind::number, text);
  std::string digits = text.substr(0, exponent);
  const std::size_t point = std::min(digits.find('.'), digits.size());
  const long shift = std::strtol(text.c_str() + exponent + 1, nullptr, 10);
  constexpr long most = 400;
  if (shift > most || shift < -most) return make(NodeKind::number, text);
  digits.erase(std::remove(digits.begin(), digits.end(), '.'), digits.end());
  long place = static_cast<long>(point) + shift;
  if (place <= 0) {
    digits.insert(0, static_cast<std::size_t>(1 - place), '0');
    place = 1;
  }
  if (const auto end = static_cast<std::size_t>(place); end >= digits.size())
    digits.append(end - digits.size(), '0');
  else
    digits.insert(end, ".");
  return make(NodeKind::cast, "numeric", {make(NodeKind::number, digits)});
}

Node bit_constant(const std::string& text) {
  std::string bits;
  for (const char c : std::string_view(text).substr(1)) {
    if (text.front() == 'b') {
      bits += c;
      continue;
    }
    const int digit = std::isdigit(static_cast<unsigned char>(c)) != 0
                          ? c - '0'
                          : std::tolower(static_cast<unsigned char>(c)) - 'a' + 10;
    for (int bit = 8; bit > 0; bit /= 2) bits += (digit & bit) != 0 ? '1' : '0';
  }
  return make(NodeKind::cast, "bit", {make(NodeKind::string, bits)});
}

Node typed_constant(const std::string& text, const std::string& type) {
  const std::string base = base_type(type);
  if (base == "bool") {
    if (auto value = boolean(text)) return make(NodeKind::constant, *value);
  }
  if (number_rank(base) > 0 && is_number(text)) {
    return make(NodeKind::number, std::string(text.front() == '+' ? text.substr(1) : text));
  }
  std::string value = text;
  if (base == "interval") value = interval(text).value_or(text);
  if (base == "jsonb") value = without_json_space(text);
  if (base == "timestamp" || base == "timestamptz")
    value = moment(text, base == "timestamptz").value_or(text);
  if (base == "timetz") value = zoned_clock(text).value_or(text);
  if (base == "bytea") value = bytes(text).value_or(text);
  if (base == "time") value = wall_clock(text).value_or(text);
  if (base == "regclass" || base == "regproc" || base == "regconfig" || base == "regtype")
    value = without_public(text);
  return make(NodeKind::string, std::move(value));
}

}  // namespace schemagate::canonical
