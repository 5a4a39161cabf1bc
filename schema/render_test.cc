// SPDX-License-Identifier: MIT
#include "schema/render.h"

#include <catch2/catch_test_macros.hpp>

namespace schemagate {
namespace {

Expression expression(const std::string& sql) { return {sql, ExpressionKind::other, {}}; }

Column column(const std::string& name, const std::string& type) {
  Column made;
  made.name = name;
  made.type.name.name = type;
  return made;
}

TEST_CASE("a parameter's value is quoted only where SQL needs it") {
  CHECK(options_sql({{"fillfactor", "70"}, {"buffering", "auto"}, {"note", "it's"}}) ==
        "fillfactor=70, buffering=auto, note='it''s'");
  CHECK(options_sql({{"toast.autovacuum_enabled", "false"}}) == "toast.autovacuum_enabled=false");
}

TEST_CASE("an index element: column, function, expression, and what follows") {
  IndexElement element;
  element.column = "User Name";
  element.descending = true;
  CHECK(element_sql(element) == "\"User Name\" DESC");
  element.nulls_first = false;
  CHECK(element_sql(element) == "\"User Name\" DESC NULLS LAST");
  element = {};
  element.expression = expression("lower(email)");
  CHECK(element_sql(element) == "lower(email)");
  element.expression = expression("lower(a) || lower(b)");
  CHECK(element_sql(element) == "(lower(a) || lower(b))");
  element.expression = expression("f(')')");
  CHECK(element_sql(element) == "f(')')");
}

TEST_CASE("a column says type, collation, default, NOT NULL") {
  Column made = column("email", "text");
  made.collation = "\"C\"";
  made.default_value = expression("''");
  made.not_null = true;
  CHECK(definition_sql(made) == "email text COLLATE \"C\" DEFAULT '' NOT NULL");
  made = column("id", "int8");
  made.identity = Identity::always;
  made.identity_options.start = 100;
  made.not_null = true;
  CHECK(definition_sql(made) == "id bigint GENERATED ALWAYS AS IDENTITY (START WITH 100) NOT NULL");
  made = column("total", "numeric");
  made.generated = Generated::stored;
  made.generation = expression("a + b");
  CHECK(definition_sql(made) == "total numeric GENERATED ALWAYS AS (a + b) STORED");
}

TEST_CASE("a foreign key says everything that differs from the defaults") {
  Constraint constraint;
  auto& definition = constraint.definition;
  definition.kind = ConstraintKind::foreign_key;
  definition.name = "orders_user_fkey";
  definition.columns = {"user_id"};
  definition.referenced = {"public", "users"};
  definition.referenced_columns = {"id"};
  definition.on_delete = "CASCADE";
  definition.deferrable = true;
  constraint.validated = false;
  CHECK(definition_sql(constraint) ==
        "CONSTRAINT orders_user_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) "
        "ON DELETE CASCADE DEFERRABLE NOT VALID");
}

TEST_CASE("indexes: partial, covering, concurrent, on the partitioned table alone") {
  Index index;
  index.name = {"public", "users_email_idx"};
  index.table = {"public", "users"};
  index.unique = true;
  index.elements.resize(1);
  index.elements[0].column = "email";
  index.include = {"id"};
  index.where = expression("deleted_at IS NULL");
  CHECK(create_sql(index, true) ==
        "CREATE UNIQUE INDEX CONCURRENTLY users_email_idx ON public.users USING btree (email) "
        "INCLUDE (id) WHERE deleted_at IS NULL");
  index.valid = false;
  CHECK(create_sql(index).find(" ON ONLY public.users ") != std::string::npos);
}

TEST_CASE("a partition lists only what differs from the partitioned table") {
  Table parent;
  parent.name = {"public", "events"};
  parent.columns = {column("id", "int8"), column("kind", "text")};
  Table partition = parent;
  partition.name = {"public", "events_2024"};
  partition.bound = PartitionBound{false, "FOR VALUES FROM (1) TO (10)"};
  REQUIRE(matches_partition_of(partition, parent));
  CHECK(create_sql(partition, {}, &parent) ==
        "CREATE TABLE public.events_2024 PARTITION OF public.events FOR VALUES FROM (1) TO (10)");
  partition.columns[1].default_value = expression("'x'");
  CHECK(create_sql(partition, {}, &parent) ==
        "CREATE TABLE public.events_2024 PARTITION OF public.events (\n    kind DEFAULT 'x'\n) "
        "FOR VALUES FROM (1) TO (10)");
}

TEST_CASE("grants and comments") {
  Privilege privilege;
  privilege.object = "public.users";
  privilege.column = "email";
  privilege.privilege = "SELECT";
  privilege.grantee = "PUBLIC";
  CHECK(grant_sql(privilege) == "GRANT SELECT (email) ON TABLE public.users TO PUBLIC");
  CHECK(comment_sql(ObjectKind::column, "public.users.email", "it's") ==
        "COMMENT ON COLUMN public.users.email IS 'it''s'");
}

}  // namespace
}  // namespace schemagate
