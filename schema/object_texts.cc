// SPDX-License-Identifier: MIT
// A catalog as a list of small texts. What two catalogs may differ in without being different
// (names only the server chose for parts of partitions, the sequence behind an identity column, who
// populated a view) is left out, as diff() leaves it out.
#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "base/text.h"
#include "schema/builtin_extensions.h"
#include "schema/canonical.h"
#include "schema/diff_parts.h"
#include "schema/fingerprint.h"
#include "schema/generated_names.h"
#include "schema/options.h"
#include "schema/render.h"

namespace schemagate {
namespace {

class Properties {
 public:
  Properties(std::string kind, std::string name) : object_{std::move(kind), std::move(name), {}} {}

  Properties& set(std::string property, std::string value) {
    if (!value.empty()) object_.properties.emplace_back(std::move(property), std::move(value));
    return *this;
  }
  Properties& flag(std::string property, bool value) {
    return set(std::move(property), value ? "yes" : "");
  }
  ObjectText done() {
    std::sort(object_.properties.begin(), object_.properties.end());
    return std::move(object_);
  }

 private:
  ObjectText object_;
};

std::string part_of(const QualifiedName& relation, const std::string& part) {
  return to_sql(relation) + "." + quote_identifier(part);
}

template <class Range, class Word>
std::string joined(const Range& range, Word word) {
  std::string text;
  for (const auto& one : range) text += (text.empty() ? "" : ", ") + word(one);
  return text;
}

std::string names(const std::vector<QualifiedName>& list) {
  return joined(list, [](const QualifiedName& name) { return to_sql(name); });
}
std::string named(const QualifiedName& name) { return name.empty() ? "" : to_sql(name); }

std::string word(Persistence persistence) {
  return persistence == Persistence::unlogged    ? "unlogged"
         : persistence == Persistence::temporary ? "temporary"
                                                 : "";
}

Expression in_meaning(const Expression& expression, const Scope& scope) {
  Expression result = expression;
  result.sql = meaning(expression, scope);
  return result;
}

std::vector<IndexElement> in_meaning(std::vector<IndexElement> elements, const Scope& scope) {
  for (IndexElement& element : elements) {
    element.expression = in_meaning(element.expression, scope);
    if (element.operator_class.starts_with("public.")) element.operator_class.erase(0, 7);
    if (element.nulls_first == element.descending) element.nulls_first.reset();
  }
  return elements;
}

class ObjectReader {
 public:
  explicit ObjectReader(const Catalog& catalog) : catalog_(catalog) {}

  std::vector<ObjectText> read() {
    schemas();
    for (const auto& [name, of] : catalog_.tables) table(of);
    for (const auto& [name, of] : catalog_.indexes) index(of);
    for (const auto& [name, of] : catalog_.sequences) sequence(of);
    for (const auto& [name, of] : catalog_.views) view(of);
    for (const auto& [name, of] : catalog_.types) type(of);
    for (const auto& [key, of] : catalog_.functions) function(key, of);
    for (const auto& [key, of] : catalog_.objects) object(key, of);
    for (const auto& [of, where] : catalog_.privileges) privilege(of);
    opaque();
    std::sort(found_.begin(), found_.end(), [](const ObjectText& a, const ObjectText& b) {
      return std::pair(a.kind, a.name) < std::pair(b.kind, b.name);
    });
    return std::move(found_);
  }

 private:
  void add(Properties& properties) { found_.push_back(properties.done()); }

  void schemas() {
    for (const auto& [name, of] : catalog_.schemas) {
      const bool everywhere = of.implicit || name == "public";
      if (everywhere && of.comment.empty() && of.owner.empty()) continue;
      add(Properties("schema", quote_identifier(name))
              .set("comment", of.comment)
              .set("owner", of.owner));
    }
    for (const auto& [name, of] : catalog_.extensions) {
      const bool usual = of.comment == comment_of_extension(name);
      add(Properties("extension", quote_identifier(name))
              .set("comment", usual ? "" : of.comment)
              .set("schema", of.schema == "public" ? "" : of.schema)
              .set("version", of.version));
    }
  }

