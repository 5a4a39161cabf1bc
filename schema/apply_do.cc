// SPDX-License-Identifier: MIT
// DO blocks and statements without a model of their own.
#include <algorithm>
#include <array>

#include "schema/apply_parts.h"
#include "schema/parse.h"
#include "schema/plpgsql_run.h"
#include "schema/session_names.h"

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

namespace {

/// Like the block's own guard or handler: what is there already is no error, and leaves nothing.
std::optional<Failure> attempt(Execution& run, const Statement& statement) {
  Execution inner(run.catalog, run.session, run.span, run.declared);
  inner.save_everything();
  const std::size_t mark = run.session.undo.mark();
  perform(inner, statement.body);
  run.made.insert(run.made.end(), inner.made.begin(), inner.made.end());
  if (!inner.refused()) return std::nullopt;
  run.session.undo.roll_back_to(mark, run.catalog);
  const auto why = std::find_if(inner.problems.begin(), inner.problems.end(),
                                [](const ApplyProblem& one) { return !one.sqlstate.empty(); });
  if (why == inner.problems.end()) return std::nullopt;
  return Failure{why->sqlstate, why->message};
}

/// Applies what a block of a script does, branch by branch.
class BlockApply : public FlowHost {
 public:
  explicit BlockApply(Execution& run) : run_(run) {}
  bool understood() const { return understood_; }

  const Catalog& catalog() const override { return run_.catalog; }
  const Session& session() const override { return run_.session; }
  std::optional<Failure> run(const std::string& sql, bool certain) override {
    const ParsedFile parsed = parse_text(sql);
    understood_ = understood_ && parsed.problems.empty();
    for (const Statement& statement : parsed.statements) {
      if (changes_nothing(statement)) continue;
      if (!certain && !makes_something(statement)) {
        understood_ = false;  // whether a guarded DROP runs can't be known
        continue;
      }
      const auto failure = attempt(run_, statement);
      if (failure && certain) return failure;
    }
    return std::nullopt;
  }
  std::optional<Failure> end_transaction(bool) override { return std::nullopt; }
  void unknown(const std::string&) override { understood_ = false; }
  std::size_t mark() override { return run_.session.undo.mark(); }
  void roll_back(std::size_t mark) override { run_.session.undo.roll_back_to(mark, run_.catalog); }

 private:
  Execution& run_;
  bool understood_ = true;
};

/// In a declarative schema the order of the files says nothing about what a condition sees.
bool apply_all(Execution& run, const DoBlock& statement) {
  bool understood = !statement.has_dynamic_sql;
  for (const auto& sql : statement.embedded) {
    const ParsedFile parsed = parse_text(sql);
    understood = understood && parsed.problems.empty();
    for (const auto& inner : parsed.statements) {
      if (changes_nothing(inner)) continue;
      if (makes_something(inner)) {
        attempt(run, inner);
      } else {
        understood = false;  // whether a guarded DROP runs can't be known
      }
    }
  }
  return understood;
}

}  // namespace

void perform(Execution& run, const DoBlock& statement) {
  const Flow flow = read_flow(statement.body);
  bool understood = true;
  if (run.declared || run.session.partial || statement.language != "plpgsql" ||
      !flow.problem.empty()) {
    understood = apply_all(run, statement);
  } else {
    BlockApply host(run);
    run_flow(host, flow.block, {});
    understood = host.understood();
  }
  if (!understood) add_opaque(run, "DO " + statement.body, {});
}

namespace {

void drop_temporary(Execution& run) {
  std::vector<ObjectRef> objects;
  for (const auto& [name, table] : run.catalog.tables)
    if (name.schema == "pg_temp") objects.push_back({ObjectRef::Kind::table, name, {}});
  for (const auto& [name, view] : run.catalog.views)
    if (name.schema == "pg_temp") objects.push_back({ObjectRef::Kind::view, name, {}});
  for (const auto& [name, sequence] : run.catalog.sequences)
    if (name.schema == "pg_temp") objects.push_back({ObjectRef::Kind::sequence, name, {}});
  drop_objects(run, objects, true);
}

}  // namespace

void perform(Execution& run, const OtherStatement& statement) {
  remember_session_name(run.session, statement);
  if (statement.definition == "DISCARD TEMP" || statement.definition == "DISCARD ALL") {
    return drop_temporary(run);
  }
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
