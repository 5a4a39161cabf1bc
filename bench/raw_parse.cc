// SPDX-License-Identifier: MIT
// The reference of the lint bench: reads the named files and has PostgreSQL's raw parser parse
// each.
#include <fstream>
#include <iterator>
#include <string>

extern "C" {
#include "pg_query.h"
#include "pg_query_internal.h"
}

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::ifstream in(argv[i], std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(in), {}};
    const MemoryContext context = pg_query_enter_memory_context();
    const auto parsed = pg_query_raw_parse(content.c_str(), PG_QUERY_PARSE_DEFAULT);
    if (parsed.error) return 1;
    pg_query_exit_memory_context(context);
  }
}
