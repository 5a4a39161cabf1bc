// SPDX-License-Identifier: MIT
// OPTIONS (…) at the end of CREATE and ALTER SERVER, FOREIGN DATA WRAPPER and USER MAPPING, which
// the catalog keeps as text.
#pragma once

#include <string>

#include "schema/statement.h"

namespace schemagate {

struct ObjectOptions {
  std::string head;  ///< what stands before OPTIONS
  Options options;   ///< in their order; "-name" for DROP name
};

/// True for objects that have such options.
bool has_object_options(ObjectKind kind);
ObjectOptions object_options(const std::string& sql);
std::string to_sql(const ObjectOptions& object);

}  // namespace schemagate
