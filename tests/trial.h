// SPDX-License-Identifier: MIT
// One transaction on a server that is never committed: whatever is tried in it costs a savepoint,
// not a database.
#pragma once

#include <string>
#include <vector>

#include "postgres/session.h"
#include "tests/schema_mutations.h"

namespace schemagate::testing {

class Trial {
 public:
  explicit Trial(postgres::Session& session) : session_(session) { demand("BEGIN"); }
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  ~Trial() { session_.run("ROLLBACK"); }

  /// Why the server refuses the statement, which then leaves nothing.
  std::string run(const std::string& sql);
  /// The same for all of one side, with what the end of its transaction would refuse. What was
  /// begun, committed or set is no matter of the next side.
  std::string run(const Statements& side);

  /// What `do_it` does is undone behind it.
  template <class Do>
  auto undone(const Do& do_it) {
    demand("SAVEPOINT before");
    auto result = do_it();
    demand("ROLLBACK TO before; RELEASE before");
    return result;
  }

  postgres::Session& session() { return session_; }

 private:
  void demand(const std::string& sql);

  postgres::Session& session_;
};

}  // namespace schemagate::testing
