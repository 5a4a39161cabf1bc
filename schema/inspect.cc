// SPDX-License-Identifier: MIT
// The whole schema as SQL: what exists first, then what ties it together, then what is said about
// it.
#include <algorithm>
#include <set>

#include "schema/creation_order.h"
#include "schema/generated_names.h"
#include "schema/plan.h"
#include "schema/render.h"

namespace schemagate {
namespace {

class Printer {
 public:
  explicit Printer(const Catalog& catalog) : catalog_(catalog) {}

  std::string print() {
    if (!catalog_.functions.empty()) statement("SET check_function_bodies = false");
    for (const auto& [name, schema] : catalog_.schemas) {
      if (name != "public" && name != "pg_temp") statement(create_sql(schema));
    }
    for (const auto& [name, extension] : catalog_.extensions) statement(create_sql(extension));
    // Views come behind keys: one that groups by a primary key needs it.
    const auto order = creation_order(catalog_);
    const auto ties = std::find_if(order.begin(), order.end(), [](const CreationStep& step) {
      return step.kind == CreationStep::Kind::view;
    });
    for (auto step = order.begin(); step != ties; ++step) create(*step);
    tie_tables();
    for (auto step = ties; step != order.end(); ++step) create(*step);
    for (const auto& [name, view] : catalog_.views) about_view(view);
    for (const auto& [name, table] : catalog_.tables) watch(table);
    owners();
    for (const auto& [privilege, where] : catalog_.privileges)
      statement(grant_sql(privilege, catalog_));
    comments();
    for (const auto& object : catalog_.opaque) statement(object.definition);
    return std::move(sql_);
  }

 private:
  void statement(const std::string& sql) { sql_ += sql + ";\n\n"; }

  void create(const CreationStep& step) {
    switch (step.kind) {
      case CreationStep::Kind::type:
        return type(catalog_.types.at(step.name));
      case CreationStep::Kind::function:
        return statement(catalog_.functions.at(step.key).definition.definition);
      case CreationStep::Kind::sequence: {
        const auto& sequence = catalog_.sequences.at(step.name);
        if (!sequence.identity) statement(create_sql(sequence));
        return;
      }
      case CreationStep::Kind::table:
        return table(catalog_.tables.at(step.name));
      case CreationStep::Kind::view:
        return statement(create_sql(catalog_.views.at(step.name)));
      case CreationStep::Kind::object:
        return statement(catalog_.objects.at(step.key).definition);
    }
  }

  void type(const Type& type) {
    statement(create_sql(type));
    for (const auto& constraint : type.constraints) {
      if (!constraint.validated) {
        statement("ALTER DOMAIN " + to_sql(type.name) + " ADD " + definition_sql(constraint));
      }
    }
  }

  // ---- tables
  // -------------------------------------------------------------------------------------

  /// Keys of partitioned tables and of partitions are made later, from the bottom up: so they find
  /// each other and keep their names.
  static bool is_in_partition_tree(const Table& table) {
    return table.kind == RelationKind::partitioned_table || !table.partition_of.empty();
  }

  static bool is_inline(const Table& table, const Constraint& constraint) {
    const auto kind = constraint.definition.kind;
    if (kind == ConstraintKind::foreign_key) return false;
    if (kind != ConstraintKind::check) return !is_in_partition_tree(table);
    return constraint.validated || constraint.definition.not_enforced;
  }

  /// Two keys on the same columns would become one inside CREATE TABLE.
  static std::vector<const Constraint*> inline_constraints(const Table& table,
                                                           bool with_inherited) {
    std::vector<const Constraint*> found;
    for (const auto& constraint : table.constraints) {
      const bool comes = with_inherited || constraint.local;
      if (comes && is_inline(table, constraint)) found.push_back(&constraint);
    }
    sort(found);
    std::vector<const Constraint*> different;
    for (const auto* one : found) {
      const auto& columns = one->definition.columns;
      const bool key = one->definition.kind == ConstraintKind::unique;
      const bool doubled =
          key && std::any_of(different.begin(), different.end(), [&](const Constraint* other) {
            const auto kind = other->definition.kind;
            const bool other_key =
                kind == ConstraintKind::unique || kind == ConstraintKind::primary_key;
            return other_key && other->definition.columns == columns;
          });
      if (!doubled) different.push_back(one);
    }
    return different;
  }

