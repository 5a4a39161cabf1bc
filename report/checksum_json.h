// SPDX-License-Identifier: MIT
// A schema's checksum with the objects it is made of, as JSON: what a deployment reports about its
// database, and what another program needs to check the sum. docs/checksum.md describes it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "schema/fingerprint.h"

namespace schemagate {

/// `inspect --checksum --format json`.
std::string to_json(const std::vector<ObjectText>& objects);

/// What was reported about a database: objects by kind and name with their properties.
struct ReportedSchema {
  std::string checksum;
  std::vector<ObjectText> objects;  ///< empty: nothing but the checksum is known
};

/// A document as to_json() writes it, or a bare "sg1:…". Throws Error(source) when it is neither,
/// or when the objects do not have the checksum that it names; `name` is what the error calls it.
ReportedSchema read_reported_schema(std::string_view text, const std::string& name);

}  // namespace schemagate
