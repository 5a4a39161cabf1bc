// SPDX-License-Identifier: MIT
#include "analyzers/doubts.h"

#include <algorithm>
#include <array>

#include "analyzers/words.h"
#include "base/text.h"

namespace schemagate {
namespace {

/// How much a whole number may be: 0 for other types.
int integer_rank(const TypeName& type) {
  constexpr std::array<std::string_view, 3> integers{"int2", "int4", "int8"};
  const auto at = std::find(integers.begin(), integers.end(), type.name.name);
  const bool plain = type.name.schema.empty() && type.array_dimensions == 0;
  return at == integers.end() || !plain ? 0 : static_cast<int>(at - integers.begin()) + 1;
}

/// No value of `from` is too much for `to`: a wider whole number, a text or a number without limit.
bool takes_every_value(const TypeName& from, const TypeName& to) {
  if (from.array_dimensions > 0 || to.array_dimensions > 0 || !to.name.schema.empty()) return false;
  const bool unlimited = to.modifiers.empty();
  if (to.name.name == "text" || (to.name.name == "varchar" && unlimited)) return true;
  if (to.name.name == "numeric" && unlimited)
    return integer_rank(from) > 0 || from.name.name == "numeric";
  return integer_rank(from) > 0 && integer_rank(to) >= integer_rank(from);
}

bool may_raise(const ConstraintDefinition& definition, ProbeKind kind) {
  switch (definition.kind) {
    case ConstraintKind::check:
      return kind == ProbeKind::check_violations;
    case ConstraintKind::not_null:
      return kind == ProbeKind::nulls;
    case ConstraintKind::unique:
      return kind == ProbeKind::duplicates;
    case ConstraintKind::primary_key:
      return kind == ProbeKind::duplicates || kind == ProbeKind::nulls;
    case ConstraintKind::foreign_key:
      return kind == ProbeKind::orphans;
    case ConstraintKind::exclusion:
      return false;
  }
  return true;
}

bool may_raise(const AlterTableCommand& command, ProbeKind kind) {
  using enum AlterTableAction;
  switch (command.action) {
    case set_not_null:
      return kind == ProbeKind::nulls;
    case set_type:
      return kind == ProbeKind::type_misfits;
    case add_constraint:
      return command.constraint && may_raise(*command.constraint, kind);
    case validate_constraint:
      return true;
    default:
      return false;
  }
}

/// A look at the statement alone: most raise no doubt of that kind.
bool may_raise(const Statement& statement, ProbeKind kind) {
  if (const auto* create = statement.as<CreateIndex>())
    return create->unique && kind == ProbeKind::duplicates;
  const auto* alter = statement.as<AlterTable>();
  return alter && std::any_of(alter->commands.begin(), alter->commands.end(),
                              [&](const auto& command) { return may_raise(command, kind); });
}

/// Collects the probes that a statement gives rise to.
class Collector {
 public:
  explicit Collector(const Subject& subject) : subject_(subject) {}

  std::vector<Doubt> collect() {
    if (const auto* create = subject_.statement.as<CreateIndex>()) index(*create);
    const auto* alter = subject_.statement.as<AlterTable>();
    if (!alter || alter->kind != ObjectKind::table) return std::move(result_);
    name_ = subject_.resolve(alter->name);
    table_ = subject_.table(alter->name);
    if (!table_) return std::move(result_);
    for (std::size_t i = 0; i < alter->commands.size(); ++i) {
      command_ = static_cast<int>(i);
      command(alter->commands[i]);
    }
    return std::move(result_);
  }

 private:
  void command(const AlterTableCommand& command) {
    using enum AlterTableAction;
    if (command.action == set_not_null) nulls(command.name);
    if (command.action == set_type && command.column) misfits(command);
    if (command.action == add_constraint && command.constraint) {
      const ConstraintDefinition& definition = *command.constraint;
      if (!definition.not_valid && !definition.not_enforced) constraint(definition);
    }
    if (command.action == validate_constraint) validated(command.name);
  }

  void validated(const std::string& name) {
    if (const Constraint* found = table_->constraint(name)) {
      if (!found->validated) constraint(found->definition);
    }
    for (const Column& column : table_->columns) {
      if (column.not_null_not_valid && column.not_null_name == name) ask_nulls(column.name);
    }
  }

  void constraint(const ConstraintDefinition& definition) {
    switch (definition.kind) {
      case ConstraintKind::not_null:
        for (const std::string& column : definition.columns) nulls(column);
        return;
      case ConstraintKind::primary_key:
        for (const std::string& column : key_columns(definition)) nulls(column);
        [[fallthrough]];
      case ConstraintKind::unique:
        if (definition.using_index.empty() && !definition.without_overlaps) {
          duplicates(definition.columns, definition.nulls_not_distinct, "", definition.name);
        }
        return;
      case ConstraintKind::foreign_key:
        return orphans(definition);
      case ConstraintKind::check: {
        Probe probe = probe_of(ProbeKind::check_violations, {});
        for (const ColumnUse& use : definition.expression.references.columns) {
          if (std::find(probe.columns.begin(), probe.columns.end(), use.name) ==
              probe.columns.end()) {
            probe.columns.push_back(use.name);
          }
        }
        probe.condition = definition.expression.sql;
        return add(std::move(probe), object_named(definition.name));
      }
      case ConstraintKind::exclusion:
        return;
    }
  }

