// SPDX-License-Identifier: MIT
#include "hcl/project.h"

#include <catch2/catch_test_macros.hpp>

namespace schemagate::hcl {
namespace {

using Strings = std::vector<std::string>;

TEST_CASE("environments name schema files and a migrations folder") {
  const Project project = read_project(R"(
variable "url" {
  type    = string
  default = getenv("DATABASE_URL")
}
locals {
  base = "file://db"
}
env "local" {
  src = "${local.base}/schema.hcl"
  url = var.url
  dev = "docker://postgres/16/dev?search_path=public"
  migration {
    dir = "file://db/migrations"
  }
}
env "ci" {
  schema {
    src = ["file://a.pg.hcl", "file://more"]
  }
  migration {
    dir    = "file://sql?format=goose"
    format = golang-migrate
  }
}
env {
  name = atlas.env
  migration {}
}
)");
  CHECK(project.notes.empty());
  REQUIRE(project.environments.size() == 3);
  CHECK(project.environments[0].name == "local");
  CHECK(project.environments[0].schema == Strings{"db/schema.hcl"});
  CHECK(project.environments[0].migrations == "db/migrations");
  CHECK(project.environments[0].format.empty());
  CHECK(project.environments[1].schema == Strings{"a.pg.hcl", "more"});
  CHECK(project.environments[1].migrations == "sql");
  CHECK(project.environments[1].format == "golang-migrate");
  CHECK(project.environments[2].migrations == "migrations");
}

TEST_CASE("data sources are followed as far as they are files") {
  const Project project = read_project(R"(
data "hcl_schema" "app" {
  paths = ["app.hcl", "users.hcl"]
  vars  = { tenant = "x" }
}
data "composite_schema" "all" {
  schema "a" { url = data.hcl_schema.app.url }
  schema "b" { url = "file://b.sql" }
  schema "c" { url = data.external_schema.gorm.url }
}
data "external_schema" "gorm" {
  program = ["rm", "-rf", "/"]
}
data "template_dir" "m" {
  path = "templates"
  vars = {}
}
env "a" {
  src = data.composite_schema.all.url
  migration {
    dir = data.template_dir.m.url
  }
}
env "b" {
  src = data.external_schema.gorm.url
  migration {
    dir = "atlas://repo"
  }
}
env "c" {
  src = "file://${getenv("WHERE")}"
}
)");
  REQUIRE(project.environments.size() == 1);
  CHECK(project.environments[0].schema == Strings{"app.hcl", "users.hcl", "b.sql"});
  CHECK(project.environments[0].migrations == "templates");
  CHECK(project.environments[0].variables.at("tenant") == "x");
  CHECK(project.notes == Strings{"env \"a\": src comes from data.external_schema, which is not run",
                                 "env \"b\": src comes from data.external_schema, which is not run",
                                 "env \"b\": migration.dir is no folder: atlas",
                                 "env \"c\": src is not known: getenv() is not evaluated here"});
}

TEST_CASE("environments of other databases are left out") {
  for (const char* dev : {"mysql://x", "docker://mysql/8/dev", "sqlite://dev?mode=memory",
                          "docker+maria://a", "docker://sqlserver/2022-latest"}) {
    const Project project = read_project(
        std::string("env \"a\" {\n src = \"file://a.hcl\"\n dev = \"") + dev + "\"\n}\n");
    CHECK(project.environments.empty());
    CHECK(project.notes.size() == 1);
  }
}

TEST_CASE("what is no HCL names nothing") {
  CHECK(read_project("env \"a\" {").environments.empty());
  CHECK(read_project("").environments.empty());
}

}  // namespace
}  // namespace schemagate::hcl
