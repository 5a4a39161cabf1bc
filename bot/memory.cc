// SPDX-License-Identifier: MIT
#include "bot/memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace schemagate {

void use_large_pages() {
#ifdef __GLIBC__
  constexpr int step = 512 << 20;
  constexpr std::uintptr_t large_page = 2 << 20;
  mallopt(M_TOP_PAD, step);
  mallopt(M_TRIM_THRESHOLD, 2 * step);
  // The next block that does not fit makes the heap grow by a whole step, all of it untouched yet.
  constexpr std::size_t more_than_is_free = 100'000;
  void* const before = sbrk(0);
  void* volatile block = std::malloc(more_than_is_free);
  std::free(block);
  const auto begin =
      (reinterpret_cast<std::uintptr_t>(before) + large_page - 1) & ~(large_page - 1);
  const auto end = reinterpret_cast<std::uintptr_t>(sbrk(0)) & ~(large_page - 1);
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
#endif
}

}  // namespace schemagate
