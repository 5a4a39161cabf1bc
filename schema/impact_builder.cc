// SPDX-License-Identifier: MIT
#include "schema/impact_builder.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/text.h"
#include "schema/extension_content.h"
#include "schema/impact_access.h"
#include "schema/impact_block.h"
#include "schema/impact_defaults.h"
#include "schema/lookup.h"
#include "schema/parse.h"

namespace schemagate {

std::optional<QualifiedName> ImpactBuilder::resolve(const QualifiedName& written) const {
  if (written.empty()) return std::nullopt;
  return resolve_relation(catalog_, session_, written);
}

QualifiedName ImpactBuilder::require(const QualifiedName& written) {
  if (auto name = resolve(written)) return *name;
  if (!refuse_missing_schema(written.schema))
    fail("42P01", "relation " + quoted(to_sql(written)) + " does not exist");
  return {};
}

bool ImpactBuilder::schema_is_missing(const std::string& schema) const {
  return !is_always_there(schema) && !session_.partial && !may_bring_relations(catalog_) &&
         !catalog_.schemas.contains(schema);
}

bool ImpactBuilder::refuse_missing_schema(const std::string& schema) {
  if (!schema_is_missing(schema)) return false;
  fail("3F000", "schema " + quoted(schema) + " does not exist");
  return true;
}

bool ImpactBuilder::knows_schema(const std::string& schema) const {
  const auto found = catalog_.schemas.find(schema);
  return schema == "public" || (found != catalog_.schemas.end() && !found->second.implicit);
}

const Table* ImpactBuilder::table(const QualifiedName& name) const {
  const auto found = catalog_.tables.find(name);
  return found == catalog_.tables.end() ? nullptr : &found->second;
}
const View* ImpactBuilder::view(const QualifiedName& name) const {
  const auto found = catalog_.views.find(name);
  return found == catalog_.views.end() ? nullptr : &found->second;
}
const Index* ImpactBuilder::index(const QualifiedName& name) const {
  const auto found = catalog_.indexes.find(name);
  return found == catalog_.indexes.end() ? nullptr : &found->second;
}

void ImpactBuilder::lock(const QualifiedName& relation, LockMode mode) {
  if (const auto kind = catalog_.relation_kind(relation)) add_lock(relation, *kind, mode);
}

void ImpactBuilder::lock_table(const Table& relation, LockMode mode) {
  add_lock(relation.name, relation.kind, mode);
}

void ImpactBuilder::add_lock(const QualifiedName& relation, RelationKind kind, LockMode mode) {
  constexpr std::size_t usual = 4;
  if (impact_.locks.empty()) impact_.locks.reserve(usual);
  impact_.locks.push_back({relation, kind, mode});
}

void ImpactBuilder::lock_indexes(const QualifiedName& table, LockMode mode) {
  const auto& indexes = catalog_.indexes.of(table);
  if (indexes.empty()) return;
  const Table* owner = this->table(table);
  const bool partitioned = owner && is_partitioned(*owner);
  for (const Index* index : indexes)
    add_lock(index->name, partitioned ? RelationKind::partitioned_index : RelationKind::index,
             mode);
}

void ImpactBuilder::lock_tree(const QualifiedName& table, LockMode mode) {
  lock(table, mode);
  for (const Table* child : catalog_.children_of(table)) lock_tree(child->name, mode);
}

void ImpactBuilder::lock_parts(const QualifiedName& table, LockMode mode) {
  const Table* found = this->table(table);
  if (found && is_partitioned(*found)) return lock_tree(table, mode);
  lock(table, mode);
}

void ImpactBuilder::work(WorkKind kind, Cause cause, const QualifiedName& relation,
                         const QualifiedName& index, std::string detail) {
  Work item{kind, cause, relation, index, command_, std::move(detail)};
  if (std::find(impact_.work.begin(), impact_.work.end(), item) == impact_.work.end()) {
    impact_.work.push_back(std::move(item));
  }
}
void ImpactBuilder::scan(Cause cause, const QualifiedName& relation, std::string detail) {
  work(WorkKind::scan, cause, relation, {}, std::move(detail));
}
void ImpactBuilder::rewrite(Cause cause, const QualifiedName& relation, std::string detail) {
  work(WorkKind::rewrite, cause, relation, {}, std::move(detail));
}
void ImpactBuilder::build(Cause cause, const QualifiedName& relation, const QualifiedName& index,
                          std::string detail) {
  work(WorkKind::index_build, cause, relation, index, std::move(detail));
}

void ImpactBuilder::fail(std::string sqlstate, std::string reason) {
  if (!impact_.fails) impact_.fails = Failure{std::move(sqlstate), std::move(reason)};
}

void ImpactBuilder::not_in_transaction(std::string_view command) {
  impact_.transactional = false;
  if (session_.in_transaction) {
    fail("25001", std::string(command) + " cannot run inside a transaction block");
  }
}

void ImpactBuilder::condition(std::string text) {
  if (std::find(impact_.conditions.begin(), impact_.conditions.end(), text) ==
      impact_.conditions.end()) {
    impact_.conditions.push_back(std::move(text));
  }
}

void ImpactBuilder::unknown(std::string why) {
  impact_.known = false;
  condition(std::move(why));
}

void ImpactBuilder::plan_relation(const QualifiedName& relation, LockMode mode, bool only) {
  lock(relation, mode);
  if (const View* v = view(relation)) {
    if (v->materialized) {
      lock_indexes(relation, mode);
    } else {
      plan_query(v->query.references, mode);
    }
    return;
  }
  const Table* t = table(relation);
  if (!t) return;
  // The planner opens the indexes of a partitioned table since 16 (get_relation_info).
  if (!is_partitioned(*t) || major() >= 16) lock_indexes(relation, mode);
  if (only) return;
  for (const Table* child : catalog_.children_of(relation)) {
    if (!is_left_out(child->name)) plan_relation(child->name, mode);
  }
}

void ImpactBuilder::plan_query(const References& references, LockMode mode) {
  for (const RelationUse& use : references.relations) {
    const auto name = resolve(use.name);
    if (name && use.inserted) {
      lock(*name, static_cast<LockMode>(use.mode));
    } else if (name) {
      plan_relation(*name, std::max(mode, static_cast<LockMode>(use.mode)), use.only);
    }
  }
  for (const QualifiedName& written : references.sequences) {
    if (const auto name = resolve(written)) lock(*name, LockMode::row_exclusive);
  }
}

void ImpactBuilder::analyze_query(const References& references) {
  for (const RelationUse& use : references.relations) {
    if (const auto name = resolve(use.name)) lock(*name, static_cast<LockMode>(use.mode));
  }
}

namespace {

/// The view's tables: columns of the view mostly have the names of the tables' own.
void scan_view(ImpactBuilder& b, const View& view, const RelationUse& use, Cause cause,
               const DataStatement& s) {
  DataStatement inside;
  for (const Statement& statement : parse_text(view.query.sql).statements) {
    if (const auto* query = statement.as<DataStatement>()) inside = *query;
  }
  for (const Comparison& c : s.compared) {
    const std::string& qualifier = c.column.qualifier;
    const bool of_view = qualifier.empty() || names(use, qualifier);
    if (!of_view || inside.references.relations.empty()) continue;
    Comparison inner = c;
    inner.column.qualifier.clear();
    inner.query = inside.references.relations.front().query;
    inside.compared.push_back(std::move(inner));
  }
  b.scan_query(view.query.references, cause, &inside);
}

void scan_relation(ImpactBuilder& b, const QualifiedName& relation, const RelationUse& use,
                   Cause cause, const DataStatement* s) {
  if (const View* view = b.view(relation); view && !view->materialized) {
    if (s) {
      scan_view(b, *view, use, cause, *s);
    } else {
      b.scan_query(view->query.references, cause);
    }
    return;
  }
  const Table* table = b.table(relation);
  const bool stored = (table && has_storage(*table)) || b.view(relation);
  const bool by_index = s && index_serves(b, relation, use, *s);
  if (stored && !by_index) b.scan(cause, relation);
  if (use.only) return;
  for (const Table* child : b.catalog().children_of(relation)) {
    if (!b.is_left_out(child->name)) scan_relation(b, child->name, use, cause, s);
  }
}

bool name_in_text(std::string_view text, std::string_view name) {
  const auto is_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$';
  };
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end]))) {
      return true;
    }
  }
  return false;
}

