// SPDX-License-Identifier: MIT
#include "base/source.h"

#include <algorithm>
#include <cstring>

namespace schemagate {
namespace {

std::vector<std::uint32_t> find_line_starts(std::string_view text) {
  std::vector<std::uint32_t> starts{0};
  for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    starts.push_back(static_cast<std::uint32_t>(at + 1));
  }
  return starts;
}

std::uint32_t count_code_points(std::string_view text) {
  return static_cast<std::uint32_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

/// A line may hold a whole file: what stands before each block of it is counted once.
constexpr std::size_t block_bytes = 1024;

/// How many code points begin before each block.
std::vector<std::uint32_t> count_blocks(std::string_view text) {
  std::vector<std::uint32_t> counts{0};
  for (std::size_t at = 0; at + block_bytes <= text.size(); at += block_bytes)
    counts.push_back(counts.back() + count_code_points(text.substr(at, block_bytes)));
  return counts;
}

std::uint32_t code_points_before(std::string_view text, std::size_t at,
                                 const std::vector<std::uint32_t>& blocks) {
  const std::size_t block = at / block_bytes;
  return blocks[block] + count_code_points(text.substr(block * block_bytes, at % block_bytes));
}

}  // namespace

std::uint32_t SourceSet::add(SourceFile file) {
  files_.push_back(std::move(file));
  line_starts_.resize(2 * files_.size());  // behind each file's starts, what count_blocks() says
  return static_cast<std::uint32_t>(files_.size() - 1);
}

std::string_view SourceSet::text(Span span) const {
  if (!span.is_somewhere()) return {};
  const std::string_view all = file(span.file).text;
  const auto begin = std::min<std::size_t>(span.begin, all.size());
  const auto end = std::clamp<std::size_t>(span.end, begin, all.size());
  return all.substr(begin, end - begin);
}

std::string_view SourceSet::path(Span span) const {
  return span.is_somewhere() ? std::string_view(file(span.file).path) : std::string_view();
}

Position SourceSet::begin(Span span) const {
  return span.is_somewhere() ? position(span.file, span.begin) : Position{};
}

Position SourceSet::end(Span span) const {
  return span.is_somewhere() ? position(span.file, span.end) : Position{};
}

std::string_view SourceSet::line(std::uint32_t index, int number) const {
  const auto& starts = line_starts(index);
  if (number < 1 || static_cast<std::size_t>(number) > starts.size()) return {};
  std::string_view text = file(index).text;
  text.remove_prefix(starts[static_cast<std::size_t>(number - 1)]);
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

Position SourceSet::position(std::uint32_t index, std::uint32_t offset) const {
  const auto& starts = line_starts(index);
  const std::string_view text = file(index).text;
  offset = std::min(offset, static_cast<std::uint32_t>(text.size()));
  const auto after = std::upper_bound(starts.begin(), starts.end(), offset);
  const std::uint32_t start = *std::prev(after);
  const auto& blocks = line_starts_.at(2 * std::size_t{index} + 1);
  std::uint32_t column =
      code_points_before(text, offset, blocks) - code_points_before(text, start, blocks) + 1;
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";  // one code point, seen by nobody
  if (start == 0 && offset >= byte_order_mark.size() && text.starts_with(byte_order_mark)) --column;
  return {static_cast<int>(after - starts.begin()), static_cast<int>(column)};
}

const std::vector<std::uint32_t>& SourceSet::line_starts(std::uint32_t index) const {
  auto& starts = line_starts_.at(2 * std::size_t{index});
  if (starts.empty()) {
    starts = find_line_starts(file(index).text);
    line_starts_[2 * std::size_t{index} + 1] = count_blocks(file(index).text);
  }
  return starts;
}

}  // namespace schemagate
