// SPDX-License-Identifier: MIT
// What ALTER DEFAULT PRIVILEGES gives to an object in the moment it is created.
#pragma once

#include <string>
#include <vector>

#include "schema/catalog.h"

namespace schemagate {

/// The entries of a catalog: "ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO
/// reader". Those FOR ROLE are not among them: who creates an object is not known.
std::vector<std::string> default_privileges(const Catalog& catalog);

/// OWNER TO: the new owner has what the old one had and what was granted to it. What is erased and
/// what is new among the privileges on `object`.
struct PassedPrivileges {
  std::vector<Privilege> gone;
  std::vector<std::pair<Privilege, Span>> made;
};
PassedPrivileges pass_to_owner(const std::map<Privilege, Span>& privileges, ObjectKind kind,
                               const std::string& object, const std::string& from,
                               const std::string& to);
/// Those that both catalogs have.
std::vector<std::string> shared_default_privileges(const Catalog& a, const Catalog& b);

/// What the entries give to a new object; `revoked` where they take what PUBLIC has from the start.
/// The kind is a privilege's: views count as tables, procedures as functions.
std::vector<Privilege> privileges_by_default(const std::vector<std::string>& entries,
                                             ObjectKind kind, const std::string& schema,
                                             const std::string& object);

/// What must be taken back (or given again) after the creation of an object for which `wanted` has
/// other privileges.
std::vector<Privilege> undone_defaults(const std::vector<std::string>& entries,
                                       const std::map<Privilege, Span>& wanted, ObjectKind kind,
                                       const std::string& schema, const std::string& object);

}  // namespace schemagate