/// FROM t TABLESAMPLE …: only some of its pages are read.
bool is_sampled(const DataStatement& s, const RelationUse& use) {
  for (const std::string_view word : {"TABLESAMPLE", "tablesample"}) {
    for (auto at = s.sql.find(word); at != std::string::npos; at = s.sql.find(word, at + 1)) {
      const std::string before = to_lower(trim(std::string_view(s.sql).substr(0, at)));
      if (before.ends_with(to_lower(use.alias))) return true;
    }
  }
  return false;
}

}  // namespace

QualifiedName new_relation_name(const Session& session, const QualifiedName& written,
                                bool temporary) {
  if (temporary && (written.schema.empty() || written.schema.starts_with("pg_temp")))
    return {"pg_temp", written.name};
  return creation_name(session, written);
}

bool reads_everything(std::string_view sql) {
  return !name_in_text(sql, "WHERE") && !name_in_text(sql, "LIMIT") && !name_in_text(sql, "FETCH");
}

void ImpactBuilder::scan_query(const References& references, Cause cause, const DataStatement* s) {
  if (reads_nothing_) return;
  for (const RelationUse& use : references.relations) {
    if (use.inserted || (s && is_sampled(*s, use))) continue;
    if (const auto name = resolve(use.name)) scan_relation(*this, *name, use, cause, s);
  }
}

