// SPDX-License-Identifier: MIT
// atlas.hcl: where a project's schemas and migrations lie. It is read and never run: what an
// environment takes from programs, databases or the network is left out, and said.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace schemagate::hcl {

/// What an env block names. Paths are as written there, without "file://".
struct Environment {
  std::string name;                 ///< empty: a block without a label
  std::vector<std::string> schema;  ///< files and folders
  std::string migrations;           ///< folder
  std::string format;  ///< of the migrations as Atlas calls it: "goose"; empty: its own
  std::map<std::string, std::string> variables;  ///< what data "hcl_schema" passes to the schema
};

struct Project {
  std::vector<Environment> environments;  ///< those that name something
  std::vector<std::string> notes;         ///< "env \"prod\": src comes from data.external_schema"
};

/// Environments of other databases than PostgreSQL are left out.
Project read_project(std::string_view text);

}  // namespace schemagate::hcl
