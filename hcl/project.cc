// SPDX-License-Identifier: MIT
#include "hcl/project.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "hcl/evaluate.h"

namespace schemagate::hcl {
namespace {

constexpr int most_nested_sources = 8;

/// {"data", "hcl_schema", "app", "url"} of a chain of names; empty for anything else.
std::vector<std::string> path_of(const Expression& e) {
  std::vector<std::string> path;
  const Expression* at = &e;
  for (; at->kind == ExpressionKind::attribute; at = &at->parts[0]) path.push_back(at->text);
  if (at->kind != ExpressionKind::variable) return {};
  path.push_back(at->text);
  std::reverse(path.begin(), path.end());
  return path;
}

bool names_other_database(std::string_view url) {
  for (const std::string_view prefix : {"docker+", "docker://"})
    if (url.starts_with(prefix)) url.remove_prefix(prefix.size());
  constexpr std::array<std::string_view, 14> others{
      "mysql",  "maria",   "sqlite",    "libsql",     "sqlserver", "clickhouse", "redshift",
      "oracle", "spanner", "snowflake", "databricks", "tidb",      "ws+libsql",  "wss+libsql"};
  return std::any_of(others.begin(), others.end(),
                     [&](std::string_view other) { return url.starts_with(other); });
}

/// The value of "format" in "file://dir?format=goose".
std::string format_in(std::string_view url) {
  constexpr std::string_view key = "format=";
  const std::size_t question = url.find('?');
  if (question == std::string_view::npos) return "";
  const std::size_t at = url.find(key, question);
  if (at == std::string_view::npos) return "";
  const std::string_view rest = url.substr(at + key.size());
  return std::string(rest.substr(0, rest.find('&')));
}

/// The path of a file URL; nothing for other URLs.
std::optional<std::string> local_path(std::string_view url) {
  constexpr std::string_view scheme = "file://";
  if (url.starts_with(scheme)) {
    url.remove_prefix(scheme.size());
  } else if (url.find("://") != std::string_view::npos) {
    return std::nullopt;
  }
  return std::string(url.substr(0, url.find('?')));
}

class ProjectReader {
 public:
  explicit ProjectReader(std::string_view text)
      : text_(text), files_{parse(text, 0)}, evaluator_(files_) {}

  Project run() {
    for (const Problem& problem : files_[0].problems)
      note(fmt::format("line {}: {}; what stands there was not read", line_of(problem.where.begin),
                       problem.message));
    for (const Block& block : files_[0].blocks)
      if (block.type == "env") environment(block);
    return std::move(project_);
  }

 private:
  std::size_t line_of(std::size_t offset) const {
    const std::string_view above = text_.substr(0, offset);
    return 1 + static_cast<std::size_t>(std::count(above.begin(), above.end(), '\n'));
  }

  void note(const std::string& text) { project_.notes.push_back(where_ + text); }

  void environment(const Block& block) {
    Environment env;
    env.name = block.name();
    where_ = env.name.empty() ? "env: " : fmt::format("env \"{}\": ", env.name);
    for (const char* attribute : {"dev", "url"})
      if (names_other_database(text_of(block, attribute))) {
        note("is of another database than PostgreSQL, left out");
        return;
      }
    if (const Attribute* source = block.attribute("src")) {
      schemas(source->value, env, 0);
    } else {
      for (const Block& child : block.blocks)
        if (child.type == "schema" && child.attribute("src"))
          schemas(child.attribute("src")->value, env, 0);
    }
    for (const Block& child : block.blocks)
      if (child.type == "migration") migrations(child, env);
    if (!env.schema.empty() || !env.migrations.empty())
      project_.environments.push_back(std::move(env));
  }

  std::string text_of(const Block& block, std::string_view name) {
    const Attribute* attribute = block.attribute(name);
    if (!attribute) return "";
    return as_text(evaluator_.evaluate(attribute->value, Scope())).value_or("");
  }

  const Block* data(const std::vector<std::string>& path) const {
    if (path.size() < 3 || path[0] != "data") return nullptr;
    for (const Block& block : files_[0].blocks)
      if (block.type == "data" && block.labels.size() == 2 && block.labels[0] == path[1] &&
          block.labels[1] == path[2])
        return &block;
    return nullptr;
  }

  void schemas(const Expression& source, Environment& env, int depth) {
    if (depth > most_nested_sources) return;
    if (source.kind == ExpressionKind::list) {
      for (const Expression& part : source.parts) schemas(part, env, depth + 1);
      return;
    }
    const auto path = path_of(source);
    if (!path.empty() && path[0] == "data") return from_data(path, env, depth);
    const Value value = evaluator_.evaluate(source, Scope());
    if (value.is_unknown()) return note("src is not known: " + value.text);
    add(value, env);
  }

  void add(const Value& value, Environment& env) {
    for (const Value& item : value.is(ValueKind::list) ? value.items : std::vector{value}) {
      const std::string url = as_text(item).value_or("");
      const auto path = local_path(url);
      if (path && !path->empty())
        env.schema.push_back(*path);
      else
        note(fmt::format("src is no file: {}", url.substr(0, url.find("://"))));
    }
  }

  void from_data(const std::vector<std::string>& path, Environment& env, int depth) {
    const Block* block = data(path);
    const std::string kind = path.size() > 1 ? path[1] : "data";
    if (block && kind == "hcl_schema") {
      for (const char* name : {"path", "paths"})
        if (const Attribute* attribute = block->attribute(name)) {
          const Value value = evaluator_.evaluate(attribute->value, Scope());
          if (value.is_unknown()) return note("src is not known: " + value.text);
          add(value, env);
        }
      if (const Attribute* attribute = block->attribute("vars")) {
        const Value vars = evaluator_.evaluate(attribute->value, Scope());
        for (std::size_t i = 0; i < vars.keys.size() && vars.is(ValueKind::object); ++i)
          if (const auto text = as_text(vars.items[i])) env.variables[vars.keys[i]] = *text;
      }
      return;
    }
    if (block && kind == "composite_schema") {
      for (const Block& part : block->blocks)
        if (part.type == "schema" && part.attribute("url"))
          schemas(part.attribute("url")->value, env, depth + 1);
      return;
    }
    note(fmt::format("src comes from data.{}, which is not run", kind));
  }

  void migrations(const Block& block, Environment& env) {
    const Attribute* folder = block.attribute("dir");
    std::string url = "file://migrations";
    if (folder) {
      const auto path = path_of(folder->value);
      const Block* source = data(path);
      if (source && path[1] == "template_dir") {
        url = text_of(*source, "path");
      } else {
        const Value value = evaluator_.evaluate(folder->value, Scope());
        const auto text = as_text(value);
        if (!text) return note("migration.dir is not known: " + value.text);
        url = *text;
      }
    }
    const auto path = local_path(url);
    if (!path)
      return note(fmt::format("migration.dir is no folder: {}", url.substr(0, url.find("://"))));
    env.migrations = *path;
    env.format = format_in(url);
    if (const Attribute* format = block.attribute("format")) {
      const Value value = evaluator_.evaluate(format->value, Scope());
      if (!value.is_unknown()) env.format = value.text;
    }
  }

  std::string_view text_;
  std::vector<File> files_;
  Evaluator evaluator_;
  Project project_;
  std::string where_;
};

}  // namespace

Project read_project(std::string_view text) { return ProjectReader(text).run(); }

}  // namespace schemagate::hcl
