// SPDX-License-Identifier: MIT
// Sequences: what their options can't be, and what CREATE and ALTER SEQUENCE lock.
#include "schema/impact_sequence.h"

#include <limits>

#include "schema/impact_builder.h"

namespace schemagate {
namespace {

struct Bounds {
  std::int64_t low, high;
};
std::optional<Bounds> bounds_of(const TypeName& type) {
  if (!type.name.schema.empty() || type.array_dimensions > 0) return std::nullopt;
  const auto of = [](auto value) {
    return Bounds{std::numeric_limits<decltype(value)>::min(),
                  std::numeric_limits<decltype(value)>::max()};
  };
  if (type.name.name == "int2") return of(std::int16_t{});
  if (type.name.name == "int4") return of(std::int32_t{});
  if (type.name.name == "int8") return of(std::int64_t{});
  return std::nullopt;
}

void fail(ImpactBuilder& b, std::string reason) { b.fail("22023", std::move(reason)); }

/// OWNED BY table.column: the table is opened.
void lock_owner(ImpactBuilder& b, const SequenceOptions& options) {
  if (!options.owned_by || options.owned_by->size() < 2) return;
  const auto& parts = *options.owned_by;
  const QualifiedName table{parts.size() > 2 ? parts[0] : "", parts[parts.size() - 2]};
  b.lock(b.require(table), LockMode::access_share);
}

}  // namespace

void check_sequence_options(ImpactBuilder& b, const SequenceOptions& options,
                            const TypeName& otherwise) {
  const auto bounds = bounds_of(options.type ? *options.type : otherwise);
  if (!bounds) {
    if (options.type) fail(b, "sequence type must be smallint, integer, or bigint");
    return;
  }
  const std::int64_t step = options.increment.value_or(1);
  const std::int64_t high = options.maximum.value_or(step > 0 ? bounds->high : -1);
  const std::int64_t low = options.minimum.value_or(step > 0 ? 1 : bounds->low);
  const std::int64_t start = options.start.value_or(step > 0 ? low : high);
  if (step == 0) {
    fail(b, "INCREMENT must not be zero");
  } else if (high < bounds->low || high > bounds->high) {
    fail(b, "MAXVALUE (" + std::to_string(high) + ") is out of range for the sequence's type");
  } else if (low < bounds->low || low > bounds->high) {
    fail(b, "MINVALUE (" + std::to_string(low) + ") is out of range for the sequence's type");
  } else if (low >= high) {
    fail(b, "MINVALUE (" + std::to_string(low) + ") must be less than MAXVALUE (" +
                std::to_string(high) + ")");
  } else if (start < low) {
    fail(b, "START value (" + std::to_string(start) + ") cannot be less than MINVALUE (" +
                std::to_string(low) + ")");
  } else if (start > high) {
    fail(b, "START value (" + std::to_string(start) + ") cannot be greater than MAXVALUE (" +
                std::to_string(high) + ")");
  } else if (options.cache && *options.cache <= 0) {
    fail(b, "CACHE (" + std::to_string(*options.cache) + ") must be greater than zero");
  }
}

void predict_statement(ImpactBuilder& b, const CreateSequence& s) {
  const QualifiedName self =
      new_relation_name(b.session(), s.name, s.persistence == Persistence::temporary);
  const bool exists = b.catalog().relation_kind(self).has_value();
  if (exists && s.if_not_exists) return;
  check_sequence_options(b, s.options, TypeName{{"", "int8"}, {}, {}, 0, false});
  if (exists) b.fail("42P07", "relation " + quoted(self.name) + " already exists");
  lock_owner(b, s.options);
}

void predict_statement(ImpactBuilder& b, const AlterSequence& s) {
  const auto name = b.resolve(s.name);
  if (!name) {
    if (!s.if_exists) b.require(s.name);
    return;
  }
  if (s.options.increment == 0) fail(b, "INCREMENT must not be zero");
  if (s.options.cache && *s.options.cache <= 0) {
    fail(b, "CACHE (" + std::to_string(*s.options.cache) + ") must be greater than zero");
  }
  if (s.options.minimum && s.options.maximum && *s.options.minimum >= *s.options.maximum) {
    fail(b, "MINVALUE (" + std::to_string(*s.options.minimum) + ") must be less than MAXVALUE (" +
                std::to_string(*s.options.maximum) + ")");
  }
  b.lock(*name, LockMode::share_row_exclusive);
  lock_owner(b, s.options);
}

}  // namespace schemagate
