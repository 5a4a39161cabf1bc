// SPDX-License-Identifier: MIT
#include "schema/execution.h"

#include <algorithm>

#include "base/text.h"
#include "schema/apply_parts.h"
#include "schema/builtin_types.h"
#include "schema/lookup.h"
#include "schema/parse.h"
#include "schema/placeholders.h"

namespace schemagate {
namespace {

constexpr std::string_view temporary = "pg_temp";

/// Asked for each name: most catalogs have one or two schemas.
bool has_temporary_schema(const Catalog& catalog) {
  constexpr std::size_t few = 3;
  if (catalog.schemas.size() > few) return catalog.schemas.count(std::string(temporary)) != 0;
  return std::any_of(catalog.schemas.begin(), catalog.schemas.end(),
                     [](const auto& schema) { return schema.first == temporary; });
}

/// The first name along the search path that `has` knows; the temporary schema comes before it.
template <class Has>
std::optional<QualifiedName> first_on_path(const Catalog& catalog,
                                           const std::vector<std::string>& search_path,
                                           const QualifiedName& written, const Has& has) {
  HashedName name(written);
  if (!written.schema.empty()) return has(name) ? std::optional(written) : std::nullopt;
  if (has_temporary_schema(catalog)) {
    name.set_schema(temporary);
    if (has(name)) return name.qualified();
  }
  for (const auto& schema : search_path) {
    name.set_schema(schema);
    if (has(name)) return name.qualified();
  }
  return std::nullopt;
}

bool is_relation_or_type(const Catalog& catalog, const HashedName& name) {
  return catalog.types.contains(name) || catalog.tables.contains(name) ||
         catalog.views.contains(name) ||
         (!catalog.objects.empty() &&
          catalog.objects.count("TYPE " + to_sql(name.qualified())) != 0);
}

/// The words between the parentheses of a signature, cut at the commas outside of "(…)" and quotes.
std::vector<std::string> signature_parts(std::string_view signature) {
  std::vector<std::string> parts;
  if (signature.size() <= 2) return parts;
  signature = signature.substr(1, signature.size() - 2);
  int depth = 0;
  bool quoted = false;
  std::string part;
  for (const char c : signature) {
    if (c == '"') quoted = !quoted;
    if (!quoted && c == '(') ++depth;
    if (!quoted && c == ')') --depth;
    if (c == ',' && depth == 0 && !quoted) {
      parts.emplace_back(trim(part));
      part.clear();
    } else {
      part += c;
    }
  }
  parts.emplace_back(trim(part));
  return parts;
}

}  // namespace

Execution::Execution(Catalog& target, Session& in, Span statement, const Declared* everything)
    : catalog(target),
      session(in),
      span(statement),
      declared(everything),
      saves_changes_(in.in_transaction && in.can_roll_back) {}

// ---- what the server would say -----------------------------------------------------------------

void Execution::refuse(std::string sqlstate, std::string message, Span at) {
  refused_ = true;
  problems.push_back({ProblemKind::invalid,
                      at.is_somewhere() ? at : span,
                      {},
                      std::move(sqlstate),
                      std::move(message)});
}

void Execution::refuse_duplicate(std::string sqlstate, std::string message, Span at, Span first) {
  refused_ = true;
  problems.push_back({ProblemKind::duplicate, at.is_somewhere() ? at : span, first,
                      std::move(sqlstate), std::move(message)});
}

void Execution::note_replaced(std::string sqlstate, std::string message, Span first) {
  if (declared == nullptr || first.file == span.file) return;
  problems.push_back(
      {ProblemKind::duplicate, span, first, std::move(sqlstate), std::move(message)});
}

void Execution::refuse_missing(std::string sqlstate, std::string message, const std::string& name,
                               Span at) {
  refused_ = true;
  waits_for.push_back(name);
  const auto kind = session.partial ? ProblemKind::ignored : ProblemKind::missing;
  problems.push_back({kind,
                      at.is_somewhere() ? at : span,
                      {},
                      session.partial ? "" : std::move(sqlstate),
                      std::move(message)});
}

void Execution::refuse_missing(std::string sqlstate, std::string message, const QualifiedName& name,
                               Span at) {
  const std::string& schema = name.schema;
  const bool known = is_always_there(schema) || declared != nullptr || session.partial ||
                     catalog.schemas.count(schema) != 0;
  if (known) return refuse_missing(std::move(sqlstate), std::move(message), name.name, at);
  refuse_missing("3F000", "schema \"" + schema + "\" does not exist", name.name, at);
}

void Execution::missing_relation(const QualifiedName& written, Span at) {
  const std::string name =
      written.schema.empty() ? written.name : written.schema + "." + written.name;
  refuse_missing("42P01", "relation \"" + name + "\" does not exist", written, at);
}

std::string Execution::shown(const QualifiedName& name) const {
  const auto& path = session.search_path;
  const bool visible = std::find(path.begin(), path.end(), name.schema) != path.end();
  return visible ? quote_identifier(name.name) : to_sql(name);
}

// ---- names -------------------------------------------------------------------------------------

template <class Has>
std::optional<QualifiedName> Execution::on_path(const QualifiedName& written,
                                                const Has& has) const {
  return first_on_path(catalog, session.search_path, written, has);
}

std::optional<QualifiedName> Execution::relation(const QualifiedName& written) const {
  return on_path(
      written, [this](const HashedName& name) { return catalog.relation_kind(name).has_value(); });
}

std::optional<QualifiedName> Execution::relation_or_declared(const QualifiedName& written) const {
  return on_path(written, [this](const HashedName& name) {
    return catalog.relation_kind(name) ||
           (declared != nullptr && declared->relations.contains(name));
  });
}

std::optional<QualifiedName> Execution::type(const QualifiedName& written) const {
  return on_path(written, [this](const HashedName& name) {
    return is_relation_or_type(catalog, name) ||
           (declared != nullptr &&
            (declared->types.contains(name) || declared->relations.contains(name)));
  });
}

std::optional<QualifiedName> Execution::function_name(const QualifiedName& written) const {
  if (catalog.functions.empty() && declared == nullptr) return std::nullopt;
  return on_path(written, [this](const HashedName& name) {
    return catalog.has_function(name.qualified()) ||
           (declared != nullptr && declared->functions.contains(name));
  });
}

std::optional<std::string> Execution::function(const QualifiedName& written,
                                               const std::string& signature) const {
  const auto found = on_path(written, [&](const HashedName& hashed) {
    const QualifiedName name = hashed.qualified();
    return signature.empty() ? catalog.has_function(name)
                             : catalog.functions.count(function_key(name, signature)) != 0;
  });
  if (!found) return std::nullopt;
  if (!signature.empty()) return function_key(*found, signature);
  const std::string prefix = to_sql(*found) + "(";
  auto first = catalog.functions.lower_bound(prefix);
  const auto second = std::next(first);
  if (second != catalog.functions.end() && second->first.starts_with(prefix)) return std::nullopt;
  return first->first;
}

bool Execution::constraint_name_taken(const std::string& schema, const std::string& name) const {
  const auto found = catalog.links.constraints.find({schema, name});
  if (found == catalog.links.constraints.end()) return false;
  return std::any_of(found->second.begin(), found->second.end(), [&](const QualifiedName& table) {
    const auto holder = catalog.tables.find(table);
    return holder != catalog.tables.end() && holder->second.constraint(name) != nullptr;
  });
}

bool Execution::use_schema(const std::string& schema) {
  if (catalog.schemas.count(schema) != 0) return true;
  const bool known = declared != nullptr || session.partial || schema == "public" ||
                     schema == "pg_temp" || is_stand_in(schema);
  if (!known) {
    refuse_missing("3F000", "schema \"" + schema + "\" does not exist", schema);
    return false;
  }
  Schema made_up;
  made_up.name = schema;
  made_up.implicit = true;
  put(&Catalog::schemas, schema, std::move(made_up));
  return true;
}

TypeName Execution::resolved(TypeName written, Span at) {
  auto& name = written.name;
  if (name.empty() || name.schema == "information_schema") return written;
  if (name.schema.empty() && is_builtin_type(name.name)) return written;
  if (auto found = type(name)) {
    name = std::move(*found);
    return written;
  }
  if (name.name.starts_with("_")) {  // an array type by its own name
    TypeName element = written;
    element.name.name.erase(0, 1);
    const bool builtin = name.schema.empty() && is_builtin_type(element.name.name);
    if (builtin || type(element.name)) {
      element.array_dimensions = std::max(1, element.array_dimensions);
      return resolved(std::move(element), at);
    }
  }
  if (name.schema.empty() && (name.name.starts_with("pg_") || name.name.ends_with("%TYPE")))
    return written;
  const std::string extension(extension_of_type(name.name));
  if (const auto known = catalog.extensions.find(extension); known != catalog.extensions.end()) {
    if (name.schema.empty()) name.schema = known->second.schema;
    return written;
  }
  if (declared != nullptr) {
    const auto later = declared->extensions.find(extension);
    if (name.schema.empty())
      name.schema = later == declared->extensions.end() ? new_name(name).schema : later->second;
    return written;  // load_schema looks again when everything is read
  }
  if (session.partial || !catalog.extensions.empty()) {
    name = new_name(name);
    return written;
  }
  for (const auto& [range, type] : catalog.types) {
    if (type.kind != TypeKind::range) continue;
    const QualifiedName multirange = multirange_of(type);
    if (multirange.name != name.name || (!name.schema.empty() && multirange != name)) continue;
    name = multirange;
    return written;
  }
  const std::string text = name.schema.empty() ? name.name : name.schema + "." + name.name;
  refuse_missing("42704", "type \"" + text + "\" does not exist", name, at);
  return written;
}

std::string Execution::resolved_signature(const std::string& signature) {
  if (signature.find_first_not_of("(), *") == std::string::npos) return signature;
  std::vector<std::string> parts = signature_parts(signature);
  for (auto& part : parts) {
    std::string_view name = part;
    const auto brackets = name.find('[');
    const std::string tail(brackets == std::string_view::npos ? "" : name.substr(brackets));
    name = name.substr(0, brackets);
    if (name.find_first_of(". (") != std::string_view::npos || name == "NONE") continue;
    const bool quoted = name.starts_with("\"");
    const QualifiedName written{
        "", quoted ? replace_all(std::string(name.substr(1, name.size() - 2)), "\"\"", "\"")
                   : std::string(name)};
    if (const auto found = type(written)) {
      part = to_sql(*found) + tail;
    } else if (const auto extension =
                   catalog.extensions.find(std::string(extension_of_type(written.name)));
               extension != catalog.extensions.end()) {
      part = to_sql(QualifiedName{extension->second.schema, written.name}) + tail;
    }
  }
  return "(" + join(parts, ", ") + ")";
}

void Execution::resolve(std::string& sql, References& references, NameUse types) {
  std::vector<NameChange> changes;
  const auto settle = [&changes](NameUse use, QualifiedName& written,
                                 std::optional<QualifiedName> found) {
    if (!found || *found == written) return;
    changes.push_back({use, written, *found});
    written = std::move(*found);
  };
  for (auto& use : references.relations)
    settle(NameUse::relation, use.name, relation_or_declared(use.name));
  for (auto& use : references.functions)
    settle(NameUse::function, use.name, function_name(use.name));
  for (auto& name : references.sequences) {
    // Also where nothing changes: nextval's constant gets its ::regclass.
    const QualifiedName written = name;
    if (auto found = relation_or_declared(name)) {
      name = std::move(*found);
    } else if (declared == nullptr && !session.partial) {
      refuse_missing("42P01", "relation \"" + to_sql(written) + "\" does not exist", written.name);
    }
    changes.push_back({NameUse::sequence, written, name});
  }
  for (auto& used : references.types) {
    if (used.name.schema.empty() && is_builtin_type(used.name.name)) continue;
    settle(types, used.name, type(used.name));
  }
  if (!changes.empty()) sql = rewrite_names(sql, changes);
}

void Execution::resolve(std::vector<IndexElement>& elements) {
  for (auto& element : elements) {
    if (!element.expression.empty()) resolve(element.expression);
    if (!element.collation.empty() && element.collation != "\"default\"")
      element.collation = resolved_collation(element.collation);
  }
}

std::string Execution::resolved_collation(const std::string& written) const {
  if (written.empty() || written == "\"default\"") return {};
  if (written.find('.') != std::string::npos) return written;
  for (const auto& schema : session.search_path) {
    std::string qualified = quote_identifier(schema) + "." + written;
    if (catalog.objects.count("COLLATION " + qualified) != 0) return qualified;
  }
  return written;
}

// ---- changes -----------------------------------------------------------------------------------

void Execution::created(const QualifiedName& name) {
  session.created.insert(name);
  if (session.in_transaction) session.created_in_transaction.insert(name);
  if (declared != nullptr) made.push_back(name.name);
}

void Execution::put_index(Index&& index) {
  for (const auto& element : index.elements) link(index.table, element.expression.references);
  link(index.table, index.where.references);
  created(index.name);
  const QualifiedName name = index.name;
  put(&Catalog::indexes, name, std::move(index));
}

void Execution::put_sequence(Sequence&& sequence) {
  if (!sequence.owner_table.empty())
    catalog.links.sequences[sequence.owner_table].insert(sequence.name);
  created(sequence.name);
  const QualifiedName name = sequence.name;
  put(&Catalog::sequences, name, std::move(sequence));
  grant_defaults(*this, ObjectKind::sequence, name.schema, to_sql(name));
}

void Execution::link(const Table& table) {
  if (!table.partition_of.empty()) catalog.links.children[table.partition_of].insert(table.name);
  for (const auto& parent : table.inherits) catalog.links.children[parent].insert(table.name);
  if (!table.of_type.empty()) catalog.links.type_users[table.of_type].insert(table.name);
  for (const auto& column : table.columns) link(table.name, column);
  for (const auto& constraint : table.constraints) link(table.name, constraint);
  for (const auto& trigger : table.triggers) link(table.name, trigger.references);
  for (const auto& policy : table.policies) link(table.name, policy.references);
  for (const auto& rule : table.rules) link(table.name, rule.references);
  if (!table.partition_by) return;
  for (const auto& element : table.partition_by->elements)
    link(table.name, element.expression.references);
}

void Execution::link(const QualifiedName& table, const Column& column) {
  if (!column.type.name.schema.empty()) catalog.links.type_users[column.type.name].insert(table);
  if (column.default_value) link(table, column.default_value->references);
  link(table, column.generation.references);
}

void Execution::link(const QualifiedName& table, const Constraint& constraint) {
  const auto& definition = constraint.definition;
  catalog.links.constraints[{table.schema, definition.name}].insert(table);
  if (definition.kind == ConstraintKind::foreign_key)
    catalog.links.referrers[definition.referenced].insert(table);
  link(table, definition.expression.references);
  link(table, definition.where.references);
}

void Execution::link(const View& view) {
  link(view.name, view.query.references);
  for (const auto& trigger : view.triggers) link(view.name, trigger.references);
  for (const auto& rule : view.rules) link(view.name, rule.references);
}

void Execution::link(const QualifiedName& holder, const References& references) {
  auto& links = catalog.links;
  for (const auto& use : references.functions) links.callers[use.name].insert(holder);
  for (const auto& use : references.relations) links.readers[use.name].insert(holder);
  for (const auto& name : references.sequences) links.readers[name].insert(holder);
  for (const auto& type : references.types) {
    if (!type.name.schema.empty()) links.type_users[type.name].insert(holder);
  }
}

// ---- the public questions ----------------------------------------------------------------------

std::string Session::setting(const std::string& name) const {
  if (const auto local = local_settings.find(name); local != local_settings.end())
    return local->second;
  const auto found = settings.find(name);
  return found == settings.end() ? std::string() : found->second;
}

QualifiedName creation_name(const Session& session, const QualifiedName& written) {
  return creation_name(session.search_path, written);
}

QualifiedName creation_name(const std::vector<std::string>& search_path,
                            const QualifiedName& written) {
  if (!written.schema.empty()) return written;
  const auto first = std::find_if(search_path.begin(), search_path.end(),
                                  [](const auto& schema) { return schema != "$user"; });
  return {first == search_path.end() ? "public" : *first, written.name};
}

std::optional<QualifiedName> resolve_relation(const Catalog& catalog,
                                              const std::vector<std::string>& search_path,
                                              const QualifiedName& written) {
  return first_on_path(catalog, search_path, written, [&](const HashedName& name) {
    return catalog.relation_kind(name).has_value();
  });
}

std::optional<QualifiedName> resolve_type(const Catalog& catalog,
                                          const std::vector<std::string>& search_path,
                                          const QualifiedName& written) {
  HashedName name(written);
  if (!written.schema.empty()) {
    return is_relation_or_type(catalog, name) ? std::optional(written) : std::nullopt;
  }
  if (is_builtin_type(written.name)) return written;
  for (const auto& schema : search_path) {
    name.set_schema(schema);
    if (is_relation_or_type(catalog, name)) return name.qualified();
  }
  return std::nullopt;
}

}  // namespace schemagate