  void table(const Table& of) {
    const Scope scope{&catalog_, &of, nullptr};
    std::string key;
    if (of.partition_by) {
      PartitionKey by = *of.partition_by;
      by.elements = in_meaning(std::move(by.elements), scope);
      key = partition_key_sql(by);
    }
    add(Properties("table", to_sql(of.name))
            .set("access method", of.access_method == "heap" ? "" : of.access_method)
            .set("columns", column_names(own_columns(of)))
            .set("comment", of.comment)
            .flag("force row security", of.force_row_security)
            .set("inherits", names(of.inherits))
            .set("kind", of.kind == RelationKind::table ? "" : std::string(to_string(of.kind)))
            .set("of type", named(of.of_type))
            .set("options", options_sql(by_name(of.options)))
            .set("owner", of.owner)
            .set("partition by", key)
            .set("partition of", named(of.partition_of))
            .set("persistence", word(of.persistence))
            .set("replica identity", replica_identity(of))
            .flag("row security", of.row_security)
            .set("server", of.server)
            .set("tablespace", of.tablespace)
            .set("values", meaning_of_bound(of, catalog_)));
    for (const Column& one : of.columns) column(of, one);
    for (const Constraint& one : of.constraints) constraint(of, one);
    for (const Trigger& one : of.triggers) trigger(of.name, scope, one);
    parts("policy", of.name, scope, of.policies);
    parts("rule", of.name, scope, of.rules);
  }

  static std::string column_names(std::span<const Column> columns) {
    return joined(columns, [](const Column& column) { return quote_identifier(column.name); });
  }
  static std::string attribute(const Column& of) {
    return to_sql(of.type) + (of.collation.empty() ? "" : " COLLATE " + of.collation);
  }

  static std::string replica_identity(const Table& of) {
    if (of.replica_identity == 'i') return "index " + quote_identifier(of.replica_identity_index);
    return of.replica_identity == 'n' ? "nothing" : of.replica_identity == 'f' ? "full" : "";
  }

  std::vector<const Table*> parents_of(const Table& table) const {
    std::vector<QualifiedName> names = table.inherits;
    if (!table.partition_of.empty()) names.push_back(table.partition_of);
    std::vector<const Table*> parents;
    for (const QualifiedName& name : names)
      if (const auto parent = catalog_.tables.find(name); parent != catalog_.tables.end())
        parents.push_back(&parent->second);
    return parents;
  }

  /// Where a partition or child has its parents' columns first, as they have them, those are
  /// theirs.
  std::span<const Column> own_columns(const Table& table) const {
    auto own = table.columns.begin();
    std::set<std::string> seen;
    for (const Table* parent : parents_of(table))
      for (const Column& above : parent->columns) {
        if (!seen.insert(above.name).second) continue;
        if (own == table.columns.end() || own->name != above.name) return table.columns;
        ++own;
      }
    return {own, table.columns.end()};
  }

  static bool is_in_primary_key(const Table& table, const std::string& column) {
    const Constraint* key = table.primary_key();
    if (key == nullptr) return false;
    const std::vector<std::string>& columns = key->definition.columns;
    return std::find(columns.begin(), columns.end(), column) != columns.end();
  }

  /// A column of a partition or child that is like its parent's says nothing of its own. That a
  /// primary key makes it NOT NULL is no difference: the key says so.
  bool is_like_parents(const Table& table, const ObjectText& column, const Column& of) const {
    const std::vector<const Table*> parents = parents_of(table);
    if (parents.empty()) return false;
    const auto properties = [keyed = is_in_primary_key(table, of.name)](ObjectText text) {
      if (keyed)
        std::erase_if(text.properties, [](const auto& one) { return one.first == "not null"; });
      return text.properties;
    };
    return std::any_of(parents.begin(), parents.end(), [&](const Table* parent) {
      const Column* above = parent->column(of.name);
      return above != nullptr && properties(column) == properties(column_text(*parent, *above));
    });
  }

  void column(const Table& table, const Column& of) {
    ObjectText text = column_text(table, of);
    if (!is_like_parents(table, text, of)) found_.push_back(std::move(text));
  }

