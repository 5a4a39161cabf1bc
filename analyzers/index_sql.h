// SPDX-License-Identifier: MIT
// CREATE INDEX, DROP INDEX and REINDEX as they are written, made CONCURRENTLY.
#pragma once

#include <string>
#include <vector>

#include "schema/statement.h"

namespace schemagate {

/// `text` of a CREATE INDEX with CONCURRENTLY. IF NOT EXISTS would keep the invalid index of a
/// failed run, so that is dropped first instead.
std::vector<std::string> concurrent_index(const std::string& text, const CreateIndex& create,
                                          const QualifiedName& table);

/// `text` with `word` (upper case) behind the first occurrence of `keyword` outside of quotes;
/// empty when there is none.
std::string insert_after(const std::string& text, const std::string& keyword,
                         const std::string& word);

}  // namespace schemagate
