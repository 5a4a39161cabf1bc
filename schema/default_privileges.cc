// SPDX-License-Identifier: MIT
#include "schema/default_privileges.h"

#include <algorithm>
#include <iterator>

namespace schemagate {
namespace {

constexpr std::string_view start = "ALTER DEFAULT PRIVILEGES ";

/// Takes `word` off the front; false when it does not stand there.
bool skip(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

std::string_view objects_of(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::sequence:
      return "SEQUENCES";
    case ObjectKind::function:
      return "FUNCTIONS";
    case ObjectKind::type:
      return "TYPES";
    case ObjectKind::schema:
      return "SCHEMAS";
    default:
      return "TABLES";
  }
}

/// A role as SQL has it, as Privilege has it.
std::string role_name(std::string_view sql) {
  if (!sql.starts_with('"')) return std::string(sql);
  std::string name;
  for (std::size_t i = 1; i + 1 < sql.size(); ++i) {
    name += sql[i];
    if (sql[i] == '"') ++i;
  }
  return name;
}

}  // namespace

PassedPrivileges pass_to_owner(const std::map<Privilege, Span>& privileges, ObjectKind kind,
                               const std::string& object, const std::string& from,
                               const std::string& to) {
  PassedPrivileges passed;
  if (from == to) return passed;
  std::set<std::string> granted;
  Privilege first;
  first.kind = kind;
  first.object = object;
  for (auto at = privileges.lower_bound(first);
       at != privileges.end() && at->first.kind == kind && at->first.object == object; ++at) {
    const Privilege& one = at->first;
    const bool lacks = one.revoked && !from.empty() && one.grantee == from;
    const bool has = !one.revoked && one.grantee == to;
    if (!one.column.empty() || (!lacks && !has)) continue;
    passed.gone.push_back(one);
    if (has) granted.insert(one.privilege);
    if (!lacks) continue;
    passed.made.emplace_back(one, at->second);
    passed.made.back().first.grantee = to;
  }
  std::erase_if(passed.made,
                [&](const auto& made) { return granted.count(made.first.privilege) != 0; });
  return passed;
}

std::vector<std::string> default_privileges(const Catalog& catalog) {
  std::vector<std::string> entries;
  for (auto at = catalog.objects.lower_bound(std::string(start));
       at != catalog.objects.end() && at->first.starts_with(start); ++at) {
    if (!at->first.substr(start.size()).starts_with("FOR ROLE ")) entries.push_back(at->first);
  }
  return entries;
}

std::vector<std::string> shared_default_privileges(const Catalog& a, const Catalog& b) {
  const auto first = default_privileges(a), second = default_privileges(b);
  std::vector<std::string> shared;
  std::set_intersection(first.begin(), first.end(), second.begin(), second.end(),
                        std::back_inserter(shared));
  return shared;
}

std::vector<Privilege> privileges_by_default(const std::vector<std::string>& entries,
                                             ObjectKind kind, const std::string& schema,
                                             const std::string& object) {
  std::vector<Privilege> given;
  for (const std::string& entry : entries) {
    std::string_view text = std::string_view(entry).substr(start.size());
    if (skip(text, "IN SCHEMA ") && !skip(text, quote_identifier(schema) + " ")) continue;
    Privilege privilege;
    privilege.kind = kind;
    privilege.object = object;
    privilege.revoked = skip(text, "REVOKE ");
    if (!privilege.revoked && !skip(text, "GRANT ")) continue;
    const auto on = text.find(" ON ");
    if (on == std::string_view::npos) continue;
    privilege.privilege = text.substr(0, on);
    text.remove_prefix(on + 4);
    if (!skip(text, objects_of(kind)) ||
        !skip(text, privilege.revoked ? std::string_view(" FROM ") : std::string_view(" TO ")))
      continue;
    const std::string_view option = " WITH GRANT OPTION";
    privilege.grant_option = text.ends_with(option);
    if (privilege.grant_option) text.remove_suffix(option.size());
    privilege.grantee = role_name(text);
    given.push_back(std::move(privilege));
  }
  return given;
}

std::vector<Privilege> undone_defaults(const std::vector<std::string>& entries,
                                       const std::map<Privilege, Span>& wanted, ObjectKind kind,
                                       const std::string& schema, const std::string& object) {
  std::vector<Privilege> undone = privileges_by_default(entries, kind, schema, object);
  std::erase_if(undone, [&](const Privilege& one) {
    Privilege other = one;
    other.grant_option = !one.grant_option;
    return wanted.count(one) != 0 || (!one.revoked && wanted.count(other) != 0);
  });
  for (Privilege& one : undone) {
    one.revoked = !one.revoked;
    one.grant_option = false;
  }
  return undone;
}

}  // namespace schemagate
