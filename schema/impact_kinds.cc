// SPDX-License-Identifier: MIT
#include "schema/impact_kinds.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "schema/builtin_types.h"

namespace schemagate {
namespace {

using Action = AlterTableAction;

/// One letter for each kind: table, partitioned table, foreign table, index, partitioned index (I),
/// Sequence, view, materialized view, composite type.
char letter_of(RelationKind kind) {
  constexpr std::string_view letters = "tpfiISvmc";
  constexpr RelationKind kinds[] = {
      RelationKind::table, RelationKind::partitioned_table, RelationKind::foreign_table,
      RelationKind::index, RelationKind::partitioned_index, RelationKind::sequence,
      RelationKind::view,  RelationKind::materialized_view, RelationKind::composite_type,
  };
  const auto* found = std::find(std::begin(kinds), std::end(kinds), kind);
  return letters[static_cast<std::size_t>(found - std::begin(kinds))];
}

bool is_one_of(RelationKind kind, std::string_view kinds) {
  return kinds.find(letter_of(kind)) != std::string_view::npos;
}

/// Which kinds a command of ALTER TABLE may be said of (ATPrepCmd), and its name in messages.
struct Allowed {
  Action action;
  std::string_view kinds;
  std::string_view words;
};
constexpr auto allowed = std::to_array<Allowed>({
    {Action::add_column, "tpf", "ADD COLUMN"},
    {Action::drop_column, "tpf", "DROP COLUMN"},
    {Action::set_default, "tpfv", "ALTER COLUMN ... SET DEFAULT"},
    {Action::drop_default, "tpfv", "ALTER COLUMN ... SET DEFAULT"},
    {Action::set_not_null, "tpf", "ALTER COLUMN ... SET NOT NULL"},
    {Action::drop_not_null, "tpf", "ALTER COLUMN ... DROP NOT NULL"},
    {Action::set_type, "tpf", "ALTER COLUMN ... SET DATA TYPE"},
    {Action::set_expression, "tpf", "ALTER COLUMN ... SET EXPRESSION"},
    {Action::drop_expression, "tpf", "ALTER COLUMN ... DROP EXPRESSION"},
    {Action::add_identity, "tpfv", "ALTER COLUMN ... ADD IDENTITY"},
    {Action::set_identity, "tpfv", "ALTER COLUMN ... SET"},
    {Action::drop_identity, "tpfv", "ALTER COLUMN ... DROP IDENTITY"},
    {Action::set_statistics, "tpfiIm", "ALTER COLUMN ... SET STATISTICS"},
    {Action::set_storage, "tpfm", "ALTER COLUMN ... SET STORAGE"},
    {Action::set_compression, "tpm", "ALTER COLUMN ... SET COMPRESSION"},
    {Action::set_column_options, "tpfm", "ALTER COLUMN ... SET"},
    {Action::reset_column_options, "tpfm", "ALTER COLUMN ... RESET"},
    {Action::add_constraint, "tpf", "ADD CONSTRAINT"},
    {Action::alter_constraint, "tp", "ALTER CONSTRAINT"},
    {Action::validate_constraint, "tpf", "VALIDATE CONSTRAINT"},
    {Action::drop_constraint, "tpf", "DROP CONSTRAINT"},
    {Action::set_logged, "tpS", "SET LOGGED"},
    {Action::set_unlogged, "tpS", "SET UNLOGGED"},
    {Action::set_access_method, "tpm", "SET ACCESS METHOD"},
    {Action::set_tablespace, "tpmiI", "SET TABLESPACE"},
    {Action::cluster_on, "tpm", "CLUSTER ON"},
    {Action::set_without_cluster, "tpm", "SET WITHOUT CLUSTER"},
    {Action::replica_identity, "tpm", "REPLICA IDENTITY"},
    {Action::attach_partition, "tpI", "ATTACH PARTITION"},
    {Action::detach_partition, "tp", "DETACH PARTITION"},
    {Action::detach_partition_finalize, "tp", "DETACH PARTITION ... FINALIZE"},
    {Action::inherit, "tpf", "INHERIT"},
    {Action::no_inherit, "tpf", "NO INHERIT"},
    {Action::of_type, "tp", "OF"},
    {Action::not_of_type, "tp", "NOT OF"},
    {Action::enable_trigger, "tpf", "ENABLE TRIGGER"},
    {Action::disable_trigger, "tpf", "DISABLE TRIGGER"},
    {Action::enable_always_trigger, "tpf", "ENABLE ALWAYS TRIGGER"},
    {Action::enable_replica_trigger, "tpf", "ENABLE REPLICA TRIGGER"},
    {Action::enable_rule, "tp", "ENABLE RULE"},
    {Action::disable_rule, "tp", "DISABLE RULE"},
    {Action::enable_row_security, "tp", "ENABLE ROW SECURITY"},
    {Action::disable_row_security, "tp", "DISABLE ROW SECURITY"},
    {Action::force_row_security, "tp", "FORCE ROW SECURITY"},
    {Action::no_force_row_security, "tp", "NO FORCE ROW SECURITY"},
    {Action::add_attribute, "c", "ADD ATTRIBUTE"},
    {Action::drop_attribute, "c", "DROP ATTRIBUTE"},
    {Action::set_attribute_type, "c", "ALTER ATTRIBUTE ... SET DATA TYPE"},
});

/// A view can't be defined over the relation, nor may rows be asked of it.
void check_references(ImpactBuilder& b, const References& references) {
  for (const RelationUse& use : references.relations) {
    const auto name = b.resolve(use.name);
    const auto kind = name ? b.catalog().relation_kind(*name) : std::nullopt;
    if (!kind) continue;
    if (is_one_of(*kind, "iIc")) {
      b.fail("42809", "cannot open relation " + quoted(name->name));
    } else if (use.mode == 2 && is_one_of(*kind, "mS")) {
      b.fail("42809",
             "cannot lock rows in " + std::string(to_string(*kind)) + " " + quoted(name->name));
    }
  }
}

/// The words of ALTER, COMMENT ON and the like that name one kind, and the kinds they take.
std::string_view kinds_of(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::view:
      return "v";
    case ObjectKind::materialized_view:
      return "m";
    case ObjectKind::foreign_table:
      return "f";
    case ObjectKind::sequence:
      return "S";
    case ObjectKind::index:
      return "iI";
    default:
      return {};
  }
}

bool is_of_other_kind(ImpactBuilder& b, ObjectKind wanted, const QualifiedName& written) {
  const std::string_view kinds = kinds_of(wanted);
  const auto name = kinds.empty() ? std::nullopt : b.resolve(written);
  const auto kind = name ? b.catalog().relation_kind(*name) : std::nullopt;
  if (!kind || is_one_of(*kind, kinds)) return false;
  b.fail("42809", quoted(name->name) + " is not a " + std::string(to_string(*kind)));
  return true;
}

/// Where only part of the schema is known, none of these refusals (42809) is certain.
void check_body(ImpactBuilder& b, const AlterTable& s) {
  if (b.session().partial) return;
  const auto name = b.resolve(s.name);
  const auto kind = name ? b.catalog().relation_kind(*name) : std::nullopt;
  if (!kind || is_of_other_kind(b, s.kind, s.name)) return;
  if (s.kind == ObjectKind::table && *kind == RelationKind::composite_type) {
    b.fail("42809", quoted(name->name) + " is a composite type");
    return;
  }
  for (const AlterTableCommand& c : s.commands) {
    const bool options = c.action == Action::set_options || c.action == Action::reset_options;
    if (options && *kind == RelationKind::sequence) {
      b.fail("42809", "ALTER action SET cannot be performed on relation " + quoted(name->name));
      return;
    }
    const auto* row = std::find_if(allowed.begin(), allowed.end(),
                                   [&](const Allowed& a) { return a.action == c.action; });
    if (row == allowed.end() || is_one_of(*kind, row->kinds)) continue;
    b.fail("42809", "ALTER action " + std::string(row->words) +
                        " cannot be performed on relation " + quoted(name->name));
    return;
  }
  const Table* table = b.table(*name);
  if (!table || table->of_type.empty()) return;
  for (const AlterTableCommand& c : s.commands) {
    const bool changes = c.action == Action::add_column || c.action == Action::drop_column ||
                         c.action == Action::set_type;
    if (changes) b.fail("42809", "cannot change a column of typed table " + quoted(name->name));
  }
}

void check_body(ImpactBuilder& b, const Rename& s) {
  // ALTER INDEX … RENAME takes every relation.
  if (s.object.kind != ObjectKind::index && is_of_other_kind(b, s.object.kind, s.object.name)) {
    return;
  }
  if (s.object.kind != ObjectKind::column && s.object.kind != ObjectKind::constraint) return;
  const auto name = b.resolve(s.object.name);
  if (!name) return;
  if (b.catalog().relation_kind(*name) == RelationKind::sequence) {
    b.fail("42809", "cannot rename columns of relation " + quoted(name->name));
  } else if (const Table* table = b.table(*name); table && !table->of_type.empty()) {
    b.fail("42809", "cannot rename column of typed table");
  }
}

void check_body(ImpactBuilder& b, const SetSchema& s) {
  if (is_of_other_kind(b, s.object.kind, s.object.name)) return;
  const auto name = s.object.kind == ObjectKind::table ? b.resolve(s.object.name) : std::nullopt;
  const auto kind = name ? b.catalog().relation_kind(*name) : std::nullopt;
  if (kind && is_one_of(*kind, "iI")) {
    b.fail("42809", "cannot change schema of index " + quoted(name->name));
  }
}

/// A type that is no domain.
void check_domain(ImpactBuilder& b, const ObjectName& object) {
  const auto name = object.kind == ObjectKind::domain
                        ? resolve_type(b.catalog(), b.session(), object.name)
                        : std::nullopt;
  const auto found = name ? b.catalog().types.find(*name) : b.catalog().types.end();
  if (found != b.catalog().types.end() && found->second.kind != TypeKind::domain) {
    b.fail("42809", quoted(name->name) + " is not a domain");
  }
}

void check_body(ImpactBuilder& b, const Drop& s) {
  for (const ObjectName& object : s.objects) check_domain(b, object);
}

void check_body(ImpactBuilder& b, const Comment& s) {
  check_domain(b, s.object);
  if (is_of_other_kind(b, s.object.kind, s.object.name)) return;
  const auto name = s.object.kind == ObjectKind::table ? b.resolve(s.object.name) : std::nullopt;
  const auto kind = name ? b.catalog().relation_kind(*name) : std::nullopt;
  if (kind && !is_one_of(*kind, "tp")) b.fail("42809", quoted(name->name) + " is not a table");
}

/// Privileges that tables do not have, and columns that are not there.
void check_table_privileges(ImpactBuilder& b, const Grant& s) {
  constexpr std::string_view known[] = {"SELECT",   "INSERT",     "UPDATE",  "DELETE",
                                        "TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"};
  for (const ObjectName& object : s.objects) {
    const auto name = object.kind == ObjectKind::table ? b.resolve(object.name) : std::nullopt;
    const Table* table = name ? b.table(*name) : nullptr;
    if (!table) continue;
    for (const std::string& privilege : s.privileges) {
      const auto space = privilege.find(" (");
      const std::string word = privilege.substr(0, space);
      if (std::find(std::begin(known), std::end(known), word) == std::end(known)) {
        b.fail("0LP01", "invalid privilege type " + word + " for table");
      }
      if (space == std::string::npos || table->incomplete) continue;
      const std::string list = privilege.substr(space + 2, privilege.size() - space - 3);
      for (const std::string_view part : split(list, ',')) {
        const std::string column(trim(part));
        if (table->column(column) || column.starts_with('"') || is_system_column(column)) continue;
        b.fail("42703", "column " + quoted(column) + " of relation " + quoted(name->name) +
                            " does not exist");
      }
    }
  }
}

void check_body(ImpactBuilder& b, const Grant& s) {
  if (s.all_in_schema || s.role_membership) return;
  check_table_privileges(b, s);
  for (const ObjectName& object : s.objects) {
    if (object.kind == ObjectKind::sequence && is_of_other_kind(b, object.kind, object.name)) {
      return;
    }
    const auto name = object.kind == ObjectKind::table ? b.resolve(object.name) : std::nullopt;
    const auto kind = name ? b.catalog().relation_kind(*name) : std::nullopt;
    if (kind && is_one_of(*kind, "iI")) b.fail("42809", quoted(name->name) + " is an index");
  }
}

void check_body(ImpactBuilder& b, const Reindex& s) {
  if (s.concurrently) b.not_in_transaction("REINDEX CONCURRENTLY");
  const auto name = b.resolve(s.name);
  const auto kind = name ? b.catalog().relation_kind(*name) : std::nullopt;
  if (!kind) return;
  if (s.kind == ReindexKind::index && !is_one_of(*kind, "iI")) {
    b.fail("42809", quoted(name->name) + " is not an index");
  } else if (s.kind == ReindexKind::table && !is_one_of(*kind, "tpm")) {
    b.fail("42809", quoted(name->name) + " is not a table or materialized view");
  }
}

void refuse_unless_stored(ImpactBuilder& b, const QualifiedName& written) {
  const auto name = b.resolve(written);
  const auto kind = name ? b.catalog().relation_kind(*name) : std::nullopt;
  if (kind && !is_one_of(*kind, "tpm")) {
    b.fail("42809", quoted(name->name) + " is not a table or materialized view");
  }
}
void check_body(ImpactBuilder& b, const Cluster& s) { refuse_unless_stored(b, s.table); }
void check_body(ImpactBuilder& b, const Refresh& s) { refuse_unless_stored(b, s.name); }

void check_trigger(ImpactBuilder& b, const std::string& sql, const QualifiedName& table,
                   RelationKind kind, bool constraint_trigger) {
  const bool instead = sql.find(" INSTEAD OF ") != std::string::npos;
  const bool rows = sql.find("FOR EACH ROW") != std::string::npos;
  if (kind == RelationKind::view) {
    if ((rows && !instead) || constraint_trigger) {
      b.fail("42809", quoted(table.name) + " is a view");
    }
  } else if (!is_one_of(kind, "tpf")) {
    b.fail("42809", "relation " + quoted(table.name) + " cannot have triggers");
  } else if (instead) {
    b.fail("42809", quoted(table.name) + " is a table");
  }
}

void check_body(ImpactBuilder& b, const CreateObject& s) {
  const bool statistics = s.object.kind == ObjectKind::statistics;
  const auto& uses = s.references.relations;
  const auto name = b.resolve(statistics && !uses.empty() ? uses.front().name : s.object.name);
  const auto kind = name ? b.catalog().relation_kind(*name) : std::nullopt;
  if (!kind) return;
  if (s.object.kind == ObjectKind::trigger) {
    check_trigger(b, s.definition, *name, *kind, s.constraint_trigger);
  } else if (s.object.kind == ObjectKind::rule && *kind == RelationKind::materialized_view) {
    b.fail("0A000", "rules on materialized views are not supported");
  } else if (s.object.kind == ObjectKind::policy && !is_one_of(*kind, "tp")) {
    b.fail("42809", quoted(name->name) + " is not a table");
  } else if (statistics && !is_one_of(*kind, "tpfm")) {
    b.fail("42809", "cannot define statistics for relation " + quoted(name->name));
  }
}

void check_body(ImpactBuilder& b, const AlterObject& s) {
  if (s.object.kind != ObjectKind::policy) return;
  const auto name = b.resolve(s.object.name);
  const auto kind = name ? b.catalog().relation_kind(*name) : std::nullopt;
  if (kind && !is_one_of(*kind, "tp")) b.fail("42809", quoted(name->name) + " is not a table");
}

void check_body(ImpactBuilder& b, const DataStatement& s) {
  check_references(b, s.references);
  const auto name = b.resolve(s.target);
  const auto kind = name ? b.catalog().relation_kind(*name) : std::nullopt;
  if (!kind) return;
  if (s.kind == DataKind::copy_to && is_one_of(*kind, "pS")) {
    b.fail("42809", "cannot copy from " + std::string(to_string(*kind)) + " " + quoted(name->name));
  } else if (s.kind == DataKind::merge && !is_one_of(*kind, b.major() >= 17 ? "tpv" : "tp")) {
    b.fail("0A000", "cannot execute MERGE on relation " + quoted(name->name));
  }
}

void check_body(ImpactBuilder& b, const CreateTable& s) {
  for (const QualifiedName& parent : s.inherits) {
    const auto name = b.resolve(parent);
    const Table* table = name ? b.table(*name) : nullptr;
    if (table && !table->partition_of.empty()) {
      b.fail("42809", "cannot inherit from partition " + quoted(name->name));
    }
  }
}

void check_body(ImpactBuilder& b, const CreateTableAs& s) {
  check_references(b, s.query.references);
}
void check_body(ImpactBuilder& b, const CreateView& s) { check_references(b, s.query.references); }

template <class Body>
void check_body(ImpactBuilder&, const Body&) {}

}  // namespace

void check_kinds(ImpactBuilder& b, const Statement& statement) {
  std::visit([&](const auto& body) { check_body(b, body); }, statement.body);
}

}  // namespace schemagate
