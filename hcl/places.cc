// SPDX-License-Identifier: MIT
#include "hcl/places.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "hcl/atlas.h"
#include "hcl/syntax.h"

namespace schemagate::hcl {
namespace {

/// The attribute or inner block of a column that a change of that kind is written in.
std::string_view attribute_of(const Change& change) {
  switch (change.kind) {
    case ChangeKind::set_type:
      return "type";
    case ChangeKind::set_not_null:
    case ChangeKind::drop_not_null:
      return "null";
    case ChangeKind::set_default:
      return "default";
    case ChangeKind::alter_column:
      return change.detail == "identity" ? "identity" : change.detail == "expression" ? "as" : "";
    default:
      return "";
  }
}

const Block* block_at(const std::vector<Block>& blocks, Span where) {
  for (const Block& block : blocks) {
    if (block.span == where) return &block;
    if (block.span.begin > where.begin || block.span.end < where.end) continue;
    return block_at(block.blocks, where);
  }
  return nullptr;
}

Span place_in(const Block& column, std::string_view name) {
  if (const Attribute* found = column.attribute(name)) return found->span;
  const auto inner = std::find_if(column.blocks.begin(), column.blocks.end(),
                                  [&](const Block& one) { return one.type == name; });
  return inner == column.blocks.end() ? column.span : inner->span;
}

}  // namespace

void point_at_attributes(const SourceSet& sources, std::vector<Change>& changes) {
  std::map<std::uint32_t, File> files;
  for (Change& change : changes) {
    const std::string_view name = attribute_of(change);
    const Span where = change.where_new;
    if (name.empty() || !where.is_somewhere() || !is_schema_file(sources.path(where))) continue;
    const auto [at, is_new] = files.try_emplace(where.file);
    if (is_new) at->second = parse(sources.file(where.file).text, where.file);
    if (const Block* column = block_at(at->second.blocks, where))
      change.where_new = place_in(*column, name);
  }
}

}  // namespace schemagate::hcl
