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
