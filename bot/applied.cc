// SPDX-License-Identifier: MIT
#include "bot/applied.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bot/output.h"
#include "bot/schema_source.h"
#include "schema/plan.h"

namespace schemagate {
namespace {

bool begins_with(const Change& change, std::string_view word) {
  return to_string(change.kind).starts_with(word);
}
bool takes_away(const Change& change) {
  return begins_with(change, "drop-") || change.kind == ChangeKind::revoke;
}
bool is_below(const std::string& part, const std::string& whole) {
  return part.starts_with(whole + ".");
}

/// `left`, which would bring the database to the target, is part of `wanted`.
bool belongs_to(const Change& left, const Change& wanted) {
  const bool same = left.object == wanted.object && left.part == wanted.part;
  // What is missing as a whole lacks whatever is done to it.
  if (begins_with(left, "add-"))
    return left.object == wanted.object || is_below(wanted.object, left.object) ||
           (begins_with(wanted, "add-") && is_below(left.object, wanted.object));
  if (takes_away(left) || takes_away(wanted))
    return left.kind == wanted.kind && same && left.after == wanted.after;
  if (left.kind == ChangeKind::grant || wanted.kind == ChangeKind::grant)
    return left.kind == wanted.kind && same && left.after == wanted.after;
  if (begins_with(wanted, "add-") || begins_with(wanted, "rename-"))
    return left.object == wanted.object || is_below(left.object, wanted.object);
  return left.kind == wanted.kind && left.detail == wanted.detail && same;
}

using ByKey = std::map<std::pair<std::string, std::string>, std::map<std::string, std::string>>;

ByKey by_key(const std::vector<ObjectText>& objects) {
  ByKey found;
  for (const ObjectText& object : objects)
    found[{object.kind, object.name}] = {object.properties.begin(), object.properties.end()};
  return found;
}

/// The value of a property, nothing for none.
std::string value_of(const std::map<std::string, std::string>& properties,
                     const std::string& property) {
  const auto at = properties.find(property);
  return at == properties.end() ? std::string() : at->second;
}

/// The properties that the change gives an object and the database's object has not. The order of
/// columns can't be brought about.
std::vector<std::string> missing_of(const std::map<std::string, std::string>& before,
                                    const std::map<std::string, std::string>& after,
                                    const std::map<std::string, std::string>& there) {
  std::map<std::string, std::string> all = before;
  all.insert(after.begin(), after.end());
  std::vector<std::string> missing;
  for (const auto& [property, value] : all) {
    const std::string wanted = value_of(after, property);
    const bool changed = value_of(before, property) != wanted;
    if (changed && property != "columns" && value_of(there, property) != wanted)
      missing.push_back(property);
  }
  return missing;
}

}  // namespace

std::vector<std::string> not_applied(const WantedChange& wanted, const Catalog& database) {
  const std::vector<Change> left = diff(database, wanted.after).changes;
  std::vector<std::string> missing;
  for (const Change& change : wanted.changes)
    if (std::any_of(left.begin(), left.end(),
                    [&](const Change& other) { return belongs_to(other, change); }))
      missing.push_back(fmt::format("{} {}", to_string(change.kind), change.object));
  return missing;
}

std::vector<std::string> not_applied(const WantedChange& wanted, const ReportedSchema& database) {
  const std::vector<ObjectText> target = object_texts(wanted.after);
  if (database.objects.empty()) {
    if (wanted.changes.empty() || database.checksum == schema_checksum(target)) return {};
    return {
        "the reported checksum is not that of the merged schema; a report with objects tells "
        "what is missing"};
  }
  const ByKey before = by_key(object_texts(wanted.before)), after = by_key(target),
              there = by_key(database.objects);
  std::vector<std::string> missing;
  for (const auto& [key, properties] : after) {
    const auto was = before.find(key);
    const auto is = there.find(key);
    const bool concerns = was == before.end() || was->second != properties;
    if (!concerns) continue;
    if (is == there.end()) {
      missing.push_back(fmt::format("{} {}", key.first, key.second));
      continue;
    }
    const std::map<std::string, std::string> nothing;
    for (const std::string& property :
         missing_of(was == before.end() ? nothing : was->second, properties, is->second))
      missing.push_back(fmt::format("{} {}: {}", key.first, key.second, property));
  }
  for (const auto& [key, properties] : before)
    if (after.count(key) == 0 && there.count(key) != 0)
      missing.push_back(fmt::format("{} {} is still there", key.first, key.second));
  return missing;
}

std::vector<std::string> not_applied(const WantedChange& wanted, const std::string& source,
                                     int postgres) {
  if (source.starts_with("postgresql://") || source.starts_with("postgres://"))
    return not_applied(wanted, load_schema_source(source, postgres).schema.catalog);
  return not_applied(wanted, read_reported_schema(read_whole_file(source), source));
}

}  // namespace schemagate
