// SPDX-License-Identifier: MIT
// Functions, and what the catalog keeps as canonical text: triggers, policies, rules and the rest.
#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "schema/apply_parts.h"
#include "schema/canonical_tree.h"
#include "schema/lookup.h"
#include "schema/object_options.h"
#include "schema/options.h"
#include "schema/parse_lexer.h"
#include "schema/text_search.h"

namespace schemagate {
namespace {

/// "CREATE STATISTICS s …" with the name that the object has: the first one behind the kind's
/// words.
void rename_subject(std::string& definition, std::string_view words, const std::string& from,
                    const std::string& to) {
  const auto found = definition.find(words);
  if (found == std::string::npos || from == to) return;
  const std::size_t place = found + words.size() + 1;
  if (std::string_view(definition).substr(std::min(place, definition.size())).starts_with(from)) {
    definition.replace(place, from.size(), to);
  }
}

/// The text without what only says how to deal with an older definition.
std::string canonical_definition(std::string definition) {
  for (const std::string_view words : {"CREATE OR REPLACE ", " IF NOT EXISTS "}) {
    const auto found = definition.find(words);
    if (found == std::string::npos || found > 40) continue;
    definition.replace(found, words.size(), words.starts_with("CREATE") ? "CREATE " : " ");
  }
  return definition;
}

// ---- functions ---------------------------------------------------------------------------------

/// The place where the body of the SQL-standard form begins, or the end: a body that is a string
/// says BEGIN and RETURN for itself.
std::size_t body_begin(const std::string& definition) {
  Token before;
  for (Token token = next_significant(definition, 0); token.kind != TokenKind::end;
       token = next_significant(definition, token.end)) {
    if (is_word(definition, token, "return")) return token.begin - 1;
    if (is_word(definition, token, "atomic") && is_word(definition, before, "begin"))
      return before.begin - 1;
    before = token;
  }
  return definition.size();
}

bool may_replace(Execution& run, const Function& old, const CreateFunction& definition) {
  const auto& before = old.definition;
  if (before.procedure != definition.procedure) {
    run.refuse("42809", "cannot change routine kind");
    return false;
  }
  if (before.returns != definition.returns || before.returns_table != definition.returns_table) {
    run.refuse("42P13", "cannot change return type of existing function");
    return false;
  }
  for (std::size_t i = 0; i < before.arguments.size() && i < definition.arguments.size(); ++i) {
    const auto& was = before.arguments[i];
    const auto& is = definition.arguments[i];
    if (!was.name.empty() && was.name != is.name && was.mode != 'o' && was.mode != 't') {
      run.refuse("42P13", "cannot change name of input parameter \"" + was.name + "\"");
      return false;
    }
    if (was.default_value && !is.default_value) {
      run.refuse("42P13", "cannot remove parameter defaults from existing function");
      return false;
    }
  }
  return true;
}

Function function_of(Execution& run, const CreateFunction& statement) {
  Function function;
  auto& definition = function.definition;
  definition = statement;
  definition.name = run.new_name(statement.name);
  for (auto& argument : definition.arguments) {
    argument.type = run.resolved(argument.type);
    if (argument.default_value) run.resolve(*argument.default_value);
  }
  definition.returns = run.resolved(definition.returns);
  const std::size_t body = body_begin(definition.definition);
  std::string head = definition.definition.substr(0, body);
  std::string tail = definition.definition.substr(body);
  References of_head = definition.references;
  run.resolve(head, of_head, NameUse::argument);
  run.resolve(tail, definition.references);
  rename_subject(head, statement.procedure ? "PROCEDURE" : "FUNCTION", to_sql(statement.name),
                 to_sql(definition.name));
  definition.definition = head + tail;
  definition.or_replace = true;
  function.signature = signature_of(definition);
  function.where = run.span;
  return function;
}

}  // namespace

void perform(Execution& run, const CreateFunction& statement) {
  Function function = function_of(run, statement);
  const QualifiedName name = function.definition.name;
  if (run.refused() || !run.use_schema(name.schema)) return;
  const std::string key = function_key(name, function.signature);
  const auto existing = run.catalog.functions.find(key);
  if (existing != run.catalog.functions.end()) {
    if (!statement.or_replace) {
      const std::string kind = statement.procedure ? "procedure" : "function";
      return run.refuse_duplicate(
          "42723", kind + " \"" + name.name + "\" already exists with same argument types", {},
          existing->second.where);
    }
    if (!may_replace(run, existing->second, function.definition)) return;
    if (function.definition.definition != existing->second.definition.definition) {
      run.note_replaced("42723",
                        "function \"" + name.name + "\" already exists with same argument types",
                        existing->second.where);
    }
    function.owner = existing->second.owner;
    function.comment = existing->second.comment;
  }
  run.link(name, function.definition.references);
  for (const auto& argument : function.definition.arguments) {
    if (!argument.type.name.schema.empty())
      run.catalog.links.type_users[argument.type.name].insert(name);
  }
  const auto& returns = function.definition.returns.name;
  if (!returns.schema.empty()) run.catalog.links.type_users[returns].insert(name);
  if (run.declared != nullptr) run.made.push_back(name.name);
  const bool is_new = existing == run.catalog.functions.end();
  run.put(&Catalog::functions, key, std::move(function));
  if (is_new) grant_defaults(run, ObjectKind::function, name.schema, key);
}

// ---- triggers, policies, rules -----------------------------------------------------------------

namespace {

/// The parts of a table or view that CREATE TRIGGER, POLICY and RULE add to.
struct Holder {
  QualifiedName name;
  std::vector<Trigger>* triggers = nullptr;
  std::vector<TableObject>* rules = nullptr;
  std::vector<TableObject>* policies = nullptr;  ///< null for views
};

std::optional<Holder> holder(Execution& run, const QualifiedName& written) {
  const auto name = run.relation(written);
  if (!name) {
    run.missing_relation(written);
    return std::nullopt;
  }
  if (Table* table = run.change(&Catalog::tables, *name)) {
    return Holder{*name, &table->triggers, &table->rules, &table->policies};
  }
  if (View* view = run.change(&Catalog::views, *name))
    return Holder{*name, &view->triggers, &view->rules, nullptr};
  run.refuse("42809", "\"" + name->name + "\" is not a table or view");
  return std::nullopt;
}

bool is_builtin_trigger_function(const std::string& name) {
  static constexpr std::array<std::string_view, 3> names{"suppress_redundant_updates_trigger",
                                                         "tsvector_update_trigger",
                                                         "tsvector_update_trigger_column"};
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool trigger_function_exists(Execution& run, const References& references) {
  if (references.functions.empty() || run.session.partial || run.declared != nullptr) return true;
  const auto& name = references.functions.back().name;
  const bool exists = run.function_name(name) || is_builtin_trigger_function(name.name) ||
                      !run.catalog.extensions.empty() || name.schema == "pg_catalog";
  if (!exists) run.refuse_missing("42883", "function " + to_sql(name) + "() does not exist", name);
  return exists;
}

void add_trigger(Execution& run, const CreateObject& statement, Trigger trigger) {
  auto at = holder(run, statement.object.name);
  if (!at) return;
  run.link(at->name, trigger.references);
  trigger.constraint_trigger = statement.constraint_trigger;
  const auto existing = by_name(*at->triggers, trigger.name);
  if (existing == nullptr) {
    at->triggers->push_back(std::move(trigger));
    return;
  }
  if (!statement.or_replace) {
    return run.refuse_duplicate(
        "42710",
        "trigger \"" + trigger.name + "\" for relation \"" + at->name.name + "\" already exists",
        {}, existing->where);
  }
  if (trigger.definition != existing->definition) {
    run.note_replaced(
        "42710",
        "trigger \"" + trigger.name + "\" for relation \"" + at->name.name + "\" already exists",
        existing->where);
  }
  trigger.comment = existing->comment;
  *existing = std::move(trigger);
}

void add_table_object(Execution& run, const CreateObject& statement, TableObject object) {
  auto at = holder(run, statement.object.name);
  if (!at) return;
  const bool policy = statement.object.kind == ObjectKind::policy;
  auto* objects = policy ? at->policies : at->rules;
  if (objects == nullptr) return run.refuse("42809", "\"" + at->name.name + "\" is not a table");
  run.link(at->name, object.references);
  const auto existing = by_name(*objects, object.name);
  if (existing == nullptr) {
    objects->push_back(std::move(object));
    return;
  }
  if (!statement.or_replace) {
    const std::string what = policy ? "policy" : "rule";
    const std::string holds = policy ? "table" : "relation";
    return run.refuse_duplicate("42710",
                                what + " \"" + object.name + "\" for " + holds + " \"" +
                                    at->name.name + "\" already exists",
                                {}, existing->where);
  }
  object.comment = existing->comment;
  *existing = std::move(object);
}

}  // namespace

// ---- the rest ----------------------------------------------------------------------------------

bool has_schema(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::statistics:
    case ObjectKind::collation:
    case ObjectKind::conversion:
    case ObjectKind::aggregate:
    case ObjectKind::operator_:
    case ObjectKind::operator_class:
    case ObjectKind::operator_family:
    case ObjectKind::text_search_configuration:
    case ObjectKind::text_search_dictionary:
    case ObjectKind::text_search_parser:
    case ObjectKind::text_search_template:
    case ObjectKind::type:
      return true;
    default:
      return false;
  }
}

std::string message_words(ObjectKind kind) {
  const std::string words = to_lower(to_sql(kind));
  return kind == ObjectKind::statistics ? "statistics object" : words;
}

std::string object_key(Execution& run, const ObjectName& object, const QualifiedName& name) {
  std::string key(to_sql(object.kind));
  key += " ";
  if (object.kind == ObjectKind::cast) {
    const std::string types = run.resolved_signature(object.signature);
    return key + replace_all(types, ", ", " AS ");
  }
  if (!has_schema(object.kind)) return key + object.sql;
  if (object.kind == ObjectKind::operator_) {
    return key + quote_identifier(name.schema) + "." + name.name +
           run.resolved_signature(object.signature);
  }
  key += to_sql(name) + run.resolved_signature(object.signature);
  const bool by_method =
      object.kind == ObjectKind::operator_class || object.kind == ObjectKind::operator_family;
  return by_method ? key + " USING " + quote_identifier(object.part) : key;
}

std::optional<std::string> existing_object_key(Execution& run, const ObjectName& object) {
  if (!has_schema(object.kind) || !object.name.schema.empty()) {
    std::string key = object_key(run, object, object.name);
    if (run.catalog.objects.count(key) != 0) return key;
    return std::nullopt;
  }
  for (const auto& schema : run.session.search_path) {
    std::string key = object_key(run, object, {schema, object.name.name});
    if (run.catalog.objects.count(key) != 0) return key;
  }
  return std::nullopt;
}

namespace {

/// CREATE COLLATION … FROM: what the server copies from the other one, where its name tells.
std::string copied_collation(const Execution& run, const std::string& definition) {
  const std::string_view word = " FROM ";
  const auto at = definition.rfind(word);
  if (at == std::string::npos || definition.back() == ')') return definition;
  std::string source = definition.substr(at + word.size());
  const auto own = run.catalog.objects.find("COLLATION " + run.resolved_collation(source));
  const std::string start = definition.substr(0, at);
  if (own != run.catalog.objects.end()) {
    const auto options = own->second.definition.find(" (");
    return options == std::string::npos ? definition
                                        : start + own->second.definition.substr(options);
  }
  if (source.starts_with("pg_catalog.")) source.erase(0, 11);
  if (source.size() > 2 && source.front() == '"') source = source.substr(1, source.size() - 2);
  const std::string_view icu = "-x-icu";
  if (source == "C" || source == "POSIX")
    return start + " (locale = " + quote_literal(source) + ")";
  if (!source.ends_with(icu)) return definition;
  source.erase(source.size() - icu.size());
  return start + " (locale = " + quote_literal(source) + ", provider = icu)";
}

}  // namespace

void perform(Execution& run, const CreateObject& statement) {
  const auto& written = statement.object;
  const bool trigger = written.kind == ObjectKind::trigger;
  if (trigger && !trigger_function_exists(run, statement.references)) return;
  std::string definition = canonical_definition(statement.definition);
  References references = statement.references;
  run.resolve(definition, references);
  if (trigger) {
    return add_trigger(
        run, statement,
        {written.part, std::move(definition), std::move(references), 'O', false, "", run.span});
  }
  if (written.kind == ObjectKind::policy || written.kind == ObjectKind::rule) {
    return add_table_object(
        run, statement,
        {written.part, std::move(definition), std::move(references), "", 'O', run.span});
  }
  OpaqueObject object;
  object.object = written;
  if (has_schema(written.kind)) {
    object.object.name = run.new_name(written.name);
    if (!run.use_schema(object.object.name.schema)) return;
    rename_subject(definition, to_sql(written.kind), to_sql(written.name),
                   to_sql(object.object.name));
  }
  if (written.kind == ObjectKind::collation) definition = copied_collation(run, definition);
  const std::string key = object_key(run, written, object.object.name);
  if (written.kind == ObjectKind::cast) {
    const auto types_end = definition.find(')');
    definition = "CREATE " + key + definition.substr(types_end + 1);
  }
  const auto existing = run.catalog.objects.find(key);
  // A type may be declared as a shell first.
  const bool replaces = statement.or_replace || written.kind == ObjectKind::type;
  if (existing != run.catalog.objects.end() && !replaces) {
    if (statement.if_not_exists) return;
    const std::string kind = message_words(written.kind);
    return run.refuse_duplicate("42710", kind + " \"" + written.name.name + "\" already exists", {},
                                existing->second.where);
  }
  if (written.kind == ObjectKind::publication) definition = canonical_publication(definition);
  if (has_object_options(written.kind)) definition = to_sql(object_options(definition));
  object.definition = std::move(definition);
  object.references = std::move(references);
  object.where = run.span;
  run.link(object.object.name, object.references);
  if (run.declared != nullptr) run.made.push_back(written.name.name);
  run.put(&Catalog::objects, key, std::move(object));
}

namespace {

void append(std::string& definition, const std::string& more) { definition += ";\n" + more; }

/// "ALTER FUNCTION f(mood) STABLE" names the function by its key.
void name_routine(std::string& text, const std::string& key) {
  const auto words = text.find(' ', text.find(' ') + 1);  // behind ALTER FUNCTION
  std::size_t end = words + 1;
  int depth = 0;
  bool quoted = false;
  for (; end < text.size(); ++end) {
    if (text[end] == '"') quoted = !quoted;
    if (!quoted && text[end] == '(') ++depth;
    if (!quoted && text[end] == ')') --depth;
    if (!quoted && depth == 0 && (text[end] == ')' || text[end] == ' ')) break;
  }
  if (end < text.size() && text[end] == ')') ++end;
  text.replace(words + 1, end - words - 1, key);
}

void alter_function(Execution& run, const AlterObject& statement) {
  const auto key =
      run.function(statement.object.name, run.resolved_signature(statement.object.signature));
  if (!key) {
    return run.refuse_missing("42883", "function " + statement.object.sql + " does not exist",
                              statement.object.name);
  }
  Function& function = *run.change(&Catalog::functions, *key);
  auto& definition = function.definition;
  std::string text = statement.definition;
  name_routine(text, to_sql(definition.name) + function.signature);
  if (text.find(" IMMUTABLE") != std::string::npos) definition.volatility = Volatility::immutable;
  if (text.find(" STABLE") != std::string::npos) definition.volatility = Volatility::stable;
  if (text.find(" VOLATILE") != std::string::npos) definition.volatility = Volatility::volatile_;
  append(definition.definition, text);
}

void alter_policy(Execution& run, const AlterObject& statement) {
  const auto name = run.relation(statement.object.name);
  if (!name) return run.missing_relation(statement.object.name);
  Table* table = run.change(&Catalog::tables, *name);
  auto* policy = table == nullptr ? nullptr : by_name(table->policies, statement.object.part);
  if (policy == nullptr) {
    return run.refuse_missing(
        "42704",
        "policy \"" + statement.object.part + "\" for table \"" + name->name + "\" does not exist",
        statement.object.part);
  }
  std::string text = statement.definition;
  References references = statement.references;
  references.relations.push_back({statement.object.name, statement.object.name.name});
  run.resolve(text, references);
  append(policy->definition, text);
}

/// UPDATE TO 'version'.
void alter_extension(Execution& run, const AlterObject& statement) {
  Extension* extension = run.change(&Catalog::extensions, statement.object.name.name);
  if (extension == nullptr) {
    return run.refuse_missing("42704",
                              "extension \"" + statement.object.name.name + "\" does not exist",
                              statement.object.name.name);
  }
  const auto to = statement.definition.find(" UPDATE TO ");
  if (to == std::string::npos) return;
  std::string version(trim(statement.definition.substr(to + 11)));
  if (version.size() > 1 && (version.front() == '\'' || version.front() == '"')) {
    version = version.substr(1, version.size() - 2);
  }
  extension->version = version;
}

}  // namespace

void perform(Execution& run, const AlterObject& statement) {
  switch (statement.object.kind) {
    case ObjectKind::function:
    case ObjectKind::procedure:
    case ObjectKind::routine:
      return alter_function(run, statement);
    case ObjectKind::policy:
      return alter_policy(run, statement);
    case ObjectKind::extension:
      return alter_extension(run, statement);
    default:
      break;
  }
  const auto key = existing_object_key(run, statement.object);
  if (!key) {
    return run.refuse_missing("42704",
                              message_words(statement.object.kind) + " \"" +
                                  statement.object.name.name + "\" does not exist",
                              statement.object.name);
  }
  OpaqueObject& object = *run.change(&Catalog::objects, *key);
  std::string text = statement.definition;
  References references = statement.references;
  run.resolve(text, references);
  rename_subject(text, to_sql(statement.object.kind), to_sql(statement.object.name),
                 to_sql(object.object.name));
  object.references.relations.insert(object.references.relations.end(),
                                     references.relations.begin(), references.relations.end());
  if (statement.object.kind == ObjectKind::publication) {
    if (auto altered = altered_publication(object.definition, text)) {
      object.definition = std::move(*altered);
      return;
    }
  }
  if (statement.object.kind == ObjectKind::text_search_configuration)
    text = with_dictionaries(text, [&](const QualifiedName& name) {
      return existing_object_key(run, {ObjectKind::text_search_dictionary, name, {}, {}, {}});
    });
  const ObjectOptions options = object_options(text);
  const bool only_options = has_object_options(statement.object.kind) && !options.options.empty() &&
                            options.head == "ALTER " + *key &&
                            object.definition.find(";\n") == std::string::npos;
  if (only_options) {
    ObjectOptions now = object_options(object.definition);
    now.options = altered_foreign_options(std::move(now.options), options.options);
    object.definition = to_sql(now);
    return;
  }
  append(object.definition, text);
}

}  // namespace schemagate