  const Table* parent_of(const Table& table) const {
    const auto parent = catalog_.tables.find(table.partition_of);
    return parent == catalog_.tables.end() ? nullptr : &parent->second;
  }

  void table(const Table& table) {
    const Table* parent = parent_of(table);
    const bool as_partition = parent != nullptr && matches_partition_of(table, *parent);
    // Columns that stand elsewhere than the parent's: made alone, then tied to the parent.
    const bool has_inherited = std::any_of(table.columns.begin(), table.columns.end(),
                                           [](const Column& column) { return !column.local; });
    Table alone = table;
    alone.of_type = {};
    const bool tied_later = (!table.partition_of.empty() && !as_partition) ||
                            (!table.inherits.empty() && !has_inherited);
    if (tied_later) {
      alone.inherits.clear();
      for (auto& column : alone.columns) {
        column.local = true;
        if (column.inherited) column.identity = Identity::no;
      }
    }
    const auto constraints = inline_constraints(table, tied_later);
    statement(create_sql(alone, constraints, as_partition ? parent : nullptr));
    if (tied_later) tie_to_parents(table);
    if (!table.inherits.empty() && !tied_later) overrides(table);
    if (!table.of_type.empty()) statement(alter(table) + "OF " + to_sql(table.of_type));
    for (const auto& column : table.columns) about_column(table, column);
  }

  static std::string alter(const Table& table) {
    return std::string(table.kind == RelationKind::foreign_table ? "ALTER FOREIGN TABLE "
                                                                 : "ALTER TABLE ") +
           to_sql(table.name) + " ";
  }

  /// The primary key, other keys, checks; each by name.
  static void sort(std::vector<const Constraint*>& constraints) {
    const auto rank = [](const Constraint* constraint) {
      const auto kind = constraint->definition.kind;
      if (kind == ConstraintKind::check) return 2;
      return kind == ConstraintKind::primary_key ? 0 : 1;
    };
    std::sort(
        constraints.begin(), constraints.end(), [&](const Constraint* a, const Constraint* b) {
          return std::pair(rank(a), a->definition.name) < std::pair(rank(b), b->definition.name);
        });
  }

  void tie_to_parents(const Table& table) {
    for (const auto& parent : table.inherits) statement(alter(table) + "INHERIT " + to_sql(parent));
    if (table.partition_of.empty()) return;
    statement("ALTER TABLE " + to_sql(table.partition_of) + " ATTACH PARTITION " +
              to_sql(table.name) + " " + (table.bound ? table.bound->sql : "DEFAULT"));
  }

  /// What a child says otherwise about a column that it only inherits.
  void overrides(const Table& table) {
    for (const auto& column : table.columns) {
      if (column.local) continue;
      const Column* above = nullptr;
      for (const auto& name : table.inherits) {
        const auto parent = catalog_.tables.find(name);
        if (above == nullptr && parent != catalog_.tables.end())
          above = parent->second.column(column.name);
      }
      if (above == nullptr) continue;
      const std::string only = "ALTER TABLE ONLY " + to_sql(table.name) + " ALTER COLUMN " +
                               quote_identifier(column.name) + " ";
      if (column.default_value && column.default_value != above->default_value) {
        statement(only + "SET DEFAULT " + column.default_value->sql);
      } else if (!column.default_value && above->default_value) {
        statement(only + "DROP DEFAULT");
      }
      if (column.not_null && !above->not_null) statement(only + "SET NOT NULL");
      if (!column.not_null && above->not_null && !above->not_null_no_inherit) {
        statement(only + "DROP NOT NULL");
      }
    }
  }