  ObjectText column_text(const Table& table, const Column& of) const {
    const Scope scope{&catalog_, &table, &of.type};
    const bool usual_name =
        of.not_null_name == make_object_name(table.name.name, of.name, "not_null");
    Properties properties("column", part_of(table.name, of.name));
    properties.set("collation", of.collation)
        .set("comment", of.comment)
        .set("compression", of.compression)
        .set("default", of.default_value ? meaning(*of.default_value, scope) : "")
        .flag("not null", of.not_null)
        .set("not null name", of.not_null && !usual_name ? of.not_null_name : "")
        .set("not null comment", of.not_null ? of.not_null_comment : "")
        .flag("not null no inherit", of.not_null_no_inherit)
        .flag("not null not valid", of.not_null_not_valid)
        .set("options", options_sql(by_name(of.options)))
        .set("statistics", of.statistics)
        .set("storage", of.storage)
        .set("type", to_sql(of.type));
    if (of.generated != Generated::no)
      properties.set("generated",
                     std::string(of.generated == Generated::stored ? "stored " : "virtual ") +
                         meaning(of.generation, scope));
    if (of.identity != Identity::no) properties.set("identity", identity(of));
    return properties.done();
  }

  static std::string identity(const Column& of) {
    const std::string options = sequence_options_sql(of.identity_options);
    return std::string(of.identity == Identity::always ? "always" : "by default") +
           (options.empty() ? "" : " " + options);
  }

  void constraint(const Table& table, const Constraint& of) {
    if (of.inherited && (!of.local || !table.partition_of.empty())) return;
    const Scope scope{&catalog_, &table, nullptr};
    ConstraintDefinition definition = of.definition;
    definition.expression = in_meaning(definition.expression, scope);
    definition.where = in_meaning(definition.where, scope);
    definition.exclusion = in_meaning(std::move(definition.exclusion), scope);
    for (std::string* action : {&definition.on_update, &definition.on_delete})
      if (*action == "NO ACTION") action->clear();
    if (definition.access_method == "btree") definition.access_method.clear();
    add(Properties("constraint", part_of(table.name, definition.name))
            .set("comment", of.comment)
            .set("definition", constraint_sql(definition, !of.validated)));
  }

  void trigger(const QualifiedName& relation, const Scope& scope, const Trigger& of) {
    add(Properties("trigger", part_of(relation, of.name))
            .set("comment", of.comment)
            .set("definition", meaning(of.definition, scope))
            .set("enabled", of.enabled == 'O' ? "" : std::string(1, of.enabled)));
  }

  void parts(const char* kind, const QualifiedName& relation, const Scope& scope,
             const std::vector<TableObject>& list) {
    for (const TableObject& of : list)
      add(Properties(kind, part_of(relation, of.name))
              .set("comment", of.comment)
              .set("definition", meaning(of.definition, scope))
              .set("enabled", of.enabled == 'O' ? "" : std::string(1, of.enabled)));
  }

  void index(const Index& of) {
    // A constraint's index is the constraint; one that belongs to the index of a partitioned table
    // is that index, whether the server made and named it or somebody attached it.
    if (!of.constraint.empty() || !of.parent.empty()) return;
    const auto table = catalog_.tables.find(of.table);
    const bool is_table = table != catalog_.tables.end();
    const Table view = is_table ? Table{} : columns_of_view(of.table);
    const Scope scope{&catalog_, is_table ? &table->second : &view, nullptr};
    Index copy = of;
    copy.elements = in_meaning(std::move(copy.elements), scope);
    copy.where = in_meaning(copy.where, scope);
    copy.options.clear();
    copy.tablespace.clear();
    copy.valid = true;
    Properties properties("index", to_sql(of.name));
    properties.flag("clustered", of.clustered)
        .set("comment", of.comment)
        .set("definition", create_sql(copy))
        .set("options", options_sql(by_name(of.options)))
        .set("tablespace", of.tablespace);
    for (const auto& [column, target] : of.statistics)
      properties.set("statistics of " + column, target);
    add(properties);
  }

  /// A materialized view as if it were a table of its columns.
  Table columns_of_view(const QualifiedName& name) const {
    Table relation;
    relation.name = name;
    const auto view = catalog_.views.find(name);
    if (view == catalog_.views.end()) return relation;
    for (const OutputColumn& output : output_columns(view->second, catalog_)) {
      Column& column = relation.columns.emplace_back();
      column.name = output.name;
      column.type.name.name = output.type;
    }
    return relation;
  }

  void sequence(const Sequence& of) {
    if (of.identity) return;
    const std::string owner =
        of.owner_table.empty() ? "" : part_of(of.owner_table, of.owner_column);
    add(Properties("sequence", to_sql(of.name))
            .set("comment", of.comment)
            .set("options", sequence_options_sql(of.options))
            .set("owned by", owner)
            .set("owner", of.owner)
            .set("persistence", word(of.persistence)));
  }

