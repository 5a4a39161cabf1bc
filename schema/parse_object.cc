// SPDX-License-Identifier: MIT
// Statements about objects of any kind: DROP, RENAME, OWNER TO, SET SCHEMA, COMMENT, GRANT.
#include "base/text.h"
#include "schema/parse_lexer.h"
#include "schema/parse_tree.h"

extern "C" {
#include "nodes/value.h"
}

namespace schemagate::tree {
namespace {

Rename rename(const RenameStmt* statement) {
  Rename rename;
  rename.new_name = text_of(statement->newname);
  rename.if_exists = statement->missing_ok;
  rename.cascade = statement->behavior == DROP_CASCADE;
  rename.only = statement->relation != nullptr && !statement->relation->inh;
  const ObjectType type = statement->renameType;
  if (type == OBJECT_DOMCONSTRAINT) {
    rename.object =
        named(ObjectKind::domain_constraint, reinterpret_cast<List*>(statement->object));
    rename.object.part = text_of(statement->subname);
    rename.object.sql = quote_identifier(rename.object.part) + " ON DOMAIN " + rename.object.sql;
  } else if (statement->relation != nullptr) {
    rename.object = object_of(type, statement->relation, statement->subname);
  } else if (statement->object != nullptr) {
    rename.object = object_of(type, statement->object);
  } else {
    rename.object = named(kind_of(type), statement->subname);
  }
  return rename;
}

Drop drop(const DropStmt* statement) {
  Drop drop;
  drop.cascade = statement->behavior == DROP_CASCADE;
  drop.if_exists = statement->missing_ok;
  drop.concurrently = statement->concurrent;
  for (auto* object : each<Node>(statement->objects)) {
    drop.objects.push_back(object_of(statement->removeType, object));
  }
  return drop;
}

Drop drop_roles(const DropRoleStmt* statement) {
  Drop drop;
  drop.if_exists = statement->missing_ok;
  for (const auto* role : each<RoleSpec>(statement->roles)) {
    drop.objects.push_back(named(ObjectKind::role, role_of(role)));
  }
  return drop;
}

Drop drop_user_mapping(const DropUserMappingStmt* statement) {
  Drop drop;
  drop.if_exists = statement->missing_ok;
  drop.objects.push_back(user_mapping(statement->user, statement->servername));
  return drop;
}

Comment comment(const CommentStmt* statement) {
  Comment comment;
  comment.object = object_of(statement->objtype, statement->object);
  if (statement->comment != nullptr) comment.text = statement->comment;
  return comment;
}

}  // namespace

std::optional<StatementBody> object_statement(const Source&, Node* statement) {
  switch (tag_of(statement)) {
    case T_RenameStmt:
      return rename(reinterpret_cast<RenameStmt*>(statement));
    case T_AlterObjectSchemaStmt: {
      const auto* alter = reinterpret_cast<AlterObjectSchemaStmt*>(statement);
      return SetSchema{relation_or_object(alter->objectType, alter->relation, alter->object),
                       text_of(alter->newschema), alter->missing_ok};
    }
    case T_AlterOwnerStmt: {
      const auto* alter = reinterpret_cast<AlterOwnerStmt*>(statement);
      return SetOwner{relation_or_object(alter->objectType, alter->relation, alter->object),
                      role_of(alter->newowner)};
    }
    case T_DropStmt:
      return drop(reinterpret_cast<DropStmt*>(statement));
    case T_DropRoleStmt:
      return drop_roles(reinterpret_cast<DropRoleStmt*>(statement));
    case T_DropUserMappingStmt:
      return drop_user_mapping(reinterpret_cast<DropUserMappingStmt*>(statement));
    case T_CommentStmt:
      return comment(reinterpret_cast<CommentStmt*>(statement));
    default:
      return std::nullopt;
  }
}

// ---- grants ----

namespace {

std::string privilege_of(const AccessPriv* privilege) {
  std::string sql = privilege->priv_name == nullptr ? "ALL" : text_of(privilege->priv_name);
  for (char& c : sql) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  if (privilege->cols != nullptr) sql += " (" + to_sql(strings_of(privilege->cols)) + ")";
  return sql;
}

}  // namespace

std::vector<std::string> roles_of(const List* roles) {
  std::vector<std::string> names;
  for (const auto* role : each<RoleSpec>(roles)) names.push_back(role_of(role));
  return names;
}

Grant grant(const GrantStmt* statement) {
  Grant grant;
  grant.grant = statement->is_grant;
  grant.with_grant_option = statement->grant_option;
  grant.cascade = statement->behavior == DROP_CASCADE;
  for (const auto* privilege : each<AccessPriv>(statement->privileges)) {
    grant.privileges.push_back(privilege_of(privilege));
  }
  grant.all_in_schema = statement->targtype == ACL_TARGET_ALL_IN_SCHEMA;
  if (grant.all_in_schema) grant.all_in_schema_kind = kind_of(statement->objtype);
  const ObjectType type = grant.all_in_schema ? OBJECT_SCHEMA : statement->objtype;
  for (auto* object : each<Node>(statement->objects)) {
    grant.objects.push_back(object_of(type, object));
  }
  grant.grantees = roles_of(statement->grantees);
  return grant;
}

Grant grant_role(const GrantRoleStmt* statement) {
  Grant grant;
  grant.role_membership = true;
  grant.grant = statement->is_grant;
  grant.cascade = statement->behavior == DROP_CASCADE;
  for (const auto* role : each<AccessPriv>(statement->granted_roles)) {
    grant.privileges.push_back(text_of(role->priv_name));
  }
  for (const auto* option : each<DefElem>(statement->opt)) {
    if (text_of(option->defname) == "admin") grant.with_grant_option = flag_of(option);
  }
  grant.grantees = roles_of(statement->grantee_roles);
  return grant;
}

}  // namespace schemagate::tree
