// SPDX-License-Identifier: MIT
// INSERT, UPDATE, DELETE and MERGE cut into their clauses, as text.
#pragma once

#include <string>
#include <vector>

#include "schema/statement.h"

namespace schemagate {

struct DataAssignment {
  std::vector<std::string> columns;  ///< several: (a, b) = …
  bool part = false;                 ///< a[1], a.field
  std::string value;
};

struct DataText {
  std::string with;                         ///< WITH …, empty when there is none
  std::string target;                       ///< "public.users AS u", as FROM takes it
  std::string alias;                        ///< by which the target's columns are named
  std::vector<DataAssignment> assignments;  ///< of SET, also after ON CONFLICT
  std::string sources;                      ///< of FROM and USING
  std::string condition;                    ///< of WHERE
  std::string joined_on;                    ///< of MERGE … ON
  std::string returning;
  std::string source;  ///< of INSERT: VALUES … or a query
  std::string query;   ///< of COPY (…) TO
  bool updates_on_conflict = false;
  bool infers = false;               ///< ON CONFLICT names columns or a constraint
  std::vector<std::string> arbiter;  ///< the columns of ON CONFLICT, when they are plain
};

DataText read_data_text(const DataStatement& s);

}  // namespace schemagate