  void view(const View& of) {
    Properties properties("view", to_sql(of.name));
    properties.set("access method", of.access_method)
        .set("check option", of.check_option)
        .set("comment", of.comment)
        .flag("materialized", of.materialized)
        .set("options", options_sql(by_name(of.options)))
        .set("owner", of.owner)
        .set("query", meaning(of, catalog_))
        .set("tablespace", of.tablespace);
    for (const auto& [column, comment] : of.column_comments)
      properties.set("comment on " + quote_identifier(column), comment);
    for (const auto& [column, value] : of.column_defaults) {
      properties.set("default of " + quote_identifier(column),
                     meaning(value, {&catalog_, nullptr, nullptr}));
    }
    add(properties);
    for (const Trigger& one : of.triggers) trigger(of.name, {&catalog_, nullptr, nullptr}, one);
    parts("rule", of.name, {&catalog_, nullptr, nullptr}, of.rules);
  }

  void type(const Type& of) {
    Properties properties("type", to_sql(of.name));
    properties.set("comment", of.comment).set("owner", of.owner);
    switch (of.kind) {
      case TypeKind::enumeration:
        properties.set("kind", "enum")
            .set("values",
                 joined(of.values, [](const std::string& value) { return quote_literal(value); }));
        break;
      case TypeKind::domain:
        domain(of, properties);
        break;
      case TypeKind::composite:
        properties.set("kind", "composite").set("columns", column_names(of.attributes));
        for (const Column& one : of.attributes)
          properties.set("attribute " + quote_identifier(one.name), attribute(one))
              .set("comment on " + quote_identifier(one.name), one.comment);
        break;
      case TypeKind::range:
        properties.set("kind", "range")
            .set("options", options_sql(by_name(diffing::range_options(of))));
        break;
    }
    add(properties);
  }

  void domain(const Type& of, Properties& properties) {
    const Scope scope{&catalog_, nullptr, &of.base};
    const Table value = diffing::value_of(of);
    const Scope checks{&catalog_, &value, nullptr};
    properties.set("base", to_sql(of.base))
        .set("collation", of.collation)
        .set("default", of.default_value ? meaning(*of.default_value, scope) : "")
        .set("kind", "domain")
        .flag("not null", of.not_null);
    for (const Constraint& one : of.constraints) {
      ConstraintDefinition definition = one.definition;
      definition.expression = in_meaning(definition.expression, checks);
      const std::string name = quote_identifier(definition.name);
      properties.set("constraint " + name, constraint_sql(definition, !one.validated))
          .set("comment on constraint " + name, one.comment);
    }
  }

  void function(const std::string& key, const Function& of) {
    add(Properties("function", key)
            .set("comment", of.comment)
            .set("definition", meaning(of, catalog_))
            .set("owner", of.owner));
  }

  void object(const std::string& key, const OpaqueObject& of) {
    add(Properties("object", key)
            .set("comment", of.comment)
            .set("definition",
                 meaning(diffing::without_defaults(of), Scope{&catalog_, nullptr, nullptr}))
            .set("owner", of.owner));
  }

  void privilege(Privilege of) {
    const std::string value = of.revoked        ? "revoked"
                              : of.grant_option ? "with grant option"
                                                : "granted";
    of.revoked = of.grant_option = false;
    // GRANT … WITH GRANT OPTION and the same grant without it are one privilege.
    if (!found_.empty() && found_.back().kind == "privilege" &&
        found_.back().name == grant_sql(of)) {
      if (value == "with grant option") found_.back().properties.front().second = value;
      return;
    }
    add(Properties("privilege", grant_sql(of)).set("state", value));
  }

  /// Statements that are not modelled: each by its text, a repeated one by its count.
  void opaque() {
    std::map<std::string, int> counts;
    for (const OpaqueObject& of : catalog_.opaque) ++counts[of.definition];
    for (const auto& [definition, count] : counts)
      add(Properties("statement", definition)
              .set("count", count == 1 ? "" : std::to_string(count)));
  }

  const Catalog& catalog_;
  std::vector<ObjectText> found_;
};

}  // namespace

std::vector<ObjectText> object_texts(const Catalog& catalog) {
  return ObjectReader(catalog).read();
}

}  // namespace schemagate
