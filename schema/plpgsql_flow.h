// SPDX-License-Identifier: MIT
// A PL/pgSQL body as a tree of its statements: what runs after what, in which branch, under which
// handler. It knows the words that steer and leaves expressions and SQL as text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace schemagate {

enum class FlowKind {
  sql,          ///< text; INTO and PERFORM taken out
  execute,      ///< text: the expression that gives the SQL
  branch,       ///< IF and CASE: arms, tried in order
  loop,         ///< LOOP and WHILE (text: its condition)
  range_loop,   ///< FOR name IN text .. limit
  query_loop,   ///< FOR name IN text; `dynamic`: EXECUTE text
  array_loop,   ///< FOREACH name IN ARRAY text
  block,        ///< body; arms are its handlers, `condition` the names before THEN
  raise,        ///< text: SQLSTATE or condition name, empty: P0001; `message` of it
  assertion,    ///< text: what must hold
  leave,        ///< RETURN (text: its value)
  exit,         ///< EXIT; text: its WHEN, name: the label
  next,         ///< CONTINUE; the same
  assignment,   ///< name := text
  transaction,  ///< COMMIT and ROLLBACK: text
};

struct FlowStatement;

struct FlowArm {
  std::string condition;  ///< empty: ELSE
  std::vector<FlowStatement> body;
};

struct FlowVariable {
  std::string name;
  std::string value;  ///< of its DEFAULT; empty: NULL
};

struct FlowStatement {
  FlowKind kind = FlowKind::sql;
  std::string text, name;
  std::string target, value;           ///< of assignment, whole: "NEW.a", "b + 1"
  std::string limit;                   ///< of range_loop
  std::string message;                 ///< of raise
  std::string arguments;               ///< of raise, assertion, execute: what else it evaluates
  bool dynamic = false;                ///< of query_loop
  bool reverse = false;                ///< of range_loop
  std::vector<std::string> into;       ///< variables that get what it returns
  std::vector<FlowVariable> declared;  ///< of block
  std::vector<FlowArm> arms;
  std::vector<FlowStatement> body;
};

struct Flow {
  FlowStatement block;
  std::string problem;  ///< not empty: what PL/pgSQL would refuse in the text (42601)
};

/// Reads a body. Never throws; what it can't read is a `problem`.
Flow read_flow(std::string_view body);

}  // namespace schemagate
