// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "schema/impact_alter_parts.h"

namespace schemagate {

using Action = AlterTableAction;

namespace {

/// Storage parameters whose change needs ACCESS EXCLUSIVE (reloptions.c); all others take SHARE
/// UPDATE EXCLUSIVE.
constexpr auto exclusive_options = std::to_array<std::string_view>(
    {"user_catalog_table", "fastupdate", "gin_pending_list_limit", "buffering", "pages_per_range",
     "autosummarize", "security_barrier", "security_invoker", "check_option"});

LockMode mode_of_options(const Options& options) {
  const bool exclusive = std::any_of(options.begin(), options.end(), [](const auto& option) {
    return std::find(exclusive_options.begin(), exclusive_options.end(), option.first) !=
           exclusive_options.end();
  });
  return exclusive ? LockMode::access_exclusive : LockMode::share_update_exclusive;
}

}  // namespace

LockMode mode_of(const AlterTableCommand& c) {
  switch (c.action) {
    case Action::set_statistics:
    case Action::set_column_options:
    case Action::reset_column_options:
    case Action::cluster_on:
    case Action::set_without_cluster:
    case Action::validate_constraint:
    case Action::attach_partition:
    case Action::detach_partition_finalize:
      return LockMode::share_update_exclusive;
    case Action::set_options:
    case Action::reset_options:
      return mode_of_options(c.options);
    case Action::detach_partition:
      return c.concurrently ? LockMode::share_update_exclusive : LockMode::access_exclusive;
    case Action::enable_trigger:
    case Action::disable_trigger:
    case Action::enable_always_trigger:
    case Action::enable_replica_trigger:
      return LockMode::share_row_exclusive;
    case Action::add_constraint:
      return c.constraint && c.constraint->kind == ConstraintKind::foreign_key
                 ? LockMode::share_row_exclusive
                 : LockMode::access_exclusive;
    default:
      return LockMode::access_exclusive;
  }
}

LockMode mode_of(const AlterTable& s) {
  LockMode mode = LockMode::access_share;
  for (const AlterTableCommand& c : s.commands) mode = std::max(mode, mode_of(c));
  return mode;
}

int pass_of(const AlterTableCommand& c) {
  switch (c.action) {
    case Action::drop_column:
    case Action::drop_constraint:
    case Action::drop_not_null:
    case Action::drop_default:
    case Action::drop_expression:
    case Action::drop_identity:
      return 0;
    case Action::set_type:
      return 1;
    case Action::add_column:
      return 2;
    case Action::set_expression:
      return 3;
    case Action::set_not_null:
      return 4;
    case Action::add_constraint:
      return c.constraint && c.constraint->kind == ConstraintKind::foreign_key ? 7 : 5;
    case Action::set_default:
    case Action::add_identity:
      return 6;
    default:
      return 8;
  }
}

}  // namespace schemagate
