// SPDX-License-Identifier: MIT
#include "schema/access_row_behind.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>

#include "base/text.h"
#include "schema/builtin_types.h"
#include "schema/lookup.h"
#include "schema/plan_parts.h"

namespace schemagate::rows {
namespace {

bool is_written_in_c(const Catalog& catalog, const QualifiedName& name) {
  bool is_known = false, is_other = false;
  for (const auto& [called, one] : catalog.functions) {
    if (one.definition.name.name != name.name) continue;
    is_known = true;
    const std::string language = to_lower(one.definition.language);
    is_other = is_other || (language != "c" && language != "internal");
  }
  return !is_known || !is_other;
}

/// A value of the type, or a column, is in the text.
bool is_about(const Catalog& catalog, const std::set<std::string>& words,
              const References& references, const TypeName& sought) {
  if (words.count(to_lower(sought.name.name)) != 0) return true;
  return std::any_of(
      references.relations.begin(), references.relations.end(), [&](const RelationUse& use) {
        const QualifiedName relation = planning::resolved(use.name, catalog);
        const Table* table = find(catalog.tables, relation);
        // Of a view, what its columns are made of is not looked up.
        if (table == nullptr) return find(catalog.views, relation) != nullptr;
        return std::any_of(table->columns.begin(), table->columns.end(), [&](const Column& column) {
          return column.type.name.name == sought.name.name;
        });
      });
}

bool may_use_cast(const Catalog& catalog, const OpaqueObject& cast,
                  const std::set<std::string>& words, const References& references) {
  const auto& types = cast.references.types;
  const auto is_own = [&](const TypeName& one) {
    const QualifiedName name = planning::resolved(one.name, catalog);
    return find(catalog.types, name) != nullptr || find(catalog.tables, name) != nullptr;
  };
  // Nobody writes that a value of a type of the server's is to be another one.
  if (std::none_of(types.begin(), types.end(), is_own)) return true;
  return std::any_of(types.begin(), types.end(), [&](const TypeName& one) {
    return is_own(one) && is_about(catalog, words, references, one);
  });
}

bool may_use(const Catalog& catalog, const OpaqueObject& object, const std::string& text,
             const std::set<std::string>& words, const References& references) {
  if (object.object.kind == ObjectKind::operator_)
    return text.empty() || text.find(object.object.name.name) != std::string::npos;
  return object.object.kind == ObjectKind::cast &&
         (text.empty() || may_use_cast(catalog, object, words, references));
}

void add_functions(const Catalog& catalog, const OpaqueObject& object,
                   std::vector<QualifiedName>& found) {
  for (const FunctionUse& called : object.references.functions)
    if (!is_written_in_c(catalog, called.name)) found.push_back(called.name);
}

}  // namespace

std::vector<QualifiedName> functions_behind(const Catalog& catalog, const std::string& text,
                                            const References& references) {
  std::vector<QualifiedName> found;
  if (catalog.objects.empty()) return found;
  const std::set<std::string> words = lower_case_words(text);
  for (const auto& [called, object] : catalog.objects)
    if (may_use(catalog, object, text, words, references)) add_functions(catalog, object, found);
  return found;
}

std::vector<QualifiedName> functions_of_aggregate(const Catalog& catalog, const std::string& name) {
  std::vector<QualifiedName> found;
  for (const auto& [called, object] : catalog.objects)
    if (object.object.kind == ObjectKind::aggregate && object.object.name.name == name)
      add_functions(catalog, object, found);
  return found;
}

const Expression* default_behind(const Catalog& catalog, const Column& column) {
  if (column.default_value) return &*column.default_value;
  TypeName at = column.type;
  constexpr int deepest = 100;
  for (int depth = 0; depth < deepest; ++depth) {
    const Type* domain = find(catalog.types, planning::resolved(at.name, catalog));
    if (domain == nullptr || domain->kind != TypeKind::domain) return nullptr;
    if (domain->default_value) return &*domain->default_value;
    at = domain->base;
  }
  return nullptr;
}

bool sets_role(const std::string& text) {
  // Words, and the signs that tell SET role = 'a' of a session from that of an UPDATE.
  std::string words = " ; ";
  for (const char c : to_lower(text)) {
    const bool is_letter = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
    if (is_letter)
      words += c;
    else if (c == ';' || c == '=')
      words += std::string(" ") + c + " ";
    else if (words.back() != ' ')
      words += ' ';
  }
  words = replace_all(replace_all(words, "  ", " "), " role = ", " role_is ");
  words += " ";
  constexpr std::array settings{" set role ",
                                " set local role ",
                                " set session role ",
                                " set local role_is ",
                                " set session role_is ",
                                " session authorization ",
                                " set_config role ",
                                " set_config session_authorization ",
                                "; set role_is ",
                                " begin set role_is ",
                                " then set role_is ",
                                " else set role_is ",
                                " loop set role_is "};
  return std::any_of(settings.begin(), settings.end(),
                     [&](const char* setting) { return words.find(setting) != std::string::npos; });
}

Runner runner_of(const Function& one, const Runner& caller) {
  const CreateFunction& definition = one.definition;
  if (sets_role(definition.definition)) return {true, {}};
  return definition.security_definer ? Runner{false, one.owner} : caller;
}

bool runs_text(const QualifiedName& called) {
  if (!called.schema.empty() && called.schema != "pg_catalog") return false;
  const std::string& name = called.name;
  constexpr std::array beginnings{"query_to_xml", "table_to_xml", "schema_to_xml",
                                  "database_to_xml", "cursor_to_xml"};
  return name == "ts_stat" || name == "ts_rewrite" ||
         std::any_of(beginnings.begin(), beginnings.end(),
                     [&](std::string_view beginning) { return name.starts_with(beginning); });
}

bool looks_at_system_columns(const References& references) {
  const auto& columns = references.columns;
  return std::any_of(columns.begin(), columns.end(),
                     [](const ColumnUse& use) { return is_system_column(use.name); });
}

}  // namespace schemagate::rows