  std::vector<std::string> key_columns(const ConstraintDefinition& definition) const {
    if (definition.using_index.empty()) return definition.columns;
    std::vector<std::string> columns;
    const auto index = subject_.before.indexes.find({name_.schema, definition.using_index});
    if (index == subject_.before.indexes.end()) return columns;
    for (const IndexElement& element : index->second.elements) columns.push_back(element.column);
    return columns;
  }

  void nulls(const std::string& name) {
    const Column* column = table_->column(name);
    if (column && (!column->not_null || column->not_null_not_valid)) ask_nulls(name);
  }
  void ask_nulls(const std::string& column) {
    add(probe_of(ProbeKind::nulls, {column}), object_of(name_, column));
  }

  void duplicates(const std::vector<std::string>& columns, bool nulls_not_distinct,
                  const std::string& condition, const std::string& name) {
    Probe probe = probe_of(ProbeKind::duplicates, columns);
    probe.nulls_not_distinct = nulls_not_distinct;
    probe.condition = condition;
    const bool single = name.empty() && columns.size() == 1;
    add(std::move(probe), single ? object_of(name_, columns.front()) : object_named(name));
  }

  void orphans(const ConstraintDefinition& definition) {
    Probe probe = probe_of(ProbeKind::orphans, definition.columns);
    probe.referenced = subject_.resolve(definition.referenced);
    probe.referenced_columns = definition.referenced_columns;
    const Table* referenced = subject_.table(definition.referenced);
    if (probe.referenced_columns.empty() && referenced && referenced->primary_key()) {
      probe.referenced_columns = referenced->primary_key()->definition.columns;
    }
    if (!subject_.is_new(probe.referenced)) add(std::move(probe), object_named(definition.name));
  }

  void misfits(const AlterTableCommand& command) {
    if (!command.expression.empty() || !subject_.impact.find(Cause::column_type, command_)) return;
    const Table* table = subject_.table(name_);
    const Column* column = table ? table->column(command.name) : nullptr;
    if (column && takes_every_value(column->type, command.column->type)) return;
    Probe probe = probe_of(ProbeKind::type_misfits, {command.name});
    probe.type = command.column->type;
    add(std::move(probe), object_of(name_, command.name));
  }

  void index(const CreateIndex& create) {
    if (!create.unique) return;
    name_ = subject_.resolve(create.table);
    std::vector<std::string> columns;
    for (const IndexElement& element : create.elements) {
      if (element.column.empty()) return;
      columns.push_back(element.column);
    }
    duplicates(columns, create.nulls_not_distinct, create.where.sql, create.name);
  }

  Probe probe_of(ProbeKind kind, std::vector<std::string> columns) const {
    Probe probe;
    probe.kind = kind;
    probe.table = name_;
    probe.columns = std::move(columns);
    return probe;
  }

  std::string object_named(const std::string& name) const {
    return name.empty() ? object_of(name_) : object_of(name_, name);
  }

  void add(Probe probe, std::string object) {
    result_.push_back({std::move(probe), command_, std::move(object), nullptr});
  }

  const Subject& subject_;
  std::vector<Doubt> result_;
  QualifiedName name_;
  const Table* table_ = nullptr;
  int command_ = -1;
};

}  // namespace

std::vector<Doubt> doubts(const Subject& subject, ProbeKind kind) {
  if (!may_raise(subject.statement, kind)) return {};
  std::vector<Doubt> found = Collector(subject).collect();
  std::erase_if(found, [&](const Doubt& doubt) { return doubt.probe.kind != kind; });
  for (Doubt& doubt : found) doubt.answer = subject.ask(doubt.probe);
  return found;
}

bool certain_to_fail(const Subject& subject, ProbeKind kind, int command) {
  if (subject.known.probes.empty()) return false;
  for (const Doubt& doubt : doubts(subject, kind)) {
    if (doubt.command == command && doubt.is_certain()) return true;
  }
  return false;
}

std::string count_of(const Known& known, std::string_view noun) {
  const std::string count = counted(known.value.value_or(0), noun);
  return known.at_least ? "more than " + count : count;
}

void tell(const Subject& subject, Findings& findings, const Doubt& doubt, const std::string& reason,
          const std::string& question, const std::string& evidence, Remedy remedy) {
  if (!doubt.answer) return;
  const Known& rows = doubt.answer->rows;
  if (!rows.value) {
    const std::string prefix = "not asked: ";
    const bool refused = rows.unknown_because.starts_with(prefix);
    const std::string why = rows.unknown_because.substr(refused ? prefix.size() : 0);
    findings
        .add(subject, doubt.object, "not checked whether " + question + ": " + why, doubt.command)
        .severity(Severity::note)
        .evidence(evidence, std::string("unknown"));
    return;
  }
  if (*rows.value == 0) return;
  const bool written = subject.is_written(doubt.probe.table);
  auto added = findings.add(subject, doubt.object,
                            (written ? "may fail: " : "would fail: ") + reason +
                                (written ? ", counted before the statements above ran" : ""),
                            doubt.command);
  if (written) added.severity(Severity::warning);
  if (doubt.probe.kind == ProbeKind::duplicates && doubt.answer->groups.value) {
    added.evidence("duplicate_groups", *doubt.answer->groups.value);
  }
  added.evidence(evidence, *rows.value);
  if (written) {
    added.remedy("see that the statements above leave none of these rows");
  } else if (!remedy.explanation.empty()) {
    added.remedy(remedy.explanation, remedy.sql, remedy.separate_transactions);
  }
}

}  // namespace schemagate
