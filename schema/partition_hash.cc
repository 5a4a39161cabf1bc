// SPDX-License-Identifier: MIT
#include "schema/partition_hash.h"

namespace schemagate {
namespace {

constexpr std::uint64_t seed = 0x7A5B22367996DCFDULL;  // HASH_PARTITION_SEED

std::uint32_t rotated(std::uint32_t value, int by) { return (value << by) | (value >> (32 - by)); }

/// Bob Jenkins' lookup3 over one word, with a seed.
std::uint64_t hash_word(std::uint32_t word) {
  std::uint32_t a = 0x9e3779b9U + 4U + 3923095U, b = a, c = a;
  a += static_cast<std::uint32_t>(seed >> 32);
  b += static_cast<std::uint32_t>(seed);
  const auto step = [](std::uint32_t& x, std::uint32_t& y, std::uint32_t& z, int by) {
    x -= z;
    x ^= rotated(z, by);
    z += y;
  };
  step(a, b, c, 4);
  step(b, c, a, 6);
  step(c, a, b, 8);
  step(a, b, c, 16);
  step(b, c, a, 19);
  step(c, a, b, 4);
  a += word;
  const auto last = [](std::uint32_t& x, std::uint32_t y, int by) {
    x ^= y;
    x -= rotated(y, by);
  };
  last(c, b, 14);
  last(a, c, 11);
  last(b, a, 25);
  last(c, b, 16);
  last(a, c, 4);
  last(b, a, 14);
  last(c, b, 24);
  return (static_cast<std::uint64_t>(b) << 32) | c;
}

}  // namespace

std::uint64_t partition_hash(std::int64_t value, bool wide) {
  auto word = static_cast<std::uint32_t>(value);
  if (wide) {
    const auto high = static_cast<std::uint32_t>(static_cast<std::uint64_t>(value) >> 32);
    word ^= value >= 0 ? high : ~high;
  }
  constexpr std::uint64_t combine = 0x49a0f4dd15e5a8e3ULL;  // hash_combine64 with 0
  return hash_word(word) + combine;
}

}  // namespace schemagate
