// SPDX-License-Identifier: MIT
#include "schema/impact_defaults.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "schema/builtins.h"
#include "schema/constant_folding.h"
#include "schema/parse.h"

namespace schemagate {
namespace {

/// Volatile functions of the extensions that come with PostgreSQL. Sorted.
constexpr auto volatile_functions = std::to_array<std::string_view>({
    "gen_random_bytes",    // pgcrypto
    "gen_salt",            // pgcrypto
    "pgp_pub_encrypt",     // pgcrypto
    "pgp_sym_encrypt",     // pgcrypto
    "uuid_generate_v1",    // uuid-ossp
    "uuid_generate_v1mc",  // uuid-ossp
    "uuid_generate_v4",    // uuid-ossp
});

bool is_volatile_builtin(std::string_view name, int major) {
  if (std::find(volatile_functions.begin(), volatile_functions.end(), name) !=
      volatile_functions.end()) {
    return true;
  }
  const auto functions = builtins::functions(name, major);
  return !functions.empty() &&
         std::all_of(functions.begin(), functions.end(),
                     [](const builtins::BuiltinFunction& f) { return f.volatility == 'v'; });
}

}  // namespace

bool has_function_named(const ImpactBuilder& b, const QualifiedName& name) {
  const Catalog& catalog = b.catalog();
  if (!name.schema.empty()) return catalog.has_function(name);
  const auto& path = b.session().search_path;
  return std::any_of(path.begin(), path.end(), [&](const std::string& schema) {
    return catalog.has_function({schema, name.name});
  });
}

std::vector<const Function*> functions_called(const ImpactBuilder& b, const FunctionUse& use) {
  std::vector<const Function*> found;
  const auto look_in = [&](const std::string& schema) {
    const std::string prefix = function_key({schema, use.name.name}, "(");
    const auto& functions = b.catalog().functions;
    for (auto at = functions.lower_bound(prefix); at != functions.end(); ++at) {
      if (!at->first.starts_with(prefix)) break;
      if (at->second.takes(use.arguments)) found.push_back(&at->second);
    }
  };
  if (!use.name.schema.empty()) {
    look_in(use.name.schema);
  } else {
    for (const std::string& schema : b.session().search_path) look_in(schema);
  }
  return found;
}

std::optional<References> inlined_body(const Function& function) {
  const CreateFunction& f = function.definition;
  if (to_lower(f.language) != "sql" || f.procedure || f.security_definer || f.returns_table ||
      f.returns.setof || to_lower(f.definition).find(" set ") != std::string::npos) {
    return std::nullopt;
  }
  std::string body(trim(f.body));
  const std::string lower = to_lower(body);
  if (lower.starts_with("return ")) body = "SELECT " + body.substr(7);
  if (lower.starts_with("begin atomic")) {
    body = std::string(trim(std::string_view(body).substr(12)));
    if (to_lower(body).ends_with("end")) body.resize(body.size() - 3);
  }
  const ParsedFile parsed = parse_text(body);
  if (parsed.statements.size() != 1 || !parsed.problems.empty()) return std::nullopt;
  const auto* query = parsed.statements.front().as<DataStatement>();
  if (!query || query->kind != DataKind::select || query->for_update) return std::nullopt;
  if (!query->references.relations.empty()) return std::nullopt;
  for (const std::string_view word : {"from", "with", "limit", "offset", "distinct", "where",
                                      "union", "group", "having", "order", "intersect", "except"}) {
    const std::string text = " " + replace_all(to_lower(body), "\n", " ") + " ";
    if (text.find(" " + std::string(word) + " ") != std::string::npos) return std::nullopt;
  }
  return query->references;
}

namespace {

std::optional<std::string> volatile_call(const ImpactBuilder& b, const References& references,
                                         int depth);

bool is_inlined_as_stable(const ImpactBuilder& b, const Function& function, int depth) {
  const auto body = inlined_body(function);
  return body && !volatile_call(b, *body, depth + 1);
}

bool is_volatile(const ImpactBuilder& b, const FunctionUse& use, int depth) {
  const bool builtin_schema = use.name.schema.empty() || use.name.schema == "pg_catalog";
  const auto functions = functions_called(b, use);
  if (functions.empty()) return is_volatile_builtin(use.name.name, b.major());
  if (builtin_schema && is_volatile_builtin(use.name.name, b.major())) return true;
  return std::any_of(functions.begin(), functions.end(), [&](const Function* f) {
    return f->definition.volatility == Volatility::volatile_ && !is_inlined_as_stable(b, *f, depth);
  });
}

std::optional<std::string> volatile_call(const ImpactBuilder& b, const References& references,
                                         int depth) {
  constexpr int deepest_inlining = 8;
  if (depth > deepest_inlining) return "…";
  for (const FunctionUse& use : references.functions) {
    if (is_volatile(b, use, depth)) {
      return to_sql(use.name) + (use.arguments == 0 ? "()" : "(…)");
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> volatile_call(const ImpactBuilder& b, const Expression& expression) {
  return volatile_call(b, live_references(expression), 0);
}

}  // namespace schemagate
