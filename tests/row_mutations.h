// SPDX-License-Identifier: MIT
// Random migrations that work on rows: a schema with rows, and steps of which some write rows and
// some change what rows must fulfil or what runs with them. The same seed gives the
// same text on every machine. Which of it a server takes is for a server to say.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "tests/schema_mutations.h"

namespace schemagate::testing {

class RowSteps {
 public:
  explicit RowSteps(std::uint32_t seed) : random_(seed) {}

  /// Tables that refer to each other, with constraints, indexes, triggers, views and a few rows.
  Statements ancestor();
  /// What one side does: one or two statements. `writes`: the first one writes rows, else it
  /// changes the schema.
  Statements side(bool writes);

 private:
  std::size_t below(std::size_t count) { return random_() % count; }
  /// The text with each {a|b|c} replaced by one of the choices, from the inside out; `~` is a bar.
  std::string filled(std::string text);

  Statements rows();

  std::mt19937 random_;
};

}  // namespace schemagate::testing
