// SPDX-License-Identifier: MIT
// A declarative schema is a set (decisions D29). First what the files define is collected, so that
// a name resolves to an object that a later file makes. Then the statements are applied in order;
// one whose subject is missing waits for a statement that makes something of that name. What is
// left over, and what nobody defined, is a problem.
#include <algorithm>
#include <queue>
#include <set>
#include <unordered_map>

#include "schema/apply_parts.h"
#include "schema/builtin_types.h"

namespace schemagate {
namespace {

// ---- what the files define ---------------------------------------------------------------------

/// Collects names; keeps the search path of the file that is being read.
class Collector {
 public:
  Collector(Catalog& scratch, Session& session, Declared& declared)
      : run_(scratch, session, {}), session_(session), declared_(declared) {}

  void operator()(const CreateTable& statement) { relation(statement.name); }
  void operator()(const CreateTableAs& statement) { relation(statement.name); }
  void operator()(const CreateView& statement) { relation(statement.name); }
  void operator()(const CreateSequence& statement) { relation(statement.name); }
  void operator()(const CreateEnum& statement) { type(statement.name); }
  void operator()(const CreateDomain& statement) { type(statement.name); }
  void operator()(const CreateComposite& statement) { type(statement.name); }
  void operator()(const CreateRange& statement) { type(statement.name); }
  void operator()(const CreateFunction& statement) {
    declared_.functions.insert(creation_name(session_, statement.name));
  }
  void operator()(const CreateObject& statement) {
    if (statement.object.kind == ObjectKind::type) type(statement.object.name);
    if (statement.object.kind == ObjectKind::aggregate) {
      declared_.functions.insert(creation_name(session_, statement.object.name));
    }
  }
  void operator()(const CreateExtension& statement) {
    declared_.extensions[statement.name] =
        statement.schema.empty() ? creation_name(session_, {"", ""}).schema : statement.schema;
  }
  void operator()(const SetVariable& statement) { perform(run_, statement); }
  void operator()(const DataStatement& statement) { perform(run_, statement); }
  void operator()(const Transaction& statement) { perform(run_, statement); }
  template <class Other>
  void operator()(const Other&) {}

 private:
  void relation(const QualifiedName& written) {
    declared_.relations.insert(creation_name(session_, written));
  }
  void type(const QualifiedName& written) {
    declared_.types.insert(creation_name(session_, written));
  }

  Execution run_;
  Session& session_;
  Declared& declared_;
};

Declared declared_by(const std::vector<ParsedFile>& files, const Session& fresh) {
  Declared declared;
  Catalog scratch;
  for (const auto& file : files) {
    Session session = fresh;
    Collector collector(scratch, session, declared);
    for (const auto& statement : file.statements) std::visit(collector, statement.body);
  }
  return declared;
}

// ---- applying, with a second chance ------------------------------------------------------------

class Loader {
 public:
  Loader(Catalog& catalog, const Declared& declared, Session fresh)
      : catalog_(catalog), declared_(declared), fresh_(std::move(fresh)) {}

  std::vector<ApplyProblem> problems;

  void read(const ParsedFile& file) {
    Session session = fresh_;
    for (const auto& statement : file.statements) {
      if (is_about_rows(statement)) continue;
      attempt(statement, session, std::nullopt);
    }
  }

  /// Tries what waits again as long as something comes into being that was waited for.
  void retry() {
    for (std::size_t i = 0; i < waiting_.size(); ++i) ready_.insert(i);
    while (!ready_.empty()) {
      const std::size_t next = *ready_.begin();
      ready_.erase(ready_.begin());
      auto& entry = waiting_[next];
      if (!entry.done) attempt(*entry.statement, entry.session, next);
    }
  }

  void report_rest() {
    for (auto& entry : waiting_) {
      if (entry.done) continue;
      for (auto& problem : entry.problems) problems.push_back(std::move(problem));
    }
  }

