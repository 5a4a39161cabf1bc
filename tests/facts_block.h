// SPDX-License-Identifier: MIT
// What a database knows, as a case file writes it, one fact per line:
//
//   orders: 40000000 rows, 9 GB, 12 GB with indexes, 250 writes/s, transaction open for 900 s
//   orders: permission denied for table orders
//   nulls orders(note): 3182
//   duplicates users(email): 12 groups, 31 rows
//   orphans orders(user_id) users(id): more than 10000
//   violations orders [price > 0]: 17
//   misfits users(age) smallint: 5
//   column users(full_name): view reports.people, 142 statements in pg_stat_statements
//   table users: view reports.people
//   index users_email_key on users: 12345
//   stale 2026-01-05 · standby · postgres 16
//
// A value that is no number is the reason why the answer is unknown.
#pragma once

#include <string>

#include "schema/facts.h"

namespace schemagate::testing {

/// Fails the test on a line it can't read.
Facts parse_facts(const std::string& block);

}  // namespace schemagate::testing
