// SPDX-License-Identifier: MIT
#include <algorithm>
#include <variant>

#include "base/text.h"
#include "schema/plan.h"

namespace schemagate {
namespace {

constexpr std::string_view directive = "schemagate:", verb = "renamed from";

/// The old name that the comment gives, or nothing.
std::string old_name(std::string_view comment) {
  std::string_view text = trim(comment);
  if (text.substr(0, directive.size()) != directive) return {};
  text = trim(text.substr(directive.size()));
  if (text.substr(0, verb.size()) != verb) return {};
  return std::string(trim(text.substr(verb.size())));
}

/// The places inside a statement that a comment can stand above: columns and constraints.
std::vector<Span> definitions(const Statement& statement) {
  std::vector<Span> spans;
  if (const auto* table = statement.as<CreateTable>()) {
    for (const ColumnDefinition& column : table->columns) spans.push_back(column.span);
    for (const ConstraintDefinition& constraint : table->constraints)
      spans.push_back(constraint.span);
  } else if (const auto* alter = statement.as<AlterTable>()) {
    for (const AlterTableCommand& command : alter->commands) {
      if (command.column) spans.push_back(command.column->span);
      if (command.constraint) spans.push_back(command.constraint->span);
    }
  }
  std::sort(spans.begin(), spans.end(),
            [](const Span& a, const Span& b) { return a.begin < b.begin; });
  return spans;
}

/// True when something stands before the comment on its line.
bool trails(const SourceSet& sources, const Span& comment) {
  const std::string& text = sources.file(comment.file).text;
  for (std::size_t at = comment.begin; at > 0 && text[at - 1] != '\n'; --at) {
    if (text[at - 1] != ' ' && text[at - 1] != '\t') return true;
  }
  return false;
}

/// What the comment stands above (or behind, on the same line).
Span meant(const SourceSet& sources, const ParsedFile& file, const Span& comment) {
  for (const Statement& statement : file.statements) {
    if (comment.begin < statement.span.begin) return statement.span;
    if (comment.begin >= statement.span.end) continue;
    const std::vector<Span> spans = definitions(statement);
    if (spans.empty()) return comment;  // the values of an enum have no place of their own
    const auto next = std::find_if(spans.begin(), spans.end(),
                                   [&](const Span& span) { return span.begin > comment.begin; });
    if (trails(sources, comment) && next != spans.begin()) return *(next - 1);
    return next == spans.end() ? comment : *next;
  }
  return comment;
}

}  // namespace

std::vector<RenameHint> rename_hints(const SourceSet& sources,
                                     const std::vector<ParsedFile>& files) {
  std::vector<RenameHint> hints;
  for (const ParsedFile& file : files) {
    for (const CommentText& comment : file.comments) {
      const std::string name = old_name(comment.text);
      if (!name.empty()) hints.push_back({comment.span, meant(sources, file, comment.span), name});
    }
  }
  return hints;
}

}  // namespace schemagate