 private:
  struct Waiting {
    const Statement* statement;
    Session session;
    std::vector<ApplyProblem> problems;
    bool done = false;
  };

  static bool is_about_rows(const Statement& statement) {
    return statement.as<Truncate>() != nullptr || statement.as<Vacuum>() != nullptr ||
           statement.as<LockTable>() != nullptr || statement.as<Reindex>() != nullptr ||
           statement.as<Refresh>() != nullptr;
  }

  void attempt(const Statement& statement, Session& session, std::optional<std::size_t> again) {
    Execution run(catalog_, session, statement.span, &declared_);
    execute(run, statement);
    const bool waits = run.refused() && !run.waits_for.empty();
    if (waits) {
      const std::size_t index = again ? *again : waiting_.size();
      if (!again) waiting_.push_back({&statement, quiet_copy(session), {}, false});
      waiting_[index].problems = std::move(run.problems);
      for (const auto& name : run.waits_for) waiting_for_[name].push_back(index);
      return;
    }
    if (again) waiting_[*again].done = true;
    for (auto& problem : run.problems) problems.push_back(std::move(problem));
    if (run.refused()) return;
    for (const auto& name : run.made) wake(name);
  }

  /// What a statement needs of its session when it is tried again.
  static Session quiet_copy(const Session& session) {
    Session copy;
    copy.postgres = session.postgres;
    copy.search_path = session.search_path;
    copy.settings = session.settings;
    copy.can_roll_back = false;
    return copy;
  }

  void wake(const std::string& name) {
    if (waiting_.empty()) return;
    const auto found = waiting_for_.find(name);
    if (found == waiting_for_.end()) return;
    ready_.insert(found->second.begin(), found->second.end());
    waiting_for_.erase(found);
  }

  Catalog& catalog_;
  const Declared& declared_;
  Session fresh_;
  std::vector<Waiting> waiting_;
  std::unordered_map<std::string, std::vector<std::size_t>> waiting_for_;
  std::set<std::size_t> ready_;
};

// ---- what nobody defined -----------------------------------------------------------------------

/// Looks over the finished catalog for names that lead nowhere.
class Check {
 public:
  Check(Catalog& catalog, const Session& session)
      : catalog_(catalog), session_(session), run_(catalog_, session_, {}) {}

  std::vector<ApplyProblem> problems;

  void everything() {
    for (auto& [name, table] : catalog_.tables) of_table(table);
    for (const auto& [name, type] : catalog_.types) of_type(type);
    for (const auto& [name, view] : catalog_.views) {
      sources(view.query.references, view.where);
      for (const auto& trigger : view.triggers) trigger_function(trigger);
    }
    for (const auto& [key, function] : catalog_.functions) of_function(function);
  }

 private:
  void missing(const char* sqlstate, std::string message, Span where) {
    problems.push_back({ProblemKind::missing, where, {}, sqlstate, std::move(message)});
  }

  static std::string text(const QualifiedName& name) {
    return name.schema.empty() || name.schema == "public" ? name.name
                                                          : name.schema + "." + name.name;
  }

  void type(const TypeName& type, Span where) {
    const auto& name = type.name;
    if (name.schema.empty() || name.schema == "information_schema" || name.schema == "pg_catalog")
      return;
    if (catalog_.types.count(name) != 0 || catalog_.tables.count(name) != 0 ||
        catalog_.views.count(name) != 0)
      return;
    // Whatever an extension may bring is believed.
    if (!catalog_.extensions.empty() || catalog_.objects.count("TYPE " + to_sql(name)) != 0) return;
    missing("42704", "type \"" + text(name) + "\" does not exist", where);
  }

