// SPDX-License-Identifier: MIT
// Schemas that nobody thought of: statements of known schemas dropped, swapped, taken over from
// each other and edited word by word. The same seed gives the same schemas on every machine. What
// comes out is text; which of its statements are valid is for a server to say.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace schemagate::testing {

using Statements = std::vector<std::string>;

/// The statements of a schema, as they are written.
Statements statements_of(const std::string& sql);

class SchemaMutator {
 public:
  /// `schemas` is what statements are taken from.
  SchemaMutator(std::uint32_t seed, std::vector<Statements> schemas);

  /// One of the schemas.
  const Statements& any_schema();
  /// The schema with one to four random changes, or another schema instead.
  Statements mutated(Statements schema);
  /// The schema with one or two random changes.
  Statements touched(Statements schema);

 private:
  std::size_t below(std::size_t count);
  void change_once(Statements& schema);
  void edit(std::string& statement);

  std::mt19937 random_;
  std::vector<Statements> schemas_;
};

}  // namespace schemagate::testing
