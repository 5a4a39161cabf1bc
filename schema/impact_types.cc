// SPDX-License-Identifier: MIT
#include "schema/impact_types.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace schemagate {
namespace {

/// A cast that PostgreSQL makes by itself in an assignment, apart from those to strings.
struct Cast {
  std::string_view from, to;
  bool binary = false;  ///< the bytes stay
};
/// pg_cast of 14 to 18 with castcontext i or a (the numbers among each other: see numeric_types).
constexpr auto casts = std::to_array<Cast>({
    {"int4", "oid", true},
    {"int4", "regclass", true},
    {"int4", "regproc", true},
    {"int4", "regtype", true},
    {"int2", "oid"},
    {"int2", "regclass"},
    {"int2", "regproc"},
    {"int2", "regtype"},
    {"int8", "oid"},
    {"int8", "regclass"},
    {"int8", "regproc"},
    {"int8", "regtype"},
    {"int4", "money"},
    {"int8", "money"},
    {"numeric", "money"},
    {"money", "numeric"},
    {"oid", "int4", true},
    {"oid", "int8"},
    {"oid", "regclass", true},
    {"oid", "regproc", true},
    {"oid", "regtype", true},
    {"regclass", "oid", true},
    {"regclass", "int4", true},
    {"regclass", "int8"},
    {"regproc", "oid", true},
    {"regproc", "int4", true},
    {"regproc", "int8"},
    {"regtype", "oid", true},
    {"regtype", "int4", true},
    {"regtype", "int8"},
    {"text", "regclass"},
    {"varchar", "regclass"},
    {"text", "char"},
    {"varchar", "char"},
    {"bpchar", "char"},
    {"date", "timestamp"},
    {"date", "timestamptz"},
    {"timestamp", "date"},
    {"timestamp", "time"},
    {"timestamp", "timestamptz"},
    {"timestamptz", "date"},
    {"timestamptz", "time"},
    {"timestamptz", "timetz"},
    {"timestamptz", "timestamp"},
    {"time", "timetz"},
    {"time", "interval"},
    {"timetz", "time"},
    {"interval", "time"},
    {"json", "jsonb"},
    {"jsonb", "json"},
    {"inet", "cidr"},
    {"cidr", "inet", true},
    {"macaddr", "macaddr8"},
    {"macaddr8", "macaddr"},
    {"bit", "varbit", true},
    {"varbit", "bit", true},
    {"point", "box"},
    {"box", "polygon"},
    {"polygon", "path"},
    {"path", "polygon"},
    {"xml", "text", true},
    {"xml", "varchar", true},
    {"xml", "bpchar", true},
});
constexpr auto numeric_types =
    std::to_array<std::string_view>({"int2", "int4", "int8", "float4", "float8", "numeric"});
constexpr auto string_types =
    std::to_array<std::string_view>({"text", "varchar", "bpchar", "name"});
constexpr auto other_types = std::to_array<std::string_view>({
    "bool",
    "bytea",
    "uuid",
    "json",
    "jsonb",
    "date",
    "timestamp",
    "timestamptz",
    "time",
    "timetz",
    "interval",
    "inet",
    "cidr",
    "macaddr",
    "macaddr8",
    "bit",
    "varbit",
    "money",
    "oid",
    "regclass",
    "regproc",
    "regtype",
    "xml",
    "point",
    "box",
    "circle",
    "polygon",
    "path",
    "lseg",
    "line",
    "int4range",
    "int8range",
    "numrange",
    "tsrange",
    "tstzrange",
    "daterange",
    "tsvector",
    "tsquery",
    "jsonpath",
    "xid",
    "pg_lsn",
    "char",
    "int4multirange",
    "int8multirange",
    "nummultirange",
    "tsmultirange",
    "tstzmultirange",
    "datemultirange",
});

template <std::size_t N>
bool among(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

int number(const std::vector<std::string>& modifiers, std::size_t at, int otherwise) {
  if (at >= modifiers.size()) return otherwise;
  int value = otherwise;
  const std::string& text = modifiers[at];
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

BaseType base_type(const ImpactBuilder& b, const TypeName& written) {
  BaseType result{written, nullptr, false, false, true};
  constexpr int deepest_domain = 32;
  for (int depth = 0; depth < deepest_domain; ++depth) {
    const QualifiedName& name = result.type.name;
    const bool builtin = among(numeric_types, name.name) || among(string_types, name.name) ||
                         among(other_types, name.name);
    if (name.schema.empty() && builtin) return result;
    const auto resolved = resolve_type(b.catalog(), b.session(), name);
    const auto found = resolved ? b.catalog().types.find(*resolved) : b.catalog().types.end();
    if (found == b.catalog().types.end()) {
      result.known = false;
      return result;
    }
    if (found->second.kind != TypeKind::domain || result.type.array_dimensions > 0) {
      result.type.name = *resolved;
      result.user_defined = true;
      return result;
    }
    if (!result.domain) result.domain = &found->second;
    result.constrained =
        result.constrained || found->second.not_null || !found->second.constraints.empty();
    result.type = found->second.base;
  }
  return result;
}

namespace {

/// Types that share operator classes: text and varchar, inet and cidr, oid and its aliases.
std::string_view operator_family(std::string_view name) {
  if (name == "varchar") return "text";
  if (name == "cidr") return "inet";
  if (name == "regclass" || name == "regproc" || name == "regtype") return "oid";
  return name;
}

/// The fields of an interval as a range from coarse to fine: 0 year … 5 second.
std::pair<int, int> interval_range(const std::string& fields) {
  constexpr auto order =
      std::to_array<std::string_view>({"year", "month", "day", "hour", "minute", "second"});
  if (fields.empty()) return {0, 5};
  int first = -1, last = -1;
  for (const std::string_view word : split(fields, ' ')) {
    const auto found = std::find(order.begin(), order.end(), to_lower(word));
    if (found == order.end()) continue;
    last = static_cast<int>(found - order.begin());
    if (first < 0) first = last;
  }
  return {first, last};
}

bool interval_shrinks(const TypeName& from, const TypeName& to) {
  constexpr int full_precision = 6;
  const auto [from_first, from_last] = interval_range(from.interval_fields);
  const auto [to_first, to_last] = interval_range(to.interval_fields);
  const int from_precision = from_last == 5 ? number(from.modifiers, 0, full_precision) : 0;
  const int to_precision = to_last == 5 ? number(to.modifiers, 0, full_precision) : 0;
  // Only what is finer than the new least field is cut off (interval_support).
  return to_last < from_last || to_precision < from_precision;
}

/// The length coercion that the new modifiers ask for changes values: the rows are written anew.
bool modifiers_shrink(const TypeName& from, const TypeName& to, bool from_has_modifiers) {
  const std::string& name = to.name.name;
  constexpr int full_precision = 6;
  if (name == "interval") {
    return interval_shrinks(from_has_modifiers ? from : TypeName{from.name, {}, {}, 0, false}, to);
  }
  if (to.modifiers.empty()) return false;
  const std::vector<std::string> none;
  const auto& old = from_has_modifiers ? from.modifiers : none;
  if (name == "varchar" || name == "varbit") {
    return old.empty() || number(old, 0, 0) > number(to.modifiers, 0, 0);
  }
  if (name == "numeric") {
    return old.empty() || number(old, 1, 0) != number(to.modifiers, 1, 0) ||
           number(old, 0, 0) > number(to.modifiers, 0, 0);
  }
  if (name == "timestamp" || name == "timestamptz" || name == "time" || name == "timetz") {
    const int wanted = number(to.modifiers, 0, full_precision);
    return wanted < full_precision && (old.empty() || number(old, 0, full_precision) > wanted);
  }
  return old != to.modifiers;  // bpchar, bit
}

bool session_is_utc(const ImpactBuilder& b) {
  const std::string zone = to_lower(b.session().setting("timezone"));
  return zone.empty() || zone == "utc" || zone == "etc/utc" || zone == "gmt" || zone == "etc/gmt" ||
         zone == "zulu" || zone == "etc/zulu" || zone == "uct" || zone == "etc/uct" ||
         zone == "universal" || zone == "etc/universal" || zone == "greenwich" ||
         zone == "etc/greenwich" || zone == "gmt0" || zone == "etc/gmt0" || zone == "0" ||
         zone == "gmt+0" || zone == "gmt-0" || zone == "etc/gmt+0" || zone == "etc/gmt-0";
}

/// Between types without domains and arrays.
TypeChange change_of_scalar(const ImpactBuilder& b, const TypeName& from, const TypeName& to,
                            bool from_has_modifiers) {
  const std::string& a = from.name.name;
  const std::string& z = to.name.name;
  TypeChange change;
  change.same_operators = operator_family(a) == operator_family(z);
  if (a == z) {
    change.rewrite = modifiers_shrink(from, to, from_has_modifiers);
    return change;
  }
  const auto cast = std::find_if(casts.begin(), casts.end(),
                                 [&](const Cast& c) { return c.from == a && c.to == z; });
  const bool texts = (a == "text" || a == "varchar") && (z == "text" || z == "varchar");
  if (texts || (cast != casts.end() && cast->binary)) {
    change.rewrite = modifiers_shrink(from, to, from_has_modifiers && texts);
    return change;
  }
  if ((a == "text" || a == "varchar") && z == "bpchar") {
    change.rewrite = !to.modifiers.empty();
    return change;
  }
  const bool zones =
      (a == "timestamp" && z == "timestamptz") || (a == "timestamptz" && z == "timestamp");
  if (zones) {
    change.rewrite = modifiers_shrink(from, to, false) || !session_is_utc(b);
    change.hangs_on_timezone = !modifiers_shrink(from, to, false);
    return change;
  }
  change.rewrite = true;
  if (cast != casts.end()) return change;
  if (among(numeric_types, a) && among(numeric_types, z)) return change;
  if (among(string_types, z)) return change;  // every type has a text form
  // Until 14 "char" took every type as the other strings do.
  change.allowed = z == "char" && b.major() <= 14;
  return change;
}

TypeChange change_of_bare(const ImpactBuilder& b, const BaseType& from, const BaseType& to);

TypeChange change_of_array(const ImpactBuilder& b, const BaseType& from, const BaseType& to) {
  TypeChange change;
  const bool to_array = to.type.array_dimensions > 0;
  const bool from_array = from.type.array_dimensions > 0;
  if (from_array && to_array) {
    if (from.type.name == to.type.name) {
      change.rewrite = !to.type.modifiers.empty() && to.type.modifiers != from.type.modifiers;
      return change;
    }
    TypeName from_element = from.type, to_element = to.type;
    from_element.array_dimensions = to_element.array_dimensions = 0;
    change = change_of_bare(b, base_type(b, from_element), base_type(b, to_element));
    change.rewrite = true;
    change.same_operators = true;  // array_ops
    return change;
  }
  change.rewrite = true;
  change.same_operators = false;
  change.allowed = from_array && among(string_types, to.type.name.name);
  return change;
}

/// citext, of the extension of that name, has the bytes of text; only a limit makes them change.
bool keeps_bytes_of_citext(const BaseType& from, const BaseType& to) {
  const auto is_text = [](const BaseType& type) {
    return type.known && !type.user_defined &&
           (type.type.name.name == "text" || type.type.name.name == "varchar");
  };
  const auto is_citext = [](const BaseType& type) {
    return !type.user_defined && type.type.name.name == "citext";
  };
  return (is_text(from) && is_citext(to)) ||
         (is_citext(from) && is_text(to) && to.type.modifiers.empty());
}

TypeChange change_of_bare(const ImpactBuilder& b, const BaseType& from, const BaseType& to) {
  TypeChange change;
  if (from.type.array_dimensions > 0 || to.type.array_dimensions > 0) {
    change = change_of_array(b, from, to);
  } else if (keeps_bytes_of_citext(from, to)) {
    change.same_operators = false;
  } else if (from.user_defined || to.user_defined || !from.known || !to.known) {
    change.same_operators = from.type.name == to.type.name;
    change.rewrite = !change.same_operators;
    change.guessed = change.rewrite && (!from.known || !to.known);
    change.allowed = !change.rewrite || change.guessed ||
                     (to.type.name.schema.empty() && among(string_types, to.type.name.name));
  } else {
    // A cast away from a domain forgets the modifiers of its base type, unless it stays in a
    // domain.
    change = change_of_scalar(b, from.type, to.type, !from.domain);
  }
  return change;
}

bool has_own_casts(const ImpactBuilder& b) {
  return std::any_of(
      b.catalog().objects.begin(), b.catalog().objects.end(),
      [](const auto& object) { return object.second.object.kind == ObjectKind::cast; });
}

/// The only cast in `expression` if it is nothing but "column::type".
std::optional<TypeName> plain_cast(const Column& column, const Expression& expression) {
  const std::string name = quote_identifier(column.name);
  const std::string& sql = expression.sql;
  const auto at = sql.find("::");
  if (at == std::string::npos || sql.find("::", at + 2) != std::string::npos) return std::nullopt;
  if (sql.substr(0, at) != name && sql.substr(0, at) != "(" + name + ")") return std::nullopt;
  if (expression.references.types.size() != 1 || !expression.references.functions.empty()) {
    return std::nullopt;
  }
  const std::string rest = sql.substr(at + 2);
  if (rest.find_first_of("+-*/|<>=~") != std::string::npos ||
      rest.find(" AT ") != std::string::npos || rest.find(" COLLATE ") != std::string::npos) {
    return std::nullopt;
  }
  return expression.references.types.front();
}

}  // namespace

TypeChange change_of_type(const ImpactBuilder& b, const TypeName& from, const TypeName& to) {
  const BaseType source = base_type(b, from);
  const BaseType target = base_type(b, to);
  const bool same_domain = source.domain && source.domain == target.domain &&
                           from.array_dimensions == to.array_dimensions;
  if (same_domain) return {};
  TypeChange change = change_of_bare(b, source, target);
  if (target.constrained) change.rewrite = true;
  if (!change.allowed && has_own_casts(b)) {
    change.allowed = true;
    change.guessed = true;
  }
  return change;
}

TypeChange change_of_column(const ImpactBuilder& b, const Column& column, const TypeName& to,
                            const Expression& expression) {
  if (expression.empty() || expression.sql == quote_identifier(column.name)) {
    return change_of_type(b, column.type, to);
  }
  const BaseType source = base_type(b, column.type);
  const BaseType target = base_type(b, to);
  TypeChange change;
  change.same_operators =
      operator_family(source.type.name.name) == operator_family(target.type.name.name) &&
      source.type.array_dimensions == target.type.array_dimensions;
  change.rewrite = true;
  if (const auto cast = plain_cast(column, expression)) {
    const TypeChange first = change_of_type(b, column.type, *cast);
    const TypeChange second = change_of_type(b, *cast, to);
    if (!first.allowed) return change;  // an explicit cast may exist: it computes
    change = second;
    change.rewrite = first.rewrite || second.rewrite;
    change.same_operators = first.same_operators && second.same_operators;
    change.hangs_on_timezone = (first.hangs_on_timezone || second.hangs_on_timezone) &&
                               !(first.rewrite && !first.hangs_on_timezone) &&
                               !(second.rewrite && !second.hangs_on_timezone);
  }
  return change;
}

bool default_can_follow(const ImpactBuilder& b, const Column& column, const TypeName& to) {
  if (!column.default_value || column.generated != Generated::no) return true;
  const Expression& value = *column.default_value;
  if (value.kind == ExpressionKind::null_constant || value.sql.empty()) return true;
  TypeName type = column.type;
  const char first = value.sql.front();
  if (value.kind == ExpressionKind::constant && value.sql.find("::") == std::string::npos) {
    // The constant's own type: coercions to the column's type are not part of the default.
    if (std::isdigit(static_cast<unsigned char>(first)) != 0 || first == '-' || first == '.') {
      type = TypeName{
          {"", value.sql.find('.') == std::string::npos ? "int4" : "numeric"}, {}, {}, 0, false};
    } else if (to_lower(value.sql) == "true" || to_lower(value.sql) == "false") {
      type = TypeName{{"", "bool"}, {}, {}, 0, false};
    }
  } else if (value.sql.starts_with("nextval(")) {
    type = TypeName{{"", "int8"}, {}, {}, 0, false};
  } else if (value.sql == "now()" || value.sql == "CURRENT_TIMESTAMP") {
    type = TypeName{{"", "timestamptz"}, {}, {}, 0, false};
  }
  return change_of_type(b, type, to).allowed;
}

bool is_constrained_domain(const ImpactBuilder& b, const TypeName& type) {
  return type.array_dimensions == 0 && base_type(b, type).constrained;
}

bool is_integer_type(const ImpactBuilder& b, const TypeName& type) {
  const BaseType t = base_type(b, type);
  const std::string& name = t.type.name.name;
  return t.type.array_dimensions == 0 && (name == "int2" || name == "int4" || name == "int8");
}

}  // namespace schemagate
