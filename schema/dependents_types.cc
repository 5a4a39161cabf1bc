// SPDX-License-Identifier: MIT
// What hangs on types, functions, schemas and extensions.
#include <algorithm>

#include "schema/builtin_types.h"
#include "schema/dependents.h"
#include "schema/lookup.h"

namespace schemagate::dependents {

void add_type_users(const Catalog& catalog, const QualifiedName& name, Finder& finder) {
  const auto is_it = [&](const TypeName& type) { return type.name == name; };
  Finder casts(catalog, [&](const References& references) {
    return std::any_of(references.types.begin(), references.types.end(), is_it);
  });
  for (const auto& user : users(catalog.links.type_users, name)) {
    if (user != name) casts.look_at(user, name);
    if (const auto* table = find(catalog.tables, user); table != nullptr) {
      if (table->of_type == name) finder.add(Kind::table, user);
      for (const auto& column : table->columns) {
        if (is_it(column.type)) finder.add(Kind::column, user, column.name);
      }
    }
    if (const auto* type = find(catalog.types, user); type != nullptr && user != name) {
      if (is_it(type->base)) finder.add(Kind::type, user);
      for (const auto& attribute : type->attributes) {
        if (is_it(attribute.type)) finder.add(Kind::attribute, user, attribute.name);
      }
    }
    const std::string prefix = to_sql(user) + "(";
    const auto& functions = catalog.functions;
    for (auto at = functions.lower_bound(prefix);
         at != functions.end() && at->first.starts_with(prefix); ++at) {
      const auto& definition = at->second.definition;
      const bool uses =
          is_it(definition.returns) ||
          std::any_of(definition.arguments.begin(), definition.arguments.end(),
                      [&](const FunctionArgument& argument) { return is_it(argument.type); });
      if (uses) finder.add(Kind::function, {}, at->first);
    }
  }
  for (auto& dependent : casts.found) {
    // A default goes with its column; what remains is a cast somewhere else.
    const bool listed =
        std::any_of(finder.found.begin(), finder.found.end(), [&](const Dependent& one) {
          return one.object.name == dependent.object.name &&
                 one.object.part == dependent.object.part;
        });
    if (!listed) finder.found.push_back(std::move(dependent));
  }
}

std::vector<Dependent> of_type(const Catalog& catalog, const QualifiedName& name) {
  Finder finder(catalog, {});
  add_type_users(catalog, name, finder);
  return std::move(finder.found);
}

namespace {

/// True when a call with that many arguments can mean this function.
bool accepts(const CreateFunction& function, int arguments) {
  int most = 0;
  int least = 0;
  for (const auto& argument : function.arguments) {
    if (argument.mode == 'o' || argument.mode == 't') continue;
    if (argument.mode == 'v') return true;
    ++most;
    if (!argument.default_value) ++least;
  }
  return arguments >= least && arguments <= most;
}

/// Another function of that name can be meant by such a call: whose it is depends on types that are
/// not known.
bool is_overloaded(const Catalog& catalog, const std::string& key, const CreateFunction& function,
                   int arguments) {
  const std::string prefix = to_sql(function.name) + "(";
  for (auto at = catalog.functions.lower_bound(prefix);
       at != catalog.functions.end() && at->first.starts_with(prefix); ++at) {
    if (at->first != key && accepts(at->second.definition, arguments)) return true;
  }
  return false;
}

}  // namespace

std::vector<Dependent> of_function(const Catalog& catalog, const std::string& key) {
  const auto function = catalog.functions.find(key);
  if (function == catalog.functions.end()) return {};
  const auto& definition = function->second.definition;
  // Triggers and event triggers name their function without arguments.
  const auto& returns = definition.returns.name.name;
  const bool named_alone = returns == "trigger" || returns == "event_trigger";
  Finder finder(catalog, [&](const References& references) {
    return std::any_of(
        references.functions.begin(), references.functions.end(), [&](const FunctionUse& use) {
          if (use.name != definition.name) return false;
          return named_alone || (accepts(definition, use.arguments) &&
                                 !is_overloaded(catalog, key, definition, use.arguments));
        });
  });
  for (const auto& holder : users(catalog.links.callers, definition.name))
    finder.look_at(holder, {});
  std::erase_if(finder.found, [&](const Dependent& one) { return one.object.part == key; });
  return std::move(finder.found);
}

std::vector<Dependent> of_schema(const Catalog& catalog, const std::string& schema) {
  Finder finder(catalog, {});
  const auto add = [&](const auto& map, Kind kind) {
    for (auto at = map.lower_bound({schema, ""}); at != map.end() && at->first.schema == schema;
         ++at) {
      finder.add(kind, at->first);
    }
  };
  add(catalog.tables, Kind::table);
  add(catalog.views, Kind::view);
  add(catalog.sequences, Kind::sequence);
  add(catalog.types, Kind::type);
  for (const auto& [key, function] : catalog.functions) {
    if (function.definition.name.schema == schema) finder.add(Kind::function, {}, key);
  }
  for (const auto& [key, object] : catalog.objects) {
    if (object.object.name.schema == schema) finder.add(Kind::object, {}, key);
  }
  return std::move(finder.found);
}

/// The members of an extension are not known, apart from some types.
std::vector<Dependent> of_extension(const Catalog& catalog, const std::string& name) {
  Finder finder(catalog, {});
  for (const auto& [type, holders] : catalog.links.type_users) {
    static_cast<void>(holders);
    if (extension_of_type(type.name) == name && find(catalog.types, type) == nullptr) {
      add_type_users(catalog, type, finder);
    }
  }
  return std::move(finder.found);
}

}  // namespace schemagate::dependents
