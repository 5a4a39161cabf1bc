// SPDX-License-Identifier: MIT
// GRANT and REVOKE, taken apart: one privilege of one grantee on one object each.
#include <algorithm>
#include <array>

#include "schema/apply_parts.h"
#include "schema/default_privileges.h"

namespace schemagate {
namespace {

/// What a privilege is kept on: all relations but sequences count as tables, all routines as
/// functions.
struct Target {
  ObjectKind kind = ObjectKind::table;
  std::string object;
  std::string owner = {};  ///< empty: not known
};

std::vector<std::string> all_privileges(const Execution& run, ObjectKind kind, bool columns) {
  switch (kind) {
    case ObjectKind::table: {
      if (columns) return {"INSERT", "REFERENCES", "SELECT", "UPDATE"};
      std::vector<std::string> all{"DELETE",  "INSERT",   "REFERENCES", "SELECT",
                                   "TRIGGER", "TRUNCATE", "UPDATE"};
      if (run.session.postgres >= 17) all.emplace_back("MAINTAIN");
      return all;
    }
    case ObjectKind::sequence:
      return {"SELECT", "UPDATE", "USAGE"};
    case ObjectKind::function:
      return {"EXECUTE"};
    case ObjectKind::schema:
      return {"CREATE", "USAGE"};
    case ObjectKind::database:
      return {"CONNECT", "CREATE", "TEMPORARY"};
    case ObjectKind::tablespace:
      return {"CREATE"};
    case ObjectKind::large_object:
      return {"SELECT", "UPDATE"};
    case ObjectKind::parameter:
      return {"ALTER SYSTEM", "SET"};
    default:
      return {"USAGE"};
  }
}

/// What PUBLIC and the owner may do from the start: a REVOKE of it is worth keeping, a GRANT of it
/// is not.
bool is_default(const Execution& run, const Privilege& privilege, const std::string& owner) {
  if (!owner.empty() && privilege.grantee == owner) return privilege.column.empty();
  if (privilege.grantee != "PUBLIC" || privilege.grant_option) return false;
  switch (privilege.kind) {
    case ObjectKind::function:
      return privilege.privilege == "EXECUTE";
    case ObjectKind::type:
    case ObjectKind::language:
      return privilege.privilege == "USAGE";
    case ObjectKind::database:
      return privilege.privilege == "CONNECT" || privilege.privilege == "TEMPORARY";
    case ObjectKind::schema:
      return privilege.object == "public" &&
             (privilege.privilege == "USAGE" ||
              (privilege.privilege == "CREATE" && run.session.postgres < 15));
    default:
      return false;
  }
}

std::optional<Target> relation_target(Execution& run, const ObjectName& object) {
  const auto name = run.relation(object.name);
  if (!name) {
    run.missing_relation(object.name);
    return std::nullopt;
  }
  const auto sequence = run.catalog.sequences.find(*name);
  if (sequence != run.catalog.sequences.end())
    return Target{ObjectKind::sequence, to_sql(*name), sequence->second.owner};
  const auto table = run.catalog.tables.find(*name);
  const auto view = run.catalog.views.find(*name);
  return Target{ObjectKind::table, to_sql(*name),
                table != run.catalog.tables.end() ? table->second.owner
                : view != run.catalog.views.end() ? view->second.owner
                                                  : ""};
}

std::optional<Target> routine_target(Execution& run, const ObjectName& object) {
  const std::string signature = run.resolved_signature(object.signature);
  if (const auto key = run.function(object.name, signature))
    return Target{ObjectKind::function, *key, run.catalog.functions.at(*key).owner};
  ObjectName aggregate = object;
  aggregate.kind = ObjectKind::aggregate;
  if (const auto key = existing_object_key(run, aggregate)) {
    return Target{ObjectKind::function, key->substr(std::string_view("AGGREGATE ").size())};
  }
  // A function of an extension, or of PostgreSQL itself.
  if (!run.catalog.extensions.empty() || object.name.schema == "pg_catalog") {
    return Target{ObjectKind::function, to_sql(object.name) + signature};
  }
  run.refuse_missing("42883", "function " + object.sql + " does not exist", object.name);
  return std::nullopt;
}

std::optional<Target> target_of(Execution& run, const ObjectName& object) {
  switch (object.kind) {
    case ObjectKind::table:
    case ObjectKind::foreign_table:
    case ObjectKind::view:
    case ObjectKind::materialized_view:
    case ObjectKind::sequence:
      return relation_target(run, object);
    case ObjectKind::function:
    case ObjectKind::procedure:
    case ObjectKind::routine:
    case ObjectKind::aggregate:
      return routine_target(run, object);
    case ObjectKind::type:
    case ObjectKind::domain: {
      const auto name = run.type(object.name);
      if (name) {
        const auto type = run.catalog.types.find(*name);
        return Target{ObjectKind::type, to_sql(*name),
                      type == run.catalog.types.end() ? "" : type->second.owner};
      }
      run.refuse_missing("42704", "type \"" + object.name.name + "\" does not exist", object.name);
      return std::nullopt;
    }
    case ObjectKind::schema:
      if (!run.use_schema(object.name.name)) return std::nullopt;
      return Target{ObjectKind::schema, quote_identifier(object.name.name),
                    run.catalog.schemas.at(object.name.name).owner};
    default:
      return Target{object.kind, object.sql};
  }
}

/// ALL TABLES IN SCHEMA …: the objects that are there now.
std::vector<Target> targets_in_schema(const Catalog& catalog, ObjectKind kind,
                                      const std::string& schema) {
  std::vector<Target> targets;
  const auto add = [&](const auto& map, ObjectKind as) {
    for (auto at = map.lower_bound({schema, ""}); at != map.end() && at->first.schema == schema;
         ++at) {
      targets.push_back({as, to_sql(at->first), at->second.owner});
    }
  };
  if (kind == ObjectKind::sequence) {
    add(catalog.sequences, ObjectKind::sequence);
  } else if (kind == ObjectKind::table) {
    add(catalog.tables, ObjectKind::table);
    add(catalog.views, ObjectKind::table);
  } else {
    for (const auto& [key, function] : catalog.functions) {
      const bool wanted = kind == ObjectKind::routine ||
                          function.definition.procedure == (kind == ObjectKind::procedure);
      if (wanted && function.definition.name.schema == schema)
        targets.push_back({ObjectKind::function, key, function.owner});
    }
  }
  return targets;
}

/// "SELECT (a, \"B\")" → SELECT and the columns.
std::pair<std::string, std::vector<std::string>> parts_of(const std::string& written) {
  const auto open = written.find(" (");
  if (open == std::string::npos) return {written == "TEMP" ? "TEMPORARY" : written, {}};
  std::vector<std::string> columns;
  std::string column;
  bool quoted = false;
  for (std::size_t i = open + 2; i < written.size(); ++i) {
    const char c = written[i];
    if (c == '"') {
      const bool doubled = quoted && i + 1 < written.size() && written[i + 1] == '"';
      if (doubled) {
        column += written[i++];
      } else {
        quoted = !quoted;
      }
    } else if (!quoted && (c == ',' || c == ')')) {
      columns.push_back(std::move(column));
      column.clear();
    } else if (quoted || c != ' ') {
      column += c;
    }
  }
  return {written.substr(0, open), std::move(columns)};
}

void grant(Execution& run, const Privilege& privilege, const std::string& owner) {
  Privilege other = privilege;
  other.revoked = true;
  run.erase(&Catalog::privileges, other);
  other.revoked = false;
  other.grant_option = !privilege.grant_option;
  const bool has_option = other.grant_option && run.catalog.privileges.count(other) != 0;
  if (has_option) return;  // it includes the plain privilege
  if (privilege.grant_option) run.erase(&Catalog::privileges, other);
  if (!is_default(run, privilege, owner) && run.catalog.privileges.count(privilege) == 0) {
    run.put(&Catalog::privileges, privilege, run.span);
  }
}

void revoke(Execution& run, Privilege privilege, const std::string& owner, bool only_option) {
  privilege.grant_option = true;
  const bool had = run.catalog.privileges.count(privilege) != 0;
  run.erase(&Catalog::privileges, privilege);
  privilege.grant_option = false;
  if (only_option) {
    if (had) run.put(&Catalog::privileges, privilege, run.span);
    return;
  }
  run.erase(&Catalog::privileges, privilege);
  if (!is_default(run, privilege, owner)) return;
  privilege.revoked = true;
  run.put(&Catalog::privileges, privilege, run.span);
}

/// REVOKE of a table's privilege takes the column's with it.
void revoke_columns(Execution& run, const Privilege& privilege) {
  Privilege first;
  first.kind = privilege.kind;
  first.object = privilege.object;
  std::vector<Privilege> of_columns;
  for (auto at = run.catalog.privileges.lower_bound(first);
       at != run.catalog.privileges.end() && at->first.object == privilege.object; ++at) {
    const bool same =
        at->first.grantee == privilege.grantee && at->first.privilege == privilege.privilege;
    if (same && !at->first.column.empty()) of_columns.push_back(at->first);
  }
  for (const auto& one : of_columns) run.erase(&Catalog::privileges, one);
}

void change(Execution& run, const Grant& statement, const Target& target,
            const std::string& written) {
  auto [name, columns] = parts_of(written);
  const bool of_columns = !columns.empty();
  if (!of_columns) columns.emplace_back();
  auto names =
      name == "ALL" ? all_privileges(run, target.kind, of_columns) : std::vector<std::string>{name};
  for (const auto& privilege_name : names) {
    for (const auto& column : columns) {
      for (const auto& grantee : statement.grantees) {
        Privilege privilege;
        privilege.kind = target.kind;
        privilege.object = target.object;
        privilege.column = column;
        privilege.privilege = privilege_name;
        privilege.grantee = grantee;
        if (statement.grant) {
          privilege.grant_option = statement.with_grant_option;
          grant(run, privilege, target.owner);
        } else {
          if (column.empty()) revoke_columns(run, privilege);
          revoke(run, privilege, target.owner, statement.with_grant_option);
        }
      }
    }
  }
}

}  // namespace

void change_owner(Execution& run, ObjectKind kind, const std::string& object, std::string& owner,
                  const std::string& to) {
  const PassedPrivileges passed = pass_to_owner(run.catalog.privileges, kind, object, owner, to);
  for (const Privilege& privilege : passed.gone) run.erase(&Catalog::privileges, privilege);
  for (const auto& [privilege, where] : passed.made)
    run.put(&Catalog::privileges, privilege, where);
  owner = to;
}

void grant_defaults(Execution& run, ObjectKind kind, const std::string& schema,
                    const std::string& object) {
  const auto entries = default_privileges(run.catalog);
  for (const Privilege& privilege : privileges_by_default(entries, kind, schema, object)) {
    if (privilege.revoked)
      revoke(run, privilege, "", false);
    else
      grant(run, privilege, "");
  }
}

void perform(Execution& run, const Grant& statement) {
  if (statement.role_membership) return;  // the cluster's, not the schema's
  std::vector<Target> targets;
  for (const auto& object : statement.objects) {
    if (statement.all_in_schema) {
      if (!run.use_schema(object.name.name)) return;
      for (auto& target :
           targets_in_schema(run.catalog, statement.all_in_schema_kind, object.name.name)) {
        targets.push_back(std::move(target));
      }
      continue;
    }
    auto target = target_of(run, object);
    if (!target) return;
    targets.push_back(std::move(*target));
  }
  for (const auto& target : targets) {
    if (statement.privileges.empty()) change(run, statement, target, "ALL");
    for (const auto& privilege : statement.privileges) change(run, statement, target, privilege);
  }
}

namespace {

std::string role_sql(const std::string& role) {
  const bool keyword = role == "PUBLIC" || role == "CURRENT_USER" || role == "SESSION_USER" ||
                       role == "CURRENT_ROLE";
  return keyword ? role : quote_identifier(role);
}

/// "TABLES", as ALTER DEFAULT PRIVILEGES has it.
std::string plural_of(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::sequence:
      return "SEQUENCES";
    case ObjectKind::function:
    case ObjectKind::procedure:
    case ObjectKind::routine:
      return "FUNCTIONS";
    case ObjectKind::type:
      return "TYPES";
    case ObjectKind::schema:
      return "SCHEMAS";
    case ObjectKind::large_object:
      return "LARGE OBJECTS";
    default:
      return "TABLES";
  }
}

/// One privilege of one grantee on what one role will make: "… GRANT SELECT ON TABLES TO reader".
struct DefaultPrivilege {
  std::string start, privilege, objects, grantee;
  std::string sql(bool grant, bool option) const {
    return start + (grant ? "GRANT " : "REVOKE ") + privilege + " ON " + objects +
           (grant ? " TO " : " FROM ") + grantee + (option ? " WITH GRANT OPTION" : "");
  }
  /// Everybody has it from the beginning, unless it is taken away for all schemas.
  bool is_from_start() const {
    return grantee == "PUBLIC" && ((objects == "FUNCTIONS" && privilege == "EXECUTE") ||
                                   (objects == "TYPES" && privilege == "USAGE"));
  }
};

void set_default(Execution& run, const DefaultPrivilege& of, const AlterDefaultPrivileges& how) {
  const bool option = how.grant && how.with_grant_option;
  const bool in_schema = !how.schemas.empty();
  bool had = false;
  for (const auto& old : {of.sql(true, false), of.sql(true, true), of.sql(false, false)}) {
    had = had || (old != of.sql(false, false) && run.catalog.objects.count(old) != 0);
    run.erase(&Catalog::objects, old);
  }
  const bool only_option = !how.grant && how.with_grant_option;
  if (only_option && !had) return;
  const bool grants = how.grant || only_option;
  if (grants ? of.is_from_start() && !option && !in_schema : in_schema || !of.is_from_start())
    return;
  OpaqueObject object;
  object.object.kind = ObjectKind::default_privileges;
  object.object.sql = object.definition = of.sql(grants, option);
  object.where = run.span;
  const std::string key = object.definition;
  run.put(&Catalog::objects, key, std::move(object));
}

}  // namespace