  void about_column(const Table& table, const Column& column) {
    const std::string start = alter(table) + "ALTER COLUMN " + quote_identifier(column.name) + " ";
    if (!column.storage.empty()) statement(start + "SET STORAGE " + column.storage);
    if (!column.statistics.empty()) statement(start + "SET STATISTICS " + column.statistics);
    if (!column.options.empty()) {
      if (table.kind != RelationKind::foreign_table) {
        statement(start + "SET (" + options_sql(column.options) + ")");
      } else {
        std::string options;
        for (const auto& [name, value] : column.options) {
          options += (options.empty() ? "ADD " : ", ADD ") + quote_identifier(name) + " " +
                     quote_literal(value);
        }
        statement(start + "OPTIONS (" + options + ")");
      }
    }
    if (!column.not_null || !column.not_null_not_valid) return;
    ConstraintDefinition not_null;
    not_null.kind = ConstraintKind::not_null;
    not_null.columns = {column.name};
    not_null.no_inherit = column.not_null_no_inherit;
    const std::string named = column.not_null_name.empty()
                                  ? ""
                                  : "CONSTRAINT " + quote_identifier(column.not_null_name) + " ";
    statement(alter(table) + "ADD " + named + constraint_sql(not_null, true));
  }

  // ---- what ties tables together
  // ------------------------------------------------------------------

  /// Partitions before the tables they belong to.
  std::vector<const Table*> bottom_up() const {
    std::vector<const Table*> order;
    std::set<QualifiedName> seen;
    for (const auto& [name, table] : catalog_.tables) {
      if (parent_of(table) != nullptr) continue;
      auto tree = catalog_.tree_of(name);
      std::reverse(tree.begin(), tree.end());
      for (const auto* one : tree) {
        if (seen.insert(one->name).second) order.push_back(one);
      }
    }
    return order;
  }

  void tie_tables() {
    for (const auto& [name, sequence] : catalog_.sequences) {
      if (sequence.identity || sequence.owner_table.empty()) continue;
      statement("ALTER SEQUENCE " + to_sql(name) + " OWNED BY " + to_sql(sequence.owner_table) +
                "." + quote_identifier(sequence.owner_column));
    }
    const auto order = bottom_up();
    for (const auto* table : order) keys_and_indexes(*table);
    for (const auto* table : order) {
      std::vector<const Constraint*> keys;
      for (const auto& constraint : table->constraints) {
        if (constraint.definition.kind == ConstraintKind::foreign_key) keys.push_back(&constraint);
      }
      sort(keys);
      for (const auto* key : keys) add(*table, *key);
    }
  }

  void add(const Table& table, const Constraint& constraint) {
    statement(alter(table) + "ADD " + definition_sql(constraint));
  }

  void keys_and_indexes(const Table& table) {
    const auto inside = inline_constraints(table, true);
    std::vector<const Constraint*> keys;
    for (const auto& constraint : table.constraints) {
      const auto kind = constraint.definition.kind;
      const bool later = std::find(inside.begin(), inside.end(), &constraint) == inside.end();
      const bool inherited_check = kind == ConstraintKind::check && !constraint.local;
      if (later && kind != ConstraintKind::foreign_key && !inherited_check)
        keys.push_back(&constraint);
    }
    sort(keys);
    for (const auto* key : keys) {
      const auto index = catalog_.indexes.find({table.name.schema, key->definition.name});
      const bool alone = index != catalog_.indexes.end() && !index->second.valid;
      const std::string start =
          alone ? "ALTER TABLE ONLY " + to_sql(table.name) + " " : alter(table);
      statement(start + "ADD " + definition_sql(*key));
    }
    indexes(table.name);
    for (const auto* index : catalog_.indexes_of(table.name)) {
      if (!index->valid) attachments(*index);
      if (index->clustered)
        statement(alter(table) + "CLUSTER ON " + quote_identifier(index->name.name));
    }
    if (table.replica_identity == 'd') return;
    const std::string identity =
        table.replica_identity == 'f' ? "FULL"
        : table.replica_identity == 'n'
            ? "NOTHING"
            : "USING INDEX " + quote_identifier(table.replica_identity_index);
    statement(alter(table) + "REPLICA IDENTITY " + identity);
  }

