// SPDX-License-Identifier: MIT
// Two functions of glibc 2.38 that the prebuilt libpg_query calls, for systems with an older
// glibc. CMake compiles this file only where strlcpy is missing.

#include <stdlib.h>
#include <string.h>

size_t strlcpy(char* to, const char* from, size_t size);
unsigned long __isoc23_strtoul(const char* text, char** end, int base);

size_t strlcpy(char* to, const char* from, size_t size) {
  const size_t length = strlen(from);
  if (size > 0) {
    const size_t copied = length < size ? length : size - 1;
    memcpy(to, from, copied);
    to[copied] = '\0';
  }
  return length;
}

// C23's strtoul differs only in accepting 0b1010, which PostgreSQL's scanner handles itself.
unsigned long __isoc23_strtoul(const char* text, char** end, int base) {
  return strtoul(text, end, base);
}