bool ImpactBuilder::add(const Impact& inner) {
  if (inner.fails) return false;
  impact_.locks.insert(impact_.locks.end(), inner.locks.begin(), inner.locks.end());
  impact_.work.insert(impact_.work.end(), inner.work.begin(), inner.work.end());
  impact_.known = impact_.known && inner.known;
  return !inner.locks.empty() || !inner.work.empty();
}

void ImpactBuilder::run(const Statement& statement) {
  constexpr int deepest_call = 8;
  if (depth_ >= deepest_call) return;
  ImpactBuilder inner(catalog_, session_, depth_ + 1);
  std::visit([&](const auto& body) { predict_statement(inner, body); }, statement.body);
  add(inner.take());
}

namespace {

void find_calls(const canonical::Node& node, const std::string& name,
                std::vector<const canonical::Node*>& calls) {
  if (node.kind == canonical::NodeKind::call && !node.names.empty() && node.names.back() == name)
    calls.push_back(&node);
  for (const canonical::Node& child : node.children) find_calls(child, name, calls);
}

/// The values of the function's arguments, where the text calls it once and with constants.
void add_arguments(const CreateFunction& function, const std::string& sql, const ImpactBuilder& b,
                   FlowRow& known) {
  if (function.arguments.empty() || sql.empty()) return;
  const bool call = to_lower(sql.substr(0, 5)) == "call ";
  const auto query = canonical::parse_query(call ? "SELECT " + sql.substr(5) : sql);
  std::vector<const canonical::Node*> calls;
  find_calls(query, function.name.name, calls);
  if (calls.size() != 1 || calls.front()->children.size() > function.arguments.size()) return;
  const FlowRow nothing;
  const FlowEvaluator evaluator(b.catalog(), b.session(), nothing);
  const auto& values = calls.front()->children;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].kind == canonical::NodeKind::operation) return;  // name => value
    FlowValue value = evaluator.evaluate(values[i], {});
    if (value.known && !function.arguments[i].name.empty())
      known[function.arguments[i].name] = std::move(value);
  }
}

}  // namespace

void ImpactBuilder::run_functions(const References& references, const FlowRow& variables,
                                  bool certain, const std::string& sql) {
  for (const FunctionUse& use : references.functions) {
    const auto functions = functions_called(*this, use);
    for (const Function* function : functions) {
      const CreateFunction& f = function->definition;
      const bool sure = certain && functions.size() == 1;
      const std::string language = to_lower(f.language);
      if (language == "plpgsql") {
        FlowRow known = variables;
        for (const FunctionArgument& argument : f.arguments) known[argument.name] = {};
        if (functions.size() == 1) add_arguments(f, sql, *this, known);
        run_plpgsql(*this, f.body, f.procedure ? BodyOf::procedure : BodyOf::function,
                    std::move(known), sure);
      } else if (language == "sql") {
        run_sql_body(*this, join(f.embedded, ";"), sure);
      } else if (f.has_dynamic_sql) {
        unknown("function " + use.name.name + " runs SQL that is made up");
      }
    }
  }
}

namespace {

/// For large items: their order is found first, then each moves once.
template <class Item, class Before>
void sort_by_place(std::vector<Item>& items, const Before& before) {
  std::vector<Item*> order;
  order.reserve(items.size());
  for (Item& item : items) order.push_back(&item);
  std::sort(order.begin(), order.end(), [&](Item* a, Item* z) { return before(*a, *z); });
  std::vector<Item> sorted;
  sorted.reserve(items.size());
  for (Item* item : order) sorted.push_back(std::move(*item));
  items = std::move(sorted);
}

}  // namespace

