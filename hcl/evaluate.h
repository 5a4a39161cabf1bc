// SPDX-License-Identifier: MIT
// Evaluates expressions over all files of a schema, which share one namespace: variables have their
// defaults, locals are evaluated when they are asked for, blocks can be referred to. Nothing
// outside of the files is read, and work, depth and size are bounded.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hcl/syntax.h"
#include "hcl/value.h"

namespace schemagate::hcl {

/// Names that are known in one place only: those of `for`, and `each`.
class Scope {
 public:
  explicit Scope(const Scope* outer = nullptr) : outer_(outer) {}
  void set(const std::string& name, Value value) { names_[name] = std::move(value); }
  const Value* find(const std::string& name) const;

 private:
  const Scope* outer_;
  std::map<std::string, Value> names_;
};

/// What a reference leads to.
struct Target {
  const Block* block = nullptr;   ///< of the files
  const Block* child = nullptr;   ///< inside of it: the column
  std::vector<std::string> rest;  ///< of the path: {"name"}
  bool ambiguous = false;         ///< several blocks have that name
};

inline constexpr int max_level = 400;                ///< of evaluations inside evaluations
inline constexpr std::size_t max_work = 10'000'000;  ///< of all evaluations of one schema
inline constexpr std::size_t max_sql_bytes = 32U << 20;

class Evaluator {
 public:
  /// `inputs` are values of variables, as text. Requires: `files` outlives the Evaluator.
  explicit Evaluator(const std::vector<File>& files,
                     std::map<std::string, std::string> inputs = {});

  Value evaluate(const Expression& expression, const Scope& scope);

  /// Where the path of a reference leads. Requires: its first part names a kind of block.
  Target resolve(const std::vector<std::string>& path) const;
  /// The name of what a block makes: its `name` attribute, or its label.
  Value name_of(const Block& block, const Scope& scope);
  /// The text of what a reference with an attribute behind it means: table.users.name.
  Value value_of(const Value& reference, Span where);

  /// Counts SQL that was made; false when it is more than a schema is worth.
  bool write(std::size_t bytes) { return (written_ += bytes) <= max_sql_bytes; }
  /// All blocks of that type.
  std::vector<const Block*> blocks_of(const std::string& type) const;

 private:
  Value dispatch(const Expression& e, const Scope& scope);
  Value variable(const Expression& e, const Scope& scope);
  Value attribute(const Expression& e, const Scope& scope);
  Value index(const Expression& e, const Scope& scope);
  Value splat(const Expression& e, const Scope& scope);
  Value call(const Expression& e, const Scope& scope);
  Value first_that_works(const Expression& e, const Scope& scope);
  Value unary(const Expression& e, const Scope& scope);
  Value binary(const Expression& e, const Scope& scope);
  Value conditional(const Expression& e, const Scope& scope);
  Value list(const Expression& e, const Scope& scope);
  Value object(const Expression& e, const Scope& scope);
  Value text(const Expression& e, const Scope& scope);
  Value loop(const Expression& e, const Scope& scope);
  Value input(const std::string& name, Span where);
  Value local(const std::string& name, Span where);
  bool add_piece(const Expression& part, const Scope& scope, Value& made);
  Value member(const Value& from, const std::string& name, Span where);

  std::map<std::string, const Attribute*> locals_;
  std::map<std::string, const Block*> variables_;
  std::map<std::string, std::string> inputs_;
  std::map<std::string, std::multimap<std::string, const Block*>> blocks_;  ///< by type and name
  std::map<std::string, Value> known_locals_;
  std::map<std::string, bool> in_progress_;
  int level_ = 0;
  std::size_t work_ = 0, written_ = 0;
};

/// The value of a function of HCL's or Atlas's; nothing when there is no such function.
std::optional<Value> call_function(const std::string& name, const std::vector<Value>& arguments,
                                   Span where);

}  // namespace schemagate::hcl
