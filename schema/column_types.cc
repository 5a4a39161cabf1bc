// SPDX-License-Identifier: MIT
#include "schema/column_types.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string_view>

#include "base/text.h"
#include "schema/builtin_types.h"
#include "schema/builtins.h"
#include "schema/expression_analysis.h"
#include "schema/extension_content.h"

namespace schemagate {
namespace {

std::optional<int> number(const std::vector<std::string>& modifiers, std::size_t at) {
  if (at >= modifiers.size()) return std::nullopt;
  const std::string& text = modifiers[at];
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// numerictypmodin: a scale may be negative or above the precision since 15.
void check_numeric(ImpactBuilder& b, const TypeName& type) {
  constexpr int most = 1000;
  const auto precision = number(type.modifiers, 0);
  const auto scale = number(type.modifiers, 1);
  if (precision && (*precision < 1 || *precision > most)) {
    b.fail("22023",
           "NUMERIC precision " + std::to_string(*precision) + " must be between 1 and 1000");
  } else if (scale && b.major() < 15 && (*scale < 0 || *scale > precision.value_or(most))) {
    b.fail("22023", "NUMERIC scale " + std::to_string(*scale) +
                        " must be between 0 and precision " +
                        std::to_string(precision.value_or(most)));
  } else if (scale && (*scale < -most || *scale > most)) {
    b.fail("22023", "NUMERIC scale " + std::to_string(*scale) + " must be between -1000 and 1000");
  }
}

void check_length(ImpactBuilder& b, const TypeName& type, const std::string& words, int most) {
  const auto length = number(type.modifiers, 0);
  if (!length) return;
  if (*length < 1) {
    b.fail("22023", "length for type " + words + " must be at least 1");
  } else if (*length > most) {
    b.fail("22023", "length for type " + words + " cannot exceed " + std::to_string(most));
  }
}

void check_modifiers(ImpactBuilder& b, const TypeName& type) {
  const std::string& name = type.name.name;
  if (type.modifiers.empty()) return;
  constexpr int most_characters = 10485760, most_bits = 83886080;
  if (name == "numeric") {
    check_numeric(b, type);
  } else if (name == "varchar") {
    check_length(b, type, "varchar", most_characters);
  } else if (name == "bpchar") {
    check_length(b, type, "char", most_characters);
  } else if (name == "bit" || name == "varbit") {
    check_length(b, type, name == "bit" ? "bit" : "bit varying", most_bits);
  } else if (!name.starts_with("time") && name != "interval") {
    b.fail("42601", "type modifier is not allowed for type " + quoted(name));
  }
}

}  // namespace

bool is_serial(const TypeName& type) {
  const std::string& name = type.name.name;
  return type.name.schema.empty() &&
         (name == "serial" || name == "bigserial" || name == "smallserial" || name == "serial2" ||
          name == "serial4" || name == "serial8");
}

bool may_be_collation(const ImpactBuilder& b, const std::string& written) {
  std::string name = written;
  std::erase(name, '"');
  name = name.substr(name.rfind('.') == std::string::npos || name.find('_') != std::string::npos
                         ? 0
                         : name.rfind('.') + 1);
  constexpr auto known = std::to_array<std::string_view>(
      {"default", "C", "POSIX", "ucs_basic", "unicode", "pg_c_utf8", "pg_unicode_fast"});
  if (std::find(known.begin(), known.end(), name) != known.end()) return true;
  if (may_bring_types(b.catalog()) || b.session().partial) return true;
  for (const auto& [key, object] : b.catalog().objects) {
    if (object.object.kind == ObjectKind::collation && object.object.name.name == name) return true;
  }
  if (name.find_first_of("_-.@") != std::string::npos) return true;
  // Languages have two or three letters; the C library knows some by their English names.
  constexpr auto aliases = std::to_array<std::string_view>(
      {"bokmal",   "catalan", "croatian",   "czech",     "danish",    "dansk",     "deutsch",
       "dutch",    "eesti",   "estonian",   "finnish",   "french",    "galego",    "galician",
       "german",   "greek",   "hebrew",     "hrvatski",  "hungarian", "icelandic", "italian",
       "japanese", "korean",  "lithuanian", "norwegian", "nynorsk",   "polish",    "portuguese",
       "romanian", "russian", "slovak",     "slovene",   "slovenian", "spanish",   "swedish",
       "thai",     "turkish"});
  return name.size() <= 3 || std::find(aliases.begin(), aliases.end(), name) != aliases.end();
}

namespace {

void check_collation(ImpactBuilder& b, const TypeName& type, const std::string& collation) {
  if (collation.empty()) return;
  if (!may_be_collation(b, collation)) {
    b.fail("42704", "collation " + collation + " for encoding \"UTF8\" does not exist");
    return;
  }
  std::string name = builtin_name(b, type);
  if (name.ends_with("[]")) name.resize(name.size() - 2);
  const auto known = builtins::type(name, b.major());
  const auto resolved =
      name.empty() ? resolve_type(b.catalog(), b.session(), type.name) : std::nullopt;
  const auto own = resolved ? b.catalog().types.find(*resolved) : b.catalog().types.end();
  const bool of_own = own != b.catalog().types.end() && own->second.kind != TypeKind::domain;
  if ((known && !known->collatable) || of_own) {
    b.fail("42804", "collations are not supported by type " + to_sql(type));
  }
}

/// Clauses of one column that exclude each other (transformColumnDefinition).
void check_clauses(ImpactBuilder& b, const ColumnDefinition& c, const std::string& table) {
  const auto refuse = [&](const std::string& words) {
    b.fail("42601", words + " for column " + quoted(c.name) + " of table " + quoted(table));
  };
  const bool serial = is_serial(c.type);
  const bool identity = c.identity != Identity::no;
  const bool generated = c.generated != Generated::no;
  if (serial && c.type.array_dimensions > 0) {
    b.fail("0A000", "array of serial is not implemented");
  } else if (c.repeats_default || (serial && c.default_value)) {
    refuse("multiple default values specified");
  } else if (c.default_value && identity) {
    refuse("both default and identity specified");
  } else if (c.default_value && generated) {
    refuse("both default and generation expression specified");
  } else if (identity && generated) {
    refuse("both identity and generation expression specified");
  } else if (serial && identity) {
    refuse("both default and identity specified");
  } else if (serial && generated) {
    refuse("both default and generation expression specified");
  }
  if (c.generated != Generated::virtual_) return;
  for (const ConstraintDefinition& constraint : c.constraints) {
    const bool key = constraint.kind == ConstraintKind::unique ||
                     constraint.kind == ConstraintKind::primary_key ||
                     constraint.kind == ConstraintKind::foreign_key;
    if (key) b.fail("0A000", "such constraints on virtual generated columns are not supported");
  }
  const auto type = c.type.array_dimensions == 0
                        ? resolve_type(b.catalog(), b.session(), c.type.name)
                        : std::nullopt;
  const auto found = type ? b.catalog().types.find(*type) : b.catalog().types.end();
  if (found == b.catalog().types.end()) return;
  b.fail("0A000",
         "virtual generated column " + quoted(c.name) +
             (found->second.kind == TypeKind::domain ? " cannot have a domain type"
                                                     : " cannot have a user-defined type"));
}

}  // namespace

void check_column_type(ImpactBuilder& b, const std::string& column, const TypeName& type,
                       const std::string& collation) {
  const std::string& name = type.name.name;
  const bool system = type.name.schema.empty() || type.name.schema == "pg_catalog";
  if (!system && b.refuse_missing_schema(type.name.schema)) return;
  const bool builtin = system && builtins::type(name, b.major()).has_value();
  if (builtin) check_modifiers(b, type);
  if (system && !builtin && type.array_dimensions == 0 && is_builtin_type(name) &&
      (name.starts_with("any") || name == "record" || name == "unknown" || name == "cstring" ||
       name == "internal" || name == "void" || name == "trigger" || name == "event_trigger")) {
    b.fail("42P16", "column " + quoted(column) + " has pseudo-type " + name);
  }
  check_collation(b, type, collation);
}

void check_type_exists(ImpactBuilder& b, const TypeName& type) {
  const bool system = type.name.schema.empty() || type.name.schema == "pg_catalog";
  if (b.session().partial || is_serial(type) || (system && is_builtin_type(type.name.name))) return;
  const auto& extensions = b.catalog().extensions;
  const bool only_own =
      std::all_of(extensions.begin(), extensions.end(),
                  [](const auto& extension) { return extension.first == "plpgsql"; });
  const bool found = resolve_type(b.catalog(), b.session(), type.name) || b.resolve(type.name);
  if (!only_own || found || (!system && b.schema_is_missing(type.name.schema))) return;
  b.fail("42704", "type " + quoted(to_sql(type.name)) + " does not exist");
}

bool is_exactly_integer(const TypeName& type) {
  const std::string& name = type.name.name;
  const bool system = type.name.schema.empty() || type.name.schema == "pg_catalog";
  return system && type.array_dimensions == 0 &&
         (name == "int2" || name == "int4" || name == "int8");
}

void check_new_column(ImpactBuilder& b, const ColumnDefinition& c, const std::string& table) {
  check_type_exists(b, c.type);
  check_clauses(b, c, table);
  if (c.identity != Identity::no && !is_exactly_integer(c.type) && !b.session().partial)
    b.fail("22023", "identity column type must be smallint, integer, or bigint");
  check_column_type(b, c.name, c.type, c.collation);
  check_compression(b, c.type, c.compression);
  check_storage(b, c.type, c.storage);
}

void check_compression(ImpactBuilder& b, const TypeName& type, const std::string& method) {
  if (method.empty() || method == "default") return;
  std::string name = builtin_name(b, type);
  if (name.ends_with("[]")) name.clear();
  const auto known = builtins::type(name, b.major());
  if (known && known->storage == 'p') {
    b.fail("0A000", "column data type " + to_sql(type) + " does not support compression");
  } else if (method != "pglz" && method != "lz4") {
    b.fail("22023", "invalid compression method " + quoted(method));
  }
}

void check_storage(ImpactBuilder& b, const TypeName& type, const std::string& written) {
  const std::string storage = to_lower(written);
  if (storage.empty() || storage == "default" || storage == "plain") return;
  constexpr auto known = std::to_array<std::string_view>({"external", "extended", "main"});
  if (std::find(known.begin(), known.end(), storage) == known.end()) {
    b.fail("22023", "invalid storage type " + quoted(written));
    return;
  }
  const auto builtin = builtins::type(builtin_name(b, type), b.major());
  if (builtin && builtin->storage == 'p') {
    b.fail("0A000", "column data type " + to_sql(type) + " can only have storage PLAIN");
  }
}

}  // namespace schemagate
