// SPDX-License-Identifier: MIT
// Which conversions ALTER COLUMN … TYPE does by itself.
// https://www.postgresql.org/docs/current/catalog-pg-cast.html
#include <set>

#include "schema/canonical.h"
#include "schema/plan_parts.h"

namespace schemagate::planning {
namespace {

const Type* domain_of(const TypeName& type, const Catalog& catalog) {
  if (type.array_dimensions > 0) return nullptr;
  const auto found = catalog.types.find(type.name);
  return found != catalog.types.end() && found->second.kind == TypeKind::domain ? &found->second
                                                                                : nullptr;
}

TypeName without_domain(TypeName type, const Catalog& catalog) {
  for (int depth = 0; depth < 32; ++depth) {
    const Type* domain = domain_of(type, catalog);
    if (domain == nullptr) return type;
    type = domain->base;
  }
  return type;
}

bool is_number(const std::string& name) {
  static const std::set<std::string, std::less<>> numbers{"int2",    "int4",   "int8",
                                                          "numeric", "float4", "float8"};
  return numbers.count(name) != 0;
}
bool is_text(const std::string& name) {
  return name == "text" || name == "varchar" || name == "bpchar" || name == "name";
}

bool assignable(const std::string& from, const std::string& to) {
  static const std::set<std::pair<std::string, std::string>> casts{{"date", "timestamp"},
                                                                   {"date", "timestamptz"},
                                                                   {"timestamp", "date"},
                                                                   {"timestamp", "time"},
                                                                   {"timestamp", "timestamptz"},
                                                                   {"timestamptz", "timestamp"},
                                                                   {"timestamptz", "date"},
                                                                   {"timestamptz", "time"},
                                                                   {"timestamptz", "timetz"},
                                                                   {"time", "interval"},
                                                                   {"time", "timetz"},
                                                                   {"timetz", "time"},
                                                                   {"interval", "time"},
                                                                   {"json", "jsonb"},
                                                                   {"jsonb", "json"},
                                                                   {"cidr", "inet"},
                                                                   {"inet", "cidr"},
                                                                   {"bit", "varbit"},
                                                                   {"varbit", "bit"},
                                                                   {"int4", "money"},
                                                                   {"int8", "money"},
                                                                   {"numeric", "money"},
                                                                   {"money", "numeric"},
                                                                   {"int4", "oid"},
                                                                   {"int8", "oid"},
                                                                   {"int2", "oid"},
                                                                   {"oid", "int8"},
                                                                   {"oid", "int4"},
                                                                   {"macaddr", "macaddr8"},
                                                                   {"macaddr8", "macaddr"},
                                                                   {"int4", "regclass"},
                                                                   {"regclass", "oid"},
                                                                   {"oid", "regclass"},
                                                                   {"text", "regclass"},
                                                                   {"varchar", "regclass"}};
  return casts.count({from, to}) != 0;
}

/// A cast written out that exists apart from the way through text.
bool explicit_cast(const std::string& from, const std::string& to) {
  static const std::set<std::pair<std::string, std::string>> casts{
      {"bool", "int4"},    {"int4", "bool"},  {"int4", "bit"},   {"int8", "bit"},
      {"bit", "int4"},     {"bit", "int8"},   {"jsonb", "bool"}, {"jsonb", "numeric"},
      {"jsonb", "int2"},   {"jsonb", "int4"}, {"jsonb", "int8"}, {"jsonb", "float4"},
      {"jsonb", "float8"}, {"xml", "text"},   {"text", "xml"}};
  return is_text(from) || is_text(to) || casts.count({from, to}) != 0;
}

}  // namespace

bool casts_on_assignment(const TypeName& from, const TypeName& to, const Catalog& catalog) {
  const TypeName source = without_domain(from, catalog), target = without_domain(to, catalog);
  if (source.array_dimensions > 0 || target.array_dimensions > 0) {
    if (target.array_dimensions == 0)
      return target.name.schema.empty() && is_text(target.name.name);
    if (source.array_dimensions == 0) return false;
    TypeName element = source, other = target;
    element.array_dimensions = other.array_dimensions = 0;
    return casts_on_assignment(element, other, catalog);
  }
  if (source.name == target.name) return true;
  if (!target.name.schema.empty()) return false;
  if (is_text(target.name.name)) return true;
  if (!source.name.schema.empty()) return false;
  const std::string &x = source.name.name, &y = target.name.name;
  return (is_number(x) && is_number(y)) || (is_text(x) && is_text(y)) || assignable(x, y);
}

namespace {

/// The type on the way where one cast does not do and the text form of a value would not be read:
/// '$1.00' is no integer, 'true' no bigint.
std::string_view way_between(const std::string& from, const std::string& to) {
  if (from == "money" && is_number(to)) return "numeric";
  if (is_number(from) && to == "money") return "numeric";
  if (from == "bool" && is_number(to)) return "integer";
  return "";
}

}  // namespace

std::string conversion(const std::string& column, const TypeName& from, const TypeName& to,
                       const Catalog& catalog) {
  const TypeName source = without_domain(from, catalog), target = without_domain(to, catalog);
  const std::string value = quote_identifier(column);
  const bool built_in = source.name.schema.empty() && target.name.schema.empty();
  const bool scalar = source.array_dimensions == 0 && target.array_dimensions == 0;
  const bool text =
      source.name.schema.empty() && is_text(source.name.name) && source.array_dimensions == 0;
  if (text || (built_in && scalar && explicit_cast(source.name.name, target.name.name)))
    return value + "::" + to_sql(to);
  const std::string_view way =
      built_in && scalar ? way_between(source.name.name, target.name.name) : "";
  if (!way.empty()) return value + "::" + std::string(way) + "::" + to_sql(to);
  // Of one value, the array with it; NULL stays NULL.
  if (source.array_dimensions == 0 && target.array_dimensions == 1 && built_in)
    return "CASE WHEN " + value + " IS NOT NULL THEN ARRAY[" + value + "]::" + to_sql(to) + " END";
  if (source.array_dimensions > 0 && target.array_dimensions > 0)
    return value + "::text[]::" + to_sql(to);
  return value + "::text::" + to_sql(to);
}

}  // namespace schemagate::planning