  void of_table(Table& table) {
    for (const auto& column : table.columns) {
      if (column.local) type(column.type, column.where);
    }
    for (auto& constraint : table.constraints) {
      const bool own =
          constraint.definition.kind == ConstraintKind::foreign_key && !constraint.inherited;
      if (own) foreign_key(table, constraint);
    }
    for (auto& constraint : table.constraints) {  // partitions take over what was filled in
      if (constraint.definition.kind == ConstraintKind::foreign_key && constraint.inherited)
        fill(constraint);
    }
    for (const auto& trigger : table.triggers) trigger_function(trigger);
  }

  void fill(Constraint& constraint) {
    const auto referenced = catalog_.tables.find(constraint.definition.referenced);
    if (referenced == catalog_.tables.end() || !constraint.definition.referenced_columns.empty())
      return;
    if (const auto* key = referenced->second.primary_key()) {
      constraint.definition.referenced_columns = key->definition.columns;
    }
  }

  void foreign_key(const Table& table, Constraint& constraint) {
    auto& definition = constraint.definition;
    const auto referenced = catalog_.tables.find(definition.referenced);
    if (referenced == catalog_.tables.end()) {
      const bool other = catalog_.relation_kind(definition.referenced).has_value();
      const std::string name = text(definition.referenced);
      return other ? missing("42809", "referenced relation \"" + name + "\" is not a table",
                             constraint.where)
                   : missing("42P01", "relation \"" + name + "\" does not exist", constraint.where);
    }
    Execution run(catalog_, session_, table.where);
    match_referenced_key(run, definition, referenced->second, constraint.where);
    for (auto& problem : run.problems) {
      problem.kind = ProblemKind::invalid;
      problems.push_back(std::move(problem));
    }
  }

  void of_type(const Type& type_of) {
    type(type_of.base, type_of.where);
    for (const auto& attribute : type_of.attributes) type(attribute.type, attribute.where);
  }

  void of_function(const Function& function) {
    for (const auto& argument : function.definition.arguments) type(argument.type, function.where);
    type(function.definition.returns, function.where);
  }

  void sources(const References& references, Span where) {
    if (!catalog_.extensions.empty()) return;
    for (const auto& use : references.relations) {
      const auto& name = use.name;
      if (name.schema == "pg_catalog" || name.schema == "information_schema") continue;
      if (name.schema.empty() && name.name.starts_with("pg_")) continue;
      if (catalog_.relation_kind(name)) continue;
      missing("42P01", "relation \"" + text(name) + "\" does not exist", where);
    }
  }

  void trigger_function(const Trigger& trigger) {
    if (trigger.references.functions.empty() || !catalog_.extensions.empty()) return;
    const auto& name = trigger.references.functions.back().name;
    static const std::set<std::string> builtin{"suppress_redundant_updates_trigger",
                                               "tsvector_update_trigger",
                                               "tsvector_update_trigger_column"};
    if (name.schema == "pg_catalog" || builtin.count(name.name) != 0) return;
    if (run_.function_name(name)) return;
    missing("42883", "function " + text(name) + "() does not exist", trigger.where);
  }

  Catalog& catalog_;
  Session session_;
  Execution run_;
};

}  // namespace

LoadedSchema load_schema(const std::vector<ParsedFile>& files, int postgres) {
  Session fresh;
  fresh.postgres = postgres;
  fresh.can_roll_back = false;
  const Declared declared = declared_by(files, fresh);
  LoadedSchema loaded;
  Loader loader(loaded.catalog, declared, fresh);
  for (const auto& file : files) loader.read(file);
  loader.retry();
  loader.report_rest();
  Check check(loaded.catalog, fresh);
  check.everything();
  loaded.problems = std::move(loader.problems);
  loaded.problems.insert(loaded.problems.end(), check.problems.begin(), check.problems.end());
  std::stable_sort(loaded.problems.begin(), loaded.problems.end(),
                   [](const ApplyProblem& a, const ApplyProblem& b) {
                     return std::pair(a.where.file, a.where.begin) <
                            std::pair(b.where.file, b.where.begin);
                   });
  return loaded;
}

}  // namespace schemagate