Impact ImpactBuilder::take() {
  if (impact_.fails) {
    // Nothing of a refused statement remains, neither its locks nor its work.
    impact_.locks.clear();
    impact_.work.clear();
    return std::move(impact_);
  }
  auto& locks = impact_.locks;
  const auto before = [](const RelationLock& a, const RelationLock& c) {
    const auto order = a.relation <=> c.relation;
    return order == 0 ? a.mode > c.mode : order < 0;
  };
  if (!std::is_sorted(locks.begin(), locks.end(), before)) sort_by_place(locks, before);
  locks.erase(std::unique(locks.begin(), locks.end(),
                          [](const RelationLock& a, const RelationLock& c) {
                            return a.relation == c.relation;
                          }),
              locks.end());
  return std::move(impact_);
}

// --- shared knowledge ---------------------------------------------------------------------------

bool is_partitioned(const Table& table) { return table.kind == RelationKind::partitioned_table; }
bool has_storage(const Table& table) { return table.kind == RelationKind::table; }

std::string quoted(std::string_view name) { return '"' + std::string(name) + '"'; }

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

const Index* constraint_index(const Catalog& catalog, const Table& table,
                              std::string_view constraint) {
  for (const Index* index : catalog.indexes_of(table.name)) {
    if (index->constraint == constraint) return index;
  }
  return nullptr;
}

bool expression_uses_column(const Expression& expression, std::string_view column) {
  return std::any_of(expression.references.columns.begin(), expression.references.columns.end(),
                     [&](const ColumnUse& use) { return use.name == column || use.name == "*"; });
}

bool index_uses_column(const Index& index, std::string_view column) {
  return contains(index.include, column) || expression_uses_column(index.where, column) ||
         std::any_of(index.elements.begin(), index.elements.end(), [&](const IndexElement& e) {
           return e.column == column || expression_uses_column(e.expression, column);
         });
}

std::vector<std::string> referenced_columns(const Catalog& catalog,
                                            const ConstraintDefinition& key) {
  if (!key.referenced_columns.empty()) return key.referenced_columns;
  const auto parent = catalog.tables.find(key.referenced);
  if (parent == catalog.tables.end()) return {};
  const Constraint* primary = parent->second.primary_key();
  return primary ? primary->definition.columns : std::vector<std::string>{};
}

bool has_row_trigger(const Table& table, std::string_view name) {
  return std::any_of(table.triggers.begin(), table.triggers.end(), [&](const Trigger& t) {
    return (name.empty() || t.name == name) &&
           t.definition.find("FOR EACH ROW") != std::string::npos;
  });
}

void lock_trigger_tables(ImpactBuilder& b, const QualifiedName& name, std::string_view trigger) {
  b.lock(name, LockMode::access_exclusive);
  const Table* table = b.table(name);
  if (!table || !is_partitioned(*table)) return;
  if (has_row_trigger(*table, trigger)) b.lock_tree(name, LockMode::access_exclusive);
}

std::vector<std::pair<const Table*, const Constraint*>> incoming_keys(const Catalog& catalog,
                                                                      const Table& table) {
  std::vector<std::pair<const Table*, const Constraint*>> keys;
  const Table* target = &table;
  while (target) {
    for (const auto& [child, key] : catalog.references_to(target->name)) {
      const bool copy = key->inherited && !child->partition_of.empty();
      if (!copy && child->name != table.name) keys.emplace_back(child, key);
    }
    const auto above = catalog.tables.find(target->partition_of);
    target = above == catalog.tables.end() ? nullptr : &above->second;
  }
  return keys;
}

void validate_foreign_key(ImpactBuilder& b, const Table& child, const ConstraintDefinition& key,
                          bool has_values) {
  const std::string detail = key.name;
  const auto referenced = b.resolve(key.referenced);
  has_values = has_values && !b.is_empty(child);
  if (has_storage(child)) b.scan(Cause::foreign_key_validation, child.name, detail);
  if (key.without_overlaps) {
    // With PERIOD no join can check it: each row is looked up as if it were new.
    if (!referenced || !has_values) return;
    b.plan_relation(*referenced, LockMode::row_share);
    b.scan(Cause::foreign_key_validation, *referenced, detail);
    return;
  }
  // RI_Initial_Check joins both tables: the planner opens every index of either.
  b.lock_indexes(child.name, LockMode::access_share);
  if (!referenced) return;
  // Children that inherit hold no row that a key may refer to; partitions do.
  const Table* parent = b.table(*referenced);
  const bool only = parent && !is_partitioned(*parent);
  b.plan_relation(*referenced, LockMode::access_share, only);
  if (!has_values) return;
  for (const Table* part : b.catalog().tree_of(*referenced)) {
    if (only && part != parent) continue;
    if (has_storage(*part)) b.scan(Cause::foreign_key_validation, part->name, detail);
  }
}

}  // namespace schemagate
