// SPDX-License-Identifier: MIT
// Sequences, schemas and extensions.
#include <algorithm>

#include "schema/apply_alter.h"
#include "schema/generated_names.h"

namespace schemagate {
namespace {

TypeName bigint() { return TypeName{{"", "int8"}, {}, {}, 0, false}; }

/// OWNED BY: sets the owner, or refuses it.
void set_owner(Execution& run, Sequence& sequence, const std::vector<std::string>& owned_by) {
  if (owned_by.size() < 2) {  // NONE
    sequence.owner_table = {};
    sequence.owner_column.clear();
    return;
  }
  const std::size_t size = owned_by.size();
  const QualifiedName written{size > 2 ? owned_by[size - 3] : "", owned_by[size - 2]};
  const std::string& column = owned_by[size - 1];
  const auto name = run.relation(written);
  if (!name) return run.missing_relation(written);
  const auto table = run.catalog.tables.find(*name);
  if (table == run.catalog.tables.end()) {
    return run.refuse("42809", "sequence cannot be owned by relation \"" + name->name + "\"");
  }
  if (table->second.column(column) == nullptr && !table->second.incomplete) {
    return run.refuse_missing(
        "42703", "column \"" + column + "\" of relation \"" + name->name + "\" does not exist",
        column);
  }
  if (name->schema != sequence.name.schema) {
    return run.refuse("55000", "sequence must be in same schema as table it is linked to");
  }
  sequence.owner_table = *name;
  sequence.owner_column = column;
  run.catalog.links.sequences[*name].insert(sequence.name);
}

}  // namespace

void perform(Execution& run, const CreateSequence& statement) {
  Sequence sequence;
  sequence.name = statement.persistence == Persistence::temporary
                      ? QualifiedName{"pg_temp", statement.name.name}
                      : run.new_name(statement.name);
  sequence.name.name = truncated_name(std::move(sequence.name.name));
  if (run.relation_name_taken(sequence.name)) {
    if (statement.if_not_exists) return;
    const auto first = run.catalog.sequences.find(sequence.name);
    return run.refuse_duplicate(
        "42P07", "relation \"" + sequence.name.name + "\" already exists", {},
        first == run.catalog.sequences.end() ? Span{} : first->second.where);
  }
  if (!run.use_schema(sequence.name.schema)) return;
  sequence.persistence = statement.persistence;
  sequence.options = canonical_options(statement.options, bigint());
  sequence.where = run.span;
  if (statement.options.owned_by) set_owner(run, sequence, *statement.options.owned_by);
  if (!run.refused()) run.put_sequence(std::move(sequence));
}

void perform(Execution& run, const AlterSequence& statement) {
  const auto name = run.relation(statement.name);
  Sequence* sequence = name ? run.change(&Catalog::sequences, *name) : nullptr;
  if (sequence == nullptr) {
    if (statement.if_exists) return;
    if (!name) return run.missing_relation(statement.name);
    return run.refuse("42809", "\"" + name->name + "\" is not a sequence");
  }
  if (statement.options.owned_by) {
    if (sequence->identity)
      return run.refuse("0A000", "cannot change ownership of identity sequence");
    set_owner(run, *sequence, *statement.options.owned_by);
    if (run.refused()) return;
  }
  sequence->options = merged_options(sequence->options, statement.options, bigint());
  if (!sequence->identity) return;
  Table* table = run.change(&Catalog::tables, sequence->owner_table);
  Column* column = table == nullptr ? nullptr : table->column(sequence->owner_column);
  if (column == nullptr) return;
  column->identity_options =
      merged_options(column->identity_options, statement.options, column->type);
}

void perform(Execution& run, const CreateSchema& statement) {
  const auto existing = run.catalog.schemas.find(statement.name);
  if (existing != run.catalog.schemas.end() && !existing->second.implicit) {
    if (statement.if_not_exists) return;
    return run.refuse_duplicate("42P06", "schema \"" + statement.name + "\" already exists", {},
                                existing->second.where);
  }
  // A dump says CREATE SCHEMA public; a script may not: the schema is there from the start.
  const bool there = statement.name == "public" && run.declared == nullptr && !run.session.partial;
  if (there && !statement.if_not_exists) {
    return run.refuse("42P06", "schema \"public\" already exists");
  }
  // Of schema files, one that sorts before this one may have said something about it.
  Schema schema = existing == run.catalog.schemas.end() ? Schema{} : existing->second;
  schema.name = statement.name;
  if (!statement.owner.empty()) schema.owner = statement.owner;
  schema.implicit = statement.name == "public";
  schema.where = run.span;
  if (run.declared != nullptr) run.made.push_back(schema.name);
  run.put(&Catalog::schemas, statement.name, std::move(schema));
  grant_defaults(run, ObjectKind::schema, "", quote_identifier(statement.name));
  const std::vector<std::string> path = run.session.search_path;
  run.session.search_path.insert(run.session.search_path.begin(), statement.name);
  for (const auto& element : statement.elements) {
    perform(run, element.body);
    if (run.refused()) break;
  }
  run.session.search_path = path;
}

void perform(Execution& run, const CreateExtension& statement) {
  const auto existing = run.catalog.extensions.find(statement.name);
  if (existing != run.catalog.extensions.end()) {
    if (statement.if_not_exists) return;
    return run.refuse_duplicate("42710", "extension \"" + statement.name + "\" already exists", {},
                                existing->second.where);
  }
  Extension extension;
  extension.name = statement.name;
  extension.schema = statement.schema.empty() ? run.new_name({"", ""}).schema : statement.schema;
  extension.version = statement.version;
  extension.where = run.span;
  if (!run.use_schema(extension.schema)) return;
  run.put(&Catalog::extensions, statement.name, std::move(extension));
}

}  // namespace schemagate
