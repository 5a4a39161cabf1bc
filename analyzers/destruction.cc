// SPDX-License-Identifier: MIT
#include "analyzers/destruction.h"

#include <algorithm>
#include <cctype>

#include "analyzers/words.h"
#include "base/text.h"

namespace schemagate {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool mentions(const Expression& expression, const std::string& column) {
  return std::any_of(expression.references.columns.begin(), expression.references.columns.end(),
                     [&](const ColumnUse& use) { return use.name == column; });
}

/// The whole word `word` stands in `text`.
bool has_word(const std::string& text, const std::string& word) {
  const auto is_letter = [&](std::size_t at) {
    return at < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[at])) || text[at] == '_');
  };
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    if ((at == 0 || !is_letter(at - 1)) && !is_letter(at + word.size())) return true;
  }
  return false;
}

}  // namespace

bool is_private(const Subject& subject, const QualifiedName& relation) {
  if (subject.is_new(relation)) return true;
  const auto table = subject.before.tables.find(relation);
  return table != subject.before.tables.end() &&
         table->second.persistence == Persistence::temporary;
}

std::string users(const Subject& subject, const Probe& probe) {
  const ProbeAnswer* answer = subject.ask(probe);
  if (!answer || answer->users.empty()) return {};
  return "; the running database uses it in " + enumerate(answer->users);
}

void add_users(Findings::Added& added, const Subject& subject, const Probe& probe) {
  const ProbeAnswer* answer = subject.ask(probe);
  if (answer && !answer->users.empty()) added.evidence("users", join(answer->users, ", "));
}

void soften_if_empty(Findings::Added& added, const Subject& subject,
                     const QualifiedName& relation) {
  const Size size = subject.size(relation);
  if (!subject.known.stale && size.rows == 0) added.severity(Severity::note);
  if (size.rows) added.evidence("table_rows", *size.rows);
  if (!size.is_known()) added.evidence("size_unknown", std::string("yes"));
}

bool index_uses(const Index& index, const std::string& column) {
  if (contains(index.include, column) || mentions(index.where, column)) return true;
  return std::any_of(index.elements.begin(), index.elements.end(), [&](const IndexElement& part) {
    return part.column == column || mentions(part.expression, column);
  });
}

bool constraint_uses(const Constraint& constraint, const std::string& column) {
  const ConstraintDefinition& definition = constraint.definition;
  return contains(definition.columns, column) || contains(definition.include, column) ||
         mentions(definition.expression, column);
}

std::vector<std::string> functions_naming(const Catalog& catalog, const QualifiedName& relation,
                                          const std::string& column) {
  std::vector<std::string> found;
  for (const auto& [key, function] : catalog.functions) {
    const std::string body = to_lower(function.definition.body);
    if (!has_word(body, to_lower(relation.name))) continue;
    if (!column.empty() && !has_word(body, to_lower(column))) continue;
    found.push_back("function " + key);
  }
  return found;
}

}  // namespace schemagate
