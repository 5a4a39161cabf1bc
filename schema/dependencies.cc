// SPDX-License-Identifier: MIT
#include "schema/dependencies.h"

#include <algorithm>

#include "base/text.h"
#include "schema/dependents.h"
#include "schema/lookup.h"

namespace schemagate {
namespace {

using Kind = ObjectRef::Kind;

/// Names as the search path lets them be written.
class Words {
 public:
  Words(const Catalog& catalog, const std::vector<std::string>& search_path)
      : catalog_(catalog), search_path_(search_path) {}

  std::string name(const QualifiedName& name) const {
    const bool visible =
        std::find(search_path_.begin(), search_path_.end(), name.schema) != search_path_.end();
    return visible ? quote_identifier(name.name) : to_sql(name);
  }

  /// A key such as "public.f(integer, public.mood)" or "public.a USING gist".
  std::string key(std::string key) const {
    for (const auto& schema : search_path_) {
      const std::string prefix = quote_identifier(schema) + ".";
      if (key.starts_with(prefix)) key.erase(0, prefix.size());
      key = replace_all(replace_all(std::move(key), "(" + prefix, "("), ", " + prefix, ", ");
    }
    return key;
  }

  std::string relation(const QualifiedName& relation) const {
    if (const auto* view = find(catalog_.views, relation)) {
      return (view->materialized ? "materialized view " : "view ") + name(relation);
    }
    const auto* table = find(catalog_.tables, relation);
    const bool foreign = table != nullptr && table->kind == RelationKind::foreign_table;
    return (foreign ? "foreign table " : "table ") + name(relation);
  }

  std::string object(const std::string& object_key) const {
    const auto found = catalog_.objects.find(object_key);
    if (found == catalog_.objects.end()) return object_key;
    const std::string words(to_sql(found->second.object.kind));
    return to_lower(words) + " " +
           key(object_key.substr(std::min(words.size() + 1, object_key.size())));
  }

 private:
  const Catalog& catalog_;
  const std::vector<std::string>& search_path_;
};

}  // namespace

std::vector<Dependent> dependents_of(const Catalog& catalog, const ObjectRef& object) {
  switch (object.kind) {
    case Kind::table:
      return dependents::of_table(catalog, object.name);
    case Kind::column:
      return dependents::of_column(catalog, object.name, object.part);
    case Kind::constraint:
      return dependents::of_constraint(catalog, object.name, object.part);
    case Kind::index:
      return dependents::of_index(catalog, object.name);
    case Kind::sequence:
      return dependents::of_sequence(catalog, object.name);
    case Kind::view:
      return dependents::of_view(catalog, object.name);
    case Kind::type:
      return dependents::of_type(catalog, object.name);
    case Kind::function:
      return dependents::of_function(catalog, object.part);
    case Kind::schema:
      return dependents::of_schema(catalog, object.name.name);
    case Kind::extension:
      return dependents::of_extension(catalog, object.name.name);
    case Kind::default_value:
    case Kind::attribute:
    case Kind::domain_default:
    case Kind::domain_constraint:
    case Kind::trigger:
    case Kind::policy:
    case Kind::rule:
    case Kind::object:
      return {};
  }
  return {};
}

std::string describe(const Catalog& catalog, const ObjectRef& object,
                     const std::vector<std::string>& search_path) {
  const Words words(catalog, search_path);
  const auto of_relation = [&](const char* kind, const char* link) {
    return kind + quote_identifier(object.part) + link + words.relation(object.name);
  };
  switch (object.kind) {
    case Kind::table:
    case Kind::view:
      return words.relation(object.name);
    case Kind::column:
      return of_relation("column ", " of ");
    case Kind::default_value:
      return of_relation("default value for column ", " of ");
    case Kind::constraint:
      return of_relation("constraint ", " on ");
    case Kind::trigger:
      return of_relation("trigger ", " on ");
    case Kind::policy:
      return of_relation("policy ", " on ");
    case Kind::rule:
      return of_relation("rule ", " on ");
    case Kind::index:
      return "index " + words.name(object.name);
    case Kind::sequence:
      return "sequence " + words.name(object.name);
    case Kind::type:
    case Kind::domain_default:
      return "type " + words.name(object.name);
    case Kind::attribute:
      return "column " + quote_identifier(object.part) + " of composite type " +
             words.name(object.name);
    case Kind::domain_constraint:
      return "constraint " + quote_identifier(object.part) + " on domain " +
             words.name(object.name);
    case Kind::function:
      return "function " + words.key(object.part);
    case Kind::object:
      return words.object(object.part);
    case Kind::schema:
      return "schema " + quote_identifier(object.name.name);
    case Kind::extension:
      return "extension " + quote_identifier(object.name.name);
  }
  return {};
}

}  // namespace schemagate
