// SPDX-License-Identifier: MIT
// Checksums of a schema and of a change, by meaning: layout, order of statements, spelling of names
// and types make no difference. docs/checksum.md describes them so that another program can
// compute the same; what is said there and what is computed here may only change together, with
// another version in the domains.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "schema/catalog.h"
#include "schema/change.h"

namespace schemagate {

/// What one object is: everything that makes a difference, nothing else.
struct ObjectText {
  std::string kind;                                             ///< "column"
  std::string name;                                             ///< "public.users.email"
  std::vector<std::pair<std::string, std::string>> properties;  ///< sorted by name; no empty values

  friend bool operator==(const ObjectText&, const ObjectText&) = default;
};

/// The objects of a schema, sorted by kind and name, each once.
std::vector<ObjectText> object_texts(const Catalog& catalog);

/// SHA-256 of one object, 64 hexadecimal digits.
std::string object_fingerprint(const ObjectText& object);

/// "sg1:…": the root of the tree over the objects' fingerprints.
std::string schema_checksum(const std::vector<ObjectText>& objects);
std::string schema_checksum(const Catalog& catalog);

/// "sg1:…" of a change alone: whatever else is in the two schemas. `changes` is what diff() found
/// between them; renames are taken from it.
std::string plan_checksum(const std::vector<ObjectText>& before,
                          const std::vector<ObjectText>& after, const std::vector<Change>& changes);

/// What the gate knows of one database: its name, the checksum of the base, of what would land
/// (empty when nothing can), of the change, of the work on rows (empty without any), and of the
/// files where something new in them can't be read (empty where all can).
struct DatabaseChecksums {
  std::string name, base, landing, plan, rows, unread;
};
/// Of the files of both sides' new migrations that work on rows; empty when there are none.
std::string rows_checksum(const std::vector<std::string>& base,
                          const std::vector<std::string>& change);
/// Of the files of both sides, each with its path: what can't be read is in no schema.
std::string unread_checksum(const std::map<std::string, std::string>& base,
                            const std::map<std::string, std::string>& head);
/// "sg1:…": of one state of the gate.
std::string gate_checksum(const std::vector<DatabaseChecksums>& databases);
/// "sg1:…" of the change of all databases; that of the only one when there is one.
std::string plan_checksum(const std::vector<DatabaseChecksums>& databases);

}  // namespace schemagate
