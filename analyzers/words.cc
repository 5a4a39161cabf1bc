// SPDX-License-Identifier: MIT
#include "analyzers/words.h"

namespace schemagate {

std::string shown(const QualifiedName& name) {
  return name.schema == "public" ? quote_identifier(name.name) : to_sql(name);
}

std::string shown(const QualifiedName& relation, std::string_view part) {
  return shown(relation) + "." + quote_identifier(part);
}

std::string object_of(const QualifiedName& relation) { return to_sql(relation); }

std::string object_of(const QualifiedName& relation, std::string_view part) {
  return to_sql(relation) + "." + quote_identifier(part);
}

std::string enumerate(const std::vector<std::string>& words, std::size_t limit) {
  const bool cut = words.size() > limit + 1;
  const std::size_t count = cut ? limit : words.size();
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text += !cut && i + 1 == count ? " and " : ", ";
    text += words[i];
  }
  if (cut) text += " and " + std::to_string(words.size() - limit) + " more";
  return text;
}

std::string_view blocked_by(LockMode mode) {
  if (blocks_reads(mode)) return "reads and writes";
  return blocks_writes(mode) ? "writes" : "";
}

std::string_view nobody_can(LockMode mode) {
  return blocks_reads(mode) ? "nobody can read or write it" : "nobody can write to it";
}

std::string columns_shown(const std::vector<std::string>& columns) {
  std::vector<std::string> quoted;
  for (const std::string& column : columns) quoted.push_back(quote_identifier(column));
  return (columns.size() == 1 ? "column " : "columns ") + enumerate(quoted);
}

}  // namespace schemagate
