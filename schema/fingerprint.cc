// SPDX-License-Identifier: MIT
#include "schema/fingerprint.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string_view>

#include "base/sha256.h"

namespace schemagate {
namespace {

/// A netstring: no two lists of texts have the same concatenation.
std::string framed(std::string_view text) {
  return std::to_string(text.size()) + ":" + std::string(text) + ",";
}

/// RFC 6962's shape: the left side of n leaves has the largest power of two below n.
std::string root_of(std::span<const std::string> leaves) {
  if (leaves.size() == 1) return leaves.front();
  std::size_t left = 1;
  while (left * 2 < leaves.size()) left *= 2;
  return sha256_hex(framed("schemagate/node/v1") + framed(root_of(leaves.first(left))) +
                    framed(root_of(leaves.subspan(left))));
}

using Key = std::pair<std::string, std::string>;
using ByKey = std::map<Key, const ObjectText*>;

ByKey by_key(const std::vector<ObjectText>& objects) {
  ByKey found;
  for (const ObjectText& object : objects) found.emplace(Key(object.kind, object.name), &object);
  return found;
}

/// What one property of one object was and is; a side without it is "-".
std::string property_change(const ObjectText& object, const std::string& property,
                            const std::string* before, const std::string* after) {
  const auto side = [](const std::string* value) {
    return framed(value == nullptr ? "-" : "+" + *value);
  };
  return framed(object.kind) + framed(object.name) + framed(property) + side(before) + side(after);
}

/// An object that comes: that it does, and all its properties.
void add_new(const ObjectText& object, std::set<std::string>& found) {
  const std::string present;
  found.insert(property_change(object, "", nullptr, &present));
  for (const auto& [property, value] : object.properties)
    found.insert(property_change(object, property, nullptr, &value));
}

/// An object that goes, whatever it was.
void add_gone(const ObjectText& object, std::set<std::string>& found) {
  const std::string present;
  found.insert(property_change(object, "", &present, nullptr));
}

/// The order of columns counts in a new table or type only: nothing can change it afterwards.
bool is_order(const ObjectText& object, const std::string& property) {
  return (object.kind == "table" || object.kind == "type") && property == "columns";
}

void add_differences(const ObjectText& was, const ObjectText& now, std::set<std::string>& found) {
  const std::map<std::string, std::string> before(was.properties.begin(), was.properties.end()),
      after(now.properties.begin(), now.properties.end());
  const auto find = [](const auto& map, const std::string& name) {
    const auto at = map.find(name);
    return at == map.end() ? nullptr : &at->second;
  };
  for (const auto& [property, value] : before) {
    const std::string* other = find(after, property);
    if (!is_order(was, property) && (other == nullptr || *other != value))
      found.insert(property_change(was, property, &value, other));
  }
  for (const auto& [property, value] : after)
    if (before.count(property) == 0) found.insert(property_change(now, property, nullptr, &value));
}

bool is_rename(ChangeKind kind) { return to_string(kind).starts_with("rename-"); }

}  // namespace

std::string object_fingerprint(const ObjectText& object) {
  std::string text = framed("schemagate/object/v1") + framed(object.kind) + framed(object.name);
  for (const auto& [property, value] : object.properties) text += framed(property) + framed(value);
  return sha256_hex(text);
}

std::string schema_checksum(const std::vector<ObjectText>& objects) {
  std::vector<std::string> leaves;
  leaves.reserve(objects.size());
  for (const ObjectText& object : objects) leaves.push_back(object_fingerprint(object));
  return "sg1:" + sha256_hex(framed("schemagate/schema/v1") +
                             framed(leaves.empty() ? std::string() : root_of(leaves)));
}

std::string schema_checksum(const Catalog& catalog) {
  return schema_checksum(object_texts(catalog));
}

std::string plan_checksum(const std::vector<ObjectText>& before,
                          const std::vector<ObjectText>& after,
                          const std::vector<Change>& changes) {
  const ByKey was = by_key(before), now = by_key(after);
  std::set<std::string> found;
  for (const auto& [key, object] : was) {
    const auto other = now.find(key);
    if (other == now.end())
      add_gone(*object, found);
    else
      add_differences(*object, *other->second, found);
  }
  for (const auto& [key, object] : now)
    if (was.count(key) == 0) add_new(*object, found);
  for (const Change& change : changes)
    if (is_rename(change.kind))
      found.insert(framed(to_string(change.kind)) + framed(change.object) + framed("") +
                   framed("+" + change.before) + framed("+" + change.after));
  std::string text = framed("schemagate/plan/v1");
  for (const std::string& one : found) text += framed(one);
  return "sg1:" + sha256_hex(text);
}

std::string rows_checksum(const std::vector<std::string>& base,
                          const std::vector<std::string>& change) {
  if (base.empty() && change.empty()) return {};
  std::string text = framed("schemagate/rows/v1");
  for (const auto* side : {&base, &change}) {
    std::string files;
    for (const std::string& file : *side) files += framed(file);
    text += framed(files);
  }
  return "sg1:" + sha256_hex(text);
}

std::string unread_checksum(const std::map<std::string, std::string>& base,
                            const std::map<std::string, std::string>& head) {
  std::string text = framed("schemagate/unread/v1");
  for (const auto* side : {&base, &head}) {
    std::string files;
    for (const auto& [path, file] : *side) files += framed(path) + framed(file);
    text += framed(files);
  }
  return "sg1:" + sha256_hex(text);
}

std::string gate_checksum(const std::vector<DatabaseChecksums>& databases) {
  std::string text = framed("schemagate/gate/v1"), rows, files;
  for (const auto& [name, base, landing, plan, work, unread] : databases) {
    text += framed(name) + framed(base) + framed(landing) + framed(plan);
    if (!work.empty()) rows += framed(name) + framed(work);
    if (!unread.empty()) files += framed(name) + framed(unread);
  }
  // Without them as it always was.
  if (!rows.empty()) text += framed("rows") + framed(rows);
  if (!files.empty()) text += framed("unread") + framed(files);
  return "sg1:" + sha256_hex(text);
}

std::string plan_checksum(const std::vector<DatabaseChecksums>& databases) {
  if (databases.size() == 1) return databases.front().plan;
  std::string text = framed("schemagate/plans/v1");
  for (const DatabaseChecksums& of : databases) text += framed(of.name) + framed(of.plan);
  return "sg1:" + sha256_hex(text);
}

}  // namespace schemagate