void perform(Execution& run, const AlterDefaultPrivileges& statement) {
  const std::vector<std::string> any{""};
  const ObjectKind kind =
      plural_of(statement.objects) == "FUNCTIONS" ? ObjectKind::function : statement.objects;
  std::vector<std::string> names;
  for (const auto& name : statement.privileges) {
    if (name != "ALL") names.push_back(name);
  }
  if (names.empty()) names = all_privileges(run, kind, false);
  for (const auto& written : statement.roles.empty() ? any : statement.roles) {
    // Who runs the statement is who makes the objects, unless another role is named.
    const bool own =
        written == "CURRENT_USER" || written == "CURRENT_ROLE" || written == "SESSION_USER";
    const std::string role = own ? "" : written;
    for (const auto& schema : statement.schemas.empty() ? any : statement.schemas) {
      const std::string start =
          "ALTER DEFAULT PRIVILEGES " + (role.empty() ? "" : "FOR ROLE " + role_sql(role) + " ") +
          (schema.empty() ? "" : "IN SCHEMA " + quote_identifier(schema) + " ");
      for (const auto& name : names) {
        for (const auto& grantee : statement.grantees)
          set_default(run, {start, name, plural_of(statement.objects), role_sql(grantee)},
                      statement);
      }
    }
  }
}

}  // namespace schemagate
