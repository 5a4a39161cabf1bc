// SPDX-License-Identifier: MIT
// PostgreSQL's own parser (libpg_query 18) behind one function. One file in, our statements out;
// what does not parse is a problem at its place and does not lose the rest of the file.
// No other file of the program sees PostgreSQL's parse tree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/source.h"
#include "schema/statement.h"

namespace schemagate {

/// Text that PostgreSQL's parser refused, or that was not looked at.
struct ParseProblem {
  Span where;  ///< of the token the server's cursor points at (at least one byte when there is one)
  Span statement;       ///< the piece of the file that could not be understood
  std::string message;  ///< the server's words: "syntax error at or near \"TABEL\""
};

enum class SkippedKind { psql_command, copy_data, unread };
/// Cut out before parsing: a psql meta-command or the data of COPY … FROM stdin. Or a part of a
/// file that is no SQL and is not judged: `text` says so.
struct Skipped {
  SkippedKind kind;
  Span span;
  std::string text;  ///< the command's first line: "\connect crm"; empty for data
};

/// A comment that may be a directive (schemagate:, squawk-ignore, atlas:, eugene:, pgfence-ignore,
/// goose …).
struct CommentText {
  Span span;           ///< with the comment's signs
  std::string text;    ///< without them, trimmed
  int statement = -1;  ///< index of the statement that it belongs to: the one that ends on its
                       ///< line, else the next
};

struct ParsedFile {
  std::vector<Statement> statements;  ///< in order
  std::vector<ParseProblem> problems;
  std::vector<Skipped> skipped;
  std::vector<CommentText> comments;  ///< only of files that hold a directive's word at all
};

/// Parses file number `file` of `sources`.
ParsedFile parse(const SourceSet& sources, std::uint32_t file);

/// Parses SQL that is in no file (a planned step): spans are offsets with Span::nowhere as file.
ParsedFile parse_text(std::string_view sql);

/// The span of each command of an ALTER TABLE statement (and of its relatives), in order: cut at
/// the commas behind the relation's name. Empty for a statement that is in no file.
std::vector<Span> command_spans(const SourceSet& sources, const Statement& statement);

/// Limits against hostile input (decisions of the threat model): what exceeds them is a
/// ParseProblem.
inline constexpr std::size_t max_file_bytes = 8U << 20;
inline constexpr std::size_t max_statements = 100'000;
inline constexpr int max_nesting = 500;
/// Of one statement's definition: columns, commands, nodes of its expressions. Rows are not
/// limited.
inline constexpr std::size_t max_parts = 20'000;

}  // namespace schemagate