  void indexes(const QualifiedName& relation) {
    for (const auto* index : catalog_.indexes_of(relation)) {
      if (index->constraint.empty()) statement(create_sql(*index));
      for (const auto& sql : column_statements(*index)) statement(sql);
    }
  }

  void attachments(const Index& parent) {
    for (const auto* child : catalog_.children_of(parent.table)) {
      for (const auto* index : catalog_.indexes_of(child->name)) {
        if (index->parent != parent.name) continue;
        statement("ALTER INDEX " + to_sql(parent.name) + " ATTACH PARTITION " +
                  to_sql(index->name));
      }
    }
  }

  // ---- views, triggers, policies
  // ------------------------------------------------------------------

  void about_view(const View& view) {
    for (const auto& sql : column_statements(view)) statement(sql);
    indexes(view.name);
    for (const auto& trigger : view.triggers) statement(trigger.definition);
    for (const auto& rule : view.rules) statement(rule.definition);
  }

  static std::string enabling(char state) {
    if (state == 'D') return "DISABLE ";
    if (state == 'A') return "ENABLE ALWAYS ";
    return "ENABLE REPLICA ";
  }

  void watch(const Table& table) {
    for (const auto& rule : table.rules) {
      statement(rule.definition);
      if (rule.enabled != 'O') {
        statement(alter(table) + enabling(rule.enabled) + "RULE " + quote_identifier(rule.name));
      }
    }
    for (const auto& trigger : table.triggers) {
      statement(trigger.definition);
      if (trigger.enabled != 'O') {
        statement(alter(table) + enabling(trigger.enabled) + "TRIGGER " +
                  quote_identifier(trigger.name));
      }
    }
    for (const auto& policy : table.policies) statement(policy.definition);
    if (table.row_security) statement(alter(table) + "ENABLE ROW LEVEL SECURITY");
    if (table.force_row_security) statement(alter(table) + "FORCE ROW LEVEL SECURITY");
  }

  // ---- owners and comments
  // ------------------------------------------------------------------------

  static std::string role(const std::string& name) {
    const bool keyword = name == "CURRENT_USER" || name == "SESSION_USER" || name == "CURRENT_ROLE";
    return keyword ? name : quote_identifier(name);
  }

  void owner(const std::string& object, const std::string& owner) {
    if (!owner.empty()) statement("ALTER " + object + " OWNER TO " + role(owner));
  }

  static const char* view_word(const View& view) {
    return view.materialized ? "MATERIALIZED VIEW " : "VIEW ";
  }
  static const char* type_word(const Type& type) {
    return type.kind == TypeKind::domain ? "DOMAIN " : "TYPE ";
  }
  static ObjectKind kind_of(const Function& function) {
    return function.definition.procedure ? ObjectKind::procedure : ObjectKind::function;
  }

  void owners() {
    for (const auto& [name, type] : catalog_.types)
      owner(type_word(type) + to_sql(name), type.owner);
    for (const auto& [key, function] : catalog_.functions) {
      owner(std::string(to_sql(kind_of(function))) + " " + key, function.owner);
    }
    for (const auto& [name, table] : catalog_.tables) {
      owner(
          (table.kind == RelationKind::foreign_table ? "FOREIGN TABLE " : "TABLE ") + to_sql(name),
          table.owner);
    }
    for (const auto& [name, sequence] : catalog_.sequences) {
      // The owner of a table owns its sequences.
      if (sequence.owner_table.empty()) owner("SEQUENCE " + to_sql(name), sequence.owner);
    }
    for (const auto& [name, view] : catalog_.views)
      owner(view_word(view) + to_sql(name), view.owner);
    for (const auto& [key, object] : catalog_.objects) owner(key, object.owner);
    if (const auto schema = catalog_.schemas.find("public"); schema != catalog_.schemas.end()) {
      owner("SCHEMA public", schema->second.owner);
    }
  }

