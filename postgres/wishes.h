// SPDX-License-Identifier: MIT
// What a statement's conditions ask of rows, so that rows can be made which it finds: of
// WHERE state = 'open' AND n > 5 the values 'open' and 6. Only what is compared with constants.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace schemagate::postgres {

struct Wish {
  std::string relation, column;
  std::optional<std::string> value;  ///< none: NULL
  bool only_in_parent = false;       ///< the value is written: what it refers to has to be there
};

std::vector<Wish> wishes_of(const std::string& statement);

/// The names of the relations in the statement, without schemas.
std::vector<std::string> relations_in(const std::string& statement);

}  // namespace schemagate::postgres
