// SPDX-License-Identifier: MIT
// DO blocks and statements without a model of their own.
#include <algorithm>
#include <array>

#include "schema/apply_parts.h"
#include "schema/parse.h"

namespace schemagate {
namespace {

bool only_adds(const AlterTable& statement) {
  return std::all_of(statement.commands.begin(), statement.commands.end(),
                     [](const AlterTableCommand& command) {
                       switch (command.action) {
                         case AlterTableAction::drop_column:
                         case AlterTableAction::drop_constraint:
                         case AlterTableAction::set_type:
                         case AlterTableAction::detach_partition:
                           return false;
                         default:
                           return true;
                       }
                     });
}

/// What a guarded block makes when it has not run before: "IF NOT EXISTS (…) THEN CREATE TYPE …".
bool makes_something(const Statement& statement) {
  if (const auto* alter = statement.as<AlterTable>()) return only_adds(*alter);
  return std::visit(
      [](const auto& body) {
        using Body = std::decay_t<decltype(body)>;
        constexpr bool creates =
            std::is_same_v<Body, CreateTable> || std::is_same_v<Body, CreateIndex> ||
            std::is_same_v<Body, CreateEnum> || std::is_same_v<Body, CreateDomain> ||
            std::is_same_v<Body, CreateComposite> || std::is_same_v<Body, CreateRange> ||
            std::is_same_v<Body, CreateSequence> || std::is_same_v<Body, CreateSchema> ||
            std::is_same_v<Body, CreateExtension> || std::is_same_v<Body, CreateView> ||
            std::is_same_v<Body, CreateFunction> || std::is_same_v<Body, CreateObject> ||
            std::is_same_v<Body, CreateTableAs> || std::is_same_v<Body, AlterEnum> ||
            std::is_same_v<Body, Comment> || std::is_same_v<Body, Grant> ||
            std::is_same_v<Body, SetOwner>;
        return creates;
      },
      statement.body);
}

/// Neither schema nor session: rows, locks, messages.
bool changes_nothing(const Statement& statement) {
  return statement.as<DataStatement>() != nullptr || statement.as<LockTable>() != nullptr ||
         statement.as<Truncate>() != nullptr || statement.as<Refresh>() != nullptr ||
         statement.as<SetVariable>() != nullptr;
}

void add_opaque(Execution& run, std::string definition, References references) {
  OpaqueObject object;
  object.object.kind = ObjectKind::other;
  object.object.sql = object.definition = std::move(definition);
  object.references = std::move(references);
  object.where = run.span;
  const std::size_t size = run.catalog.opaque.size();
  run.session.undo.add([size](Catalog& catalog) { catalog.opaque.resize(size); });
  run.catalog.opaque.push_back(std::move(object));
}

}  // namespace

void perform(Execution& run, const DoBlock& statement) {
  bool understood = !statement.has_dynamic_sql;
  for (const auto& sql : statement.embedded) {
    const ParsedFile parsed = parse_text(sql);
    understood = understood && parsed.problems.empty();
    for (const auto& inner : parsed.statements) {
      if (changes_nothing(inner)) continue;
      if (!makes_something(inner)) {
        understood = false;  // whether a guarded DROP runs can't be known
        continue;
      }
      // Like the block's own guard or handler: what is there already is no error.
      Execution attempt(run.catalog, run.session, run.span, run.declared);
      attempt.save_everything();
      const std::size_t mark = run.session.undo.mark();
      perform(attempt, inner.body);
      if (attempt.refused()) run.session.undo.roll_back_to(mark, run.catalog);
      run.made.insert(run.made.end(), attempt.made.begin(), attempt.made.end());
    }
  }
  if (!understood) add_opaque(run, "DO " + statement.body, {});
}

void perform(Execution& run, const OtherStatement& statement) {
  // What changes the database's objects without a model; the rest concerns the server or the
  // session.
  static constexpr std::array<std::string_view, 4> opaque{"IMPORT FOREIGN SCHEMA", "SECURITY LABEL",
                                                          "REASSIGN OWNED", "DROP OWNED"};
  const auto& tag = statement.tag;
  const bool kept = std::find(opaque.begin(), opaque.end(), tag) != opaque.end() ||
                    tag == "CREATE SUBSCRIPTION" || tag == "ALTER SUBSCRIPTION" ||
                    tag == "DROP SUBSCRIPTION";
  if (kept) add_opaque(run, statement.definition, statement.references);
}

}  // namespace schemagate
