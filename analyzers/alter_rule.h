// SPDX-License-Identifier: MIT
// Most rules about locks look at the commands of one ALTER TABLE and propose other statements for
// some of them. This is their common frame: a rule only says what to say about one command.
#pragma once

#include <functional>
#include <initializer_list>
#include <optional>
#include <string>

#include "analyzers/blocking.h"
#include "analyzers/remedies.h"

namespace schemagate {

/// What a rule says about the work of one command.
struct Said {
  std::string object;
  std::string message;
  std::string explanation;  ///< of the remedy
  Sql instead;              ///< takes the command's place; empty when no statements can
};

/// One command and the work it causes on a table that may be in use.
struct Labour {
  const Subject& subject;
  const Table& table;  ///< as it was before
  const AlterTable& alter;
  const AlterTableCommand& command;
  const Blocking& work;
  /// The command's text as a statement of its own; empty when it can't be cut out.
  std::string statement() const;
};

/// Calls `see` with each command of these by which the statement alters a table that is there.
void each_command(const Subject& subject, std::initializer_list<AlterTableAction> actions,
                  const std::function<void(const Table&, const AlterTableCommand&, int)>& see);

/// Adds a finding for each command with work of these causes that `say` has something to say about.
/// Their remedies are joined: each finding proposes to replace all of them at once, the other
/// commands stay.
void check_commands(const Subject& subject, Findings& findings, std::initializer_list<Cause> causes,
                    const std::function<std::optional<Said>(const Labour&)>& say);

}  // namespace schemagate
