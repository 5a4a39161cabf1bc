// SPDX-License-Identifier: MIT
#include "report/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>

namespace schemagate {
namespace {

constexpr char32_t replacement = 0xFFFD;
constexpr std::string_view replacement_utf8 = "\xEF\xBF\xBD";

struct Range {
  char32_t first, last;
};

/// Unicode's Cc, Cf, Zl, Zp and what else is drawn as nothing: controls, soft hyphen, bidirectional
/// and zero-width characters, fillers, tags.
constexpr std::array deceptive = std::to_array<Range>({
    {0x0000, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD},   {0x034F, 0x034F},
    {0x0600, 0x0605},   {0x061C, 0x061C},   {0x06DD, 0x06DD},   {0x070F, 0x070F},
    {0x0890, 0x0891},   {0x08E2, 0x08E2},   {0x115F, 0x1160},   {0x17B4, 0x17B5},
    {0x180B, 0x180F},   {0x200B, 0x200F},   {0x2028, 0x202E},   {0x2060, 0x206F},
    {0x2800, 0x2800},   {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
    {0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},   {0x110BD, 0x110BD}, {0x110CD, 0x110CD},
    {0x13430, 0x1343F}, {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
});

constexpr std::array combining = std::to_array<Range>({
    {0x0300, 0x036F},
    {0x0483, 0x0489},
    {0x0591, 0x05BD},
    {0x0610, 0x061A},
    {0x064B, 0x065F},
    {0x093C, 0x093C},
    {0x094D, 0x094D},
    {0x0E31, 0x0E31},
    {0x0E34, 0x0E3A},
    {0x0E47, 0x0E4E},
    {0x1AB0, 0x1AFF},
    {0x1DC0, 0x1DFF},
    {0x20D0, 0x20FF},
    {0x302A, 0x302D},
    {0x3099, 0x309A},
    {0xFE00, 0xFE0F},
    {0xFE20, 0xFE2F},
});

constexpr std::array wide = std::to_array<Range>({
    {0x1100, 0x115F},
    {0x231A, 0x231B},
    {0x2E80, 0x303E},
    {0x3041, 0x33FF},
    {0x3400, 0x4DBF},
    {0x4E00, 0x9FFF},
    {0xA000, 0xA4CF},
    {0xA960, 0xA97F},
    {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF},
    {0xFE30, 0xFE6F},
    {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},
    {0x1F300, 0x1F64F},
    {0x1F680, 0x1F6FF},
    {0x1F900, 0x1FAFF},
    {0x20000, 0x3FFFD},
});

template <std::size_t N>
bool contains(const std::array<Range, N>& ranges, char32_t code) {
  const auto after =
      std::upper_bound(ranges.begin(), ranges.end(), code,
                       [](char32_t c, const Range& range) { return c < range.first; });
  return after != ranges.begin() && code <= std::prev(after)->last;
}

std::string escape(char32_t code) {
  if (code == '\n') return "\\n";
  if (code == '\r') return "\\r";
  if (code == '\t') return "\\t";
  if (code < 0x80) return fmt::format("\\x{:02x}", static_cast<std::uint32_t>(code));
  if (code < 0x10000) return fmt::format("\\u{:04x}", static_cast<std::uint32_t>(code));
  return fmt::format("\\U{:08x}", static_cast<std::uint32_t>(code));
}

/// The first byte from `at` on that is not printable ASCII, or the end.
std::size_t plain_until(std::string_view text, std::size_t at) {
  constexpr std::uint64_t ones = 0x0101010101010101U, highs = 0x80 * ones;
  std::uint64_t eight = 0;
  for (; at + sizeof eight <= text.size(); at += sizeof eight) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    // A byte below ' ' borrows, DEL carries: each leaves a high bit where there was none.
    if (((eight | (eight - ' ' * ones) | (eight + ones)) & highs) != 0) break;
  }
  while (at < text.size() && text[at] >= ' ' && text[at] <= '~') ++at;
  return at;
}

/// What escaped() leaves alone although it is a control character.
enum class Keep { nothing, line_ends_and_tabs };

std::string escaped(std::string_view text, Keep keep) {
  const auto is_kept = [&](char32_t code) {
    return keep == Keep::line_ends_and_tabs && (code == '\n' || code == '\t');
  };
  std::string shown;
  shown.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t plain = at;
    at = plain_until(text, at);
    shown.append(text, plain, at - plain);
    if (at == text.size()) break;
    const Character character = character_at(text, at);
    const bool windows_line_end = keep == Keep::line_ends_and_tabs && character.code == '\r' &&
                                  text.substr(at + 1).starts_with('\n');
    if (!character.valid) {
      shown += replacement_utf8;
    } else if (is_deceptive(character.code) && !is_kept(character.code)) {
      if (!windows_line_end) shown += escape(character.code);
    } else {
      shown += text.substr(at, character.bytes);
    }
    at += character.bytes;
  }
  return shown;
}

}  // namespace

Character character_at(std::string_view text, std::size_t offset) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(offset);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  if (lead < 0xC2 || lead > 0xF4 || offset + length > text.size()) return {replacement, 1, false};
  char32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(offset + i) & 0xC0U) != 0x80) return {replacement, 1, false};
    code = code << 6U | (byte(offset + i) & 0x3FU);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < smallest[length] || code > 0x10FFFF || surrogate) return {replacement, 1, false};
  return {code, length, true};
}

bool is_deceptive(char32_t code) {
  if (code >= 0x20 && code < 0x7F) return false;
  return contains(deceptive, code);
}

int cells(char32_t code) {
  if (code < 0x300) return 1;
  if (contains(combining, code)) return 0;
  return contains(wide, code) ? 2 : 1;
}

int cells(std::string_view text) {
  int sum = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character character = character_at(text, at);
    sum += cells(character.code);
    at += character.bytes;
  }
  return sum;
}

std::string visible(std::string_view text) { return escaped(text, Keep::line_ends_and_tabs); }

std::string visible_line(std::string_view text) { return escaped(text, Keep::nothing); }

std::string one_line(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  bool gap = false;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      gap = !line.empty();
      continue;
    }
    if (gap) line += ' ';
    gap = false;
    line += c;
  }
  return visible_line(line);
}

std::string shortened(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  constexpr std::string_view ellipsis = "…";
  std::size_t end = 0;
  while (end < text.size()) {
    const std::size_t next = end + character_at(text, end).bytes;
    if (next + ellipsis.size() > bytes) break;
    end = next;
  }
  return std::string(text.substr(0, end)) + std::string(ellipsis);
}

}  // namespace schemagate
