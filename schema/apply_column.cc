// SPDX-License-Identifier: MIT
// What a column definition makes: types, serial and identity sequences, defaults, NOT NULL.
#include <algorithm>
#include <array>
#include <limits>

#include "base/text.h"
#include "schema/apply_parts.h"
#include "schema/builtin_types.h"
#include "schema/generated_names.h"

namespace schemagate {
namespace {

/// serial → int4 and so on; empty when it is no serial.
std::string_view serial_base(const TypeName& type) {
  if (!type.name.schema.empty()) return {};
  if (type.name.name == "serial") return "int4";
  if (type.name.name == "bigserial") return "int8";
  return type.name.name == "smallserial" ? "int2" : "";
}

QualifiedName sequence_name(const Execution& run, const QualifiedName& table,
                            const std::string& column) {
  const auto taken = [&](const std::string& name) {
    return run.relation_name_taken({table.schema, name});
  };
  return {table.schema, choose_name(table.name, column, "seq", taken)};
}

Expression nextval(const QualifiedName& sequence) {
  Expression expression;
  expression.sql = "nextval(" + quote_literal(to_sql(sequence)) + "::regclass)";
  expression.kind = ExpressionKind::other;
  expression.references.functions.push_back({{"", "nextval"}, 1});
  expression.references.types.push_back(TypeName{{"", "regclass"}, {}, {}, 0, false});
  expression.references.sequences.push_back(sequence);
  return expression;
}

void make_serial(Execution& run, const QualifiedName& table, Column& column,
                 std::string_view base) {
  if (column.type.array_dimensions > 0) {
    return run.refuse("0A000", "array of serial is not implemented", column.where);
  }
  if (column.default_value || column.identity != Identity::no) {
    return run.refuse("42601",
                      "multiple default values specified for column \"" + column.name +
                          "\" of table \"" + table.name + "\"",
                      column.where);
  }
  column.type.name.name = base;
  column.not_null = true;
  Sequence sequence;
  sequence.name = sequence_name(run, table, column.name);
  if (base != "int8") sequence.options.type = column.type;
  sequence.owner_table = table;
  sequence.owner_column = column.name;
  sequence.where = column.where;
  column.default_value = nextval(sequence.name);
  run.put_sequence(std::move(sequence));
}

std::int64_t largest(const TypeName& type) {
  if (type.name.name == "int2") return std::numeric_limits<std::int16_t>::max();
  if (type.name.name == "int4") return std::numeric_limits<std::int32_t>::max();
  return std::numeric_limits<std::int64_t>::max();
}

void make_generated(Execution& run, Column& column, const ColumnDefinition& definition) {
  column.generated = definition.generated;
  if (definition.generated == Generated::no) return;
  if (definition.generated == Generated::virtual_ && run.session.postgres < 18) {
    return run.refuse(
        "42601", "generated column \"" + column.name + "\" must be STORED before PostgreSQL 18",
        definition.span);
  }
  column.generation = definition.generation;
  run.resolve(column.generation);
}

}  // namespace

SequenceOptions canonical_options(SequenceOptions options, const TypeName& type) {
  const TypeName sequence_type = options.type.value_or(type);
  const std::int64_t increment = options.increment.value_or(1);
  const std::int64_t limit = largest(sequence_type);
  const std::int64_t minimum = increment > 0 ? 1 : -limit - 1;
  const std::int64_t maximum = increment > 0 ? limit : -1;
  const auto forget = [](std::optional<std::int64_t>& value, std::int64_t usual) {
    if (value && *value == usual) value.reset();
  };
  const std::int64_t start =
      increment > 0 ? options.minimum.value_or(minimum) : options.maximum.value_or(maximum);
  forget(options.start, start);
  forget(options.increment, 1);
  forget(options.minimum, minimum);
  forget(options.maximum, maximum);
  forget(options.cache, 1);
  if (options.cycle && !*options.cycle) options.cycle.reset();
  options.no_minimum = options.no_maximum = options.bare_restart = false;
  options.restart.reset();
  options.owned_by.reset();
  if (options.type && options.type->name.name == "int8") options.type.reset();
  return options;
}

std::string canonical_storage(const TypeName& type, const std::string& storage) {
  if (storage.empty() || storage == "default") return {};
  const bool array = type.array_dimensions > 0;
  const bool known = array || (type.name.schema.empty() && is_builtin_type(type.name.name));
  const std::string_view usual = array ? "EXTENDED" : storage_of_type(type.name.name);
  if (known && storage == to_lower(usual)) return {};
  return storage;
}

void make_identity(Execution& run, const QualifiedName& table, Column& column, Identity identity,
                   SequenceOptions options) {
  static constexpr std::array<std::string_view, 3> integers{"int2", "int4", "int8"};
  const bool integer =
      column.type.name.schema.empty() && column.type.array_dimensions == 0 &&
      std::find(integers.begin(), integers.end(), column.type.name.name) != integers.end();
  const bool domain = !column.type.name.schema.empty();
  if (!integer && !domain) {
    return run.refuse("22023", "identity column type must be smallint, integer, or bigint",
                      column.where);
  }
  if (column.default_value) {
    return run.refuse("42601",
                      "both default and identity specified for column \"" + column.name +
                          "\" of table \"" + table.name + "\"",
                      column.where);
  }
  Sequence sequence;
  const QualifiedName usual = sequence_name(run, table, column.name);
  sequence.name = usual;
  if (options.sequence_name) {
    sequence.name = {
        options.sequence_name->schema.empty() ? table.schema : options.sequence_name->schema,
        options.sequence_name->name};
    if (run.relation_name_taken(sequence.name)) {
      return run.refuse("42P07", "relation \"" + sequence.name.name + "\" already exists",
                        column.where);
    }
  }
  options.type.reset();
  options = canonical_options(std::move(options), column.type);
  options.sequence_name =
      sequence.name == usual ? Box<QualifiedName>() : Box<QualifiedName>(sequence.name);
  sequence.options = options;
  sequence.options.sequence_name.reset();
  if (integer && column.type.name.name != "int8") sequence.options.type = column.type;
  sequence.identity = true;
  sequence.owner_table = table;
  sequence.owner_column = column.name;
  sequence.where = column.where;
  column.identity = identity;
  column.identity_options = std::move(options);
  column.not_null = true;
  run.put_sequence(std::move(sequence));
}

void canonicalize_constant(Expression& expression, const TypeName& type) {
  const auto cast = expression.sql.rfind("::");
  const bool quoted = expression.sql.starts_with("'") || expression.sql.starts_with("E'");
  if (expression.kind != ExpressionKind::constant || !quoted || cast == std::string::npos) return;
  if (expression.references.types.size() != 1 || cast == 0 || expression.sql[cast - 1] != '\'')
    return;
  const TypeName& to = expression.references.types.front();
  if (to.name != type.name || to.array_dimensions != type.array_dimensions) return;
  if (!to.modifiers.empty()) return;  // the server shows a cast to varchar(10) as it was written
  expression.sql.resize(cast);
  expression.references.types.clear();
  static constexpr std::array<std::string_view, 6> numbers{"int2",    "int4",   "int8",
                                                           "numeric", "float4", "float8"};
  const bool number = type.name.schema.empty() && type.array_dimensions == 0 &&
                      std::find(numbers.begin(), numbers.end(), type.name.name) != numbers.end();
  const std::string value = expression.sql.substr(1, expression.sql.size() - 2);
  const bool plain =
      value.find_first_not_of("-0123456789.") == std::string::npos && value.size() > 1;
  if (number && plain && value.front() == '-')
    expression.sql = value;  // the server says '-1'::integer
}

/// The server keeps no DEFAULT NULL, except where it hides the default of a domain or where a value
/// of the type that is written is brought to the column's type or length: NULL::character varying
/// of varchar(40).
bool keeps_null(const Execution& run, const TypeName& column, const Expression& null) {
  const bool domain = !column.name.schema.empty() && run.catalog.types.count(column.name) != 0;
  if (domain || (!column.modifiers.empty() && column.name.name != "interval")) return true;
  const auto& written = null.references.types;
  return !written.empty() &&
         (written.size() > 1 || written[0].name != column.name ||
          written[0].array_dimensions != column.array_dimensions || !written[0].modifiers.empty());
}

void set_default(Execution& run, Column& column, Expression expression) {
  if (expression.kind == ExpressionKind::null_constant && !keeps_null(run, column.type, expression))
    expression = {};
  if (expression.empty()) {
    column.default_value.reset();
    return;
  }
  run.resolve(expression);
  canonicalize_constant(expression, column.type);
  column.default_value = std::move(expression);
}

void set_not_null(Execution& run, const QualifiedName& table, Column& column,
                  const ConstraintDefinition& constraint) {
  const bool says_nothing_new = column.not_null && constraint.name.empty();
  if (says_nothing_new && !column.not_null_not_valid && !column.inherited) return;
  column.not_null = true;
  column.not_null_not_valid = constraint.not_valid && run.session.postgres >= 18;
  column.not_null_no_inherit = constraint.no_inherit && run.session.postgres >= 18;
  const bool kept = run.session.postgres >= 18;
  const bool named = kept && !constraint.name.empty();
  const bool usual =
      named && constraint.name == make_object_name(table.name, column.name, "not_null");
  column.not_null_name = named && !usual ? constraint.name : "";
}

Column make_column(Execution& run, const QualifiedName& table, const ColumnDefinition& definition) {
  Column column;
  column.name = truncated_name(definition.name);
  column.type = definition.type;
  column.where = definition.span.is_somewhere() ? definition.span : run.span;
  column.collation = run.resolved_collation(definition.collation);
  column.compression = definition.compression == "default" ? "" : definition.compression;
  column.options = definition.options;
  const auto base = serial_base(definition.type);
  if (base.empty()) column.type = run.resolved(std::move(column.type), definition.span);
  if (definition.default_value) set_default(run, column, *definition.default_value);
  if (!base.empty()) make_serial(run, table, column, base);
  column.storage = canonical_storage(column.type, definition.storage);
  make_generated(run, column, definition);
  if (definition.identity != Identity::no) {
    make_identity(run, table, column, definition.identity, definition.identity_options);
  }
  if (definition.explicit_null && (definition.not_null || column.not_null)) {
    run.refuse("42601",
               "conflicting NULL/NOT NULL declarations for column \"" + column.name +
                   "\" of table \"" + table.name + "\"",
               definition.span);
  }
  for (const auto& constraint : definition.constraints) {
    if (constraint.kind == ConstraintKind::not_null) set_not_null(run, table, column, constraint);
  }
  if (definition.not_null) column.not_null = true;
  return column;
}

}  // namespace schemagate