  void comment(ObjectKind kind, const std::string& object, const std::string& text) {
    if (!text.empty()) statement(comment_sql(kind, object, text));
  }

  template <class Items>
  void comments_on(ObjectKind kind, const Items& items, const QualifiedName& relation) {
    for (const auto& item : items) {
      comment(kind, quote_identifier(item.name) + " ON " + to_sql(relation), item.comment);
    }
  }

  void comments() {
    for (const auto& [name, schema] : catalog_.schemas) {
      comment(ObjectKind::schema, quote_identifier(name), schema.comment);
    }
    for (const auto& [name, extension] : catalog_.extensions) {
      comment(ObjectKind::extension, quote_identifier(name), extension.comment);
    }
    for (const auto& [name, type] : catalog_.types) comments_on_type(type);
    for (const auto& [key, function] : catalog_.functions)
      comment(kind_of(function), key, function.comment);
    for (const auto& [name, table] : catalog_.tables) comments_on_table(table);
    for (const auto& [name, index] : catalog_.indexes)
      comment(ObjectKind::index, to_sql(name), index.comment);
    for (const auto& [name, sequence] : catalog_.sequences) {
      comment(ObjectKind::sequence, to_sql(name), sequence.comment);
    }
    for (const auto& [name, view] : catalog_.views) {
      comment(view.materialized ? ObjectKind::materialized_view : ObjectKind::view, to_sql(name),
              view.comment);
      for (const auto& [column, text] : view.column_comments) {
        comment(ObjectKind::column, to_sql(name) + "." + quote_identifier(column), text);
      }
      comments_on(ObjectKind::trigger, view.triggers, name);
      comments_on(ObjectKind::rule, view.rules, name);
    }
    for (const auto& [key, object] : catalog_.objects) {
      const auto words = std::string(to_sql(object.object.kind)) + " ";
      if (key.starts_with(words))
        comment(object.object.kind, key.substr(words.size()), object.comment);
    }
  }

  void comments_on_type(const Type& type) {
    const bool domain = type.kind == TypeKind::domain;
    comment(domain ? ObjectKind::domain : ObjectKind::type, to_sql(type.name), type.comment);
    for (const auto& attribute : type.attributes) {
      comment(ObjectKind::column, to_sql(type.name) + "." + quote_identifier(attribute.name),
              attribute.comment);
    }
    for (const auto& constraint : type.constraints) {
      comment(ObjectKind::constraint,
              quote_identifier(constraint.definition.name) + " ON DOMAIN " + to_sql(type.name),
              constraint.comment);
    }
  }

  void comments_on_table(const Table& table) {
    const bool foreign = table.kind == RelationKind::foreign_table;
    comment(foreign ? ObjectKind::foreign_table : ObjectKind::table, to_sql(table.name),
            table.comment);
    for (const auto& column : table.columns) {
      comment(ObjectKind::column, to_sql(table.name) + "." + quote_identifier(column.name),
              column.comment);
      if (column.not_null && !column.not_null_comment.empty()) {
        comment(
            ObjectKind::constraint,
            quote_identifier(not_null_name(catalog_, table, column)) + " ON " + to_sql(table.name),
            column.not_null_comment);
      }
    }
    for (const auto& constraint : table.constraints) {
      comment(ObjectKind::constraint,
              quote_identifier(constraint.definition.name) + " ON " + to_sql(table.name),
              constraint.comment);
    }
    comments_on(ObjectKind::trigger, table.triggers, table.name);
    comments_on(ObjectKind::policy, table.policies, table.name);
    comments_on(ObjectKind::rule, table.rules, table.name);
  }

  const Catalog& catalog_;
  std::string sql_;
};

}  // namespace

std::string to_sql(const Catalog& catalog) { return Printer(catalog).print(); }

}  // namespace schemagate
